"""A list in ascending order of updates, read so that what moves meanwhile comes twice, never not at all."""

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
    """What is looked at of a page: the ids of its records, all their times, and those that tell the order.

    What was updated after the reading began tells nothing: it may stand anywhere, and no bookmark claims it.
    """

    ids: frozenset[Any]
    times: Sequence[datetime]
    ordering_times: Sequence[datetime]

    @classmethod
    def of(cls, records: Sequence[Any], began: datetime) -> Self:
        """Look at the records of a page."""
        times = [record.updated_at for record in records if record.updated_at is not None]
        ids = frozenset(getattr(record, "id", None) for record in records)
        return cls(ids, times, [time for time in times if time < began])

    @property
    def may_be_ascending(self) -> bool:
        """Whether the page ends no earlier than it begins: between, an index may be a little behind."""
        return not self.ordering_times or self.ordering_times[0] <= self.ordering_times[-1]

    @property
    def is_ordered(self) -> bool:
        """Whether no record is older than the one before it."""
        return all(earlier <= later for earlier, later in itertools.pairwise(self.ordering_times))

    def begins_before(self, moment: datetime) -> bool:
        """Whether a record of the page was updated before a moment."""
        return min(self.ordering_times, default=moment) < moment

    def overlaps(self, behind: Self) -> bool:
        """Whether the page holds what belongs behind the beginning of the page `behind` it, which was read before.

        What moves left meanwhile gets there too, but then it was on that page itself, or the page has moved as a whole.
        """
        border = min(behind.ordering_times, default=None)
        if border is None or not self.ordering_times or self.ids & behind.ids:
            return False
        return min(self.ordering_times) < border < max(self.ordering_times)


DAY = timedelta(days=1)


class SeekRequest(PageRequest, frozen=True, kw_only=True):
    """Looking for the page on which the frontier lies.

    Pages up to `low` lie wholly before it; the page `high` (0: none known) wholly at or after it; `stride` is how far
    the next leap to the left goes. `began` is Intercom's clock when it gave the first page.
    """

    number: int
    low: int = 0
    high: int = 0
    stride: int = 1
    began: datetime | None = None


class ChunkRequest(PageRequest, frozen=True, kw_only=True):
    """Reading a chunk of pages from its last, `top`, back to the frontier.

    Everything updated before `frontier` has been handed out. `newest` is how far the chunk goes, known once its top has
    been read; `is_last` says that the top was the list's last page. `began` is as in SeekRequest. Where pages were
    passed by for what stands on others (`needs_order`), nothing is missed only if all that is read is in order.
    `previous_top` is the top of the chunk before: behind it, nothing is older than the frontier. `previous` is the page
    that was read before this one.
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

    While it is read, a record that is updated moves to its end and everything behind it moves one place to the left.
    Read forwards, that makes gaps. So a chunk of pages is read from its last page back to the first record that is
    already out: what moves left then moves towards the reader and comes twice, never not at all. The list need not be
    read from its beginning: the page of the window's floor is sought from the end, where updates are.

    A server may not care for the order that is asked for. Then the list does not fit, unless it has a single page.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    per_page: int = 60
    updated_since: bool = False  # ask for the last days only; the server may ignore it
    limit: int | None = None  # page-numbered lists of people and companies end at 10,000 records
    longest_chunk: int = 64  # pages; one page is read twice for each chunk
    fallback_on: frozenset[Reason] = frozenset({Reason.PAGE_LIMIT, Reason.INVALID})

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first page: it tells how many there are."""
        return SeekRequest(request=self._page(1, time_range), time_range=time_range, number=1)

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:
        """Seek the frontier, then climb from it chunk by chunk. Raises PaginatorUnsuitable where the list turns out not
        to fit.
        """
        assert isinstance(step, SeekRequest | ChunkRequest)  # noqa: S101 - first() and after() make no other step
        if self._asked_for_too_few_days(step, served):
            return PageResult(since=None, next=self.first(TimeRange(start=step.time_range.start, now=served)))
        number = step.number
        last = _last_page(page, number)
        self._check_number(page, number, last)
        self._check_limit(page, last)
        if isinstance(step, SeekRequest) and number == last == 1:
            return PageResult(since=step.time_range.start)
        began = step.began or served
        extract = PageOrder.of(page.records, began)
        self._require(extract.may_be_ascending, number)
        if not extract.times:
            return self._after_nothing(step, number, last, records=bool(page.count))
        if isinstance(step, ChunkRequest):
            return self._climb(step, last, extract)
        return self._seek(msgspec.structs.replace(step, began=began), began, last, extract)

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the list."""
        return Request(path=self.path, query=(*self.query, ("per_page", str(records))))

    def _asked_for_too_few_days(self, step: SeekRequest | ChunkRequest, served: datetime) -> bool:
        time_range = step.time_range
        return (
            self.updated_since
            and step.number == 1
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

    def _require(self, in_order: bool, number: int) -> None:  # noqa: FBT001 - what is required
        if not in_order:
            raise PaginatorUnsuitable(f"{self.path} is not in ascending order of updated_at on page {number}")

    def _after_nothing(self, step: SeekRequest | ChunkRequest, number: int, last: int, *, records: bool) -> PageResult:
        """Go one page back from a page without times: the list has become shorter, or its records have none."""
        since = step.time_range.start
        if number == 1:
            return PageResult(since=since)
        number = number - 1 if records else min(last, number - 1)
        if isinstance(step, ChunkRequest):
            top = step.top if step.newest is not None else number
            return PageResult(since=since, next=self._at(step, number, top=top))
        return PageResult(since=since, next=self._at(step, number))

    def _seek(self, step: SeekRequest, began: datetime, last: int, extract: PageOrder) -> PageResult:
        number, frontier = step.number, step.time_range.start
        is_before = max(extract.times) < frontier
        if is_before or number > 1:
            self._require(extract.is_ordered, number)
        if is_before:
            return self._seek_right(step, began, last)
        if min(extract.times) >= frontier and number > step.low + 1:
            leap = max(step.low + 1, number - step.stride)
            return PageResult(since=None, next=self._at(step, leap, high=number, stride=2 * step.stride))
        size = max(1, (step.high or number) - number)
        climb = self._chunk(step, number, size, began=began, needs_order=number > 1)
        return self._climb(climb, last, extract)

    def _seek_right(self, step: SeekRequest, began: datetime, last: int) -> PageResult:
        """Go right from a page that lies wholly before the frontier."""
        number, frontier = step.number, step.time_range.start
        if number >= last:
            return PageResult(since=frontier)
        if not step.high:
            return PageResult(since=frontier, next=self._at(step, last, low=number))
        top = _top(number, step.high - number, last)
        chunk = self._chunk(step, top, step.high - number, began=began, needs_order=True)
        return PageResult(since=frontier, next=chunk)

    def _climb(self, step: ChunkRequest, last: int, extract: PageOrder) -> PageResult:
        if step.needs_order:
            in_order = extract.is_ordered and not (step.previous and extract.overlaps(step.previous))
            self._require(in_order, step.number)
        if step.previous_top is not None and min(step.number, last) > step.previous_top:
            self._require(not extract.begins_before(step.frontier), step.number)
        if step.number == step.top:
            reach = extract.times[-1] if extract.is_ordered else min(extract.times)
            step = msgspec.structs.replace(step, newest=reach, is_last=step.number >= last)
        if step.number > 1 and min(extract.times) >= step.frontier:
            return PageResult(since=step.frontier, next=self._at(step, step.number - 1, previous=extract))
        return self._chunk_read(step, last)

    def _chunk_read(self, step: ChunkRequest, last: int) -> PageResult:
        """Settle a chunk that has been read back to its frontier, and begin the next one."""
        if step.is_last or step.newest is None:
            return PageResult(since=step.frontier)
        moved = step.newest > step.frontier
        # Where a whole chunk shares one second there is no progress to claim, and only longer chunks get past it.
        size = min(2 * step.size, self.longest_chunk) if moved else 2 * step.size
        frontier = max(step.newest, step.frontier)
        top = _top(step.top, size, last)
        following = self._chunk(step, top, size, began=step.began, needs_order=step.needs_order)
        following = msgspec.structs.replace(following, frontier=frontier, previous_top=step.top)
        return PageResult(since=step.frontier, finished_before=frontier, next=following)

    def _chunk(self, step: PageRequest, top: int, size: int, *, began: datetime, needs_order: bool) -> ChunkRequest:
        """Begin to climb from the page `top`, with nothing out yet."""
        time_range = step.time_range
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

    def _at(self, step: SeekRequest | ChunkRequest, number: int, **changes: Any) -> SeekRequest | ChunkRequest:
        request = self._page(number, step.time_range)
        return msgspec.structs.replace(step, request=request, number=number, **changes)

    def _page(self, number: int, time_range: TimeRange) -> Request:
        since: tuple[tuple[str, str], ...] = ()
        if self.updated_since:
            since = (("updated_since", str(_days(time_range.start, time_range.now))),)
        return Request(
            path=self.path,
            query=(*self.query, *since, ("per_page", str(self.per_page)), ("page", str(number))),
        )


def _last_page(page: Page, number: int) -> int:
    """Say which page is the last, as far as this answer knows."""
    pages = page.pages or Pages()
    return max(pages.total_pages or 0, number + 1 if pages.next else 1)


def _top(below: int, size: int, last: int) -> int:
    """Say where a chunk of `size` pages behind the page `below` ends: one page is asked for though none is known."""
    return min(below + size, max(last, below + 1))


def _days(floor: datetime, now: datetime) -> int:
    """Count whole days back to `floor`, and one more: it is not said where Intercom's day begins."""
    return max(1, math.ceil((now - floor) / DAY) + 1)
