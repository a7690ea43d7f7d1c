"""The only module that knows the HTTP library: carries a request to Intercom once, and its answer back."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from io import BytesIO
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from urllib.request import getproxies

from yarl import URL

from tap_intercom.api.responses import request_id_of
from tap_intercom.api.retry import Failure, UnreadableAnswer
from tap_intercom.api.types import BodyConsumer, InvalidBody, Request
from tap_intercom.api.url import proxy_of
from tap_intercom.config.config import Config
from tap_intercom.config.settings import DEFAULT_API_VERSION, USER_AGENT
from tap_intercom.errors import ConfigError, ContractError, naming_request

try:
    import aiohttp
except OSError as error:  # it sets TLS up at once
    raise ConfigError(
        f"the file for the keys of TLS cannot be written: {error.strerror}; "
        "correct SSLKEYLOGFILE, such as SSLKEYLOGFILE=/tmp/keys.log, or unset it"
    ) from None

LONGEST_CONNECT_SECONDS: Final = 30.0
# Longer than a window of the quota, so that the next one finds its connections; shorter than the minute after which
# load balancers hang up: a request that meets the hanging up is lost.
KEEP_ALIVE_SECONDS: Final = 30.0
DNS_SECONDS: Final = 300
# Nothing of the configuration: a proxy reads it in clear. Its own password, in its URL, aiohttp adds.
TO_THE_PROXY: Final = {"User-Agent": USER_AGENT}
LARGEST_BODY: Final = 100_000_000
LARGE_BODY: Final = 4_000_000  # of what is longer, one at a time is received: that many would not fit into memory
# What to do about a certificate, by the code that OpenSSL gives it (openssl-verification-options(1)).
_TOO_EARLY, _TOO_LATE, _OTHER_HOST, _OTHER_ADDRESS = 9, 10, 62, 64
_RENEW_CERTIFICATE: Final = "see whether this machine's clock is right; if it is, whoever runs the server must renew it"
_CORRECT_HOST: Final = 'correct base_url (for example "base_url": "https://api.intercom.io")'
_CORRECT_NAME: Final = "correct base_url: it must have the name that the certificate is for"
_ADD_AUTHORITY: Final = "have SSL_CERT_FILE name a file with the certificate authority of your network"
_REMEDIES: Final = {
    _TOO_EARLY: _RENEW_CERTIFICATE,
    _TOO_LATE: _RENEW_CERTIFICATE,
    _OTHER_HOST: _CORRECT_NAME,
    _OTHER_ADDRESS: _CORRECT_NAME,
}


class RawAnswer(NamedTuple):
    """What came back; the names of headers are found in any case of letters.

    `body` is None where it was handed on as it came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class Transport:
    """Connections to Intercom's host and no other, as an async context manager.

    A server that serves one connection after the other serves nobody else while one is kept in the pool: with such a
    server, 40 requests, four at once, took 123 s with a pool and 0.1 s without.
    """

    def __init__(self, config: Config, has_room: Callable[[], Awaitable[None]]) -> None:
        """Await `has_room()` before a large answer is received: what cannot be written on stays in memory."""
        self._config = config
        self._has_room = has_room
        self._proxy = proxy_of(config.base_url, getproxies())
        self._connect_seconds = min(LONGEST_CONNECT_SECONDS, config.request_timeout / 2)
        self._timeout = aiohttp.ClientTimeout(total=None, connect=self._connect_seconds)  # the rest: see carry
        self._timeout_of_a_piece = aiohttp.ClientTimeout(
            total=None, connect=self._connect_seconds, sock_read=config.request_timeout
        )
        self._pooled: aiohttp.ClientSession
        self._unpooled: aiohttp.ClientSession
        self._large = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._pooled = self._session(keepalive_timeout=KEEP_ALIVE_SECONDS)
        self._unpooled = self._session(force_close=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pooled.close()
        await self._unpooled.close()

    def _session(self, **connections: Any) -> aiohttp.ClientSession:
        """Prepare connections of one sort; no two sorts differ in what they trust.

        The session has no headers of its own: aiohttp sends those of a session to the proxy as well, Authorization as
        Proxy-Authorization. trust_env would look for a proxy in the environment at every request, and for another
        token in ~/.netrc.
        """
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._config.max_concurrency, ttl_dns_cache=DNS_SECONDS, **connections
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(prevent_resend,),
        )

    def _headers(self, request: Request, url: str) -> dict[str, str]:
        """Return the headers of a request; only where it goes to `base_url`, the token is among them."""
        headers = {
            "Accept": request.accept or "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Intercom-Version": self._config.api_version or DEFAULT_API_VERSION,
            "User-Agent": self._config.user_agent,
        }
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if url.startswith(f"{self._config.base_url}/"):
            headers["Authorization"] = f"Bearer {self._config.access_token}"
        return headers

    async def send(
        self, request: Request, url: str, intake: BodyConsumer | None = None, *, keep: bool = True
    ) -> RawAnswer | Failure:
        """Send a request exactly once to `url`, its address, and follow no redirect.

        Unless it is to `keep` the connection in the pool, the request has one of its own.
        The body of a good answer goes to the `intake`, where there is one: it may be of any length and take any time,
        as long as something comes within the timeout. Raises ContractError for any other answer of more than
        LARGEST_BODY bytes, and what the intake raises, except InvalidBody.
        """
        told: Mapping[str, str] = {}
        try:
            async with asyncio.timeout(self._config.request_timeout if intake is None else None) as timer:
                response = await self._send(request, url, is_piecewise=intake is not None, keep=keep)
                told = response.headers
                try:
                    if intake is None or not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                        with naming_request(request_id_of(told)):
                            return RawAnswer(response.status, told, await self._receive(response, request.path, timer))
                    await pass_body_on(response, intake)
                    return RawAnswer(response.status, told, None)
                finally:
                    response.release()
        except InvalidBody as garbled:
            return UnreadableAnswer(str(garbled), request_id=request_id_of(told))
        except (aiohttp.ClientError, ConnectionBroken, OSError, UnicodeError) as error:
            # Returned and not raised: nobody may print what aiohttp's errors hold, the token among it.
            failure = self._explain(error)
            failure.request_id = request_id_of(told)
            return failure

    async def _send(self, request: Request, url: str, *, is_piecewise: bool, keep: bool) -> aiohttp.ClientResponse:
        """Send a request; return what came of it up to its headers."""
        return await (self._pooled if keep else self._unpooled).request(
            request.method,
            URL(url, encoded=True),
            data=request.body,
            headers=self._headers(request, url),
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=TO_THE_PROXY,
            timeout=self._timeout_of_a_piece if is_piecewise else self._timeout,
        )

    async def _receive(self, response: aiohttp.ClientResponse, path: str, timer: asyncio.Timeout) -> bytes:
        """Return the body; most are there whole by the time their headers are read.

        A large one waits until no other is received and there is room for it. That counts for no timeout: it is not the
        server's fault.
        """
        body = await response.content.readany()
        if response.content.at_eof():
            return body
        received = BytesIO()  # which gives its bytes without a copy of them
        received.write(body)
        if await _fill(received, response, LARGE_BODY):
            return received.getvalue()
        timer.reschedule(None)
        async with self._large:
            await self._has_room()
            timer.reschedule(asyncio.get_running_loop().time() + self._config.request_timeout)
            if await _fill(received, response, LARGEST_BODY):
                return received.getvalue()
        raise ContractError(
            f"Intercom's answer to {path} has more than {LARGEST_BODY:,} bytes; deselect the stream, and report it."
        )

    def _explain(self, error: Exception) -> Failure:
        match error:
            case aiohttp.ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as doubt):
                reason = f"a TLS certificate that is not trusted ({doubt.verify_message.rstrip('.')})"
                return Failure(reason, sent=False, remedy=_REMEDIES.get(doubt.verify_code, _ADD_AUTHORITY))
            case aiohttp.InvalidURL() | UnicodeError():
                return Failure("no host of that name can be", sent=False, remedy=_CORRECT_HOST)
            case aiohttp.ConnectionTimeoutError():
                return Failure(f"no connection within {self._connect_seconds:g} s", sent=False)
            case aiohttp.ClientHttpProxyError(status=status):
                return Failure(f"no connection (the proxy answered {status})", sent=False)
            case aiohttp.ClientConnectorError():
                return Failure(f"no connection ({error.os_error.strerror or 'unknown host'})", sent=False)
            case TimeoutError():
                reason = f"no answer within {self._config.request_timeout:g} s"
            case aiohttp.ClientPayloadError():
                reason = "an answer that was cut off"
            case aiohttp.ClientResponseError():
                reason = "an answer that is not HTTP"
            case _:
                reason = "a broken connection"
        return Failure(reason)


class ConnectionBroken(Exception):
    """The connection broke while an answer was awaited."""


async def prevent_resend(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request again by itself when its connection breaks.

    It does so once for the methods that are idempotent in HTTP; the quota would not know of it, and a scroll would
    move on by two pages.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ConnectionBroken from error


async def pass_body_on(response: aiohttp.ClientResponse, intake: BodyConsumer) -> None:
    """Hand the body on as it comes."""
    async for piece in response.content.iter_any():
        await intake.take(piece)
    await intake.finish()


async def _fill(received: BytesIO, response: aiohttp.ClientResponse, most: int) -> bool:
    """Add the rest of a body, as long as it is no more than so many bytes; say whether it has ended."""
    async for piece in response.content.iter_any():
        received.write(piece)
        if received.tell() > most:
            return False
    return True
