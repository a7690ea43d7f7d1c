"""The exceptions that end a run or a stream, one class for each exit code.

`exit_codes` says what the operator should do about each. A message is one line that names what was looked at and ends
with the remedy.
"""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from types import TracebackType
from typing import ClassVar, Final

MOST_SUGGESTED: Final = 3  # names that a misspelt one may stand for


class TapError(Exception):
    """A run or a stream cannot go on; `exit_code` is what the process ends with."""

    exit_code: ClassVar[int] = 1


class ConfigError(TapError):
    """The command line, the configuration, the catalog or the state is wrong."""

    exit_code = 2


class AccessError(TapError):
    """The token, its scopes or the plan do not allow a request."""

    exit_code = 3


class ApiError(TapError):
    """Intercom refused a request as wrong; it is not repeated, since it would be refused again."""

    exit_code = 4


class Unavailable(TapError):
    """No attempt of a request got a usable answer.

    `reason` says why the last attempt failed; `reached` is False if no attempt can have reached Intercom.
    """

    exit_code = 5

    def __init__(self, message: str, *, reason: str = "", reached: bool = True) -> None:
        super().__init__(message)
        self.reason = reason
        self.reached = reached


class RecordUnavailable(Unavailable):
    """Intercom answers other requests, but every attempt of a request for one record failed."""


class ContractError(TapError):
    """An answer of Intercom has an unknown shape."""

    exit_code = 6


class OutputError(TapError):
    """Standard output is closed or full."""

    exit_code = 7


def nearest_names(name: str, known: Iterable[str], shown: Callable[[str], str] = str) -> str:
    """Return the known names that `name` may stand for, as "did you mean a or b?"; "" where there are none."""
    near = get_close_matches(name, known, MOST_SUGGESTED)
    return f"did you mean {' or '.join(map(shown, near))}?" if near else ""


def label_of(request_id: str | None) -> str:
    """Return Intercom's id of a request as the end of a message, " (request …)"; "" without one."""
    return f" (request {request_id})" if request_id else ""


class naming_request:  # noqa: N801 - a function to its users; `contextmanager` takes five times as long for each answer
    """Add Intercom's id of the request, if there is one, to the message of a ContractError that is raised within."""

    __slots__ = ("_request_id",)

    def __init__(self, request_id: str | None) -> None:
        self._request_id = request_id

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._request_id is not None and isinstance(error, ContractError):
            raise ContractError(f"{str(error).removesuffix('.')}{label_of(self._request_id)}.") from error


def innermost(error: Exception) -> Exception:
    """Return the first error within an ExceptionGroup, however deep; any other error as it is."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
