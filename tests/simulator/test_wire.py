"""What only a connection shows: headers, broken answers, latency, many at once."""

import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

FOUND = "/conversations/9999998000"


def order(server: Any, fault: str) -> None:
    server.control("POST", "faults", {"script": [{"fault": fault, "path": FOUND}]})


def test_the_date_is_the_worlds_and_can_be_moved(server: Any) -> None:
    server.control("POST", "reset", {"now": 1_600_000_000})
    server.control("POST", "clock", {"advance": 86400})
    reply = server.ask("/me")
    assert 0 <= parsedate_to_datetime(reply.headers["Date"]).timestamp() - 1_600_086_400 < 5
    assert 0 < int(reply.headers["X-RateLimit-Reset"]) - 1_600_086_400 <= 15
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
    began = time.monotonic()
    assert server.ask(FOUND).json == whole
    assert time.monotonic() - began > 0.2


def test_latency_delays_each_answer_but_not_many_at_once(server: Any) -> None:
    server.control("POST", "reset", {"latency_ms": 100})
    began = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: server.ask("/me").status, range(8)))
    assert statuses == [200] * 8
    assert 0.1 <= time.monotonic() - began < 0.7
    assert server.control("GET", "stats")["max_in_flight"] > 1


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
