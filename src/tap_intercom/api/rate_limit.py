"""The rate limiter: when a request may be sent, by the quota that Intercom's headers give and our share of it.

Intercom counts the requests of an app in windows of ten seconds, which end at whole seconds of its own clock. The
headers X-RateLimit-Limit, -Remaining and -Reset of an answer tell the window in which its request was counted (by its
end), how many requests it may have, and how many are left. Nothing is sent that they do not allow, since that
would cost a 429. All `now` are seconds of one monotonic local clock. In which order requests leave is decided in
`request_queue`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

WINDOW_SECONDS: Final = 10.0
# Requests in flight at once while no answer has told of a quota: other integrations may have used most of it, and a
# server other than Intercom may serve few requests at a time.
MOST_WITHOUT_QUOTA: Final = 4
# Seconds in each second by which two clocks may drift apart, one of them corrected by NTP.
CLOCK_DRIFT: Final = 1e-4
# A server that computes the end of a window from the time that is left may round it up or down.
RESET_JITTER_SECONDS: Final = 1
# Headers with an end before or behind these limits, seen from their Date, are ignored.
LATEST_ANSWER_SECONDS: Final = 60
LONGEST_WINDOW_SECONDS: Final = 300
LARGEST_LIMIT: Final = 1_000_000_000
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS = 0.05, 1.0  # of a window that was opened too early
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 10.0  # after a 429 that tells neither a window nor a time


class Grant(NamedTuple):
    """Permission to send one request, of a window by its number; each is given back once, with a `note_…` method."""

    window: int
    sent_at: float


class QuotaHeaders(NamedTuple):
    """The quota headers of an answer: the window in which its request was counted.

    `reset`, its end, and `served`, the Date of the answer, are in unix seconds.
    """

    limit: int
    remaining: int
    reset: int
    served: float


def read_quota_headers(headers: Mapping[str, str], served: float | None) -> QuotaHeaders | None:
    """Return the quota headers of an answer with the Date `served`, or None if they are missing or not plausible."""
    try:
        limit = int(headers["X-RateLimit-Limit"])
        remaining = int(headers["X-RateLimit-Remaining"])
        reset = int(headers["X-RateLimit-Reset"])
    except (KeyError, ValueError):
        return None
    if served is None or not -LATEST_ANSWER_SECONDS <= reset - served <= LONGEST_WINDOW_SECONDS:
        return None
    if not 1 <= limit <= LARGEST_LIMIT or remaining < 0:
        return None
    return QuotaHeaders(limit, min(remaining, limit), reset, served)


@dataclass(slots=True, kw_only=True)
class QuotaWindow:
    """One window of the quota, as far as it is known; `limit` is None while no answer has told of a quota.

    `end` and `previous_end`, the end of the last known window before, are unix seconds of Intercom's clock; `end` is
    None until an answer tells it. `opens_at` is on the local clock. `sent` counts our requests in this window,
    `in_flight` those of them without an answer, `in_flight_before` those of earlier windows without an answer, which
    Intercom may count here.
    """

    number: int = 0
    limit: int | None = None
    remaining: int = 0
    previous_end: float = -math.inf
    end: float | None = None
    opens_at: float = -math.inf
    sent: int = 0
    in_flight: int = 0
    in_flight_before: int = 0

    def position_of(self, reset: int) -> int:
        """Say whether a window that ends at `reset` is an earlier one (-1), this one (0) or a later one (1)."""
        if self.limit is None:
            return 1
        if self.end is None:
            return 0 if reset > self.previous_end + RESET_JITTER_SECONDS else -1
        if abs(reset - self.end) <= RESET_JITTER_SECONDS:
            return 0
        return 1 if reset > self.end else -1

    def give_back(self, grant: Grant, *, counted: bool) -> None:
        """Note that a request is no longer in flight, and whether Intercom counted it in this window."""
        if grant.window == self.number:
            self.in_flight -= 1
            self.sent -= not counted
        else:
            self.in_flight_before -= 1
            self.sent += counted


class RateLimiter:
    """Grants requests within our share of the current window of the quota; `throttled` counts the answers 429."""

    def __init__(self, share: float) -> None:
        """`share` of each window is ours: 0 < share <= 1."""
        self.throttled = 0
        self._share = share
        self._window = QuotaWindow()
        # At `now` Intercom's clock minus ours is at least `_least_offset - CLOCK_DRIFT * now` and at most
        # `_most_offset + CLOCK_DRIFT * now`.
        self._least_offset = -math.inf
        self._most_offset = math.inf
        self._opening_delay = FIRST_DELAY_SECONDS
        self._closed_until = -math.inf
        self._pause_seconds = FIRST_PAUSE_SECONDS

    @property
    def knows_quota(self) -> bool:
        """Whether an answer has told of a quota, as all of Intercom's do."""
        return self._window.limit is not None

    def take(self, now: float) -> Grant | None:
        """Return permission to send one request at once, or None."""
        window = self._window
        if window.limit is not None and now >= self._closing_time(window, now):
            window = self._open_window(now, window.limit)
        if now < self._closed_until or now < window.opens_at or not self._has_room(window):
            return None
        window.sent += 1
        window.in_flight += 1
        return Grant(window.number, now)

    def next_opening(self, now: float) -> float:
        """Return when `take` may give a grant again even if no answer comes before; infinity if it needs an answer."""
        window = self._window
        opening = max(self._closed_until, window.opens_at)
        return opening if self._has_room(window) else max(opening, self._closing_time(window, now))

    def note_answered(self, grant: Grant, now: float, headers: QuotaHeaders | None) -> None:
        """Take note of an answer other than 429."""
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._note_headers(grant, now, headers)

    def note_throttled(self, grant: Grant, now: float, headers: QuotaHeaders | None, pause: float | None) -> None:
        """Take note of an answer 429; `pause`, the seconds that it asks us to wait, counts if it tells no window."""
        self.throttled += 1
        self._note_headers(grant, now, headers)
        if headers is not None:
            if self._window.position_of(headers.reset) == 0:
                self._window.remaining = 0
        elif grant.sent_at >= self._closed_until:  # the requests in flight together pause us once
            self._closed_until = now + (self._pause_seconds if pause is None else pause)
            self._pause_seconds = min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)

    def note_lost(self, grant: Grant) -> None:
        """Take note that no answer told in which window a request was counted: it is assumed to be the current one."""
        self._window.give_back(grant, counted=True)
        self._window.remaining -= 1

    def note_unsent(self, grant: Grant) -> None:
        """Take note that a request was not sent."""
        self._window.give_back(grant, counted=False)

    def _note_headers(self, grant: Grant, now: float, headers: QuotaHeaders | None) -> None:
        if headers is None:
            self.note_lost(grant)
            return
        # Intercom's clock had reached Date before the answer was sent.
        self._least_offset = max(self._least_offset, headers.served - now + CLOCK_DRIFT * now)
        window = self._window
        position = window.position_of(headers.reset)
        window.give_back(grant, counted=position == 0)
        if position < 0:
            self._delay_opening(window, grant, headers.reset)
            return
        if position > 0:
            window = self._open_window(now, headers.limit)
            window.sent = 1
        self._update(window, headers)

    def _share_of(self, limit: int) -> int:
        return max(1, math.floor(limit * self._share + 1e-9))

    def _has_room(self, window: QuotaWindow) -> bool:
        if window.limit is None:
            return window.in_flight < MOST_WITHOUT_QUOTA
        ours = self._share_of(window.limit) - window.sent
        return min(ours, window.remaining - window.in_flight) > window.in_flight_before

    def _closing_time(self, window: QuotaWindow, now: float) -> float:
        """Return the time on the local clock at which a window is surely over on Intercom's."""
        if window.limit is None:
            return math.inf
        return window.opens_at + WINDOW_SECONDS if window.end is None else window.end - self._clock_offset(now)

    def _clock_offset(self, now: float) -> float:
        """Return the seconds by which Intercom's clock is surely ahead of the local one."""
        return min(self._least_offset - CLOCK_DRIFT * now, self._most_offset + CLOCK_DRIFT * now)

    def _delay_opening(self, window: QuotaWindow, grant: Grant, reset: int) -> None:
        """Open a window later if a request that was sent in it was counted in the window before.

        Then Date and the ends of windows come from different clocks, and the bound of the offset is lowered to fit.
        """
        if grant.window == window.number and grant.sent_at >= window.opens_at:
            window.opens_at = grant.sent_at + self._opening_delay
            self._most_offset = reset - window.opens_at - CLOCK_DRIFT * window.opens_at
            self._opening_delay = min(2 * self._opening_delay, LONGEST_DELAY_SECONDS)

    def _open_window(self, now: float, limit: int) -> QuotaWindow:
        old = self._window
        self._window = QuotaWindow(
            number=old.number + 1,
            limit=limit,
            remaining=limit,
            previous_end=old.previous_end if old.end is None else old.end,
            opens_at=now,
            in_flight_before=old.in_flight + old.in_flight_before,
        )
        return self._window

    def _update(self, window: QuotaWindow, headers: QuotaHeaders) -> None:
        if window.end is None:
            window.end = headers.reset
            window.remaining = headers.remaining
        window.end = max(window.end, headers.reset)
        window.limit = headers.limit
        window.remaining = min(window.remaining, headers.remaining)
