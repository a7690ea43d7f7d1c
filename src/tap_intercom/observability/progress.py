"""What a live display shows of a run: chosen so that it fits the screen, and says how long it still takes."""

from collections.abc import Callable, Sequence

import msgspec

from tap_intercom.observability.counters import Counters, StreamCounters

LEAST_SECONDS = 0.1  # for a rate
LEAST_WAIT_SHOWN = 1.0  # second of waiting


class ProgressRow(msgspec.Struct, frozen=True, kw_only=True):
    """One stream, or all of them; `left` are seconds, None where nobody knows."""

    stream: str
    state: str
    records: int
    requests: int
    per_second: float
    left: float | None = None


class RunProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is; `quota` are the requests used of the newest window, and its limit."""

    rows: list[ProgressRow]
    total: ProgressRow
    seconds: float
    quota: tuple[int, int] | None
    waiting: str


def progress_of(counters: Counters, wait: tuple[str, float]) -> RunProgress:
    """See how far a run is; `wait` is a reason to wait, and until when."""
    now = counters.clock()
    tallies = counters.all_streams
    reason, until = wait
    running = [stream_counters.left(now) for stream_counters in tallies if stream_counters.ended is None]
    known = [left for left in running if left is not None]
    total = _row(counters.total(now), now)
    return RunProgress(
        rows=[_row(stream_counters, now) for stream_counters in tallies],
        total=msgspec.structs.replace(total, left=max(known) if known and len(known) == len(running) else None),
        seconds=now - counters.began,
        quota=counters.quota_now(),
        waiting=f"waiting {until - now:.0f} s: {reason}" if until > now + LEAST_WAIT_SHOWN else "",
    )


def rows_that_fit(rows: Sequence[ProgressRow], most: int) -> tuple[list[ProgressRow], str]:
    """Choose as many rows as fit, those first that are under way or failed; say in words what is left out."""
    if len(rows) <= most:
        return list(rows), ""
    chosen: list[ProgressRow] = []
    ranks: tuple[Callable[[ProgressRow], bool], ...] = (
        lambda row: row.state == "failed",
        lambda row: row.state == "running",
        lambda row: row.state == "waiting",
        lambda _: True,
    )
    for fits in ranks:
        chosen += [row for row in rows if row not in chosen and fits(row)]
    shown = chosen[: max(most - 1, 0)]
    hidden = [row for row in rows if row not in shown]
    counts = {state: sum(row.state == state for row in hidden) for state in dict.fromkeys(row.state for row in hidden)}
    words = ", ".join(f"{count} {state}" for state, count in counts.items())
    return [row for row in rows if row in shown], f"and {len(hidden)} more: {words}"


def clock_text(seconds: float) -> str:
    """Say a time that runs, as a clock does: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _row(stream_counters: StreamCounters, now: float) -> ProgressRow:
    idle = stream_counters.state == "running" and not (stream_counters.requests or stream_counters.records)
    return ProgressRow(
        stream=stream_counters.stream,
        state="waiting" if idle else stream_counters.state,
        records=stream_counters.records,
        requests=stream_counters.requests,
        per_second=stream_counters.records / max(stream_counters.seconds(now), LEAST_SECONDS),
        left=stream_counters.left(now),
    )
