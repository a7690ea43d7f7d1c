"""Streams that Intercom exports as files: one export job for each period; rows are written as they arrive."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from tap_intercom.api.types import ME_REQUEST, SECOND, InvalidBody, Reason, Refused
from tap_intercom.errors import ContractError, naming_request
from tap_intercom.exports.csv_rows import CsvReader, Row
from tap_intercom.exports.job import Export, ExportPeriod, Job, WholeExport
from tap_intercom.exports.polling import ExportJob
from tap_intercom.exports.reporting_datasets import Dataset, read_app, read_datasets, select_datasets
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.stream_io.context import RunContext, StreamClient
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.sync.start import (
    bookmark_set_back,
    lookback_of,
    refuse_a_future_start_date,
    set_back_warning,
    start_of,
)

BATCH: Final = 500  # rows that are written at once

Subject = WholeExport | Dataset
Write = Callable[[Row, Sequence[Row], int], Awaitable[None]]


class RowCount(msgspec.Struct):
    """How many rows of a file are written, over all attempts to fetch it."""

    rows: int = 0


class RowWriter:
    """Writes the rows of one attempt to fetch a file, but for those that former attempts have written.

    A file has the same rows at every attempt. `write` gets the header, some rows, and the
    position of the first.
    """

    def __init__(self, count: RowCount, write: Write) -> None:
        self._count = count
        self._write = write
        self._csv_reader = CsvReader()
        self._header: Row | None = None
        self._seen = 0

    async def take(self, piece: bytes) -> None:
        """Write the rows that end in this piece."""
        for rows in self._csv_reader.take(piece):
            await self._put(rows)

    async def finish(self) -> None:
        """Write the last row. Raises InvalidBody where the file is not whole."""
        await self._put(self._csv_reader.finish())
        if self._seen < self._count.rows:
            raise InvalidBody("a file that is shorter than it was before")

    async def _put(self, rows: Sequence[Row]) -> None:
        if self._header is None and rows:
            self._header, *rows = rows
        fresh = rows[max(0, self._count.rows - self._seen) :]
        self._seen += len(rows)
        for start in range(0, len(fresh), BATCH):
            batch = fresh[start : start + BATCH]
            await self._write(self._header or [], batch, self._count.rows)
            self._count.rows += len(batch)


class ExportSync:
    """One stream that is read from export files: one series of files, or one for each reporting dataset."""

    def __init__(self, selected: SelectedStream, export: Export, context: RunContext) -> None:
        self.stream = selected.stream
        self.names = (selected.stream.name,)
        self._name = selected.stream.name
        self._export = export
        self._context = context
        self._client = StreamClient(context.client, context.monitor, self._name)
        self._output = StreamOutput(selected, context)
        self._reader = self._output.reader(selected.stream.layout)
        self._ordered: set[str] = set()
        self._job = ExportJob(stream=self._name, export=export, requester=self._client)

    async def run(self) -> None:
        """Read and write everything, period after period; on return, the bookmark has moved."""
        await self._output.open()
        for subject in await self._subjects():
            await self._read(subject)
        await self._output.close()

    async def _subjects(self) -> Sequence[Subject]:
        if not self._export.has_datasets:
            return [WholeExport(self._export)]
        request = self._export.sample_request()
        datasets = (await self._client.ask(request, read_datasets)).value
        if datasets.left_out:
            self._output.warn(f"{request.path}: left out {datasets.left_out} datasets or attributes that have no id")
        chosen = select_datasets(datasets.data, self._context.config.reporting_datasets, self._name)
        app = (await self._client.ask(ME_REQUEST, read_app)).value
        self._job = msgspec.structs.replace(self._job, app=app)
        return chosen

    async def _read(self, subject: Subject) -> None:
        state, config = self._context.state, self._context.config
        # The windows end at Intercom's clock: this machine's may be wrong.
        now = (await self._client.ask(ME_REQUEST, bytes)).served
        bookmark = None if self._name in self._context.whole else state.bookmark(self._name, subject.part)
        moment = bookmark_set_back(self._name, bookmark, now)
        if bookmark is None:
            refuse_a_future_start_date(start_of(self.stream, None, config), now)
        elif moment is not None:
            self._context.monitor.warn(self._name, set_back_warning(bookmark, now, moment))
            state.set_back(self._name, moment, subject.part)
            bookmark = moment
        start = start_of(self.stream, bookmark, config)
        earliest = min(config.start_date, bookmark or config.start_date)
        for period in self._export.periods(start, now, lookback_of(self.stream, config), earliest):
            served = await self._read_period(subject, period)
            # What happens in the second in which a job begins may come after its look at it.
            if state.advance(self._name, min(period.end, served - SECOND), subject.part):
                await self._context.writer.state(state.value())

    async def _read_period(self, subject: Subject, period: ExportPeriod) -> datetime:
        """Write the rows of a period; give Intercom's clock when the export was ordered."""
        export_job = self._job
        ordered = await export_job.order(period, subject.order_body)
        identifier = ordered.value.job_identifier
        if identifier in self._ordered:
            with naming_request(ordered.request_id):
                raise ContractError(
                    f"Intercom gives the export of {period} the name of another; run again, and report it."
                )
        self._ordered.add(identifier)
        job = await export_job.wait_until_done(ordered.value, period)
        if job is not None:
            await self._write_file(subject, period, job, ordered.served)
        return ordered.served

    async def _write_file(self, subject: Subject, period: ExportPeriod, job: Job, served: datetime) -> None:
        """Write the rows of a file, each once, however often the download begins again."""
        count = RowCount()

        async def write(header: Row, rows: Sequence[Row], position: int) -> None:
            records = subject.records(period, header, rows, position)
            page = self._reader.read(msgspec.json.encode({"data": records}))
            await self._output.write(page.records, served)

        try:
            request = self._export.file_request(job.job_identifier, self._job.app)
            await self._client.fetch(request, lambda: RowWriter(count, write))
        except Refused as refused:
            if refused.reason is not Reason.GONE:
                raise
            raise self._job.failed_error(job, period, "has expired") from refused
