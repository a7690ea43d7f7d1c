"""The simulated clock: runs with real time, from any moment, and can be advanced."""

import time
from collections.abc import Callable

EARLIEST, LATEST = (
    -60_000_000_000,
    250_000_000_000,
)  # dates can be written of these moments, and of those some years earlier


class Clock:
    """The world's time in unix seconds."""

    def __init__(self, start: float | None = None, real_time: Callable[[], float] = time.time) -> None:
        self._real_time = real_time
        self._offset = 0.0 if start is None else start - real_time()

    def now(self) -> float:
        """Return the world's present time."""
        return self._real_time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock by some seconds. Raises ValueError beyond the times that can be written as a date."""
        if not EARLIEST <= self.now() + seconds <= LATEST:
            raise ValueError(f"the clock goes from {EARLIEST} to {LATEST}; it is {self.now():.0f}")
        self._offset += seconds
