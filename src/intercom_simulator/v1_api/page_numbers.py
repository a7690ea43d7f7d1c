"""Page numbers of API 1.4: page and per_page, the limit of 10,000 records, the last page and pages beyond it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.store.collection import Collection, Entry, RecordForm


class ListFormat(msgspec.Struct, frozen=True, kw_only=True):
    """How the API shows a list with page numbers."""

    kind: str
    key: str
    per_page: int
    counted: bool = True  # whether there is a total_count
    beyond_is_error: bool = False
    cap: int = 0  # records reachable by page number; 0: all


class PageRange(msgspec.Struct, frozen=True):
    """One page of a collection of `total` records, counted from 1."""

    page: int
    per_page: int
    total: int

    @property
    def total_pages(self) -> int:
        """The number of pages; 0 for an empty collection."""
        return -(-self.total // self.per_page)

    @property
    def is_beyond_end(self) -> bool:
        """Whether the page lies after the last one."""
        return self.page > max(1, self.total_pages)

    def entries_of_page(self, ascending: Sequence[Entry], *, descending: bool) -> Sequence[Entry]:
        """Return the page's entries from a list in ascending order."""
        start = (self.page - 1) * self.per_page
        if not descending:
            return ascending[start : start + self.per_page]
        stop = max(0, self.total - start)
        return ascending[max(0, stop - self.per_page) : stop][::-1]


def page_range(parameters: dict[str, str], list_format: ListFormat, total: int, behaviours: Behaviours) -> PageRange:
    """Read page and per_page. Raises ApiError for what Intercom refuses, such as pages beyond 10,000 records."""
    page = positive_integer(parameters, "page", 1)
    per_page = positive_integer(parameters, "per_page", list_format.per_page)
    if per_page > behaviours.max_per_page:
        if behaviours.per_page_over_max == "reject":
            raise ApiError(400, "parameter_invalid", "Per Page is too big")
        per_page = behaviours.max_per_page
    if list_format.cap and page * per_page > list_format.cap:
        raise ApiError(400, "bad_request", "page limit reached, please use scroll API")
    return PageRange(page, per_page, total)


def positive_integer(parameters: dict[str, str], name: str, default: int) -> int:
    """Read a whole number of at least 1. Raises ApiError for anything else."""
    text = parameters.get(name)
    if text is None or text == "":
        return default
    number = parse_integer(text)
    if not number:
        raise ApiError(400, "parameter_invalid", f"'{name}' must be a positive integer")
    return number


def page_body(  # noqa: PLR0913 - a page is exactly these six things
    request: Request,
    list_format: ListFormat,
    collection: Collection,
    ascending: Sequence[Entry],
    *,
    descending: bool,
    behaviours: Behaviours,
    form: RecordForm = RecordForm(),  # noqa: B008 - an immutable value
) -> bytes:
    """Encode the page that the request asks for."""
    page = page_range(request.parameters, list_format, len(ascending), behaviours)
    if page.is_beyond_end and list_format.beyond_is_error:
        raise ApiError(400, "parameter_invalid", "'page' not found on model")
    items = [collection.encoded(entry, form) for entry in page.entries_of_page(ascending, descending=descending)]
    metadata: dict[str, Any] = {"pages": _pages(request, page, behaviours)}
    if list_format.counted:
        metadata["total_count"] = 0 if page.is_beyond_end else page.total
    return envelope(list_format.kind, list_format.key, items, **metadata)


def _pages(request: Request, page: PageRange, behaviours: Behaviours) -> dict[str, Any]:
    total_pages = 0 if page.is_beyond_end else page.total_pages
    pages = {"type": "pages", "next": None, "page": page.page, "per_page": page.per_page, "total_pages": total_pages}
    if page.page < total_pages:
        pages["next"] = request.with_parameters(per_page=page.per_page, page=page.page + 1)
    elif behaviours.last_page_next == "absent":
        del pages["next"]
    return pages
