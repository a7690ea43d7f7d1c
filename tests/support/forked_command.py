"""Runs the real command without waiting for an interpreter: a process that has imported it forks a child for each run.

The child has the arguments, environment and descriptors that it is given, and does what `python -m tap_intercom` does;
only that it takes the interpreter down piece by piece in the end is left out, which takes longer than a small sync.
Run as a program, this module is that process; it reads orders from the socket whose descriptor is its argument. An
order is a byte that brings three descriptors: a socket, standard output, standard error. The child reads its arguments
and environment from the socket, a line of JSON, and answers with its id; when it has ended, its exit code follows.
"""

import atexit
import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import tap_intercom.discovery.discover
import tap_intercom.sync.run
from tap_intercom.__main__ import main

PLACES = 3  # the descriptors that come with an order


class Child:
    """A run under way, or ended; used as subprocess.Popen is."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._answers = line.makefile("r")
        self.returncode: int | None = None
        self.pid = int(self._answers.readline())

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; give the exit code, a signal's number negative. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._line, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired("tap-intercom", timeout or 0)
            self.returncode = int(self._answers.readline())
            self._answers.close()
            self._line.close()
        return self.returncode

    def poll(self) -> int | None:
        """Give the exit code, None while there is none."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class ForkServer:
    """The process that forks, on behalf of the tests."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__)), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._orders.close()
        self._process.wait()

    def start(
        self, arguments: Sequence[str], stdout: int, stderr: int, environment: Mapping[str, str] = os.environ
    ) -> Child:
        """Run the command; give it these descriptors to write to."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._orders, [b"!"], [theirs.fileno(), stdout, stderr])
        ours.sendall(json.dumps([list(arguments), dict(environment)]).encode() + b"\n")
        return Child(ours)


def await_orders(orders: socket.socket) -> list[int] | None:
    """Fork a child for each order: return its descriptors there, and None here when there will be no more."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(orders)
        selector = stack.enter_context(selectors.DefaultSelector())
        selector.register(orders, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.data is not None:
                    selector.unregister(key.fileobj)
                    _report(*key.data)
                    continue
                _, places, _, _ = socket.recv_fds(orders, 1, PLACES)
                if not places:
                    return None
                # The end of the child closes its side of this pipe, whatever ends it.
                alive, life = os.pipe()
                child = os.fork()
                if not child:
                    os.close(alive)
                    return places
                os.close(life)
                for place in places[1:]:
                    os.close(place)
                selector.register(alive, selectors.EVENT_READ, (alive, child, places[0]))


def _report(alive: int, child: int, place: int) -> None:
    """Tell those who ordered a child how it has ended."""
    os.close(alive)
    _, status = os.waitpid(child, 0)
    with socket.socket(fileno=place) as line, contextlib.suppress(OSError):
        line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def become(places: Sequence[int]) -> None:
    """Take the arguments, the environment and the descriptors that the order gives."""
    with socket.socket(fileno=places[0]) as line, line.makefile("r") as given:
        arguments, environment = json.loads(given.readline())
        line.sendall(b"%d\n" % os.getpid())
    for place, standard in zip(places[1:], (1, 2), strict=True):
        os.dup2(place, standard)
        os.close(place)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv[1:] = arguments


def outcome() -> int:
    """Run the command as an interpreter does; give the exit code."""
    try:
        code = main()
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - whatever it is, the interpreter says so and gives 1
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    assert tap_intercom.discovery.discover
    assert tap_intercom.sync.run
    gc.freeze()
    found = await_orders(socket.socket(fileno=int(sys.argv[1])))
    if found is not None:
        become(found)
        code = outcome()
        atexit._run_exitfuncs()  # noqa: SLF001 - coverage saves here what it has measured; `os._exit` does not call them
        os._exit(code)
