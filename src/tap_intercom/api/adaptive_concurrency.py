"""How many requests are under way at once with a server that tells of no quota: as many as it answers faster for.

Intercom always tells; a stand-in for it, or a proxy that drops the headers, may be one that serves a request at a time.
All `now` are seconds of one monotonic local clock.
"""

import math
from typing import Final

# Until the first answer nobody knows what other integrations have left of the window, nor what the server can bear.
FIRST_REQUESTS: Final = 4
# Half as many more, and not twice as many: with six, the five that wait at Python's own server are not too many.
GROWTH: Final = 1.5
# What queues at the server gains nothing; what it serves side by side is answered as many times as fast as it grew.
LEAST_GAIN: Final = 1.2
# A server that was faster for so many serves side by side, and is asked for more without looking.
ENOUGH: Final = 12
# A server may be busy with something else for a moment: what did not help at once may yet.
TRIES: Final = 2
# What did not help is not tried again before this; what did harm, not before that.
CALM_SECONDS, LONG_CALM_SECONDS = 2.0, 60.0


class AdaptiveConcurrency:
    """The `size` of the crowd, which grows after each round that was worth it.

    A round is half as many answers as there may be requests at once, to requests that were sent in it while others
    waited.
    """

    def __init__(self) -> None:
        self.size = FIRST_REQUESTS
        self._rate_below = self._rate_above = 0.0  # answers in a second, in the round before with another size
        self._calm_until = self._shrunk = -math.inf
        self._failed = 0
        self._begin(-math.inf)

    def press(self) -> None:
        """Note that work waits for one of those under way."""
        self._pressed = True

    def answered(self, sent: float, now: float) -> None:
        """Learn from an answer to a request that was sent at `sent`."""
        if sent < self._began:
            return
        self._answers += 1
        self._seconds += now - sent
        if 2 * self._answers >= self.size:
            if self._pressed:
                self._weigh(self.size * self._answers / max(self._seconds, 1e-6), now)
            self._begin(now)

    def shrink(self, sent: float, now: float) -> None:
        """Halve, since no connection came about for a request; the many that were under way together are one sign."""
        if sent >= self._shrunk:
            self._shrunk = now
            self._settle(max(1, self.size // 2), now, LONG_CALM_SECONDS)

    def probe(self, now: float) -> None:
        """Have one request try out whether there is room again, and a few follow it."""
        self._settle(1, now, calm=0.0)

    def _weigh(self, rate: float, now: float) -> None:
        above, self._rate_above = self._rate_above, 0.0
        if self.size < ENOUGH and rate < LEAST_GAIN * self._rate_below:
            self._failed += 1
            if self._failed == TRIES:
                self._settle(math.ceil(self.size / GROWTH), now, CALM_SECONDS)
                self._rate_above = rate
        elif now >= self._calm_until or rate * LEAST_GAIN <= above:  # it was the requests that took longer
            self._rate_below = rate
            self._calm_until = now
            self._failed = 0
            self.size = max(FIRST_REQUESTS, math.ceil(self.size * GROWTH))

    def _settle(self, size: int, now: float, calm: float) -> None:
        self.size = size
        self._rate_below = self._rate_above = 0.0
        self._calm_until = now + calm
        self._failed = 0
        self._begin(now)

    def _begin(self, now: float) -> None:
        self._began = now
        self._answers = 0
        self._seconds = 0.0
        self._pressed = False
