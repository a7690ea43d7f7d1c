"""Whether bookmarks are true where nothing changes: what they claim is out, and does not come again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from conftest import Output
from derived_columns import PARENTS
from record_checks import seconds
from record_checks_v2 import identity, key_of, told
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import is_v2, streams_of
from tap_intercom.sync.whole_reads import is_whole_at_no_cost

REPORTED = {"conversation": "conversation_started_at", "ticket": "ticket_created_at"}
REPORT_SECONDS = 30 * 86_400  # a window of reports is read from its beginning

Truth = Mapping[str, Sequence[Mapping[str, Any]]]
Key = tuple[str, ...]


def without_times_of_reading(state: Mapping[str, Any], version: str) -> dict[str, Any]:
    """Leave out the bookmarks of links that are read by members: they are the times at which those were read."""
    by_members = {row.bookmark_name or row.name for row in streams_of(version) if row.members}
    bookmarks = {name: moment for name, moment in state["bookmarks"].items() if name not in by_members}
    return {**state, "bookmarks": bookmarks}


class Moment(NamedTuple):
    """When a record was updated, or its parent was, in unix seconds; `part` names one of several bookmarks."""

    seconds: float
    part: str | None


class BookmarkChecks:
    """What the bookmarks of these streams are about; `truth` has their parents too."""

    def __init__(self, version: str, streams: Sequence[Stream], truth: Truth) -> None:
        rows = self._rows = {stream.name: stream for stream in streams_of(version)}
        self._streams = [
            stream
            for stream in streams
            if stream.replication_key or rows.get(stream.parent or "", stream).replication_key
        ]
        self._lookback = {
            stream.name: rows[stream.parent or stream.name].lookback_seconds
            + (REPORT_SECONDS if stream.name == "reporting_exports" else 0)
            for stream in self._streams
        }
        self._moments = {stream.name: dict(_moments(version, stream, truth)) for stream in self._streams}

    def untrue(self, outputs: Sequence[Output]) -> Iterator[str]:
        """Name what a STATE claims though it is not out."""
        written: dict[str, set[Key]] = {stream.name: set() for stream in self._streams}
        known = {stream.name: stream for stream in self._streams}
        claimed: dict[str, Any] = {}
        for message in (message for output in outputs for message in output.messages):
            if message["type"] == "RECORD" and message["stream"] in known:
                stream = known[message["stream"]]
                written[stream.name].add(key_of(identity(stream), message["record"]))
            if message["type"] == "STATE":
                for stream in self._streams:
                    bookmark = message["value"].get("bookmarks", {}).get(stream.bookmark_name or stream.name)
                    if bookmark is not None and claimed.get(stream.name) != bookmark:
                        claimed[stream.name] = bookmark
                        yield from self._unwritten(stream.name, bookmark, written[stream.name])

    def _unwritten(self, name: str, bookmark: Any, written: set[Key]) -> Iterator[str]:
        for key, moment in self._moments[name].items():
            until = _until(bookmark, moment.part)
            if until is not None and moment.seconds <= until and key not in written:
                yield f"{name} {key} is claimed by {bookmark}, and not out"

    def again(self, output: Output, bookmarks: Mapping[str, Any]) -> Iterator[str]:
        """Name what a run writes though the bookmarks that it began with claim it; links may come whole."""
        for stream in self._streams:
            if stream.members or is_whole_at_no_cost(stream, self._rows):
                continue
            bookmark = bookmarks.get(stream.bookmark_name or stream.name)
            for row in output.records(stream.name):
                moment = self._moments[stream.name][key_of(identity(stream), row)]
                until = _until(bookmark, moment.part)
                if until is not None and moment.seconds < until - self._lookback[stream.name]:
                    yield f"{stream.name} {key_of(identity(stream), row)} comes again, though {bookmark} claims it"


def parents_of(streams: Sequence[Stream]) -> set[str]:
    return {stream.parent for stream in streams if stream.parent}


def _moments(version: str, stream: Stream, truth: Truth) -> Iterator[tuple[Key, Moment]]:
    records = truth[stream.name]
    parents: dict[str, Any] = {}
    field = next((f"{singular}_id" for singular, plural in PARENTS.items() if plural == stream.parent), "")
    if stream.parent:
        parents = {str(record["id"]): record["updated_at"] for record in truth[stream.parent]}
    rows = told(stream, records) if is_v2(version) else records
    for row, record in zip(rows, records, strict=True):
        part = None
        if stream.parent:
            time = parents[str({**record, **row}[field])]
        elif stream.name == "reporting_exports":
            part = row["dataset_id"]
            time = row["attributes"][REPORTED[part]]
        else:
            time = row[str(stream.replication_key)]
        moment = seconds(time)
        if moment is not None:
            yield key_of(identity(stream), row), Moment(moment, part)


def _until(bookmark: Any, part: str | None) -> float | None:
    text = bookmark.get(part) if isinstance(bookmark, Mapping) else bookmark
    return None if text is None else datetime.fromisoformat(text).timestamp()
