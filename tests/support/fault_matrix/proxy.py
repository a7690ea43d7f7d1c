"""Stands between the tap and the simulator: passes requests on, but for those that a fault is to meet."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from scripted_server import Act, Asked, ScriptedServer

FOREVER = 10**9
REQUEST_ID = "req-4711"  # what every answer calls its request, as those of Intercom do
UNSENT = {"connection", "transfer-encoding", "content-length", "x-request-id"}


@dataclass
class Reply:
    """What the simulator answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def act(self) -> Act:
        """Send it."""

        async def act(writer: asyncio.StreamWriter, _: Asked) -> None:
            writer.write(self.head() + self.body)

        return act

    def head(self, length: int | None = None) -> bytes:
        """Write the status and the headers, for a body of this or of another length."""
        told = {
            "X-Request-Id": REQUEST_ID,
            **self.headers,
            "Content-Length": str(len(self.body) if length is None else length),
        }
        lines = [f"HTTP/1.1 {self.status} Whatever", *(f"{name}: {value}" for name, value in told.items()), "", ""]
        return "\r\n".join(lines).encode()


Ask = Callable[[], Awaitable[Reply]]
Fault = Callable[[Ask], Awaitable[Act]]


@dataclass
class FaultProxy:
    """Passes on to the server at `url`; requests whose method and target match `path` meet the fault.

    The first `spare` of them are spared, and after that `times` meet it; `met` counts those.
    """

    url: str
    path: str
    fault: Fault
    spare: int = 0
    times: int = FOREVER
    met: int = 0
    _seen: int = field(default=0)

    def server(self) -> ScriptedServer:
        """Give the server that the tap is to ask."""
        return ScriptedServer(then=self._act)

    async def _act(self, writer: asyncio.StreamWriter, asked: Asked) -> None:
        async def ask() -> Reply:
            return await forward(self.url, asked)

        if re.search(self.path, f"{asked.method} {asked.target}"):
            self._seen += 1
            if self.spare < self._seen <= self.spare + self.times:
                self.met += 1
                act = await self.fault(ask)
                await act(writer, asked)
                return
        await (await ask()).act()(writer, asked)


async def forward(url: str, asked: Asked) -> Reply:
    """Ask the server at `url` the same."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        headers = {**asked.headers, "connection": "close", "accept-encoding": "identity"}
        lines = [f"{asked.method} {asked.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + asked.body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *told = head.rstrip().split("\r\n")
        named = {name: value for name, _, value in (line.partition(": ") for line in told)}
        body = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    if named.get("Transfer-Encoding") == "chunked":
        body = _unchunked(body)
    kept = {name: value for name, value in named.items() if name.lower() not in UNSENT}
    return Reply(int(first.split()[1]), kept, body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole += body[:length]
        body = body[length + 2 :]
    return whole


def edited(reply: Reply, edit: Callable[[dict[str, object]], object]) -> Reply:
    """Change the JSON of an answer."""
    document = json.loads(reply.body)
    edit(document)
    return Reply(reply.status, reply.headers, json.dumps(document).encode())
