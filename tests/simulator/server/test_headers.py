"""Headers of an answer, which equal those of Intercom, and its compression."""

import gzip
import http.client
import json
from typing import Any

import pytest

from intercom_simulator.protocol.responses import Response
from intercom_simulator.server.headers import added_headers, compressed

ASKED = {"Authorization": "Bearer simulator-token"}
LONG = b'{"a": "' + b"b" * 2000 + b'"}'


def ask(server: Any, path: str, **more: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(server.address, timeout=10)
    try:
        connection.request("GET", path, headers={**ASKED, **{name.replace("_", "-"): more[name] for name in more}})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_an_answer_has_the_headers_of_intercom(server: Any) -> None:
    answer, body = ask(server, "/tags")
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "max-age=0, private, must-revalidate"
    assert answer.headers["Status"] == "200 OK"
    assert len(answer.headers["X-Intercom-Version"]) == 40
    assert answer.headers["X-Request-Id"]
    again, same = ask(server, "/tags")
    assert (again.headers["ETag"], same) == (answer.headers["ETag"], body)
    assert again.headers["X-Request-Id"] != answer.headers["X-Request-Id"]
    assert ask(server, "/teams")[0].headers["ETag"] != answer.headers["ETag"]


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/users", 400), ("/contacts/none", 404)])
def test_an_error_names_the_request_that_its_header_names(server: Any, path: str, status: int) -> None:
    answer, body = ask(server, path)
    assert answer.status == status
    assert answer.headers["X-Request-Id"] == json.loads(body)["request_id"]
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "ETag" not in answer.headers
    refused, body = ask(server, path, Authorization="Bearer wrong")
    assert refused.headers["X-Request-Id"] == json.loads(body)["request_id"]


def test_a_page_of_the_proxy_has_no_headers_of_intercom(server: Any) -> None:
    server.control("POST", "faults", {"script": [{"fault": "http-502-html"}]})
    answer, _ = ask(server, "/tags")
    assert answer.status == 502
    assert not {"X-Request-Id", "ETag", "X-Intercom-Version", "Cache-Control"} & set(answer.headers)


def test_whoever_accepts_gzip_gets_it(server: Any) -> None:
    plain, body = ask(server, "/contacts")
    assert "Content-Encoding" not in plain.headers
    packed, short = ask(server, "/contacts", Accept_Encoding="gzip, deflate")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(short) == body
    assert len(short) < len(body) / 2
    assert int(packed.headers["Content-Length"]) == len(short)
    server.control("POST", "switches", {"compression": "none"})
    assert ask(server, "/contacts", Accept_Encoding="gzip")[1] == body


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZip;q=0.5", True),
        ("*", True),
        ("deflate, gzip;q=1.0", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("identity", False),
        ("", False),
        (None, False),
    ],
)
def test_what_a_client_accepts_decides(accepted: str | None, packed: bool) -> None:
    body, header = compressed(LONG, accepted)
    assert header == ({"Content-Encoding": "gzip"} if packed else {})
    assert (gzip.decompress(body) if packed else body) == LONG
    assert compressed(b"short", accepted) == (b"short", {})


def test_a_file_is_no_answer_of_the_application() -> None:
    assert added_headers(Response(content_type="text/plain", body=b"a")) == {"Vary": "Accept-Encoding"}
