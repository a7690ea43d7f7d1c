"""Measure and write what came of it: `python -m benchmarks [full|quick|tiny] [FOLDER]`.

`redraw` measures nothing, and the name of an experiment measures that one again, as the full suite has it.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks import machine
from benchmarks.contestants import absent
from benchmarks.points import SUITES, Point
from benchmarks.record import Record
from benchmarks.results import write_results
from benchmarks.rounds import Run, run_all

HERE = Path(__file__).resolve().parent
RAW = "measurements.json"


def main(suite: str, folder: Path) -> int:
    """Measure a suite, or take what was measured; write tables and plots. Give the exit code."""
    folder.mkdir(exist_ok=True)
    raw = folder / RAW
    if suite in SUITES:
        measure(SUITES[suite], raw, Record(suite, _today(), machine.facts()))
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
    record = msgspec.json.decode(raw.read_bytes(), type=Record)
    points = [point for point in SUITES[record.suite] if point.experiment == experiment]
    if not points:
        raise KeyError(experiment)
    record.runs = [run for run in record.runs if run.point.experiment != experiment]
    record.floors = [floor for floor in record.floors if floor.point.experiment != experiment]
    kept = [day for day in record.day.split(", ") if not day.startswith(f"{experiment} on ")]
    record.day, record.machine = ", ".join([*kept, f"{experiment} on {_today()}"]), machine.facts()
    measure(points, raw, record)


def measure(points: Sequence[Point], raw: Path, record: Record) -> None:
    """Run every point, this process and the simulator on one core, the contestant on the other.

    What is measured is added to `record`, which is kept in `raw` as it grows.
    """
    machine.stay()
    started, minutes = time.monotonic(), record.minutes
    record.absent = absent(name for point in points for name in point.contestants)
    for result in run_all(points, _say, record.absent):
        if isinstance(result, Run):
            record.runs.append(result)
        else:
            record.floors.append(result)
        record.minutes = minutes + (time.monotonic() - started) / 60
        raw.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    suite = sys.argv[1] if len(sys.argv) > 1 else "full"
    sys.exit(main(suite, Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else HERE))  # noqa: PLR2004 - the second
