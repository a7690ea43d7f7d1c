"""Counters of a run: streams, requests, quota, waits, warnings and errors, kept as the parts of its report."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Final

import msgspec

from tap_intercom.api.rate_limit import RESET_JITTER_SECONDS, WINDOW_SECONDS, QuotaHeaders
from tap_intercom.observability.run_report import OddField, Remark, SlowRequest, StreamReport, WaitReport, WindowReport

SLOWEST: Final = 10  # requests that are kept
NEWEST_WINDOWS: Final = 8  # of the quota; no answer is so late that it belongs to an older one
# A server may send a new text each time, so the number of texts that are kept is bounded.
MOST_REMARKS: Final = 200
MOST_REASONS: Final = 30
OTHER_REASONS: Final = "other reasons"
MOST_FIELDS: Final = 500

Bookmarks = dict[str, datetime]  # by stream


class StreamCounters(msgspec.Struct, kw_only=True):
    """Counters of one stream, or of all together; `begun` and `ended` are times of the clock in `Counters`.

    `state` is waiting, running, complete, failed, not complete or nothing read. `done` of the `expected` records are
    read, or parents of records where the stream is read by these.
    """

    stream: str
    begun: float
    ended: float | None = None
    records: int = 0
    requests: int = 0
    request_seconds: float = 0.0
    warnings: int = 0
    state: str = "waiting"
    done: int = 0
    expected: int | None = None

    def seconds(self, now: float) -> float:
        """Give how long the stream has been read, or was."""
        return (now if self.ended is None else self.ended) - self.begun

    def left(self, now: float) -> float | None:
        """Estimate the seconds that the stream still takes; None where it is over, or nothing is known yet."""
        if self.ended is not None or self.expected is None or not self.done:
            return None
        return max(0, self.expected - self.done) * self.seconds(now) / self.done

    def report(self, began: float, now: float) -> StreamReport:
        """Give the stream's part of the report of a run that began at `began`."""
        return StreamReport(
            stream=self.stream,
            state=self.state,
            records=self.records,
            requests=self.requests,
            begun=self.begun - began,
            seconds=self.seconds(now),
            request_seconds=self.request_seconds / self.requests if self.requests else None,
            warnings=self.warnings,
        )


class Counters:
    """Counters of a run so far; `clock` gives seconds, from any zero.

    `exit_code` is None until the run is over. `waited_seconds` adds up waits of requests that waited at the same time.
    `bookmarks` are those at the end of the run.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.began = clock()
        self.retries = 0
        self.throttled = 0
        self.waited_seconds = 0.0
        self.exit_code: int | None = None
        self.bookmarks: Bookmarks = {}
        self.errors: list[Remark] = []
        self.warnings: dict[Remark, None] = {}
        self.warnings_left_out = 0
        self._streams: dict[str, StreamCounters] = {}
        self._fields: dict[tuple[str, str, str], OddField] = {}
        self._windows: dict[int, WindowReport] = {}  # by when each ends, in seconds of Intercom's clock
        self._slowest: list[SlowRequest] = []
        self._waits: dict[str, WaitReport] = {}
        self.last_wait = ("", self.began)  # the wait that ends last: its reason and its end

    @property
    def streams(self) -> list[StreamCounters]:
        """The counters of each stream, in the order in which the streams were first named."""
        return list(self._streams.values())

    def stream(self, stream: str) -> StreamCounters:
        """Give the counters of a stream; new ones if the stream has none yet."""
        found = self._streams.get(stream)
        if found is None:
            found = self._streams[stream] = StreamCounters(stream=stream, begun=self.clock())
        return found

    def total(self, now: float) -> StreamCounters:
        """Add up the counters of all streams."""
        total = StreamCounters(stream="total", begun=self.began, ended=now)
        for stream in self.streams:
            total.records += stream.records
            total.requests += stream.requests
            total.warnings += stream.warnings
        complete = sum(stream.state == "complete" for stream in self.streams)
        total.state = f"{complete} of {len(self._streams)} complete"
        return total

    def add_request(self, stream: str, request: str, seconds: float, attempts: int) -> None:
        """Keep an answered request, such as "GET /tags", if it is among the slowest."""
        if len(self._slowest) == SLOWEST and seconds <= self._slowest[-1].seconds:
            return
        ended = self.clock() - self.began
        slow = SlowRequest(stream=stream, request=request, seconds=seconds, attempts=attempts, ended=ended)
        self._slowest = sorted([*self._slowest, slow], key=lambda one: -one.seconds)[:SLOWEST]

    def add_warning(self, stream: str | None, message: str) -> None:
        """Keep a warning about a stream, or about the run; one that was there before is kept once."""
        remark = Remark(stream=stream, message=message)
        if remark in self.warnings or len(self.warnings) < MOST_REMARKS:
            self.warnings[remark] = None
        else:
            self.warnings_left_out += 1

    def add_error(self, stream: str | None, message: str) -> None:
        """Keep an error that a stream ended with, or the run."""
        self.errors.append(Remark(stream=stream, message=message))

    def add_odd_field(self, stream: str, field: str, what: str, values: int | None = None) -> None:
        """Keep a field that is odd, and how many of its values are; see OddField for `what`."""
        if len(self._fields) < MOST_FIELDS:
            self._fields[stream, field, what] = OddField(stream=stream, field=field, what=what, values=values)

    def add_wait(self, reason: str, seconds: float) -> None:
        """Keep that a request waits from now on, why, and for how many seconds."""
        until = self.clock() + seconds
        if until > self.last_wait[1]:
            self.last_wait = (reason, until)
        if reason not in self._waits and len(self._waits) >= MOST_REASONS:
            reason = OTHER_REASONS
        report = self._waits.setdefault(reason, WaitReport(reason=reason))
        report.times += 1
        report.longest = max(report.longest, seconds)
        report.seconds += seconds

    def add_quota(self, headers: QuotaHeaders) -> None:
        """Keep what an answer says of the quota's window in which it was counted; answers come in any order."""
        window = self._windows.get(headers.reset) or self._window_near(headers.reset)
        if window is None:
            begun = self.clock() - self.began + headers.reset - WINDOW_SECONDS - headers.served
            window = WindowReport(begun=begun, limit=headers.limit, left=headers.remaining)
            self._windows[headers.reset] = window
        window.limit = headers.limit
        window.left = min(window.left, headers.remaining)
        window.own += 1

    def _window_near(self, reset: int) -> WindowReport | None:
        """Give the window that ends about then: a server may round its end up or down."""
        newest = islice(reversed(self._windows), NEWEST_WINDOWS)
        end = next((end for end in newest if abs(end - reset) <= RESET_JITTER_SECONDS), None)
        return None if end is None else self._windows[end]

    def quota_now(self) -> tuple[int, int] | None:
        """Give the requests used of the newest window, and its limit; None before the first answer."""
        if not self._windows:
            return None
        newest = self._windows[max(self._windows)]
        return newest.limit - newest.left, newest.limit

    def stream_reports(self) -> list[StreamReport]:
        """Give the report of each stream so far."""
        now = self.clock()
        return [stream.report(self.began, now) for stream in self.streams]

    def quota_windows(self) -> list[WindowReport]:
        """Give the windows of the quota in the order of time."""
        return [self._windows[end] for end in sorted(self._windows)]

    def fields(self) -> list[OddField]:
        """Give the fields that were odd, by stream and name."""
        return [self._fields[key] for key in sorted(self._fields)]

    def slowest(self) -> list[SlowRequest]:
        """Give the slowest requests, the slowest first."""
        return self._slowest

    def waits(self) -> list[WaitReport]:
        """Give the waits, the longest in all first."""
        return sorted(self._waits.values(), key=lambda wait: -wait.seconds)
