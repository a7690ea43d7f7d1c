"""The rate limit: so many requests in each window of ten seconds; windows begin at multiples of ten unix seconds."""

from collections import deque

import msgspec

WINDOW_SECONDS = 10
NO_LIMIT = 1_000_000
REMEMBERED_WINDOWS = 1000


class QuotaState(msgspec.Struct, frozen=True):
    """Whether a request is admitted, and the values of its X-RateLimit headers."""

    admitted: bool
    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """Return the three X-RateLimit headers; the reset is in absolute unix seconds."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class WindowCounts(msgspec.Struct):
    """How many requests came in one window, and how many of them were refused."""

    start: int
    requests: int = 0
    refused: int = 0


class RateLimit:
    """Counts requests against the limit of the present window."""

    def __init__(self, per_window: int) -> None:
        self.limit = per_window or NO_LIMIT
        self.windows: deque[WindowCounts] = deque(maxlen=REMEMBERED_WINDOWS)

    def count_request(self, now: float) -> QuotaState:
        """Count a request in the window of `now` (unix seconds)."""
        start = int(now) // WINDOW_SECONDS * WINDOW_SECONDS
        if not self.windows or self.windows[-1].start != start:
            self.windows.append(WindowCounts(start))
        window = self.windows[-1]
        window.requests += 1
        admitted = window.requests - window.refused <= self.limit
        if not admitted:
            window.refused += 1
        served = window.requests - window.refused
        return QuotaState(admitted, self.limit, max(0, self.limit - served), start + WINDOW_SECONDS)
