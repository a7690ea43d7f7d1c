"""What dice make of a workspace and of the syncs of it, in which streams of every shape are read side by side."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from random import Random
from typing import Any

from conftest import Output, Simulator, Tap
from full_sync import SETTINGS
from record_checks import unfaithful
from record_checks_v2 import compare, identity, key_of, told
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import is_v2, streams_of

# How Intercom hands out a collection, and which streams are read so; one of each shape is in every schedule.
FORMER: dict[str, tuple[str, ...]] = {
    "whole": ("admins", "company_attributes", "company_segments", "customer_attributes", "segments", "tags", "teams"),
    "scroll": ("companies", "leads"),
    "by time": ("conversations", "users"),
    "one by one": ("conversation_parts",),
}
MODERN: dict[str, tuple[str, ...]] = {
    "whole": (
        "admins", "away_status_reasons", "brands", "company_attributes", "contact_attributes", "emails",
        "conversation_attributes", "help_centers", "ip_allowlist", "office_hours", "segments", "subscription_types",
        "tags", "team_admins", "teams", "ticket_states", "ticket_type_attributes", "ticket_types",
    ),
    "scroll": ("companies",),
    "search": ("contacts", "conversations", "leads", "tickets", "users"),
    "within": (
        "company_tags", "contact_companies", "contact_tags", "conversation_ai_content_sources",
        "conversation_attachments", "conversation_contacts", "conversation_tags", "conversation_teammates",
        "conversation_topics", "ticket_contacts", "ticket_parts",
    ),
    "one by one": (
        "call_transcripts", "company_notes", "company_segments", "contact_merge_history", "contact_notes",
        "contact_segments", "contact_subscriptions", "conversation_handling_events", "conversation_parts",
        "data_events", "newsfeed_items", "part_attachments", "side_conversations",
    ),
    "counted": (
        *4 * ("articles", "collections", "deleted_conversations", "internal_articles"),  # which change
        "ai_content_sources", "ai_external_pages", "audiences", "calls", "content_snippets", "custom_object_instances",
        "news_items", "newsfeeds",
    ),
    "cursor": (*4 * ("macros",), "data_connectors"),
    "log": ("admin_activity_logs",),
    "export": (*9 * ("message_content_export",), "reporting_exports"),  # which takes hundreds of requests
}  # fmt: skip
# What changes without a word: the companies of a contact when one is deleted, how many people are in a segment, and who
# a message was sent to.
SILENT = re.compile(r"^\w+ \(.*?\): \.companies|^segments .*: \.count|^message_content_export .*: \.(name|email)")
BULK = 30  # records that a change in bulk updates
BEGIN = 1_750_000_000  # when the worlds begin, in 2025: the tap's own clock is always ahead of them
MOST_LINES = (20, 400, 2000)  # behind which a run is killed
TWICE = {"message_content_export"}  # whose windows overlap
GIVEN_AGAIN = {"company_tags", "contact_tags", "conversation_tags"}  # with each reading of their parent
READINGS = 3  # of a list of which too few came
UNKEYED = {"company_attributes", "customer_attributes"}  # on 1.4, two may have one name


def shapes_of(version: str) -> dict[str, tuple[str, ...]]:
    known = {stream.name for stream in streams_of(version)}
    shapes = MODERN if is_v2(version) else FORMER
    return {shape: tuple(name for name in names if name in known) for shape, names in shapes.items()}


def segments_of(dice: Random) -> dict[str, str]:
    """Give the switches of a server that can tell the members of segments, or cannot."""
    return {
        "member_filters": dice.choice(["served", "served", "ignored", "refused"]),
        "unknown_members": dice.choice(["none", "refused"]),
        "segment_counts": dice.choice(["current", "stale", "absent"]),
        "segment_type": dice.choice(["served", "served", "ignored"]),
    }


class Schedule:
    """One workspace, which may change while it is read, and a target that is given what the runs write."""

    def __init__(self, simulator: Simulator, tap: Tap, version: str, dice: Random, *, changing: bool) -> None:
        self.simulator = simulator
        self.tap = tap
        self.version = version
        self.dice = dice
        self.changing = changing
        self.lag = dice.choice([0, 1, 60, 400]) if changing else 0
        page = dice.choice([0, 2, 3, 7, 7, 20, 20, 1])
        seed = dice.randrange(2**31)
        self.simulator.reset(
            seed=seed,
            now=BEGIN,
            # What has more than forty pages is searched in parts.
            scale=0.4 if page == 1 else dice.choice([0.02, 0.03, 0.05, 0.08]),
            # A workspace in which more changes than is read meanwhile is followed for as long as it does.
            mutate=dice.choice([2, 5, 10]) * (page or 30) if changing else 0,
            switches={
                "page_most": page,
                "search_lag_seconds": self.lag,
                "search_bounds": dice.choice(["strict", "inclusive"]),
                "scroll_end": dice.choice(["empty", "404"]),
                "scroll_param": dice.choice(["stays", "changes"]),
                "timezone": dice.choice(["America/Los_Angeles", "UTC", "Pacific/Kiritimati"]),
                **segments_of(Random(seed)),
            },
        )
        names = {dice.choice(streams) for streams in shapes_of(version).values() if streams}
        self.streams = [stream for stream in streams_of(version) if stream.name in names]
        self.outputs: list[Output] = []
        self.changes: list[int] = []  # of records, while each run read
        self.in_parts = page == 1
        self.floors: list[dict[str, Any]] = []  # the bookmarks that each run began with
        self.state: dict[str, Any] = {}
        self._settings = {
            **SETTINGS,
            "api_version": version,
            "max_concurrency": dice.choice([1, 2, 8, 64]),
            "catalog": selecting(tap, version, names),
        }

    def sync(self) -> None:
        """Run to the end."""
        self._run(lambda: self.tap(state=self.state, **self._settings))

    def be_killed(self) -> None:
        """Run, and be killed after a line; a minute later, Intercom has forgotten the scroll."""
        lines = self.dice.randint(1, self.dice.choice(MOST_LINES))
        self._run(lambda: self.tap.killed(lines, state=self.state, **self._settings))
        self.simulator.advance(61)

    def _run(self, run: Callable[[], Output]) -> None:
        before = self._changed()
        output = run()
        self.changes.append(self._changed() - before)
        self.floors.append(self.state.get("bookmarks", {}))
        self.outputs.append(output)
        self.state = output.state or self.state

    def _changed(self) -> int:
        done = self.simulator.stats()["mutations"]
        return int(sum(done.values()) + BULK * done["in bulk"])

    def live(self) -> None:
        """Let something happen, and time pass."""
        self.simulator.mutate(self.dice.randint(1, 12))
        self.simulator.mutate(self.dice.randint(1, 4), resource="tickets")
        self.simulator.mutate(1, resource="merges")
        self.simulator.mutate(self.dice.randint(0, 3), resource=self.dice.choice(["articles", "collections", "macros"]))
        self.simulator.advance(self.dice.choice([0, 1, 5, 70, 400, 90_000]))

    def rest(self) -> None:
        """Let nothing change any more, until searches know all."""
        self.simulator.stop_mutating()
        self.simulator.advance(self.lag + 2)

    def amiss(self) -> list[str]:
        """Name what the target does not have, or has not as Intercom has it."""
        return [
            complaint
            for stream in self.streams
            for complaint in self._compared(stream, self.simulator.truth(stream.name, self.version))
        ]

    def _compared(self, stream: Stream, truth: list[dict[str, Any]]) -> Iterable[str]:
        rows = [row for output in self.outputs for row in output.records(stream.name)]
        if not is_v2(self.version):
            return unfaithful(stream.name, truth, rows)
        if stream.name == "reporting_exports":
            subjects = {subject_of(row) for row in told(stream, truth)} - {subject_of(row) for row in rows}
            return [f"{stream.name}: {subject} is missing" for subject in subjects]
        complaints = compare(stream, truth, rows)
        return [one for one in complaints if not SILENT.search(one)] if self.changing else complaints

    def surplus(self) -> list[str]:
        """Name what a run wrote more often than docs/behaviour.md says: "A record may come twice"."""
        found = []
        counted = shapes_of(self.version).get("counted", ())
        for output, changed in zip(self.outputs, self.changes, strict=True):
            for stream in self.streams:
                keys = Counter(readings(stream, output.records(stream.name)))
                most = READINGS * (1 + changed) if stream.name in counted and changed else 1 + changed
                most += self.in_parts or self.lag > 0
                most *= 2 if stream.name in TWICE else 1
                if stream.name not in UNKEYED:
                    found += [f"{stream.name} {key}: {count} times" for key, count in keys.items() if count > most]
        return found


def readings(stream: Stream, rows: Iterable[dict[str, Any]]) -> Iterable[tuple[Any, ...]]:
    """Give the key of each row; of those that a reading of their parent gives several times, once for the reading."""
    names = identity(stream)
    if stream.name not in GIVEN_AGAIN:
        return [key_of(names, row) for row in rows]
    together = groupby((key_of(names, row) for row in rows), key=itemgetter(0))
    return [key for _, keys in together for key in set(keys)]


def subject_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what a row of a report tells of: a conversation or a ticket, which may have changed since."""
    return (row["dataset_id"], *(value for column, value in row["attributes"].items() if column.endswith("_id")))


CATALOGS: dict[str, Mapping[str, Any]] = {}


def selecting(tap: Tap, version: str, names: set[str]) -> dict[str, Any]:
    """Give a catalog of these streams; it is discovered once."""
    if version not in CATALOGS:
        CATALOGS[version] = tap("--discover", "--offline", api_version=version).document
    streams = []
    for entry in CATALOGS[version]["streams"]:
        first, *rest = entry["metadata"]
        chosen = {**first, "metadata": {**first["metadata"], "selected": entry["tap_stream_id"] in names}}
        streams.append({**entry, "metadata": [chosen, *rest]})
    return {"streams": streams}
