"""All that was measured in one go, and how to ask it: medians, and nothing but what is there."""

from collections.abc import Callable
from statistics import median

import msgspec

from benchmarks.rounds import Floor, Run


class Record(msgspec.Struct):
    """What is kept beside the tables, so that they can be written again without measuring."""

    suite: str
    day: str
    machine: dict[str, str]
    runs: list[Run] = []
    floors: list[Floor] = []
    minutes: float = 0.0
    absent: list[str] = []

    def of(self, experiment: str, **wanted: object) -> list[Run]:
        """Give the runs of an experiment whose point, or who themselves, have these values."""
        return [
            run
            for run in self.runs
            if run.point.experiment == experiment and all(_value(run, name) == value for name, value in wanted.items())
        ]

    def floor(self, experiment: str, version: str) -> Floor | None:
        """Give the floor of the processor for an experiment, if it was measured."""
        found = [one for one in self.floors if one.point.experiment == experiment and one.version == version]
        return found[0] if found else None


def _value(run: Run, name: str) -> object:
    return getattr(run if name in {"contestant", "point"} else run.point, name)


def middle(runs: list[Run], figure: Callable[[Run], float | None]) -> float | None:
    """Give the median of a figure over runs; None where there is none."""
    values = [value for run in runs if run.code == 0 and (value := figure(run)) is not None]
    return median(values) if values else None


def wall(run: Run) -> float:
    """Give the seconds from the start of the command to its end."""
    return run.wall_seconds


def processor(run: Run) -> float:
    """Give the seconds of processor time, start-up included."""
    return run.processor_seconds


def per_thousand(run: Run) -> float | None:
    """Give the seconds of processor time for 1,000 records."""
    return run.processor_seconds / run.records * 1000 if run.records else None


def peak(run: Run) -> float:
    """Give the most memory, in MiB."""
    return run.peak_bytes / 2**20


def excess(run: Run) -> float | None:
    """Give the requests for each of the fewest possible."""
    return run.requests / run.fewest_requests if run.fewest_requests else None


def share_used(run: Run) -> float | None:
    """Give the part of the quota that was used in the windows in which work waited from the beginning to the end."""
    whole = run.windows[1:-1]
    if not run.point.quota or not whole:
        return None
    served = sum(window["requests"] - window["refused"] for window in whole)
    return served / (run.point.quota * len(whole))
