"""What is given to a writer is written in a thread, in order, in pieces worth the thread, and a failure is kept."""

import asyncio
from collections.abc import Sequence

import pytest

from tap_intercom.errors import OutputError
from tap_intercom.singer.writer import BackgroundWriter


class Collector(BackgroundWriter[str]):
    """Puts what it is given into a queue, each time that it writes; it fails at the item `poison`, with `error`."""

    longest_wait_seconds = 0.05

    def __init__(self, least: int = 0, error: Exception | None = None) -> None:
        super().__init__()
        self._least = least
        self._error = error
        self._loop = asyncio.get_running_loop()
        self.batches: asyncio.Queue[list[str]] = asyncio.Queue()

    @property
    def least_bytes(self) -> int:
        return self._least

    def write(self, items: Sequence[str]) -> None:
        if "poison" in items and self._error is not None:
            raise self._error
        self._loop.call_soon_threadsafe(self.batches.put_nowait, list(items))


def test_what_is_less_than_is_worth_it_waits_for_more_and_not_for_ever() -> None:
    async def run() -> None:
        async with Collector(least=10) as writer:
            await writer.put("a", 4)
            await asyncio.sleep(0)
            await writer.put("b", 6)
            assert await writer.batches.get() == ["a", "b"]
            await writer.put("c", 1)
            assert await writer.batches.get() == ["c"]
            await writer.put("d", 1)
        assert await writer.batches.get() == ["d"]

    asyncio.run(run())


def test_a_failure_to_write_is_kept_and_fails_every_call() -> None:
    async def run() -> None:
        failure = OutputError("the disk is full")
        async with Collector(error=failure) as writer:
            await writer.put("poison", 1)
            await writer.failed.wait()
            assert writer.failure is failure
            with pytest.raises(OutputError, match="the disk is full"):
                await writer.put("more", 1)
            await writer.room()
        assert writer.batches.empty()

    asyncio.run(run())


def test_a_mistake_in_writing_is_no_quiet_end() -> None:
    async def run() -> None:
        async with Collector(error=ZeroDivisionError("a mistake")) as writer:
            await writer.put("poison", 1)
            await writer.failed.wait()
            with pytest.raises(OutputError, match="nothing more is written after a mistake of the tap itself"):
                await writer.put("more", 1)

    with pytest.raises(ZeroDivisionError, match="a mistake"):
        asyncio.run(run())
