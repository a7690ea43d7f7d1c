"""Requests, answers and refusals: the values between the client and whoever uses it."""

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
    """One request. `path` begins with a slash and has no query; `query` keeps its order.

    An `urgent` request is sent before all others and repeated sooner, for scrolls, which expire after a minute.
    One that `yields` is sent after all others: nothing else is asked for because of its answer.
    `accept` is the media type of the answer, if it is not JSON.
    """

    path: str
    query: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: bytes | None = None
    urgent: bool = False
    yields: bool = False
    accept: str | None = None


ME_REQUEST: Final = Request(path="/me")  # every token may ask


class Answer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A good answer of Intercom; `value` is the body, or what the caller's reader made of it.

    `served` is Intercom's time when it answered, in UTC (see ServerClock), `request_id` its id of the request, if it
    gave one. `attempts` counts the requests that were sent, `seconds` is how long the last one took. `doubtful` says
    that Intercom may have answered an earlier attempt, too: a scroll has then moved on by more than one page.
    `quota_left` is how many requests the window of the quota had left; None where Intercom did not say.
    """

    value: T
    served: datetime
    request_id: str | None = None
    attempts: int = 1
    seconds: float = 0.0
    doubtful: bool = False
    quota_left: int | None = None


class Reason(enum.Enum):
    """Why Intercom refused a request, as far as the caller can act on it."""

    TOKEN = "token"  # noqa: S105 - no password; the token itself is wrong, revoked or expired: nothing can be read
    DENIED = "denied"  # this token or plan may not read this resource: other streams still can be
    GONE = "gone"  # 404 or 410: there is no such resource, or no longer
    SCROLL_TAKEN = "scroll_taken"  # another scroll is open in the workspace
    SCROLL_BROKEN = "scroll_broken"  # Intercom asks for the scroll to be started again
    PAGE_LIMIT = "page_limit"  # page-numbered lists end at 10,000 records
    JOBS_PENDING = "jobs_pending"  # no more exports may be ordered at this time
    VERSION = "version"  # this API version does not have the resource
    INVALID = "invalid"  # the request itself is wrong


class Refused(Exception):
    """Intercom refused a request; for `doubtful` see Answer."""

    doubtful = False

    def __init__(self, reason: Reason, status: int, code: str, message: str, request_id: str | None) -> None:
        """`status` is 0 if no request was sent; `code` and `message` are Intercom's."""
        label = " ".join(str(part) for part in (status, code) if part)
        super().__init__(f"{label}: {message}" if label else message)
        self.reason = reason
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id

    @property
    def is_foreign(self) -> bool:
        """Say whether another server may have refused the request: Intercom's errors have a code."""
        return self.status >= HTTPStatus.BAD_REQUEST and not self.code


class InvalidBody(Exception):
    """A body is not the JSON that it should be; raised by readers. The request is repeated."""


class RetryLater(msgspec.Struct, frozen=True):
    """An answer after which a request is repeated, not before `until` by Intercom's clock, if it is given."""

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
    """Takes the body of an answer piece by piece; raises InvalidBody if it is not what it should be."""

    async def take(self, piece: bytes) -> None:
        """Take a piece; the next one is received after this returns."""
        ...

    async def finish(self) -> None:
        """Take note that the body is complete."""
        ...
