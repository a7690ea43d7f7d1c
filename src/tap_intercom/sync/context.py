"""What all extractions of a run share."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec

from tap_intercom.api.client import Client
from tap_intercom.api.retry import GiveUp
from tap_intercom.api.types import Answer, BodyConsumer, Request
from tap_intercom.config.config import Config
from tap_intercom.errors import TapError
from tap_intercom.observability.monitor import RunMonitor
from tap_intercom.singer.messages import MessageWriter
from tap_intercom.singer.state import State

T = TypeVar("T")


class RunContext(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a run, given to each extraction.

    `scroll_lock` is the workspace's one scroll; `failed` is told of a stream that could not be read. `version` is the
    run's own, for tables that are read whole; None where it is not asked for. `whole` are the streams that are read
    from their beginning though they have a bookmark.
    """

    config: Config
    client: Client
    writer: MessageWriter
    state: State
    monitor: RunMonitor
    scroll_lock: asyncio.Lock
    failed: Callable[[str, TapError], None]
    version: int | None = None
    whole: frozenset[str] = frozenset()


class StreamClient(msgspec.Struct, frozen=True):
    """The client, counting what it is asked for the report of one stream."""

    client: Client
    monitor: RunMonitor
    stream: str

    async def ask(self, request: Request, read: Callable[[bytes], T], give_up: GiveUp | None = None) -> Answer[T]:
        """Send a request; see Client.ask."""
        answer = await self.client.ask(request, read, give_up)
        self._count(request, answer.attempts, answer.seconds)
        return answer

    async def fetch(self, request: Request, begin: Callable[[], BodyConsumer]) -> None:
        """Hand on the body of the answer as it comes; see Client.fetch."""
        answer = await self.client.fetch(request, begin)
        self._count(request, answer.attempts, answer.seconds)

    def _count(self, request: Request, attempts: int, seconds: float) -> None:
        self.monitor.count(self.stream, requests=attempts, seconds=seconds, request=f"{request.method} {request.path}")

    async def pause(self, seconds: float, reason: str) -> None:
        """Wait, and tell why."""
        self.monitor.note_wait(reason, seconds)
        await self.client.pause(seconds)
