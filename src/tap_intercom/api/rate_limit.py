"""How fast we may ask: all that Intercom's headers grant and our share allows, nothing on a guess that costs a 429.

Intercom counts requests in windows that end at whole seconds of its own clock (X-RateLimit-Reset). An answer tells
in which window its request was counted, and what was left of it. All `now` are seconds of one monotonic local clock.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

WINDOW_SECONDS: Final = 10.0
# Requests under way at once while no answer has told of a quota: nobody knows what other integrations have left of the
# window, and what is no Intercom may serve few at a time.
MOST_WITHOUT_QUOTA: Final = 4
# Two clocks, one of them slewed by NTP, may part by this much in each second.
CLOCK_DRIFT: Final = 1e-4
# Machines that compute the end of a window from its remaining time round it to one second or the next.
RESET_JITTER_SECONDS: Final = 1
# An answer can come a minute after its window is over; no window lasts longer than five.
LATEST_ANSWER_SECONDS: Final = 60
LONGEST_WINDOW_SECONDS: Final = 300
LARGEST_LIMIT: Final = 1_000_000_000
FIRST_STEP_SECONDS, LONGEST_STEP_SECONDS = 0.05, 1.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 10.0


class Grant(NamedTuple):
    """Leave to send one request; to be given back as answered, throttled, lost or unsent, exactly once."""

    window: int
    sent: float


class QuotaHeaders(NamedTuple):
    """What an answer says of the window in which its request was counted; `served` is its Date in unix seconds."""

    limit: int
    remaining: int
    reset: int
    served: float


def read_headers(headers: Mapping[str, str], served: float | None) -> QuotaHeaders | None:
    """Return what is plausible, or None: a reset means something only beside the Date of the same clock."""
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
    """One window of the quota as far as it is known; `limit` None means that Intercom has not told of any.

    `after` and `end` are on Intercom's clock, `end` None until an answer told it; `opens` is on ours. `own` counts
    our requests in it, `unanswered` those of them under way; `carried` are those of earlier windows that are under
    way: they may turn out to be counted here.
    """

    number: int = 0
    limit: int | None = None
    remaining: int = 0
    after: float = -math.inf
    end: float | None = None
    opens: float = -math.inf
    own: int = 0
    unanswered: int = 0
    carried: int = 0

    def place(self, reset: int) -> int:
        """Say whether a window that ends at `reset` is an earlier one (-1), this one (0) or a later one (1)."""
        if self.limit is None:
            return 1
        if self.end is None:
            return 0 if reset > self.after + RESET_JITTER_SECONDS else -1
        if abs(reset - self.end) <= RESET_JITTER_SECONDS:
            return 0
        return 1 if reset > self.end else -1

    def take_back(self, grant: Grant, *, counted: bool) -> None:
        """Note that a request is no longer under way, and whether it was counted in this window."""
        if grant.window == self.number:
            self.unanswered -= 1
            self.own -= not counted
        else:
            self.carried -= 1
            self.own += counted


class RateLimiter:
    """What we may send; `throttled` counts the answers 429."""

    def __init__(self, share: float) -> None:
        """`share` of each window is ours: 0 < share <= 1."""
        self.throttled = 0
        self._share = share
        self._window = QuotaWindow()
        # At `now` Intercom's clock minus ours is at least `_least - CLOCK_DRIFT * now` and at most `_most + CLOCK_DRIFT
        # * now`.
        self._least = -math.inf
        self._most = math.inf
        self._step = FIRST_STEP_SECONDS
        self._closed_until = -math.inf
        self._pause = FIRST_PAUSE_SECONDS

    @property
    def knows_quota(self) -> bool:
        """Whether an answer has told of a quota, as all of Intercom's do."""
        return self._window.limit is not None

    def take(self, now: float) -> Grant | None:
        """Return leave to send one request at once, or None."""
        window = self._window
        if window.limit is not None and now >= self._closes(window, now):
            window = self._open(now, window.limit)
        if now < self._closed_until or now < window.opens or not self._has_room(window):
            return None
        window.own += 1
        window.unanswered += 1
        return Grant(window.number, now)

    def next_opening(self, now: float) -> float:
        """Return when a refused `take` is worth repeating though no answer has come: infinity if only then."""
        window = self._window
        at = max(self._closed_until, window.opens)
        return at if self._has_room(window) else max(at, self._closes(window, now))

    def note_answered(self, grant: Grant, now: float, reading: QuotaHeaders | None) -> None:
        """Learn from an answer other than 429."""
        self._pause = FIRST_PAUSE_SECONDS
        self._account(grant, now, reading)

    def note_throttled(self, grant: Grant, now: float, reading: QuotaHeaders | None, pause: float | None) -> None:
        """Learn from an answer 429; `pause` is how long it asks us to wait, for where it tells of no window."""
        self.throttled += 1
        self._account(grant, now, reading)
        if reading is not None:
            if self._window.place(reading.reset) == 0:
                self._window.remaining = 0
        elif grant.sent >= self._closed_until:  # the many that were under way together are one complaint
            self._closed_until = now + (self._pause if pause is None else pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def note_lost(self, grant: Grant) -> None:
        """Note that no answer told where a request was counted: it is taken to be here."""
        self._window.take_back(grant, counted=True)
        self._window.remaining -= 1

    def note_unsent(self, grant: Grant) -> None:
        """Note that a request never left."""
        self._window.take_back(grant, counted=False)

    def _account(self, grant: Grant, now: float, reading: QuotaHeaders | None) -> None:
        if reading is None:
            self.note_lost(grant)
            return
        # Intercom's clock had reached Date before the answer set out.
        self._least = max(self._least, reading.served - now + CLOCK_DRIFT * now)
        window = self._window
        place = window.place(reading.reset)
        window.take_back(grant, counted=place == 0)
        if place < 0:
            self._recede(window, grant, reading.reset)
            return
        if place > 0:
            window = self._open(now, reading.limit)
            window.own = 1
        self._learn(window, reading)

    def _cap(self, limit: int) -> int:
        return max(1, math.floor(limit * self._share + 1e-9))

    def _has_room(self, window: QuotaWindow) -> bool:
        if window.limit is None:
            return window.unanswered < MOST_WITHOUT_QUOTA
        return min(self._cap(window.limit) - window.own, window.remaining - window.unanswered) > window.carried

    def _closes(self, window: QuotaWindow, now: float) -> float:
        """Return when, on our clock, a window is surely over on Intercom's."""
        if window.limit is None:
            return math.inf
        return window.opens + WINDOW_SECONDS if window.end is None else window.end - self._offset(now)

    def _offset(self, now: float) -> float:
        return min(self._least - CLOCK_DRIFT * now, self._most + CLOCK_DRIFT * now)

    def _recede(self, window: QuotaWindow, grant: Grant, reset: int) -> None:
        """Take back an opening that was too early: a request sent after it was counted in the window before.

        Then Date and the ends of windows come from clocks that differ, and the bound is lowered to fit.
        """
        if grant.window == window.number and grant.sent >= window.opens:
            window.opens = grant.sent + self._step
            self._most = reset - window.opens - CLOCK_DRIFT * window.opens
            self._step = min(2 * self._step, LONGEST_STEP_SECONDS)

    def _open(self, now: float, limit: int) -> QuotaWindow:
        old = self._window
        self._window = QuotaWindow(
            number=old.number + 1,
            limit=limit,
            remaining=limit,
            after=old.after if old.end is None else old.end,
            opens=now,
            carried=old.unanswered + old.carried,
        )
        return self._window

    def _learn(self, window: QuotaWindow, reading: QuotaHeaders) -> None:
        if window.end is None:
            window.end = reading.reset
            window.remaining = reading.remaining
        window.end = max(window.end, reading.reset)
        window.limit = reading.limit
        window.remaining = min(window.remaining, reading.remaining)
