"""What can go wrong, grouped by what the operator should do about it; every message ends with what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class TapError(Exception):
    """A run or a stream cannot go on; `exit_code` is what the process ends with."""

    exit_code: ClassVar[int] = 1


class ConfigError(TapError):
    """Fix the configuration, the catalog or the state."""

    exit_code = 2


class AccessError(TapError):
    """Fix the token, its scopes or the plan."""

    exit_code = 3


class ApiError(TapError):
    """Intercom refused the request itself; asking again would be refused again."""

    exit_code = 4


class Unavailable(TapError):
    """Intercom is ill and the retries are exhausted; run again later.

    `reason` is what came of the last attempt of a request; `reached` is False where Intercom cannot have seen any.
    """

    exit_code = 5

    def __init__(self, message: str, *, reason: str = "", reached: bool = True) -> None:
        super().__init__(message)
        self.reason = reason
        self.reached = reached


class RecordUnavailable(Unavailable):
    """Intercom answers, but not a request about one record, however often it is asked."""


class ContractError(TapError):
    """Intercom answered in a shape that is not known."""

    exit_code = 6


class OutputError(TapError):
    """Standard output is closed or full; fix the target."""

    exit_code = 7


def label_of(request_id: str | None) -> str:
    """Name a request in a message, behind what is said of it, by what Intercom calls it; nothing if it did not say."""
    return f" (request {request_id})" if request_id else ""


@contextmanager
def naming_request(request_id: str | None) -> Iterator[None]:
    """Have an answer that is of no known shape named by what Intercom calls its request, if it said so."""
    try:
        yield
    except ContractError as error:
        if request_id is None:
            raise
        raise ContractError(f"{str(error).removesuffix('.')}{label_of(request_id)}.") from error


def innermost(error: Exception) -> Exception:
    """Give the first error that a task group ended with; an error that is none of a group's as it is."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
