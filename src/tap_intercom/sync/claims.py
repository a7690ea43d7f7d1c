"""What may be claimed of a stream and its child streams: how far their bookmarks move, and whether all records came."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple

from tap_intercom.api.types import EPOCH, SECOND, Refused
from tap_intercom.pagination.checkpoints import Checkpoint, Checkpoints
from tap_intercom.pagination.completeness import DistinctSet
from tap_intercom.pagination.model import Page, TimeOf
from tap_intercom.pagination.reader import PageRead
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.records.reader import Reader
from tap_intercom.stream_io.context import RunContext, StreamClient
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.model import Stream
from tap_intercom.streams.refusals import explain
from tap_intercom.sync.start import StreamStarts

_MOMENT: Final = {"type": ["null", "string"], "format": "date-time"}
_OUTLINE: Final = {"type": "object", "properties": {"id": {"type": "string"}, "created_at": _MOMENT}}
NEWEST: Final = 50  # records that are requested with a count; no list refuses so many
NOT_COUNTED: Final = "Intercom does not say how many there are"


class Claims:
    """The bookmarks of a stream and its child streams, moved when everything before them is written.

    No bookmark passes a parent whose children are not written, or the second in which the reading began: what happens
    in that second may come after its reading. A stream that is denied or unreadable keeps its bookmark. So does one
    whose start is later than what could be claimed. A STATE message follows each move.
    """

    def __init__(
        self, stream: Stream, outputs: Sequence[StreamOutput], starts: StreamStarts, context: RunContext
    ) -> None:
        """Begin with nothing claimed; `outputs` are those of the stream and its child streams that are selected."""
        self._stream = stream
        self._outputs = {output.stream.name: output for output in outputs}
        self._starts = starts
        self._context = context
        self._time: TimeOf | None = attrgetter(stream.replication_key) if stream.replication_key else None
        self._checkpoints = Checkpoints()
        self._began: datetime | None = None
        self._newest: datetime | None = None
        self._oldest: datetime | None = None
        self._missing = 0
        self._are_all_received = True
        self._ended_early = False
        self._denied: set[str] = set()
        self.track = self._checkpoints.first

    @property
    def began(self) -> datetime | None:
        """From which time on nothing may be claimed: Intercom's clock at the first page, or earlier; None before it."""
        return self._began

    def begin(self, served: datetime) -> bool:
        """Note Intercom's clock at a page; say whether it is the first page."""
        is_first = self._began is None
        self._began = self._began or served
        return is_first

    async def before_page(self, page_read: PageRead[Any]) -> None:
        """Note what a page says of the pages before it, before its own records are written."""
        if page_read.unsuitable:
            await self._withdraw(page_read.unsuitable)
        if page_read.result.complete_before is not None:
            self._ended_early = True
            self._began = min(self._began or page_read.served, page_read.result.complete_before)

    async def after_page(self, page_read: PageRead[Any], records: Sequence[Any]) -> None:
        """Note that the `records` that are wanted of a page are written, and the work on their children is begun."""
        times = list(filter(None, map(self._time, records))) if self._time else []
        if times:
            self._newest = max(*times, self._newest or times[0])
            self._oldest = min(*times, self._oldest or times[0])
        result, track = page_read.result, page_read.track
        if result.finished_before is not None:
            await self._claim_before(self._checkpoints.close(track, result.finished_before))
        if result.next is None:
            self._note_missing(result.missing)
            self._are_all_received &= result.is_complete
            await self._claim_before(self._checkpoints.end(track))

    async def finish(self, checkpoint: Checkpoint) -> None:
        """Note that the children of a parent, whose work belongs to `checkpoint`, are written."""
        await self._claim_before(self._checkpoints.finish(checkpoint))

    def deny(self, stream: Stream, refused: Refused) -> None:
        """Claim nothing of a child stream that may not be read, and report it once."""
        if stream.name not in self._denied:
            self._denied.add(stream.name)
            self._context.fail(stream.name, explain(refused, stream))

    def is_denied(self, name: str) -> bool:
        """Say whether a stream was denied."""
        return name in self._denied

    async def conclude(self) -> None:
        """Move the bookmarks to the newest record, unless records are missing; everything must be written."""
        if self._newest is not None and self._began is not None and not self._missing:
            await self._claim(min(self._newest, self._began - SECOND))

    async def conclude_whole(self) -> None:
        """Claim all up to the beginning of the reading: everything was read and written, in any order."""
        if self._began is not None:
            await self._claim(self._began - SECOND)

    async def note_whole(self, received: "ReceivedCount | None") -> None:
        """Note of each stream whether all its records are known to have come: the list says so, or `received` does.

        Only then may a target be told which records are gone.
        """
        doubt = "Intercom does not say of each list whether it is whole, or a record went or could not be read"
        if self._ended_early:
            self._are_all_received, doubt = False, "records changed faster than they were read"
        elif received is not None and not self._are_all_received:
            uncounted = await received.unsure()
            self._are_all_received = uncounted is None
            doubt = uncounted or doubt
        for name, output in self._outputs.items():
            output.is_whole &= self._are_all_received and self._gets_all(name)
            if received is not None and name in self._context.whole and not output.is_whole:
                output.warn(f"what is gone is not told this time, for it is not known that all came: {doubt}")

    def _gets_all(self, name: str) -> bool:
        """Say whether a stream gets all that is read: it starts at no bookmark, and no record lies before its start."""
        return not self._starts.is_bookmarked(name) and (self._oldest is None or self._oldest >= self._starts[name])

    async def _claim_before(self, moment: datetime | None) -> None:
        """Claim that everything *before* `moment` is written."""
        if moment is not None and moment > EPOCH:
            await self._claim(min(moment, self._began or moment) - SECOND)

    async def _claim(self, moment: datetime) -> None:
        """Claim that everything up to and at `moment` is written."""
        names = [
            name
            for name, output in self._outputs.items()
            if name not in self._denied and not output.is_unreadable and moment >= self._starts[name]
        ]
        await self._write_state([name for name in names if self._context.state.advance(name, moment)])

    async def _withdraw(self, why: str) -> None:
        """Take back what was claimed of a list that another paginator has to read."""
        self._checkpoints.withdraw()
        names = list(self._outputs)
        await self._write_state([name for name in names if self._context.state.withdraw(name)])
        self._context.monitor.info(f"{', '.join(names)}: {why}; it is read in another way")

    async def _write_state(self, moved: Sequence[str]) -> None:
        if moved:
            await self._context.writer.state(self._context.state.value())

    def _note_missing(self, count: int) -> None:
        """Warn of records that a list counted and did not give."""
        self._missing += count
        if count:
            message = f"Intercom gave {count} records fewer than it counted; "
            if any(isinstance(paginator, SearchPaginator) for paginator in self._stream.full_read):
                message += "if they were not deleted meanwhile, a run without the stream's bookmark finds them"
            else:
                message += "the next run reads all of them again"
            self._context.monitor.warn(self._stream.name, message)


class ReceivedCount:
    """The ids of a stream's records that were received in a run, compared with Intercom's count.

    The count is requested before and after. All records were received where no more are counted after than different
    ids came. Records that were created meanwhile and did not come are left out of the count, as far as the answer with
    the count shows them: no target has them. A case that this does not notice: one record that came was deleted, and
    another left out.
    """

    def __init__(self, stream: Stream, client: StreamClient) -> None:
        self._paginator = stream.full_read[0]
        self._reader = Reader(stream.layout, _OUTLINE, watch=False)
        self._client = client
        self._ids = DistinctSet()
        self._before: _Count | None = None

    async def begin(self) -> None:
        """Request the count before the list is read."""
        self._before = await self._count(1)

    def add(self, records: Sequence[Any]) -> None:
        """Note records that were received."""
        for record in records:
            self._ids.add(record.id)

    async def unsure(self) -> str | None:
        """Say why it is not certain that all were received; None where it is."""
        before = self._before
        after = await self._count(NEWEST if before.has_total_count else 1) if before is not None else None
        if before is None or after is None:
            return NOT_COUNTED
        new = (one.id for one in after.records if one.created_at is not None and one.created_at > before.served)
        received, unseen = len(self._ids), sum(map(self._ids.add, new))
        if after.number <= received + unseen:
            return None
        return f"{received} came, and Intercom counted {before.number} before and {after.number} after"

    async def _count(self, records: int) -> "_Count | None":
        """Request the count, with as many records."""
        try:
            answer = await self._client.ask(self._paginator.sample(records), self._reader.read)
        except Refused:
            return None
        page, number = answer.value, _exact(answer.value)
        if number is None:
            return None
        return _Count(number, answer.served, page.records, has_total_count=page.total_count is not None)


class _Count(NamedTuple):
    """How many records Intercom counted at the time `served`, and some of them."""

    number: int
    served: datetime
    records: Sequence[Any]
    has_total_count: bool


def _exact(page: Page) -> int | None:
    """Give the exact count of a page: its total_count, or its number of pages where each has one record."""
    if page.total_count is None and page.pages is not None and page.pages.per_page != 1:
        return None
    return page.total
