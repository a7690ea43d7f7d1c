"""The Singer state: bookmarks, up to which streams are complete, their versions, and records that could not be read.

A bookmark moves forwards only, with two exceptions: one that is later than Intercom's clock is set back to it, and what
a run has claimed of a stream that then fails is withdrawn. Nothing here reads or writes a file or a clock.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tap_intercom.api.types import EPOCH
from tap_intercom.errors import ConfigError
from tap_intercom.redaction import is_quotable, quote_names, shape_of

BOOKMARKS: Final = "bookmarks"
CURRENTLY_SYNCING: Final = "currently_syncing"
FAILED_RECORDS: Final = "failed_records"
VERSIONS: Final = "versions"
BOOKMARKS_EXAMPLE: Final = '{"users": "2019-09-27T22:34:39.000000Z"}'
FAILED_RECORDS_EXAMPLE: Final = '{"conversation_parts": {"500": "2019-09-27T22:34:39.000000Z"}}'
VERSIONS_EXAMPLE: Final = '{"contacts": 1764433000123}'
# What singer_sdk writes into a bookmark. The value is how far the stream is complete; progress markers say how far a
# run came that has not ended, and claim nothing.
# https://github.com/meltano/sdk/blob/main/docs/implementation/state.md
SDK_REPLICATION_KEY: Final = "replication_key"
SDK_VALUE: Final = "replication_key_value"
SDK_KEYS: Final = frozenset(
    {SDK_REPLICATION_KEY, SDK_VALUE, "progress_markers", "replication_key_signpost", "starting_replication_value"}
)
UNIX_SECONDS: Final = range(10**9, 10**10)  # since 2001; a time in milliseconds is a larger number


def warnings_about(value: Mapping[str, Any], known: Container[str]) -> list[str]:
    """Warn of a stored state that does not look like one of this tap; `known` are the names of its bookmarks."""
    if not value:
        return []
    bookmarks = value.get(BOOKMARKS)
    if bookmarks is None:
        return [
            f'the state has no "{BOOKMARKS}", so all streams begin at start_date; give the last one that a run wrote'
        ]
    unknown = [name for name in bookmarks if name not in known] if isinstance(bookmarks, Mapping) else []
    if not unknown:
        return []
    names = quote_names(unknown)
    return [f"the state has bookmarks of streams that this tap does not know; they are kept as they are: {names}"]


def bookmarked_names(value: Mapping[str, Any]) -> frozenset[str]:
    """Name the bookmarks that a stored state has; none where it cannot be understood, which `State` reports."""
    bookmarks = value.get(BOOKMARKS)
    return frozenset(bookmarks) if isinstance(bookmarks, Mapping) else frozenset()


class State:
    """The state of a run, read from a Singer state value and written as one. What it does not know, it keeps.

    Raises ConfigError where a bookmark that is needed cannot be read: to begin again silently would hide it.
    """

    def __init__(
        self, value: Mapping[str, Any], fields: Mapping[str, str], bookmark_names: Mapping[str, str] | None = None
    ) -> None:
        """Read a state.

        `value`: the state as it was stored.
        `fields`: for each stream that has a bookmark, the field in which other versions of the tap keep its time:
        `{"users": {"updated_at": "…"}}`.
        `bookmark_names`: what the bookmarks of some streams are called, where that is not the name of the stream.
        """
        bookmarks = value.get(BOOKMARKS)
        if bookmarks is not None and not isinstance(bookmarks, Mapping):
            raise ConfigError(
                f'state: "{BOOKMARKS}" is {shape_of(bookmarks)}, not an object such as {BOOKMARKS_EXAMPLE}; '
                f"restore the last state that a run wrote, or remove it to read everything again."
            )
        current = value.get(CURRENTLY_SYNCING)
        if current is not None and not isinstance(current, str):
            raise ConfigError(
                f'state: "{CURRENTLY_SYNCING}" is {shape_of(current)}, not the name of a stream such as "users"; '
                "remove it."
            )
        own = {BOOKMARKS, CURRENTLY_SYNCING, FAILED_RECORDS, VERSIONS}
        self._rest = {key: kept for key, kept in value.items() if key not in own}
        self._bookmarks: dict[str, Any] = dict(bookmarks or {})
        self._fields = fields
        self._bookmark_names = bookmark_names or {}
        moments = {name: _read_bookmark(name, self._stored(name), field) for name, field in fields.items()}
        self._moments = {name: moment for name, moment in moments.items() if moment is not None}
        self._given = self._bookmarks.copy(), self._moments.copy()
        self.current: str | None = current
        self._failed = _read_failed_records(value.get(FAILED_RECORDS))
        self._versions = _read_versions(value.get(VERSIONS))

    def version(self, stream: str) -> int | None:
        """Give the version of `stream`: when its last whole read began, in milliseconds; None where it has none."""
        return self._versions.get(self._bookmark_name(stream))

    def set_version(self, stream: str, version: int) -> None:
        """Note that everything of `stream` was read since `version`."""
        self._versions[self._bookmark_name(stream)] = version

    @property
    def newest_version(self) -> int:
        """The latest version of any stream; 0 where there is none."""
        return max(self._versions.values(), default=0)

    def failed_records(self, stream: str) -> dict[str, datetime | None]:
        """Give the records that could not be read for `stream`, though its bookmark may be later than they are.

        By id (of a child stream: the id of the parent), the time of the last update, None where there is none.
        """
        return self._failed.get(self._bookmark_name(stream), {}).copy()

    def add_failed_record(self, stream: str, identifier: str, updated_at: datetime | None) -> None:
        """Note that a record could not be read for `stream`: the next run asks for it again."""
        self._failed.setdefault(self._bookmark_name(stream), {})[identifier] = updated_at

    def remove_failed_record(self, stream: str, identifier: str) -> None:
        """Forget a record that could not be read for `stream`, where it was noted."""
        failed = self._failed.get(self._bookmark_name(stream), {})
        failed.pop(identifier, None)
        if not failed:
            self._failed.pop(self._bookmark_name(stream), None)

    def bookmark(self, stream: str, part: str | None = None) -> datetime | None:
        """Give the time up to which `stream`, or one part of it, is complete; None where nothing is known.

        The bookmark of a stream in parts is an object with a time for each part. Raises ConfigError where the part has
        something else.
        """
        if part is None:
            return self._moments.get(stream)
        stored = self._stored(stream)
        return _read_bookmark(stream, stored, part) if isinstance(stored, Mapping) else None

    def advance(self, stream: str, moment: datetime, part: str | None = None) -> bool:
        """Move the bookmark of `stream` forwards to `moment`; say whether it moved. It never moves backwards."""
        known = self.bookmark(stream, part)
        if known is not None and moment <= known:
            return False
        self._set(stream, moment, part)
        return True

    def set_back(self, stream: str, moment: datetime, part: str | None = None) -> None:
        """Set the bookmark of `stream`, which is later than Intercom's clock, to an earlier time.

        `withdraw` comes back to that time, and not to the one that was given.
        """
        self._set(stream, moment, part)
        if part is None:
            bookmarks, moments = self._given
            bookmarks[self._bookmark_name(stream)] = self._bookmarks[self._bookmark_name(stream)]
            moments[stream] = moment

    def _set(self, stream: str, moment: datetime, part: str | None) -> None:
        stored = self._stored(stream)
        if part is not None:
            parts = stored if isinstance(stored, Mapping) else {}
            self._bookmarks[self._bookmark_name(stream)] = {**parts, part: timestamp(moment)}
            return
        self._moments[stream] = moment
        text = timestamp(moment)
        # Other keys beside the time are somebody else's and stay; a time alone is written as a plain string.
        field = self._fields[stream]
        if isinstance(stored, Mapping):
            stored = {key: kept for key, kept in stored.items() if key not in SDK_KEYS}
        others = isinstance(stored, Mapping) and stored.keys() - {field}
        self._bookmarks[self._bookmark_name(stream)] = (
            {**stored, field: text} if others and isinstance(stored, Mapping) else text
        )

    def withdraw(self, stream: str) -> bool:
        """Set the bookmark of `stream` to what it was when the run began; say whether it had moved."""
        bookmarks, moments = self._given
        if self._moments.get(stream) == moments.get(stream):
            return False
        for now, given, key in (
            (self._bookmarks, bookmarks, self._bookmark_name(stream)),
            (self._moments, moments, stream),
        ):
            if key in given:
                now[key] = given[key]
            else:
                del now[key]
        return True

    def warnings(self, in_parts: Container[str], full_table: Iterable[str]) -> list[str]:
        """Warn of bookmarks that have no effect.

        `in_parts` are the streams that have a bookmark for each part, `full_table` those that have none.
        """
        unread = [
            name
            for name in self._fields
            if _has_value(stored := self._stored(name))
            and not (isinstance(stored, Mapping) if name in in_parts else name in self._moments)
        ]
        unused = [name for name in full_table if _has_value(self._stored(name))]
        warnings = []
        if unread:
            warnings.append(
                f"the state has bookmarks that this tap does not understand, so these begin at start_date: "
                f"{quote_names(unread)}; a bookmark is a time as in {BOOKMARKS_EXAMPLE}"
            )
        if unused:
            warnings.append(
                f"the state has bookmarks of streams that are read whole every time, and they are kept as they are: "
                f"{quote_names(unused)}"
            )
        return warnings

    def _bookmark_name(self, stream: str) -> str:
        return self._bookmark_names.get(stream, stream)

    def _stored(self, stream: str) -> Any:
        return self._bookmarks.get(self._bookmark_name(stream))

    def value(self) -> dict[str, Any]:
        """Give the value of a STATE message.

        It has `currently_syncing` only while a stream is being synced, `failed_records` only where records failed:
        `{"conversation_parts": {"500": "2019-09-27T22:34:39.…Z"}}`, and `versions` only where streams have one.
        """
        current = {} if self.current is None else {CURRENTLY_SYNCING: self.current}
        failed = {
            stream: {identifier: time and timestamp(time) for identifier, time in records.items()}
            for stream, records in self._failed.items()
        }
        return {
            **current,
            **self._rest,
            **({FAILED_RECORDS: failed} if failed else {}),
            **({VERSIONS: dict(self._versions)} if self._versions else {}),
            BOOKMARKS: dict(self._bookmarks),
        }


def timestamp(moment: datetime) -> str:
    """Write a time as RFC 3339 in UTC, with microseconds: 2019-09-27T22:34:39.000000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _read_failed_records(stored: Any) -> dict[str, dict[str, datetime | None]]:
    """Read `failed_records`: times by stream and id. Raises ConfigError where it has another shape."""
    if stored is None:
        return {}
    try:
        return {
            stream: {identifier: None if time is None else _parse_time(time) for identifier, time in records.items()}
            for stream, records in stored.items()
        }
    except (AttributeError, ValueError, OverflowError):
        raise ConfigError(
            f'state: "{FAILED_RECORDS}" is not an object such as {FAILED_RECORDS_EXAMPLE}; '
            "restore the last state that a run wrote, or remove it where those records are not wanted."
        ) from None


def _read_versions(stored: Any) -> dict[str, int]:
    """Read `versions`: whole numbers by stream. Raises ConfigError where it has another shape."""
    found = {} if stored is None else stored
    if not isinstance(found, Mapping) or not all(type(version) is int for version in found.values()):
        raise ConfigError(
            f'state: "{VERSIONS}" is not an object such as {VERSIONS_EXAMPLE}; '
            "restore the last state that a run wrote, or remove it."
        )
    return dict(found)


def _parse_time(stored: object) -> datetime:
    """Read a time; without a zone it is UTC. Raises ValueError and OverflowError."""
    moment = datetime.fromisoformat(stored.strip() if isinstance(stored, str) else "")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _has_value(stored: object) -> bool:
    """Say whether a bookmark holds anything: taps write {} or null where there is none."""
    return any(value is not None for value in stored.values()) if isinstance(stored, Mapping) else stored is not None


def _read_bookmark(stream: str, stored: object, field: str) -> datetime | None:
    """Read a bookmark: a time as text, or an object that holds one in `field`; without a zone it is UTC.

    An object of singer_sdk holds it beside the name of the field, and perhaps as unix seconds.
    """
    if isinstance(stored, Mapping):
        if stored.get(field) is None and stored.get(SDK_REPLICATION_KEY) == field:
            stored = _unix_seconds_as_text(stored.get(SDK_VALUE))
        else:
            stored = stored.get(field)
    if stored is None:
        return None
    try:
        return _parse_time(stored)
    except (ValueError, OverflowError):
        shown = repr(stored) if isinstance(stored, str) and is_quotable(stored) else shape_of(stored)
        raise ConfigError(
            f"state: the bookmark of {stream} is {shown}, not a time like 2019-09-27T22:34:39.000000Z; "
            f"mend it, or remove it to read {stream} again from start_date."
        ) from None


def _unix_seconds_as_text(value: object) -> object:
    """Write unix seconds as a time; leave all else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool) and int(value) in UNIX_SECONDS:
        return timestamp(EPOCH + timedelta(seconds=int(value)))
    return value
