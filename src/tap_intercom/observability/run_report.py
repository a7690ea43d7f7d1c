"""The account of a run: all that there is to tell of it when it is over, in the form of the JSON report.

Moments within the run are seconds after its beginning.
"""

from datetime import datetime
from typing import Any, Final

import msgspec

from tap_intercom import __version__

REPORT_VERSION: Final = 1  # of the JSON report; another number where a field changes its meaning or goes


class StreamReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one stream, and from when to when; `request_seconds` is what one request took on the average."""

    stream: str
    state: str
    records: int
    requests: int
    begun: float
    seconds: float
    request_seconds: float | None
    warnings: int


class WindowReport(msgspec.Struct, kw_only=True):
    """One window of Intercom's quota; `own` are our requests in it, `left` what nobody used of it.

    The first of a run may have begun before it.
    """

    begun: float
    limit: int
    own: int = 0
    left: int

    @property
    def others(self) -> int:
        """How many requests were other integrations'."""
        return max(0, self.limit - self.left - self.own)


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """A warning or an error; `stream` is null where it is about the whole run."""

    stream: str | None
    message: str


class OddField(msgspec.Struct, frozen=True, kw_only=True):
    """A field that the schema lacks (`unknown`), or whose values did not fit it (`bent`, so many of them).

    Of a list, so many items may be `left out`.
    """

    stream: str
    field: str
    what: str
    values: int | None = None


class SlowRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was among the slowest; `attempts` is how often it was sent."""

    stream: str
    request: str
    seconds: float
    attempts: int
    ended: float


class WaitReport(msgspec.Struct, kw_only=True):
    """Why requests were kept waiting, how often, and the seconds of the longest wait and of all together."""

    reason: str
    times: int = 0
    longest: float = 0.0
    seconds: float = 0.0


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came, how long it took, what was odd, and what to do about it."""

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
