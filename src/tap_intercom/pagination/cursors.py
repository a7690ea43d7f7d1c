"""Collections in which every answer names the one that follows in a way of its own."""

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tap_intercom.api.types import Request
from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import CountedStep, Page, PageRequest, PageResult, TimeRange

Query = tuple[tuple[str, str], ...]


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
