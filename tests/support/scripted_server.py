"""A server on loopback that does to each request what a test says, down to the bytes, and keeps a journal."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate

from loopback_server import LoopbackServer


@dataclass
class Asked:
    """A request that arrived, whole, and on the how-manieth connection."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int


Act = Callable[[asyncio.StreamWriter, Asked], Awaitable[None]]


def answer(body: bytes = b"{}", status: int = 200, date: float | None = None, **headers: str) -> Act:
    """Answer in good order; `X_Request_Id="1"` is a header."""

    async def act(writer: asyncio.StreamWriter, _: Asked) -> None:
        told = {"Date": formatdate(date or time.time(), usegmt=True), "Content-Length": str(len(body))}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in told.items() if value), "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return act


def raw(data: bytes) -> Act:
    """Send these bytes and hang up."""

    async def act(writer: asyncio.StreamWriter, _: Asked) -> None:
        writer.write(data)
        writer.close()

    return act


def stall(data: bytes) -> Act:
    """Send these bytes, and then nothing."""

    async def act(writer: asyncio.StreamWriter, _: Asked) -> None:
        writer.write(data)
        await asyncio.Event().wait()

    return act


def reset() -> Act:
    """Break the connection off, as a machine does that has forgotten it."""

    async def act(writer: asyncio.StreamWriter, _: Asked) -> None:
        writer.transport.abort()

    return act


def until(event: asyncio.Event, then: Act) -> Act:
    """Wait for the test."""

    async def act(writer: asyncio.StreamWriter, asked: Asked) -> None:
        await event.wait()
        await then(writer, asked)

    return act


@dataclass
class ScriptedServer(LoopbackServer):
    """Plays `script`, one act a request, and after it `then` for ever."""

    script: list[Act] = field(default_factory=list)
    then: Act = field(default_factory=answer)
    tls: ssl.SSLContext | None = None
    journal: list[Asked] = field(default_factory=list)
    connections: int = 0
    under_way: int = 0
    most_under_way: int = 0
    _arrival: asyncio.Condition = field(default_factory=asyncio.Condition, init=False)
    _call: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    @property
    def targets(self) -> list[str]:
        return [asked.target for asked in self.journal]

    async def called(self) -> None:
        """Wait until somebody has opened a connection."""
        await self._call.wait()

    async def arrived(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: len(self.journal) >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._call.set()
        connection = self.connections
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            try:
                while not writer.is_closing():
                    asked = await self._read(reader, connection)
                    async with self._arrival:
                        self.journal.append(asked)
                        self._arrival.notify_all()
                    act = self.script.pop(0) if self.script else self.then
                    self.under_way += 1
                    self.most_under_way = max(self.most_under_way, self.under_way)
                    try:
                        await act(writer, asked)
                        await writer.drain()
                    finally:
                        self.under_way -= 1
            finally:
                writer.close()
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader, connection: int) -> Asked:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Asked(method, target, headers, body, connection)
