"""What somebody sees who sits in front of a terminal."""

import fcntl
import functools
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

from conftest import Simulator, Tap, command


def shown(terminal: int) -> str:
    """Read what was written to a terminal since; nothing once its other side is closed."""
    try:
        return os.read(terminal, 1 << 16).decode()
    except OSError:
        return ""


def seen(tap: Tap, *arguments: str, columns: int = 80, results: bool = False, **variables: str) -> str:
    """Run on a terminal, results on it too or not, and give all that it showed."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "LINES"}}
    with subprocess.Popen(
        command(*tap.arguments(*arguments, max_concurrency=4)),
        stdout=side if results else subprocess.DEVNULL,
        stderr=side,
        env={**kept, "TERM": "xterm-256color", **variables},
    ):
        os.close(side)
        said = "".join(iter(functools.partial(shown, main), ""))
    os.close(main)
    return said


def colours(said: str) -> set[str]:
    """Give the colours in what a terminal got; bold and faint are none."""
    codes = {code for codes in re.findall(r"\x1b\[([\d;]*)m", said) for code in codes.split(";")}
    return {code for code in codes if re.fullmatch(r"[349][0-7]", code)}


def test_progress_tells_the_records_the_quota_and_the_time_that_is_left(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(latency_ms=50, quota=100_000)
    said = seen(tap)
    words = re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", said)
    assert re.search(r"● +conversation_parts +[\d,]+ +[\d,]+ +[\d,]+ +~0:\d\d +running", words)
    assert re.search(r"quota [━─]{20} \d+ of 100,000 in 10 s", words)
    assert "12 of 12 complete" in words
    assert colours(said)
    assert "METRIC" not in words


def test_no_color_turns_colours_off(tap: Tap) -> None:
    assert not colours(seen(tap, NO_COLOR="1"))


def test_quiet_shows_no_progress(tap: Tap) -> None:
    lines = seen(tap, "--quiet").splitlines()
    assert {line.partition(" ")[0] for line in lines} == {"WARNING"}


@pytest.mark.parametrize("columns", [80, 140])
def test_the_table_of_a_trial_fits_the_terminal(simulator: Simulator, tap: Tap, columns: int) -> None:
    simulator.reset(switches={"scope_missing": "conversations"})
    said = seen(tap, "--test", columns=columns, results=True)
    lines = [line for line in re.sub(r"\x1b\[[\d;]*m", "", said).splitlines() if line.strip()]
    table = lines[: lines.index("10 of 12 streams can be read.")]
    assert all(len(line.rstrip()) <= columns for line in table)
    assert 'give the app the permission "Read conversations"' in re.sub(r"\s+", " ", "".join(table))
    assert {"31", "32"} <= colours(said)
    assert not colours(seen(tap, "--test", columns=columns, results=True, NO_COLOR="1"))
