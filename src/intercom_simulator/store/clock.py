"""The world's clock: real seconds, counted from any moment, which can be pushed forward."""

import time
from collections.abc import Callable

EARLIEST, LATEST = -60_000_000_000, 250_000_000_000  # a date can be written of these, and of what lies years before


class Clock:
    """Tells the world's time in unix seconds."""

    def __init__(self, start: float | None = None, real_time: Callable[[], float] = time.time) -> None:
        self._real_time = real_time
        self._offset = 0.0 if start is None else start - real_time()

    def now(self) -> float:
        """Return the world's present moment."""
        return self._real_time() + self._offset

    def advance(self, seconds: float) -> None:
        """Let time pass at once. Raises ValueError where no date can be written of what comes then."""
        if not EARLIEST <= self.now() + seconds <= LATEST:
            raise ValueError(f"the clock goes from {EARLIEST} to {LATEST}; it is {self.now():.0f}")
        self._offset += seconds
