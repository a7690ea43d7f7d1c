"""Scrolls: a paginator of one scroll, and a reader that repeats scrolls until all counted records have come."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Generic

import msgspec

from tap_intercom.api.types import Answer, Reason, Refused, Request, Requester
from tap_intercom.errors import ContractError, Unavailable, label_of, naming_request
from tap_intercom.pagination.completeness import Completeness, Verdict
from tap_intercom.pagination.cursors import MOST_EMPTY_PAGES
from tap_intercom.pagination.loop_guard import LoopGuard
from tap_intercom.pagination.model import P, Page, PageRequest, PageResult, PaginatorUnsuitable, TimeRange
from tap_intercom.pagination.page_numbers import PageNumberPaginator

LONGEST_WAIT_SECONDS = 5.0  # between two attempts to open a scroll; shorter at first
FIRST_PAUSE_SECONDS = 0.05  # between two readings; longer while no page comes at all
SCROLLS_BEFORE_LIST = 3  # readings; then the list is read by page number, if its pages reach its end
READ_AGAIN_REASON = "a scroll that did not give all records is read again"


class ScrollPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A scroll over a whole collection, 100 records a page in no promised order; it moves on with every answer.

    It ends with an empty page (docs: "Scroll over all users") or, as has been seen, with a 404 after a page. If it is
    not used for a minute it expires, and then answers 404 too; long scrolls do so in their middle
    (python-intercom#201). So no end of a scroll proves that all records have come: see `completeness`. A 404 instead of
    the first page means that the collection has no scroll.
    """

    path: str
    fallback_on: frozenset[Reason] = frozenset({Reason.GONE, Reason.VERSION})

    def first(self, time_range: TimeRange) -> PageRequest:
        """Open the scroll."""
        return PageRequest(request=Request(path=f"{self.path}/scroll"), time_range=time_range)

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - a scroll has no clock
        """Go on with the newest `scroll_param`, after a short or an empty page too."""
        time_range = page_request.time_range
        if page.scroll_param is None:
            return PageResult(since=time_range.start)
        request = Request(path=f"{self.path}/scroll", query=(("scroll_param", page.scroll_param),), urgent=True)
        return PageResult(since=time_range.start, next=PageRequest(request=request, time_range=time_range))

    def sample(self, records: int = 1) -> Request:
        """Ask for the list instead: an open scroll blocks all others of the workspace for a minute."""
        return Request(path=self.path, query=(("per_page", str(records)),))


class ScrollReader(Generic[P]):
    """Reads `scroll`, or `listing`, the page-numbered list of the same records, until all have come.

    A workspace has one scroll at a time. If another program has it, this reader waits for `wait_seconds`. It also gives
    up after `wait_seconds` of readings that bring nothing new. `clock` gives seconds. Raises Unavailable if records are
    missing in the end, Refused if there is no scroll or it may not be read, and ContractError if the pages of one
    reading have no end.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that reading needs
        self,
        requester: Requester,
        scroll: ScrollPaginator,
        listing: PageNumberPaginator | None,
        *,
        time_range: TimeRange,
        read: Callable[[bytes], P],
        wait_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._requester = requester
        self._scroll = scroll
        self._listing = listing
        self._time_range = time_range
        self._read = read
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._completeness = Completeness(wait_seconds, clock())
        self._pages = 0  # of this reading
        self._without_page = 0  # readings in a row
        self._ended = ""  # how this reading ended

    async def pages(self) -> AsyncGenerator[Answer[P]]:
        """Give the pages, without records that came before with the same time; an end without an error is complete."""
        completeness, verdict = self._completeness, Verdict.AGAIN
        counted = await self._count()
        while verdict is Verdict.AGAIN:
            if completeness.readings:
                await self._pause()
            completeness.begin(counted)
            self._pages, self._ended = 0, ""
            async with aclosing(self._list_once(counted) or self._scroll_once()) as answers:
                async for answer in answers:
                    page = answer.value
                    changed = completeness.take(page.records, answer.served, page.left_out)
                    self._pages += 1
                    if changed or self._pages == completeness.readings == 1:
                        kept = msgspec.structs.replace(page, records=changed)
                        yield msgspec.structs.replace(answer, value=kept)
            counted = await self._count()
            verdict = completeness.end(counted, self._clock())
        if verdict is Verdict.INCOMPLETE:
            raise Unavailable(self._missing_message())

    async def _scroll_once(self) -> AsyncGenerator[Answer[P]]:
        """Read one scroll from its opening to its end, whatever that is."""
        completeness, loop_guard, empty = self._completeness, LoopGuard(f"{self._scroll.path}/scroll"), 0
        page_request: PageRequest | None = self._scroll.first(self._time_range)
        while page_request is not None:
            try:
                answer = await (
                    self._requester.ask(page_request.request, self._read)
                    if page_request.request.urgent
                    else self._open(page_request)
                )
            except Refused as refused:
                self._end_with(refused, is_cut=not empty)
                return
            completeness.lossy |= answer.doubtful and page_request.request.urgent
            result = self._scroll.after(page_request, answer.value, answer.served)
            with naming_request(answer.request_id):
                loop_guard.check(answer.value, result)
            yield answer
            empty = 0 if answer.value.count else empty + 1
            if empty > MOST_EMPTY_PAGES or (empty and completeness.is_exact(await self._count())):
                return
            page_request = result.next
        completeness.cut = not empty
        self._ended = "a page without a scroll_param"

    def _end_with(self, refused: Refused, *, is_cut: bool) -> None:
        """End a reading with a refusal. Raises it if another reading would be refused too."""
        is_first = not self._pages and self._completeness.readings == 1
        if refused.reason in {Reason.GONE, Reason.VERSION} and is_first:
            raise refused  # there is no scroll
        if refused.reason not in {Reason.GONE, Reason.VERSION, Reason.SCROLL_BROKEN, Reason.SCROLL_TAKEN}:
            raise refused
        self._completeness.cut = is_cut
        self._completeness.lossy |= refused.doubtful and self._pages > 0
        self._completeness.broken = refused.reason is not Reason.GONE or not self._pages
        self._ended = f"{refused}{label_of(refused.request_id)}"

    async def _open(self, page_request: PageRequest) -> Answer[P]:
        """Open a scroll; if another one is open, wait for its end, longer each time."""
        waited = 0.0
        while True:
            try:
                return await self._requester.ask(page_request.request, self._read)
            except Refused as refused:
                if refused.reason is not Reason.SCROLL_TAKEN:
                    raise
                if waited >= self._wait_seconds:
                    raise Unavailable(
                        f"{self._scroll.path}/scroll: another scroll has been open in the workspace for {waited:.0f} "
                        f"seconds{label_of(refused.request_id)}; stop the other integration that scrolls, or run again "
                        "later."
                    ) from refused
            seconds = min(LONGEST_WAIT_SECONDS, 0.25 + waited)
            await self._requester.pause(seconds, "another scroll that is open in the workspace has to end first")
            waited += seconds

    def _list_once(self, counted: int | None) -> AsyncGenerator[Answer[P]] | None:
        """Read the list instead, once, if scrolls did not give all and its pages reach as many as are counted."""
        listing = self._listing
        is_due = self._completeness.readings == SCROLLS_BEFORE_LIST + 1
        reaches = listing is not None and (listing.limit is None or 0 < (counted or 0) < listing.limit)
        return self._follow(listing) if listing is not None and is_due and reaches else None

    async def _follow(self, listing: PageNumberPaginator) -> AsyncGenerator[Answer[P]]:
        self._completeness.cut = True  # its end proves nothing but by its count
        page_request: PageRequest | None = listing.first(self._time_range)
        loop_guard = LoopGuard(listing.path)
        try:
            while page_request is not None:
                answer = await self._requester.ask(page_request.request, self._read)
                yield answer
                result = listing.after(page_request, answer.value, answer.served)
                loop_guard.check(answer.value, result)
                page_request = result.next
        except (Refused, PaginatorUnsuitable, ContractError) as error:
            self._completeness.broken, self._ended = True, str(error)

    async def _count(self) -> int | None:
        """Ask how many records the list has; None if it does not say."""
        try:
            return (await self._requester.ask(self._scroll.sample(), self._read)).value.total
        except (Refused, Unavailable, ContractError):
            return None

    async def _pause(self) -> None:
        """Wait before another reading, longer each time while scrolls end before their first page."""
        self._without_page = 0 if self._pages else self._without_page + 1
        seconds = min(LONGEST_WAIT_SECONDS, FIRST_PAUSE_SECONDS * 2**self._without_page)
        await self._requester.pause(seconds, READ_AGAIN_REASON)

    def _missing_message(self) -> str:
        completeness, path = self._completeness, f"{self._scroll.path}/scroll"
        if completeness.counted is None:
            said = f"whether all records came is not certain, since {self._scroll.path} does not count them"
        elif completeness.missing:
            said = f"{completeness.missing} of {completeness.came + completeness.missing} records are missing"
        else:
            said = f"whether all {completeness.counted} records came is not certain"
        last = f", the last of which ended with {self._ended}" if self._ended else ""
        return (
            f"{path}: after {completeness.readings} readings{last}, {said}; "
            "run again later, and see whether Intercom reports trouble on its status page."
        )
