"""Measure and write what came of it: `python -m benchmarks [full|quick|tiny] [FOLDER]`; `redraw` measures nothing."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks import machine
from benchmarks.contestants import absent
from benchmarks.points import SUITES
from benchmarks.record import Record
from benchmarks.results import write_results
from benchmarks.rounds import Floor, Run, run_all

HERE = Path(__file__).resolve().parent
RAW = "measurements.json"


def main(suite: str, folder: Path) -> int:
    """Measure a suite, or take what was measured; write tables and plots. Give the exit code."""
    folder.mkdir(exist_ok=True)
    raw = folder / RAW
    if suite != "redraw":
        measure(suite, raw)
    record = msgspec.json.decode(raw.read_bytes(), type=Record)
    write_results(record, folder / "RESULTS.md")
    if suite != "tiny":
        draw = [str(machine.tool("matplotlib")), str(HERE / "plots.py"), str(raw), str(folder)]
        subprocess.run(draw, check=True)
    _say(f"See {folder / 'RESULTS.md'}")
    return 0


def measure(suite: str, raw: Path) -> None:
    """Run every point of a suite, this process and the simulator on one core, the contestant on the other.

    What is measured is kept in `raw` as it comes.
    """
    machine.stay()
    started = time.monotonic()
    record = Record(suite, datetime.now(UTC).date().isoformat(), machine.facts())
    record.absent = absent(name for point in SUITES[suite] for name in point.contestants)
    for result in run_all(SUITES[suite], _say, record.absent):
        if isinstance(result, Run):
            record.runs.append(result)
        elif isinstance(result, Floor):
            record.floors.append(result)
        record.minutes = (time.monotonic() - started) / 60
        raw.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    suite = sys.argv[1] if len(sys.argv) > 1 else "full"
    sys.exit(main(suite, Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else HERE))  # noqa: PLR2004 - the second
