"""Collections in which every answer names the one that follows in a way of its own."""

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tap_intercom.errors import ContractError
from tap_intercom.paging import Page, Step, Turn, Window
from tap_intercom.wire import Request

Query = tuple[tuple[str, str], ...]


class NextCursor(msgspec.Struct, frozen=True, kw_only=True):
    """A list that gives a `next_cursor` beside its records, to be sent back as `cursor`; its order means nothing."""

    path: str
    query: Query = ()

    def first(self, window: Window) -> Step:
        """Ask for the first page."""
        return Step(request=Request(path=self.path, query=self.query), window=window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:  # noqa: ARG002 - the order means nothing
        """Take what the window wants; go on with the cursor of the page."""
        following = [("cursor", page.next_cursor)] if page.next_cursor and page.count else []
        return Turn(
            since=step.window.floor, next=_next(self.path, step, (*self.query, *following)) if following else None
        )


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """A list whose `pages.next` is the address of the next page; its order means nothing.

    Of the address only the query is taken: a server does not say where the token goes.
    """

    path: str
    query: Query = ()

    def first(self, window: Window) -> Step:
        """Ask for the first page."""
        return Step(request=Request(path=self.path, query=self.query), window=window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:  # noqa: ARG002 - the order means nothing
        """Take what the window wants; ask what the address of the next page asks, while pages have records."""
        address = page.pages.next if page.pages is not None else None
        asked = self._read(address) if isinstance(address, str) and page.count else []
        following = {**dict(self.query), **dict(asked)}
        return Turn(since=step.window.floor, next=_next(self.path, step, tuple(following.items())) if asked else None)

    def _read(self, address: str) -> list[tuple[str, str]]:
        try:
            return parse_qsl(urlsplit(address).query)
        except ValueError:
            raise ContractError(
                f"{self.path} names a next page that has no address; report this to Intercom."
            ) from None


def _next(path: str, step: Step, query: Query) -> Step:
    """Ask for the next page. Raises ContractError where it is the one that was just given."""
    request = Request(path=path, query=query)
    if request == step.request:
        raise ContractError(f"{path} names the page it has just given as the next one; report this to Intercom.")
    return msgspec.structs.replace(step, request=request)
