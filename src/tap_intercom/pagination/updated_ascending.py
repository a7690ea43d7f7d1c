"""A list in ascending order of updates, read so that what moves meanwhile comes twice, never not at all."""

import math
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tap_intercom.api.types import Reason, Request
from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import Page, Pages, Step, Turn, Unfit, Window
from tap_intercom.pagination.page_order import Extract

DAY = timedelta(days=1)


class Seek(Step, frozen=True, kw_only=True):
    """Looking for the page on which the frontier lies.

    Pages up to `low` lie wholly before it; the page `high` (0: none known) wholly at or after it; `stride` is how far
    the next leap to the left goes. `began` is Intercom's clock when it gave the first page.
    """

    number: int
    low: int = 0
    high: int = 0
    stride: int = 1
    began: datetime | None = None


class Climb(Step, frozen=True, kw_only=True):
    """Reading a chunk of pages from its last, `top`, back to the frontier.

    Everything updated before `frontier` has been handed out. `reach` is how far the chunk goes, known once its top
    has been read; `ends` says that the top was the list's last page. `began` is as in Seek. Where pages were passed by
    for what stands on others (`trusting`), nothing is missed only if all that is read is in order. `out` is the top of
    the chunk before: behind it, nothing is older than the frontier. `behind` is the page that was read before this one.
    """

    number: int
    top: int
    size: int
    frontier: datetime
    began: datetime
    trusting: bool
    reach: datetime | None = None
    ends: bool = False
    out: int | None = None
    behind: Extract | None = None


class Ascending(msgspec.Struct, frozen=True, kw_only=True):
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
    instead_on: frozenset[Reason] = frozenset({Reason.PAGE_LIMIT, Reason.INVALID})

    def first(self, window: Window) -> Step:
        """Ask for the first page: it tells how many there are."""
        return Seek(request=self._page(1, window), window=window, number=1)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:
        """Seek the frontier, then climb from it chunk by chunk. Raises Unfit where the list turns out not to fit."""
        assert isinstance(step, Seek | Climb)  # noqa: S101 - first() and after() make no other step
        if self._asked_for_too_few_days(step, served):
            return Turn(since=None, next=self.first(Window(floor=step.window.floor, now=served)))
        number = step.number
        last = _last_page(page, number)
        self._check_number(page, number, last)
        self._check_limit(page, last)
        if isinstance(step, Seek) and number == last == 1:
            return Turn(since=step.window.floor)
        began = step.began or served
        extract = Extract.of(page.records, began)
        self._require(extract.rises, number)
        if not extract.times:
            return self._after_nothing(step, number, last, records=bool(page.count))
        if isinstance(step, Climb):
            return self._climb(step, last, extract)
        return self._seek(msgspec.structs.replace(step, began=began), began, last, extract)

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the list."""
        return Request(path=self.path, query=(*self.query, ("per_page", str(records))))

    def _asked_for_too_few_days(self, step: Seek | Climb, served: datetime) -> bool:
        window = step.window
        return self.updated_since and step.number == 1 and _days(window.floor, served) > _days(window.floor, window.now)

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
            raise Unfit(f"{self.path} holds more than {self.limit} records")

    def _require(self, in_order: bool, number: int) -> None:  # noqa: FBT001 - what is required
        if not in_order:
            raise Unfit(f"{self.path} is not in ascending order of updated_at on page {number}")

    def _after_nothing(self, step: Seek | Climb, number: int, last: int, *, records: bool) -> Turn:
        """Go one page back from a page without times: the list has become shorter, or its records have none."""
        since = step.window.floor
        if number == 1:
            return Turn(since=since)
        number = number - 1 if records else min(last, number - 1)
        if isinstance(step, Climb):
            top = step.top if step.reach is not None else number
            return Turn(since=since, next=self._at(step, number, top=top))
        return Turn(since=since, next=self._at(step, number))

    def _seek(self, step: Seek, began: datetime, last: int, extract: Extract) -> Turn:
        number, frontier = step.number, step.window.floor
        is_before = max(extract.times) < frontier
        if is_before or number > 1:
            self._require(extract.is_ordered, number)
        if is_before:
            return self._seek_right(step, began, last)
        if min(extract.times) >= frontier and number > step.low + 1:
            leap = max(step.low + 1, number - step.stride)
            return Turn(since=None, next=self._at(step, leap, high=number, stride=2 * step.stride))
        size = max(1, (step.high or number) - number)
        climb = self._chunk(step, number, size, began=began, trusting=number > 1)
        return self._climb(climb, last, extract)

    def _seek_right(self, step: Seek, began: datetime, last: int) -> Turn:
        """Go right from a page that lies wholly before the frontier."""
        number, frontier = step.number, step.window.floor
        if number >= last:
            return Turn(since=frontier)
        if not step.high:
            return Turn(since=frontier, next=self._at(step, last, low=number))
        top = _top(number, step.high - number, last)
        chunk = self._chunk(step, top, step.high - number, began=began, trusting=True)
        return Turn(since=frontier, next=chunk)

    def _climb(self, step: Climb, last: int, extract: Extract) -> Turn:
        if step.trusting:
            in_order = extract.is_ordered and not (step.behind and extract.overlaps(step.behind))
            self._require(in_order, step.number)
        if step.out is not None and min(step.number, last) > step.out:
            self._require(not extract.begins_before(step.frontier), step.number)
        if step.number == step.top:
            reach = extract.times[-1] if extract.is_ordered else min(extract.times)
            step = msgspec.structs.replace(step, reach=reach, ends=step.number >= last)
        if step.number > 1 and min(extract.times) >= step.frontier:
            return Turn(since=step.frontier, next=self._at(step, step.number - 1, behind=extract))
        return self._chunk_read(step, last)

    def _chunk_read(self, step: Climb, last: int) -> Turn:
        """Settle a chunk that has been read back to its frontier, and begin the next one."""
        if step.ends or step.reach is None:
            return Turn(since=step.frontier)
        moved = step.reach > step.frontier
        # Where a whole chunk shares one second there is no progress to claim, and only longer chunks get past it.
        size = min(2 * step.size, self.longest_chunk) if moved else 2 * step.size
        frontier = max(step.reach, step.frontier)
        top = _top(step.top, size, last)
        following = self._chunk(step, top, size, began=step.began, trusting=step.trusting)
        following = msgspec.structs.replace(following, frontier=frontier, out=step.top)
        return Turn(since=step.frontier, settled=frontier, next=following)

    def _chunk(self, step: Step, top: int, size: int, *, began: datetime, trusting: bool) -> Climb:
        """Begin to climb from the page `top`, with nothing out yet."""
        window = step.window
        return Climb(
            request=self._page(top, window),
            window=window,
            number=top,
            top=top,
            size=size,
            frontier=window.floor,
            began=began,
            trusting=trusting,
        )

    def _at(self, step: Seek | Climb, number: int, **changes: Any) -> Seek | Climb:
        request = self._page(number, step.window)
        return msgspec.structs.replace(step, request=request, number=number, **changes)

    def _page(self, number: int, window: Window) -> Request:
        since: tuple[tuple[str, str], ...] = ()
        if self.updated_since:
            since = (("updated_since", str(_days(window.floor, window.now))),)
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
