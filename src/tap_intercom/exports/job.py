"""Exports, which Intercom makes as jobs: what is ordered, how far it has come, and how long that is waited for."""

import enum
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import msgspec

from tap_intercom.api.types import EPOCH, INTERCOM_BEGAN, InvalidBody, Request
from tap_intercom.errors import ContractError

# A report takes seconds, months of messages take minutes; a file is kept for two days, so nothing is gained by leaving.
DEADLINE_SECONDS: Final = 3600.0
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0
PAUSE_GROWTH: Final = 1.5
# A job may be ordered and not be found for some seconds.
UNKNOWN_JOB_SECONDS: Final = 60.0

OrderBody = dict[str, Any]
Query = tuple[tuple[str, str], ...]


class JobStatus(enum.Enum):
    """How far a job has come."""

    UNDER_WAY = "under way"
    READY = "ready"
    EMPTY = "empty"  # done, and there is no file
    FAILED = "failed"


_JOB_STATUS: Final = {
    "pending": JobStatus.UNDER_WAY,
    "in_progress": JobStatus.UNDER_WAY,
    "completed": JobStatus.READY,
    "complete": JobStatus.READY,
    "no_data": JobStatus.EMPTY,
    "failed": JobStatus.FAILED,
    "canceled": JobStatus.FAILED,
}


class Job(msgspec.Struct, frozen=True):
    """What Intercom says of a job."""

    job_identifier: str
    status: str

    @property
    def job_status(self) -> JobStatus:
        """How far it has come. Raises ContractError for a status that no document has."""
        try:
            return _JOB_STATUS[self.status]
        except KeyError:
            raise ContractError(
                f'An export has the status "{self.status[:40]}", which is not known; report this.'
            ) from None


class ExportPeriod(msgspec.Struct, frozen=True):
    """What one job is asked for: from `start` to `end`, in whole seconds."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M:%S} to {self.end:%Y-%m-%d %H:%M:%S}"


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind of export is ordered, watched and fetched.

    `status_path` and `file_path` hold `{job}`, the queries may, and `{app}`, the workspace; `bounds` are what the order
    calls its start and end. `sample_path` is asked to see whether exports are allowed, and orders none. A job covers
    `days` at most. Where periods are `aligned`, they begin at fixed moments, whenever they are read. `absent_values`
    are values, by column, that mean that there is none.
    """

    order_path: str
    status_path: str
    file_path: str
    bounds: tuple[str, str]
    sample_path: str
    days: int
    aligned: bool = False
    status_query: Query = ()
    file_query: Query = ()
    absent_values: tuple[tuple[str, str], ...] = ()

    @property
    def has_datasets(self) -> bool:
        """Whether `sample_path` lists datasets, of which each is exported by itself."""
        return bool(self.status_query)

    def sample_request(self) -> Request:
        """Ask for something that tells whether exports are allowed."""
        return Request(path=self.sample_path)

    def order_request(self, period: ExportPeriod, order_body: OrderBody) -> Request:
        """Order what lies in a period."""
        moments = (int((moment - EPOCH).total_seconds()) for moment in (period.start, period.end))
        body = {**order_body, **dict(zip(self.bounds, moments, strict=True))}
        return Request(path=self.order_path, method="POST", body=msgspec.json.encode(body))

    def status_request(self, job: str, app: str = "") -> Request:
        """Ask how far a job has come."""
        return Request(path=self.status_path.replace("{job}", job), query=_with_values(self.status_query, job, app))

    def file_request(self, job: str, app: str = "") -> Request:
        """Ask for the file."""
        path, query = self.file_path.replace("{job}", job), _with_values(self.file_query, job, app)
        return Request(path=path, query=query, accept="application/octet-stream")

    def periods(
        self, floor: datetime, now: datetime, lookback: timedelta, earliest: datetime
    ) -> Iterator[ExportPeriod]:
        """Cut the time from `floor` to `now` into periods, the oldest first; none begins before `earliest`.

        What happens to a message counts within the period of its job, so each period but an aligned one reaches back
        behind the one before it, by `lookback` or half its length.
        """
        floor, now, length = _whole_second(floor), _whole_second(now), timedelta(days=self.days)
        earliest = max(_whole_second(earliest), INTERCOM_BEGAN)
        overlap = timedelta() if self.aligned else min(lookback, length / 2)
        start = floor - (floor - EPOCH) % length if self.aligned else max(floor, earliest)
        while start < now:
            end = min(start + length, now)
            if end > earliest:
                yield ExportPeriod(max(start, earliest), end)
            if end == now:
                return
            start = end - overlap


class WholeExport(msgspec.Struct, frozen=True):
    """What an export holds that is not cut into datasets."""

    export: Export
    part: None = None
    order_body: ClassVar[OrderBody] = {}

    def records(
        self,
        period: ExportPeriod,  # noqa: ARG002 - see Dataset
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        position: int,  # noqa: ARG002 - see Dataset
    ) -> list[dict[str, Any] | None]:
        """Give what is in some rows, by column; None for a row that does not fit the header."""
        return [self._record(header, row) if len(row) == len(header) else None for row in rows]

    def _record(self, header: Sequence[str], row: Sequence[str]) -> dict[str, str]:
        cells, absent = zip(header, row, strict=True), self.export.absent_values
        return {column: value for column, value in cells if value and (column, value) not in absent}


def read_job(body: bytes) -> Job:
    """Read what Intercom says of a job. Raises InvalidBody where it is not JSON, ContractError where it is of
    no job.
    """
    try:
        return msgspec.json.decode(body, type=Job)
    except RecursionError:
        raise ContractError("What Intercom says of an export is nested too deeply to be read; report this.") from None
    except msgspec.ValidationError as error:
        raise ContractError(f"What Intercom says of an export is of another shape ({error}); report this.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidBody(str(error)) from error


def pauses() -> Iterator[float]:
    """Give the pauses between looks at a job, in seconds: longer and longer, and together as long as the deadline."""
    pause, left = FIRST_PAUSE_SECONDS, DEADLINE_SECONDS
    while left > 0:
        yield min(pause, left)
        left -= pause
        pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)


def _with_values(query: Query, job: str, app: str) -> Query:
    return tuple((name, value.replace("{job}", job).replace("{app}", app)) for name, value in query)


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
