"""Retries: how long and how often a failed request is repeated, and one request until it is answered.

RetryPolicy decides, PendingRequest keeps what came of the attempts; the client sends them.
"""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec
import stamina
import stamina.instrumentation

from tap_intercom.api.rate_limit import WINDOW_SECONDS
from tap_intercom.api.types import Answer, BodyConsumer, InvalidBody, Request
from tap_intercom.errors import Unavailable, label_of, naming_request

URGENT_WAIT_SHARE: Final = 0.1  # an urgent request waits this part of what others wait
RUN_LATER: Final = "run again later, and see whether Intercom reports trouble on its status page"
CHECK_SERVER: Final = f"see that base_url, or the proxy, leads to Intercom's API; if it does, {RUN_LATER}"
CHECK_NETWORK: Final = "check the network, the proxy and base_url, or run again later"

T = TypeVar("T")
# Says whether a request that has failed for so many seconds is given up; infinity if no attempt is left.
GiveUp = Callable[[float], Awaitable[bool]]


class Failure(Exception):
    """One attempt of a request failed; another one may not.

    `wait` is how many seconds Intercom asks to wait. `sent` is False if Intercom cannot have got the request. A
    `remedy` is what the operator can do where no other attempt can help.
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
    """An answer without an error whose body is not what it should be; `count` of them came to this request so far."""

    count = 1


class EmptyText(UnreadableAnswer):
    """An empty answer to a request for text, as a server in trouble gives; the last attempt's is the text."""

    def __init__(self, answer: Answer[bytes]) -> None:
        super().__init__("a text without a word", request_id=answer.request_id)
        self.answer = msgspec.structs.replace(answer, value=b"")


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How long and how often a failed request is repeated.

    Attempts begin within `seconds` after the first; with 0 there is one attempt. The waits between them grow from
    `first_wait` to `longest_wait` seconds, with up to `jitter` seconds added. No attempt begins later than
    `unreached_seconds` after the first while no request of the client has reached a server: the address or the
    network is wrong then, and waiting mends neither. `max_attempts` limits their number, if it is given, and
    `max_unreadable` that of unreadable answers, which often stay as they are, unlike an outage. An answer 429 is not
    a failure: one request may meet `max_throttled` of them, within `seconds` or a window of the quota, whichever is
    longer.
    """

    max_attempts: int | None = None
    seconds: float = 900.0
    unreached_seconds: float = 30.0
    max_unreadable: int = 8
    first_wait: float = 0.5
    longest_wait: float = 30.0
    jitter: float = 1.0
    max_throttled: int = 100

    def attempts(self, *, urgent: bool = False) -> AsyncIterator[stamina.Attempt]:
        """Return the attempts of one request, each to be entered; a Failure that leaves one leads to the next."""
        share = URGENT_WAIT_SHARE if urgent else 1.0
        stamina.instrumentation.set_on_retry_hooks(())  # the client logs waits itself
        return aiter(
            stamina.retry_context(
                on=self._backoff,
                attempts=self.max_attempts if self.seconds else 1,
                timeout=self.seconds or None,
                wait_initial=share * self.first_wait,
                wait_max=share * self.longest_wait,
                wait_jitter=share * self.jitter,
            )
        )

    def is_last(self, attempt: stamina.Attempt, failure: Failure, seconds: float) -> bool:
        """Say whether no attempt follows this one, which failed so many seconds after the first began."""
        is_spent = self.max_attempts is not None and attempt.num >= self.max_attempts
        return is_spent or self._is_final(failure) or seconds >= self.seconds

    def is_throttled_too_long(self, count: int, seconds: float) -> bool:
        """Say whether a request is given up after so many answers 429 in so many seconds."""
        return count >= self.max_throttled or seconds >= max(self.seconds, WINDOW_SECONDS)

    def _backoff(self, error: Exception) -> bool | float:
        """Return the seconds to wait that Intercom asks for, True for the usual wait, or False to stop."""
        if not isinstance(error, Failure) or self._is_final(error):
            return False
        return True if error.wait is None else error.wait + random.uniform(0, self.jitter)  # noqa: S311 - no secret

    def _is_final(self, failure: Failure) -> bool:
        stays_unreadable = isinstance(failure, UnreadableAnswer) and failure.count >= self.max_unreadable
        return stays_unreadable or failure.remedy is not None


@dataclass(slots=True)
class PendingRequest(Generic[T]):
    """A request until it is answered, with what came of its attempts so far.

    `read` makes the value of the answer from its body. `open_consumer`, if given, makes a new consumer of the body for
    each attempt, and `read` gets no body then. `give_up` is asked after each attempt that failed. `sent` counts the
    attempts that were sent, `unreadable` the unreadable answers. `doubtful` is as in Answer.
    """

    request: Request
    url: str
    read: Callable[[bytes], T]
    open_consumer: Callable[[], BodyConsumer] | None = None
    give_up: GiveUp | None = None
    sent: int = 0
    unreadable: int = 0
    doubtful: bool = False

    def outcome_of(self, attempt: Answer[bytes] | Failure) -> Answer[T] | Failure:
        """Return what comes of an attempt: the answer, if its body can be read. Raises what `read` raises."""
        outcome = self._read(attempt) if isinstance(attempt, Answer) else attempt
        if isinstance(outcome, Failure):
            self.doubtful |= outcome.sent
        if isinstance(outcome, UnreadableAnswer):
            self.unreadable += 1
            outcome.count = self.unreadable
        return outcome

    def _read(self, answer: Answer[bytes]) -> Answer[T] | UnreadableAnswer:
        is_text = self.request.accept is not None and self.open_consumer is None
        if is_text and answer.value.strip() in {b"", b"null"}:
            return EmptyText(answer)
        try:
            return self.accept(answer)
        except InvalidBody:
            return UnreadableAnswer("a body that is not the JSON it should be", request_id=answer.request_id)

    def accept(self, answer: Answer[bytes]) -> Answer[T]:
        """Return the answer with the value that `read` makes of its body. Raises what `read` raises."""
        with naming_request(answer.request_id):
            value = self.read(answer.value)
        return Answer(
            value=value,
            served=answer.served,
            request_id=answer.request_id,
            attempts=self.sent,
            seconds=answer.seconds,
            doubtful=self.doubtful,
            quota_left=answer.quota_left,
        )

    async def is_given_up(self, failure: Failure, seconds: float) -> bool:
        """Say whether `give_up` ends the attempts after this failure, so many seconds after the first."""
        may_ask = failure.sent and not isinstance(failure, EmptyText)
        return self.give_up is not None and may_ask and await self.give_up(seconds)

    def unavailable(self, kind: type[Unavailable], attempts: int, failure: Failure) -> Unavailable:
        """Return the error of a request that got no usable answer; `failure` is the last one."""
        tried = "1 attempt" if attempts == 1 else f"{attempts} attempts"
        is_unreadable = isinstance(failure, UnreadableAnswer)
        remedy = CHECK_SERVER if is_unreadable else RUN_LATER if failure.sent else CHECK_NETWORK
        return kind(
            f"{self.request.method} {self.request.path} got no usable answer from Intercom in {tried}, in the end for "
            f"this reason: {failure.reason}{label_of(failure.request_id)}; {failure.remedy or remedy}.",
            reason=failure.reason,
            reached=self.sent > 0,
        )
