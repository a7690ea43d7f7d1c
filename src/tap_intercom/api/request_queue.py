"""Whose turn it is to send: first come, first served, as soon as there is a free slot and the quota allows.

What is urgent comes before: a scroll that is not asked for its next page within a minute is lost.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable

from tap_intercom.api.rate_limit import Grant, RateLimiter

# A wait for the quota that ends within this of one already told of is the same one.
SAME_WAIT_SECONDS = 1.0


class RequestQueue:
    """The queue before the network; wakes exactly those who may go, exactly when they may.

    `waited_seconds` is how long the quota kept work waiting, whatever number of requests it was. `on_wait` is told the
    seconds until more may be sent, once for each window that is used up.
    """

    def __init__(self, rate_limiter: RateLimiter, slots: int, on_wait: Callable[[float], None]) -> None:
        self.waited_seconds = 0.0
        self._rate_limiter = rate_limiter
        self._free = slots
        self._on_wait = on_wait
        self._loop = asyncio.get_running_loop()
        self._queue: deque[asyncio.Future[Grant]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._held_since: float | None = None
        self._told_until = -math.inf

    async def enter(self, *, urgent: bool = False) -> Grant:
        """Wait for a turn, before all others where it is urgent; to be followed by `leave` once the quota has its grant
        back.
        """
        if self._free and not self._queue and (grant := self._take()):
            return grant
        turn: asyncio.Future[Grant] = self._loop.create_future()
        (self._queue.appendleft if urgent else self._queue.append)(turn)
        self._call_up()
        try:
            return await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # called up and cancelled in the same moment
                self._rate_limiter.note_unsent(turn.result())
                self.leave()
            raise

    def leave(self) -> None:
        """Let the next one go."""
        self._free += 1
        self._call_up()

    def close(self) -> None:
        """Wake nobody any more."""
        if self._alarm:
            self._alarm.cancel()

    def _call_up(self) -> None:
        while self._queue and self._free:
            if self._queue[0].done():  # cancelled while it waited
                self._queue.popleft()
            elif grant := self._take():
                self._queue.popleft().set_result(grant)
            else:
                self._set_alarm()
                return

    def _take(self) -> Grant | None:
        now = self._loop.time()
        grant = self._rate_limiter.take(now)
        if grant is None:
            if self._held_since is None and math.isfinite(
                self._rate_limiter.next_opening(now)
            ):  # else it waits for answers
                self._held_since = now
            return None
        if self._held_since is not None:
            self.waited_seconds += now - self._held_since
            self._held_since = None
        self._free -= 1
        return grant

    def _set_alarm(self) -> None:
        self.close()
        now = self._loop.time()
        wake = self._rate_limiter.next_opening(now)
        if math.isinf(wake):
            return
        self._alarm = self._loop.call_at(wake, self._call_up)
        if wake > self._told_until + SAME_WAIT_SECONDS:
            self._told_until = wake
            self._on_wait(wake - now)
