"""A request on its way to an answer, and what is made of each reply to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from tap_intercom.errors import about
from tap_intercom.patience import Failure, Misread
from tap_intercom.transport import Intake
from tap_intercom.wire import Answer, Garbled, Reason, Refused, Request

T = TypeVar("T")


class Reply(msgspec.Struct, frozen=True):
    """A body worth reading, Intercom's clock when it came, its id of the request, and how many seconds it took."""

    body: bytes
    served: datetime
    request_id: str | None
    seconds: float


class Doubt(Misread):
    """A text without a word, as a server in trouble sends it. Where it stays so, it is what Intercom has."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("a text without a word", request_id=reply.request_id)
        self.reply = msgspec.structs.replace(reply, body=b"")


@dataclass(slots=True)
class Pursuit(Generic[T]):
    """A request on its way to an answer, how often it was sent so far, and how many answers were misread.

    `begin` makes an intake for the body of each attempt; `read` gets what no intake has taken.
    """

    request: Request
    url: str
    read: Callable[[bytes], T]
    begin: Callable[[], Intake] | None = None
    sent: int = 0
    misread: int = 0

    def conclude(self, outcome: Reply | Failure) -> Answer[T] | Failure:
        """Say what comes of an attempt.

        Raises Refused where it failed and must not be repeated, and what `read` does.
        """
        if isinstance(outcome, Reply):
            if self._is_text and outcome.body.strip() in {b"", b"null"}:
                outcome = Doubt(outcome)
            else:
                try:
                    return self.believe(outcome)
                except Garbled:
                    outcome = Misread("a body that is not the JSON it should be", request_id=outcome.request_id)
        if outcome.sent and not self.request.repeatable:
            raise Refused(Reason.LOST, 0, "", outcome.reason, outcome.request_id)
        if isinstance(outcome, Misread):
            self.misread += 1
            outcome.times = self.misread
        return outcome

    def believe(self, reply: Reply) -> Answer[T]:
        """Take a reply for the answer. Raises what `read` does."""
        with about(reply.request_id):
            value = self.read(reply.body)
        return Answer(
            value=value, served=reply.served, request_id=reply.request_id, attempts=self.sent, seconds=reply.seconds
        )

    @property
    def _is_text(self) -> bool:
        return self.request.accept is not None and self.begin is None
