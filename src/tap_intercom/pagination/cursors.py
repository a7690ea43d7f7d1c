"""Collections in which every answer names the one that follows in a way of its own."""

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tap_intercom.api.types import EPOCH, SECOND, Reason, Request
from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import CountedStep, Page, PageRequest, PageResult, TimeRange

Query = tuple[tuple[str, str], ...]

MISSING = object()
MOST_EMPTY_PAGES = 10  # pages with a cursor but without a record, one after another, until that is the end


class CursorPageRequest(CountedStep, frozen=True, kw_only=True):
    """Also remembers which cursor was asked for; `empty` is how many pages without any records came last."""

    starting_after: str | None = None
    empty: int = 0


class CursorPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A list that is followed from cursor to cursor; its order means nothing.

    `since` is the parameter, where the list has one, that asks for what was updated after a moment (unix seconds). What
    is updated while the list is read may be passed over: it is the next run's. Where fewer came than the list counts,
    if it does, that is told.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    per_page: int = 50
    since: str = ""
    fallback_on: frozenset[Reason] = frozenset()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first page."""
        return CursorPageRequest(request=self._request(time_range), time_range=time_range)

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - the order means nothing
        """Take what the window wants; go on with the cursor of the page."""
        assert isinstance(step, CursorPageRequest)  # noqa: S101 - first() and after() make no other step
        cursor, counted = next_cursor(self.path, step, page), step.with_page(page)
        if cursor is None:
            # With `since`, nobody says whether what is counted is what was asked for.
            return PageResult(since=step.time_range.start, missing=0 if self.since else counted.short)
        following = msgspec.structs.replace(
            counted,
            request=self._request(step.time_range, ("starting_after", cursor)),
            starting_after=cursor,
            empty=count_empty(step, page),
        )
        return PageResult(since=step.time_range.start, next=following)

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the list."""
        return Request(path=self.path, query=(*self.query, ("per_page", str(records))))

    def _request(self, time_range: TimeRange, *more: tuple[str, str]) -> Request:
        moment = int((max(time_range.start, EPOCH + SECOND) - SECOND - EPOCH).total_seconds())
        since = ((self.since, str(moment)),) if self.since else ()
        return Request(path=self.path, query=(*self.query, ("per_page", str(self.per_page)), *since, *more))


class NextCursorPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A list that gives a `next_cursor` beside its records, to be sent back as `cursor`; its order means nothing."""

    path: str
    query: Query = ()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first page."""
        return CountedStep(request=Request(path=self.path, query=self.query), time_range=time_range)

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - the order means nothing
        """Take what the window wants; go on with the cursor of the page."""
        following = [("cursor", page.next_cursor)] if page.next_cursor and page.count else []
        return _turn(self.path, step, page, (*self.query, *following) if following else ())


class NextLinkPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A list whose `pages.next` is the address of the next page; its order means nothing.

    Of the address only the query is taken: a server does not say where the token goes.
    """

    path: str
    query: Query = ()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first page."""
        return CountedStep(request=Request(path=self.path, query=self.query), time_range=time_range)

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - the order means nothing
        """Take what the window wants; ask what the address of the next page asks, while pages have records."""
        address = page.pages.next if page.pages is not None else None
        asked = self._read(address) if isinstance(address, str) and page.count else []
        following = {**dict(self.query), **dict(asked)}
        return _turn(self.path, step, page, tuple(following.items()) if asked else ())

    def _read(self, address: str) -> list[tuple[str, str]]:
        try:
            return parse_qsl(urlsplit(address).query)
        except ValueError:
            raise ContractError(
                f"{self.path} names a next page that has no address; report this to Intercom."
            ) from None


def _turn(path: str, step: PageRequest, page: Page, query: Query) -> PageResult:
    """Take what the window wants, and ask for the next page; without a query there is none, and what came is counted.

    Raises ContractError where the next page is the one that was just given.
    """
    assert isinstance(step, CountedStep)  # noqa: S101 - first() and after() make no other step
    step = step.with_page(page)
    if not query:
        return PageResult(since=step.time_range.start, missing=step.short)
    request = Request(path=path, query=query)
    if request == step.request:
        raise ContractError(f"{path} names the page it has just given as the next one; report this to Intercom.")
    return PageResult(since=step.time_range.start, next=msgspec.structs.replace(step, request=request))


def count_empty(step: PageRequest, page: Page) -> int:
    """Count the pages without a record that came last."""
    before = step.empty if isinstance(step, CursorPageRequest) else 0
    return 0 if page.count else before + 1


def next_cursor(path: str, step: PageRequest, page: Page) -> str | None:
    """Give the cursor of the next page; None on the last. Raises ContractError where it leads nowhere."""
    following = page.pages.next if page.pages is not None else None
    if not following or count_empty(step, page) > MOST_EMPTY_PAGES:
        return None
    cursor = following.get("starting_after", MISSING) if isinstance(following, dict) else MISSING
    if cursor is None or cursor == "":  # which the OpenAPI files allow (starting_after_paging)
        return None
    if not isinstance(cursor, str):
        raise ContractError(f"{path}: the next page has no starting_after; set another api_version, and report this.")
    if isinstance(step, CursorPageRequest) and cursor == step.starting_after:
        if not page.count:
            return None
        raise ContractError(f"{path} gives the same cursor again; run again, and report it if it stays.")
    return cursor
