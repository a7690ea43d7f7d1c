"""What the tests share: a simulator on a free port, and the real command run against it."""

import contextlib
import functools
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from forked_command import Child, ForkServer

SECONDS = 600  # that a run may take
TOKEN = "simulator-token"  # noqa: S105 - the simulator's own

# Neither the speed of the machine decides anything, nor its zone: UTC would hide a time that is taken for a local one.
os.environ["TZ"] = "NPT-5:45"
time.tzset()
settings.register_profile("nightly", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# A commit must not fail for what it did not touch: what a nightly run finds at random becomes an @example.
settings.register_profile("derandomized", settings.get_profile("nightly"), derandomize=True, database=None)
settings.load_profile("derandomized")


class Simulator:
    """A simulator process, steered through its control interface."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "intercom_simulator", "--port", "0", "--world", "small"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1]
        self._connection = http.client.HTTPConnection(self.url.removeprefix("http://"))

    def close(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.communicate()

    def hang_up(self) -> None:
        """Close the connection, which the simulator would close after an hour in which nothing is asked."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: object = None) -> bytes:
        payload = None if body is None else json.dumps(body)
        self._connection.request(method, f"/_simulator/{path}", payload, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status < 300, (method, path, answer.status, content)
        return content

    def reset(self, **options: Any) -> None:
        """Begin a new world without a quota, with odd values; neither exports nor gzip take time."""
        usual = {"export_seconds": 0, "compression": "none", "odd_times": True, "tags_null": True}
        switches = {**usual, **options.pop("switches", {})}
        self._ask("POST", "reset", {"world": "small", "seed": 7, "quota": 0, "switches": switches, **options})

    def counts(self, version: str = "") -> dict[str, int]:
        return dict(json.loads(self._ask("GET", f"truth?version={version}" if version else "truth")))

    def truth(self, stream: str, version: str = "") -> list[dict[str, Any]]:
        """Give every record as Intercom would serve it now."""
        path = f"truth/{stream}?version={version}" if version else f"truth/{stream}"
        return [json.loads(line) for line in self._ask("GET", path).splitlines()]

    def deleted(self) -> dict[str, list[str]]:
        return dict(json.loads(self._ask("GET", "deleted")))

    def requests(self) -> list[dict[str, Any]]:
        return list(json.loads(self._ask("GET", "requests")))

    def forget_requests(self) -> None:
        self._ask("DELETE", "requests")

    def stats(self) -> dict[str, Any]:
        return dict(json.loads(self._ask("GET", "stats")))

    def mutate(self, count: int, **options: Any) -> None:
        self._ask("POST", "mutate", {"count": count, **options})

    def stop_mutating(self) -> None:
        self._ask("POST", "mutate", {"rate": 0})

    def change(self, stream: str, identifier: str, **fields: Any) -> None:
        self._ask("PATCH", f"records/{stream}/{identifier}", fields)

    def delete(self, stream: str, identifier: str) -> None:
        self._ask("DELETE", f"records/{stream}/{identifier}")

    def delete_some(self, stream: str, count: int, seed: int = 0) -> list[str]:
        """Delete random records and give their ids."""
        return list(json.loads(self._ask("DELETE", f"records/{stream}", {"count": count, "seed": seed})))

    def link(self, stream: str, parent: str, target: str) -> None:
        """Link two records, such as a contact and a tag; no time of theirs moves."""
        self._ask("PUT", f"links/{stream}/{parent}/{target}")

    def unlink(self, stream: str, parent: str, target: str) -> None:
        self._ask("DELETE", f"links/{stream}/{parent}/{target}")

    def change_links(self, *streams: str, add: int, remove: int, seed: int = 0) -> dict[str, dict[str, Any]]:
        """Give and take random links of these streams, or of all; return what was added and removed. No time moves."""
        body = {"streams": streams, "add": add, "remove": remove, "seed": seed}
        return dict(json.loads(self._ask("POST", "links", body)))

    def advance(self, seconds: float) -> None:
        self._ask("POST", "clock", {"advance": seconds})

    def now(self) -> float:
        """Give the world's clock in unix seconds."""
        return float(json.loads(self._ask("GET", "clock"))["now"])

    def let_scrolls_expire(self) -> None:
        """Let a minute pass if somebody has found the workspace's scroll taken; the journal is begun anew."""
        if any(request["status"] == 400 and request["path"].endswith("/scroll") for request in self.requests()):
            self.advance(61)
        self.forget_requests()

    def faults(self, **rates: float) -> None:
        self._ask("POST", "faults", {"rates": {name.replace("_", "-"): rate for name, rate in rates.items()}})

    def fail(self, fault: str, path: str, nth: int = 1, times: int = 1) -> None:
        """Let the n-th request from now whose path matches, and those that follow, suffer a fault."""
        self._ask("POST", "faults", {"script": [{"fault": fault, "path": path, "nth": nth, "times": times}]})

    def heal(self) -> None:
        """Let no fault come any more."""
        self._ask("DELETE", "faults")

    def switch(self, **options: Any) -> None:
        self._ask("POST", "switches", options)


class Output:
    """What a run wrote: its exit code, its messages, and what it told the operator."""

    def __init__(self, code: int, stdout: bytes, stderr: str) -> None:
        self.code = code
        self.stderr = stderr
        self.stdout = stdout
        self.lines = stdout.splitlines()

    @functools.cached_property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def document(self) -> dict[str, Any]:
        """What was printed, where it is one document."""
        return dict(json.loads(self.stdout))

    def records(self, stream: str) -> list[dict[str, Any]]:
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = defaultdict(int)
        for message in self.messages:
            if message["type"] == "RECORD":
                counts[message["stream"]] += 1
        return dict(counts)

    @property
    def state(self) -> dict[str, Any]:
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        return states[-1] if states else {}


class Tap:
    """Runs the real command in a folder of its own."""

    def __init__(self, folder: Path, url: str, nursery: ForkServer) -> None:
        self.folder = folder
        self.url = url
        self._nursery = nursery

    def settings(self, **settings: Any) -> dict[str, Any]:
        defaults = {"access_token": TOKEN, "start_date": "2015-01-01T00:00:00Z", "base_url": self.url}
        return {**defaults, "quota_share": 1, **settings}

    def arguments(
        self,
        *more: str,
        state: Mapping[str, Any] | None = None,
        catalog: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> list[str]:
        arguments = ["--config", self._file("config.json", self.settings(**settings))]
        if state is not None:
            arguments += ["--state", self._file("state.json", state)]
        if catalog is not None:
            arguments += ["--catalog", self._file("catalog.json", catalog)]
        return [*arguments, *more]

    def _file(self, name: str, content: object) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content))
        return str(path)

    def __call__(self, *more: str, code: int = 0, **options: Any) -> Output:
        """Run, and expect this exit code."""
        output = self.raw(self.arguments(*more, **options))
        assert output.code == code, output.stderr
        return output

    def raw(self, arguments: Sequence[str], env: Mapping[str, str] = os.environ) -> Output:
        return self._attended(lambda: None, arguments, env)

    def start(self, stdout: int, stderr: int, *more: str, **options: Any) -> Child:
        """Let a run begin; it writes to these descriptors."""
        return self._nursery.start(self.arguments(*more, **options), stdout, stderr)

    def attended(self, meanwhile: Callable[[], object], *more: str, **options: Any) -> Output:
        """Run, and do something again and again until the run has ended."""
        return self._attended(meanwhile, self.arguments(*more, **options))

    def _attended(
        self, meanwhile: Callable[[], object], arguments: Sequence[str], environment: Mapping[str, str] = os.environ
    ) -> Output:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = self._nursery.start(arguments, out.fileno(), err.fileno(), environment)
            deadline = time.monotonic() + SECONDS
            try:
                while child.poll() is None and time.monotonic() < deadline:
                    meanwhile()
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(0.05)
            finally:
                child.kill()
            out.seek(0)
            err.seek(0)
            return Output(child.wait(), out.read(), err.read().decode())

    def catalog(self, *selected: str, **settings: Any) -> dict[str, Any]:
        """Give a catalog in which only these streams are selected, discovered without a request."""
        catalog = self("--discover", "--offline", **settings).document
        for entry in catalog["streams"]:
            entry["metadata"][0]["metadata"]["selected"] = entry["tap_stream_id"] in selected
        return catalog

    def killed(self, lines: int, *more: str, **options: Any) -> Output:
        """Run until `lines` lines have come, then kill it; give what a target would have received."""
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as stdout, Path(os.devnull).open("wb") as nowhere:
            child = self._nursery.start(self.arguments(*more, **options), writing, nowhere.fileno())
            os.close(writing)
            received = [line for _, line in zip(range(lines), stdout, strict=False)]
            child.kill()
        return Output(child.wait(), b"".join(received), "")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tap_intercom", *arguments]


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    simulator = Simulator()
    yield simulator
    simulator.close()


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    simulator_process.reset()
    return simulator_process


@pytest.fixture(scope="session")
def nursery() -> Iterator[ForkServer]:
    with ForkServer() as nursery:
        yield nursery


@pytest.fixture
def tap(simulator: Simulator, tmp_path: Path, nursery: ForkServer) -> Tap:
    return Tap(tmp_path, simulator.url, nursery)
