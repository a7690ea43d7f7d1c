"""THE TABLE of what is measured: each point is one world, one network, one quota, and those who read it."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from benchmarks.work import VERSIONS, default_streams

TAPS: Final = ("tap", "tap-2.16")
PEERS: Final = ("singer-io", "airbyte", "sdk", "loop")
ALL: Final = (*TAPS, *PEERS)
KEPT_BODIES: Final = ("loop", "loop-1.4")  # who records the bodies for the floor of the processor


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `rounds` are those of the taps; `peer_rounds` those of contestants that take minutes.

    `warm`: one workspace for all, which the taps have read before, so that its records are all written.
    `by_stream`: the tap's own report of the run says what each stream did.
    """

    experiment: str
    workload: str
    contestants: tuple[str, ...]
    world: str = "readme"
    scale: float = 1.0
    latency_ms: int = 0
    quota: int = 0
    share: float = 1.0
    changed: bool = False
    rounds: int = 3
    peer_rounds: int = 1
    floor: bool = False
    journal: bool = False
    warm: bool = False
    by_stream: bool = False


def _start() -> Iterable[Point]:
    for command in ("version", "about"):
        yield Point(experiment="start", workload=command, world="small", contestants=TAPS[:1], rounds=5)
    yield Point(
        experiment="start", workload="tags", world="small", contestants=ALL, rounds=5, peer_rounds=3, journal=True
    )


def _readme(scale: float) -> Iterable[Point]:
    yield Point(experiment="readme", workload="shared", contestants=ALL, scale=scale, rounds=5, floor=True)


def _workspace(scale: float, quota: int) -> Iterable[Point]:
    """Read everything at once, and then each stream by itself, with nothing in the way, for its processor time."""
    yield Point(
        experiment="workspace",
        workload="everything",
        contestants=TAPS,
        scale=scale,
        latency_ms=100,
        quota=quota,
        rounds=1,
        warm=True,
        by_stream=True,
    )
    for tap in TAPS:
        for stream in default_streams(VERSIONS[tap]):
            yield Point(experiment="apart", workload=stream, contestants=(tap,), scale=scale, rounds=1)


def _loading(scale: float) -> Iterable[Point]:
    yield Point(
        experiment="loading",
        workload="everything",
        contestants=("tap", "load", "target-jsonl"),
        scale=scale,
        rounds=5,
        warm=True,
    )


def _latency(scale: float) -> Iterable[Point]:
    for latency in (0, 20, 100):
        yield Point(experiment="latency", workload="talks", contestants=ALL, scale=scale, latency_ms=latency)
    yield Point(experiment="latency", workload="talks", contestants=TAPS, scale=scale, latency_ms=300)


def _quota() -> Iterable[Point]:
    for latency in (100, 300):
        yield _steady("tap", 167, 0.32, latency)
    for latency in (100, 300):
        yield _steady("tap-2.16", 1667, 3.2, latency)
    yield _steady("tap-2.16", 1667, 2.9, 100, share=0.9)
    yield Point(
        experiment="scarce",
        workload="talks",
        contestants=(*TAPS, "singer-io", "airbyte"),
        scale=0.15,
        latency_ms=20,
        quota=167,
        rounds=1,
    )


def _steady(contestant: str, quota: int, scale: float, latency_ms: int, share: float = 1.0) -> Point:
    """Read long enough for two or three windows in which work waits from the beginning to the end."""
    return Point(
        experiment="quota",
        workload="talks",
        contestants=(contestant,),
        scale=scale,
        latency_ms=latency_ms,
        quota=quota,
        share=share,
        rounds=1,
    )


def _search(scales: Mapping[str, float]) -> Iterable[Point]:
    for workload, scale in scales.items():
        yield Point(
            experiment="search",
            workload=workload,
            contestants=("tap-2.16", "loop"),
            scale=scale,
            latency_ms=100,
            rounds=2,
            journal=True,
            warm=True,
        )


def _growth(scales: tuple[float, ...]) -> Iterable[Point]:
    small, large, *huge = scales
    yield Point(experiment="growth", workload="lists", contestants=(*TAPS, "singer-io", "sdk", "loop"), scale=small)
    yield Point(experiment="growth", workload="lists", contestants=TAPS, scale=large, rounds=2)
    for scale in huge:
        yield Point(experiment="growth", workload="lists", contestants=("tap",), scale=scale, rounds=1)
    for scale in (small, large):
        yield Point(experiment="growth", workload="talks", contestants=("tap",), scale=scale, rounds=1)


def _lists(scale: float) -> Iterable[Point]:
    yield Point(
        experiment="lists",
        workload="lists",
        contestants=(*TAPS, "singer-io"),
        scale=scale,
        rounds=2,
        floor=True,
        warm=True,
    )


def _changes(scales: tuple[float, ...]) -> Iterable[Point]:
    small, *larger = scales
    yield Point(experiment="changes", workload="talks", contestants=ALL, scale=small, changed=True)
    for scale in larger:
        yield Point(experiment="changes", workload="talks", contestants=TAPS, scale=scale, changed=True, rounds=1)


FULL: Final = (
    *_start(),
    *_readme(1),
    *_workspace(1, 1667),
    *_loading(1),
    *_latency(0.1),
    *_quota(),
    *_search({"contacts": 10, "conversations": 20, "tickets": 50}),
    *_changes((1, 10)),
    *_lists(10),
    *_growth((1, 10, 100)),
)
QUICK: Final = (
    *_start(),
    *_readme(0.1),
    *_workspace(0.02, 167),
    *_loading(0.1),
    Point(experiment="latency", workload="talks", contestants=ALL, scale=0.02, latency_ms=100, rounds=1),
    _steady("tap", 167, 0.2, 100),
    *_search({"contacts": 2}),
    *_changes((0.1,)),
    *_lists(1),
    *_growth((0.1, 1)),
)
TINY: Final = (
    Point(experiment="changes", workload="talks", contestants=TAPS, world="small", scale=0.2, changed=True, rounds=1),
)
SUITES: Final = {"full": FULL, "quick": QUICK, "tiny": TINY}
