"""How Intercom hands out a collection: a few shapes, each a pure value.

A shape answers two questions. `first(window)` is the step to begin with. `after(step, page, served)` is what a page
means: from which moment on its records are wanted, what is settled once they are out, and which step comes next.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, Self

import msgspec

from tap_intercom.api.types import Reason, Request

CURSOR = "starting_after"  # the parameter, and what it is called where a page names the next one
MOST_READS = 3  # of a list of which less came than it is said to hold

TimeOf = Callable[[Any], datetime | None]  # gives the time of a record, where it has one


class Pages(msgspec.Struct, kw_only=True):
    """The `pages` object of a page-numbered list; on the last page `next` is null or absent."""

    next: Any = None
    page: int | None = None
    per_page: int | None = None
    total_pages: int | None = None


class Page(msgspec.Struct, kw_only=True):
    """One answer's worth of records, with what the answer says about where the rest is.

    `children` are the records of other streams that lie within these, by the name of their stream; `outlines` what
    other streams have to know of these, by their ids; `known_answers` what was asked about these already, page after
    page; `list_counts` say where some of the children are kept back. `left_out` is how many items of the page are no
    records that can be used; where there are such, `places` has the places of the records among all of them, from 0.
    """

    records: list[Any]
    left_out: int = 0
    places: Sequence[int] = ()
    children: dict[str, list[Any]] = {}
    list_counts: dict[str, list[Any]] = {}
    outlines: dict[str, Any] = {}
    known_answers: dict[Request, list[bytes]] = {}
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
    def least_total(self) -> int:
        """How many records the collection has at least, by its own account."""
        if self.total_count is not None or self.pages is None:
            return self.total_count or 0
        return (self.pages.per_page or 0) * ((self.pages.total_pages or 1) - 1)


class TimeRange(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted: records updated at or after `start` and, where it has an end, before `end`.

    `now` is the best guess at Intercom's clock.
    """

    start: datetime
    now: datetime
    end: datetime | None = None


class PageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what must be remembered until its answer comes."""

    request: Request
    time_range: TimeRange


class CountedStep(PageRequest, frozen=True, kw_only=True):
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


class PageResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a page means.

    `since`: its records updated at or after this moment are wanted (records without a time always are); None where the
    page was only looked at. `until`: what was updated at or after this moment, but before `recent`, is found in another
    part of the collection. `finished_before`: with them, everything updated before this moment has been handed out;
    None where nothing can be said yet. `next`: the step that follows; None when the collection has been read to its
    end. `missing`: how many of its records were not met, as far as that is known. `is_complete`: whether, with them,
    all that the collection holds is certain to have been met. `complete_before`: nothing may be claimed from this
    moment on, since the reading ended early; None where it did not.
    """

    since: datetime | None
    until: datetime | None = None
    recent: datetime | None = None
    finished_before: datetime | None = None
    next: PageRequest | None = None
    missing: int = 0
    is_complete: bool = False
    complete_before: datetime | None = None

    def wants(self, time: datetime | None) -> bool:
        """Say whether a record that was updated at `time` is wanted from this page."""
        if self.since is None or time is None:
            return self.since is not None
        if time < self.since:
            return False
        return self.until is None or time < self.until or (self.recent is not None and time >= self.recent)

    def wanted(self, records: Sequence[Any], time: TimeOf) -> Sequence[Any]:
        """Keep the records that are wanted from this page."""
        if self.since is not None and self.until is None:
            return not_before(self.since, records, time)
        return [record for record in records if self.wants(time(record))]


def not_before(moment: datetime, records: Sequence[Any], time: TimeOf) -> Sequence[Any]:
    """Keep the records that were updated at `moment` or later, or have no time."""
    if min(filter(None, map(time, records)), default=moment) >= moment:
        return records
    return [record for record in records if (at := time(record)) is None or at >= moment]


class PaginatorUnsuitable(Exception):
    """The shape cannot read this collection completely; another one has to."""


class PageChain(Protocol):
    """A way from the first page of a collection to its last."""

    def first(self, time_range: TimeRange) -> PageRequest:
        """Begin."""
        ...

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:
        """Say what `page`, the answer to `step`, means; `served` is Intercom's clock when it gave it."""
        ...


class Paginator(PageChain, Protocol):
    """A way of reading the collection of a stream.

    `path` names the collection; `fallback_on` are the refusals after which the next shape of a stream is tried.
    """

    @property
    def path(self) -> str:
        """The collection."""
        ...

    @property
    def fallback_on(self) -> frozenset[Reason]:
        """Refusals that this shape is the reason for."""
        ...

    def sample(self, records: int = 1) -> Request:
        """Ask for so many records, the newest where there is a choice, or as few more as can be asked for."""
        ...
