"""Looks at each stream once: whether it may be read, and what the first of its answers is."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from tap_intercom.advice import explain
from tap_intercom.children import request_for
from tap_intercom.client import Client
from tap_intercom.config import Config
from tap_intercom.errors import ContractError, TapError, leaf
from tap_intercom.jobs import Export
from tap_intercom.records import Reader
from tap_intercom.stream import Layout, Stream
from tap_intercom.wire import Reason, Refused, Request

OnWait = Callable[[str, float], None]

_ID = {"type": "object", "properties": {"id": {"type": ["null", "string"]}}}


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at a stream showed.

    `body` is an answer that has records of the stream in it: of the stream itself, of the detail of the first of its
    parents, or, where its records lie within their parents, of those; None where there is no parent to ask for, and of
    an export, since none is ordered for a look.
    `error` says why the stream cannot be read, and what to do; `refused` is Intercom's part of it.
    """

    stream: Stream
    body: bytes | None = None
    refused: Refused | None = None
    error: TapError | None = None


def look(
    config: Config, rows: Sequence[Stream], streams: Sequence[Stream], on_wait: OnWait, records: int = 1
) -> list[Look]:
    """Ask for so many records of every stream, where its list has no fixed pages; a look that is shared is taken once.

    `rows` are all streams of the version, among them the parents of `streams`. `on_wait` is the client's. Raises
    AccessError where the token itself is refused, and Unavailable.
    """
    named = {row.name: row for row in rows}
    pairs = [(stream, named.get(stream.parent or "", stream)) for stream in streams]
    return asyncio.run(_look_at_all(config, pairs, on_wait, records))


async def _look_at_all(
    config: Config, pairs: Sequence[tuple[Stream, Stream]], on_wait: OnWait, records: int
) -> list[Look]:
    try:
        async with Client(config, on_wait) as client, asyncio.TaskGroup() as group:
            onlooker = _Onlooker(client, group, records)
            tasks = [group.create_task(onlooker.look(stream, parent)) for stream, parent in pairs]
    except ExceptionGroup as several:
        raise leaf(several) from several
    return [task.result() for task in tasks]


class _Onlooker:
    """Looks at streams, and asks nothing twice."""

    def __init__(self, client: Client, group: asyncio.TaskGroup, records: int) -> None:
        self._client = client
        self._group = group
        self._records = records
        self._answers: dict[Request, asyncio.Task[bytes | Refused]] = {}

    async def look(self, stream: Stream, parent: Stream) -> Look:
        """Look at a stream, through the first of its parents where it has a parent."""
        try:
            body: bytes | None = None if stream.export else await self._list(parent)
            if stream.export:
                await self._export(stream.export)
            if stream.parent and stream.detail is not None:
                found = _first_id(body, parent.layout)
                body = None if found is None else await self._detail(stream, found)
        except Refused as refused:
            if refused.reason is Reason.TOKEN:
                raise explain(refused, stream) from refused
            return Look(stream=stream, refused=refused, error=explain(refused, stream))
        except ContractError as error:
            return Look(stream=stream, error=error)
        return Look(stream=stream, body=body)

    async def _list(self, stream: Stream) -> bytes:
        """Ask for the beginning of a list, by the first of its shapes that the server agrees to."""
        *others, last = stream.history
        for shape in others:
            try:
                return await self._ask(shape.sample(self._records))
            except Refused as refused:
                if refused.reason not in shape.instead_on:
                    raise
        return await self._ask(last.sample(self._records))

    async def _export(self, export: Export) -> None:
        """Ask whether exports are allowed. That there is none is an answer; what may be in one only a job can tell."""
        try:
            await self._ask(export.sample())
        except Refused as refused:
            if refused.reason is not Reason.GONE:
                raise

    async def _detail(self, stream: Stream, identifier: str) -> bytes | None:
        """Ask for the detail of one parent; None where that has gone meanwhile, or has no such thing."""
        assert stream.detail is not None  # noqa: S101 - asked for where the table has one
        try:
            return await self._ask(request_for(stream.detail, identifier))
        except Refused as refused:
            if refused.reason is Reason.GONE:
                return None
            raise

    async def _ask(self, request: Request) -> bytes:
        if request not in self._answers:
            self._answers[request] = self._group.create_task(self._send(request))
        answer = await self._answers[request]
        if isinstance(answer, Refused):
            raise answer
        return answer

    async def _send(self, request: Request) -> bytes | Refused:
        try:
            return (await self._client.ask(request, _checked)).value
        except Refused as refused:
            return refused


def _first_id(body: bytes | None, layout: Layout) -> str | None:
    """Find the id of the first record. Raises ContractError."""
    reader = Reader(Layout(records_at=layout.records_at), _ID, watch=False)
    records = reader.read(body or b"{}").records
    return records[0].id if records else None


def _checked(body: bytes) -> bytes:
    """Give a body that can be read. Raises Garbled, ContractError."""
    Reader(Layout(), {"type": "object"}, watch=False).read(body)
    return body
