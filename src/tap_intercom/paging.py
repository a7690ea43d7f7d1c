"""How Intercom hands out a collection: a few shapes, each a pure value.

A shape answers two questions. `first(window)` is the step to begin with. `after(step, page, served)` is what a page
means: from which moment on its records are wanted, what is settled once they are out, and which step comes next.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, Self

import msgspec

from tap_intercom.errors import ContractError
from tap_intercom.wire import Reason, Request

CURSOR = "starting_after"  # the parameter, and what it is called where a page names the next one
MOST_READINGS = 3  # of a list of which less came than it is said to hold

Timing = Callable[[Any], datetime | None]  # gives the time of a record, where it has one


class Pages(msgspec.Struct, kw_only=True):
    """The `pages` object of a page-numbered list; on the last page `next` is null or absent."""

    next: Any = None
    page: int | None = None
    per_page: int | None = None
    total_pages: int | None = None


class Page(msgspec.Struct, kw_only=True):
    """One answer's worth of records, with what the answer says about where the rest is.

    `children` are the records of other streams that lie within these, by the name of their stream; `outlines` what
    other streams have to know of these, by their ids; `told` what was asked about these already, page after page;
    `caps` say where some of the children are kept back. `left_out` is how many items of the page are no records that
    can be used; where there are such, `places` has the places of the records among all of them, from 0.
    """

    records: list[Any]
    left_out: int = 0
    places: Sequence[int] = ()
    children: dict[str, list[Any]] = {}
    caps: dict[str, list[Any]] = {}
    outlines: dict[str, Any] = {}
    told: dict[Request, list[bytes]] = {}
    pages: Pages | None = None
    scroll_param: str | None = None
    next_cursor: str | None = None
    total_count: int | None = None

    @property
    def count(self) -> int:
        """How many items the page has, with those that are no records that can be used."""
        return len(self.records) + self.left_out

    @property
    def total(self) -> int | None:
        """How many records the collection has by its own account, or nearly; None where it gives none."""
        if self.total_count is not None or self.pages is None:
            return self.total_count
        pages = self.pages
        return pages.total_pages * pages.per_page if pages.total_pages and pages.per_page else None

    @property
    def least(self) -> int:
        """How many records the collection has at least, by its own account."""
        if self.total_count is not None or self.pages is None:
            return self.total_count or 0
        return (self.pages.per_page or 0) * ((self.pages.total_pages or 1) - 1)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: records updated at or after `floor` and, where it has an end, before `end`.

    `now` is the best guess at Intercom's clock.
    """

    floor: datetime
    now: datetime
    end: datetime | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what must be remembered until its answer comes."""

    request: Request
    window: Window


class CountedStep(Step, frozen=True, kw_only=True):
    """Also remembers how many records have come, and how many the first page counted; 0 where it did not."""

    received: int = 0
    total: int = 0

    def with_page(self, page: Page) -> Self:
        """Count the items of a page."""
        received = self.received + page.count
        return msgspec.structs.replace(self, received=received, total=self.total or page.total_count or 0)

    @property
    def short(self) -> int:
        """How many of the records that were counted have not come."""
        return max(0, self.total - self.received)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What a page means.

    `since`: its records updated at or after this moment are wanted (records without a time always are); None where
    the page was only looked at. `until`: what was updated at or after this moment, but before `recent`, is found in
    another part of the collection.
    `settled`: with them, everything updated before this moment has been handed out; None where nothing can be said yet.
    `next`: the step that follows; None when the collection has been read to its end.
    `short`: how many of its records were not met, as far as that is known.
    `whole`: whether, with them, all that the collection holds is certain to have been met.
    `complete_before`: nothing may be claimed from this moment on, since the reading ended early; None where it did not.
    """

    since: datetime | None
    until: datetime | None = None
    recent: datetime | None = None
    settled: datetime | None = None
    next: Step | None = None
    short: int = 0
    whole: bool = False
    complete_before: datetime | None = None

    def wants(self, time: datetime | None) -> bool:
        """Say whether a record that was updated at `time` is wanted from this page."""
        if self.since is None or time is None:
            return self.since is not None
        if time < self.since:
            return False
        return self.until is None or time < self.until or (self.recent is not None and time >= self.recent)

    def wanted(self, records: Sequence[Any], time: Timing) -> Sequence[Any]:
        """Keep the records that are wanted from this page."""
        if self.since is not None and self.until is None:
            return not_before(self.since, records, time)
        return [record for record in records if self.wants(time(record))]


def not_before(moment: datetime, records: Sequence[Any], time: Timing) -> Sequence[Any]:
    """Keep the records that were updated at `moment` or later, or have no time."""
    if min(filter(None, map(time, records)), default=moment) >= moment:
        return records
    return [record for record in records if (at := time(record)) is None or at >= moment]


class Unfit(Exception):
    """The shape cannot read this collection completely; another one has to."""


class Chain(Protocol):
    """A way from the first page of a collection to its last."""

    def first(self, window: Window) -> Step:
        """Begin."""
        ...

    def after(self, step: Step, page: Page, served: datetime) -> Turn:
        """Say what `page`, the answer to `step`, means; `served` is Intercom's clock when it gave it."""
        ...


class Shape(Chain, Protocol):
    """A way of reading the collection of a stream.

    `path` names the collection; `instead_on` are the refusals after which the next shape of a stream is tried.
    """

    @property
    def path(self) -> str:
        """The collection."""
        ...

    @property
    def instead_on(self) -> frozenset[Reason]:
        """Refusals that this shape is the reason for."""
        ...

    def sample(self, records: int = 1) -> Request:
        """Ask for so many records, the newest where there is a choice, or as few more as can be asked for."""
        ...


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
