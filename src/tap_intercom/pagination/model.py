"""What a paginator is: it gives the first request of a collection, and after each page the next one.

A paginator is a pure value with two methods. `first(time_range)` gives the first request. `after(page_request, page,
served)` gives the meaning of the page that answers a request: which of its records are wanted, up to which time all
records have now come, and the next request.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar

import msgspec

from tap_intercom.api.types import Reason, Request

CURSOR = "starting_after"  # name of the parameter, and of the field in `pages.next`
MOST_READS = 3  # of a list that gives fewer records than it counts

P = TypeVar("P", bound="Page")  # a page, with whatever else was decoded from its answer

TimeOf = Callable[[Any], datetime | None]  # the time of a record, None if it has none


class Pages(msgspec.Struct, kw_only=True):
    """The `pages` object of a page-numbered list; on the last page `next` is null or absent."""

    next: Any = None
    page: int | None = None
    per_page: int | None = None
    total_pages: int | None = None


class Page(msgspec.Struct, kw_only=True):
    """The records of one answer, and what the answer says of the other pages.

    `left_out` is how many items of the page are no records that can be used; where there are such, `places` has the
    places of the records among all of them, from 0. `is_whole_list`: the object around the list has a count, and there
    are as many records.
    """

    records: list[Any]
    left_out: int = 0
    places: Sequence[int] = ()
    pages: Pages | None = None
    scroll_param: str | None = None
    next_cursor: str | None = None
    total_count: int | None = None
    is_whole_list: bool = False

    @property
    def count(self) -> int:
        """How many items the page has, those that are left out included."""
        return len(self.records) + self.left_out

    @property
    def record_places(self) -> Sequence[int]:
        """The places of the records among all items of the page, from 0."""
        return self.places if self.left_out else range(self.count)

    @property
    def total(self) -> int | None:
        """How many records the collection has, as it counts itself, at most; None if it does not count."""
        if self.total_count is not None or self.pages is None:
            return self.total_count
        pages = self.pages
        return pages.total_pages * pages.per_page if pages.total_pages and pages.per_page else None

    @property
    def least_total(self) -> int:
        """How many records the collection has, as it counts itself, at least; 0 if it does not count."""
        if self.total_count is not None or self.pages is None:
            return self.total_count or 0
        return (self.pages.per_page or 0) * ((self.pages.total_pages or 1) - 1)


class TimeRange(msgspec.Struct, frozen=True, kw_only=True):
    """The records that are wanted: updated at or after `start` and, if it is set, before `end`.

    `now` is Intercom's time, as well as it is known. `to_end`: what is updated while the collection is read is read to
    the last record, and not left to the next run, so that every record comes.
    """

    start: datetime
    now: datetime
    end: datetime | None = None
    to_end: bool = False


class PageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request of a page, with what the paginator has to know when the answer comes."""

    request: Request
    time_range: TimeRange


class CountedPageRequest(PageRequest, frozen=True, kw_only=True):
    """Also holds how many items have come, and the `total_count` of the first page, 0 if it had none."""

    received: int = 0
    total: int = 0

    def with_page(self, page: Page) -> Self:
        """Count the items of a page."""
        received = self.received + page.count
        return msgspec.structs.replace(self, received=received, total=self.total or page.total_count or 0)

    @property
    def missing(self) -> int:
        """How many of the counted records have not come."""
        return max(0, self.total - self.received)


class PageResult(msgspec.Struct, frozen=True, kw_only=True):
    """The meaning of a page.

    - `since`: records updated at or after this time are wanted, and so are records without a time. None: no record of
      the page is wanted, since it was read only to learn something of the list.
    - `until`: records updated at or after this time, but before `recent`, are not wanted: another segment gives them.
    - `finished_before`: with this page, all records updated before this time have been given. None: not known yet.
    - `next`: the next request. None: the collection has been read to its end.
    - `missing`: how many records of the collection did not come, as far as that is known.
    - `is_complete`: with this page, all records of the collection have come for certain.
    - `complete_before`: the reading ended early, and records updated at or after this time may be missing.
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
        """Say whether a record of this page that was updated at `time` is wanted."""
        if self.since is None or time is None:
            return self.since is not None
        if time < self.since:
            return False
        return self.until is None or time < self.until or (self.recent is not None and time >= self.recent)

    def wanted(self, records: Sequence[Any], time: TimeOf) -> Sequence[Any]:
        """Give the records of this page that are wanted."""
        if self.since is not None and self.until is None:
            return not_before(self.since, records, time)
        return [record for record in records if self.wants(time(record))]


def not_before(moment: datetime, records: Sequence[Any], time: TimeOf) -> Sequence[Any]:
    """Give the records that were updated at `moment` or later, or have no time."""
    if min(filter(None, map(time, records)), default=moment) >= moment:
        return records
    return [record for record in records if (at := time(record)) is None or at >= moment]


class PaginatorUnsuitable(Exception):
    """Raised by a paginator that cannot read the whole collection; the next one of the stream is tried."""


class PageChain(Protocol):
    """The two methods by which pages are followed, from the first to the last."""

    def first(self, time_range: TimeRange) -> PageRequest:
        """Give the first request."""
        ...

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:
        """Give the meaning of `page`, the answer to `page_request`; `served` is Intercom's clock at that answer."""
        ...


class Paginator(PageChain, Protocol):
    """One way in which Intercom gives out a collection.

    `path` is the path of the collection. After a refusal for a reason in `fallback_on`, the next paginator of the
    stream is tried.
    """

    @property
    def path(self) -> str:
        """The path of the collection."""
        ...

    @property
    def fallback_on(self) -> frozenset[Reason]:
        """Reasons of refusals after which the next paginator is tried."""
        ...

    def sample(self, records: int = 1) -> Request:
        """Give a request for `records` records, the newest if possible, or for as few more as the list allows."""
        ...
