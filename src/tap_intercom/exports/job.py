"""Export jobs: the requests that order, poll and fetch one, its status, and the periods that jobs cover."""

import enum
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

import msgspec

from tap_intercom.api.types import EPOCH, INTERCOM_BEGAN, InvalidBody, Request
from tap_intercom.errors import ContractError

# A report takes seconds, months of messages take minutes. A file is kept for two days.
DEADLINE_SECONDS: Final = 3600.0
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0
PAUSE_GROWTH: Final = 1.5
# For some seconds after it was ordered, a job may not be found.
UNKNOWN_JOB_SECONDS: Final = 60.0

OrderBody = dict[str, Any]
Query = tuple[tuple[str, str], ...]


class JobStatus(enum.Enum):
    """How far a job has come, as far as it matters to the tap."""

    UNDER_WAY = "under way"
    READY = "ready"
    EMPTY = "empty"  # done, without a file
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
    """Intercom's answer about a job."""

    job_identifier: str
    status: str

    @property
    def job_status(self) -> JobStatus:
        """How far it has come. Raises ContractError for a status that Intercom does not document."""
        try:
            return _JOB_STATUS[self.status]
        except KeyError:
            raise ContractError(
                f'An export has the status "{self.status[:40]}", which is not known; report this.'
            ) from None


class ExportPeriod(msgspec.Struct, frozen=True):
    """The time that one job covers: from `start` to `end`, in whole seconds."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M:%S} to {self.end:%Y-%m-%d %H:%M:%S}"


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of export: its paths and limits.

    `status_path` and `file_path` contain `{job}`; the queries may contain it and `{app}`, the id of the workspace.
    `bounds` are the names of start and end in the body of the order. A request to `sample_path` shows whether exports
    are allowed and orders none. A job covers at most `days`. `aligned` periods begin at fixed times, whenever they are
    read. `absent_values` are pairs of a column and a text in it that means that there is no value.
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
        """Whether the export is divided into datasets, which `sample_path` lists: each has jobs of its own."""
        return bool(self.status_query)

    def sample_request(self) -> Request:
        """Give a request that shows whether exports are allowed."""
        return Request(path=self.sample_path)

    def order_request(self, period: ExportPeriod, order_body: OrderBody) -> Request:
        """Give the request that orders a job for a period."""
        moments = (int((moment - EPOCH).total_seconds()) for moment in (period.start, period.end))
        body = {**order_body, **dict(zip(self.bounds, moments, strict=True))}
        return Request(path=self.order_path, method="POST", body=msgspec.json.encode(body))

    def status_request(self, job: str, app: str = "") -> Request:
        """Give the request for the status of a job."""
        return Request(path=self.status_path.replace("{job}", job), query=_with_values(self.status_query, job, app))

    def file_request(self, job: str, app: str = "") -> Request:
        """Give the request for the file of a job."""
        path, query = self.file_path.replace("{job}", job), _with_values(self.file_query, job, app)
        return Request(path=path, query=query, accept="application/octet-stream")

    def periods(
        self, floor: datetime, now: datetime, lookback: timedelta, earliest: datetime
    ) -> Iterator[ExportPeriod]:
        """Divide the time from `floor` to `now` into periods, the oldest first; none begins before `earliest`.

        Each period overlaps the one before by `lookback`, at most half its length, since the row of a message holds
        only what happened to it within the period. Aligned periods do not overlap.
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
    """The rows of an export that is not divided into datasets."""

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
        """Give rows as records, by column; None for a row with another number of cells than the header."""
        return [self._record(header, row) if len(row) == len(header) else None for row in rows]

    def _record(self, header: Sequence[str], row: Sequence[str]) -> dict[str, str]:
        cells, absent = zip(header, row, strict=True), self.export.absent_values
        return {column: value for column, value in cells if value and (column, value) not in absent}


def read_job(body: bytes) -> Job:
    """Read Intercom's answer about a job.

    Raises InvalidBody if it is not JSON, ContractError if it is not about a job.
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
    """Give the pauses between two requests for a status, in seconds: longer each time, DEADLINE_SECONDS in all."""
    pause, left = FIRST_PAUSE_SECONDS, DEADLINE_SECONDS
    while left > 0:
        yield min(pause, left)
        left -= pause
        pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE_SECONDS)


def _with_values(query: Query, job: str, app: str) -> Query:
    return tuple((name, value.replace("{job}", job).replace("{app}", app)) for name, value in query)


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
