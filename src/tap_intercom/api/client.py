"""The client: sends requests to Intercom within its quota, repeats those that fail, and counts what was sent."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar

from tap_intercom.api.rate_limit import Grant, QuotaHeaders, RateLimiter, read_quota_headers
from tap_intercom.api.request_queue import RequestQueue
from tap_intercom.api.responses import date_of, interpret, is_temporary_error, request_id_of
from tap_intercom.api.retry import EmptyText, Failure, GiveUp, PendingRequest, RetryPolicy, UnreadableAnswer
from tap_intercom.api.server_clock import ServerClock
from tap_intercom.api.transport import RawAnswer, Transport
from tap_intercom.api.types import Answer, BodyConsumer, Reason, Refused, Request, RetryLater
from tap_intercom.api.url import url_of
from tap_intercom.config.config import Config
from tap_intercom.errors import RecordUnavailable, Unavailable
from tap_intercom.redaction import HIDDEN, conceal

T = TypeVar("T")


async def _at_once() -> None:
    pass


class Client:
    """A client of Intercom's API; an async context manager, made and used within one event loop.

    `requests` counts the requests that were sent, `retries` those of them that repeated a failed one.
    `on_wait(reason, seconds)` is called when a wait begins, `on_quota` with the quota headers of each answer.
    `has_room()` is awaited before the rest of a large answer is received.
    """

    def __init__(
        self,
        config: Config,
        on_wait: Callable[[str, float], None] = lambda _reason, _seconds: None,
        retry_policy: RetryPolicy | None = None,
        on_quota: Callable[[QuotaHeaders], None] = lambda _headers: None,
        has_room: Callable[[], Awaitable[None]] = _at_once,
    ) -> None:
        self.server_clock = ServerClock()
        self.requests = 0
        self.retries = 0
        self._base_url = config.base_url
        self._token = config.access_token
        self._on_wait = on_wait
        self._on_quota = on_quota
        self._retry_policy = retry_policy or RetryPolicy(seconds=config.retry_timeout)
        self._paused_seconds = 0.0
        self._has_reached = False
        self._transport = Transport(config, has_room)
        self._rate_limiter = RateLimiter(config.quota_share)
        self._request_queue = RequestQueue(
            self._rate_limiter, config.max_concurrency, lambda seconds: on_wait("the quota is used up", seconds)
        )
        self._clock = asyncio.get_running_loop().time

    @property
    def throttled(self) -> int:
        """How many answers were 429."""
        return self._rate_limiter.throttled

    @property
    def waited_seconds(self) -> float:
        """How long the quota kept requests waiting, plus all waits before a retry and by `pause`."""
        return self._request_queue.waited_seconds + self._paused_seconds

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._request_queue.close()
        await self._transport.__aexit__(kind, error, trace)

    async def pause(self, seconds: float) -> None:
        """Wait for a reason of the caller's own."""
        self._paused_seconds += seconds
        await asyncio.sleep(seconds)

    async def ask(self, request: Request, read: Callable[[bytes], T], give_up: GiveUp | None = None) -> Answer[T]:
        """Send a request until it is answered; return what `read` makes of the body.

        Raises Refused if Intercom refuses it; Unavailable if no attempt got a usable answer, and RecordUnavailable if
        `give_up` says that only this request fails; ContractError for an answer that is too long; and what `read`
        raises, but for InvalidBody, after which the request is repeated.
        """
        return await self._ask(PendingRequest(request, url_of(self._base_url, request), read, give_up=give_up))

    async def fetch(self, request: Request, open_consumer: Callable[[], BodyConsumer]) -> Answer[None]:
        """Send a request until it is answered; pass the body, of any length, to a consumer as it comes.

        `open_consumer` makes a new consumer for each attempt. Raises what `ask` and the consumer raise.
        """
        return await self._ask(PendingRequest(request, url_of(self._base_url, request), _ignore_body, open_consumer))

    async def _ask(self, pending: PendingRequest[T]) -> Answer[T]:
        try:
            outcome = await self._attempt(pending)
            return await self._retry(pending, outcome) if isinstance(outcome, Failure) else outcome
        except Refused as refused:
            refused.doubtful = pending.doubtful
            raise

    async def _retry(self, pending: PendingRequest[T], failure: Failure) -> Answer[T]:
        """Repeat a request whose first attempt failed."""
        outcome: Answer[T] | Failure = failure
        began = failed_at = self._clock()
        attempts = 1
        with suppress(Failure):
            async for attempt in self._retry_policy.attempts(urgent=pending.request.urgent):
                with attempt:
                    if attempt.num > 1:
                        self._paused_seconds += self._clock() - failed_at
                        self.retries += 1
                        outcome = await self._attempt(pending)
                    if not isinstance(outcome, Failure):
                        return outcome
                    failure, failed_at, attempts = outcome, self._clock(), attempt.num
                    if await pending.is_given_up(failure, failed_at - began):
                        break
                    if not self._has_reached and failed_at - began >= self._retry_policy.unreached_seconds:
                        break
                    if not self._retry_policy.is_last(attempt, failure, failed_at - began):
                        self._on_wait(failure.reason, attempt.next_wait if failure.wait is None else failure.wait)
                    raise failure
        if isinstance(failure, EmptyText):
            return pending.accept(failure.answer)
        is_alone = await pending.is_given_up(failure, math.inf)
        raise pending.unavailable(RecordUnavailable if is_alone else Unavailable, attempts, failure)

    async def _attempt(self, pending: PendingRequest[T]) -> Answer[T] | Failure:
        """Send a request until there is an answer other than 429; the rate limiter waits between those."""
        outcome = await self._send_in_turn(pending)
        throttled, first_at = 1, self._clock()
        while isinstance(outcome, RetryLater):
            if self._retry_policy.is_throttled_too_long(throttled, self._clock() - first_at):
                return Failure(
                    f"429 to {throttled} requests",
                    request_id=outcome.request_id,
                    sent=False,
                    remedy="let the other integrations of the workspace ask less, or run again while they rest",
                )
            throttled += 1
            outcome = await self._send_in_turn(pending)
        return pending.outcome_of(outcome)

    async def _send_in_turn(self, pending: PendingRequest[T]) -> Answer[bytes] | Failure | RetryLater:
        """Send a request once, when it is its turn; a RetryLater is a 429, of which the rate limiter knows."""
        grant = await self._request_queue.enter(urgent=pending.request.urgent, yields=pending.request.yields)
        try:
            return await self._send(pending, grant)
        finally:
            self._request_queue.leave()

    async def _send(self, pending: PendingRequest[T], grant: Grant) -> Answer[bytes] | Failure | RetryLater:
        """Send a request, and give the grant back in any case."""
        began = self._clock()
        pending.sent += 1
        self.requests += 1
        try:
            consumer = pending.open_consumer() if pending.open_consumer is not None else None
            outcome = await self._transport.send(
                pending.request, pending.url, consumer, keep=self._rate_limiter.knows_quota
            )
        except BaseException:
            self._rate_limiter.note_lost(grant)
            raise
        self._has_reached |= isinstance(outcome, RawAnswer) or outcome.sent
        if isinstance(outcome, RawAnswer):
            return self._receive(grant, began, outcome, pending.request)
        if outcome.sent:
            self._rate_limiter.note_lost(grant)
        else:
            self._rate_limiter.note_unsent(grant)
            pending.sent -= 1
            self.requests -= 1
        outcome.request_id = self._hide(outcome.request_id)
        return outcome

    def _receive(
        self, grant: Grant, began: float, answer: RawAnswer, request: Request
    ) -> Answer[bytes] | Failure | RetryLater:
        """Give the grant back with the answer's quota headers, and interpret the answer."""
        now = self._clock()
        date = date_of(answer.headers)
        served = self.server_clock.read(date, now, datetime.now(UTC))
        quota = read_quota_headers(answer.headers, date.timestamp() if date else None)
        if quota is not None:
            self._on_quota(quota)
        if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._rate_limiter.note_answered(grant, now, quota)
        try:
            outcome = self._interpret(answer, served, request)
        except Refused as refused:
            if refused.reason is Reason.JOBS_PENDING:  # a 429 that says nothing about the quota
                self._rate_limiter.note_answered(grant, now, quota)
            raise
        if isinstance(outcome, bytes):
            request_id = self._hide(request_id_of(answer.headers))
            quota_left = quota.remaining if quota is not None else None
            return Answer(
                value=outcome, served=served, request_id=request_id, seconds=now - began, quota_left=quota_left
            )
        wait = (outcome.until - served).total_seconds() if outcome.until else None
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._rate_limiter.note_throttled(grant, now, quota, wait)
            return outcome
        if not is_temporary_error(answer.status):
            return UnreadableAnswer(outcome.reason, request_id=outcome.request_id)
        return Failure(outcome.reason, wait=wait, request_id=outcome.request_id)

    def _interpret(self, answer: RawAnswer, served: datetime, request: Request) -> bytes | RetryLater:
        """Interpret an answer, without the token where a server sends it back in an error."""
        status, headers, body = answer
        if body is None:
            return b""
        if status != HTTPStatus.OK:
            body = body.replace(self._token.encode(), HIDDEN.encode())
        try:
            outcome = interpret(status, headers, body, served, request)
            if isinstance(outcome, bytes):
                return outcome
            return RetryLater(conceal(outcome.reason, self._token), outcome.until, self._hide(outcome.request_id))
        except Refused as refused:
            code, message = conceal(refused.code, self._token), conceal(refused.message, self._token)
            hidden = Refused(refused.reason, status, code, message, self._hide(refused.request_id))
        raise hidden

    def _hide(self, request_id: str | None) -> str | None:
        return conceal(request_id, self._token) if request_id else None


def _ignore_body(body: bytes) -> None:
    del body
