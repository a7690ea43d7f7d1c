"""What the operator sees: logs, metrics, live progress and a closing summary; on stderr, and never the token."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Self

import msgspec

from tap_intercom.errors import TapError
from tap_intercom.log import Log

if TYPE_CHECKING:
    from tap_intercom.display import Display

PROGRESS_SECONDS: Final = 10.0  # between two lines about the progress of one stream
LONG_WAIT_SECONDS: Final = 5.0  # a shorter wait is not worth a line
MOST_REPEATED_WARNINGS: Final = 50  # the summary repeats no more


class Tally(msgspec.Struct):
    """What is counted of one stream; times are those of the report's clock."""

    stream: str
    begun: float
    due: float
    ended: float | None = None
    records: int = 0
    requests: int = 0
    request_seconds: float = 0.0
    warnings: int = 0
    state: str = "waiting"

    def seconds(self, now: float) -> float:
        """Say how long the stream has been read."""
        return (now if self.ended is None else self.ended) - self.begun


class Network(msgspec.Struct, frozen=True):
    """What the requests of a run met; `waited_seconds` adds up the waits of all that were under way at once."""

    retries: int = 0
    throttled: int = 0
    waited_seconds: float = 0.0


class Report:
    """The report of one run; a context manager that ends with the summary.

    `live` shows progress on a terminal instead of writing lines about it. `clock` gives seconds.
    """

    def __init__(self, log: Log, *, live: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._began = clock()
        self._tallies: dict[str, Tally] = {}
        self._warnings: dict[str, None] = {}
        self._network = Network()
        self._wait = ("", self._began)  # what is waited for the longest, and until when
        self._said: dict[str, float] = {}  # reasons to wait, and until when it is known
        self._closed = False
        self._chatter = logging.DEBUG if live else logging.INFO
        self._display: Display | None = None
        if live and log.stream is not None:
            from tap_intercom import display  # noqa: PLC0415 - rich is slow to load, and seldom needed

            self._display = display.Display(log, log.stream, self.rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, stream: str) -> None:
        """Note that the reading of a stream begins; noted again, nothing changes."""
        tally = self._tally(stream)
        if tally.state != "waiting":
            return
        tally.begun = self._clock()
        tally.state = "running"
        self._log.log(self._chatter, "%s: begins", stream)

    def count(self, stream: str, *, records: int = 0, requests: int = 0, seconds: float = 0.0) -> None:
        """Count records and requests; `seconds` is what the requests took. Called for every answer, so cheap."""
        tally = self._tallies.get(stream) or self._tally(stream)
        tally.records += records
        tally.requests += requests
        tally.request_seconds += seconds
        if self._display is None and (now := self._clock()) >= tally.due:
            tally.due = now + PROGRESS_SECONDS
            self._log.info("%s: %s records, %s requests so far", stream, f"{tally.records:,}", f"{tally.requests:,}")

    def warn(self, stream: str, message: str) -> None:
        """Say what the operator should know about a stream; the summary says it again."""
        self._tally(stream).warnings += 1
        self._log.warning("%s: %s", stream, message)
        if len(self._warnings) < MOST_REPEATED_WARNINGS:
            self._warnings[f"{stream}: {message}"] = None

    def caution(self, message: str) -> None:
        """Say what the operator should know about the whole run."""
        self._log.warning("%s", message)

    def skip(self, stream: str, error: TapError) -> None:
        """Say that a stream could not be read, and why."""
        self._log.error("%s: not complete: %s", stream, str(error).removeprefix(f"{stream}: "))
        self._finish(stream, "failed")

    def end(self, stream: str) -> None:
        """Note that a stream is complete."""
        self._finish(stream, "complete")

    def wait(self, reason: str, seconds: float) -> None:
        """Note that requests wait; said in a line only where it is long and was not said before."""
        now = self._clock()
        if now + seconds > self._wait[1]:
            self._wait = (reason, now + seconds)
        if seconds >= LONG_WAIT_SECONDS and now >= self._said.get(reason, now):
            self._said[reason] = now + seconds
            self._log.log(self._chatter, "waiting %.0f s: %s", seconds, reason)

    def network(self, *, retries: int, throttled: int, waited_seconds: float) -> None:
        """Take what the client counted, for the summary."""
        self._network = Network(retries, throttled, waited_seconds)

    def close(self) -> None:
        """Clear the terminal and write the closing summary, once."""
        if self._closed:
            return
        self._closed = True
        if self._display is not None:
            self._display.close()
        for tally in self._tallies.values():
            if tally.ended is None and not (tally.requests or tally.records):
                tally.ended, tally.state = self._clock(), "nothing read"
            self._finish(tally.stream, "not complete")
        for line in self._summary():
            self._log.info("%s", line)

    def rows(self) -> list[tuple[str, ...]]:
        """Give what a live display shows: names, records, records per second, requests and state."""
        now = self._clock()
        tallies = list(self._tallies.values())
        total, requests = sum(tally.records for tally in tallies), sum(tally.requests for tally in tallies)
        elapsed = max(now - self._began, 0.1)
        reason, until = self._wait
        state = f"waiting {until - now:.0f} s: {reason}" if until > now + 1 else f"{elapsed:.0f} s"
        shown = [(tally, tally.records / max(tally.seconds(now), 0.1)) for tally in tallies]
        return [
            ("stream", "records", "per second", "requests", "state"),
            *((t.stream, f"{t.records:,}", f"{rate:,.0f}", f"{t.requests:,}", t.state) for t, rate in shown),
            ("total", f"{total:,}", f"{total / elapsed:,.0f}", f"{requests:,}", state),
        ]

    def _tally(self, stream: str) -> Tally:
        now = self._clock()
        return self._tallies.setdefault(stream, Tally(stream, now, now + PROGRESS_SECONDS))

    def _finish(self, stream: str, state: str) -> None:
        tally = self._tally(stream)
        if tally.ended is not None:
            return
        tally.ended, tally.state = self._clock(), state
        seconds = tally.seconds(tally.ended)
        self._log.info("%s: %s, %s records in %.1f s", stream, state, f"{tally.records:,}", seconds)
        tags = {"endpoint": stream, "status": "succeeded" if state == "complete" else "failed"}
        self._metric("counter", "record_count", tally.records, {"endpoint": stream})
        self._metric("timer", "job_duration", seconds, {"job_type": "sync", **tags})
        if tally.requests:
            self._metric("counter", "http_request_count", tally.requests, {"endpoint": stream})
            mean = tally.request_seconds / tally.requests
            self._metric("timer", "http_request_duration", mean, {**tags, "statistic": "mean"})

    def _metric(self, kind: str, name: str, value: float, tags: dict[str, str]) -> None:
        point = {"type": kind, "metric": name, "value": value, "tags": tags}
        self._log.log(self._chatter, "METRIC: %s", json.dumps(point))

    def _summary(self) -> list[str]:
        """Draw the table of what was read, and what was odd about it."""
        tallies = list(self._tallies.values())
        if all(tally.state == "nothing read" for tally in tallies):
            return []
        now = self._clock()
        total = Tally("total", self._began, 0.0, now)
        for tally in tallies:
            total.records += tally.records
            total.requests += tally.requests
            total.warnings += tally.warnings
        complete = sum(tally.state == "complete" for tally in tallies)
        total.state = f"{complete} of {len(tallies)} complete"
        rows = [("stream", "records", "requests", "seconds", "warnings", "state")]
        for tally in (*tallies, total):
            numbers = (f"{tally.records:,}", f"{tally.requests:,}", f"{tally.seconds(now):.1f}", f"{tally.warnings:,}")
            rows.append((tally.stream, *numbers, tally.state))
        network = (
            f"asked again: {self._network.retries:,}; told to slow down (429): {self._network.throttled:,}; "
            f"waited: {self._network.waited_seconds:.1f} s"
        )
        return [*_aligned(rows), network, *(f"warned of {warning}" for warning in self._warnings)]


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Align the numbers to the right, the first and the last column to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *numbers, last in rows:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=False)]
        lines.append("  ".join([first.ljust(widths[0]), *cells, last]))
    return lines
