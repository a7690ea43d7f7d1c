"""HTTP in the corners: targets with a host, HEAD, bodies that wait to be asked for, and what is no HTTP."""

import json
import re
import socket
from typing import Any

import pytest

from intercom_simulator.server.connection import origin_form

TOKEN = b"Authorization: Bearer simulator-token\r\n"
QUERY = json.dumps({"query": {"field": "created_at", "operator": ">", "value": 0}}).encode()


class Wire:
    """A connection on which bytes are written and read."""

    def __init__(self, server: Any) -> None:
        host, port = server.address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=10)

    def head(self) -> bytes:
        """Read to the end of a head, byte by byte, so that nothing behind it is taken."""
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            piece = self.socket.recv(1)
            if not piece:
                break
            received += piece
        return received

    def answer(self) -> tuple[bytes, bytes]:
        """Read head and body."""
        head, body = self.head(), b""
        (length,) = re.findall(rb"Content-Length: (\d+)", head) or [b"0"]
        while len(body) < int(length):
            body += self.socket.recv(int(length) - len(body))
        return head, body


@pytest.fixture
def wire(server: Any) -> Any:
    opened = Wire(server)
    yield opened
    opened.socket.close()


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/me", "/me"),
        ("http://api.intercom.io/me?a=b", "/me?a=b"),
        ("HTTPS://x:1/", "/"),
        ("http://x", "/"),
        ("http://x?next=http://y/z", "/?next=http://y/z"),
        ("/contacts?next=http://y/z", "/contacts?next=http://y/z"),
        ("ftp://x/y", "ftp://x/y"),
        ("*", "*"),
    ],
)
def test_a_target_may_name_scheme_and_host(target: str, path: str) -> None:
    assert origin_form(target) == path


def test_a_target_with_a_host_is_served(wire: Any) -> None:
    wire.socket.sendall(b"GET http://api.intercom.io/me HTTP/1.1\r\nHost: x\r\n" + TOKEN + b"\r\n")
    head, body = wire.answer()
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body)["type"] == "admin"


def test_head_is_answered_as_get_without_the_body(server: Any, wire: Any) -> None:
    whole = server.ask("/tags")
    version = b"Intercom-Version: 1.4\r\n"
    for path, status in ((b"/tags", b"200"), (b"/nothing", b"404"), (b"/tags", b"200")):
        wire.socket.sendall(b"HEAD " + path + b" HTTP/1.1\r\nHost: x\r\n" + version + TOKEN + b"\r\n")
        head = wire.head()
        assert head.startswith(b"HTTP/1.1 " + status)
    assert f"Content-Length: {len(whole.body)}\r\n".encode() in head
    assert [line["method"] for line in server.control("GET", "requests")] == ["GET", "HEAD", "HEAD", "HEAD"]


def test_a_body_that_waits_is_asked_for(wire: Any) -> None:
    length = b"Content-Length: %d\r\nContent-Type: application/json\r\n" % len(QUERY)
    head = b"POST /contacts/search HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
    wire.socket.sendall(head + length + TOKEN + b"\r\n")
    assert wire.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
    wire.socket.sendall(QUERY)
    head, body = wire.answer()
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body)["total_count"] == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: more\r\n\r\n", b"417 Expectation Failed"),
        (b"nonsense\r\n\r\n", b"400 Bad Request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"400 Bad Request"),
        (b"GET /me HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", b"400 Bad Request"),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414 "),
        (b"GET /me HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", b"400 Bad Request"),
        (
            b"POST /contacts/search HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"400 Bad Request",
        ),
        (
            b"POST /contacts/search HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            b"400 Bad Request",
        ),
        (
            b"POST /contacts/search HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" + b" " * 2_000_000,
            b"413 Request Entity Too Large",
        ),
    ],
)
def test_what_cannot_be_read_gets_a_page_without_a_traceback(wire: Any, sent: bytes, status: bytes) -> None:
    wire.socket.sendall(sent)
    head, body = wire.answer()
    assert re.match(rb"HTTP/1\.[01] " + status, head)
    assert b"Server: nginx\r\n" in head
    assert b"<h1>" + status in body
