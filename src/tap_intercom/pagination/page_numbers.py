"""Lists of one kind, of which the workspace has as many as it likes: a setting names those that are wanted."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from tap_intercom.api.types import Reason, Request
from tap_intercom.errors import ConfigError, ContractError
from tap_intercom.pagination.model import CURSOR, MOST_READINGS, Page, Pages, Step, Turn, Unfit, Window


class ListStep(Step, frozen=True, kw_only=True):
    """Also remembers which page it is, the ids of those before, how many the first one named, and which reading."""

    page: int = 1
    seen: frozenset[Any] = frozenset()
    total: int = 0
    reading: int = 1


class Listing(msgspec.Struct, frozen=True, kw_only=True):
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
    instead_on: frozenset[Reason] = frozenset({Reason.VERSION, Reason.GONE})

    def first(self, window: Window) -> Step:
        """Ask for the list."""
        return ListStep(request=self._page(), window=window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:  # noqa: ARG002 - a list has no clock
        """Take what the window wants; follow `pages.next` where the list has one.

        Raises Unfit where the list holds more than its pages reach, as far as can be told.
        """
        assert isinstance(step, ListStep)  # noqa: S101 - first() and after() make no other step
        total = step.total or page.total_count or 0
        if not (page.pages or total or step.seen):
            return Turn(since=step.window.floor, whole=True)
        numbered = enumerate(page.records, len(step.seen))
        seen = step.seen.union(getattr(record, "id", None) or number for number, record in numbered)
        seen = seen.union(("left out", step.page, number) for number in range(page.left_out))
        if self.limit is not None and max(len(seen), page.least) >= self.limit:
            raise Unfit(f"{self.path} holds {self.limit} records or more, and its pages reach no further")
        if page.pages is not None and _goes_on(page, step, seen, total):
            number = 1 + (page.pages.page or step.page)
            request = self._page(("page", str(number)), *_cursor_beside(page.pages))
            if request == step.request:
                raise ContractError(
                    f"{self.path} names the page it has just given as the next one; report this to Intercom."
                )
            following = msgspec.structs.replace(step, request=request, page=number, seen=seen, total=total)
            return Turn(since=step.window.floor, next=following)
        short = max(0, total - len(seen))
        if short and step.seen and step.reading < MOST_READINGS:
            anew = {"page": 1, "seen": frozenset(), "total": 0, "reading": step.reading + 1}
            again = msgspec.structs.replace(step, request=self._page(), **anew)
            return Turn(since=step.window.floor, next=again)
        return Turn(since=step.window.floor, short=short, whole=total <= len(seen) if total else not step.seen)

    def sample(self, records: int = 1) -> Request:  # noqa: ARG002 - see Shape
        """Ask for the list: it has no smaller part."""
        return self._page()

    def _page(self, *more: tuple[str, str]) -> Request:
        return Request(path=self.path, query=(*self.query, *more), method=self.method)


def _goes_on(page: Page, step: ListStep, seen: frozenset[Any], total: int) -> bool:
    """Say whether there is a page after this one, where need be by the counts: the OpenAPI files ask for no more."""
    pages = page.pages
    if pages is None or not page.count:
        return False
    if pages.next or pages.total_pages is not None:
        return bool(pages.next) or (pages.page or step.page) < (pages.total_pages or 0)
    is_full = pages.per_page is not None and page.count >= pages.per_page
    return len(seen) > len(step.seen) and (len(seen) < total if total else is_full)


def _cursor_beside(pages: Pages) -> tuple[tuple[str, str], ...]:
    """Find the cursor that a list may have beside the number of its next page (cursor_pages in the OpenAPI files)."""
    cursor = pages.next.get(CURSOR) if isinstance(pages.next, dict) else None
    return ((CURSOR, cursor),) if isinstance(cursor, str) and cursor else ()


class NamedStep(ListStep, frozen=True, kw_only=True):
    """Also remembers how many of the lists have been read, and how many of their records were not met."""

    read: int = 0
    short: int = 0


class NamedLists(msgspec.Struct, frozen=True, kw_only=True):
    """One list after the other, each at `path` with its name in the place of {name}; their order means nothing.

    `setting` is the one that holds the `names`: there may be more lists than it names, so that these are never all that
    there is. Raises ConfigError where there are none.
    """

    path: str
    setting: str
    query: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    instead_on: frozenset[Reason] = frozenset()

    def first(self, window: Window) -> Step:
        """Ask for the first list."""
        return self._step(0, window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:
        """Follow the pages of a list; with its last page, go on with the next list."""
        assert isinstance(step, NamedStep)  # noqa: S101 - first() and after() make no other step
        turn = self._listing(step.read).after(step, page, served)
        if turn.next is not None:
            return turn
        read, short = step.read + 1, step.short + turn.short
        if read == len(self.names):
            return Turn(since=turn.since, short=short)
        return Turn(since=turn.since, next=msgspec.structs.replace(self._step(read, step.window), short=short))

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the first list."""
        kept = [(name, value) for name, value in self.query if name != "per_page"]
        return Request(path=self._listing(0).path, query=(*kept, ("per_page", str(records))))

    def _step(self, read: int, window: Window) -> NamedStep:
        listing = self._listing(read)
        return NamedStep(request=Request(path=listing.path, query=listing.query), window=window, read=read)

    def _listing(self, read: int) -> Listing:
        if not self.names:
            raise ConfigError(
                f"{self.setting} is not set; name in it what is to be read "
                f'(for example "{self.setting}": ["Order"]), or deselect the stream.'
            )
        name = quote(self.names[read], safe="")
        return Listing(path=self.path.replace("{name}", name), query=self.query)
