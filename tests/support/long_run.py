"""Let one process of the tap work for an hour while Intercom errs and changes: does it grow, does it lose?

`endurance.py one|many MINUTES FOLDER`: one long sync of the founding document's workspace, or one sync after the other
of a small one, on API 1.4 and 2.x in turn, each from the state before. One answer in twenty is spoilt, records change
with the requests, and the quota makes it last. A last sync finds no fault. Exit 1 where the process holds more in the
last quarter than in the second, or where something is missing or stale in the end. What happened is printed as JSON,
the samples are in the folder.
"""

import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Self

import msgspec

from conftest import Simulator, Tap
from forked_command import ForkServer
from full_sync import SETTINGS
from record_checks import unfaithful
from record_checks_v2 import compare, identity, key_of
from tap_intercom.streams.table import STREAMS_V1, streams_of

# A refusal for the quota stands still for the rest of its window.
SLOW = {"http-429": 0.0005, "http-429-bare": 0.0005}
# What ends a run, a stream or a record's life is dealt rarely, and only where there is a next sync.
OFTEN = (
    "http-500",
    "http-502-html",
    "http-503",
    "http-504-html",
    "empty-200",
    "null-200",
    "html-200",
    "cut-off-json",
    "cut-off-body",
    "reset-before",
    "reset-in-headers",
    "slow-body",
    "control-characters",
)
RARELY = {
    "http-401-token": 0.0005,
    "http-403": 0.001,
    "scroll-500": 0.002,
    "scroll-expired": 0.002,
    "gone-404": 0.002,
    "merged-410": 0.002,
}
RATE = 0.05
CHANGES = 5  # in a hundred requests
# By how much the median of the last quarter may be above that of the second: a share, and so many.
TOLERANCES = {
    "descriptors": (0.0, 4),
    "threads": (0.0, 2),
    "tasks": (0.0, 8),
    "blocks": (0.05, 5000),
    "memory": (0.10, 8),
}
SAMPLE_SECONDS = 5
WORLD = {"world": "readme"}
# A bookmark does not see what changes without an update: the count of a segment, who is in a company, that one
# is deleted, the name of a sender now. A report ends before the present day.
ASIDE = re.compile(
    r"segments .*: \.count|(contacts|users|leads) .*: \.companies[ \[]|company_contacts .* is missing|"
    r"message_content_export .*: \.name|reporting_exports"
)


class RepeatedCommands:
    """A process that does one command of the tap after the other."""

    def __init__(self, folder: Path, sample_seconds: float = 0) -> None:
        self._samples, self._log = folder / "samples.jsonl", (folder / "log").open("w")
        self._samples.write_text("")
        script = Path(__file__).with_name("repeated_commands.py")
        self._process = subprocess.Popen(
            [sys.executable, script, self._samples, str(sample_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()
        self._log.close()

    def run(self, arguments: Sequence[str]) -> Iterable[dict[str, Any]]:
        """Run, and give the messages as they come, where there are any; the last one says how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(arguments).encode() + b"\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith(b'{"type":'):
                message = json.loads(line)
                yield message
                if message["type"] == "END":
                    return
        raise AssertionError(f"it ended with {self._process.wait()}; see {self._log.name}")

    def samples(self) -> list[dict[str, float]]:
        return [json.loads(line) for line in self._samples.read_text().splitlines()]

    def peak(self) -> float:
        """Give the most memory that it ever had, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


class Target:
    """Keeps the last row of each key, and the last state, as a target does that loads by key."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.streams = {stream.name: stream for stream in (streams_of(version) if version != "1.4" else STREAMS_V1)}
        self.state: dict[str, Any] = {}
        self.records = 0
        self._rows: dict[str, dict[tuple[str, ...], bytes]] = {name: {} for name in self.streams}

    def load(self, messages: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """Load the messages of a run; give what it ended with."""
        for message in messages:
            if message["type"] == "RECORD":
                self.records += 1
                name, row = message["stream"], message["record"]
                self._rows[name][self._key(name, row)] = msgspec.json.encode(row)
            elif message["type"] == "STATE":
                self.state = message["value"]
            elif message["type"] == "END":
                return message
        raise AssertionError("it did not end")

    def _due(self, name: str, truth: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Leave out what was sent after the last export of messages: it is the next one's."""
        if name != "message_content_export":
            return truth
        until = datetime.fromisoformat(self.state["bookmarks"][name]).timestamp()
        return [record for record in truth if int(record["received_at"]) <= until]

    def _key(self, name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
        if self.version == "1.4":
            return tuple(str(row.get(field)) for field in (*self.streams[name].key, "full_name"))
        return key_of(identity(self.streams[name]), row)

    def amiss(self, simulator: Simulator) -> list[str]:
        """Name what is missing, or not as Intercom has it."""
        complaints: list[str] = []
        for name, stream in self.streams.items():
            rows = [msgspec.json.decode(row) for row in self._rows[name].values()]
            if self.version == "1.4":
                complaints += unfaithful(name, simulator.truth(name), rows)
            else:
                complaints += compare(stream, self._due(name, simulator.truth(name, self.version)), rows)
        return [complaint for complaint in complaints if not ASIDE.match(complaint)]


def options(tap: Tap, version: str, target: Target, **settings: Any) -> dict[str, Any]:
    """Give the options of a sync of everything, from the state that the target has."""
    chosen = {"api_version": version, **(SETTINGS if version != "1.4" else {}), **settings}
    return {**chosen, "catalog": tap.catalog(*target.streams, **chosen), "state": target.state}


def one(simulator: Simulator, tap: Tap, minutes: float, servant: RepeatedCommands) -> dict[str, Any]:
    """Do one long sync, and one without a fault."""
    requests = 62_000  # with those that are sent again, and those about what changes meanwhile
    simulator.reset(**WORLD, quota=round(requests / (minutes * 6)), mutate=CHANGES, faults={**SLOW, **often(OFTEN)})
    simulator.hang_up()
    target = Target("2.16")
    del target.streams["reporting_exports"]  # hundreds of exports, one after the other, would outlast everything
    codes = [target.load(servant.run(tap.arguments(**options(tap, "2.16", target))))["code"]]
    grown = growth(servant.samples())
    return finish(simulator, tap, servant, [target]) | {"codes": codes, "grown": grown}


def many(simulator: Simulator, tap: Tap, minutes: float, servant: RepeatedCommands) -> dict[str, Any]:
    """Do one sync after the other until the time is over, and one of each version without a fault."""
    simulator.reset(quota=400, mutate=CHANGES, faults={**SLOW, **RARELY, **often(OFTEN)})
    targets = [Target(version) for version in ("1.4", "2.16", "2.11", "2.7")]
    dice, ends, deadline = random.Random(4), [], time.monotonic() + minutes * 60
    while time.monotonic() < deadline:
        target = targets[len(ends) % len(targets)]
        chosen = options(tap, target.version, target, max_concurrency=dice.choice([1, 4, 64]))
        ends.append(target.load(servant.run(tap.arguments(**chosen))))
        simulator.forget_requests()
        simulator.advance(61)  # a scroll that was left open is gone
    codes = Counter(end["code"] for end in ends)
    grown = growth([end["holdings"] for end in ends[4:]])
    return finish(simulator, tap, servant, targets) | {"codes": codes, "grown": grown, "syncs": len(ends)}


def finish(simulator: Simulator, tap: Tap, servant: RepeatedCommands, targets: list[Target]) -> dict[str, Any]:
    """Let nothing change and nothing fail any more, and see whether what is there is what Intercom holds."""
    stats = simulator.stats()
    simulator.stop_mutating()
    simulator.faults()
    simulator.advance(61)
    complaints = []
    for target in targets:
        end = target.load(servant.run(tap.arguments(**options(tap, target.version, target))))
        if end["code"]:
            complaints.append(f"the last sync of {target.version} ended with {end['code']}")
        complaints += target.amiss(simulator)
    return {
        "complaints": complaints,
        "requests": stats["requests"],
        "refused": stats["refused"],
        "faults": stats["faults"],
        "mutations": stats["mutations"],
        "records": sum(target.records for target in targets),
        "peak": servant.peak(),
        "held in the end": end["holdings"],
    }


def often(kinds: Sequence[str]) -> dict[str, float]:
    """Share the rate among faults."""
    return dict.fromkeys(kinds, RATE / len(kinds))


def growth(samples: Sequence[Mapping[str, float]]) -> dict[str, dict[str, Any]]:
    """Give the medians of the four quarters of each measure, and whether the last is too far above the second."""
    assert len(samples) >= 8, "too short to be judged: give it more minutes"
    quarter = len(samples) // 4
    found = {}
    for name, (share, more) in TOLERANCES.items():
        values = [sample[name] for sample in samples]
        medians = [round(median(values[number * quarter :][:quarter]), 1) for number in range(4)]
        found[name] = {"quarters": medians, "too much": medians[3] > medians[1] * (1 + share) + more}
    return found


def main(kind: str, minutes: str, folder: str) -> int:
    """Let it work; give the exit code."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    simulator = Simulator()
    try:
        with ForkServer() as nursery, RepeatedCommands(path, SAMPLE_SECONDS) as servant:
            tap = Tap(path, simulator.url, nursery)
            result = {"one": one, "many": many}[kind](simulator, tap, float(minutes), servant)
    finally:
        simulator.close()
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 1 if result["complaints"] or any(found["too much"] for found in result["grown"].values()) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
