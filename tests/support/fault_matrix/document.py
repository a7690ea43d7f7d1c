"""The table of what becomes of a sync that meets a fault, as docs/faults.md has it."""

from pathlib import Path

from fault_matrix.faults import FAULTS
from fault_matrix.paginations import PAGINATIONS

FILE = Path(__file__).resolve().parents[3] / "docs" / "faults.md"
BEGIN, END = "<!-- faults: written by `make nightly KIND=faults` -->", "<!-- end of faults -->"

Ends = tuple[str, str]  # where the fault came once, and where it stayed
Table = dict[tuple[str, str], Ends]  # by fault and shape


def read() -> Table:
    """Read the table."""
    lines = _split()[1].strip().splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {(row[0], shape.name): _ends(cell) for row in rows for shape, cell in zip(PAGINATIONS, row[1:], strict=True)}


def write(table: Table) -> None:
    """Write the table in its place."""
    before, _, after = _split()
    head = ["fault", *(shape.name for shape in PAGINATIONS)]
    rows = [[fault, *(_cell(*table[fault, shape.name]) for shape in PAGINATIONS)] for fault in FAULTS]
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    FILE.write_text("\n".join([before + BEGIN, *lines, END + after]))


def _split() -> tuple[str, str, str]:
    before, _, rest = FILE.read_text().partition(BEGIN)
    table, _, after = rest.partition(END)
    return before, table, after


def _cell(once: str, always: str) -> str:
    return once if once == always else f"{once}, {always}"


def _ends(cell: str) -> Ends:
    once, *always = cell.split(", ")
    return once, always[0] if always else once
