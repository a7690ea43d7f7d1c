"""The HTTP server of a simulated workspace: reads requests, sends responses, damages them where a fault says so."""

import asyncio
import contextlib
import socket
import struct
import traceback
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from aiohttp import web

from intercom_simulator.protocol.responses import ApiError, Request, Response, read_request
from intercom_simulator.server.connection import HttpServer, origin_form, read_body
from intercom_simulator.server.control_api import ControlApi
from intercom_simulator.server.dispatcher import Workspace
from intercom_simulator.server.headers import added_headers, compressed
from intercom_simulator.server.options import Options

Pause = Callable[[float], Awaitable[None]]

CONTROL_PREFIX = "/_simulator/"
PIECE_SECONDS = 0.05
PIECES = 8
LINGER_ZERO = struct.pack("ii", 1, 0)  # the value of SO_LINGER that resets a connection: on, zero seconds


class Simulator:
    """The server of one workspace, which a reset replaces.

    `pause` waits for a number of real seconds; latency and slow bodies use it.
    """

    def __init__(self, options: Options, pause: Pause = asyncio.sleep) -> None:
        self.options = options
        self._pause = pause
        self.workspace = Workspace(options)
        self._control = ControlApi(self)
        self._date = (0, "")

    def server(self) -> web.Server:
        """Return the protocol factory to listen with."""
        return HttpServer(self._handle)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        target = origin_form(request.raw_path)
        body = await read_body(request)
        if isinstance(body, web.Response):
            return body
        if target.startswith(CONTROL_PREFIX):
            return await self._control.answer(request)
        headers, workspace = request.headers, self.workspace
        received = read_request(
            request.method,
            target,
            host=headers.get("Host"),
            authorization=headers.get("Authorization"),
            version=headers.get("Intercom-Version"),
            accept=headers.get("Accept"),
            user_agent=headers.get("User-Agent"),
            body=body,
        )
        workspace.request_log.begin()
        try:
            response = self._respond(received)
            if workspace.options.latency_ms:
                await self._pause(workspace.options.latency_ms / 1000)
        finally:
            workspace.request_log.end()
        if response.connection_fault is not None:
            return await self._send_damaged(request, response)
        is_compressing = self.workspace.world.behaviours.compression == "gzip"
        body, encoding = compressed(response.body, headers.get("Accept-Encoding") if is_compressing else None)
        return web.Response(status=response.status, body=body, headers={**self._headers(response), **encoding})

    def _respond(self, received: Request) -> Response:
        try:
            return self.workspace.answer(received)
        except Exception:  # noqa: BLE001 - any mistake of the simulator becomes Intercom's 500
            traceback.print_exc()
            return ApiError(500, "server_error", "Unknown server error").response(self.workspace.request_id())

    def _headers(self, response: Response) -> dict[str, str]:
        known = {"Content-Type": response.content_type, "Date": self._now(), "Server": "nginx"}
        return {**known, **added_headers(response), **response.headers}

    def _now(self) -> str:
        second = int(self.workspace.clock.now())
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return self._date[1]

    async def _send_damaged(self, request: web.BaseRequest, response: Response) -> web.StreamResponse:
        headers = {**self._headers(response), "Content-Length": str(len(response.body))}
        if response.connection_fault == "slow-body":
            return await self._send_slowly(request, response, headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        response_bytes = f"HTTP/1.1 {response.status} OK\r\n{head}\r\n".encode() + response.body
        sent_bytes = {
            "reset-before": 0,
            "reset-in-headers": len(head) // 2,
            "cut-off-body": len(response_bytes) - len(response.body) // 2 - 1,
        }
        if request.transport is not None:
            _close(request.transport, response_bytes[: sent_bytes[response.connection_fault or ""]])
        return web.Response()

    async def _send_slowly(
        self, request: web.BaseRequest, response: Response, headers: dict[str, str]
    ) -> web.StreamResponse:
        stream = web.StreamResponse(status=response.status, headers=headers)
        size = max(1, -(-len(response.body) // PIECES))
        with contextlib.suppress(ConnectionResetError):  # the client has gone
            await stream.prepare(request)
            for start in range(0, len(response.body), size):
                await stream.write(response.body[start : start + size])
                await self._pause(PIECE_SECONDS)
        return stream


def _close(transport: asyncio.Transport, last_bytes: bytes) -> None:
    """Close the connection after sending these bytes; without any, reset it, as a crashed peer does."""
    if last_bytes:
        transport.write(last_bytes)
        transport.close()
        return
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    transport.abort()
