"""A network of a test's own: proxies, TLS, and the real command that is run in it."""

import asyncio
import contextlib
import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from conftest import Output, command
from loopback_server import LoopbackServer
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.streams.table import streams_of

TOKEN = "dG9rOm5ldHdvcms0MmZhYjE3/only-for-intercom"  # noqa: S105 - of nobody's
STEERING = {"https_proxy", "http_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"}


class Relay(LoopbackServer):
    """A server on loopback that passes on all that comes to port `target`."""

    def __init__(self, target: int, tls: ssl.SSLContext | None = None) -> None:
        """With `tls`, it speaks TLS to those that come, and plain to the target."""
        self.target = target
        self.tls = tls

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._pour(reader, back), self._pour(there, writer))

    async def _pour(self, source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(1 << 16):
                drain.write(piece)
                await drain.drain()
        drain.close()


class Proxy(Relay):
    """A forward proxy that opens tunnels (RFC 9110, CONNECT), all of them to `target`.

    It keeps what it was sent, byte for byte: the `heads` of requests to it. A `refusal` is what it answers instead.
    """

    def __init__(
        self,
        target: int,
        tls: ssl.SSLContext | None = None,
        *,
        user: str = "user:password@",
        refusal: bytes = b"",
    ) -> None:
        """`user` stands in its URL."""
        super().__init__(target, tls)
        self.user = user
        self.refusal = refusal
        self.heads: list[bytes] = []

    @property
    def url(self) -> str:
        return super().url.replace("://", f"://{self.user}")

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        """The first line of each head, and its headers, whose names are in small letters."""
        return [read_head(head) for head in self.heads]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        if self.refusal:
            writer.write(self.refusal)
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await super().serve(reader, writer)


def read_head(head: bytes) -> tuple[str, dict[str, str]]:
    """Return the first line and the headers, whose names are in small letters."""
    first, *lines = head.decode().rstrip().split("\r\n")
    return first, {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


class NetworkShell:
    """A place from which the real command is run, with no variable but the test's that steers it or a network.

    What it is run with is never in its arguments: `gives` says how the token is handed over.
    """

    def __init__(self, folder: Path, trust: Mapping[str, str] | None = None) -> None:
        """`trust` is the variable that names an authority of the test's own."""
        self.folder = folder
        self.trust = dict(trust or {})

    async def sync(
        self, base_url: str, variables: Mapping[str, str], *streams: str, api_version: str = "1.4", **settings: Any
    ) -> Output:
        """Read some streams, the tags unless others are named."""
        chosen = [row for row in streams_of(api_version) if row.name in (streams or {"tags"})]
        rows = [row if row.by_default else replace(row, by_default=True) for row in chosen]
        self.write("catalog.json", describe_streams(rows))
        given = {"base_url": base_url, "api_version": api_version, **settings}
        return await self.call("--catalog", "catalog.json", variables=variables, **given)

    async def call(
        self, *arguments: str, variables: Mapping[str, str], gives: str = "access_token", **settings: Any
    ) -> Output:
        """Run the command; check that it ends in order and shows nothing of the token."""
        process = await self.start(*arguments, variables=variables, gives=gives, **settings)
        stdout, stderr = await process.communicate()
        output = Output(process.returncode or 0, stdout, stderr.decode())
        assert TOKEN[:12] not in stdout.decode() + output.stderr, output.stderr
        assert "Traceback" not in output.stderr, output.stderr
        return output

    async def start(
        self, *arguments: str, variables: Mapping[str, str], gives: str = "access_token", **settings: Any
    ) -> asyncio.subprocess.Process:
        kept = {name: value for name, value in os.environ.items() if name.lower() not in STEERING}
        environment = {**kept, "TAP_INTERCOM_LOGLEVEL": "DEBUG", **variables}
        config = {"start_date": "2020-01-01", **settings}
        sources = ["--config", "config.json"]
        match gives:
            case "access_token":
                config["access_token"] = TOKEN
            case "access_token_file":
                (self.folder / "mounted").write_text(f"{TOKEN}\n")
                config[gives] = "mounted"
            case "ENV":
                environment["TAP_INTERCOM_ACCESS_TOKEN"] = TOKEN
                sources += ["--config", "ENV"]
        self.write("config.json", config)
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *command(*sources, *arguments), env=environment, stdout=pipe, stderr=pipe, cwd=self.folder
        )

    def write(self, name: str, content: object) -> None:
        """Write a JSON file."""
        (self.folder / name).write_text(json.dumps(content))
