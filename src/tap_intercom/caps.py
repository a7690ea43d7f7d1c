"""Finds where Intercom keeps records back: it counts all of a list, and gives the newest of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from tap_intercom.records import Reader
from tap_intercom.stream import Layout

_MOMENT: Final = {"type": ["null", "string"], "format": "date-time"}
_ITEM: Final = {"type": ["null", "object"]}
_WRAPPED: Final = 2  # a list within an object, which also counts it


class Cap(NamedTuple):
    """Of which object, last updated when, Intercom gave so many of all the records that it counts."""

    id: str
    updated_at: datetime | None
    given: int
    total: int


class Caps:
    """Reads from answers what is kept back of a list `within` the objects that lie at `at`.

    The list lies in an object: {"conversation_parts": {"conversation_parts": […], "total_count": 584}}. Of another one
    nothing is found.
    """

    def __init__(self, at: tuple[str, ...], within: tuple[str, ...]) -> None:
        self._within = within
        self._reader: Reader | None = None
        if len(within) == _WRAPPED:
            wrapper, items = within
            counted = {items: {"type": ["null", "array"], "items": _ITEM}, "total_count": {"type": ["null", "integer"]}}
            fields: dict[str, Any] = {
                "id": {"type": "string"},
                "updated_at": _MOMENT,
                wrapper: {"type": ["null", "object"], "properties": counted},
            }
            self._reader = Reader(Layout(records_at=at), {"type": "object", "properties": fields}, watch=False)

    @property
    def what(self) -> str:
        """What is counted."""
        return self._within[-1]

    def read(self, body: bytes) -> Iterator[Cap]:
        """Find the caps in an answer. Raises what a Reader raises."""
        if self._reader is None:
            return
        wrapper, items = self._within
        for record in self._reader.read(body).records:
            counted = getattr(record, wrapper)
            given = getattr(counted, items, None)
            if given is not None and counted.total_count is not None and counted.total_count > len(given):
                yield Cap(record.id, record.updated_at, len(given), counted.total_count)
