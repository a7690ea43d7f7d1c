"""Cursors of paged answers: each holds the sort value and id of the last record of a page, so no page is kept."""

from base64 import b64decode, b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from intercom_simulator.protocol.responses import ApiError

MILLISECONDS = 1000  # Intercom's cursors tell times in milliseconds


class SortKey(NamedTuple):
    """What records are sorted by: the sort value, then the id (numbers before texts)."""

    value: tuple[int, int | float, str]
    identity: tuple[int, int, str]


class Cursor(NamedTuple):
    """The record after which a page begins (its sort value and id), and the page's number."""

    value: Any
    identity: str
    page: int

    @property
    def sort_key(self) -> SortKey:
        """The sort key of the record that the cursor names."""
        return sort_key_of(self.value // MILLISECONDS if _is_integer(self.value) else self.value, self.identity)


class Cursors:
    """The cursors that were issued; others are refused."""

    def __init__(self) -> None:
        self._issued: set[str] = set()

    def issue(self, value: Any, identity: str, page: int) -> str:
        """Return the cursor for the page after this record."""
        text = b64encode(msgspec.json.encode([_cursor_value(value), identity, page])).decode()
        self._issued.add(text)
        return text

    def read(self, text: object) -> Cursor | None:
        """Read a cursor; None stands for the first page. Raises ApiError for one that was never issued."""
        if text is None:
            return None
        if not isinstance(text, str) or text not in self._issued:
            raise ApiError(
                400,
                "client_error",
                "Invalid starting_after param. Please try again using a starting_after value from a paginated response",
            )
        return Cursor(*msgspec.json.decode(b64decode(text)))


def sort_key_of(value: Any, identity: str) -> SortKey:
    """Return the sort key of a record: null first, then numbers, false and true, and all else as text."""
    return SortKey(_ranked(value), (0, int(identity), "") if identity.isdecimal() else (1, 0, identity))


def _ranked(value: Any) -> tuple[int, int | float, str]:
    if value is None:
        return 0, 0, ""
    if isinstance(value, bool):
        return 2, int(value), ""
    return (1, value, "") if isinstance(value, int | float) else (3, 0, str(value))


def _cursor_value(value: Any) -> int | float | str | None:
    """Return the sort value as a cursor holds it: whole numbers in thousandths, since cursors have milliseconds."""
    if _is_integer(value):
        return int(value) * MILLISECONDS
    return value if value is None or isinstance(value, bool | float) else str(value)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class PageIndices(NamedTuple):
    """The indices of one page's records, and whether more records follow."""

    indices: Sequence[int]
    more: bool


def page_indices(
    ascending: Sequence[SortKey], after: SortKey | None, count: int, *, descending: bool, span: range | None = None
) -> PageIndices:
    """Return the indices of up to `count` records after `after`, in sort keys that ascend.

    Only the indices of `span` count, if it is given.
    """
    first, end = (span.start, span.stop) if span is not None else (0, len(ascending))
    if descending:
        stop = end if after is None else bisect_left(ascending, after, first, end)
        return PageIndices(range(stop - 1, max(first, stop - count) - 1, -1), stop - count > first)
    start = first if after is None else bisect_right(ascending, after, first, end)
    return PageIndices(range(start, min(start + count, end)), start + count < end)
