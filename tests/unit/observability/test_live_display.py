"""Progress as it is drawn on a terminal: whatever its size, its letters and its colours."""

import io
import re
from typing import Any

import pytest
from rich.console import Console

from tap_intercom.observability.live_display import ProgressRow, RunProgress, clock_text, draw, rows_that_fit

ROWS = [
    ProgressRow(
        stream="conversation_parts", state="running", records=24_695, requests=1102, per_second=2080.2, left=610.0
    ),
    ProgressRow(stream="users", state="waiting", records=0, requests=0, per_second=0.0),
    ProgressRow(stream="tags", state="complete", records=404, requests=1, per_second=537.0),
    ProgressRow(stream="calls", state="failed", records=0, requests=1, per_second=0.0),
]
TOTAL = ProgressRow(
    stream="total", state="1 of 4 complete", records=25_099, requests=1104, per_second=2172.0, left=610.0
)


def seen(**given: Any) -> RunProgress:
    usual = {"rows": ROWS, "total": TOTAL, "seconds": 13.0, "quota": (445, 800), "waiting": "waiting 4 s: the quota"}
    return RunProgress(**{**usual, **given})


def drawn(
    progress: RunProgress, width: int = 100, height: int = 30, encoding: str = "utf-8", **given: Any
) -> list[str]:
    """Draw on a terminal of this size, in words alone."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    environment = {"TERM": "xterm-256color", "COLUMNS": str(width), "LINES": str(height), **given}
    screen = Console(file=stream, force_terminal=True, highlight=False, _environ=environment)
    screen.print(draw(progress, screen))
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(encoding).splitlines()


def plain(lines: list[str]) -> list[str]:
    return [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in lines]


def test_streams_the_total_and_the_quota_are_shown() -> None:
    assert plain(drawn(seen())) == [
        "   stream              records  per second  requests    left  state",
        "●  conversation_parts   24,695       2,080     1,102  ~10:10  running",
        "   users                     0           0         0          waiting",
        "✓  tags                    404         537         1          complete",
        "✗  calls                     0           0         1          failed",
        "   total                25,099       2,172     1,104  ~10:10  1 of 4 complete",
        "0:13   quota ━━━━━━━━━━━───────── 445 of 800 in 10 s   waiting 4 s: the quota",
    ]


def test_a_terminal_without_such_letters_has_others() -> None:
    lines = plain(drawn(seen(), encoding="ascii"))
    assert lines[1].startswith("*  conversation_parts")
    assert lines[-1].startswith("0:13   quota ===========--------- 445 of 800")


def test_without_a_quota_nothing_is_said_of_it() -> None:
    assert plain(drawn(seen(quota=None, waiting="")))[-1] == "0:13"


@pytest.mark.parametrize(("width", "height"), [(100, 10), (100, 24), (80, 24), (60, 8)])
def test_what_is_shown_fits_the_terminal(width: int, height: int) -> None:
    many = [
        ProgressRow(stream=f"stream {n}", state="complete", records=n, requests=n, per_second=1.0) for n in range(67)
    ]
    lines = plain(drawn(seen(rows=[*many, *ROWS]), width=width, height=height))
    assert len(lines) < height
    assert all(len(line) <= width for line in lines)
    assert any("conversation_parts" in line and "24,695" in line for line in lines)
    assert any(line.strip().startswith("and ") and "more: " in line for line in lines)
    assert any("total" in line and "25,099" in line for line in lines)


def test_colours_are_there_unless_no_color_is_set() -> None:
    assert any("\x1b[36m" in line for line in drawn(seen()))
    colours = re.findall(r"\x1b\[([\d;]+)m", "".join(drawn(seen(), NO_COLOR="1")))
    assert not [code for code in colours if code not in {"0", "1", "2"}]  # bold and faint are no colours


def row(stream: str, state: str = "running") -> ProgressRow:
    return ProgressRow(stream=stream, state=state, records=0, requests=1, per_second=0.0)


def test_what_fits_the_screen_is_shown_whole() -> None:
    rows = [row("a"), row("b", "complete")]
    assert rows_that_fit(rows, 2) == (rows, "")


def test_what_does_not_fit_is_said_in_words_and_what_is_under_way_is_shown() -> None:
    rows = [row(f"done {n}", "complete") for n in range(9)]
    rows += [row("idle", "waiting"), row("busy"), row("broken", "failed"), row("done 9", "complete")]
    shown, hidden = rows_that_fit(rows, 5)
    assert [one.stream for one in shown] == ["done 0", "idle", "busy", "broken"]
    assert hidden == "and 9 more: 9 complete"
    assert rows_that_fit(rows, 0) == ([], "and 13 more: 10 complete, 1 waiting, 1 running, 1 failed")


@pytest.mark.parametrize(("seconds", "said"), [(6.6, "0:07"), (750, "12:30"), (3723, "1:02:03")])
def test_a_time_that_runs_is_said_as_a_clock_does(seconds: float, said: str) -> None:
    assert clock_text(seconds) == said
