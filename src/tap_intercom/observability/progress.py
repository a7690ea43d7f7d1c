"""What a live display shows of a run: chosen so that it fits the screen, and says how long it still takes."""

from collections.abc import Callable, Sequence

import msgspec

from tap_intercom.observability.counters import Ledger, Tally

LEAST_SECONDS = 0.1  # for a rate
WORTH_A_WORD = 1.0  # second of waiting


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One stream, or all of them; `left` are seconds, None where nobody knows."""

    stream: str
    state: str
    records: int
    requests: int
    per_second: float
    left: float | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is; `quota` are the requests used of the newest window, and its limit."""

    rows: list[Row]
    total: Row
    seconds: float
    quota: tuple[int, int] | None
    waiting: str


def progress(ledger: Ledger, wait: tuple[str, float]) -> Progress:
    """See how far a run is; `wait` is a reason to wait, and until when."""
    now = ledger.clock()
    tallies = ledger.tallies
    reason, until = wait
    running = [tally.left(now) for tally in tallies if tally.ended is None]
    known = [left for left in running if left is not None]
    total = _row(ledger.total(now), now)
    return Progress(
        rows=[_row(tally, now) for tally in tallies],
        total=msgspec.structs.replace(total, left=max(known) if known and len(known) == len(running) else None),
        seconds=now - ledger.began,
        quota=ledger.quota_now(),
        waiting=f"waiting {until - now:.0f} s: {reason}" if until > now + WORTH_A_WORD else "",
    )


def fit(rows: Sequence[Row], most: int) -> tuple[list[Row], str]:
    """Choose as many rows as fit, those first that are under way or failed; say in words what is left out."""
    if len(rows) <= most:
        return list(rows), ""
    chosen: list[Row] = []
    ranks: tuple[Callable[[Row], bool], ...] = (
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


def clock_of(seconds: float) -> str:
    """Say a time that runs, as a clock does: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _row(tally: Tally, now: float) -> Row:
    idle = tally.state == "running" and not (tally.requests or tally.records)
    return Row(
        stream=tally.stream,
        state="waiting" if idle else tally.state,
        records=tally.records,
        requests=tally.requests,
        per_second=tally.records / max(tally.seconds(now), LEAST_SECONDS),
        left=tally.left(now),
    )
