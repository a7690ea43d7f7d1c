"""Reads one collection to its end: sends the requests of its paginator and gives the pages."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import datetime
from typing import Generic

import msgspec

from tap_intercom.api.types import Answer, Refused, Requester
from tap_intercom.errors import ContractError, naming_request
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.loop_guard import LoopGuard
from tap_intercom.pagination.model import P, PageRequest, PageResult, Paginator, PaginatorUnsuitable, TimeRange
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.parallel_search import ParallelSearch
from tap_intercom.pagination.scroll import ScrollPaginator, ScrollReader
from tap_intercom.pagination.search import SearchPaginator, SearchSegment

PAGES_AHEAD = 40  # pages that are read before the caller takes them
READ_AHEAD_SECONDS = 0.5  # before a page is read ahead
FULL_READ_AHEAD_SECONDS = 20.0  # before one more is, when enough are: a scroll dies after 60
SLOW_ANSWER_SECONDS = 0.05  # a page of a search takes the processor a tenth of that
SPARED_QUOTA = 0.02  # of what the quota has left: for a search that ends sooner by more requests


class PageRead(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """A page with its meaning, Intercom's clock at the answer, and the track of its segment.

    `request_id` is Intercom's id of the request, if it gave one. `unsuitable` is set with the first page after a change
    to another paginator, and says why the one before was unsuitable: its `finished_before` may not be true.
    """

    page: P
    result: PageResult
    served: datetime
    track: CheckpointTrack
    request_id: str | None = None
    unsuitable: str = ""


class PageReader(msgspec.Struct, Generic[P], frozen=True, kw_only=True):
    """Reads one collection by the first of `paginators` that is suitable.

    If one is unsuitable, the others of its class are skipped. Segments that are read in parallel have a track each,
    split from `track`. With `may_spend`, a short search may cost more requests so that it ends sooner. `scroll_lock` is
    held while a scroll is read; for `scroll_wait_seconds` see ScrollReader; `clock` gives seconds. Raises Refused,
    ContractError if no paginator is suitable or the pages have no end, and
    Unavailable if a scroll cannot be read to its end.
    """

    requester: Requester
    paginators: Sequence[Paginator]
    time_range: TimeRange
    read: Callable[[bytes], P]
    scroll_lock: asyncio.Lock
    track: CheckpointTrack
    scroll_wait_seconds: float = 900.0
    may_spend: bool = True
    clock: Callable[[], float] = time.monotonic

    async def pages(self) -> AsyncGenerator[PageRead[P]]:
        """Give the pages of the collection; if they end without an error, it has been read to its end."""
        paginators, unsuitable = list(self.paginators), ""
        while True:
            paginator = paginators.pop(0)
            loop_guard = LoopGuard(paginator.path)
            try:
                async with AsyncExitStack() as held:
                    source = self._read_in_turn(paginator)
                    if isinstance(paginator, ScrollPaginator):
                        await held.enter_async_context(self.scroll_lock)
                        source = self._read_scroll(paginator)
                    elif isinstance(paginator, SearchPaginator):
                        source = self._read_search(paginator)
                    async with aclosing(source) as pages_read:
                        async for page_read in pages_read:
                            with naming_request(page_read.request_id):
                                loop_guard.check(page_read.page, page_read.result)
                            yield msgspec.structs.replace(page_read, unsuitable=unsuitable) if unsuitable else page_read
                            unsuitable = ""
            except Refused as refused:
                if not paginators or refused.reason not in paginator.fallback_on:
                    raise
            except PaginatorUnsuitable as unfit:
                unsuitable = str(unfit)
                paginators = [other for other in paginators if type(other) is not type(paginator)]
                if not paginators:
                    raise ContractError(f"{unsuitable}; use a newer api_version, or report this.") from unfit
            else:
                return

    async def _read_in_turn(self, paginator: Paginator) -> AsyncGenerator[PageRead[P]]:
        page_request: PageRequest | None = paginator.first(self.time_range)
        while page_request is not None:
            page_read = await self._read_page(paginator, page_request)
            yield page_read
            page_request = page_read.result.next

    async def _read_page(self, paginator: Paginator, page_request: PageRequest) -> PageRead[P]:
        answer = await self.requester.ask(page_request.request, self.read)
        with naming_request(answer.request_id):
            result = paginator.after(page_request, answer.value, answer.served)
        return _page_read(answer, result, self.track)

    async def _read_search(self, paginator: SearchPaginator) -> AsyncGenerator[PageRead[P]]:
        """Read a search in several segments at once, with one request under way in each."""
        parallel_search = ParallelSearch(paginator, self.time_range, self.track)
        under_way: dict[asyncio.Task[Answer[P]], SearchSegment] = {}
        answered: asyncio.Queue[asyncio.Task[Answer[P]]] = asyncio.Queue()

        def ask_due() -> None:
            for segment in parallel_search.due():
                task = asyncio.create_task(self.requester.ask(parallel_search.ask(segment), self.read))
                task.add_done_callback(answered.put_nowait)
                under_way[task] = segment

        try:
            ask_due()
            while under_way:
                task = await answered.get()
                segment, answer = under_way.pop(task), task.result()
                with naming_request(answer.request_id):
                    spare = _spare(answer) if self.may_spend else 0
                    result = parallel_search.handle_answer(segment, answer.value, answer.served, spare)
                ask_due()
                if result is not None:
                    yield _page_read(answer, result, segment.track)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _read_scroll(self, paginator: ScrollPaginator) -> AsyncGenerator[PageRead[P]]:
        """Read a scroll until all records have come."""
        listing = next((other for other in self.paginators if isinstance(other, PageNumberPaginator)), None)
        reader = ScrollReader(
            self.requester,
            paginator,
            listing,
            time_range=self.time_range,
            read=self.read,
            wait_seconds=self.scroll_wait_seconds,
            clock=self.clock,
        )
        # The last page is known only when none follows.
        result = PageResult(since=self.time_range.start, next=paginator.first(self.time_range))
        async with aclosing(reader.pages()) as answers:
            async for answer in answers:
                yield _page_read(answer, result, self.track)


def _spare(answer: Answer[P]) -> float:
    """Give how many requests may be spent so that a search ends sooner: none where answers come fast."""
    return SPARED_QUOTA * (answer.quota_left or 0) if answer.seconds >= SLOW_ANSWER_SECONDS else 0


def _page_read(answer: Answer[P], result: PageResult, track: CheckpointTrack) -> PageRead[P]:
    return PageRead(page=answer.value, result=result, served=answer.served, track=track, request_id=answer.request_id)


async def read_ahead(pages_read: AsyncGenerator[PageRead[P]], *, hurried: bool) -> AsyncGenerator[PageRead[P]]:
    """Give `pages_read`, and read the next page while the caller works on the one before.

    If `hurried`, it reads on even if the caller takes none, since an unused scroll expires: up to PAGES_AHEAD pages,
    and then one more every FULL_READ_AHEAD_SECONDS. So memory grows by one page in that time while a target is stuck.
    """
    waiting: asyncio.Queue[PageRead[P] | None] = asyncio.Queue()
    taken = asyncio.Event()

    async def produce() -> None:
        try:
            async with aclosing(pages_read) as source:
                async for page_read in source:
                    taken.clear()
                    waiting.put_nowait(page_read)
                    if waiting.qsize() > 1:
                        await _until(taken, _pause_before(waiting.qsize()) if hurried else None)
        finally:
            waiting.put_nowait(None)

    producer = asyncio.create_task(produce())
    try:
        while (page_read := await waiting.get()) is not None:
            taken.set()
            yield page_read
        await producer
    finally:
        producer.cancel()
        await asyncio.gather(producer, return_exceptions=True)


def _pause_before(pages: int) -> float:
    return READ_AHEAD_SECONDS if pages < PAGES_AHEAD else FULL_READ_AHEAD_SECONDS


async def _until(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for `event`, for `seconds` at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
