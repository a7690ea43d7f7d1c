"""How long a request that failed is repeated before it is given up: the one place in which that is decided."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec
import stamina
import stamina.instrumentation

from tap_intercom.api.types import Answer, BodyConsumer, InvalidBody, Request
from tap_intercom.errors import naming_request

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


T = TypeVar("T")

# Whether a request is to be given up that has failed for so many seconds; infinity where no attempt is left.
GiveUp = Callable[[float], Awaitable[bool]]


class Reply(msgspec.Struct, frozen=True):
    """A body worth reading, Intercom's clock when it came, its id of the request, and how many seconds it took."""

    body: bytes
    served: datetime
    request_id: str | None
    seconds: float


class UnreadableReply(UnreadableAnswer):
    """A text without a word, as a server in trouble sends it. Where it stays so, it is what Intercom has."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("a text without a word", request_id=reply.request_id)
        self.reply = msgspec.structs.replace(reply, body=b"")


@dataclass(slots=True)
class PendingRequest(Generic[T]):
    """A request on its way to an answer, how often it was sent so far, and how many answers were misread.

    It is `doubtful` once Intercom may have answered an attempt that failed. `begin` makes an intake for the body of
    each attempt; `read` gets what no intake has taken. `give_up` is asked after each attempt that failed.
    """

    request: Request
    url: str
    read: Callable[[bytes], T]
    begin: Callable[[], BodyConsumer] | None = None
    give_up: GiveUp | None = None
    sent: int = 0
    unreadable: int = 0
    doubtful: bool = False

    def outcome_of(self, outcome: Reply | Failure) -> Answer[T] | Failure:
        """Say what comes of an attempt. Raises what `read` does."""
        if isinstance(outcome, Reply):
            if self._is_text and outcome.body.strip() in {b"", b"null"}:
                outcome = UnreadableReply(outcome)
            else:
                try:
                    return self.accept(outcome)
                except InvalidBody:
                    outcome = UnreadableAnswer(
                        "a body that is not the JSON it should be", request_id=outcome.request_id
                    )
        self.doubtful |= outcome.sent
        if isinstance(outcome, UnreadableAnswer):
            self.unreadable += 1
            outcome.times = self.unreadable
        return outcome

    def accept(self, reply: Reply) -> Answer[T]:
        """Take a reply for the answer. Raises what `read` does."""
        with naming_request(reply.request_id):
            value = self.read(reply.body)
        return Answer(
            value=value,
            served=reply.served,
            request_id=reply.request_id,
            attempts=self.sent,
            seconds=reply.seconds,
            doubtful=self.doubtful,
        )

    async def is_given_up(self, failure: Failure, seconds: float) -> bool:
        """Say whether no attempt is to follow, this long after the first one that failed, though others might."""
        is_doubt = isinstance(failure, UnreadableReply)
        return self.give_up is not None and failure.sent and not is_doubt and await self.give_up(seconds)

    @property
    def _is_text(self) -> bool:
        return self.request.accept is not None and self.begin is None
