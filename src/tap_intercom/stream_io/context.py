"""What a run reads (`SyncPlan`), what its streams share (`RunContext`), and the client of one stream."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from tap_intercom.api.types import Answer, BodyConsumer, Request
from tap_intercom.config.config import Config
from tap_intercom.config.settings import NEWEST_API_VERSION
from tap_intercom.errors import TapError
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.singer.state import State
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import v1_streams_on_v2, with_parent_queries

if TYPE_CHECKING:  # commands that need no network load this too
    import asyncio

    from tap_intercom.api.client import Client
    from tap_intercom.api.retry import GiveUp
    from tap_intercom.observability.monitor import RunMonitor
    from tap_intercom.singer.writer import Writer

T = TypeVar("T")


class SyncPlan(msgspec.Struct, frozen=True):
    """The settings, all streams of their API version, and the selected streams.

    `full_refresh`: everything is to be read whole. `whole`: the streams that are read from their beginning although
    they have a bookmark.
    """

    config: Config
    streams: tuple[Stream, ...]
    selection: tuple[SelectedStream, ...]
    full_refresh: bool = False
    whole: frozenset[str] = frozenset()

    def with_parent_queries(self, stream: Stream) -> Stream:
        """Give a stream whose list is asked for all that its selected fields and its selected child streams need."""
        selected = {one.stream.name: one for one in self.selection}
        fields = selected[stream.name].schema.get("properties", {}) if stream.name in selected else {}
        children = [
            row
            for row in self.streams
            if row.parent == stream.name and row.inline and (row.name in selected or row.inline.records_at[0] in fields)
        ]
        return with_parent_queries(stream, children)

    def in_newest_version(self) -> Self:
        """Give the plan that reads the same streams of API 1.4, in the same columns, from the newest API version."""
        streams = v1_streams_on_v2(NEWEST_API_VERSION)
        rows = {stream.name: stream for stream in streams}
        selection = (
            msgspec.structs.replace(selected, stream=rows[selected.stream.name]) for selected in self.selection
        )
        config = msgspec.structs.replace(self.config, api_version=NEWEST_API_VERSION)
        return msgspec.structs.replace(self, config=config, streams=streams, selection=tuple(selection))


class RunContext(msgspec.Struct, frozen=True, kw_only=True):
    """What all streams of a run share.

    `scroll_lock`: held while a scroll is read, since a workspace has one. `fail`: called with a stream that could not
    be read, and why. `version`: the version of what is read whole in this run: when it began, in milliseconds, and
    later than all versions in the state. `whole`: the streams that are read from their beginning although they have a
    bookmark.
    """

    config: Config
    client: "Client"
    writer: "Writer"
    state: State
    monitor: "RunMonitor"
    scroll_lock: "asyncio.Lock"
    fail: Callable[[str, TapError], None]
    version: int
    whole: frozenset[str] = frozenset()

    def version_of(self, stream: Stream, parent: Stream) -> int | None:
        """Give the version of the records of a stream; None where no version is kept, or no record of it is ever gone.

        What is read whole gets a new one. A stream that goes on from its bookmark keeps that of its last whole read, or
        of its first read: that one is noted here. `parent` is the stream itself, where it is no child stream.
        """
        if not self.config.keeps_versions or stream.append_only:
            return None
        if parent.replication_key is None:
            return self.version if parent.detects_deletions and stream.detects_deletions else None
        if stream.name in self.whole:
            return self.version
        if self.state.version(stream.name) is None:
            self.state.set_version(stream.name, self.version)
        return self.state.version(stream.name)


class StreamClient(msgspec.Struct, frozen=True):
    """The client of one stream: it counts the stream's requests for the report."""

    client: "Client"
    monitor: "RunMonitor"
    stream: str

    async def ask(self, request: Request, read: Callable[[bytes], T], give_up: "GiveUp | None" = None) -> Answer[T]:
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
        """Wait, and log the reason."""
        self.monitor.note_wait(reason, seconds)
        await self.client.pause(seconds)
