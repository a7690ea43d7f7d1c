"""Paginators of lists with page numbers: one list, or several that a setting names."""

from datetime import datetime
from typing import Any, Self
from urllib.parse import quote

import msgspec

from tap_intercom.api.types import Reason, Request
from tap_intercom.errors import ConfigError
from tap_intercom.pagination.model import (
    CURSOR,
    MOST_READS,
    Page,
    PageRequest,
    PageResult,
    Pages,
    PaginatorUnsuitable,
    TimeRange,
)


class NumberedPageRequest(PageRequest, frozen=True, kw_only=True):
    """Also holds the number of the page, the ids of the pages before it, the first `total_count`, and the reading."""

    page: int = 1
    seen: frozenset[Any] = frozenset()
    total: int = 0
    reading: int = 1


class PageNumberPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A list in one answer, or in numbered pages that are read forwards; its order means nothing.

    A record may be missed if others are deleted between two pages, or if records with the same time change places at
    the border of two. So the list is read again, MOST_READS times at most, until as many records came as the first page
    counted. Without a count, only a list of one page is certain to be complete. `limit`: the pages reach only so many
    records, and a list that holds as many may hold more.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    limit: int | None = None  # page-numbered lists of people and companies end at 10,000 records
    fallback_on: frozenset[Reason] = frozenset({Reason.VERSION, Reason.GONE})

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the list."""
        return NumberedPageRequest(request=self._page(), time_range=time_range)

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - a list has no clock
        """Go on with the next page; at the end, read again if records are missing.

        Raises PaginatorUnsuitable if the list may hold more records than its pages reach.
        """
        assert isinstance(page_request, NumberedPageRequest)  # noqa: S101 - first() and after() make no other request
        total = page_request.total or page.total_count or 0
        if not (page.pages or total or page_request.seen):
            return PageResult(since=page_request.time_range.start, is_complete=True)
        numbered = enumerate(page.records, len(page_request.seen))
        seen = page_request.seen.union(getattr(record, "id", None) or number for number, record in numbered)
        seen = seen.union(("left out", page_request.page, number) for number in range(page.left_out))
        if self.limit is not None and max(len(seen), page.least_total) >= self.limit:
            raise PaginatorUnsuitable(f"{self.path} holds {self.limit} records or more, and its pages reach no further")
        if page.pages is not None and _has_next(page, page_request, seen, total):
            number = 1 + (page.pages.page or page_request.page)
            request = self._page(("page", str(number)), *_extra_cursor(page.pages))
            following = msgspec.structs.replace(page_request, request=request, page=number, seen=seen, total=total)
            return PageResult(since=page_request.time_range.start, next=following)
        short = max(0, total - len(seen))
        if short and page_request.seen and page_request.reading < MOST_READS:
            anew = {"page": 1, "seen": frozenset(), "total": 0, "reading": page_request.reading + 1}
            again = msgspec.structs.replace(page_request, request=self._page(), **anew)
            return PageResult(since=page_request.time_range.start, next=again)
        return PageResult(
            since=page_request.time_range.start,
            missing=short,
            is_complete=total <= len(seen) if total else not page_request.seen,
        )

    def sample(self, records: int = 1) -> Request:  # noqa: ARG002 - see Paginator
        """Ask for the list: its first page cannot be made smaller."""
        return self._page()

    def matching(self, field: str, value: str) -> Self:
        """Ask only for records with this value in a field."""
        return msgspec.structs.replace(self, query=(*self.query, (field, value)))

    def _page(self, *more: tuple[str, str]) -> Request:
        return Request(path=self.path, query=(*self.query, *more), method=self.method)


def _has_next(page: Page, page_request: NumberedPageRequest, seen: frozenset[Any], total: int) -> bool:
    """Say whether there is a page after this one, by the counts if `pages` does not say (OpenAPI: it need not)."""
    pages = page.pages
    if pages is None or not page.count:
        return False
    if pages.next or pages.total_pages is not None:
        return bool(pages.next) or (pages.page or page_request.page) < (pages.total_pages or 0)
    is_full = pages.per_page is not None and page.count >= pages.per_page
    return len(seen) > len(page_request.seen) and (len(seen) < total if total else is_full)


def _extra_cursor(pages: Pages) -> tuple[tuple[str, str], ...]:
    """Give the cursor that a list may have beside its page numbers (cursor_pages in the OpenAPI files)."""
    cursor = pages.next.get(CURSOR) if isinstance(pages.next, dict) else None
    return ((CURSOR, cursor),) if isinstance(cursor, str) and cursor else ()


class NamedListPageRequest(NumberedPageRequest, frozen=True, kw_only=True):
    """Also holds how many of the lists have been read, and how many of their records are missing."""

    read: int = 0
    missing: int = 0


class NamedListsPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """Several lists, one after another: `path` with each name in place of {name}; their order means nothing.

    The setting named `setting` holds the `names`. The workspace may have more such lists, so the collection is never
    known to be complete. Raises ConfigError if there are no names.
    """

    path: str
    setting: str
    query: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    fallback_on: frozenset[Reason] = frozenset()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first list."""
        return self._first_page(0, time_range)

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:
        """Follow the pages of a list; after its last page, go on with the next list."""
        assert isinstance(page_request, NamedListPageRequest)  # noqa: S101 - first() and after() make no other request
        result = self._list_paginator(page_request.read).after(page_request, page, served)
        if result.next is not None:
            return result
        read, short = page_request.read + 1, page_request.missing + result.missing
        if read == len(self.names):
            return PageResult(since=result.since, missing=short)
        return PageResult(
            since=result.since,
            next=msgspec.structs.replace(self._first_page(read, page_request.time_range), missing=short),
        )

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the first list."""
        kept = [(name, value) for name, value in self.query if name != "per_page"]
        return Request(path=self._list_paginator(0).path, query=(*kept, ("per_page", str(records))))

    def _first_page(self, read: int, time_range: TimeRange) -> NamedListPageRequest:
        paginator = self._list_paginator(read)
        return NamedListPageRequest(
            request=Request(path=paginator.path, query=paginator.query), time_range=time_range, read=read
        )

    def _list_paginator(self, read: int) -> PageNumberPaginator:
        if not self.names:
            raise ConfigError(
                f"{self.setting} is not set; name in it what is to be read "
                f'(for example "{self.setting}": ["Order"]), or deselect the stream.'
            )
        name = quote(self.names[read], safe="")
        return PageNumberPaginator(path=self.path.replace("{name}", name), query=self.query)
