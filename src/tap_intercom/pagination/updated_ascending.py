"""Paginator of lists in ascending order of updates: read in chunks from back to front, to miss no record."""

import itertools
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

import msgspec

from tap_intercom.api.types import Reason, Request
from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import Page, PageRequest, PageResult, Pages, PaginatorUnsuitable, TimeRange


class PageOrder(msgspec.Struct, frozen=True):
    """The ids and times of a page, to decide whether a list that changes while it is read is in ascending order.

    `ordering_times` are the times before the reading began. Later ones prove nothing: such a record may be anywhere,
    and no bookmark covers it.
    """

    ids: frozenset[Any]
    times: Sequence[datetime]
    ordering_times: Sequence[datetime]

    @classmethod
    def of(cls, records: Sequence[Any], began: datetime) -> Self:
        """Read the ids and times of records; `began` is Intercom's clock when the reading began."""
        times = [record.updated_at for record in records if record.updated_at is not None]
        ids = frozenset(getattr(record, "id", None) for record in records)
        return cls(ids, times, [time for time in times if time < began])

    @property
    def may_be_ascending(self) -> bool:
        """Whether the last time is not before the first one; between them, an index that lags may mix records."""
        return not self.ordering_times or self.ordering_times[0] <= self.ordering_times[-1]

    @property
    def is_ordered(self) -> bool:
        """Whether no record is older than the one before it."""
        return all(earlier <= later for earlier, later in itertools.pairwise(self.ordering_times))

    def begins_before(self, moment: datetime) -> bool:
        """Whether a record of the page was updated before a moment."""
        return min(self.ordering_times, default=moment) < moment

    def overlaps(self, behind: Self) -> bool:
        """Whether the page has records that belong after the beginning of the next one, `behind`, which was read first.

        Records also get there by moving to the left. But then the two pages share an id, or the whole page has moved.
        """
        border = min(behind.ordering_times, default=None)
        if border is None or not self.ordering_times or self.ids & behind.ids:
            return False
        return min(self.ordering_times) < border < max(self.ordering_times)


DAY = timedelta(days=1)


class SeekRequest(PageRequest, frozen=True, kw_only=True):
    """A page that is read to find the first page with records of the time range.

    All pages up to `low` are before the start of the range; the page `high` (0: not known) is wholly at or after it.
    `stride` is how many pages the next jump to the left goes. `began` is Intercom's clock at the first page.
    """

    number: int
    low: int = 0
    high: int = 0
    stride: int = 1
    began: datetime | None = None


class ChunkRequest(PageRequest, frozen=True, kw_only=True):
    """A page of a chunk, which is read from its last page, `top`, back to the frontier.

    - `frontier`: all records updated before this time have been given.
    - `newest`: the newest time of the chunk, known once its top has been read.
    - `is_last`: the top was the last page of the list.
    - `began`: as in SeekRequest.
    - `needs_order`: pages were skipped, so the list must be in order, or records would be missed.
    - `previous_top`: the top of the chunk before; after it, no record is older than the frontier.
    - `previous`: the page that was read before this one.
    """

    number: int
    top: int
    size: int
    frontier: datetime
    began: datetime
    needs_order: bool
    newest: datetime | None = None
    is_last: bool = False
    previous_top: int | None = None
    previous: PageOrder | None = None


class UpdatedAscendingPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A page-numbered list, oldest update first.

    A record that is updated moves to the end of the list, and all records after it move one place to the left. If pages
    are read forwards, records are missed. So a chunk of pages is read from its last page back to the first record that
    was given before: records that move left come twice and are never missed. The list is not read from its beginning:
    the first page of the time range is sought.

    A server may ignore the order that is asked for. Then this paginator is unsuitable, unless the list has one page.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    per_page: int = 60
    updated_since: bool = False  # ask for the last days only; the server may ignore it
    limit: int | None = None  # page-numbered lists of people and companies end at 10,000 records
    longest_chunk: int = 64  # pages; one page is read twice for each chunk
    fallback_on: frozenset[Reason] = frozenset({Reason.PAGE_LIMIT, Reason.INVALID})

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first page: it says how many there are."""
        return SeekRequest(request=self._page(1, time_range), time_range=time_range, number=1)

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:
        """Seek the first page of the time range, then read chunk by chunk.

        Raises PaginatorUnsuitable if the list is too long or not in order, ContractError for a page that was not asked.
        """
        assert isinstance(page_request, SeekRequest | ChunkRequest)  # noqa: S101 - first() and after() make no other request
        if self._asked_for_too_few_days(page_request, served):
            return PageResult(since=None, next=self.first(TimeRange(start=page_request.time_range.start, now=served)))
        number = page_request.number
        last = _last_page(page, number)
        self._check_number(page, number, last)
        self._check_limit(page, last)
        if isinstance(page_request, SeekRequest) and number == last == 1:
            return PageResult(since=page_request.time_range.start)
        began = page_request.began or served
        page_order = PageOrder.of(page.records, began)
        self._require_order(page_order.may_be_ascending, number)
        if not page_order.times:
            return self._after_untimed_page(page_request, number, last, records=bool(page.count))
        if isinstance(page_request, ChunkRequest):
            return self._after_chunk_page(page_request, last, page_order)
        return self._seek(msgspec.structs.replace(page_request, began=began), began, last, page_order)

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the list."""
        return Request(path=self.path, query=(*self.query, ("per_page", str(records))))

    def _asked_for_too_few_days(self, page_request: SeekRequest | ChunkRequest, served: datetime) -> bool:
        time_range = page_request.time_range
        return (
            self.updated_since
            and page_request.number == 1
            and _days(time_range.start, served) > _days(time_range.start, time_range.now)
        )

    def _check_number(self, page: Page, number: int, last: int) -> None:
        """Raise ContractError for another page than was asked for, but for the last in place of one behind it."""
        told = page.pages.page if page.pages is not None else None
        if told and (told > number or told < min(number, last)):
            raise ContractError(
                f"{self.path} gave page {told} where page {number} was asked for; run again, and report it if it stays."
            )

    def _check_limit(self, page: Page, last: int) -> None:
        per_page = (page.pages.per_page if page.pages else None) or self.per_page
        if self.limit is not None and last * per_page > self.limit:
            raise PaginatorUnsuitable(f"{self.path} holds more than {self.limit} records")

    def _require_order(self, in_order: bool, number: int) -> None:  # noqa: FBT001 - what is required
        if not in_order:
            raise PaginatorUnsuitable(f"{self.path} is not in ascending order of updated_at on page {number}")

    def _after_untimed_page(
        self, page_request: SeekRequest | ChunkRequest, number: int, last: int, *, records: bool
    ) -> PageResult:
        """Go one page back from a page without times: the list has become shorter, or its records have no time.

        Raises PaginatorUnsuitable if that is the first page of several: nothing says where to read on.
        """
        since = page_request.time_range.start
        if number == 1 and records and last > 1:
            raise PaginatorUnsuitable(f"{self.path} has no updated_at on page 1")
        if number == 1:
            return PageResult(since=since)
        number = number - 1 if records else min(last, number - 1)
        if isinstance(page_request, ChunkRequest):
            top = page_request.top if page_request.newest is not None else number
            return PageResult(since=since, next=self._at(page_request, number, top=top))
        return PageResult(since=since, next=self._at(page_request, number))

    def _seek(self, page_request: SeekRequest, began: datetime, last: int, page_order: PageOrder) -> PageResult:
        number, frontier = page_request.number, page_request.time_range.start
        is_before = max(page_order.times) < frontier
        if is_before or number > 1:
            self._require_order(page_order.is_ordered, number)
        if is_before:
            return self._seek_right(page_request, began, last)
        if min(page_order.times) >= frontier and number > page_request.low + 1:
            leap = max(page_request.low + 1, number - page_request.stride)
            return PageResult(
                since=None, next=self._at(page_request, leap, high=number, stride=2 * page_request.stride)
            )
        size = max(1, (page_request.high or number) - number)
        chunk = self._chunk(page_request, number, size, began=began, needs_order=number > 1)
        return self._after_chunk_page(chunk, last, page_order)

    def _seek_right(self, page_request: SeekRequest, began: datetime, last: int) -> PageResult:
        """Go right from a page that lies wholly before the frontier."""
        number, frontier = page_request.number, page_request.time_range.start
        if number >= last:
            return PageResult(since=frontier)
        if not page_request.high:
            return PageResult(since=frontier, next=self._at(page_request, last, low=number))
        top = _top(number, page_request.high - number, last)
        chunk = self._chunk(page_request, top, page_request.high - number, began=began, needs_order=True)
        return PageResult(since=frontier, next=chunk)

    def _after_chunk_page(self, page_request: ChunkRequest, last: int, page_order: PageOrder) -> PageResult:
        if page_request.needs_order:
            in_order = page_order.is_ordered and not (
                page_request.previous and page_order.overlaps(page_request.previous)
            )
            self._require_order(in_order, page_request.number)
        if page_request.previous_top is not None and min(page_request.number, last) > page_request.previous_top:
            self._require_order(not page_order.begins_before(page_request.frontier), page_request.number)
        if page_request.number == page_request.top:
            reach = page_order.times[-1] if page_order.is_ordered else min(page_order.times)
            page_request = msgspec.structs.replace(page_request, newest=reach, is_last=page_request.number >= last)
        if page_request.number > 1 and min(page_order.times) >= page_request.frontier:
            return PageResult(
                since=page_request.frontier, next=self._at(page_request, page_request.number - 1, previous=page_order)
            )
        return self._end_chunk(page_request, last)

    def _end_chunk(self, page_request: ChunkRequest, last: int) -> PageResult:
        """End a chunk that has been read back to its frontier, and begin the next one."""
        if page_request.is_last or page_request.newest is None:
            return PageResult(since=page_request.frontier)
        moved = page_request.newest > page_request.frontier
        # Where a whole chunk shares one second there is no progress to claim, and only longer chunks get past it.
        size = min(2 * page_request.size, self.longest_chunk) if moved else 2 * page_request.size
        frontier = max(page_request.newest, page_request.frontier)
        top = _top(page_request.top, size, last)
        following = self._chunk(page_request, top, size, began=page_request.began, needs_order=page_request.needs_order)
        following = msgspec.structs.replace(following, frontier=frontier, previous_top=page_request.top)
        return PageResult(since=page_request.frontier, finished_before=frontier, next=following)

    def _chunk(
        self, page_request: PageRequest, top: int, size: int, *, began: datetime, needs_order: bool
    ) -> ChunkRequest:
        """Begin a chunk with the page `top`."""
        time_range = page_request.time_range
        return ChunkRequest(
            request=self._page(top, time_range),
            time_range=time_range,
            number=top,
            top=top,
            size=size,
            frontier=time_range.start,
            began=began,
            needs_order=needs_order,
        )

    def _at(self, page_request: SeekRequest | ChunkRequest, number: int, **changes: Any) -> SeekRequest | ChunkRequest:
        request = self._page(number, page_request.time_range)
        return msgspec.structs.replace(page_request, request=request, number=number, **changes)

    def _page(self, number: int, time_range: TimeRange) -> Request:
        since: tuple[tuple[str, str], ...] = ()
        if self.updated_since:
            since = (("updated_since", str(_days(time_range.start, time_range.now))),)
        return Request(
            path=self.path,
            query=(*self.query, *since, ("per_page", str(self.per_page)), ("page", str(number))),
        )


def _last_page(page: Page, number: int) -> int:
    """Give the number of the last page, as far as this answer shows."""
    pages = page.pages or Pages()
    return max(pages.total_pages or 0, number + 1 if pages.next else 1)


def _top(below: int, size: int, last: int) -> int:
    """Give the last page of a chunk of `size` pages after the page `below`; at least the page after it."""
    return min(below + size, max(last, below + 1))


def _days(floor: datetime, now: datetime) -> int:
    """Count whole days back to `floor`, and one more: it is not documented when Intercom's day begins."""
    return max(1, math.ceil((now - floor) / DAY) + 1)
