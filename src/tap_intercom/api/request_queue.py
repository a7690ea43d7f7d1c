"""The queue in front of the network: in which order requests are sent, and how many are in flight at once.

First in, first out, in three classes. Scroll pages are first: a scroll expires if its next page is not asked for within
a minute. The details of single records are last: the pages of a list are asked for one after the other, so that each
one that waits behind hundreds of details would make its list end later. When a request may be sent is decided in
`rate_limit`.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import Final

from tap_intercom.api.rate_limit import Grant, RateLimiter

# A wait that ends no later than this after the last one that was reported is part of that wait.
SAME_WAIT_SECONDS: Final = 1.0


class RequestQueue:
    """Lets requests through, at most `slots` at a time, as soon as the rate limiter grants them.

    `waited_seconds` is how long the quota kept requests waiting, whatever their number. `on_wait` is called with the
    seconds until the next opening, once for each window that is used up.
    """

    def __init__(self, rate_limiter: RateLimiter, slots: int, on_wait: Callable[[float], None]) -> None:
        self.waited_seconds = 0.0
        self._rate_limiter = rate_limiter
        self._free_slots = slots
        self._on_wait = on_wait
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[asyncio.Future[Grant]] = deque()
        self._yielding: deque[asyncio.Future[Grant]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._held_since: float | None = None
        self._reported_until = -math.inf

    async def enter(self, *, urgent: bool = False, yields: bool = False) -> Grant:
        """Wait for a grant, before all others if `urgent`, after them if it `yields`.

        Call `leave` after the rate limiter has got the grant back.
        """
        if self._free_slots and not self._waiting and not self._yielding and (grant := self._take()):
            return grant
        granted: asyncio.Future[Grant] = self._loop.create_future()
        queue = self._yielding if yields else self._waiting
        (queue.appendleft if urgent else queue.append)(granted)
        self._let_through()
        try:
            return await granted
        except asyncio.CancelledError:
            if not granted.cancelled():  # granted and cancelled at the same time
                self._rate_limiter.note_unsent(granted.result())
                self.leave()
            raise

    def leave(self) -> None:
        """Free the slot of a request."""
        self._free_slots += 1
        self._let_through()

    def close(self) -> None:
        """Stop the timer: nothing that waits is let through by it."""
        if self._timer:
            self._timer.cancel()

    def _let_through(self) -> None:
        while self._free_slots and (queue := self._waiting or self._yielding):
            if queue[0].done():  # cancelled while it waited
                queue.popleft()
            elif grant := self._take():
                queue.popleft().set_result(grant)
            else:
                self._set_timer()
                return

    def _take(self) -> Grant | None:
        now = self._loop.time()
        grant = self._rate_limiter.take(now)
        if grant is None:
            waits_for_time = math.isfinite(self._rate_limiter.next_opening(now))  # otherwise it waits for an answer
            if self._held_since is None and waits_for_time:
                self._held_since = now
            return None
        if self._held_since is not None:
            self.waited_seconds += now - self._held_since
            self._held_since = None
        self._free_slots -= 1
        return grant

    def _set_timer(self) -> None:
        self.close()
        now = self._loop.time()
        opening = self._rate_limiter.next_opening(now)
        if math.isinf(opening):
            return
        self._timer = self._loop.call_at(opening, self._let_through)
        if opening > self._reported_until + SAME_WAIT_SECONDS:
            self._reported_until = opening
            self._on_wait(opening - now)
