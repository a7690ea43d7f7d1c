"""Fixtures of the simulator's tests: a workspace in this process, and a simulator in a process of its own."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from intercom_simulator.expected import v2
from intercom_simulator.protocol.responses import read_request
from intercom_simulator.server.dispatcher import Workspace
from intercom_simulator.server.options import read_options
from intercom_simulator.store.clock import Clock

NOW = 1_700_000_000.0  # the beginning of a window of ten seconds
AUTHORIZATION = "Bearer simulator-token"
HEADERS = {"Authorization": AUTHORIZATION, "Intercom-Version": "1.4", "Accept": "application/json"}


class Reply:
    """An answer as a client sees it."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.status = status
        self.body = body
        self.headers = headers

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str, str]:
        (error,) = self.json["errors"]
        return self.status, error["code"], error["message"]


class WorkspaceClient:
    """Sends requests to a workspace in this process; its clock stands still unless it is advanced."""

    def __init__(self, **options: Any) -> None:
        self.workspace = Workspace(read_options({"world": "small", **options}), Clock(real_time=lambda: NOW))

    def __call__(self, target: str, method: str = "GET", body: object = None, **headers: str | None) -> Reply:
        given = {"host": "127.0.0.1:8787", "authorization": AUTHORIZATION, "version": "1.4", **headers}
        sent = b"" if body is None else json.dumps(body).encode()
        answer = self.workspace.answer(read_request(method, target, body=sent, **given))
        return Reply(answer.status, answer.body, answer.headers)

    def search(self, name: str, version: str = "2.16", **body: Any) -> Iterator[Any]:
        """Yield the pages of a search, by default for all records."""
        body = {"query": {"field": "created_at", "operator": ">", "value": 0}, **body}
        paging = dict(body.pop("pagination", {}))
        while True:
            reply = self(f"/{name}/search", "POST", {**body, "pagination": paging}, version=version)
            assert reply.status == 200, reply.body
            yield reply.json
            following = reply.json["pages"].get("next")
            if not following:
                return
            paging["starting_after"] = following["starting_after"]

    def expected(self, stream: str, version: str = "2.16") -> list[Any]:
        """Return the records that a sync of API 2.x should find in a stream."""
        plaintext = stream == "conversation_parts"
        lines = v2.expected_lines(self.workspace.context.searchable, stream, version, plaintext=plaintext)
        return [json.loads(line) for line in lines]

    def pages(self, target: str, key: str) -> list[Any]:
        """Follow pages.next to the end and return all records."""
        records = []
        while target:
            page = self(target).json
            records += page[key]
            target = (page["pages"]["next"] or "").removeprefix("http://127.0.0.1:8787")
        return records

    def scroll(self, path: str, key: str) -> list[Any]:
        """Scroll to the empty page and return all records."""
        page = self(path).json
        records = page[key]
        while page[key]:
            page = self(f"{path}?scroll_param={page['scroll_param']}").json
            records += page[key]
        return list(records)


class Server:
    """A simulator process and its control API."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "intercom_simulator", "--port", "0", "--world", "small", *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.announcement = self.process.stdout.readline()
        self.url = self.announcement.split()[-1]
        self.address = self.url.removeprefix("http://")

    def ask(self, target: str, method: str = "GET", body: object = None) -> Reply:
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            connection.request(method, target, None if body is None else json.dumps(body), HEADERS)
            answer = connection.getresponse()
            return Reply(answer.status, answer.read(), dict(answer.getheaders()))
        finally:
            connection.close()

    def control(self, method: str, path: str, body: object = None) -> Any:
        reply = self.ask(f"/_simulator/{path}", method, body)
        assert reply.status == 200, reply.body
        return reply.json

    def end(self) -> tuple[int, str, str]:
        self.process.terminate()
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err


@pytest.fixture
def open_workspace() -> Callable[..., WorkspaceClient]:
    return WorkspaceClient


@pytest.fixture
def ask() -> WorkspaceClient:
    return WorkspaceClient()


@pytest.fixture(scope="session")
def unchanged() -> WorkspaceClient:
    """A workspace that is asked by many tests and changed by none."""
    return WorkspaceClient(quota=0)


@pytest.fixture(scope="session")
def readme() -> WorkspaceClient:
    """A large workspace with odd values."""
    return WorkspaceClient(world="readme", switches={"odd_times": True, "tags_null": True})


@pytest.fixture(scope="session")
def server_process() -> Iterator[Server]:
    server = Server()
    yield server
    code, out, err = server.end()
    assert (code, out, err) == (0, "", "")


@pytest.fixture
def server(server_process: Server) -> Server:
    server_process.control("POST", "reset")
    return server_process


@pytest.fixture
def start_server() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*arguments: str) -> Server:
        servers.append(Server(*arguments))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.end()


@pytest.fixture(scope="session")
def samples() -> Path:
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "samples"
    folder = Path(os.environ.get("TAP_INTERCOM_SAMPLES", beside))
    if not folder.is_dir():
        pytest.skip("the recorded samples are not here")
    return folder / "v1.4"
