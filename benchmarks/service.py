"""The simulator as a service: one process on the core that serves, steered from outside."""

import http.client
import json
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

from benchmarks.machine import ENVIRONMENT

TOKEN = "simulator-token"  # noqa: S105 - the simulator's own
WINDOW_SECONDS = 10
# Behaviours that the facts leave open, so that each contestant gets to its end: singer-io's tap reads a scroll until
# 404, and stops at a time that is no number; the paginators of singer-sdk take a scroll_param that stays for a loop.
# Some contestants send no Intercom-Version: they are for 1.4. The time of compression would be the simulator's.
SWITCHES = {
    "scroll_end": "404",
    "scroll_param": "changes",
    "app_version": "1.4",
    "export_seconds": 0,
    "compression": "none",
}


class Service:
    """A running simulator."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "intercom_simulator", "--port", "0", "--world", "small"]
        self._process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        self.url = self._process.stdout.readline().split()[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()

    def reset(self, **options: Any) -> None:
        """Begin a new workspace; see `intercom-simulator --help`."""
        self._ask("POST", "reset", {"switches": SWITCHES, **options})

    def counts(self, version: str, *streams: str) -> dict[str, int]:
        """Count the records of these streams as a version of the API serves them."""
        return dict(json.loads(self._ask("GET", f"truth?version={version}&streams={','.join(streams)}")))

    def truth(self, stream: str, version: str) -> list[dict[str, Any]]:
        """Give every record of a stream as a version of the API serves it."""
        lines = self._ask("GET", f"truth/{stream}?version={version}").splitlines()
        return [json.loads(line) for line in lines]

    def requests(self) -> list[dict[str, Any]]:
        """Give what was asked, in order."""
        return list(json.loads(self._ask("GET", "requests")))

    def forget_requests(self) -> None:
        """Begin a new journal."""
        self._ask("DELETE", "requests")

    def stats(self) -> dict[str, Any]:
        """Give the requests of each window of the quota."""
        return dict(json.loads(self._ask("GET", "stats")))

    def change(self, stream: str, count: int) -> None:
        """Change, create and delete so many records."""
        self._ask("POST", "mutate", {"resource": stream, "count": count})

    def advance(self, seconds: float) -> None:
        """Let the world's time pass."""
        self._ask("POST", "clock", {"advance": seconds})

    def now(self) -> float:
        """Give the world's time in unix seconds."""
        return float(json.loads(self._ask("GET", "clock"))["now"])

    def await_window(self) -> None:
        """Wait until a window of the quota begins, so that every run finds as much of it."""
        time.sleep(WINDOW_SECONDS - self.now() % WINDOW_SECONDS + 0.05)

    def count_parts(self, conversation: str, version: str) -> int:
        """Ask, as a client does, how many parts a conversation has."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Intercom-Version": version, "Accept": "application/json"}
        whole = json.loads(self._send("GET", f"/conversations/{conversation}", None, headers))
        return len(whole["conversation_parts"]["conversation_parts"])

    def _ask(self, method: str, path: str, body: object = None) -> bytes:
        payload = None if body is None else json.dumps(body)
        return self._send(method, f"/_simulator/{path}", payload, {"Content-Type": "application/json"})

    def _send(self, method: str, path: str, payload: str | None, headers: dict[str, str]) -> bytes:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=600)
        try:
            connection.request(method, path, payload, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
        return content
