"""Requests, responses and errors of the API, as values without HTTP."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import msgspec

JSON = "application/json; charset=utf-8"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the endpoints see it; of a repeated parameter the last value counts."""

    method: str
    path: str
    query: str
    segments: tuple[str, ...]
    pairs: list[tuple[str, str]]
    parameters: dict[str, str]
    host: str = "localhost"
    authorization: str | None = None
    version: str | None = None
    accept: str | None = None
    user_agent: str | None = None
    body: bytes = b""

    def with_parameters(self, **parameters: object) -> str:
        """Return this request's absolute URL, the named parameters moved to its end with these values."""
        pairs = [(name, value) for name, value in self.pairs if name not in parameters]
        query = urlencode([*pairs, *parameters.items()])
        return f"http://{self.host}{self.path}?{query}"


def read_request(method: str, target: str, *, body: bytes = b"", **headers: str | None) -> Request:
    """Read a request line's target (path and query) and the headers that matter."""
    path, _, query = target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True) if query else []
    segments = tuple(unquote(segment) for segment in path.strip("/").split("/"))
    return Request(
        method=method,
        path=path,
        query=query,
        segments=segments,
        pairs=pairs,
        parameters=dict(pairs),
        host=headers.get("host") or "localhost",
        authorization=headers.get("authorization"),
        version=headers.get("version"),
        accept=headers.get("accept"),
        user_agent=headers.get("user_agent"),
        body=body,
    )


class Response(msgspec.Struct, kw_only=True):
    """A response; `connection_fault` names a fault that the server applies when it sends it."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = {}
    connection_fault: str | None = None


class ApiError(Exception):
    """An error that ends a request with an error list, in Intercom's form."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def response(self, request_id: str) -> Response:
        """Return the response with the error list."""
        body = error_list(self.code, self.message, request_id)
        return Response(status=self.status, body=body, headers=self.headers)


def error_list(code: str, message: str, request_id: str) -> bytes:
    """Encode an error list, which is the same in every version of the API."""
    errors = [{"code": code, "message": message}]
    return msgspec.json.encode({"type": "error.list", "request_id": request_id, "errors": errors})


def envelope(kind: str, key: str, items: list[bytes], **more: Any) -> bytes:
    """Join encoded records into the body of a list: type, other fields, records."""
    head = msgspec.json.encode({"type": kind, **more})[:-1]
    return b"".join((head, b',"', key.encode(), b'":[', b",".join(items), b"]}"))
