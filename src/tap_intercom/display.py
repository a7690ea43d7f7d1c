"""Live progress on a terminal, drawn with rich; loaded only where somebody watches."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Final, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tap_intercom.log import Log

STYLES: Final = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}


class Screen(Console):
    """A console whose cursor stays visible, so that a process that is killed leaves the terminal as it was."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - rich's signature
        """Leave the cursor as it is."""
        return False


class Display:
    """Shows `rows` below the lines of the log, a few times a second, until it is closed.

    The first row holds the headings, the last the totals; the first and the last column are text, the others numbers.
    """

    def __init__(self, log: Log, terminal: TextIO, rows: Callable[[], Sequence[Sequence[str]]]) -> None:
        self._log = log
        self._rows = rows
        self._screen = Screen(file=terminal)
        self._live = Live(
            console=self._screen,
            get_renderable=self._draw,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._log.lead(self._print)
        self._live.start()

    def close(self) -> None:
        """Clear what is shown; lines come plainly again."""
        # A terminal that is gone cannot be cleared.
        with contextlib.suppress(OSError):
            self._live.stop()
        self._log.lead(None)

    def _print(self, line: str) -> None:
        style = STYLES.get(line.partition(" ")[0], "")
        self._screen.print(Text(line, style=style), soft_wrap=True)

    def _draw(self) -> Table:
        headings, *rows, totals = self._rows()
        *columns, last = zip(headings, *rows, totals, strict=True)
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for position, column in enumerate(columns):
            width = max(map(len, column))
            table.add_column(column[0], justify="right" if position else "left", no_wrap=True, min_width=width)
        # A narrow terminal costs words, never digits.
        table.add_column(last[0], no_wrap=True)
        for row in rows:
            table.add_row(*row)
        table.add_row(*totals, style="bold")
        return table
