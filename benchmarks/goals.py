"""The goals, each with what was measured, and whether it is met."""

from collections.abc import Callable, Iterable, Iterator
from math import log
from typing import Final, NamedTuple

from benchmarks.record import Record, excess, middle, peak, per_thousand, processor, share_used, wall
from benchmarks.rounds import Run
from benchmarks.work import VERSIONS

TAPS: Final = ("tap", "tap-2.16")
Figure = Callable[[Run], float | None]


class Goal(NamedTuple):
    """One row: `met` is None where it was not measured."""

    what: str
    goal: str
    measured: str
    met: bool | None


def goals(record: Record) -> list[Goal]:
    """Hold every goal against the record."""
    return [goal for ask in QUESTIONS for goal in ask(record)]


def _judged(what: str, goal: str, found: Iterable[tuple[str, float | None, bool]]) -> Goal:
    """Join what was found of several points: all of them must do."""
    known = [(text, good) for text, value, good in found if value is not None]
    if not known:
        return Goal(what, goal, "not measured in this suite", None)
    return Goal(what, goal, "; ".join(text for text, _ in known), all(good for _, good in known))


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _at_least(name: str, value: float | None, least: float, unit: str = "times") -> tuple[str, float | None, bool]:
    return f"{name}: {value or 0:.1f} {unit}", value, (value or 0) >= least


def _at_most(name: str, value: float | None, most: float, form: str = "{:.2f}") -> tuple[str, float | None, bool]:
    return f"{name}: {form.format(value or 0)}", value, value is not None and value <= most


def _quota(record: Record) -> Iterator[Goal]:
    whole = [run for run in record.of("quota") if run.point.share == 1]
    shares = [(run, share_used(run)) for run in whole]
    yield _judged(
        "share of the granted quota used while work waits, any latency up to 300 ms",
        "97 % or more",
        (
            (f"{run.point.quota} at {run.point.latency_ms} ms: {share or 0:.1%}", share, (share or 0) >= 0.97)  # noqa: PLR2004 - the goal
            for run, share in shares
        ),
    )
    yield _judged(
        "429s in steady state",
        "none",
        [_at_most(f"{run.point.quota} at {run.point.latency_ms} ms", float(run.refused), 0, "{:.0f}") for run in whole],
    )
    part = [(run, share_used(run)) for run in record.of("quota") if run.point.share < 1]
    yield _judged(
        "`quota_share`",
        "kept within 2 %",
        (
            (f"{run.point.share:g}: {share or 0:.1%}", share, abs((share or 0) / run.point.share - 1) <= 0.02)  # noqa: PLR2004 - the goal
            for run, share in part
        ),
    )


def _peers(record: Record) -> Iterator[Goal]:
    runs = {name: record.of("latency", latency_ms=100, contestant=name) for name in (*TAPS, "singer-io", "airbyte")}
    yield _judged(
        "wall time, conversations with parts, 100 ms",
        "10 times shorter or better than singer-io and Airbyte",
        (
            _at_least(f"{VERSIONS[tap]} than {peer}", _ratio(middle(runs[peer], wall), middle(runs[tap], wall)), 10)
            for tap in TAPS
            for peer in ("singer-io", "airbyte")
        ),
    )


def _search(record: Record) -> Iterator[Goal]:
    names = ("contacts", "conversations", "tickets")
    tap = {name: record.of("search", workload=name, contestant="tap-2.16") for name in names}
    loop = {name: record.of("search", workload=name, contestant="loop") for name in names}
    yield _judged(
        "searches of 2.x read in parallel, 100 ms",
        "10 times shorter than one chain of cursors",
        (_at_least(name, _ratio(middle(loop[name], wall), middle(tap[name], wall)), 10) for name in names),
    )
    yield _judged(
        "requests of parallel searches",
        "no more than 5 % extra",
        (
            _at_most(name, _ratio(middle(tap[name], lambda run: run.searches), middle(tap[name], _least)), 1.05)
            for name in names
        ),
    )


def _least(run: Run) -> float:
    return float(run.fewest_requests)


def _changes(record: Record) -> Iterator[Goal]:
    found = {(tap, scale): record.of("changes", contestant=tap, scale=scale) for tap in TAPS for scale in (0.1, 1, 10)}
    yield _judged(
        "requests of an incremental sync, 1 % changed",
        "within 10 % of the fewest possible",
        (_at_most(f"{VERSIONS[tap]}, {scale}x", middle(runs, excess), 1.1) for (tap, scale), runs in found.items()),
    )
    for what, figure in (("processor time", processor), ("peak memory", peak)):
        yield _judged(
            f"{what} of an incremental sync: 10x against 1x, where 10 times as much has changed",
            "proportional to the change",
            (
                _at_most(VERSIONS[tap], _ratio(middle(found[tap, 10], figure), middle(found[tap, 1], figure)), 10)
                for tap in TAPS
            ),
        )


def _processor(record: Record) -> Iterator[Goal]:
    yield _against_singer_io(record, "readme", "processor time per record with all details, start-up included", 12)
    yield _against_singer_io(record, "lists", "processor time per record, lists and searches at 10x", 40)
    floors = {tap: record.floor("lists", VERSIONS[tap]) for tap in TAPS}
    yield _judged(
        "the same, against orjson loads and dumps of the same bytes",
        "2 times at most",
        (
            _at_most(
                VERSIONS[tap],
                _ratio(
                    middle(record.of("lists", contestant=tap, point=floor.point), processor), floor.processor_seconds
                ),
                2,
            )
            for tap, floor in floors.items()
            if floor
        ),
    )


def _against_singer_io(record: Record, experiment: str, what: str, least: float) -> Goal:
    peer = middle(record.of(experiment, contestant="singer-io", workload=_WORKLOAD[experiment]), per_thousand)
    return _judged(
        what,
        f"{least:g} times less than singer-io",
        (
            _at_least(
                VERSIONS[tap],
                _ratio(
                    peer,
                    middle(record.of(experiment, contestant=tap, workload=_WORKLOAD[experiment]), per_thousand),
                ),
                least,
            )
            for tap in TAPS
        ),
    )


_WORKLOAD: Final = {"readme": "shared", "lists": "lists"}


def _requests(record: Record) -> Iterator[Goal]:
    yield _judged(
        "requests of a full sync",
        "the fewest that page sizes allow, within 2 %",
        (_at_most(VERSIONS[tap], middle(record.of("readme", contestant=tap), excess), 1.02) for tap in TAPS),
    )


def _workspace(record: Record) -> Iterator[Goal]:
    runs = record.of("workspace", contestant="tap-2.16", scale=1.0)
    figures = (
        ("requests", _requests_sent, 13_000, "{:,.0f}"),
        ("wall time", wall, 80, "{:.1f} s"),
        ("processor time", processor, 4, "{:.1f} s"),
    )
    for what, figure, most, form in figures:
        yield _judged(
            f"{what} of a whole workspace of 2.16 at 100 ms and 1,667 requests in 10 s",
            f"{form.format(most).replace('.0', '')} at most",
            [_at_most("2.16", middle(runs, figure), most, form)],
        )


def _requests_sent(run: Run) -> float:
    return float(run.requests)


def _loading(record: Record) -> Iterator[Goal]:
    tap, load, target = (record.of("loading", contestant=name) for name in ("tap", "load", "target-jsonl"))
    yield _judged(
        "`--load` against the tap that only writes messages, wall and processor",
        "at most twice",
        (
            _at_most(name, _ratio(middle(load, figure), middle(tap, figure)), 2)
            for name, figure in (("wall", wall), ("processor", processor))
        ),
    )
    yield _judged(
        "`--load` against target-jsonl and then DuckDB, wall",
        "10 times faster",
        [_at_least("wall", _ratio(middle(target, wall), middle(load, wall)), 10)],
    )


def _start(record: Record) -> Iterator[Goal]:
    yield _judged(
        "start-up to the first request",
        "under 0.5 s",
        (
            _at_most(
                VERSIONS[tap],
                middle(record.of("start", workload="tags", contestant=tap), lambda run: run.first_request_seconds),
                0.5,
                "{:.2f} s",
            )
            for tap in TAPS
        ),
    )
    yield _judged(
        "`--about`, `--version`",
        "under 0.4 s",
        (
            _at_most(f"--{name}", middle(record.of("start", workload=name), wall), 0.4, "{:.2f} s")
            for name in ("about", "version")
        ),
    )


def _growth(record: Record) -> Iterator[Goal]:
    runs = [
        run for run in record.runs if run.contestant in TAPS and run.point.experiment in ("growth", "lists", "readme")
    ]
    most = max(map(peak, runs), default=None)
    yield _judged("peak memory", "under 80 MiB", [_at_most("at most", most, 80, "{:.0f} MiB")])
    sizes = sorted({run.point.scale for run in record.of("growth", contestant="tap", workload="lists")})
    by_size = [record.of("growth", contestant="tap", workload="lists", scale=size) for size in sizes]
    memory = [middle(runs, peak) for runs in by_size]
    yield _judged(
        f"peak memory, {sizes[-1]:g}x against {sizes[0]:g}x" if sizes else "peak memory",
        "flat",
        [_at_most("ratio", _ratio(memory[-1], memory[0]), 1.15)] if sizes else [],
    )
    yield _judged("growth of the processor time with the records", "linear", [_power(by_size[-2:])])


def _power(last: list[list[Run]]) -> tuple[str, float | None, bool]:
    """Give the power of the records that the time grows with, between the two largest workspaces."""
    times = [middle(runs, processor) for runs in last]
    counts = [middle(runs, lambda run: run.records) for runs in last]
    if len(last) < 2 or None in times or None in counts:  # noqa: PLR2004 - two points make a line
        return "", None, False
    power = log((times[1] or 1) / (times[0] or 1)) / log((counts[1] or 1) / (counts[0] or 1))
    return f"as records to the power of {power:.2f}", power, power <= 1.05  # noqa: PLR2004 - the goal


QUESTIONS: Final = (_quota, _peers, _search, _changes, _processor, _requests, _workspace, _loading, _start, _growth)
