"""Writes RESULTS.md: the goals, then a table for each experiment."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks import workspace
from benchmarks.contestants import CONTESTANTS
from benchmarks.goals import Goal, goals
from benchmarks.record import Record, excess, middle, peak, per_thousand, processor, share_used, wall
from benchmarks.rounds import Run
from benchmarks.workspace import NOT_MEASURED

Column = tuple[str, Callable[[list[Run]], str]]
VERDICTS: Final = {True: "yes", False: "**no**", None: NOT_MEASURED}
PLOTS: Final = {
    "latency": "Wall time at each latency, conversations with their parts",
    "quota": "The part of the quota that is used while work waits",
    "readme": "Processor time for 1,000 records",
    "growth": "Processor time and memory as the workspace grows",
}
TITLES: Final = {
    "start": ("Start", "The time until a first request is sent; `version` and `about` are whole commands."),
    "readme": (
        "One workspace, nothing in the way",
        (
            "The streams that all contestants have, without latency and quota. singer-io's tap keeps itself to 1,000 "
            "requests a minute, Airbyte's source sleeps 10 ms after each answer. Fewer requests than the fewest: lists "
            "of contacts that were cut off are left so."
        ),
    ),
    "workspace": (
        "Whole workspace",
        (
            "All streams that are selected by default, with the whole of a quota of 1,667 requests in ten seconds, of "
            "a workspace whose records the simulator has written before. The processor time of a stream is that of a "
            "run with this stream alone, the start and the list of its parents included, without latency and quota."
        ),
    ),
    "loading": (
        "Loading into DuckDB",
        (
            "All twelve streams of API 1.4, whose records the simulator has written before: the tap alone, which "
            "writes messages; `--load`; and target-jsonl, whose files DuckDB then reads. What the last two have "
            "written are the rows in the database."
        ),
    ),
    "latency": ("Latency", "Conversations with their parts, without a quota."),
    "quota": (
        "Quota",
        (
            "Conversations with their parts. A run begins with a window of the quota; the share is that of the windows "
            "in which work waited from the beginning to the end, so all but the first and the last."
        ),
    ),
    "scarce": ("A scarce quota", "The same, of everybody."),
    "search": (
        "Searches of 2.x",
        "One stream each; the loop follows one chain of cursors. What a contact has only the beginning of is left out.",
    ),
    "changes": (
        "Increments",
        "One change for each 100 conversations since the last sync. The records are those that the change makes due.",
    ),
    "lists": (
        "Lists and searches",
        (
            "Companies, contacts and conversations without their parts, of a workspace whose records the simulator has "
            "written before: it takes no time of the processor that both share."
        ),
    ),
    "growth": (
        "Growth",
        "`lists`: companies, contacts and conversations without their parts; `talks`: conversations with their parts.",
    ),
}


# What keeps a goal from being met, by how its row begins.
BOUNDS: Final = {
    "searches of 2.x read in parallel": (
        "The processor. Where pages come as fast as they can be worked off, a search takes the time of the "
        "processor in its row below, its start, and the rounds in which it is divided."
    ),
    "processor time per record with all details": (
        "On 2.16 the tap asks for the rest of each list of a contact that Intercom cuts off after ten, which "
        "singer-io's tap leaves out: see the requests below. On API 1.4, whose contacts come whole, there are no "
        "such lists."
    ),
    "processor time per record, lists and searches": (
        "Receiving. Measured by itself, a page of 100 kB with 100 users took 0.23 ms of the processor to be read "
        "from a socket and thrown away, and 0.42 ms through aiohttp: 2.3 and 4.2 µs a record, beside what the "
        "table of the floor has for decoding and encoding it. On 2.16 the rest of lists that are cut off comes on "
        "top, a request for each."
    ),
    "the same, against orjson": (
        "The same: receiving takes about as long as decoding and encoding, and orjson does none of it."
    ),
    "requests of a whole workspace": (
        "What Intercom tells of one record at a time: the notes of companies and contacts, and three things of each "
        "conversation. See the streams below."
    ),
    "wall time of a whole workspace": (
        "The quota: so many requests take so many windows of ten seconds, and the first and the last are not whole. In "
        "the windows between, all of it is used."
    ),
    "processor time of a whole workspace": (
        "Sending a request and receiving its answer, about 0.2 ms of the processor, half of it in aiohttp and asyncio."
    ),
    "growth of the processor time": (
        "The simulator, which writes each record for the first time while the tap works. With the records written "
        "before, ten times the workspace takes the tap a quarter less of the processor: compare the rows of 10x "
        "under “Lists and searches” and under “Growth”."
    ),
}


def write_results(record: Record, path: Path) -> None:
    """Write all tables."""
    path.write_text("\n".join(_lines(record)) + "\n")


def _lines(record: Record) -> Iterator[str]:
    yield "# Results"
    yield ""
    yield (
        f"Measured on {record.day} in {record.minutes:.0f} minutes by `make bench` (suite `{record.suite}`), on the "
        "simulator, which has one core while the contestant has another. Contestants take turns; figures are medians. "
        "Those that ask one request after the other run once where a run takes long, and at fewer points."
    )
    for name in record.absent:
        yield f"{CONTESTANTS[name].title} did not take part: its environment cannot be made with this Python."
    yield ""
    yield from _table(("", ""), ([name, value] for name, value in record.machine.items()))
    yield from ("", "## Goals", "")
    yield from _table(
        ("what", "goal", "measured", "met"),
        ([one.what, one.goal, one.measured, VERDICTS[one.met]] for one in goals(record)),
    )
    yield from _bounds(goals(record))
    for experiment, (title, text) in TITLES.items():
        runs = record.of(experiment)
        if runs:
            yield from ("", f"## {title}", "", text, "")
            if experiment in PLOTS and record.suite != "tiny":
                yield from (_picture(experiment), "")
            yield from _experiment(runs)
            if experiment == "workspace":
                yield from _streams(record, runs)
    yield from _floors(record)


def _bounds(found: Sequence[Goal]) -> Iterator[str]:
    """Say of each goal that is not met what bounds it."""
    missed = [one.what for one in found if one.met is False]
    if missed:
        yield from ("", "What bounds those that are not met:", "")
    for what in missed:
        reason = next((text for start, text in BOUNDS.items() if what.startswith(start)), "Nothing that is known.")
        yield f"- *{what}*: {reason}"


def _streams(record: Record, runs: Sequence[Run]) -> Iterator[str]:
    """Write what each stream did in the run of all, and what it took of the processor by itself."""
    for run in runs:
        yield from ("", f"{CONTESTANTS[run.contestant].title}, stream by stream:", "")
        yield from _table(workspace.HEADS, workspace.stream_rows(record, run))


def _picture(name: str) -> str:
    dark = f'<source media="(prefers-color-scheme: dark)" srcset="{name}-dark.svg">'
    return f'<picture>{dark}<img src="{name}.svg" alt="{PLOTS[name]}"></picture>'


def _experiment(runs: Sequence[Run]) -> Iterator[str]:
    """Write a table of the columns that say something here."""
    groups: dict[tuple[object, ...], list[Run]] = {}
    for run in runs:
        point = run.point
        place = (point.workload, point.scale, point.latency_ms, point.quota, point.share)
        groups.setdefault((*place, run.contestant), []).append(run)
    rows = [[title, *(show(group) for _, show in COLUMNS)] for title, group in _titled(groups)]
    useful = [0, *(n + 1 for n in range(len(COLUMNS)) if any(row[n + 1] != NOT_MEASURED for row in rows))]
    heads = ("", *(head for head, _ in COLUMNS))
    yield from _table([heads[n] for n in useful], ([row[n] for n in useful] for row in rows))


def _titled(groups: dict[tuple[object, ...], list[Run]]) -> Iterator[tuple[str, list[Run]]]:
    for group in groups.values():
        yield CONTESTANTS[group[0].contestant].title, group


def _floors(record: Record) -> Iterator[str]:
    if not record.floors:
        return
    yield from ("", "## The floor of the processor", "", "What orjson takes to decode and encode the same bodies.", "")
    heads = ("experiment", "API", "MB", "records", "processor s", "µs a record")
    yield from _table(
        heads,
        (
            [
                f"{one.point.experiment} {one.point.scale:g}x",
                one.version,
                f"{one.read_bytes / 1e6:,.0f}",
                f"{one.records:,}",
                f"{one.processor_seconds:.2f}",
                f"{one.processor_seconds / one.records * 1e6:.1f}",
            ]
            for one in record.floors
        ),
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _number(form: str, figure: Callable[[Run], float | None]) -> Callable[[list[Run]], str]:
    def show(runs: list[Run]) -> str:
        value = middle(runs, figure)
        return NOT_MEASURED if value is None else form.format(value)

    return show


def _of_point(form: str, name: str) -> Callable[[list[Run]], str]:
    def show(runs: list[Run]) -> str:
        value = getattr(runs[0].point, name)
        return form.format(value) if value else NOT_MEASURED

    return show


def _end(runs: list[Run]) -> str:
    failed = [run for run in runs if run.code]
    if not failed:
        missing = any(run.records < run.expected_records for run in runs)
        return f"not all: {runs[0].expected_records:,} are due" if missing else NOT_MEASURED
    return "failed" if failed[0].ended else "ended after 400 s"


COLUMNS: Final[tuple[Column, ...]] = (
    ("streams", lambda runs: runs[0].point.workload),
    ("size", _of_point("{:g}x", "scale")),
    ("latency", _of_point("{} ms", "latency_ms")),
    ("quota", _of_point("{:,}", "quota")),
    ("share", lambda runs: f"{runs[0].point.share:g}" if runs[0].point.share < 1 else NOT_MEASURED),
    ("runs", lambda runs: str(len(runs))),
    ("wall s", _number("{:.2f}", wall)),
    ("first request s", _number("{:.2f}", lambda run: run.first_request_seconds)),
    ("first record s", _number("{:.2f}", lambda run: run.first_record_seconds)),
    ("records", _number("{:,.0f}", lambda run: run.records or None)),
    ("records/s", _number("{:,.0f}", lambda run: run.records / run.wall_seconds or None)),
    ("requests", _number("{:,.0f}", lambda run: run.requests or None)),
    ("of the fewest", _number("{:.2f}", excess)),
    ("quota used", _number("{:.1%}", share_used)),
    ("429s", _number("{:,.0f}", lambda run: run.refused if run.point.quota else None)),
    ("processor s", _number("{:.2f}", processor)),
    ("processor s per 1,000", _number("{:.4f}", per_thousand)),
    ("MiB", _number("{:.0f}", peak)),
    ("", _end),
)
