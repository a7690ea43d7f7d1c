"""Measure and write what came of it: `python -m benchmarks [full|quick|tiny] [FOLDER]`.

`redraw` measures nothing, and the name of an experiment measures that one again, as the full suite has it.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import msgspec

from benchmarks import machine
from benchmarks.contestants import absent
from benchmarks.points import SUITES, Point
from benchmarks.record import Record
from benchmarks.results import write_results
from benchmarks.rounds import Floor, Run, run_all

HERE = Path(__file__).resolve().parent
RAW = "measurements.json"


def main(suite: str, folder: Path) -> int:
    """Measure a suite, or take what was measured; write tables and plots. Give the exit code."""
    folder.mkdir(exist_ok=True)
    raw = folder / RAW
    if suite in SUITES:
        measure(suite, SUITES[suite], raw)
    elif suite != "redraw":
        again(suite, raw)
    record = msgspec.json.decode(raw.read_bytes(), type=Record)
    write_results(record, folder / "RESULTS.md")
    if suite != "tiny":
        draw = [str(machine.tool("matplotlib")), str(HERE / "plots.py"), str(raw), str(folder)]
        subprocess.run(draw, check=True)
    _say(f"See {folder / 'RESULTS.md'}")
    return 0


def again(experiment: str, raw: Path) -> None:
    """Measure one experiment in the place of what is in `raw` of it. Raises KeyError where there is none."""
    former = msgspec.json.decode(raw.read_bytes(), type=Record)
    points = [point for point in SUITES[former.suite] if point.experiment == experiment]
    if not points:
        raise KeyError(experiment)
    others = [run for run in former.runs if run.point.experiment != experiment]
    floors = [floor for floor in former.floors if floor.point.experiment != experiment]
    measure(former.suite, points, raw, [*others, *floors], former.minutes)


def measure(
    suite: str, points: Sequence[Point], raw: Path, known: Sequence[Run | Floor] = (), minutes: float = 0
) -> None:
    """Run every point, this process and the simulator on one core, the contestant on the other.

    What is measured is kept in `raw` as it comes, behind what is `known`, which took so many minutes.
    """
    machine.stay()
    started = time.monotonic()
    record = Record(suite, datetime.now(UTC).date().isoformat(), machine.facts())
    record.absent = absent(name for point in points for name in point.contestants)
    for result in chain(known, run_all(points, _say, record.absent)):
        if isinstance(result, Run):
            record.runs.append(result)
        elif isinstance(result, Floor):
            record.floors.append(result)
        record.minutes = minutes + (time.monotonic() - started) / 60
        raw.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    suite = sys.argv[1] if len(sys.argv) > 1 else "full"
    sys.exit(main(suite, Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else HERE))  # noqa: PLR2004 - the second
