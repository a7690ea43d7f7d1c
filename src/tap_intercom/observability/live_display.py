"""Live progress on a terminal: what is shown of a run, and how rich draws it.

rich is slow to load, so this module is imported only where stderr is a terminal.
"""

import contextlib
from collections import Counter
from collections.abc import Sequence
from typing import Final, TextIO

import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tap_intercom.observability.counters import Counters, StreamCounters
from tap_intercom.observability.log import Log

LEAST_SECONDS: Final = 0.1  # of a stream, for its records per second
LEAST_WAIT_SECONDS: Final = 1.0  # a shorter wait is not shown
LEVEL_STYLES: Final = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
STATE_MARKS: Final = {
    "waiting": ("", "dim"),
    "running": ("●", "cyan"),
    "complete": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "not complete": ("✗", "red"),
}
ASCII_MARKS: Final = {"●": "*", "✓": "+", "✗": "x", "━": "=", "─": "-"}
OTHER_LINES: Final = 4  # the headings, the total, the quota and the cursor's line
LEAST_ROWS: Final = 3
QUOTA_CELLS: Final = 20
HEADS: Final = ("", "stream", "records", "per second", "requests", "left", "state")
NUMBERS: Final = frozenset({"records", "per second", "requests", "left"})
RANKS: Final = {"failed": 0, "running": 1, "waiting": 2}  # of the rows where not all fit


class ProgressRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table: a stream or the total; `left` are the seconds that it still takes, None if not known."""

    stream: str
    state: str
    records: int
    requests: int
    per_second: float
    left: float | None = None


class RunProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is: a row for each stream and the total, its seconds, the quota and the wait.

    `quota` are the requests used of the newest window, and its limit. `waiting` is empty where nothing waits.
    """

    rows: list[ProgressRow]
    total: ProgressRow
    seconds: float
    quota: tuple[int, int] | None
    waiting: str


def progress_of(counters: Counters) -> RunProgress:
    """Give how far a run is now. The time left is that of the slowest stream, and not known before it is of all."""
    now = counters.clock()
    streams = counters.streams
    left = [stream.left(now) for stream in streams if stream.ended is None]
    known = [seconds for seconds in left if seconds is not None]
    total = msgspec.structs.replace(_row(counters.total(now), now), left=max(known) if known == left and left else None)
    reason, until = counters.last_wait
    return RunProgress(
        rows=[_row(stream, now) for stream in streams],
        total=total,
        seconds=now - counters.began,
        quota=counters.quota_now(),
        waiting=f"waiting {until - now:.0f} s: {reason}" if until > now + LEAST_WAIT_SECONDS else "",
    )


def rows_that_fit(rows: Sequence[ProgressRow], most: int) -> tuple[list[ProgressRow], str]:
    """Choose as many rows as fit, and count the others in words: "and 9 more: 9 complete".

    Failed streams are shown first, then those that are running, then those that wait; the order of rows stays.
    """
    if len(rows) <= most:
        return list(rows), ""
    by_rank = sorted(rows, key=lambda row: RANKS.get(row.state, len(RANKS)))
    shown = by_rank[: max(most - 1, 0)]
    hidden = Counter(row.state for row in rows if row not in shown)
    words = ", ".join(f"{count} {state}" for state, count in hidden.items())
    return [row for row in rows if row in shown], f"and {hidden.total()} more: {words}"


def clock_text(seconds: float) -> str:
    """Format seconds as a clock does: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _row(stream: StreamCounters, now: float) -> ProgressRow:
    idle = stream.state == "running" and not (stream.requests or stream.records)
    return ProgressRow(
        stream=stream.stream,
        state="waiting" if idle else stream.state,
        records=stream.records,
        requests=stream.requests,
        per_second=stream.records / max(stream.seconds(now), LEAST_SECONDS),
        left=stream.left(now),
    )


class Screen(Console):
    """A console whose cursor stays visible, so that a process that is killed leaves the terminal as it was."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - rich's signature
        """Leave the cursor as it is."""
        return False


class LiveDisplay:
    """Shows the progress of a run below the lines of the log, a few times a second, until it is closed."""

    def __init__(self, log: Log, terminal: TextIO, counters: Counters) -> None:
        self._log = log
        self._counters = counters
        self._screen = Screen(file=terminal, highlight=False)
        self._live = Live(
            console=self._screen,
            get_renderable=self._draw,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._log.redirect(self._print)
        self._live.start()

    def close(self) -> None:
        """Clear the display; the log writes to its stream again."""
        # A terminal that is gone cannot be cleared.
        with contextlib.suppress(OSError):
            self._live.stop()
        self._log.redirect(None)

    def _print(self, line: str) -> None:
        style = LEVEL_STYLES.get(line.partition(" ")[0], "")
        self._screen.print(Text(line, style=style), soft_wrap=True)

    def _draw(self) -> RenderableType:
        return draw(progress_of(self._counters), self._screen)


def draw(progress: RunProgress, screen: Console) -> RenderableType:
    """Draw the progress of a run in the size and the character set of the screen."""
    rows, hidden = rows_that_fit(progress.rows, max(screen.height - OTHER_LINES, LEAST_ROWS))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    cells = [_cells(row, screen) for row in rows]
    cells += [(Text(), Text(hidden, "dim"), *(Text() for _ in range(5)))] if hidden else []
    total = _cells(progress.total, screen)
    for head, *column in zip(HEADS, *cells, total, strict=True):
        # Only the state may be cut off where the terminal is narrow, never a number.
        width = 0 if head == "state" else max(len(head), *(cell.cell_len for cell in column))
        table.add_column(head, justify="right" if head in NUMBERS else "left", no_wrap=True, min_width=width)
    for row in cells:
        table.add_row(*row)
    table.add_row(*total, style="bold")
    return Group(table, _footer(progress, screen))


def _cells(row: ProgressRow, screen: Console) -> tuple[Text, ...]:
    mark, style = STATE_MARKS.get(row.state, ("", ""))
    left = "" if row.left is None else f"~{clock_text(row.left)}"
    numbers = (f"{row.records:,}", f"{row.per_second:,.0f}", f"{row.requests:,}", left)
    return (
        Text(_drawable(mark, screen), style),
        Text(row.stream),
        *map(Text, numbers),
        Text(row.state, style),
    )


def _footer(progress: RunProgress, screen: Console) -> Text:
    line = Text(clock_text(progress.seconds), no_wrap=True, overflow="ellipsis")
    if progress.quota is not None:
        used, limit = progress.quota
        full = round(QUOTA_CELLS * used / limit)
        line.append("   quota ").append(_drawable("━" * full, screen), "cyan")
        line.append(_drawable("─" * (QUOTA_CELLS - full), screen), "dim").append(f" {used:,} of {limit:,} in 10 s")
    if progress.waiting:
        line.append(f"   {progress.waiting}", "yellow")
    return line


def _drawable(marks: str, screen: Console) -> str:
    """Replace marks by ASCII where the terminal's character set is not Unicode."""
    return marks if screen.encoding.startswith("utf") else "".join(ASCII_MARKS.get(mark, mark) for mark in marks)
