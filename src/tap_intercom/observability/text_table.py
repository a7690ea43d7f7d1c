"""A table as lines of text, its columns aligned; the last one wrapped where lines have to fit a terminal."""

import textwrap
from collections.abc import Collection, Iterator, Sequence
from typing import Final

GAP: Final = "  "
LEAST_WRAPPED: Final = 20  # characters in the last column, however narrow the terminal is


def aligned(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> list[str]:
    """Align the columns, those whose index is in `right` to the right; no line ends with a space."""
    widths = _widths(rows)
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(GAP.join(cells).rstrip())
    return lines


def wrapped(rows: Sequence[Sequence[str]], width: int) -> Iterator[Sequence[str]]:
    """Give the rows whose lines, once they are aligned, are no longer than `width` if the last column has room.

    What is too long for the last column goes on in further rows, whose other cells are empty.
    """
    *others, _ = _widths(rows)
    room = max(width - sum(others) - len(GAP) * len(others), LEAST_WRAPPED)
    for *cells, last in rows:
        first, *rest = textwrap.wrap(last, room, break_on_hyphens=False) or [""]
        yield [*cells, first]
        yield from ([*("" for _ in cells), line] for line in rest)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]
