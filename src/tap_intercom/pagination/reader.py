"""Reads one collection to its end, a page at a time, through whatever Intercom does meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import datetime

import msgspec

from tap_intercom.api.types import Answer, Refused
from tap_intercom.errors import ContractError, about
from tap_intercom.pagination.checkpoints import Track
from tap_intercom.pagination.loop_guard import Trail
from tap_intercom.pagination.model import Page, Shape, Step, Turn, Unfit, Window
from tap_intercom.pagination.page_numbers import Listing
from tap_intercom.pagination.parallel_search import Lane, Lanes
from tap_intercom.pagination.scroll import Scroll
from tap_intercom.pagination.scroll_reader import Asker, ScrollReader
from tap_intercom.pagination.search import Search

PAGES_AHEAD = 40  # that may be read while nobody takes them
PATIENCE_SECONDS = 0.5  # before a page is read ahead
LAST_PATIENCE_SECONDS = 20.0  # before one more is, when enough are: a scroll dies after 60


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A page, what it means, Intercom's clock when it gave it, and the track that its claims are made on.

    `request_id` is what Intercom calls the request, if it said so. `misfit` says, with the first page that another
    shape gives, why the one before did not fit: what that one has settled may not be true.
    """

    page: Page
    turn: Turn
    served: datetime
    track: Track
    request_id: str | None = None
    misfit: str = ""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """One collection, to be read by the first of `shapes` that fits it.

    Where one does not fit, no other of its kind does. Parts of the collection that are read side by side have a track
    each, split from `track`. `scrolls` is held while a scroll is read, for `patience` see ScrollReader; `clock` gives
    seconds. Raises Refused, ContractError where no shape fits or the pages have no end, Unavailable where a scroll
    cannot be read to its end.
    """

    asker: Asker
    shapes: Sequence[Shape]
    window: Window
    read: Callable[[bytes], Page]
    scrolls: asyncio.Lock
    track: Track
    patience: float = 900.0
    clock: Callable[[], float] = time.monotonic

    async def pages(self) -> AsyncGenerator[Reading]:
        """Give the pages of the collection; when they end without an error, it has been read to its end."""
        shapes, misfit = list(self.shapes), ""
        while shapes:
            shape = shapes.pop(0)
            trail = Trail(shape.path)
            try:
                async with AsyncExitStack() as held:
                    source = self._forward(shape)
                    if isinstance(shape, Scroll):
                        await held.enter_async_context(self.scrolls)
                        source = self._scroll(shape)
                    elif isinstance(shape, Search):
                        source = self._search(shape)
                    async with aclosing(source) as readings:
                        async for reading in readings:
                            with about(reading.request_id):
                                trail.follow(reading.page, reading.turn)
                            yield msgspec.structs.replace(reading, misfit=misfit) if misfit else reading
                            misfit = ""
            except Refused as refused:
                if not shapes or refused.reason not in shape.instead_on:
                    raise
            except Unfit as unfit:
                misfit = str(unfit)
                shapes = [other for other in shapes if type(other) is not type(shape)]
                if not shapes:
                    raise ContractError(f"{misfit}; use a newer api_version, or report this.") from unfit
            else:
                return

    async def _forward(self, shape: Shape) -> AsyncGenerator[Reading]:
        step: Step | None = shape.first(self.window)
        while step is not None:
            reading = await self._take(shape, step)
            yield reading
            step = reading.turn.next

    async def _take(self, shape: Shape, step: Step) -> Reading:
        answer = await self.asker.ask(step.request, self.read)
        with about(answer.request_id):
            turn = shape.after(step, answer.value, answer.served)
        return _reading(answer, turn, self.track)

    async def _search(self, shape: Search) -> AsyncGenerator[Reading]:
        """Read a search in as many lanes as are worth it, a page ahead in each."""
        lanes = Lanes(shape, self.window, self.track)
        under_way: dict[asyncio.Task[Answer[Page]], Lane] = {}
        answered: asyncio.Queue[asyncio.Task[Answer[Page]]] = asyncio.Queue()

        def ask_due() -> None:
            for lane in lanes.due():
                task = asyncio.create_task(self.asker.ask(lanes.ask(lane), self.read))
                task.add_done_callback(answered.put_nowait)
                under_way[task] = lane

        try:
            ask_due()
            while under_way:
                task = await answered.get()
                lane, answer = under_way.pop(task), task.result()
                with about(answer.request_id):
                    turn = lanes.answered(lane, answer.value, answer.served)
                ask_due()
                if turn is not None:
                    yield _reading(answer, turn, lane.track)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _scroll(self, shape: Scroll) -> AsyncGenerator[Reading]:
        """Read a scroll until all records have come."""
        listing = next((other for other in self.shapes if isinstance(other, Listing)), None)
        reader = ScrollReader(
            self.asker, shape, listing, window=self.window, read=self.read, patience=self.patience, clock=self.clock
        )
        # The last page is known only when none follows.
        turn = Turn(since=self.window.floor, next=shape.first(self.window))
        async with aclosing(reader.pages()) as answers:
            async for answer in answers:
                yield _reading(answer, turn, self.track)


def _reading(answer: Answer[Page], turn: Turn, track: Track) -> Reading:
    return Reading(page=answer.value, turn=turn, served=answer.served, track=track, request_id=answer.request_id)


async def ahead(readings: AsyncGenerator[Reading], *, hurried: bool) -> AsyncGenerator[Reading]:
    """Give `readings`, and read the next one while the one before is being taken.

    Hurried, it reads on even while nobody takes them, for a scroll that is left alone expires: up to PAGES_AHEAD, and
    after that one more each LAST_PATIENCE_SECONDS, so that memory grows by a page for every such while that a target is
    stuck.
    """
    waiting: asyncio.Queue[Reading | None] = asyncio.Queue()
    taken = asyncio.Event()

    async def produce() -> None:
        try:
            async with aclosing(readings) as source:
                async for reading in source:
                    taken.clear()
                    waiting.put_nowait(reading)
                    if waiting.qsize() > 1:
                        await _until(taken, _patience(waiting.qsize()) if hurried else None)
        finally:
            waiting.put_nowait(None)

    producer = asyncio.create_task(produce())
    try:
        while (reading := await waiting.get()) is not None:
            taken.set()
            yield reading
        await producer
    finally:
        producer.cancel()
        await asyncio.gather(producer, return_exceptions=True)


def _patience(pages: int) -> float:
    return PATIENCE_SECONDS if pages < PAGES_AHEAD else LAST_PATIENCE_SECONDS


async def _until(event: asyncio.Event, seconds: float | None) -> None:
    """Wait for `event`, for `seconds` at most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
