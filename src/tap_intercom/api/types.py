"""Requests and answers: the values that pass between the API's client and everything that asks."""

import enum
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, Generic, Protocol, TypeVar

import msgspec

T = TypeVar("T")

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)  # Intercom's own times are never before it
INTERCOM_BEGAN: Final = datetime(2011, 1, 1, tzinfo=UTC)  # nothing was sent, said or logged before
SECOND: Final = timedelta(seconds=1)  # the precision of Intercom's times


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request. `path` begins with a slash and holds no query; `query` keeps its order.

    What is `urgent` goes before all others and is repeated sooner: a scroll that is not asked for a minute is gone.
    `accept` is the kind of answer that is wanted, where that is not JSON.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: bytes | None = None
    urgent: bool = False
    accept: str | None = None


ME_REQUEST: Final = Request(path="/me")  # every token may ask


class Answer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What Intercom answered: `value` is what the caller's reader made of the body.

    `served` is Intercom's clock when it answered (the Date header; the local clock where there is none), `request_id`
    what it calls the request, if it said so.
    `attempts` counts the requests that were sent for it, `seconds` the time the last one took. It is `doubtful` where
    Intercom may have answered an earlier attempt: a scroll has then moved on by more than one page.
    """

    value: T
    served: datetime
    request_id: str | None = None
    attempts: int = 1
    seconds: float = 0.0
    doubtful: bool = False


class Reason(enum.Enum):
    """Why Intercom gave no records, as far as the caller can act on it."""

    TOKEN = "token"  # noqa: S105 - no password; the token itself is wrong, revoked or expired: nothing can be read
    DENIED = "denied"  # this token or plan may not read this resource: other streams still can be
    GONE = "gone"  # 404 or 410: there is no such thing (any more)
    SCROLL_TAKEN = "scroll_taken"  # another scroll is open in the workspace
    SCROLL_BROKEN = "scroll_broken"  # Intercom asks for the scroll to be started again
    PAGE_LIMIT = "page_limit"  # page-numbered lists end at 10,000 records
    JOBS_PENDING = "jobs_pending"  # as many exports are being made as there may be
    VERSION = "version"  # this API version does not have the resource
    INVALID = "invalid"  # the request itself is wrong


class Refused(Exception):
    """Intercom gave a reason instead of records; for `doubtful` see Answer."""

    doubtful = False

    def __init__(self, reason: Reason, status: int, code: str, message: str, request_id: str | None) -> None:
        """`status` is 0 where no answer came; `code` and `message` are Intercom's own words."""
        said = " ".join(str(part) for part in (status, code) if part)
        super().__init__(f"{said}: {message}" if said else message)
        self.reason = reason
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id

    @property
    def is_foreign(self) -> bool:
        """Say whether the refusal has no code, as those of Intercom's errors do: another server may have given it."""
        return self.status >= HTTPStatus.BAD_REQUEST and not self.code


class InvalidBody(Exception):
    """A body that is not the JSON it should be; raised by readers, answered by asking again."""


class RetryLater(msgspec.Struct, frozen=True):
    """Ask again, not before `until` (in the time of the `now` given to `decipher`); None leaves that to the asker."""

    reason: str
    until: datetime | None = None
    request_id: str | None = None


class Requester(Protocol):
    """A client that sends requests and waits, as paginators' readers and export jobs need it."""

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> Answer[T]:
        """Send a request; see Client.ask."""
        ...

    async def pause(self, seconds: float, reason: str) -> None:
        """Wait, and log the reason."""
        ...


class BodyConsumer(Protocol):
    """Takes the body of an answer piece by piece; raises InvalidBody where it is not what it should be."""

    async def take(self, piece: bytes) -> None:
        """Take a piece; the next one is waited for until this returns."""
        ...

    async def finish(self) -> None:
        """Take note that the body has ended."""
        ...
