"""The log of received requests, which tests read through the control API."""

from collections import deque
from typing import Any

import msgspec

REMEMBERED_REQUESTS = 200_000


class LogLine(msgspec.Struct, frozen=True):
    """One request with its status and fault; `time` is the world's, in unix seconds."""

    time: float
    method: str
    path: str
    query: str
    version: str | None
    user_agent: str | None
    status: int
    fault: str | None
    body: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET  # of a request that has one


class RequestLog:
    """The most recent requests in order of arrival, and how many were in progress at once."""

    def __init__(self) -> None:
        self.lines: deque[LogLine] = deque(maxlen=REMEMBERED_REQUESTS)
        self.in_flight = 0
        self.most_in_flight = 0

    def begin(self) -> None:
        """Count a request in progress."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def end(self) -> None:
        """Count a request that has ended."""
        self.in_flight -= 1

    def append(self, line: LogLine) -> None:
        """Add a request."""
        self.lines.append(line)

    def clear(self) -> None:
        """Remove all requests."""
        self.lines.clear()
        self.most_in_flight = self.in_flight
