"""The way to Intercom through networks as companies have them: TLS that is always verified, authorities, proxies."""

import asyncio
import contextlib
import json
import os
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
import trustme

from conftest import Output, command
from scripted import Asked, Scripted, answer, raw
from tap_intercom.settings import SETTINGS

TOKEN = "dG9rOm5ldHdvcms0MmZhYjE3/only-for-intercom"  # noqa: S105 - of nobody's
HOST = "intercom.test"
TAGS = answer(b'{"type":"tag.list","tags":[{"type":"tag","id":"1","name":"blue"}]}')
HIDDEN = {"https_proxy", "http_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"}
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


@dataclass
class Proxy:
    """A forward proxy that opens tunnels (RFC 9110, CONNECT), all of them to `target`; it keeps what it was asked."""

    target: int
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://user:password@127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._tunnel(reader, writer))
        self._tasks.add(task)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self.asked.append((first, headers))
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_pour(reader, back), _pour(there, writer))


async def _pour(source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(1 << 16):
            drain.write(piece)
            await drain.drain()
    drain.close()


class Desk:
    """A place from which the real command is run in a network of the test's own."""

    def __init__(self, folder: Path, authority: trustme.CA) -> None:
        self.folder = folder
        self.bundle = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.bundle)

    async def sync(self, base_url: str, variables: dict[str, str], **settings: Any) -> Output:
        """Read the tags, with these variables and no others that steer a network."""
        config = {"access_token": TOKEN, "start_date": "2020-01-01", "base_url": base_url, "api_version": "1.4"}
        catalog = self._write("catalog.json", await self._catalog())
        arguments = ["--config", self._write("config.json", {**config, **settings}), "--catalog", catalog]
        environment = {name: value for name, value in os.environ.items() if name.lower() not in HIDDEN}
        return await self._run(arguments, {**environment, "TAP_INTERCOM_LOGLEVEL": "DEBUG", **variables})

    async def _catalog(self) -> dict[str, Any]:
        catalog: dict[str, Any] = (await self._run(["--discover"], dict(os.environ))).document
        for entry in catalog["streams"]:
            entry["metadata"][0]["metadata"]["selected"] = entry["tap_stream_id"] == "tags"
        return catalog

    async def _run(self, arguments: list[str], environment: dict[str, str]) -> Output:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command(*arguments), env=environment, stdout=pipe, stderr=pipe, cwd=self.folder
        )
        stdout, stderr = await process.communicate()
        output = Output(process.returncode or 0, stdout, stderr.decode())
        assert TOKEN not in stdout.decode() + output.stderr
        assert "Traceback" not in output.stderr
        return output

    def _write(self, name: str, content: object) -> str:
        (self.folder / name).write_text(json.dumps(content))
        return name


@pytest.fixture
def desk(tmp_path: Path, authority: trustme.CA) -> Desk:
    return Desk(tmp_path, authority)


def refused(output: Output) -> str:
    """Give the one line that says why nothing could be read."""
    assert output.code == 5
    assert not output.records("tags")
    (line,) = (line for line in output.stderr.splitlines() if line.startswith(("ERROR", "CRITICAL")))
    assert "GET /tags got no answer from Intercom in 1 attempt" in line
    return line


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(story())  # type: ignore[arg-type]


def issued(authority: trustme.CA, name: str = "127.0.0.1", **options: Any) -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name, **options).configure_cert(tls)
    return tls


def test_a_private_authority_is_named_by_ssl_cert_file(desk: Desk, authority: trustme.CA) -> None:
    async def story() -> None:
        async with Scripted(then=TAGS, tls=issued(authority)) as server:
            output = await desk.sync(server.url, {"SSL_CERT_FILE": str(desk.bundle)})
        assert output.code == 0, output.stderr
        assert [row["name"] for row in output.records("tags")] == ["blue"]
        assert {asked.headers["authorization"] for asked in server.journal} == {f"Bearer {TOKEN}"}

    run(story)


@pytest.mark.parametrize("careless", [{}, CARELESS], ids=["", "whatever the environment says"])
def test_a_certificate_of_an_unknown_authority_is_refused(
    desk: Desk, authority: trustme.CA, careless: dict[str, str]
) -> None:
    async def story() -> None:
        async with Scripted(then=TAGS, tls=issued(authority)) as server:
            line = refused(await desk.sync(server.url, careless))
        assert line.endswith("have SSL_CERT_FILE name a file with the certificate authority of your network.")
        assert not server.journal

    run(story)


def test_no_setting_turns_the_verification_off(desk: Desk, authority: trustme.CA) -> None:
    words = {"verify", "ssl", "tls", "insecure", "certificate"}
    assert not [setting.name for setting in SETTINGS if words & set(setting.name.split("_"))]
    careless = {"verify": False, "verify_ssl": False, "ssl_verify": "false", "insecure": True, "ssl": False}

    async def story() -> None:
        async with Scripted(then=TAGS, tls=issued(authority)) as server:
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
    desk: Desk, authority: trustme.CA, certificate: dict[str, Any], said: str, remedy: str
) -> None:
    async def story() -> None:
        async with Scripted(then=TAGS, tls=issued(authority, **certificate)) as server:
            line = refused(await desk.sync(server.url, {"SSL_CERT_FILE": str(desk.bundle)}))
        assert said in line
        assert line.endswith(remedy)
        assert not server.journal

    run(story)


def test_a_proxy_carries_what_it_cannot_read(desk: Desk, authority: trustme.CA) -> None:
    async def story() -> None:
        async with Scripted(then=TAGS, tls=issued(authority, HOST)) as server, Proxy(server.port) as proxy:
            variables = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(desk.bundle)}
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


def test_a_proxy_that_answers_itself_is_not_told_the_token(desk: Desk) -> None:
    async def story() -> None:
        stranger = issued(trustme.CA(), HOST)
        async with Scripted(then=TAGS, tls=stranger) as server, Proxy(server.port) as proxy:
            variables = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(desk.bundle)}
            refused(await desk.sync(f"https://{HOST}", variables))
        assert proxy.asked
        assert not server.journal

    run(story)


@pytest.mark.parametrize("around", ["127.0.0.1", "localhost,127.0.0.1", "*"])
def test_no_proxy_goes_around_the_proxy(desk: Desk, authority: trustme.CA, around: str) -> None:
    async def story() -> None:
        async with Scripted(then=TAGS, tls=issued(authority)) as server, Proxy(9) as proxy:
            variables = {"HTTPS_PROXY": proxy.url, "NO_PROXY": around, "SSL_CERT_FILE": str(desk.bundle)}
            output = await desk.sync(server.url, variables)
        assert output.code == 0, output.stderr
        assert not proxy.asked
        assert output.counts() == {"tags": 1}

    run(story)


def test_plain_http_to_this_machine_goes_past_every_proxy(desk: Desk) -> None:
    async def story() -> None:
        async with Scripted(then=TAGS) as server, Proxy(9) as proxy:
            output = await desk.sync(server.url, {"HTTP_PROXY": proxy.url, "HTTPS_PROXY": proxy.url})
        assert output.code == 0, output.stderr
        assert not proxy.asked
        assert output.counts() == {"tags": 1}

    run(story)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_redirect_is_followed(desk: Desk, status: int, scheme: str) -> None:
    def away(port: int) -> Callable[[asyncio.StreamWriter, Asked], Awaitable[None]]:
        there = f"{scheme}://127.0.0.1:{port}/tags?token={TOKEN}"
        return raw(f"HTTP/1.1 {status} Elsewhere\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n".encode())

    async def story() -> None:
        async with Scripted(then=TAGS) as elsewhere, Scripted(then=away(elsewhere.port)) as server:
            output = await desk.sync(server.url, {})
        assert output.code == 4, output.stderr
        assert f"tags: not complete: Intercom answered {status}" in output.stderr
        assert server.journal
        assert (elsewhere.journal, elsewhere.connections) == ([], 0)

    run(story)
