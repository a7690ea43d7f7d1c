"""Reads one collection to its end, a page at a time, through whatever Intercom does meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from tap_intercom.errors import ContractError, Unavailable, about, which
from tap_intercom.front import Track
from tap_intercom.lanes import Lane, Lanes
from tap_intercom.paging import Page, Shape, Step, Turn, Unfit, Window
from tap_intercom.scroll import Rescue, Scroll
from tap_intercom.search import Search
from tap_intercom.trail import Trail
from tap_intercom.wire import Answer, Reason, Refused, Request

T = TypeVar("T")

RESTARTS = 100  # of a scroll, one after another, without getting further than ever before
RESTARTS_AT_404 = 10  # the same, where Intercom says that there is no such scroll (any more)
WAIT_SECONDS = 5.0  # between two looks whether it has; shorter at first
PAGES_AHEAD = 40  # that may be read while nobody takes them
PATIENCE_SECONDS = 0.5  # before a page is read ahead
LAST_PATIENCE_SECONDS = 20.0  # before one more is, when enough are: a scroll dies after 60


class Asker(Protocol):
    """What a walk needs of the client."""

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> Answer[T]:
        """Send a request; see Client.ask."""
        ...

    async def pause(self, seconds: float, reason: str) -> None:
        """Wait, and tell why."""
        ...


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
    each, split from `track`. `scrolls` is held while a scroll is open: a workspace has but one, and somebody else's is
    waited for, `patience` seconds long. Raises Refused, ContractError where no shape fits or the pages have no end,
    Unavailable where a scroll cannot be read to its end.
    """

    asker: Asker
    shapes: Sequence[Shape]
    window: Window
    read: Callable[[bytes], Page]
    scrolls: asyncio.Lock
    track: Track
    patience: float = 900.0

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
        """Read a scroll to its end, beginning again where an answer of it may be lost."""
        step, taken, furthest, restarts, waited, lost = shape.first(self.window), 0, 0, 0, 0.0, 0.0
        received = 0
        answered = time.monotonic()
        while True:
            asked = time.monotonic()
            try:
                reading = await self._take(shape, step)
            except Refused as refused:
                rescue = shape.rescue(step, refused.reason, time.monotonic() - answered)
                if rescue is Rescue.NONE:
                    raise
                if rescue is Rescue.END or (refused.reason is Reason.GONE and await self._is_all(shape, received)):
                    return
                if rescue is Rescue.WAIT:
                    waited += await self._wait(shape, waited, refused)
                else:
                    restarts, lost = (1, 0.0) if taken > furthest else (restarts + 1, lost)
                    furthest = max(taken, furthest)
                    lost += time.monotonic() - asked
                    self._bound(shape, restarts, lost, refused)
                step, taken, received = shape.first(self.window), 0, 0
                continue
            answered = time.monotonic()
            taken, waited, received = taken + 1, 0.0, received + len(reading.page.records)
            yield reading
            if reading.turn.next is None:
                if reading.page.records and not await self._is_all(shape, received):
                    raise ContractError(
                        f"{shape.path}/scroll gave records but no scroll_param{which(reading.request_id)}; "
                        "run again, and report it if it stays."
                    )
                return
            step = reading.turn.next

    async def _is_all(self, shape: Scroll, received: int) -> bool:
        """Say whether Intercom counts no more records than have come: then a 404 behind a full page is the end."""
        try:
            counted = (await self.asker.ask(shape.sample(), self.read)).value.total
        except Refused:
            return False
        return counted is not None and 0 < counted <= received

    async def _wait(self, shape: Scroll, waited: float, refused: Refused) -> float:
        """Wait for somebody else's scroll to end, longer each time."""
        if waited >= self.patience:
            raise Unavailable(
                f"{shape.path}/scroll: another scroll has been open in the workspace for {waited:.0f} seconds"
                f"{which(refused.request_id)}; stop the other integration that scrolls, or run again later."
            )
        seconds = min(WAIT_SECONDS, 0.25 + waited)
        await self.asker.pause(seconds, "another scroll that is open in the workspace has to end first")
        return seconds

    def _bound(self, shape: Scroll, restarts: int, lost_seconds: float, refused: Refused) -> None:
        """Give up a scroll that gets no further, be it that it breaks too often or that it takes too long to."""
        is_gone = refused.reason in {Reason.GONE, Reason.VERSION}
        if restarts > (RESTARTS_AT_404 if is_gone else RESTARTS) or lost_seconds >= self.patience:
            times = "once" if restarts == 1 else f"{restarts} times"
            raise Unavailable(
                f"{shape.path}/scroll broke {times}, in the end for this reason: {refused.message}"
                f"{which(refused.request_id)}; "
                "run again later, and see whether Intercom reports trouble on its status page."
            ) from refused


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
