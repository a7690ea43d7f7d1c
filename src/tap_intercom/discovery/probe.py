"""Asks for the first records of each stream, to see whether it may be read."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from tap_intercom.api.client import Client
from tap_intercom.api.types import Reason, Refused, Request
from tap_intercom.config.config import Config
from tap_intercom.errors import ContractError, TapError, Unavailable, innermost
from tap_intercom.exports.job import Export
from tap_intercom.pagination.page_numbers import NamedListsPaginator
from tap_intercom.pagination.scroll import ScrollPaginator
from tap_intercom.records.list_extent import extent_reader, needs_request
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Detail, Layout, Stream
from tap_intercom.streams.refusals import explain
from tap_intercom.streams.table import with_configured_names

OnWait = Callable[[str, float], None]


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned of one stream.

    `asked`: False where nothing was asked, since no setting names the lists to read.
    `body`: an answer with records of the stream: its own list, the detail of a parent, or, for an inline child stream,
    the list of its parent. None where there is no parent to ask about, and for an export, since none is ordered.
    `refused`: how Intercom refused the stream.
    `error`: why the stream cannot be read, and what to do about it.
    """

    stream: Stream
    asked: bool = True
    body: bytes | None = None
    refused: Refused | None = None
    error: TapError | None = None


def probe_streams(
    config: Config, all_streams: Sequence[Stream], streams: Sequence[Stream], on_wait: OnWait, records: int = 1
) -> list[Probe]:
    """Ask for the first records of each of `streams`, in the same order. No request is sent twice.

    `all_streams`: those of the API version, among them the parents of `streams`.
    `on_wait`: is told of waits; see `Client`.
    `records`: how many are asked for, where the size of a page can be chosen.
    Raises AccessError where the token is refused, and Unavailable where nothing is answered.
    """
    by_name = {stream.name: stream for stream in all_streams}
    configured = [with_configured_names(config, stream) for stream in streams]
    pairs = [(stream, by_name.get(stream.parent or "", stream)) for stream in configured]
    probes = asyncio.run(_probe_all(config, pairs, on_wait, records))
    unavailable = [probed.error for probed in probes if isinstance(probed.error, Unavailable)]
    if unavailable and len(unavailable) == sum(probed.asked for probed in probes):
        raise unavailable[0]
    return probes


async def _probe_all(
    config: Config, pairs: Sequence[tuple[Stream, Stream]], on_wait: OnWait, records: int
) -> list[Probe]:
    try:
        async with Client(config, on_wait) as client, asyncio.TaskGroup() as group:
            prober = _Prober(client, group, records)
            tasks = [group.create_task(prober.probe(stream, parent)) for stream, parent in pairs]
    except ExceptionGroup as several:
        raise innermost(several) from several
    return [task.result() for task in tasks]


class _Prober:
    """Probes streams, all at the same time, with one client. Answers are kept: no request is sent twice."""

    def __init__(self, client: Client, group: asyncio.TaskGroup, records: int) -> None:
        self._client = client
        self._group = group
        self._records = records
        self._answers: dict[Request, asyncio.Task[bytes | Refused | TapError]] = {}

    async def probe(self, stream: Stream, parent: Stream) -> Probe:
        """Probe one stream; `parent` is the stream itself where it has none. Raises AccessError for a refused token."""
        if any(isinstance(paginator, NamedListsPaginator) and not paginator.names for paginator in stream.full_read):
            return Probe(stream=stream, asked=False)
        try:
            body = await self._answer(stream, parent)
        except Refused as refused:
            if refused.reason is Reason.TOKEN:
                raise explain(refused, stream) from refused
            return Probe(stream=stream, refused=refused, error=explain(refused, stream))
        except (ContractError, Unavailable) as error:
            return Probe(stream=stream, error=error)
        return Probe(stream=stream, body=body)

    async def _answer(self, stream: Stream, parent: Stream) -> bytes | None:
        """Ask for an answer with records of the stream; None where there is none to ask for."""
        if stream.export:
            await self._export(stream.export)
            return None
        listed = await self._list(parent)
        if listed is not None and stream.parent and stream.detail is not None:
            return await self._detail(stream, stream.detail, parent, listed)
        return listed

    async def _list(self, stream: Stream) -> bytes | None:
        """Ask for the first records of a list, by the first of its paginators that the server does not refuse.

        A paginator may ask another path than a sync does; None where there is nothing.
        """
        *others, last = stream.full_read
        for paginator in others:
            try:
                return await self._ask(paginator.sample(self._records))
            except Refused as refused:
                if refused.reason not in paginator.fallback_on:
                    raise
        try:
            return await self._ask(last.sample(self._records))
        except Refused as refused:
            if isinstance(last, ScrollPaginator) and refused.reason is Reason.GONE:
                return None
            raise

    async def _export(self, export: Export) -> None:
        """Ask about an export that does not exist, to see whether exports are allowed: "not found" says so."""
        try:
            await self._ask(export.sample_request())
        except Refused as refused:
            if refused.reason is not Reason.GONE:
                raise

    async def _detail(self, stream: Stream, detail: Detail, parent: Stream, listed: bytes) -> bytes | None:
        """Ask for the detail of the first parent of which a sync would ask it; None where there is none any more."""
        outlines = extent_reader(parent, [detail]).read(listed).records
        is_inline = stream.inline is not None
        first = next((outline for outline in outlines if needs_request(outline, detail, inline=is_inline)), None)
        if first is None:
            return None
        try:
            return await self._ask(detail.request(first.id))
        except Refused as refused:
            if refused.reason is Reason.GONE:
                return None
            raise

    async def _ask(self, request: Request) -> bytes:
        if request not in self._answers:
            self._answers[request] = self._group.create_task(self._send(request))
        answer = await self._answers[request]
        if not isinstance(answer, bytes):
            raise answer
        return answer

    async def _send(self, request: Request) -> bytes | Refused | TapError:
        """Send a request. An error is returned, so that it reaches only the probes that wait for this answer."""
        try:
            return (await self._client.ask(request, bytes if request.accept else _checked)).value
        except (Refused, ContractError, Unavailable) as error:
            return error


def _checked(body: bytes) -> bytes:
    """Give a body that is JSON, of any shape. Raises InvalidBody."""
    Reader(Layout(), {"type": "object"}, watch=False).raw(body)
    return body
