"""Paginators of lists of which every answer names the next one, by a cursor or by an address."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tap_intercom.api.types import EPOCH, SECOND, Reason, Request
from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import CURSOR, CountedPageRequest, Page, PageRequest, PageResult, TimeRange

Query = tuple[tuple[str, str], ...]

MISSING = object()
MOST_EMPTY_PAGES = 10  # pages with a cursor but without a record, one after another, until that is the end


class CursorPageRequest(CountedPageRequest, frozen=True, kw_only=True):
    """A request of a page, with the cursor that it sends ("" in the first one) and how many empty pages came last."""

    cursor: str = ""
    empty_pages: int = 0

    def follow(self, page: Page, cursor: str) -> tuple[str, int]:
        """Give the cursor of the page after `page`, the answer to this request, and how many empty pages came last.

        The cursor is "" at the end: where the page names none, where it is empty and names its own, and after
        MOST_EMPTY_PAGES. Raises ContractError where a page with records names its own cursor.
        """
        if page.count:
            if cursor and cursor == self.cursor:
                path = self.request.path
                raise ContractError(f"{path} gives the same cursor again; run again, and report it if it stays.")
            return cursor, 0
        is_end = cursor == self.cursor or self.empty_pages == MOST_EMPTY_PAGES
        return "" if is_end else cursor, self.empty_pages + 1


class CursorPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A list of API 2.x with a cursor in `pages.next.starting_after`; its order means nothing.

    `since` is the name of the parameter, if the list has one, that asks for what was updated after a moment (unix
    seconds). A record that is updated while the list is read may be missed; the next run reads it.
    """

    path: str
    query: Query = ()
    per_page: int = 50
    since: str = ""
    fallback_on: frozenset[Reason] = frozenset()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first page."""
        return CursorPageRequest(request=self._request(time_range), time_range=time_range)

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - the order means nothing
        """Follow the cursor; at the end, say how many records are missing from what the list counts.

        With `since`, no document says whether the count is of all records or of those that were asked for.
        """

        def request(cursor: str) -> Request:
            return self._request(page_request.time_range, (CURSOR, cursor))

        result = _follow(page_request, page, starting_after(self.path, page), request)
        return msgspec.structs.replace(result, missing=0) if self.since else result

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the list."""
        return Request(path=self.path, query=(*self.query, ("per_page", str(records))))

    def _request(self, time_range: TimeRange, *more: tuple[str, str]) -> Request:
        moment = int((max(time_range.start, EPOCH + SECOND) - SECOND - EPOCH).total_seconds())
        since = ((self.since, str(moment)),) if self.since else ()
        return Request(path=self.path, query=(*self.query, ("per_page", str(self.per_page)), *since, *more))


class NextCursorPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A list with a `next_cursor` beside its records, which is sent back as `cursor`; its order means nothing."""

    path: str
    query: Query = ()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first page."""
        return CursorPageRequest(request=Request(path=self.path, query=self.query), time_range=time_range)

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - the order means nothing
        """Follow the cursor; at the end, say how many records are missing from what the list counts."""

        def request(cursor: str) -> Request:
            return Request(path=self.path, query=(*self.query, ("cursor", cursor)))

        return _follow(page_request, page, page.next_cursor or "", request)


class NextLinkPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A list whose `pages.next` is the address of the next page; its order means nothing.

    Only the query of the address is taken, and serves as the cursor: a server does not decide where the token goes.
    """

    path: str
    query: Query = ()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first page."""
        return CursorPageRequest(request=Request(path=self.path, query=self.query), time_range=time_range)

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - the order means nothing
        """Follow the address; at the end, say how many records are missing from what the list counts.

        Raises ContractError where `pages.next` is text and no address.
        """

        def request(cursor: str) -> Request:
            return Request(path=self.path, query=tuple({**dict(self.query), **dict(parse_qsl(cursor))}.items()))

        return _follow(page_request, page, self._next_query(page), request)

    def _next_query(self, page: Page) -> str:
        address = page.pages.next if page.pages is not None else None
        try:
            query = urlsplit(address).query if isinstance(address, str) else ""
        except ValueError:
            raise ContractError(
                f"{self.path} names a next page that has no address; report this to Intercom."
            ) from None
        return query if parse_qsl(query) else ""


def starting_after(path: str, page: Page) -> str:
    """Give the cursor in `pages.next`, "" where there is none. Raises ContractError where `next` is of another shape.

    The OpenAPI files allow a `next` whose `starting_after` is null or "" (starting_after_paging).
    """
    following = page.pages.next if page.pages is not None else None
    if not following:
        return ""
    cursor = following.get(CURSOR, MISSING) if isinstance(following, dict) else MISSING
    if cursor is None:
        return ""
    if not isinstance(cursor, str):
        raise ContractError(f"{path}: the next page has no starting_after; set another api_version, and report this.")
    return cursor


def _follow(page_request: PageRequest, page: Page, cursor: str, request: Callable[[str], Request]) -> PageResult:
    """Go on with the cursor; at the end, say how many records are missing from what the list counts."""
    assert isinstance(page_request, CursorPageRequest)  # noqa: S101 - first() and after() make no other request
    cursor, empty_pages = page_request.follow(page, cursor)
    counted = page_request.with_page(page)
    if not cursor:
        return PageResult(since=page_request.time_range.start, missing=counted.missing)
    following = msgspec.structs.replace(counted, request=request(cursor), cursor=cursor, empty_pages=empty_pages)
    return PageResult(since=page_request.time_range.start, next=following)
