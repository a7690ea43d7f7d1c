"""Looks at each stream once: whether it may be read, and what the first of its answers is."""

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
    """What a look at a stream showed; not `asked`, nothing, since no setting names what is to be read.

    `body` is an answer that has records of the stream in it: of the stream itself, of the detail of the first of its
    parents, or, where its records lie within their parents, of those; None where there is no parent to ask for, and of
    an export, since none is ordered for a look.
    `error` says why the stream cannot be read, and what to do; `refused` is Intercom's part of it.
    """

    stream: Stream
    asked: bool = True
    body: bytes | None = None
    refused: Refused | None = None
    error: TapError | None = None


def probe(
    config: Config, rows: Sequence[Stream], streams: Sequence[Stream], on_wait: OnWait, records: int = 1
) -> list[Probe]:
    """Ask for so many records of every stream, where its list has no fixed pages; a look that is shared is taken once.

    `rows` are all streams of the version, among them the parents of `streams`. `on_wait` is the client's. Raises
    AccessError where the token itself is refused, and Unavailable where nothing at all is answered.
    """
    named = {row.name: row for row in rows}
    chosen = [with_configured_names(config, stream) for stream in streams]
    pairs = [(stream, named.get(stream.parent or "", stream)) for stream in chosen]
    probes = asyncio.run(_probe_all(config, pairs, on_wait, records))
    silent = [seen.error for seen in probes if isinstance(seen.error, Unavailable)]
    if silent and len(silent) == sum(seen.asked for seen in probes):
        raise silent[0]
    return probes


async def _probe_all(
    config: Config, pairs: Sequence[tuple[Stream, Stream]], on_wait: OnWait, records: int
) -> list[Probe]:
    try:
        async with Client(config, on_wait) as client, asyncio.TaskGroup() as group:
            onlooker = _Prober(client, group, records)
            tasks = [group.create_task(onlooker.probe(stream, parent)) for stream, parent in pairs]
    except ExceptionGroup as several:
        raise innermost(several) from several
    return [task.result() for task in tasks]


class _Prober:
    """Looks at streams, and asks nothing twice."""

    def __init__(self, client: Client, group: asyncio.TaskGroup, records: int) -> None:
        self._client = client
        self._group = group
        self._records = records
        self._answers: dict[Request, asyncio.Task[bytes | Refused | TapError]] = {}

    async def probe(self, stream: Stream, parent: Stream) -> Probe:
        """Look at a stream, through the first of its parents where it has a parent."""
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
        """Give an answer that has records of the stream in it, where there is one."""
        if stream.export:
            await self._export(stream.export)
            return None
        listed = await self._list(parent)
        if listed is not None and stream.parent and stream.detail is not None:
            return await self._detail(stream, stream.detail, parent, listed)
        return listed

    async def _list(self, stream: Stream) -> bytes | None:
        """Ask for the beginning of a list, by the first of its shapes that the server agrees to.

        None where that is another path than a sync asks, and there is nothing.
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
        """Ask whether exports are allowed. That there is none is an answer; what may be in one only a job can tell."""
        try:
            await self._ask(export.sample_request())
        except Refused as refused:
            if refused.reason is not Reason.GONE:
                raise

    async def _detail(self, stream: Stream, detail: Detail, parent: Stream, listed: bytes) -> bytes | None:
        """Ask for the detail of the first parent that a sync asks it of; None without one, or where it has gone."""
        outlines = extent_reader(parent, [detail]).read(listed).records
        asked = (outline for outline in outlines if needs_request(outline, detail, inline=stream.inline is not None))
        first = next(asked, None)
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
        """Ask; what is raised is given back, for it concerns those alone who wait for this answer."""
        try:
            return (await self._client.ask(request, bytes if request.accept else _checked)).value
        except (Refused, ContractError, Unavailable) as error:
            return error


def _checked(body: bytes) -> bytes:
    """Give a body that is JSON, of whatever shape. Raises Garbled."""
    Reader(Layout(), {"type": "object"}, watch=False).raw(body)
    return body
