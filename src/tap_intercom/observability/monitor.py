"""What a run tells the operator on stderr: log lines, metrics, live progress and a summary."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from tap_intercom.api.rate_limit import QuotaHeaders
from tap_intercom.errors import TapError
from tap_intercom.observability.counters import Counters
from tap_intercom.observability.log import Log
from tap_intercom.observability.text_table import aligned

if TYPE_CHECKING:
    from tap_intercom.observability.live_display import LiveDisplay

PROGRESS_SECONDS: Final = 10.0  # between two lines about the progress of one stream
LONG_WAIT_SECONDS: Final = 5.0  # a shorter wait gets no line
REPEATED_WAIT_SECONDS: Final = 90.0  # between two lines with one reason; an abandoned scroll is over by then
MOST_REPEATED_WARNINGS: Final = 50  # in the summary
MOST_EXPECTED: Final = 10**12  # a server may name any number
INTERRUPTED: Final = 130


class RunMonitor:
    """Counts what happens in a run and tells the operator; a context manager that ends with the summary.

    `live` shows progress on the log's terminal in place of lines about it. `clock` gives seconds. `counters` holds all
    that was counted; if the run ends with an error, the error and its exit code too.
    """

    def __init__(self, log: Log, *, live: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.counters = Counters(clock)
        self._log = log
        self._clock = clock
        self._terminal = log.stream if live else None
        self._display: LiveDisplay | None = None
        self._detail_level = logging.DEBUG if live else logging.INFO
        self._next_progress: dict[str, float] = {}  # by stream: from when on its progress gets the next line
        self._silent_until: dict[str, float] = {}  # by reason to wait: from when on it gets a line again
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.counters.exit_code = _exit_code(error)
            self.counters.add_error(None, str(error) if isinstance(error, TapError) else type(error).__name__)
        self.close()

    def begin(self, stream: str) -> None:
        """Note that the reading of a stream begins; a second call changes nothing."""
        if self._terminal is not None and self._display is None and not self._closed:
            from tap_intercom.observability.live_display import LiveDisplay  # noqa: PLC0415 - rich is slow to load

            self._display = LiveDisplay(self._log, self._terminal, self.counters)
        counters = self.counters.stream(stream)
        if counters.state != "waiting":
            return
        counters.begun = self._clock()
        counters.state = "running"
        self._next_progress.setdefault(stream, counters.begun + PROGRESS_SECONDS)
        self._log.log(self._detail_level, "%s: begins", stream)

    def count(
        self, stream: str, *, records: int = 0, requests: int = 0, seconds: float = 0.0, request: str = ""
    ) -> None:
        """Count records, or the `requests` attempts and the seconds of one answered `request`, such as "GET /tags".

        Called for every answer, so cheap.
        """
        counters = self.counters.stream(stream)
        counters.records += records
        counters.requests += requests
        counters.request_seconds += seconds
        if request:
            self.counters.add_request(stream, request, seconds, requests)
        if self._display is not None:
            return
        now = self._clock()
        if now >= self._next_progress.setdefault(stream, now + PROGRESS_SECONDS):
            self._next_progress[stream] = now + PROGRESS_SECONDS
            numbers = f"{counters.records:,} records, {counters.requests:,} requests"
            self._log.info("%s: %s so far", stream, numbers)

    def advance(self, streams: Sequence[str], done: int, expected: int | None = None) -> None:
        """Note that streams have read `done` more records, or parents of records, of the number expected by now."""
        for stream in streams:
            counters = self.counters.stream(stream)
            counters.done += done
            if expected is not None:
                counters.expected = min(max(expected, counters.expected or 0), MOST_EXPECTED)

    def warn(self, stream: str, message: str) -> None:
        """Warn the operator of something about a stream; the summary repeats it."""
        self.counters.stream(stream).warnings += 1
        self._log.warning("%s: %s", stream, message)
        self.counters.add_warning(stream, message)

    def warn_of_run(self, message: str) -> None:
        """Warn the operator of something about the whole run."""
        self._log.warning("%s", message)
        self.counters.add_warning(None, message)

    def warn_before_sync(self, message: str, stream: str | None = None) -> None:
        """Warn the operator of something in the configuration, catalog or state; no stream counts it as its own."""
        self._log.warning("%s%s", f"{stream}: " if stream else "", message)
        self.counters.add_warning(stream, message)

    def info(self, message: str) -> None:
        """Tell the operator something about the run that needs no attention."""
        self._log.info("%s", message)

    def fail(self, stream: str, error: TapError) -> None:
        """Note that a stream could not be read to its end, and why."""
        message = str(error).removeprefix(f"{stream}: ")
        self._log.error("%s: not complete: %s", stream, message)
        self.counters.add_error(stream, message)
        self._finish(stream, "failed")

    def end(self, stream: str) -> None:
        """Note that a stream is complete."""
        self._finish(stream, "complete")

    def note_wait(self, reason: str, seconds: float) -> None:
        """Note that requests wait; only a long wait gets a line, and its reason no second one for a while."""
        self.counters.add_wait(reason, seconds)
        now = self._clock()
        if seconds >= LONG_WAIT_SECONDS and now >= self._silent_until.get(reason, now):
            self._silent_until[reason] = now + max(seconds, REPEATED_WAIT_SECONDS)
            self._log.log(self._detail_level, "waiting %.0f s: %s", seconds, reason)

    def note_quota(self, headers: QuotaHeaders) -> None:
        """Note what the headers of an answer say of the quota."""
        self.counters.add_quota(headers)

    def count_network(self, *, retries: int, throttled: int, waited_seconds: float) -> None:
        """Take what the client counted in the whole run."""
        self.counters.retries = retries
        self.counters.throttled = throttled
        self.counters.waited_seconds = waited_seconds

    def close(self) -> None:
        """Clear the live display and write the summary; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._display is not None:
            self._display.close()
        for counters in self.counters.streams:
            if counters.ended is None and not (counters.requests or counters.records):
                counters.ended, counters.state = self._clock(), "nothing read"
            self._finish(counters.stream, "not complete")
        for line in summary(self.counters):
            self._log.info("%s", line)

    def _finish(self, stream: str, state: str) -> None:
        """Note the end of a stream, once, in a line and in metrics of singer-python's form."""
        counters = self.counters.stream(stream)
        if counters.ended is not None:
            return
        counters.ended, counters.state = self._clock(), state
        seconds = counters.seconds(counters.ended)
        self._log.info("%s: %s, %s records in %.1f s", stream, state, f"{counters.records:,}", seconds)
        tags = {"endpoint": stream, "status": "succeeded" if state == "complete" else "failed"}
        self._metric("counter", "record_count", counters.records, {"endpoint": stream})
        self._metric("timer", "job_duration", seconds, {"job_type": "sync", **tags})
        if counters.requests:
            self._metric("counter", "http_request_count", counters.requests, {"endpoint": stream})
            mean = counters.request_seconds / counters.requests
            self._metric("timer", "http_request_duration", mean, {**tags, "statistic": "mean"})

    def _metric(self, kind: str, name: str, value: float, tags: dict[str, str]) -> None:
        point: dict[str, Any] = {"type": kind, "metric": name, "value": value, "tags": tags}
        self._log.log(self._detail_level, "METRIC: %s", json.dumps(point))


def summary(counters: Counters) -> list[str]:
    """Give the lines of the summary: a table of the streams, the network and the warnings; none if nothing was read."""
    if all(stream.state == "nothing read" for stream in counters.streams):
        return []
    now = counters.clock()
    rows = [("stream", "records", "requests", "seconds", "warnings", "state")]
    for stream in (*counters.streams, counters.total(now)):
        numbers = (f"{stream.records:,}", f"{stream.requests:,}", f"{stream.seconds(now):.1f}", f"{stream.warnings:,}")
        rows.append((stream.stream, *numbers, stream.state))
    network = (
        f"asked again: {counters.retries:,}; told to slow down (429): {counters.throttled:,}; "
        f"waited: {counters.waited_seconds:.1f} s"
    )
    repeated = [warning for warning in counters.warnings if warning.stream is not None][:MOST_REPEATED_WARNINGS]
    warnings = [f"warned of {warning.stream}: {warning.message}" for warning in repeated]
    return [*aligned(rows, right=range(1, 5)), network, *warnings]


def _exit_code(error: BaseException) -> int:
    if isinstance(error, TapError):
        return error.exit_code
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else TapError.exit_code
