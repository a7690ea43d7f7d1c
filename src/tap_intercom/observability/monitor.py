"""What the operator sees: logs, metrics, live progress and a closing summary; on stderr, and never the token."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

from tap_intercom.api.rate_limit import QuotaHeaders
from tap_intercom.errors import TapError
from tap_intercom.observability.counters import Counters
from tap_intercom.observability.log import Log
from tap_intercom.observability.text_table import aligned

if TYPE_CHECKING:
    from tap_intercom.observability.live_display import LiveDisplay

PROGRESS_SECONDS: Final = 10.0  # between two lines about the progress of one stream
LONG_WAIT_SECONDS: Final = 5.0  # a shorter wait is not worth a line
SAID_AGAIN_SECONDS: Final = 90.0  # before a reason that stays is said again: longer than a scroll that was left lives
MOST_REPEATED_WARNINGS: Final = 50  # the summary repeats no more
MOST_EXPECTED: Final = 10**12  # a server may say any number


class RunMonitor:
    """What one run tells the operator and counts; a context manager that ends with the summary.

    `live` shows progress on a terminal instead of writing lines about it. `clock` gives seconds. `counters` is what was
    counted.
    """

    def __init__(self, log: Log, *, live: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self.counters = Counters(clock)
        self._log = log
        self._clock = clock
        self._live = live and log.stream is not None
        self._due: dict[str, float] = {}  # when a stream's progress is worth the next line
        self._said: dict[str, float] = {}  # reasons to wait, and until when they are not said again
        self._closed = False
        self._chatter = logging.DEBUG if live else logging.INFO
        self._display: LiveDisplay | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, stream: str) -> None:
        """Note that the reading of a stream begins; noted again, nothing changes."""
        if self._live and self._display is None and not self._closed and self._log.stream is not None:
            from tap_intercom.observability import live_display  # noqa: PLC0415 - rich is slow to load, and seldom needed

            self._display = live_display.LiveDisplay(self._log, self._log.stream, self.counters)
        stream_counters = self.counters.stream(stream)
        if stream_counters.state != "waiting":
            return
        stream_counters.begun = self._clock()
        self._due.setdefault(stream, stream_counters.begun + PROGRESS_SECONDS)
        stream_counters.state = "running"
        self._log.log(self._chatter, "%s: begins", stream)

    def count(self, stream: str, *, records: int = 0, requests: int = 0, seconds: float = 0.0, asked: str = "") -> None:
        """Count records and requests; `seconds` is what the last request took, and `asked` what it asked for.

        Called for every answer, so cheap.
        """
        stream_counters = self.counters.stream(stream)
        stream_counters.records += records
        stream_counters.requests += requests
        stream_counters.request_seconds += seconds
        if asked:
            self.counters.add_request(stream, asked, seconds, requests)
        if self._display is None and (now := self._clock()) >= self._due.setdefault(stream, now + PROGRESS_SECONDS):
            self._due[stream] = now + PROGRESS_SECONDS
            self._log.info(
                "%s: %s records, %s requests so far",
                stream,
                f"{stream_counters.records:,}",
                f"{stream_counters.requests:,}",
            )

    def advance(self, streams: Sequence[str], done: int, expected: int | None = None) -> None:
        """Note how far streams are: so much more is done, of so much as is expected by now."""
        for stream in streams:
            stream_counters = self.counters.stream(stream)
            stream_counters.done += done
            if expected is not None:
                stream_counters.expected = min(max(expected, stream_counters.expected or 0), MOST_EXPECTED)

    def warn(self, stream: str, message: str) -> None:
        """Say what the operator should know about a stream; the summary says it again."""
        self.counters.stream(stream).warnings += 1
        self._log.warning("%s: %s", stream, message)
        self.counters.add_warning(stream, message)

    def info(self, message: str) -> None:
        """Say something about the whole run that is as it should be."""
        self._log.info("%s", message)

    def warn_of_run(self, message: str) -> None:
        """Say what the operator should know about the whole run."""
        self._log.warning("%s", message)
        self.counters.add_warning(None, message)

    def fail(self, stream: str, error: TapError) -> None:
        """Say that a stream could not be read, and why."""
        message = str(error).removeprefix(f"{stream}: ")
        self._log.error("%s: not complete: %s", stream, message)
        self.counters.add_error(stream, message)
        self._finish(stream, "failed")

    def end(self, stream: str) -> None:
        """Note that a stream is complete."""
        self._finish(stream, "complete")

    def note_wait(self, reason: str, seconds: float) -> None:
        """Note that requests wait; said in a line only where it is long and its reason was not said of late."""
        now = self._clock()
        self.counters.add_wait(reason, seconds)
        if seconds >= LONG_WAIT_SECONDS and now >= self._said.get(reason, now):
            self._said[reason] = now + max(seconds, SAID_AGAIN_SECONDS)
            self._log.log(self._chatter, "waiting %.0f s: %s", seconds, reason)

    def note_quota(self, reading: QuotaHeaders) -> None:
        """Take what an answer tells of the quota."""
        self.counters.add_quota(reading)

    def count_network(self, *, retries: int, throttled: int, waited_seconds: float) -> None:
        """Take what the client counted, for the summary."""
        self.counters.retries = retries
        self.counters.throttled = throttled
        self.counters.waited_seconds = waited_seconds

    def close(self) -> None:
        """Clear the terminal and write the closing summary, once."""
        if self._closed:
            return
        self._closed = True
        if self._display is not None:
            self._display.close()
        for stream_counters in self.counters.streams:
            if stream_counters.ended is None and not (stream_counters.requests or stream_counters.records):
                stream_counters.ended, stream_counters.state = self._clock(), "nothing read"
            self._finish(stream_counters.stream, "not complete")
        for line in self._summary():
            self._log.info("%s", line)

    def _finish(self, stream: str, state: str) -> None:
        stream_counters = self.counters.stream(stream)
        if stream_counters.ended is not None:
            return
        stream_counters.ended, stream_counters.state = self._clock(), state
        seconds = stream_counters.seconds(stream_counters.ended)
        self._log.info("%s: %s, %s records in %.1f s", stream, state, f"{stream_counters.records:,}", seconds)
        tags = {"endpoint": stream, "status": "succeeded" if state == "complete" else "failed"}
        self._metric("counter", "record_count", stream_counters.records, {"endpoint": stream})
        self._metric("timer", "job_duration", seconds, {"job_type": "sync", **tags})
        if stream_counters.requests:
            self._metric("counter", "http_request_count", stream_counters.requests, {"endpoint": stream})
            mean = stream_counters.request_seconds / stream_counters.requests
            self._metric("timer", "http_request_duration", mean, {**tags, "statistic": "mean"})

    def _metric(self, kind: str, name: str, value: float, tags: dict[str, str]) -> None:
        point: dict[str, Any] = {"type": kind, "metric": name, "value": value, "tags": tags}
        self._log.log(self._chatter, "METRIC: %s", json.dumps(point))

    def _summary(self) -> list[str]:
        """Draw the table of what was read, and what was odd about it."""
        counters = self.counters
        tallies = counters.streams
        if all(stream_counters.state == "nothing read" for stream_counters in tallies):
            return []
        now = self._clock()
        rows = [("stream", "records", "requests", "seconds", "warnings", "state")]
        for stream_counters in (*tallies, counters.total(now)):
            numbers = (
                f"{stream_counters.records:,}",
                f"{stream_counters.requests:,}",
                f"{stream_counters.seconds(now):.1f}",
                f"{stream_counters.warnings:,}",
            )
            rows.append((stream_counters.stream, *numbers, stream_counters.state))
        network = (
            f"asked again: {counters.retries:,}; told to slow down (429): {counters.throttled:,}; "
            f"waited: {counters.waited_seconds:.1f} s"
        )
        repeated = [remark for remark in counters.warnings if remark.stream is not None][:MOST_REPEATED_WARNINGS]
        said = [f"warned of {remark.stream}: {remark.message}" for remark in repeated]
        return [*aligned(rows, right=range(1, 5)), network, *said]
