"""The quota: so many requests in each window of ten seconds, windows aligned to unix time."""

from collections import deque

import msgspec

WINDOW_SECONDS = 10
NO_LIMIT = 1_000_000
REMEMBERED_WINDOWS = 1000


class QuotaState(msgspec.Struct, frozen=True):
    """How a request stands: whether it is admitted, and what the X-RateLimit headers say of it."""

    admitted: bool
    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """Return the three headers; the reset is in absolute unix seconds."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class WindowCounts(msgspec.Struct):
    """What happened in one window."""

    start: int
    requests: int = 0
    refused: int = 0


class RateLimit:
    """Counts requests against the present window's limit."""

    def __init__(self, per_window: int) -> None:
        self.limit = per_window or NO_LIMIT
        self.windows: deque[WindowCounts] = deque(maxlen=REMEMBERED_WINDOWS)

    def count_request(self, now: float) -> QuotaState:
        """Count a request in the window that `now` (unix seconds) falls into."""
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
