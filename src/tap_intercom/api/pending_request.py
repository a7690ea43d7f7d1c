"""A request on its way to an answer, and what is made of each reply to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from tap_intercom.api.retry import Failure, UnreadableAnswer
from tap_intercom.api.types import Answer, BodyConsumer, InvalidBody, Request
from tap_intercom.errors import naming_request

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
