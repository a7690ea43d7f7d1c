"""A connection: HTTP in the corners that the endpoints do not see, answered as the nginx before Intercom answers."""

import asyncio
from http import HTTPStatus

from aiohttp import HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from intercom_simulator.server.faults import HTML, NGINX

UNREADABLE = (HttpProcessingError, web.RequestPayloadError)


class Connection(web.RequestHandler):
    """Answers what is no HTTP with an error page, and closes."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the page for a request that cannot be read; other errors are mistakes of the simulator."""
        if not isinstance(exc, UNREADABLE):
            return super().handle_error(request, status, exc, message)
        is_long = isinstance(exc, LineTooLong)
        response = error_page(HTTPStatus.REQUEST_URI_TOO_LONG if is_long else HTTPStatus.BAD_REQUEST)
        response.force_close()
        return response

    def log_exception(self, *words: object, **options: object) -> None:
        """Log a mistake of the simulator, but not one of the client."""
        if not isinstance(options.get("exc_info"), UNREADABLE):
            super().log_exception(*words, **options)


class HttpServer(web.Server):
    """Makes a connection for each client that connects."""

    def __call__(self) -> web.RequestHandler:
        """Return the protocol of a new connection."""
        return Connection(self, loop=asyncio.get_running_loop())


def error_page(status: HTTPStatus) -> web.Response:
    """Return an error as an HTML page."""
    body = NGINX.format(f"{status.value} {status.phrase}").encode()
    return web.Response(status=status, body=body, headers={"Content-Type": HTML, "Server": "nginx"})


async def read_body(request: web.BaseRequest) -> bytes | web.Response:
    """Read the body, and ask for it if the client waits (`Expect: 100-continue`); return a page where that fails."""
    expected = request.headers.get("Expect", "").lower()
    if expected not in ("", "100-continue"):
        return error_page(HTTPStatus.EXPECTATION_FAILED)
    if expected and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun
    try:
        return await request.read() if request.can_read_body else b""
    except web.HTTPRequestEntityTooLarge:
        return error_page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def origin_form(target: str) -> str:
    """Return path and query of a request's target, which may name scheme and host as well (RFC 9112, 3.2.2)."""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        return target
    authority_end = min((place for place in (rest.find("/"), rest.find("?")) if place >= 0), default=len(rest))
    return rest[authority_end:] if rest[authority_end:].startswith("/") else f"/{rest[authority_end:]}"
