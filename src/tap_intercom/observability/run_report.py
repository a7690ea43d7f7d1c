"""The report of a run, field by field as its JSON has it.

Times without a date (`begun`, `ended` of a request) are seconds after the beginning of the run.
"""

from datetime import datetime
from typing import Any, Final

import msgspec

from tap_intercom import __version__

REPORT_VERSION: Final = 1  # the next number when a field changes its meaning or goes


class StreamReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one stream did, and for how long; `request_seconds` is the mean of its requests, null without one."""

    stream: str
    state: str
    records: int
    requests: int
    begun: float
    seconds: float
    request_seconds: float | None
    warnings: int


class WindowReport(msgspec.Struct, kw_only=True):
    """One window of Intercom's quota: its `limit`, the requests of this run in it, and those that nobody used.

    The first window may have begun before the run; then `begun` is negative.
    """

    begun: float
    limit: int
    own: int = 0
    left: int

    @property
    def others(self) -> int:
        """How many requests other integrations sent."""
        return max(0, self.limit - self.left - self.own)


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """A warning or an error; `stream` is null where it concerns the whole run."""

    stream: str | None
    message: str


class OddField(msgspec.Struct, frozen=True, kw_only=True):
    """A field whose values are not as the schema says.

    `what` is "unknown" (the schema has no such field), "bent" (values were coerced to their type, or to null), or
    "left out" (items of a list could not be used). `values` counts the values or items; null for unknown fields.
    """

    stream: str
    field: str
    what: str
    values: int | None = None


class SlowRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One of the slowest requests; `attempts` is how often it was sent, `ended` when it was answered."""

    stream: str
    request: str
    seconds: float
    attempts: int
    ended: float


class WaitReport(msgspec.Struct, kw_only=True):
    """The waits for one reason: how many, and the seconds of the longest and of all together."""

    reason: str
    times: int = 0
    longest: float = 0.0
    seconds: float = 0.0


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """The report of a run.

    `outcome` and `advice` are the meaning of the exit code. `settings` lacks the token, what names this file and the
    stream maps' own settings. `waited_seconds` adds up waits of requests that waited at the same time. `warnings` are
    at most 200; `warnings_left_out` counts the others.
    """

    form: int = REPORT_VERSION
    tap: str = "tap-intercom"
    version: str = __version__
    exit_code: int
    outcome: str
    advice: str
    began: datetime
    ended: datetime
    seconds: float
    settings: dict[str, Any]
    records: int
    requests: int
    retries: int
    throttled: int
    waited_seconds: float
    streams: list[StreamReport]
    errors: list[Remark]
    warnings: list[Remark]
    warnings_left_out: int
    fields: list[OddField]
    quota: list[WindowReport]
    slowest: list[SlowRequest]
    waits: list[WaitReport]
