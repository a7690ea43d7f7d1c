"""Bookmarks: up to which moment a stream is known to be complete. Pure, and never moved backwards, but withdrawn.

One that is later than Intercom's clock is brought back.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tap_intercom.errors import ConfigError
from tap_intercom.redaction import is_quotable, quote_name, shape_of

BOOKMARKS = "bookmarks"
CURRENT = "currently_syncing"
FAILED = "failed_records"
EXAMPLE = '{"users": "2019-09-27T22:34:39.000000Z"}'
EXAMPLE_OF_FAILED = '{"conversation_parts": {"500": "2019-09-27T22:34:39.000000Z"}}'
MOST_NAMED = 10  # of the bookmarks that are not known
# What singer_sdk writes into a bookmark: how far the stream was complete is the value; how far a run was that has not
# ended is a progress marker, and claims nothing.
# https://github.com/meltano/sdk/blob/main/docs/implementation/state.md
SDK_KEY: Final = "replication_key"
SDK_VALUE: Final = "replication_key_value"
OF_THE_SDK: Final = frozenset(
    {SDK_KEY, SDK_VALUE, "progress_markers", "replication_key_signpost", "starting_replication_value"}
)
UNIX_SECONDS: Final = range(10**9, 10**10)  # since 2001; a time in milliseconds is a larger number


def warnings_about(value: Mapping[str, Any], known: Container[str]) -> list[str]:
    """Say what makes a stored state look like none of this tap's; `known` are the names of bookmarks."""
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
    names = _listed(unknown)
    return [f"the state has bookmarks of streams that this tap does not know; they are kept as they are: {names}"]


def _listed(names: Iterable[str]) -> str:
    shown = list(map(quote_name, names))
    more = f" and {len(shown) - MOST_NAMED} more" if len(shown) > MOST_NAMED else ""
    return ", ".join(shown[:MOST_NAMED]) + more


class State:
    """The state of a run, read from and written as a Singer state value; what it does not know it keeps.

    Raises ConfigError where a bookmark that is needed cannot be read: to begin again silently would hide it.
    """

    def __init__(
        self, value: Mapping[str, Any], fields: Mapping[str, str], places: Mapping[str, str] | None = None
    ) -> None:
        """`value` is the state as it was stored; `fields` are the streams that have a bookmark.

        Other versions keep a bookmark in an object, in a field that is given for each: {"users": {"updated_at": "…"}}.
        `places` are the names of bookmarks that are not those of their streams.
        """
        bookmarks = value.get(BOOKMARKS)
        if bookmarks is not None and not isinstance(bookmarks, Mapping):
            raise ConfigError(
                f'state: "{BOOKMARKS}" is {shape_of(bookmarks)}, not an object such as {EXAMPLE}; '
                f"restore the last state that a run wrote, or remove it to read everything again."
            )
        current = value.get(CURRENT)
        if current is not None and not isinstance(current, str):
            raise ConfigError(
                f'state: "{CURRENT}" is {shape_of(current)}, not the name of a stream such as "users"; remove it.'
            )
        self._value = {key: kept for key, kept in value.items() if key not in {BOOKMARKS, CURRENT, FAILED}}
        self._bookmarks: dict[str, Any] = dict(bookmarks or {})
        self._fields = fields
        self._places = places or {}
        moments = {name: _moment(name, self._stored(name), field) for name, field in fields.items()}
        self._moments = {name: moment for name, moment in moments.items() if moment is not None}
        self._before = self._bookmarks.copy(), self._moments.copy()
        self.current: str | None = current
        self._failed = _failed_records(value.get(FAILED))

    def failed(self, stream: str) -> dict[str, datetime | None]:
        """Give the records that could not be read for `stream`, though its bookmark may be behind them.

        They are named by their ids, or those of their parents, with the time of their last update where it has one.
        """
        return self._failed.get(self._place(stream), {}).copy()

    def fail(self, stream: str, identifier: str, updated_at: datetime | None) -> None:
        """Note that a record could not be read for `stream`: the next run asks for it again."""
        self._failed.setdefault(self._place(stream), {})[identifier] = updated_at

    def recover(self, stream: str, identifier: str) -> None:
        """Forget that a record could not be read for `stream`, where it was noted."""
        failed = self._failed.get(self._place(stream), {})
        failed.pop(identifier, None)
        if not failed:
            self._failed.pop(self._place(stream), None)

    def bookmark(self, stream: str, part: str | None = None) -> datetime | None:
        """Say up to which moment `stream` is complete, or a part of it; None if nothing is known.

        The bookmark of a stream in parts is an object with a moment for each. Raises ConfigError where it is none.
        """
        if part is None:
            return self._moments.get(stream)
        stored = self._stored(stream)
        return _moment(stream, stored, part) if isinstance(stored, Mapping) else None

    def advance(self, stream: str, moment: datetime, part: str | None = None) -> bool:
        """Move the bookmark of `stream` forwards to `moment`; say whether it moved. It never moves backwards."""
        known = self.bookmark(stream, part)
        if known is not None and moment <= known:
            return False
        self._put(stream, moment, part)
        return True

    def bring_back(self, stream: str, moment: datetime, part: str | None = None) -> None:
        """Set the bookmark of `stream`, which is later than Intercom's clock, to an earlier moment."""
        self._put(stream, moment, part)
        if part is None:
            self._before[0][self._place(stream)] = self._bookmarks[self._place(stream)]
            self._before[1][stream] = moment

    def _put(self, stream: str, moment: datetime, part: str | None) -> None:
        stored = self._stored(stream)
        if part is not None:
            parts = stored if isinstance(stored, Mapping) else {}
            self._bookmarks[self._place(stream)] = {**parts, part: timestamp(moment)}
            return
        self._moments[stream] = moment
        text = timestamp(moment)
        # Other keys beside the moment are somebody else's; a lone moment is written as the plain string.
        field = self._fields[stream]
        if isinstance(stored, Mapping):
            stored = {key: kept for key, kept in stored.items() if key not in OF_THE_SDK}
        others = isinstance(stored, Mapping) and stored.keys() - {field}
        self._bookmarks[self._place(stream)] = (
            {**stored, field: text} if others and isinstance(stored, Mapping) else text
        )

    def withdraw(self, stream: str) -> bool:
        """Take back what the run has claimed of `stream`; say whether there was anything."""
        bookmarks, moments = self._before
        if self._moments.get(stream) == moments.get(stream):
            return False
        for now, before, key in (
            (self._bookmarks, bookmarks, self._place(stream)),
            (self._moments, moments, stream),
        ):
            now.pop(key, None)
            if key in before:
                now[key] = before[key]
        return True

    def remarks(self, in_parts: Container[str], undated: Iterable[str]) -> list[str]:
        """Say which bookmarks are not gone on from.

        `in_parts` are the streams that have a bookmark for each part, `undated` those that have none.
        """
        unread = [
            name
            for name in self._fields
            if _says_something(stored := self._stored(name))
            and not (isinstance(stored, Mapping) if name in in_parts else name in self._moments)
        ]
        idle = [name for name in undated if _says_something(self._stored(name))]
        remarks = []
        if unread:
            remarks.append(
                f"the state has bookmarks that this tap does not understand, so these begin at start_date: "
                f"{_listed(unread)}; a bookmark is a time as in {EXAMPLE}"
            )
        if idle:
            remarks.append(
                f"the state has bookmarks of streams that are read whole every time, and they are kept as they are: "
                f"{_listed(idle)}"
            )
        return remarks

    def _place(self, stream: str) -> str:
        return self._places.get(stream, stream)

    def _stored(self, stream: str) -> Any:
        return self._bookmarks.get(self._place(stream))

    def value(self) -> dict[str, Any]:
        """Give the state as it is stored: `currently_syncing` only while a stream is being synced.

        `failed_records` is there only where records failed: {"conversation_parts": {"500": "2019-09-27T22:34:39.…Z"}}.
        """
        current = {} if self.current is None else {CURRENT: self.current}
        failed = {
            stream: {identifier: time and timestamp(time) for identifier, time in records.items()}
            for stream, records in self._failed.items()
        }
        return {**current, **self._value, **({FAILED: failed} if failed else {}), BOOKMARKS: dict(self._bookmarks)}


def timestamp(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, with microseconds: 2019-09-27T22:34:39.000000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _failed_records(stored: object) -> dict[str, dict[str, datetime | None]]:
    """Read the records that failed, by stream and id. Raises ConfigError where they cannot be understood."""
    streams: Mapping[str, Any] = stored if isinstance(stored, Mapping) else {"": stored} if stored is not None else {}
    try:
        return {
            stream: {identifier: None if time is None else _parse(time) for identifier, time in records.items()}
            for stream, records in streams.items()
        }
    except (AttributeError, ValueError, OverflowError):
        raise ConfigError(
            f'state: "{FAILED}" is not an object such as {EXAMPLE_OF_FAILED}; '
            "restore the last state that a run wrote, or remove it where those records are not wanted."
        ) from None


def _parse(stored: object) -> datetime:
    """Read a moment; a time without a zone is UTC. Raises ValueError and OverflowError."""
    moment = datetime.fromisoformat(stored.strip() if isinstance(stored, str) else "")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _says_something(stored: object) -> bool:
    """Say whether a bookmark holds anything: taps write {} or null where there is nothing to say."""
    return any(value is not None for value in stored.values()) if isinstance(stored, Mapping) else stored is not None


def _moment(stream: str, stored: object, field: str) -> datetime | None:
    """Read a bookmark: a string, or an object that holds one in a field; a time without a zone is UTC.

    An object of singer_sdk holds it beside the name of the field, and perhaps as unix seconds.
    """
    if isinstance(stored, Mapping):
        if stored.get(field) is None and stored.get(SDK_KEY) == field:
            stored = _seconds_as_text(stored.get(SDK_VALUE))
        else:
            stored = stored.get(field)
    if stored is None:
        return None
    try:
        return _parse(stored)
    except (ValueError, OverflowError):
        shown = repr(stored) if isinstance(stored, str) and is_quotable(stored) else shape_of(stored)
        raise ConfigError(
            f"state: the bookmark of {stream} is {shown}, not a time like 2019-09-27T22:34:39.000000Z; "
            f"mend it, or remove it to read {stream} again from start_date."
        ) from None


def _seconds_as_text(value: object) -> object:
    """Write unix seconds as a time; leave all else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool) and int(value) in UNIX_SECONDS:
        return timestamp(datetime.fromtimestamp(int(value), UTC))
    return value
