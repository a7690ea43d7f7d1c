"""The way to Intercom through networks as companies have them: TLS that is always verified, authorities, proxies."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from conftest import Output
from proxy_network import TOKEN, NetworkShell, Proxy
from scripted_server import Asked, ScriptedServer, answer, raw
from tap_intercom.config.settings import SETTINGS

HOST = "intercom.test"
TAGS = answer(b'{"type":"tag.list","tags":[{"type":"tag","id":"1","name":"blue"}]}')
# Ways in which other programs are told to trust everybody.
CARELESS = {
    "PYTHONHTTPSVERIFY": "0",
    "PYTHONWARNINGS": "ignore",
    "SSL_NO_VERIFY": "1",
    "SSL_VERIFY": "false",
    "VERIFY_SSL": "false",
    "TAP_INTERCOM_VERIFY_SSL": "false",
    "TAP_INTERCOM_INSECURE": "true",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "GIT_SSL_NO_VERIFY": "1",
    "CURL_CA_BUNDLE": "",
    "REQUESTS_CA_BUNDLE": "",
    "AIOHTTP_NO_EXTENSIONS": "1",
}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def desk(tmp_path: Path, authority: trustme.CA) -> NetworkShell:
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    return NetworkShell(tmp_path, {"SSL_CERT_FILE": str(bundle)})


def refused(output: Output) -> str:
    """Give the one line that says why nothing could be read."""
    assert output.code == 5
    assert not output.records("tags")
    (line,) = (line for line in output.stderr.splitlines() if line.startswith(("ERROR", "CRITICAL")))
    assert "GET /tags got no usable answer from Intercom in 1 attempt" in line
    return line


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(story())  # type: ignore[arg-type]


def issued(authority: trustme.CA, name: str = "127.0.0.1", **options: Any) -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name, **options).configure_cert(tls)
    return tls


def test_a_private_authority_is_named_by_ssl_cert_file(desk: NetworkShell, authority: trustme.CA) -> None:
    async def story() -> None:
        async with ScriptedServer(then=TAGS, tls=issued(authority)) as server:
            output = await desk.sync(server.url, desk.trust)
        assert output.code == 0, output.stderr
        assert [row["name"] for row in output.records("tags")] == ["blue"]
        assert {asked.headers["authorization"] for asked in server.journal} == {f"Bearer {TOKEN}"}

    run(story)


@pytest.mark.parametrize("careless", [{}, CARELESS], ids=["", "whatever the environment says"])
def test_a_certificate_of_an_unknown_authority_is_refused(
    desk: NetworkShell, authority: trustme.CA, careless: dict[str, str]
) -> None:
    async def story() -> None:
        async with ScriptedServer(then=TAGS, tls=issued(authority)) as server:
            line = refused(await desk.sync(server.url, careless))
        assert line.endswith("have SSL_CERT_FILE name a file with the certificate authority of your network.")
        assert not server.journal

    run(story)


def test_no_setting_turns_the_verification_off(desk: NetworkShell, authority: trustme.CA) -> None:
    words = {"verify", "ssl", "tls", "insecure", "certificate"}
    assert not [setting.name for setting in SETTINGS if words & set(setting.name.split("_"))]
    careless = {"verify": False, "verify_ssl": False, "ssl_verify": "false", "insecure": True, "ssl": False}

    async def story() -> None:
        async with ScriptedServer(then=TAGS, tls=issued(authority)) as server:
            output = await desk.sync(server.url, {}, **careless)
        refused(output)
        assert "settings that this tap does not know and ignores: verify, verify_ssl" in output.stderr
        assert not server.journal

    run(story)


@pytest.mark.parametrize(
    ("certificate", "said", "remedy"),
    [
        ({"name": "other.test"}, "mismatch", "correct base_url: it must have the name that the certificate is for."),
        ({"not_after": datetime.now(UTC) - timedelta(days=1)}, "has expired", "server must renew it."),
        ({"not_before": datetime.now(UTC) + timedelta(days=1)}, "not yet valid", "server must renew it."),
    ],
)
def test_a_certificate_for_another_host_or_time_is_refused_with_its_own_remedy(
    desk: NetworkShell, authority: trustme.CA, certificate: dict[str, Any], said: str, remedy: str
) -> None:
    async def story() -> None:
        async with ScriptedServer(then=TAGS, tls=issued(authority, **certificate)) as server:
            line = refused(await desk.sync(server.url, desk.trust))
        assert said in line
        assert line.endswith(remedy)
        assert not server.journal

    run(story)


def test_a_proxy_carries_what_it_cannot_read(desk: NetworkShell, authority: trustme.CA) -> None:
    async def story() -> None:
        async with ScriptedServer(then=TAGS, tls=issued(authority, HOST)) as server, Proxy(server.port) as proxy:
            variables = {"HTTPS_PROXY": proxy.url, **desk.trust}
            output = await desk.sync(f"https://{HOST}", variables)
        assert output.code == 0, output.stderr
        assert output.counts() == {"tags": 1}
        assert {first for first, _ in proxy.asked} == {f"CONNECT {HOST}:443 HTTP/1.1"}
        for _, headers in proxy.asked:
            assert headers["proxy-authorization"].startswith("Basic ")
            assert "authorization" not in headers
            assert TOKEN not in str(headers)
        assert not any("proxy-authorization" in asked.headers for asked in server.journal)
        assert "password" not in output.stderr

    run(story)


def test_a_scroll_goes_the_same_way(desk: NetworkShell, authority: trustme.CA) -> None:
    first = answer(b'{"type":"company.list","companies":[{"type":"company","id":"1"}],"scroll_param":"a"}')
    last = answer(b'{"type":"company.list","companies":[],"scroll_param":"a"}')
    counted = answer(b'{"type":"company.list","companies":[],"total_count":1}')

    async def story() -> None:
        async with (
            ScriptedServer([counted, first, last], counted, issued(authority, HOST)) as server,
            Proxy(server.port) as proxy,
        ):
            output = await desk.sync(f"https://{HOST}", {"HTTPS_PROXY": proxy.url, **desk.trust}, "companies")
        assert output.code == 0, output.stderr
        assert output.counts() == {"companies": 1}
        assert len(server.journal) == len(proxy.asked) == server.connections == 5
        assert all(asked.headers["authorization"] == f"Bearer {TOKEN}" for asked in server.journal)

    run(story)


def test_a_proxy_that_answers_itself_is_not_told_the_token(desk: NetworkShell) -> None:
    async def story() -> None:
        stranger = issued(trustme.CA(), HOST)
        async with ScriptedServer(then=TAGS, tls=stranger) as server, Proxy(server.port) as proxy:
            variables = {"HTTPS_PROXY": proxy.url, **desk.trust}
            refused(await desk.sync(f"https://{HOST}", variables))
        assert proxy.asked
        assert not server.journal

    run(story)


@pytest.mark.parametrize(
    ("variable", "around"), [("NO_PROXY", "127.0.0.1"), ("no_proxy", "localhost,127.0.0.1"), ("NO_PROXY", "*")]
)
def test_no_proxy_goes_around_the_proxy(desk: NetworkShell, authority: trustme.CA, variable: str, around: str) -> None:
    async def story() -> None:
        async with ScriptedServer(then=TAGS, tls=issued(authority)) as server, Proxy(9) as proxy:
            variables = {"HTTPS_PROXY": proxy.url, variable: around, **desk.trust}
            output = await desk.sync(server.url, variables)
        assert output.code == 0, output.stderr
        assert not proxy.asked
        assert output.counts() == {"tags": 1}

    run(story)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SSLKEYLOGFILE", "/nonexistent/keys"), ("HTTPS_PROXY", "http://["), ("HTTPS_PROXY", "socks5://127.0.0.1:9")],
)
def test_a_variable_that_cannot_be_followed_is_named(desk: NetworkShell, variable: str, value: str) -> None:
    async def story() -> None:
        output = await desk.sync(f"https://{HOST}", {variable: value})
        assert (output.code, output.stdout) == (2, b"")
        (line,) = output.stderr.splitlines()
        assert line.startswith("CRITICAL ")
        assert f"{variable}" in line
        assert value not in line

    run(story)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_redirect_is_followed(desk: NetworkShell, status: int, scheme: str) -> None:
    def away(port: int) -> Callable[[asyncio.StreamWriter, Asked], Awaitable[None]]:
        there = f"{scheme}://127.0.0.1:{port}/tags?token={TOKEN}"
        return raw(f"HTTP/1.1 {status} Elsewhere\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n".encode())

    async def story() -> None:
        async with ScriptedServer(then=TAGS) as elsewhere, ScriptedServer(then=away(elsewhere.port)) as server:
            output = await desk.sync(server.url, {})
        assert output.code == 4, output.stderr
        assert f"tags: not complete: Intercom answered {status}" in output.stderr
        assert server.journal
        assert (elsewhere.journal, elsewhere.connections) == ([], 0)

    run(story)
