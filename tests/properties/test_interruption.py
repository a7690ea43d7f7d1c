"""However a run ends, what it wrote is true: the next one goes on from the last STATE that a target has kept."""

import array
import contextlib
import fcntl
import os
import random
import resource
import signal
import subprocess
import tempfile
import termios
import urllib.request
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

import pytest

from conftest import TOKEN, Output, Simulator, Tap
from forked_command import Child
from merged_runs import unlike
from tap_intercom.streams.table import streams_of

MOST_RUNS = 8
WANTED = {
    "1.4": [stream.name for stream in streams_of("1.4")],
    "2.16": [
        "admin_activity_logs",
        "companies",
        "company_notes",
        "contact_tags",
        "contacts",
        "conversation_parts",
        "conversations",
        "leads",
        "macros",
        "message_content_export",
        "ticket_parts",
        "tickets",
        "users",
    ],
}
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
CUT_OFF = "the target has ended"
SOAK = range(2, 32)


class Run(NamedTuple):
    """A run under way, of which we are the target."""

    child: Child
    lines: IO[bytes]
    log: IO[bytes]

    def end(self, *received: bytes) -> Output:
        """Take the rest of the lines; give what came, with those that were taken before."""
        rest = self.lines.read()
        code = self.child.wait()
        self.log.seek(0)
        return Output(code, b"".join(received) + rest, self.log.read().decode())


@contextlib.contextmanager
def begun(tap: Tap, **options: Any) -> Iterator[Run]:
    """Start a run, whose lines are taken one by one."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as lines, tempfile.TemporaryFile() as log:
        child = tap.start(writing, log.fileno(), **options)
        os.close(writing)
        try:
            yield Run(child, lines, log)
        finally:
            child.kill()


def taken(run: Run, count: int) -> list[bytes]:
    return [line for _, line in zip(range(count), run.lines, strict=False)]


def options_of(tap: Tap, version: str) -> dict[str, Any]:
    return {"api_version": version, "catalog": tap.catalog(*WANTED[version], api_version=version)}


def cases(*ways: str) -> list[Any]:
    """Name seeds for each way on each version: one in every run of the tests, many in a long one."""
    return [
        pytest.param(version, way, seed, marks=[pytest.mark.soak] if seed in SOAK else [])
        for version in WANTED
        for way in ways
        for seed in (1, *SOAK)
    ]


def whole_lines(stdout: bytes) -> bytes:
    """Leave out what a target cannot read: a last line that is cut off."""
    return stdout[: stdout.rfind(b"\n") + 1]


def hangs_up(tap: Tap, dice: random.Random, **options: Any) -> Output:
    """Take some lines and end, as a target does that fails; what is in the pipe is lost."""
    with begun(tap, **options) as run:
        received = taken(run, dice.randrange(1, 1500))
        run.lines.close()
        code = run.child.wait()
        run.log.seek(0)
        output = Output(code, b"".join(received), run.log.read().decode())
    assert output.code in {0, 7}
    assert output.stderr.count("CRITICAL") == (output.code == 7)
    assert (CUT_OFF in output.stderr) is (output.code == 7)
    return output


def is_told_to_end(number: signal.Signals) -> Any:
    """Make a way to end: by a signal after some lines, while the target takes all that comes."""

    def ends(tap: Tap, dice: random.Random, **options: Any) -> Output:
        with begun(tap, **options) as run:
            received = taken(run, dice.choice([1, dice.randrange(1, 1500)]))
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.child.pid, number)
            output = run.end(*received)
        assert output.code in {0, 128 + number}
        assert output.stdout.endswith(b"\n")
        assert output.messages[-1]["type"] == "STATE"
        return output

    return ends


def is_killed(tap: Tap, dice: random.Random, **options: Any) -> Output:
    """Be killed at any moment, in the middle of a line too."""
    with begun(tap, **options) as run:
        received = taken(run, dice.randrange(1, 1500))
        run.child.kill()
        output = run.end(*received)
    assert output.code in {0, -signal.SIGKILL}
    return Output(output.code, whole_lines(output.stdout), output.stderr)


def runs_out_of_room(tap: Tap, dice: random.Random, **options: Any) -> Output:
    """Write to a file that may not grow beyond some size, so that the disk is full in the middle of a line."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
        child = tap.start(out.fileno(), log.fileno(), **options)
        room = dice.randrange(20_000, 1_000_000)  # what is logged finds room
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (room, room))
        code = child.wait()
        out.seek(0)
        log.seek(0)
        written, errors = out.read(), log.read().decode()
    assert code in {0, 7}
    if code == 7:
        assert len(written) == room
        assert errors.count("CRITICAL") == 1
        assert "Standard output cannot be written: File too large" in errors
    return Output(code, whole_lines(written), errors)


WAYS = {
    "hangs up": hangs_up,
    "room": runs_out_of_room,
    "is killed": is_killed,
    **{number.name: is_told_to_end(number) for number in ENDING},
}


@pytest.mark.parametrize(("version", "way", "seed"), cases(*WAYS))
def test_however_a_run_ends_the_next_one_goes_on_and_nothing_is_missing(
    simulator: Simulator, tap: Tap, version: str, way: str, seed: int
) -> None:
    simulator.reset(seed=seed, scale=0.5)
    dice = random.Random(f"{version} {way} {seed}")
    options, outputs = options_of(tap, version), []
    state: dict[str, Any] = {}
    for _ in range(MOST_RUNS if seed in SOAK else 2):
        output = WAYS[way](tap, dice, state=state, **options)
        outputs.append(output)
        assert "Traceback" not in output.stderr
        assert "Exception ignored" not in output.stderr
        state = output.state or state
        simulator.advance(61)  # the scroll that was left open is forgotten
        if output.code == 0:
            break
    outputs.append(tap(state=state, **options))
    assert not unlike(simulator, version, WANTED[version], *outputs)


def somebody_elses_scroll(simulator: Simulator) -> None:
    """Open a scroll, so that the workspace's only one is taken."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json", "Intercom-Version": "1.4"}
    request = urllib.request.Request(f"{simulator.url}/users/scroll", headers=headers)  # noqa: S310 - the simulator's
    with urllib.request.urlopen(request) as reply:  # noqa: S310 - the simulator's
        assert reply.status == 200


def waits(simulator: Simulator, way: str) -> bool:
    """Say whether a run has come to where it waits."""
    requests = simulator.requests()
    if way == "quota":
        return len(requests) >= QUOTA
    if way == "scroll":
        return any(request["status"] == 400 for request in requests)
    return any(request["path"].startswith("/export/content/data/") for request in requests)


QUOTA = 3
WAITS = {"quota": ("1.4", "admins"), "scroll": ("1.4", "companies"), "job": ("2.16", "message_content_export")}


@pytest.mark.parametrize("way", WAITS)
@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_a_run_that_waits(simulator: Simulator, tap: Tap, way: str, number: signal.Signals) -> None:
    version, stream = WAITS[way]
    options = {"api_version": version, "catalog": tap.catalog(stream, api_version=version)}
    simulator.reset(quota=QUOTA if way == "quota" else 0, switches={"export_seconds": "3600"})
    if way == "scroll":
        somebody_elses_scroll(simulator)
        simulator.forget_requests()
    with begun(tap, **options) as run:
        while not waits(simulator, way):
            assert run.child.poll() is None
        os.kill(run.child.pid, number)
        output = run.end()
    assert output.code == 128 + number
    assert output.stdout.endswith(b"\n")
    assert output.messages[-1] == {"type": "STATE", "value": {"currently_syncing": stream, "bookmarks": {}}}
    simulator.reset()
    resumed = tap(state=output.state, **options)
    assert not unlike(simulator, version, [stream], resumed)


def stalled(run: Run) -> None:
    """Wait until there is no room for another line between a run and a target that takes none."""
    while unread(run) < 60_000:  # of the 65,536 bytes that a pipe holds
        assert run.child.poll() is None


def unread(run: Run) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(run.lines, termios.FIONREAD, count)
    return count[0]


@pytest.mark.parametrize("version", WANTED)
def test_a_target_that_goes_on_after_a_signal_gets_whole_lines_and_the_state(
    simulator: Simulator, tap: Tap, version: str
) -> None:
    options = options_of(tap, version)
    with begun(tap, **options) as run:
        stalled(run)
        os.kill(run.child.pid, signal.SIGTERM)
        output = run.end()
    assert output.code == 143
    assert output.stdout.endswith(b"\n")
    assert output.messages[-1]["type"] == "STATE"
    simulator.advance(61)
    assert not unlike(simulator, version, WANTED[version], output, tap(state=output.state, **options))


@pytest.mark.parametrize("second", ENDING)
def test_a_second_signal_ends_a_run_whose_target_takes_nothing(
    simulator: Simulator, tap: Tap, second: signal.Signals
) -> None:
    options = options_of(tap, "1.4")
    with begun(tap, **options) as run:
        stalled(run)
        os.kill(run.child.pid, signal.SIGTERM)
        ended: int | None = None
        # Two signals that come at once are one, or come the other way round, and a run to which they never cease ends
        # late.
        while ended is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.child.pid, second)
            with contextlib.suppress(subprocess.TimeoutExpired):
                ended = run.child.wait(0.2)
        output = run.end()
    assert output.code in {128 + signal.SIGTERM, 128 + second}
    whole = Output(output.code, whole_lines(output.stdout), output.stderr)
    simulator.advance(61)
    assert not unlike(simulator, "1.4", WANTED["1.4"], whole, tap(state=whole.state, **options))
