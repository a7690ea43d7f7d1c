"""How long a request that failed is repeated before it is given up: the one place in which that is decided."""

import random
from collections.abc import AsyncIterator

import msgspec
import stamina
import stamina.instrumentation

URGENT = 0.1  # of the usual waits


class Failure(Exception):
    """An attempt failed, and another may not.

    `wait` is how many seconds Intercom asks for. `sent` is False where Intercom cannot have seen the request. A
    `remedy` says that no repeating will help, and what the operator can do.
    """

    def __init__(
        self,
        reason: str,
        *,
        wait: float | None = None,
        request_id: str | None = None,
        sent: bool = True,
        remedy: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.request_id = request_id
        self.sent = sent
        self.remedy = remedy


class UnreadableAnswer(Failure):
    """An answer came, tells of no trouble, and is not what it should be; `times` counts those to one request."""

    times = 1


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts are begun within `seconds`, with waits that grow from the first to the longest, and jitter.

    With 0 seconds there is one attempt. An outage ends by itself; what is answered, and is not what it should be, often
    stays as it is, so `unreadable_attempts` is how many such answers one request may meet. `attempts` bounds them all,
    where it is given. An answer 429 is no failed attempt: `throttles` is how many of them one request may meet, within
    as many seconds, or those of a window of the quota where that is longer.
    """

    attempts: int | None = None
    seconds: float = 900.0
    unreadable_attempts: int = 8
    first_wait: float = 0.5
    longest_wait: float = 30.0
    jitter: float = 1.0
    throttles: int = 100

    def rounds(self, *, urgent: bool = False) -> AsyncIterator[stamina.Attempt]:
        """Give the attempts of one request, each to be entered; a Failure that leaves one leads to the next.

        For what is urgent, all waits are a tenth.
        """
        scale = URGENT if urgent else 1.0
        # Its own log lines would stand beside ours.
        stamina.instrumentation.set_on_retry_hooks(())
        return aiter(
            stamina.retry_context(
                on=self._judge,
                attempts=self.attempts if self.seconds else 1,
                timeout=self.seconds or None,
                wait_initial=scale * self.first_wait,
                wait_max=scale * self.longest_wait,
                wait_jitter=scale * self.jitter,
            )
        )

    def is_last(self, attempt: stamina.Attempt, failure: Failure, seconds: float) -> bool:
        """Say whether a failure in this attempt, so many seconds after the first, ends it all."""
        is_spent = self.attempts is not None and attempt.num >= self.attempts
        return is_spent or self._is_hopeless(failure) or seconds >= self.seconds

    def _judge(self, error: Exception) -> bool | float:
        """Repeat failures; wait as long as Intercom asks, where it asks, and not all at the same moment."""
        if not isinstance(error, Failure) or self._is_hopeless(error):
            return False
        return True if error.wait is None else error.wait + random.uniform(0, self.jitter)  # noqa: S311 - no secret

    def _is_hopeless(self, failure: Failure) -> bool:
        is_misread = isinstance(failure, UnreadableAnswer) and failure.times >= self.unreadable_attempts
        return is_misread or failure.remedy is not None
