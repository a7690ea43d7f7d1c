"""Live progress on a terminal, drawn with rich; loaded only where somebody watches."""

import contextlib
from collections.abc import Callable
from typing import Final, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tap_intercom.observability.log import Log
from tap_intercom.observability.progress import ProgressRow, RunProgress, clock_text, rows_that_fit

STYLES: Final = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
STATES: Final = {
    "waiting": ("", "dim"),
    "running": ("●", "cyan"),
    "complete": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "not complete": ("✗", "red"),
}
PLAIN: Final = {"●": "*", "✓": "+", "✗": "x", "━": "=", "─": "-"}
OTHER_LINES: Final = 4  # beside the rows: the headings, the totals, the quota, and the cursor's own
LEAST_ROWS: Final = 3
QUOTA_CELLS: Final = 20


class Screen(Console):
    """A console whose cursor stays visible, so that a process that is killed leaves the terminal as it was."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - rich's signature
        """Leave the cursor as it is."""
        return False


class LiveDisplay:
    """Shows how far a run is below the lines of the log, a few times a second, until it is closed."""

    def __init__(self, log: Log, terminal: TextIO, look: Callable[[], RunProgress]) -> None:
        self._log = log
        self._look = look
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
        """Clear what is shown; lines come plainly again."""
        # A terminal that is gone cannot be cleared.
        with contextlib.suppress(OSError):
            self._live.stop()
        self._log.redirect(None)

    def _print(self, line: str) -> None:
        style = STYLES.get(line.partition(" ")[0], "")
        self._screen.print(Text(line, style=style), soft_wrap=True)

    def _draw(self) -> RenderableType:
        return draw(self._look(), self._screen)


def draw(seen: RunProgress, screen: Console) -> RenderableType:
    """Draw how far a run is, so that it fits the screen and its letters."""
    rows, hidden = rows_that_fit(seen.rows, max(screen.height - OTHER_LINES, LEAST_ROWS))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    cells = [_cells(row, screen) for row in rows]
    cells += [(Text(), Text(hidden, "dim"), *(Text() for _ in range(5)))] if hidden else []
    total = _cells(seen.total, screen)
    columns = list(zip(*cells, total, strict=True))
    heads = ("", "stream", "records", "per second", "requests", "left", "state")
    last = len(heads) - 1
    for place, head in enumerate(heads):
        # A narrow terminal costs words, never digits.
        width = 0 if place == last else max(len(head), *(cell.cell_len for cell in columns[place]))
        is_number = 1 < place < last
        table.add_column(head, justify="right" if is_number else "left", no_wrap=True, min_width=width)
    for row in cells:
        table.add_row(*row)
    table.add_row(*total, style="bold")
    return Group(table, _footer(seen, screen))


def _cells(row: ProgressRow, screen: Console) -> tuple[Text, ...]:
    mark, style = STATES.get(row.state, ("", ""))
    left = "" if row.left is None else f"~{clock_text(row.left)}"
    numbers = (f"{row.records:,}", f"{row.per_second:,.0f}", f"{row.requests:,}", left)
    return (
        Text(_plain(mark, screen), style),
        Text(row.stream),
        *map(Text, numbers),
        Text(row.state, style),
    )


def _footer(seen: RunProgress, screen: Console) -> Text:
    said = Text(clock_text(seen.seconds), no_wrap=True, overflow="ellipsis")
    if seen.quota is not None:
        used, limit = seen.quota
        full = round(QUOTA_CELLS * used / limit)
        said.append("   quota ").append(_plain("━" * full, screen), "cyan")
        said.append(_plain("─" * (QUOTA_CELLS - full), screen), "dim").append(f" {used:,} of {limit:,} in 10 s")
    if seen.waiting:
        said.append(f"   {seen.waiting}", "yellow")
    return said


def _plain(marks: str, screen: Console) -> str:
    """Give marks that the terminal's letters have."""
    return marks if screen.encoding.startswith("utf") else "".join(PLAIN.get(mark, mark) for mark in marks)
