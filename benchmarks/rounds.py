"""Runs the points: in every round each contestant once, in a workspace made anew, one after the other."""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.contestants import CONTESTANTS, REPORT, Contestant, Task
from benchmarks.machine import ENVIRONMENT, ROOT, WORKING, tool
from benchmarks.points import KEPT_BODIES, Point
from benchmarks.service import Service
from benchmarks.work import CUT, fewest_requests, streams

SECONDS_AT_MOST = 400
SHARE_THAT_CHANGES = 0.01
A_WHILE_SECONDS = 60  # between a sync, what changes, and the next sync
NEWEST, HELD = "2.16", 10  # the version that has all lists; the items that a contact holds of one
_CUT_LISTS: dict[tuple[str, float], int] = {}
STOPWATCH = ROOT / "benchmarks" / "stopwatch.py"
NOT_BEGUN: dict[str, Any] = {
    "started_at": 0.0,
    "code": -1,
    "ended": True,
    "wall_seconds": 0.0,
    "processor_seconds": 0.0,
    "peak_bytes": 0,
    "records": 0,
    "written_bytes": 0,
    "last_words": "its discovery failed",
}
Say = Callable[[str], None]


class StreamRun(msgspec.Struct):
    """What one stream did in a run, and when: `begun` and `seconds` as the tap's report has them."""

    stream: str
    records: int
    requests: int
    begun: float
    seconds: float


class _Report(msgspec.Struct):
    streams: list[StreamRun]


class Run(msgspec.Struct, kw_only=True):
    """One run of one contestant at one point. Seconds are the wall's unless they are the processor's."""

    point: Point
    contestant: str
    code: int
    ended: bool
    wall_seconds: float
    processor_seconds: float
    peak_bytes: int
    records: int
    written_bytes: int
    first_record_seconds: float | None = None
    first_request_seconds: float | None = None
    requests: int = 0
    refused: int = 0
    windows: list[dict[str, int]] = []
    searches: int = 0
    streams: list[StreamRun] = []
    expected_records: int = 0
    fewest_requests: int = 0
    last_words: str = ""


class Floor(msgspec.Struct):
    """What orjson takes to decode and encode the bodies that a contestant of this version is sent."""

    point: Point
    version: str
    processor_seconds: float
    read_bytes: int
    records: int


def run_all(points: Sequence[Point], say: Say, absent: Sequence[str] = ()) -> Iterator[Run | Floor]:
    """Run every point without those who are absent; each has a simulator of its own."""
    for number, whole in enumerate(points, start=1):
        present = tuple(name for name in whole.contestants if name not in absent)
        point = msgspec.structs.replace(whole, contestants=present)
        network = f"{point.latency_ms} ms, {point.quota or 'no'} quota"
        say(f"{number}/{len(points)} {point.experiment}: {point.workload} of {point.world} x{point.scale:g}, {network}")
        with Service() as service, tempfile.TemporaryDirectory() as folder:
            if point.warm:
                _reset(service, point, cache_mb=1024)
                for name in point.contestants:
                    if not CONTESTANTS[name].slow:
                        _run(service, Path(folder), point, name)
            most = max(_rounds_of(point, name) for name in point.contestants)
            for turn in range(most):
                for name in point.contestants:
                    if turn < _rounds_of(point, name):
                        yield _told(_run(service, Path(folder), point, name), say)
            if point.floor:
                yield from _floors(service, Path(folder), point)


def _rounds_of(point: Point, name: str) -> int:
    return point.peer_rounds if CONTESTANTS[name].slow else point.rounds


def _told(run: Run, say: Say) -> Run:
    missing = "" if run.records == run.expected_records else f" of {run.expected_records:,}"
    failed = "" if run.code == 0 else f", exit {run.code}: {run.last_words.strip().splitlines()[-1:]}"
    say(
        f"    {run.contestant:10} {run.wall_seconds:7.2f} s, processor {run.processor_seconds:6.2f} s, "
        f"{run.records:,}{missing} records, {run.requests:,} requests{failed}"
    )
    return run


def _run(service: Service, folder: Path, point: Point, name: str) -> Run:
    contestant = CONTESTANTS[name]
    if not point.warm:
        _reset(service, point)
    since, counts = _prepare(service, point, contestant.version)
    names = contestant.streams(point.workload)
    if "contacts" in names and point.experiment != "search":
        counts[CUT] = _cut_lists(service, point)
    task = Task(
        service.url,
        folder,
        point.workload,
        since,
        point.share,
        outlines=point.experiment == "search",
        report=point.by_stream,
    )
    command = _command(contestant, task)
    service.forget_requests()
    before = service.stats()["windows"]
    if point.quota:
        service.await_window()
    figures = timed(command) if command else dict(NOT_BEGUN)
    windows = _since(before, service.stats()["windows"])
    started_at = figures.pop("started_at")
    if contestant.stored is not None and figures["code"] == 0:
        figures["records"] = contestant.stored(task)
    run = Run(
        point=point,
        contestant=name,
        requests=sum(window["requests"] for window in windows),
        refused=sum(window["refused"] for window in windows),
        windows=windows,
        expected_records=sum(counts[stream] for stream in names) if names else figures["records"],
        fewest_requests=fewest_requests(names, counts, contestant.version),
        **figures,
    )
    if point.journal:
        asked = service.requests()
        run.searches = sum(line["path"].endswith("/search") for line in asked)
        run.first_request_seconds = asked[0]["time"] - started_at if asked else None
    if point.by_stream:
        run.streams = msgspec.json.decode((folder / REPORT).read_bytes(), type=_Report).streams
    return run


def _command(contestant: Contestant, task: Task) -> list[str]:
    """Give the command of a contestant; none where it cannot even say what it reads."""
    try:
        return contestant.command(contestant, task)
    except (subprocess.CalledProcessError, ValueError):
        return []


def _since(before: list[dict[str, int]], windows: list[dict[str, int]]) -> list[dict[str, int]]:
    """Give the windows with the requests that have come since."""
    known = {window["start"]: window for window in before}
    return [
        {**window, **{count: window[count] - former[count] for count in ("requests", "refused")}} if former else window
        for window in windows
        if (former := known.get(window["start"])) != window
    ]


def _reset(service: Service, point: Point, **options: Any) -> None:
    service.reset(world=point.world, scale=point.scale, latency_ms=point.latency_ms, quota=point.quota, **options)


def _prepare(service: Service, point: Point, version: str) -> tuple[float | None, dict[str, int]]:
    """Let something change, if it is to; give since when, and how many records of each stream are to be read."""
    if not point.changed:
        return None, service.counts(version, "conversations", *streams(point.workload, version))
    since = int(service.now())
    count = service.counts(version, "conversations")["conversations"]
    service.advance(A_WHILE_SECONDS)
    service.change("conversations", max(1, round(count * SHARE_THAT_CHANGES)))
    service.advance(A_WHILE_SECONDS)
    changed = [one for one in service.truth("conversations", version) if one["updated_at"] >= since]
    parts = sum(service.count_parts(one["id"], version) for one in changed)
    return since, {"conversations": len(changed), "conversation_parts": parts}


def _cut_lists(service: Service, point: Point) -> int:
    """Count the lists of contacts that are longer than what a contact holds of them."""
    world = (point.world, point.scale)
    if world not in _CUT_LISTS:
        _CUT_LISTS[world] = 0
        for stream in ("contact_companies", "contact_notes", "contact_tags"):
            lengths = Counter(one["contact_id"] for one in service.truth(stream, NEWEST))
            _CUT_LISTS[world] += sum(length > HELD for length in lengths.values())
    return _CUT_LISTS[world]


def timed(command: Sequence[str]) -> dict[str, Any]:
    """Run a command on the core that works."""
    line = [sys.executable, "-S", "-E", str(STOPWATCH), str(WORKING), str(SECONDS_AT_MOST), *command]
    return dict(json.loads(subprocess.run(line, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True).stdout))


def _floors(service: Service, folder: Path, point: Point) -> Iterable[Floor]:
    for name in KEPT_BODIES:
        loop = CONTESTANTS[name]
        if not point.warm:
            _reset(service, point)
        bodies = folder / "bodies"
        recorded = timed([*_kept(loop, service, folder, point), str(bodies)])
        best = [_floor(bodies) for _ in range(point.rounds)]
        middle = sorted(best, key=lambda one: one["processor_seconds"])[len(best) // 2]
        yield Floor(point, loop.version, middle["processor_seconds"], int(middle["read_bytes"]), recorded["records"])
        bodies.unlink()


def _kept(loop: Contestant, service: Service, folder: Path, point: Point) -> list[str]:
    return loop.command(loop, Task(service.url, folder, point.workload))


def _floor(bodies: Path) -> dict[str, float]:
    command = [str(tool("orjson")), str(ROOT / "benchmarks" / "peers" / "floor.py"), str(bodies)]
    return dict(json.loads(subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True).stdout))
