"""Finds where Intercom keeps records back: it counts all of a list, and gives the newest of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from tap_intercom.records.envelope import EITHER
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Layout

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
