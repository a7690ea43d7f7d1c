"""Keeps count of a run: of its streams, of the quota, of waits and of what was odd; the clock is passed in."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from tap_intercom.api.rate_limit import RESET_JITTER_SECONDS, WINDOW_SECONDS, QuotaHeaders
from tap_intercom.observability.run_report import OddField, Remark, SlowRequest, StreamReport, WaitReport, WindowReport

SLOWEST: Final = 10
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


class Network(msgspec.Struct, frozen=True):
    """What the requests of a run met; `waited_seconds` adds up the waits of all that were under way at once."""

    retries: int = 0
    throttled: int = 0
    waited_seconds: float = 0.0


class _QuotaWindowCount(msgspec.Struct):
    """A window of the quota, by when it ends on Intercom's clock."""

    end: int
    begun: float
    limit: int
    left: int
    own: int = 0


class Counters:
    """What is known of a run so far; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.began = clock()
        self.network = Network()
        self.exit_code: int | None = None
        self.bookmarks: Bookmarks = {}
        self.errors: list[Remark] = []
        self.warnings: dict[Remark, None] = {}
        self.warnings_left_out = 0
        self._tallies: dict[str, StreamCounters] = {}
        self._fields: dict[tuple[str, str, str], int | None] = {}
        self._windows: list[_QuotaWindowCount] = []
        self._slowest: list[SlowRequest] = []
        self._waits: dict[str, WaitReport] = {}

    @property
    def all_streams(self) -> list[StreamCounters]:
        """What was counted of each stream, in the order in which they were first heard of."""
        return list(self._tallies.values())

    def stream(self, stream: str) -> StreamCounters:
        """Give what is counted of a stream."""
        found = self._tallies.get(stream)
        if found is None:
            found = self._tallies[stream] = StreamCounters(stream=stream, begun=self.clock())
        return found

    def total(self, now: float) -> StreamCounters:
        """Add up what was counted of all streams."""
        total = StreamCounters(stream="total", begun=self.began, ended=now)
        for stream_counters in self._tallies.values():
            total.records += stream_counters.records
            total.requests += stream_counters.requests
            total.warnings += stream_counters.warnings
        complete = sum(stream_counters.state == "complete" for stream_counters in self._tallies.values())
        total.state = f"{complete} of {len(self._tallies)} complete"
        return total

    def asked(self, stream: str, request: str, seconds: float, attempts: int) -> None:
        """Keep a request if it is among the slowest."""
        if len(self._slowest) == SLOWEST and seconds <= self._slowest[-1].seconds:
            return
        ended = self.clock() - self.began
        slow = SlowRequest(stream=stream, request=request, seconds=seconds, attempts=attempts, ended=ended)
        self._slowest = sorted([*self._slowest, slow], key=lambda one: -one.seconds)[:SLOWEST]

    def warn(self, stream: str | None, message: str) -> None:
        """Keep a warning."""
        remark = Remark(stream=stream, message=message)
        if remark in self.warnings or len(self.warnings) < MOST_REMARKS:
            self.warnings[remark] = None
        else:
            self.warnings_left_out += 1

    def fail(self, stream: str | None, message: str) -> None:
        """Keep an error, with what to do about it."""
        self.errors.append(Remark(stream=stream, message=message))

    def note_odd(self, stream: str, field: str, what: str, values: int | None = None) -> None:
        """Keep the name of a field that is `unknown`, or of which so many values were `bent`, or items `left out`."""
        if len(self._fields) < MOST_FIELDS:
            self._fields[stream, field, what] = values

    def wait(self, reason: str, seconds: float) -> None:
        """Keep why requests wait, and for how long."""
        if reason not in self._waits and len(self._waits) >= MOST_REASONS:
            reason = OTHER_REASONS
        former = self._waits.get(reason) or WaitReport(reason=reason, times=0, longest=0.0, seconds=0.0)
        self._waits[reason] = WaitReport(
            reason=reason,
            times=former.times + 1,
            longest=max(former.longest, seconds),
            seconds=former.seconds + seconds,
        )

    def read_quota(self, reading: QuotaHeaders) -> None:
        """Keep what an answer tells of the window in which it was counted; answers come in any order."""
        window = next(
            (one for one in reversed(self._windows[-8:]) if abs(one.end - reading.reset) <= RESET_JITTER_SECONDS), None
        )
        if window is None:
            behind = reading.reset - WINDOW_SECONDS - reading.served
            window = _QuotaWindowCount(
                reading.reset, self.clock() - self.began + behind, reading.limit, reading.remaining
            )
            self._windows.append(window)
        window.limit = reading.limit
        window.left = min(window.left, reading.remaining)
        window.own += 1

    def quota_now(self) -> tuple[int, int] | None:
        """Give how many requests of the newest window are used, and how many there are."""
        newest = max(self._windows, key=lambda window: window.end, default=None)
        return None if newest is None else (newest.limit - newest.left, newest.limit)

    def streams(self, now: float) -> list[StreamReport]:
        """Account for each stream."""
        return [
            StreamReport(
                stream=stream_counters.stream,
                state=stream_counters.state,
                records=stream_counters.records,
                requests=stream_counters.requests,
                begun=stream_counters.begun - self.began,
                seconds=stream_counters.seconds(now),
                request_seconds=stream_counters.request_seconds / stream_counters.requests
                if stream_counters.requests
                else None,
                warnings=stream_counters.warnings,
            )
            for stream_counters in self._tallies.values()
        ]

    def windows(self) -> list[WindowReport]:
        """Account for the quota, window after window."""
        ordered = sorted(self._windows, key=lambda window: window.end)
        return [
            WindowReport(begun=window.begun, limit=window.limit, own=window.own, left=window.left) for window in ordered
        ]

    def fields(self) -> list[OddField]:
        """Name the fields that were odd."""
        return [
            OddField(stream=stream, field=field, what=what, values=values)
            for (stream, field, what), values in sorted(self._fields.items())
        ]

    def slowest(self) -> list[SlowRequest]:
        """Name the slowest requests, the slowest first."""
        return self._slowest

    def waits(self) -> list[WaitReport]:
        """Account for the waits, the longest first."""
        return sorted(self._waits.values(), key=lambda wait: -wait.seconds)
