"""Keeps count of a run: of its streams, of the quota, of waits and of what was odd; the clock is passed in."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Final

import msgspec

from tap_intercom.api.rate_limit import RESET_JITTER_SECONDS, WINDOW_SECONDS, QuotaHeaders
from tap_intercom.observability.run_report import OddField, Remark, SlowRequest, StreamReport, WaitReport, WindowReport

SLOWEST: Final = 10
NEWEST_WINDOWS: Final = 8  # an answer comes too late for an older one
# What a server says may be different each time; what is kept of it is bounded.
MOST_REMARKS: Final = 200
MOST_REASONS: Final = 30
OTHER_REASONS: Final = "other reasons"
MOST_FIELDS: Final = 500

Bookmarks = dict[str, datetime]  # by stream


class StreamCounters(msgspec.Struct, kw_only=True):
    """What is counted of one stream; `begun` and `ended` are times of the ledger's clock.

    `done` of `expected` say how far it is, in whatever the stream is read by: records, or the parents of them.
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
        """Say how long the stream has been read."""
        return (now if self.ended is None else self.ended) - self.begun

    def left(self, now: float) -> float | None:
        """Say how many seconds it still takes, if it goes on like this; None where that is not known."""
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
    """What is known of a run so far; `clock` gives seconds."""

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
        self.longest_wait = ("", self.began)  # the wait that ends last of those that began: its reason, and its end

    @property
    def streams(self) -> list[StreamCounters]:
        """What was counted of each stream, in the order in which they were first heard of."""
        return list(self._streams.values())

    def stream(self, stream: str) -> StreamCounters:
        """Give what is counted of a stream."""
        found = self._streams.get(stream)
        if found is None:
            found = self._streams[stream] = StreamCounters(stream=stream, begun=self.clock())
        return found

    def total(self, now: float) -> StreamCounters:
        """Add up what was counted of all streams."""
        total = StreamCounters(stream="total", begun=self.began, ended=now)
        for stream_counters in self._streams.values():
            total.records += stream_counters.records
            total.requests += stream_counters.requests
            total.warnings += stream_counters.warnings
        complete = sum(stream_counters.state == "complete" for stream_counters in self._streams.values())
        total.state = f"{complete} of {len(self._streams)} complete"
        return total

    def add_request(self, stream: str, request: str, seconds: float, attempts: int) -> None:
        """Keep a request if it is among the slowest."""
        if len(self._slowest) == SLOWEST and seconds <= self._slowest[-1].seconds:
            return
        ended = self.clock() - self.began
        slow = SlowRequest(stream=stream, request=request, seconds=seconds, attempts=attempts, ended=ended)
        self._slowest = sorted([*self._slowest, slow], key=lambda one: -one.seconds)[:SLOWEST]

    def add_warning(self, stream: str | None, message: str) -> None:
        """Keep a warning."""
        remark = Remark(stream=stream, message=message)
        if remark in self.warnings or len(self.warnings) < MOST_REMARKS:
            self.warnings[remark] = None
        else:
            self.warnings_left_out += 1

    def add_error(self, stream: str | None, message: str) -> None:
        """Keep an error, with what to do about it."""
        self.errors.append(Remark(stream=stream, message=message))

    def add_odd_field(self, stream: str, field: str, what: str, values: int | None = None) -> None:
        """Keep the name of a field that is `unknown`, or of which so many values were `bent`, or items `left out`."""
        if len(self._fields) < MOST_FIELDS:
            self._fields[stream, field, what] = OddField(stream=stream, field=field, what=what, values=values)

    def add_wait(self, reason: str, seconds: float) -> None:
        """Keep why requests wait, and for how long."""
        until = self.clock() + seconds
        if until > self.longest_wait[1]:
            self.longest_wait = (reason, until)
        if reason not in self._waits and len(self._waits) >= MOST_REASONS:
            reason = OTHER_REASONS
        waits = self._waits.setdefault(reason, WaitReport(reason=reason))
        waits.times += 1
        waits.longest = max(waits.longest, seconds)
        waits.seconds += seconds

    def add_quota(self, reading: QuotaHeaders) -> None:
        """Keep what an answer tells of the window in which it was counted; answers come in any order."""
        end = next(
            (
                end
                for end in islice(reversed(self._windows), NEWEST_WINDOWS)
                if abs(end - reading.reset) <= RESET_JITTER_SECONDS
            ),
            reading.reset,
        )
        window = self._windows.get(end)
        if window is None:
            begun = self.clock() - self.began + reading.reset - WINDOW_SECONDS - reading.served
            window = WindowReport(begun=begun, limit=reading.limit, left=reading.remaining)
            self._windows[end] = window
        window.limit = reading.limit
        window.left = min(window.left, reading.remaining)
        window.own += 1

    def quota_now(self) -> tuple[int, int] | None:
        """Give the requests used of the newest window, and its limit; None before the first answer."""
        if not self._windows:
            return None
        newest = self._windows[max(self._windows)]
        return newest.limit - newest.left, newest.limit

    def stream_reports(self, now: float) -> list[StreamReport]:
        """Give the report of each stream."""
        return [stream_counters.report(self.began, now) for stream_counters in self._streams.values()]

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
