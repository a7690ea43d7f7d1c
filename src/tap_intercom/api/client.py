"""Asks Intercom, no faster than the quota and no longer than our patience, and counts all that it sends."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar

from tap_intercom.api.rate_limit import WINDOW_SECONDS, Grant, QuotaHeaders, RateLimiter
from tap_intercom.api.rate_limit import read_headers as read_quota
from tap_intercom.api.request_queue import RequestQueue
from tap_intercom.api.responses import date_of, interpret, is_temporary_error, request_id_of
from tap_intercom.api.retry import (
    Failure,
    GiveUp,
    PendingRequest,
    Reply,
    RetryPolicy,
    UnreadableAnswer,
    UnreadableReply,
)
from tap_intercom.api.server_clock import ServerClock
from tap_intercom.api.transport import RawAnswer, Transport
from tap_intercom.api.types import Answer, BodyConsumer, Reason, Refused, Request, RetryLater
from tap_intercom.api.url import url_of
from tap_intercom.config.config import Config
from tap_intercom.errors import RecordUnavailable, Unavailable, label_of
from tap_intercom.redaction import HIDDEN, conceal

T = TypeVar("T")


async def _at_once() -> None:
    pass


class Client:
    """Asks Intercom; an async context manager, made and used within one event loop.

    `requests` counts what was sent, `retries` what of it was sent again after a failure. `on_wait(reason, seconds)` is
    told of each wait when it begins, `on_reading` of what an answer says of the quota. What `has_room` gives is awaited
    before more than the beginning of a large answer is received.
    """

    def __init__(
        self,
        config: Config,
        on_wait: Callable[[str, float], None] = lambda _reason, _seconds: None,
        retry_policy: RetryPolicy | None = None,
        on_reading: Callable[[QuotaHeaders], None] = lambda _reading: None,
        has_room: Callable[[], Awaitable[None]] = _at_once,
    ) -> None:
        self.quota = RateLimiter(config.quota_share)
        self.intercoms_clock = ServerClock()
        self.requests = 0
        self.retries = 0
        self._base_url = config.base_url
        self._token = config.access_token
        self._on_wait = on_wait
        self._on_reading = on_reading
        self._retry_policy = retry_policy or RetryPolicy(seconds=config.retry_timeout)
        self._paused_seconds = 0.0
        self._transport = Transport(config, has_room)
        self._request_queue = RequestQueue(
            self.quota, config.max_concurrency, lambda seconds: on_wait("the quota is used up", seconds)
        )
        self._clock = asyncio.get_running_loop().time

    @property
    def throttled(self) -> int:
        """How many answers were 429."""
        return self.quota.throttled

    @property
    def waited_seconds(self) -> float:
        """How long the quota kept work waiting, the pauses before requests were repeated, and those of callers."""
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
        """Wait, for a reason of the caller's own."""
        self._paused_seconds += seconds
        await asyncio.sleep(seconds)

    async def ask(self, request: Request, read: Callable[[bytes], T], give_up: GiveUp | None = None) -> Answer[T]:
        """Return what `read` makes of the answer, after as many attempts as it takes.

        Raises Refused where Intercom says no; Unavailable where the attempts are exhausted, and RecordUnavailable where
        `give_up` says that the cause is this request alone; ContractError for an answer of endless length; and what
        `read` raises, except Garbled, which is asked again.
        """
        return await self._ask(PendingRequest(request, url_of(self._base_url, request), read, give_up=give_up))

    async def fetch(self, request: Request, begin: Callable[[], BodyConsumer]) -> Answer[None]:
        """Hand on the body of the answer as it comes, of any length; each attempt has an intake of its own.

        Raises what `ask` raises, and what an intake does.
        """
        return await self._ask(PendingRequest(request, url_of(self._base_url, request), _nothing, begin))

    async def _ask(self, pending: PendingRequest[T]) -> Answer[T]:
        try:
            outcome = await self._attempt(pending)
            return await self._persist(pending, outcome) if isinstance(outcome, Failure) else outcome
        except Refused as refused:
            refused.doubtful = pending.doubtful
            raise

    async def _persist(self, pending: PendingRequest[T], failure: Failure) -> Answer[T]:
        """Go on after a first attempt that failed; the usual request never comes here."""
        outcome: Answer[T] | Failure = failure
        began = failed_at = self._clock()
        attempts = 1
        with suppress(Failure):
            async for attempt in self._retry_policy.rounds(urgent=pending.request.urgent):
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
                    if not self._retry_policy.is_last(attempt, failure, failed_at - began):
                        self._on_wait(failure.reason, attempt.next_wait if failure.wait is None else failure.wait)
                    raise failure
        if isinstance(failure, UnreadableReply):
            return pending.accept(failure.reply)
        is_alone = await pending.is_given_up(failure, math.inf)
        raise _unavailable(pending, attempts, failure, RecordUnavailable if is_alone else Unavailable)

    async def _attempt(self, pending: PendingRequest[T]) -> Answer[T] | Failure:
        """Send until there is an answer that is no 429; those are waited for, but not for ever."""
        outcome = await self._exchange(pending)
        throttled, until = 1, self._clock() + max(self._retry_policy.seconds, WINDOW_SECONDS)
        while isinstance(outcome, RetryLater):
            if throttled == self._retry_policy.throttles or self._clock() >= until:
                return Failure(
                    f"429 to {throttled} requests",
                    request_id=outcome.request_id,
                    sent=False,
                    remedy="let the other integrations of the workspace ask less, or run again while they rest",
                )
            throttled += 1
            outcome = await self._exchange(pending)
        return pending.outcome_of(outcome)

    async def _exchange(self, pending: PendingRequest[T]) -> Reply | Failure | RetryLater:
        """Send once, when it is our turn; a RetryLater is a 429, and the quota knows how long it lasts."""
        grant = await self._request_queue.enter(urgent=pending.request.urgent)
        try:
            return await self._send(pending, grant)
        finally:
            self._request_queue.leave()

    async def _send(self, pending: PendingRequest[T], grant: Grant) -> Reply | Failure | RetryLater:
        """Send, and give the grant back to the quota whatever happens."""
        began = self._clock()
        pending.sent += 1
        self.requests += 1
        try:
            intake = pending.begin() if pending.begin is not None else None
            outcome = await self._transport.send(pending.request, pending.url, intake, keep=self.quota.knows_quota)
        except BaseException:
            self.quota.note_lost(grant)
            raise
        if isinstance(outcome, RawAnswer):
            return self._weigh(grant, began, outcome, pending.request)
        if outcome.sent:
            self.quota.note_lost(grant)
        else:
            self.quota.note_unsent(grant)
            pending.sent -= 1
            self.requests -= 1
        outcome.request_id = self._hide(outcome.request_id)
        return outcome

    def _weigh(self, grant: Grant, began: float, delivery: RawAnswer, request: Request) -> Reply | Failure | RetryLater:
        now = self._clock()
        date = date_of(delivery.headers)
        moment = self.intercoms_clock.read(date, now, datetime.now(UTC))
        reading = read_quota(delivery.headers, date.timestamp() if date else None)
        if reading is not None:
            self._on_reading(reading)
        if delivery.status != HTTPStatus.TOO_MANY_REQUESTS:
            self.quota.note_answered(grant, now, reading)
        try:
            outcome = self._decipher(delivery, moment, request)
        except Refused as refused:
            if refused.reason is Reason.JOBS_PENDING:  # a 429 that says nothing about the quota
                self.quota.note_answered(grant, now, reading)
            raise
        if isinstance(outcome, bytes):
            return Reply(outcome, moment, self._hide(request_id_of(delivery.headers)), now - began)
        wait = (outcome.until - moment).total_seconds() if outcome.until else None
        if delivery.status == HTTPStatus.TOO_MANY_REQUESTS:
            self.quota.note_throttled(grant, now, reading, wait)
            return outcome
        if not is_temporary_error(delivery.status):
            return UnreadableAnswer(outcome.reason, request_id=outcome.request_id)
        return Failure(outcome.reason, wait=wait, request_id=outcome.request_id)

    def _decipher(self, delivery: RawAnswer, moment: datetime, request: Request) -> bytes | RetryLater:
        """Decipher, and keep the token out of what comes of it even where a server sends it back."""
        status, headers, body = delivery
        if body is None:
            return b""
        if status != HTTPStatus.OK:
            body = body.replace(self._token.encode(), HIDDEN.encode())
        try:
            outcome = interpret(status, headers, body, moment, request)
            if isinstance(outcome, bytes):
                return outcome
            return RetryLater(conceal(outcome.reason, self._token), outcome.until, self._hide(outcome.request_id))
        except Refused as refused:
            code, message = conceal(refused.code, self._token), conceal(refused.message, self._token)
            hidden = Refused(refused.reason, status, code, message, self._hide(refused.request_id))
        raise hidden

    def _hide(self, request_id: str | None) -> str | None:
        return conceal(request_id, self._token) if request_id else None


def _nothing(body: bytes) -> None:
    del body


def _unavailable(pending: PendingRequest[T], attempts: int, failure: Failure, kind: type[Unavailable]) -> Unavailable:
    tried = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    sick = "run again later, and see whether Intercom reports trouble on its status page"
    strange = f"see that base_url, or the proxy, leads to Intercom's API; if it does, {sick}"
    away = "check the network, the proxy and base_url, or run again later"
    remedy = failure.remedy or (strange if isinstance(failure, UnreadableAnswer) else sick if failure.sent else away)
    request = pending.request
    return kind(
        f"{request.method} {request.path} got no usable answer from Intercom in {tried}, in the end for this reason: "
        f"{failure.reason}{label_of(failure.request_id)}; {remedy}.",
        reason=failure.reason,
        reached=pending.sent > 0,
    )
