"""Injected faults: what goes wrong with requests, at random by rate or scripted for the n-th request."""

from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from intercom_simulator.protocol.responses import JSON, Request, Response, error_list
from intercom_simulator.store.randomness import random_for

HTML = "text/html; charset=utf-8"
NGINX = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)

FaultMoment = Literal["before", "after"]
FaultScope = Literal["anywhere", "scroll continuation", "conversation", "contact"]


class Fault(msgspec.Struct, frozen=True):
    """A kind of fault.

    `moment`: `before`, the request is not processed and a scroll stays where it was; `after`, it is processed, but its
    response is damaged. `scope` says which requests it can hit.
    """

    moment: FaultMoment
    description: str
    scope: FaultScope = "anywhere"


FAULTS: dict[str, Fault] = {
    "http-429": Fault("before", "429 rate_limit_exceeded with X-RateLimit headers"),
    "http-429-bare": Fault("before", "429 without any of these headers"),
    "http-500": Fault("before", "500 server_error"),
    "http-502-html": Fault("before", "502 as an HTML page"),
    "http-503": Fault("before", "503 service_unavailable"),
    "http-504-html": Fault("after", "504 as an HTML page; the request was processed"),
    "http-401-token": Fault("before", "401 unauthorized, Access Token Invalid"),
    "http-403": Fault("before", "403 forbidden"),
    "empty-200": Fault("after", "200 with an empty body"),
    "null-200": Fault("after", "200 with the body null"),
    "html-200": Fault("after", "200 with an HTML page"),
    "cut-off-json": Fault("after", "200 whose JSON ends early, Content-Length to match"),
    "cut-off-body": Fault("after", "the connection closes before Content-Length bytes are sent"),
    "reset-before": Fault("after", "the connection closes before any byte is sent"),
    "reset-in-headers": Fault("after", "the connection closes in the middle of the headers"),
    "slow-body": Fault("after", "the body comes in pieces, slowly"),
    "control-characters": Fault("after", "raw control bytes inside a JSON string"),
    "scroll-500": Fault(
        "before", "500 'Please restart the scroll operation'; the scroll is dead", "scroll continuation"
    ),
    "scroll-expired": Fault("before", "404 'scroll parameter not found'; the scroll is gone", "scroll continuation"),
    "scroll-short": Fault(
        "before", "60 records of the scroll's next page are deleted, which has only the others", "scroll continuation"
    ),
    "scroll-empty": Fault(
        "before", "all records of the scroll's next page are deleted, which is empty", "scroll continuation"
    ),
    "gone-404": Fault("before", "the conversation is deleted before it is fetched", "conversation"),
    "merged-410": Fault(
        "before", "the contact is merged into a user before it is asked for: 410 with a Link from 2.16 on", "contact"
    ),
}


FaultName = Annotated[str, Meta(pattern=f"^({'|'.join(FAULTS)})$")]


class ScriptedFault(msgspec.Struct, forbid_unknown_fields=True):
    """A fault for certain requests: the `nth` one from now whose path (or path?query) matches, and `times` in a row."""

    fault: FaultName
    path: str = "*"
    nth: Annotated[int, Meta(ge=1)] = 1
    times: Annotated[int, Meta(ge=1)] = 1
    seen: int = 0


class Faults:
    """Chooses the fault of each request, and counts them."""

    def __init__(self, seed: int, rates: dict[str, float]) -> None:
        self._random = random_for(seed, "faults")
        self.rates = dict(rates)
        self.script: list[ScriptedFault] = []
        self.counts: dict[str, int] = {}

    def choose(self, request: Request) -> str | None:
        """Return the name of the fault that hits this request, if any."""
        name = self._scripted(request) or self._random_fault(request)
        if name is not None:
            self.counts[name] = self.counts.get(name, 0) + 1
        return name

    def _scripted(self, request: Request) -> str | None:
        found = None
        for scripted in self.script:
            if _matches(scripted.path, request) and _fits(FAULTS[scripted.fault], request):
                scripted.seen += 1
                if found is None and scripted.nth <= scripted.seen < scripted.nth + scripted.times:
                    found = scripted.fault
        return found

    def _random_fault(self, request: Request) -> str | None:
        chance = self._random.random()
        for name, rate in self.rates.items():
            if chance < rate:
                return name if _fits(FAULTS[name], request) else None
            chance -= rate
        return None


def _matches(pattern: str, request: Request) -> bool:
    return fnmatchcase(request.path, pattern) or fnmatchcase(f"{request.path}?{request.query}", pattern)


def _fits(fault: Fault, request: Request) -> bool:
    if fault.scope == "scroll continuation":
        return request.segments[-1] == "scroll" and bool(request.parameters.get("scroll_param"))
    if fault.scope == "conversation":
        return len(request.segments) == 2 and request.segments[0] == "conversations"  # noqa: PLR2004 - /conversations/{id}
    if fault.scope == "contact":
        return request.method == "GET" and len(request.segments) > 1 and request.segments[0] == "contacts"
    return True


_ERRORS: dict[str, tuple[int, str, str]] = {
    "http-500": (500, "server_error", "Unknown server error"),
    "http-503": (503, "service_unavailable", "Sorry, the API service is temporarily unavailable"),
    "http-401-token": (401, "unauthorized", "Access Token Invalid"),
    "http-403": (403, "forbidden", "You do not have the required scope to access this resource"),
    "scroll-500": (
        500,
        "server_error",
        "Request failed due to an internal network error. Please restart the scroll operation.",
    ),
    "scroll-expired": (404, "not_found", "scroll parameter not found"),
}
_PAGES = {
    "http-502-html": (502, "502 Bad Gateway"),
    "http-504-html": (504, "504 Gateway Time-out"),
    "html-200": (200, "Intercom"),
}
_BODIES = {"empty-200": b"", "null-200": b"null"}
KEPT_RECORDS = {"scroll-short": 40, "scroll-empty": 0}  # of a page of a scroll
CONNECTION_FAULTS = ("cut-off-body", "reset-before", "reset-in-headers", "slow-body")


def apply_fault(name: str, response: Response, request_id: str) -> Response:
    """Return the response as the fault leaves it; a fault before the work gets an empty response."""
    if name in _ERRORS:
        status, code, message = _ERRORS[name]
        return Response(status=status, body=error_list(code, message, request_id), headers=response.headers)
    if name in _PAGES:
        status, title = _PAGES[name]
        return Response(status=status, body=NGINX.format(title).encode(), content_type=HTML, headers=response.headers)
    if response.status != 200:  # noqa: PLR2004 - only a good answer can be spoilt further
        return response
    if name in _BODIES:
        response.body = _BODIES[name]
    elif name == "cut-off-json" and response.content_type == JSON:
        response.body = response.body[: max(1, len(response.body) * 2 // 3)]
    elif name == "control-characters":
        response.body = _with_control_characters(response.body)
    elif name in CONNECTION_FAULTS:
        response.connection_fault = name
    return response


def _with_control_characters(body: bytes) -> bytes:
    head, colon, tail = body.rpartition(b':"')
    return head + colon + b"\x0b\x1f" + tail if colon else body
