"""The transport: sends one request over HTTP, once, and receives its answer. No other module imports aiohttp."""

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
except OSError as error:  # it opens the file of SSLKEYLOGFILE when it is imported
    raise ConfigError(
        f"the file for the keys of TLS cannot be written: {error.strerror}; "
        "correct SSLKEYLOGFILE, such as SSLKEYLOGFILE=/tmp/keys.log, or unset it"
    ) from None

LONGEST_CONNECT_SECONDS: Final = 30.0
# Longer than a window of the quota, so that connections are there for the next one, but shorter than a minute: load
# balancers close connections then, and a request on a connection that is being closed is lost.
KEEP_ALIVE_SECONDS: Final = 30.0
DNS_SECONDS: Final = 300
# Nothing of the configuration, since a proxy can read it. aiohttp adds the proxy's own password, from its URL.
PROXY_HEADERS: Final = {"User-Agent": USER_AGENT}
LARGEST_BODY: Final = 100_000_000  # bytes
LARGE_BODY: Final = 4_000_000  # bytes; larger bodies are received one at a time, since many would not fit into memory
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
    """An answer as it came; `headers` finds names in any case of letters.

    `body` is None if it was passed to a consumer.
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
        """`has_room()` is awaited before the rest of a large body is received, so that no more is held in memory."""
        self._config = config
        self._has_room = has_room
        self._proxy = proxy_of(config.base_url, getproxies())
        self._connect_seconds = min(LONGEST_CONNECT_SECONDS, config.request_timeout / 2)
        self._timeout = aiohttp.ClientTimeout(total=None, connect=self._connect_seconds)  # `send` limits the rest
        self._piecewise_timeout = aiohttp.ClientTimeout(
            total=None, connect=self._connect_seconds, sock_read=config.request_timeout
        )
        self._pooled: aiohttp.ClientSession
        self._unpooled: aiohttp.ClientSession
        self._large_body_lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        self._pooled = self._session(keepalive_timeout=KEEP_ALIVE_SECONDS)
        self._unpooled = self._session(force_close=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pooled.close()
        await self._unpooled.close()

    def _session(self, **connector_options: Any) -> aiohttp.ClientSession:
        """Return a session, which has no limit of connections: the request queue limits the requests in flight.

        It has no headers: aiohttp would send those of a session to the proxy as well, Authorization as
        Proxy-Authorization. It has no trust_env: aiohttp would look for a proxy in the environment at every request,
        and for another token in ~/.netrc.
        """
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=DNS_SECONDS, **connector_options),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(prevent_resend,),
        )

    def _headers(self, request: Request, url: str) -> dict[str, str]:
        """Return the headers of a request, with the token only if it goes to `base_url`."""
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
        self, request: Request, url: str, consumer: BodyConsumer | None = None, *, keep: bool = True
    ) -> RawAnswer | Failure:
        """Send a request once to `url`; follow no redirect. A Failure is returned, not raised.

        With `keep` it uses a connection of the pool, otherwise one of its own. The body of a good answer goes to the
        `consumer`, if there is one: it may be of any length and take any time, as long as no piece takes longer than
        the timeout. Raises ContractError for any other body of more than LARGEST_BODY bytes, and what the consumer
        raises, but for InvalidBody.
        """
        headers: Mapping[str, str] = {}
        try:
            async with asyncio.timeout(self._config.request_timeout if consumer is None else None) as timer:
                response = await self._send(request, url, is_piecewise=consumer is not None, keep=keep)
                headers = response.headers
                try:
                    if consumer is not None and HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                        await pass_body_on(response, consumer)
                        return RawAnswer(response.status, headers, None)
                    return RawAnswer(response.status, headers, await self._receive(response, request.path, timer))
                finally:
                    response.release()
        except InvalidBody as error:
            return UnreadableAnswer(str(error), request_id=request_id_of(headers))
        except (aiohttp.ClientError, ConnectionBroken, OSError, UnicodeError) as error:
            # Not raised: aiohttp's errors hold the request's headers, with the token, and must not be printed.
            failure = self._explain(error)
            failure.request_id = request_id_of(headers)
            return failure

    async def _send(self, request: Request, url: str, *, is_piecewise: bool, keep: bool) -> aiohttp.ClientResponse:
        """Send a request; return its answer as far as its headers have come."""
        return await (self._pooled if keep else self._unpooled).request(
            request.method,
            URL(url, encoded=True),
            data=request.body,
            headers=self._headers(request, url),
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=PROXY_HEADERS,
            timeout=self._piecewise_timeout if is_piecewise else self._timeout,
        )

    async def _receive(self, response: aiohttp.ClientResponse, path: str, timer: asyncio.Timeout) -> bytes:
        """Return the body; most have come completely by the time their headers are read.

        A large one waits until no other is received and there is room for it. The timeout does not count that time,
        since the server does not cause it.
        """
        body = await response.content.readany()
        if response.content.at_eof():
            return body
        received = BytesIO()  # gives its bytes without a copy
        received.write(body)
        if await _fill(received, response, LARGE_BODY):
            return received.getvalue()
        timer.reschedule(None)
        async with self._large_body_lock:
            await self._has_room()
            timer.reschedule(asyncio.get_running_loop().time() + self._config.request_timeout)
            if await _fill(received, response, LARGEST_BODY):
                return received.getvalue()
        with naming_request(request_id_of(response.headers)):
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
    """Keep aiohttp from repeating a request by itself when its connection breaks.

    It would do so once for the methods that are idempotent in HTTP; the rate limiter would not know of it, and a
    scroll would move on by two pages.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise ConnectionBroken from error


async def pass_body_on(response: aiohttp.ClientResponse, consumer: BodyConsumer) -> None:
    """Pass the body of an answer to a consumer as it comes."""
    async for piece in response.content.iter_any():
        await consumer.take(piece)
    await consumer.finish()


async def _fill(received: BytesIO, response: aiohttp.ClientResponse, most: int) -> bool:
    """Receive the rest of a body, up to about `most` bytes in all; say whether it is complete."""
    async for piece in response.content.iter_any():
        received.write(piece)
        if received.tell() > most:
            return False
    return True
