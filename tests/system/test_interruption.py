"""How a run ends that does not end by itself: whole lines, a true STATE, a code that says why."""

import array
import fcntl
import json
import os
import signal
import subprocess
import termios
from pathlib import Path
from typing import IO

import pytest

from conftest import Output, Simulator, Tap, command
from record_checks import unfaithful
from tap_intercom.streams.table import STREAMS_V1


def started(tap: Tap, **settings: object) -> "subprocess.Popen[bytes]":
    """Start a run whose lines are taken one by one: nothing waits in a buffer of ours."""
    return subprocess.Popen(
        command(*tap.arguments(**settings)), bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


BEGINNING = b'{"type":"'  # of every message


def unread(source: IO[bytes]) -> int:
    """Count the bytes that wait in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(source, termios.FIONREAD, count)
    return count[0]


def stream_of(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_run_with_whole_lines_and_the_last_true_state(
    simulator: Simulator, tap: Tap, number: signal.Signals, code: int
) -> None:
    simulator.reset(latency_ms=100)
    process = started(tap, max_concurrency=2)
    first = [stream_of(process).readline() for _ in range(20)]
    process.send_signal(number)
    rest, errors = process.communicate(timeout=300)
    output = Output(process.returncode, b"".join(first) + rest, errors.decode())
    assert output.code == code
    assert output.messages[-1]["type"] == "STATE"
    assert output.state["currently_syncing"] in {stream.name for stream in STREAMS_V1}
    assert "Traceback" not in output.stderr
    simulator.advance(61)  # the scroll that was left open is forgotten
    resumed = tap(state=output.state)
    for name in ("users", "companies", "leads", "conversations", "conversation_parts"):
        rows = [*output.records(name), *resumed.records(name)]
        assert not unfaithful(name, simulator.truth(name), rows)


def test_a_hangup_that_is_ignored_ends_nothing(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(latency_ms=20)
    process = subprocess.Popen(
        ["nohup", *command(*tap.arguments())], bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    first = [stream_of(process).readline() for _ in range(20)]
    process.send_signal(signal.SIGHUP)
    rest, _ = process.communicate(timeout=300)
    output = Output(process.returncode, b"".join(first) + rest, "")
    assert output.code == 0
    for name in ("users", "companies", "conversation_parts"):
        assert not unfaithful(name, simulator.truth(name), output.records(name))


@pytest.mark.parametrize("more", [[], ["--quiet"]], ids=["with progress", "quiet"])
def test_a_terminal_that_is_closed_ends_the_run_in_order(simulator: Simulator, tap: Tap, more: list[str]) -> None:
    simulator.reset(latency_ms=100)
    main, side = os.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", *command(*tap.arguments(*more, max_concurrency=2))],
        bufsize=0,
        stdin=side,
        stdout=subprocess.PIPE,
        stderr=side,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(side)
    first = [stream_of(process).readline() for _ in range(20)]
    os.close(main)
    rest, _ = process.communicate(timeout=300)
    output = Output(process.returncode, b"".join(first) + rest, "")
    assert output.code == 129
    assert output.messages[-1]["type"] == "STATE"
    assert output.state["currently_syncing"] in {stream.name for stream in STREAMS_V1}


def test_a_target_that_dies_ends_the_run_quietly(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(latency_ms=50)
    process = started(tap)
    stream_of(process).readline()
    stream_of(process).close()
    assert process.stderr is not None
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(timeout=300) == 7
    assert errors.count("CRITICAL") == 1
    assert "the target has ended" in errors
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


def test_a_full_disk_ends_the_run_with_one_line(tap: Tap) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command(*tap.arguments()), stdout=full, stderr=subprocess.PIPE, timeout=300, check=False)
    errors = done.stderr.decode()
    assert done.returncode == 7
    assert errors.count("CRITICAL") == 1
    assert "No space left on device" in errors
    assert "Traceback" not in errors


def test_a_target_slower_than_a_scroll_lives_gets_every_company(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("companies")
    simulator.reset(scale=50)
    process = started(tap, catalog=catalog)
    first = stream_of(process).readline()
    for pages in range(60, 64):  # the first 59 find room; then the target is busy elsewhere, longer than a scroll lives
        while len(simulator.requests()) < pages:
            assert process.poll() is None
        simulator.advance(30)
    rest, errors = process.communicate(timeout=300)
    output = Output(process.returncode, first + rest, errors.decode())
    assert output.code == 0, output.stderr
    assert output.counts() == {"companies": simulator.counts()["companies"]}


def check_lines(written: bytes) -> None:
    """Check that each line with a line break is a whole message, and what stands behind them the beginning of one."""
    *lines, end = written.split(b"\n")
    assert {json.loads(line)["type"] for line in lines} <= {"SCHEMA", "RECORD", "STATE"}
    assert len(lines) > 50
    assert end.startswith(BEGINNING[: len(end)])


@pytest.mark.parametrize("page", [1, 7, 30])
def test_a_run_that_is_killed_may_cut_off_the_last_line_of_a_pipe_and_no_other(tap: Tap, page: int) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(command(*tap.arguments()), stdout=writing, stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as source:
        first = source.read(page * 4096)  # the pipe is full soon, and a line waits that has begun
        while unread(source) < 60_000:
            assert process.poll() is None
        process.kill()
        process.wait()
        check_lines(b"".join([first, *iter(lambda: source.read(1 << 16), b"")]))


@pytest.mark.parametrize("size", [50_000, 200_000])
def test_a_run_that_is_killed_may_cut_off_the_last_line_of_a_file_and_no_other(
    simulator: Simulator, tap: Tap, size: int
) -> None:
    simulator.reset(latency_ms=10)
    out = tap.folder / "out.jsonl"
    with out.open("wb") as writing:
        process = subprocess.Popen(command(*tap.arguments()), stdout=writing, stderr=subprocess.DEVNULL)
    while out.stat().st_size < size:
        assert process.poll() is None
    process.kill()
    process.wait()
    check_lines(out.read_bytes())


@pytest.mark.parametrize("room", [100_001, 150_003, 222_222])
def test_a_full_disk_cuts_off_the_last_line_and_no_other(tap: Tap, room: int) -> None:
    out = tap.folder / "out.jsonl"
    with out.open("wb") as writing:
        process = subprocess.Popen(
            ["prlimit", f"--fsize={room}", *command(*tap.arguments())], stdout=writing, stderr=subprocess.PIPE
        )
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 7, errors
    written = out.read_bytes()
    assert len(written) == room
    check_lines(written)


@pytest.mark.parametrize("nth", [1, 60, 100, 125, 130])
@pytest.mark.parametrize("concurrency", [1, 4, 64])
def test_a_detail_that_fails_fails_the_run_however_late_it_comes(
    simulator: Simulator, tap: Tap, nth: int, concurrency: int
) -> None:
    simulator.fail("http-401-token", "/conversations/*", nth=nth, times=1000)
    catalog = tap.catalog("conversation_parts")
    output = tap(code=3, max_concurrency=concurrency, catalog=catalog)
    assert "access_token" in output.stderr
    assert output.state["currently_syncing"] == "conversation_parts"
