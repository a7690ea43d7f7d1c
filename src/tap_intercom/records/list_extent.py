"""What is to be known of a record before more is asked about it: its id, its time, and how much its lists hold."""

import enum
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple

from tap_intercom.records.envelope import EITHER
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Detail, Layout, Stream

_MOMENT: Final = {"type": ["null", "string"], "format": "date-time"}
_LIST: Final = {"type": ["null", "array"], "items": {}}
_COUNT: Final = {"type": ["null", "integer"]}


class ListCount(NamedTuple):
    """Of which object, last updated when, Intercom gave so many of all the records that it counts."""

    id: str
    updated_at: datetime | None
    given: int
    total: int


class ListCounts:
    """Reads from answers what is kept back of a list `nested` the objects that lie at `at`.

    The list lies in an object, which also counts it: {"conversation_parts": {"conversation_parts": […], "total_count":
    584}}. Of another one nothing is found. The last key of `nested` may be several, with | between them.
    """

    def __init__(self, at: tuple[str, ...], nested: tuple[str, ...]) -> None:
        *self._wrappers, keys = nested or ("",)
        self._keys = keys.split(EITHER)
        self._reader: Reader | None = None
        if self._wrappers:
            fields: dict[str, Any] = {**dict.fromkeys(self._keys, _LIST), "total_count": _COUNT}
            for wrapper in reversed(self._wrappers):
                fields = {wrapper: {"type": ["null", "object"], "properties": fields}}
            fields |= {"id": {"type": "string"}, "updated_at": _MOMENT}
            layout = Layout(records_at=at)
            self._reader = Reader(layout, {"type": "object", "properties": fields}, watch=False, counted=True)

    @property
    def what(self) -> str:
        """What is counted."""
        return self._wrappers[-1]

    def read(self, body: bytes) -> Iterator[ListCount]:
        """Find the caps in an answer. Raises what a Reader raises."""
        if self._reader is None:
            return
        for record in self._reader.read(body).records:
            counted = record
            for wrapper in self._wrappers:
                counted = getattr(counted, wrapper, None)
            lists = (getattr(counted, key, None) for key in self._keys)
            given = next((found for found in lists if found is not None), None)
            if given is not None and counted.total_count is not None and counted.total_count > len(given):
                yield ListCount(record.id, record.updated_at, len(given), counted.total_count)


_TEXT: Final = {"type": ["null", "string"]}

# Intercom's addressable list: {"type": "list", "data": […], "url": "/contacts/1/tags", "total_count": 12, …}
_ADDRESSABLE: Final = {
    "type": ["null", "object"],
    "properties": {
        "data": {"type": ["null", "array"], "items": {"type": ["null", "object"], "properties": {"id": _TEXT}}},
        "total_count": {"type": ["null", "integer"]},
        "has_more": {"type": ["null", "boolean"]},
    },
}


class Extent(enum.Enum):
    """How much of a list a record holds."""

    EMPTY = "all of it, which is nothing"
    WHOLE = "all of it"
    CUT = "the beginning"
    UNKNOWN = "nobody knows how much"


def extent_reader(stream: Stream, details: Sequence[Detail], lists: Iterable[str] = ()) -> Reader:
    """Make a reader that reads of a record only what is to be known of it, whatever is selected of the record itself.

    That is what the `details` depend on, and how much the `lists` hold.
    """
    lists = {*lists, *(field for detail in details for field in detail.inline_lists)}
    fields: dict[str, Any] = {
        "id": {"type": "string"},
        stream.replication_key or "updated_at": _MOMENT,
        "updated_at": _MOMENT,
        **{field: _TEXT for detail in details for field in detail.parent_filter},
        **dict.fromkeys(lists, _ADDRESSABLE),
    }
    layout = Layout(records_at=stream.layout.records_at)
    return Reader(layout, {"type": "object", "properties": fields}, watch=False, counted=True)


def extent_of(outline: Any, field: str) -> Extent:
    """Say how much of a list the record of an outline holds."""
    return _extent(getattr(outline, field))


def incomplete(outlines: Sequence[Any], field: str) -> list[int]:
    """Give the places of the outlines whose records hold only the beginning of a list."""
    wrappers = map(attrgetter(field), outlines)
    return [place for place, wrapper in enumerate(wrappers) if _extent(wrapper) is Extent.CUT]


def _extent(wrapper: Any) -> Extent:
    if wrapper is None or wrapper.data is None or (wrapper.total_count is None and wrapper.has_more is None):
        return Extent.UNKNOWN
    if wrapper.has_more or (wrapper.total_count or 0) > len(wrapper.data):
        return Extent.CUT
    return Extent.WHOLE if wrapper.data else Extent.EMPTY


def is_complete(outline: Any, lists: Sequence[str]) -> bool:
    """Say whether a record is known to hold all of its lists."""
    return all(extent_of(outline, field) in {Extent.WHOLE, Extent.EMPTY} for field in lists)


def needs_request(outline: Any, detail: Detail, *, inline: bool) -> bool:
    """Say whether a record is asked for a detail; `inline` where what its lists hold is read from them."""
    values = [(getattr(outline, field), wanted) for field, wanted in detail.parent_filter.items()]
    if any(value is None if wanted is None else value not in wanted for value, wanted in values):
        return False
    if not detail.inline_lists:
        return True
    if inline:
        return not is_complete(outline, detail.inline_lists)
    return any(extent_of(outline, field) is not Extent.EMPTY for field in detail.inline_lists)
