"""What only a connection shows: headers, damaged responses, latency, many requests at once."""

import asyncio
import http.client
import json
import socket
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp
import pytest

from intercom_simulator.server.app import PIECE_SECONDS, PIECES, Simulator
from intercom_simulator.server.options import read_options

T = TypeVar("T")
HEADERS = {"Authorization": "Bearer simulator-token"}

FOUND = "/conversations/9999998000"


def order(server: Any, fault: str) -> None:
    server.control("POST", "faults", {"script": [{"fault": fault, "path": FOUND}]})


def test_the_date_is_the_worlds_and_can_be_moved(server: Any) -> None:
    server.control("POST", "reset", {"now": 1_600_000_000})
    server.control("POST", "clock", {"advance": 86400})
    before = server.control("GET", "clock")["now"]
    reply = server.ask("/me")
    after = server.control("GET", "clock")["now"]
    assert 1_600_086_400 <= before <= after < 1_700_000_000
    assert int(before) <= parsedate_to_datetime(reply.headers["Date"]).timestamp() <= after
    assert before < int(reply.headers["X-RateLimit-Reset"]) <= after + 10
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"


def test_next_leads_to_the_port_that_was_asked(server: Any) -> None:
    assert server.ask("/users").json["pages"]["next"] == f"{server.url}/users?per_page=50&page=2"


def test_a_body_can_be_cut_off_before_its_announced_length(server: Any) -> None:
    order(server, "cut-off-body")
    with pytest.raises(http.client.IncompleteRead):
        server.ask(FOUND)
    assert server.ask(FOUND).status == 200


def test_a_connection_can_be_reset_before_any_byte(server: Any) -> None:
    order(server, "reset-before")
    with pytest.raises(ConnectionResetError):
        server.ask(FOUND)
    assert [line["fault"] for line in server.control("GET", "requests")] == ["reset-before"]


def test_a_connection_can_end_in_the_headers(server: Any) -> None:
    order(server, "reset-in-headers")
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET {FOUND} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer simulator-token\r\n\r\n".encode())
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\n" not in received


def test_a_slow_body_is_whole_in_the_end(server: Any) -> None:
    whole = server.ask(FOUND).json
    order(server, "slow-body")
    assert server.ask(FOUND).json == whole


def test_a_slow_body_comes_in_pieces_with_a_pause_after_each() -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def read(session: aiohttp.ClientSession) -> bytes:
        async with session.get(FOUND) as answer:
            return await answer.read()

    simulator = Simulator(read_options({"world": "small", "faults": {"slow-body": 1}}), pause)
    assert json.loads(asyncio.run(visit(simulator, read)))["id"] == FOUND.rpartition("/")[2]
    assert pauses == [PIECE_SECONDS] * PIECES


def test_latency_delays_each_answer_but_not_many_at_once() -> None:
    pauses: list[float] = []
    everybody = asyncio.Barrier(8)  # nobody's time passes before all eight are under way

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await everybody.wait()

    async def status(session: aiohttp.ClientSession) -> int:
        async with session.get("/me") as answer:
            return answer.status

    async def ask_together(session: aiohttp.ClientSession) -> list[int]:
        return await asyncio.gather(*(status(session) for _ in range(8)))

    simulator = Simulator(read_options({"world": "small", "latency_ms": 100}), pause)
    assert asyncio.run(visit(simulator, ask_together)) == [200] * 8
    assert pauses == [0.1] * 8
    assert simulator.workspace.request_log.most_in_flight == 8


async def visit(simulator: Simulator, talk: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> T:
    """Serve a simulator of this process as long as somebody talks to it."""
    server = simulator.server()
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    host, port = listener.sockets[0].getsockname()
    try:
        async with aiohttp.ClientSession(f"http://{host}:{port}", headers=HEADERS) as session:
            return await talk(session)
    finally:
        listener.close()
        await server.shutdown(timeout=1)


def test_connections_are_kept_alive(server: Any) -> None:
    connection = http.client.HTTPConnection(server.address, timeout=10)
    for _ in range(3):
        connection.request("GET", "/me", headers={"Authorization": "Bearer simulator-token"})
        with connection.getresponse() as answer:
            assert json.loads(answer.read())["type"] == "admin"
        assert connection.sock is not None
    connection.close()


def test_a_page_can_be_asked_with_escaped_characters(server: Any) -> None:
    assert server.ask("/users?email=a%2Bb%40example.com").json["users"] == []
    assert server.ask("/admins/%39%39%39990").json["id"] == "999990"


def test_a_mistake_of_the_simulator_is_told_as_json_and_on_stderr(capsys: Any) -> None:
    async def ask(session: aiohttp.ClientSession) -> tuple[int, Any]:
        async with session.get("/me") as answer:
            return answer.status, await answer.json()

    simulator = Simulator(read_options({"world": "small"}))
    del simulator.workspace.world.streams["admins"]  # which no workspace is without
    status, error = asyncio.run(visit(simulator, ask))
    assert status == 500
    assert (error["type"], error["errors"]) == (
        "error.list",
        [{"code": "server_error", "message": "Unknown server error"}],
    )
    said = capsys.readouterr().err
    assert said.startswith("Traceback")
    assert "KeyError: 'admins'" in said
