"""What a proxy and other hosts are sent, byte for byte: where to connect to, its own password, and never the token."""

import asyncio
import base64
import itertools
import json
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from clients import story
from conftest import Output, Simulator
from proxy_network import TOKEN, NetworkShell, Proxy, Relay
from scripted_server import Asked, ScriptedServer, answer
from tap_intercom import __version__
from tap_intercom.api.transport import RawAnswer, Transport
from tap_intercom.api.types import Request
from tap_intercom.config.config import Config
from tap_intercom.config.parsers import read_date_time

TAGS = answer(b'{"type":"tag.list","tags":[{"type":"tag","id":"1","name":"blue"}]}')
USER_AGENT = "somebody@example.com"  # of the configuration, so for Intercom alone
USERS = ["", "user:password@", "user@", ":password@", f"us%40er:{'p' * 300}@"]
FOLLOWED = ["HTTPS_PROXY", "https_proxy"]
NOT_FOLLOWED = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
EXPORTS = ("message_content_export", "reporting_exports")
# What the command is run for: its arguments, its streams, and its version of the API.
ERRANDS: dict[str, tuple[list[str], tuple[str, ...], str]] = {
    "sync of 1.4": ([], ("tags", "users", "companies", "conversations", "conversation_parts"), "1.4"),
    "sync of 2.16": ([], ("tags", "contacts", "companies", "conversation_parts", "tickets"), "2.16"),
    "exports": ([], EXPORTS, "2.16"),
    "--test of 1.4": (["--test"], (), "1.4"),
    "--test": (["--test"], (), "2.16"),
    "--discover": (["--discover"], (), "2.16"),
}
REDIRECTS = [301, 302, 303, 307, 308]
REFUSALS = {
    "403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    "407": b'HTTP/1.1 407 Who?\r\nProxy-Authenticate: Bearer realm="x"\r\nContent-Length: 0\r\n\r\n',
    "302": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
    "no HTTP": b"\x00",
}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def desk(tmp_path: Path, authority: trustme.CA) -> NetworkShell:
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    return NetworkShell(tmp_path, {"SSL_CERT_FILE": str(bundle)})


async def call(desk: NetworkShell, errand: str, url: str, variables: Mapping[str, str], **settings: Any) -> Output:
    """Run the command for an errand at `url`, by way of what the variables say."""
    arguments, streams, version = ERRANDS[errand]
    given = {"user_agent": USER_AGENT, "start_date": "2026-08-01", "reporting_datasets": ["conversation"], **settings}
    variables = {**variables, **desk.trust}
    if arguments:
        return await desk.call(*arguments, variables=variables, base_url=url, api_version=version, **given)
    return await desk.sync(url, variables, *streams, api_version=version, **given)


def tunnels_to(port: int, user: str) -> set[bytes]:
    """Return all that a proxy may be sent: where to, the program's name, and the user and password of its own URL.

    A connection for one request alone says so.
    """
    lines = [
        f"CONNECT 127.0.0.1:{port} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"User-Agent: tap-intercom/{__version__}",
        "Accept: */*",
        "Accept-Encoding: gzip, deflate",
    ]
    proof = []
    if user:
        name, _, password = user.removesuffix("@").replace("%40", "@").partition(":")
        proof = [f"Proxy-Authorization: Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"]
    return {"\r\n".join([*lines, *more, "", ""]).encode() for more in (proof, [*proof, "Connection: close"])}


def combined(*axes: Iterable[str | int]) -> list[Any]:
    """Combine the values of all axes: each value comes in every run of the tests, each combination in a long one."""
    values = [list(axis) for axis in axes]
    short = {tuple(axis[i % len(axis)] for axis in values) for i in range(max(map(len, values)))}
    return [
        pytest.param(*each, marks=[] if each in short else [pytest.mark.soak]) for each in itertools.product(*values)
    ]


@pytest.mark.parametrize(
    ("errand", "variable", "user", "gives"),
    combined(ERRANDS, FOLLOWED, USERS, ["access_token", "access_token_file", "ENV"]),
)
def test_no_command_sends_a_proxy_more_than_where_to_and_its_own_password(  # noqa: PLR0913 - all that may differ
    desk: NetworkShell, tls: ssl.SSLContext, simulator: Simulator, *, errand: str, variable: str, user: str, gives: str
) -> None:
    async def meet() -> Output:
        plain = int(simulator.url.rpartition(":")[2])
        async with Relay(plain, tls) as server, Proxy(server.port, user=user) as proxy:
            output = await call(desk, errand, server.url, {variable: proxy.url}, gives=gives)
        assert proxy.heads, output.stderr
        assert set(proxy.heads) <= tunnels_to(server.port, user)
        return output

    simulator.reset(token=TOKEN, scale=0.1)
    output = asyncio.run(meet())
    assert output.code == 0, output.stderr
    streams = ERRANDS[errand][1]
    assert set(output.counts() if streams else {}) == set(streams)
    assert 401 not in {request["status"] for request in simulator.requests()}


@story
async def test_what_is_kept_from_the_proxy_is_told_to_intercom(desk: NetworkShell, tls: ssl.SSLContext) -> None:
    async with ScriptedServer(then=TAGS, tls=tls) as server, Proxy(server.port) as proxy:
        output = await call(desk, "sync of 1.4", server.url, {"HTTPS_PROXY": proxy.url})
    assert proxy.heads, output.stderr
    assert {asked.headers["authorization"] for asked in server.journal} == {f"Bearer {TOKEN}"}
    assert {asked.headers["user-agent"] for asked in server.journal} == {USER_AGENT}
    assert not any("proxy-authorization" in asked.headers for asked in server.journal)


@story
async def test_a_proxy_that_speaks_tls_is_sent_no_more(desk: NetworkShell, tls: ssl.SSLContext) -> None:
    async with ScriptedServer(then=TAGS, tls=tls) as server, Proxy(server.port, tls, user="") as proxy:
        output = await call(desk, "sync of 1.4", server.url, {"HTTPS_PROXY": proxy.url})
    assert proxy.heads, output.stderr
    assert set(proxy.heads) <= tunnels_to(server.port, "")
    assert server.journal


@pytest.mark.parametrize(("refusal", "errand"), combined(REFUSALS, ["sync of 1.4", "--test", "--discover"]))
@story
async def test_a_proxy_that_refuses_is_sent_no_more(desk: NetworkShell, errand: str, refusal: str) -> None:
    async with Proxy(9, user="", refusal=REFUSALS[refusal]) as proxy:
        output = await call(desk, errand, "https://127.0.0.1:9", {"HTTPS_PROXY": proxy.url}, retry_timeout=0)
    assert output.code == 5, output.stderr
    assert proxy.heads
    assert set(proxy.heads) <= tunnels_to(9, "")


@pytest.mark.parametrize("variable", NOT_FOLLOWED)
@story
async def test_a_proxy_for_something_else_is_sent_nothing(
    desk: NetworkShell, tls: ssl.SSLContext, variable: str
) -> None:
    async with ScriptedServer(then=TAGS, tls=tls) as server, Proxy(9) as proxy:
        output = await call(desk, "sync of 1.4", server.url, {variable: proxy.url})
    assert server.journal, output.stderr
    assert not proxy.heads


@pytest.mark.parametrize("errand", ERRANDS)
@story
async def test_plain_http_to_this_machine_goes_past_every_proxy(desk: NetworkShell, errand: str) -> None:
    async with ScriptedServer(then=TAGS) as server, Proxy(9) as proxy:
        await call(desk, errand, server.url, dict.fromkeys([*FOLLOWED, *NOT_FOLLOWED], proxy.url), retry_timeout=0)
    assert server.journal
    assert not proxy.heads


def redirecting(status: int, there: str, step: str) -> Callable[[asyncio.StreamWriter, Asked], Awaitable[None]]:
    """Make an export as Intercom does, but redirect one step of it: what is ordered, asked about or fetched."""

    async def act(writer: asyncio.StreamWriter, asked: Asked) -> None:
        steps = {"POST": "ordered", "GET": "fetched" if asked.target.startswith("/download") else "asked about"}
        if steps[asked.method] == step:
            return await answer(b"", status, Location=f"{there}{asked.target}")(writer, asked)
        job = {"job_identifier": "7", "status": "pending" if asked.method == "POST" else "completed"}
        return await answer(json.dumps(job).encode())(writer, asked)

    return act


@pytest.mark.parametrize(("status", "step"), combined(REDIRECTS, ["ordered", "asked about", "fetched"]))
@story
async def test_no_redirect_of_an_export_is_followed(desk: NetworkShell, status: int, step: str) -> None:
    async with ScriptedServer() as elsewhere, ScriptedServer(then=redirecting(status, elsewhere.url, step)) as server:
        output = await desk.sync(server.url, {}, EXPORTS[0], api_version="2.16", start_date="2026-08-01")
    assert f"Intercom answered {status}" in output.stderr
    assert (elsewhere.journal, elsewhere.connections) == ([], 0)


@pytest.mark.parametrize(("errand", "status"), combined(ERRANDS, REDIRECTS))
@story
async def test_no_command_follows_a_redirect(desk: NetworkShell, errand: str, status: int) -> None:
    async with ScriptedServer() as elsewhere:
        away = answer(b"", status, Location=f"{elsewhere.url}/tags?token={TOKEN}")
        async with ScriptedServer(then=away) as server:
            await call(desk, errand, server.url, {}, retry_timeout=0)
    assert server.journal
    assert (elsewhere.journal, elsewhere.connections) == ([], 0)


async def at_once() -> None:
    """Have room at once."""


@pytest.mark.parametrize("path", ["", "/", "/api"])
@story
async def test_a_request_to_another_host_than_that_of_base_url_has_no_token(path: str) -> None:
    async with ScriptedServer() as server, ScriptedServer() as elsewhere:
        config = Config(
            access_token=TOKEN, start_date=read_date_time("2020-01-01"), base_url=f"{server.url}{path}".rstrip("/")
        )
        async with Transport(config, at_once) as transport:
            for url in (config.base_url, elsewhere.url):
                assert isinstance(await transport.send(Request(path="/tags"), f"{url}/tags"), RawAnswer)
    assert [asked.headers["authorization"] for asked in server.journal] == [f"Bearer {TOKEN}"]
    (asked,) = elsewhere.journal
    assert TOKEN not in str(asked)
