"""Everything that can happen to a request, told in words, and what it does to the answer."""

import asyncio
import gzip
import json
import time
from collections.abc import Callable
from typing import Any

from fault_matrix.proxy import REQUEST_ID, Ask, Fault, Reply, edited
from scripted_server import Act, Asked, answer, raw, reset, stall

HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
JSON = {"Content_Type": "application/json; charset=utf-8", "X_Request_Id": REQUEST_ID}
HUGE = 101_000_000
PIECE = b"a" * 1_000_000
Make = Callable[[], Fault]


def always(act: Callable[[], Act]) -> Make:
    """Answer so whatever was asked, which the server does not hear of."""

    async def fault(_: Ask) -> Act:
        return act()

    return lambda: fault


def instead(change: Callable[[Reply], Act | Reply]) -> Make:
    """Let the server answer, and send something else."""

    async def fault(ask: Ask) -> Act:
        changed = change(await ask())
        return changed.act() if isinstance(changed, Reply) else changed

    return lambda: fault


def repeated() -> Fault:
    """Answer every request with what the first one got."""
    kept: list[Reply] = []

    async def fault(ask: Ask) -> Act:
        if not kept:
            kept.append(await ask())
        return kept[0].act()

    return fault


def refusal(status: int, code: str, message: str, **headers: str) -> Make:
    body = {"type": "error.list", "request_id": REQUEST_ID, "errors": [{"code": code, "message": message}]}
    return always(lambda: answer(json.dumps(body).encode(), status, **JSON, **headers))


def with_headers(**headers: str) -> Make:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return instead(lambda reply: Reply(reply.status, {**reply.headers, **told}, reply.body))


def with_body(change: Callable[[bytes], bytes], **headers: str) -> Make:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return instead(lambda reply: Reply(reply.status, {**reply.headers, **told}, change(reply.body)))


def with_quota(limit: str, remaining: str, until: Callable[[], str]) -> Make:
    return instead(
        lambda reply: Reply(
            reply.status,
            {
                **reply.headers,
                "X-RateLimit-Limit": limit,
                "X-RateLimit-Remaining": remaining,
                "X-RateLimit-Reset": until(),
            },
            reply.body,
        )
    )


def used_up() -> Act:
    """Say that the quota is used up until the next second."""
    left = {"X_RateLimit_Limit": "166", "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": str(int(time.time()))}
    return answer(b'{"type":"error.list","errors":[{"code":"rate_limit_exceeded"}]}', 429, **JSON, **left)


def endless(reply: Reply) -> Act:
    async def act(writer: asyncio.StreamWriter, _: Asked) -> None:
        writer.write(reply.head(length=10**9))
        while not writer.is_closing():
            writer.write(b" " * 1000)
            await writer.drain()
            await asyncio.sleep(0.01)

    return act


def trickling(reply: Reply) -> Act:
    """Send a body a little at a time."""

    async def act(writer: asyncio.StreamWriter, _: Asked) -> None:
        writer.write(reply.head())
        size = len(reply.body) // 10 + 1
        for start in range(0, len(reply.body), size):
            writer.write(reply.body[start : start + size])
            await writer.drain()
            await asyncio.sleep(0.01)

    return act


def huge(reply: Reply) -> Act:
    async def act(writer: asyncio.StreamWriter, _: Asked) -> None:
        writer.write(reply.head(length=HUGE + 8) + b'{"a": "')
        for _ in range(HUGE // len(PIECE)):
            writer.write(PIECE)
            await writer.drain()
        writer.write(b'"}')

    return act


def soiled(body: bytes) -> bytes:
    """Put a raw control character into the first text that has a blank."""
    start = body.index(b" ", 20) if b" " in body[20:] else len(body)
    return body[:start] + b"\x01" + body[start:] if start < len(body) else body


def unquoted(reply: Reply) -> Reply:
    kept = {name: value for name, value in reply.headers.items() if not name.lower().startswith("x-ratelimit")}
    return Reply(reply.status, kept, reply.body)


def elsewhere(origin: str) -> Callable[[Reply], Reply]:
    """Let the next page be somewhere else."""

    def move(document: dict[str, Any]) -> None:
        pages = document.get("pages")
        if isinstance(pages, dict) and isinstance(pages.get("next"), str):
            pages["next"] = origin + pages["next"].partition("//")[2].partition("/")[2]

    return lambda reply: edited(reply, move) if reply.body.startswith(b"{") else reply


FAULTS: dict[str, Make] = {
    "429 with the headers of the quota": always(used_up),
    "429 without them": refusal(429, "rate_limit_exceeded", "Exceeded rate limit", Retry_After="1"),
    "500": refusal(500, "server_error", "Server Error"),
    "502 as HTML": always(lambda: answer(HTML, 502, Content_Type="text/html")),
    "503": refusal(503, "service_unavailable", "Service Unavailable"),
    "504 as HTML, after the work": instead(lambda _: answer(HTML, 504, Content_Type="text/html")),
    "200 without a body": instead(lambda _: answer(b"", X_Request_Id=REQUEST_ID)),
    "200 with `null`": instead(lambda _: answer(b"null", **JSON)),
    "200 with HTML": instead(lambda _: answer(HTML, Content_Type="text/html", X_Request_Id=REQUEST_ID)),
    "JSON that ends early": with_body(lambda body: body[: len(body) // 2]),
    "a control character in a text": with_body(soiled),
    "another content type": with_headers(Content_Type="text/plain"),
    "another charset": with_headers(Content_Type="application/json; charset=utf-16"),
    "compression that ends early": with_body(lambda body: gzip.compress(body)[:-20], Content_Encoding="gzip"),
    "compression that is none": with_headers(Content_Encoding="gzip"),
    "the connection breaks before the answer": always(reset),
    "the connection breaks in the headers": instead(lambda reply: raw(reply.head()[:40])),
    "the connection breaks in the body": instead(lambda reply: raw(reply.head() + reply.body[:20])),
    "no answer": instead(lambda _: stall(b"")),
    "a body that trickles": instead(trickling),
    "a body without end": instead(endless),
    "deeply nested JSON": with_body(lambda _: b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a body of more than 100 MB": instead(huge),
    "a redirect to another host": always(lambda: answer(b"", 302, Location="https://attacker.example/")),
    "a next page at another host": instead(elsewhere("http://attacker.example/")),
    "a next page over another scheme": instead(elsewhere("https://127.0.0.1/")),
    "the same answer again and again": repeated,
    "400, somebody else scrolls": refusal(400, "scroll_exists", "scroll already exists for this workspace"),
    "401, the token was revoked": refusal(401, "unauthorized", "Access Token Invalid"),
    "403, no permission": refusal(403, "forbidden", "Not permitted"),
    "404": refusal(404, "not_found", "Resource Not Found"),
    "404, the scroll has expired": refusal(404, "not_found", "scroll parameter not found"),
    "409": refusal(409, "conflict", "Conflict"),
    "410": refusal(410, "gone", "Gone"),
    "422": refusal(422, "unprocessable_entity", "Unprocessable"),
    "500, the scroll is broken": refusal(500, "server_error", "Please restart the scroll operation"),
    "no headers of the quota": instead(unquoted),
    "a quota that ended in 1970": with_quota("1000", "0", lambda: "0"),
    "a quota without sense": with_quota("-7", "many", lambda: "soon"),
}

# Nothing that comes in these has Intercom's id of the request.
NAMELESS = {
    "502 as HTML",
    "504 as HTML, after the work",
    "the connection breaks before the answer",
    "the connection breaks in the headers",
    "no answer",
    "a redirect to another host",
}
