"""Lists of one kind, of which the workspace has as many as it likes: a setting names those that are wanted."""

from datetime import datetime
from typing import Any
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
    """Also remembers which page it is, the ids of those before, how many the first one named, and which reading."""

    page: int = 1
    seen: frozenset[Any] = frozenset()
    total: int = 0
    reading: int = 1


class PageNumberPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A collection that comes whole, in one answer or in pages read forwards; its order means nothing.

    What is deleted while several pages are read, and what shares its time with others at the border of two, may let a
    record slip by. So the list is read again, a few times at most, until as many came as it held when it was begun.
    Where it says no number, it is certain to be whole only if it comes in one page. Pages that reach only so far have a
    `limit`, and whoever holds as many records may hold more.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    limit: int | None = None  # page-numbered lists of people and companies end at 10,000 records
    fallback_on: frozenset[Reason] = frozenset({Reason.VERSION, Reason.GONE})

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the list."""
        return NumberedPageRequest(request=self._page(), time_range=time_range)

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - a list has no clock
        """Take what the window wants; follow `pages.next` where the list has one.

        Raises PaginatorUnsuitable where the list holds more than its pages reach, as far as can be told.
        """
        assert isinstance(step, NumberedPageRequest)  # noqa: S101 - first() and after() make no other step
        total = step.total or page.total_count or 0
        if not (page.pages or total or step.seen):
            return PageResult(since=step.time_range.start, is_complete=True)
        numbered = enumerate(page.records, len(step.seen))
        seen = step.seen.union(getattr(record, "id", None) or number for number, record in numbered)
        seen = seen.union(("left out", step.page, number) for number in range(page.left_out))
        if self.limit is not None and max(len(seen), page.least_total) >= self.limit:
            raise PaginatorUnsuitable(f"{self.path} holds {self.limit} records or more, and its pages reach no further")
        if page.pages is not None and _has_next(page, step, seen, total):
            number = 1 + (page.pages.page or step.page)
            request = self._page(("page", str(number)), *_extra_cursor(page.pages))
            following = msgspec.structs.replace(step, request=request, page=number, seen=seen, total=total)
            return PageResult(since=step.time_range.start, next=following)
        short = max(0, total - len(seen))
        if short and step.seen and step.reading < MOST_READS:
            anew = {"page": 1, "seen": frozenset(), "total": 0, "reading": step.reading + 1}
            again = msgspec.structs.replace(step, request=self._page(), **anew)
            return PageResult(since=step.time_range.start, next=again)
        return PageResult(
            since=step.time_range.start, missing=short, is_complete=total <= len(seen) if total else not step.seen
        )

    def sample(self, records: int = 1) -> Request:  # noqa: ARG002 - see Shape
        """Ask for the list: it has no smaller part."""
        return self._page()

    def _page(self, *more: tuple[str, str]) -> Request:
        return Request(path=self.path, query=(*self.query, *more), method=self.method)


def _has_next(page: Page, step: NumberedPageRequest, seen: frozenset[Any], total: int) -> bool:
    """Say whether there is a page after this one, where need be by the counts: the OpenAPI files ask for no more."""
    pages = page.pages
    if pages is None or not page.count:
        return False
    if pages.next or pages.total_pages is not None:
        return bool(pages.next) or (pages.page or step.page) < (pages.total_pages or 0)
    is_full = pages.per_page is not None and page.count >= pages.per_page
    return len(seen) > len(step.seen) and (len(seen) < total if total else is_full)


def _extra_cursor(pages: Pages) -> tuple[tuple[str, str], ...]:
    """Find the cursor that a list may have beside the number of its next page (cursor_pages in the OpenAPI files)."""
    cursor = pages.next.get(CURSOR) if isinstance(pages.next, dict) else None
    return ((CURSOR, cursor),) if isinstance(cursor, str) and cursor else ()


class NamedListPageRequest(NumberedPageRequest, frozen=True, kw_only=True):
    """Also remembers how many of the lists have been read, and how many of their records were not met."""

    read: int = 0
    missing: int = 0


class NamedListsPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """One list after the other, each at `path` with its name in the place of {name}; their order means nothing.

    `setting` is the one that holds the `names`: there may be more lists than it names, so that these are never all that
    there is. Raises ConfigError where there are none.
    """

    path: str
    setting: str
    query: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    fallback_on: frozenset[Reason] = frozenset()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first list."""
        return self._step(0, time_range)

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:
        """Follow the pages of a list; with its last page, go on with the next list."""
        assert isinstance(step, NamedListPageRequest)  # noqa: S101 - first() and after() make no other step
        result = self._listing(step.read).after(step, page, served)
        if result.next is not None:
            return result
        read, short = step.read + 1, step.missing + result.missing
        if read == len(self.names):
            return PageResult(since=result.since, missing=short)
        return PageResult(
            since=result.since, next=msgspec.structs.replace(self._step(read, step.time_range), missing=short)
        )

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the first list."""
        kept = [(name, value) for name, value in self.query if name != "per_page"]
        return Request(path=self._listing(0).path, query=(*kept, ("per_page", str(records))))

    def _step(self, read: int, time_range: TimeRange) -> NamedListPageRequest:
        listing = self._listing(read)
        return NamedListPageRequest(
            request=Request(path=listing.path, query=listing.query), time_range=time_range, read=read
        )

    def _listing(self, read: int) -> PageNumberPaginator:
        if not self.names:
            raise ConfigError(
                f"{self.setting} is not set; name in it what is to be read "
                f'(for example "{self.setting}": ["Order"]), or deselect the stream.'
            )
        name = quote(self.names[read], safe="")
        return PageNumberPaginator(path=self.path.replace("{name}", name), query=self.query)
