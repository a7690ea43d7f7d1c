"""One stream, with the streams of its children, from its first request to the bookmark that is then true."""

import functools
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec

from tap_intercom.api.types import EPOCH, SECOND, Refused
from tap_intercom.pagination.checkpoints import BoundaryFilter, Checkpoint, Checkpoints, CheckpointTrack
from tap_intercom.pagination.model import Page, PageResult, TimeOf, TimeRange, not_before
from tap_intercom.pagination.reader import PageRead, PageReader, read_ahead
from tap_intercom.pagination.scroll import ScrollPaginator
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.records.list_extent import extent_reader
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.streams.model import Detail, Stream
from tap_intercom.streams.refusals import explain
from tap_intercom.streams.table import with_configured_names
from tap_intercom.sync.child_streams import ChildStreams, Parent
from tap_intercom.sync.context import RunContext, StreamClient
from tap_intercom.sync.details import DetailReader, parent_fields_of
from tap_intercom.sync.inline_children import InlineChildren, PageDecoder
from tap_intercom.sync.list_completion import ListCompletion, complete_in_order
from tap_intercom.sync.received_count import ReceivedCount
from tap_intercom.sync.record_failures import RecordFailures
from tap_intercom.sync.start_date import brought_back, refuse_a_future_start_date, start_of, tell_brought_back
from tap_intercom.sync.stream_output import StreamOutput


class StreamSync:
    """A stream and the streams of its children, any of which may be the only one that is wanted.

    Children come from the detail of every parent that has changed, or lie within the parents themselves. All bookmarks
    follow one front, which never passes a parent whose children are not out.
    """

    def __init__(
        self, stream: Stream, selected: SelectedStream | None, children: Sequence[SelectedStream], context: RunContext
    ) -> None:
        self.stream = with_configured_names(context.config, stream)
        self.context = context
        self.output = self._output(selected) if selected else None
        self._children = [self._output(child) for child in children]
        self._inline_children = [
            InlineChildren(output, stream) for output in self._children if output.stream.inline is not None
        ]
        self.outputs = [*([self.output] if self.output else []), *self._children]
        self.names = tuple(output.stream.name for output in self.outputs)
        self._client = StreamClient(context.client, context.monitor, self.names[0])
        self._failures: list[RecordFailures] = []
        self._detail_reader = self._details_of(self.output) if self.output else None
        self._completion = self._completion_of(self.output) if self.output else None
        self._starts = {name: self._start(name) for name in self.names}
        self._wants_all = not any(self._bookmark(name) for name in self.names)
        wants_count = context.version is not None and context.whole.intersection(self.names)
        self._inventory = ReceivedCount(self.stream, self._client) if wants_count else None
        self._is_whole = True
        self._checkpoints = Checkpoints()
        self._time: TimeOf = attrgetter(stream.replication_key or "updated_at")
        self._boundary = BoundaryFilter(self._time)
        self._newest: datetime | None = None
        self._began: datetime | None = None
        self._denied: set[str] = set()
        self._short = 0

    def _output(self, selected: SelectedStream) -> StreamOutput:
        dwindles = self.stream.detects_deletions and selected.stream.detects_deletions
        is_asked = selected.stream.name in self.context.whole and not selected.stream.append_only
        return StreamOutput(selected, self.context, self.context.version if dwindles or is_asked else None)

    def _fails(self, *outputs: StreamOutput) -> RecordFailures:
        keeps, what = self.stream.replication_key is not None, self.stream.name
        self._failures.append(RecordFailures(outputs, self.context, what=what, keeps=keeps))
        return self._failures[-1]

    def _details_of(self, output: StreamOutput) -> DetailReader | None:
        detail = self.stream.detail
        return DetailReader(output, detail, self._fails(output)) if detail else None

    @property
    def _child_details(self) -> list[Detail]:
        return [output.stream.detail for output in self._children if output.stream.detail is not None]

    def _completion_of(self, output: StreamOutput) -> ListCompletion | None:
        return ListCompletion(output, self._child_details, self._fails(output)) if self.stream.full_lists else None

    async def run(self) -> None:
        """Extract everything; on return, the bookmarks say so."""
        for output in self.outputs:
            await output.open()
        async with AsyncExitStack() as stack:
            details = [
                await stack.enter_async_context(
                    ChildStreams(
                        outputs,
                        self.context,
                        self._fails(*outputs),
                        finished=self._finish,
                        denied=self._deny,
                        parent_fields=parent_fields_of(self.output, outputs),
                        again=any(isinstance(paginator, ScrollPaginator) for paginator in self.stream.full_read),
                    )
                )
                for outputs in _by_detail(self._children)
            ]
            if self._inventory is not None:
                await self._inventory.begin()
            if not await self._read(details):
                await self._read(details)
            await self._ask_again(details)
        if self._newest is not None and self._began is not None and not self._short:
            # What happens in the second in which the reading began may come after the reading of it.
            await self._claim(min(self._newest, self._began - SECOND))
        for failures in self._failures:
            failures.conclude()
        await self._note_whole()
        for output in self.outputs:
            if output.stream.name not in self._denied:
                await output.close()

    async def _note_whole(self) -> None:
        """Note whether all is known to have come: the list says so, or as much came as it counts."""
        unsure = "Intercom does not say of each list whether it is whole, or a record went or could not be read"
        if self._inventory is not None and not self._is_whole:
            doubt = await self._inventory.unsure()
            self._is_whole = doubt is None
            unsure = doubt or unsure
        for output in self.outputs:
            output.is_whole &= self._is_whole
            if self._inventory is not None and output.stream.name in self.context.whole and not output.is_whole:
                output.warn(f"what is gone is not told this time, for it is not known that all came: {unsure}")

    async def _read(self, details: Sequence[ChildStreams]) -> bool:
        """Read all pages; say whether they are right, or were asked for by a bookmark that had to be brought back."""
        page_reader = self._page_reader()
        hurried = any(isinstance(paginator, ScrollPaginator) for paginator in page_reader.paginators)
        source = page_reader.pages()
        if self._completion is not None:
            source = complete_in_order(source, functools.partial(self._complete, self._completion))
        async with aclosing(read_ahead(source, hurried=hurried)) as pages_read:
            async for page_read in pages_read:
                if self._began is None:
                    self._began = page_read.served
                    if self._bring_back_floors(page_read.served):
                        return False
                await self._take(page_read, details)
        return True

    async def _ask_again(self, details: Sequence[ChildStreams]) -> None:
        """Ask for what was set aside in former runs, and has not come in this one."""
        for children in details:
            for identifier, (time, streams) in children.failures.waiting().items():
                checkpoint = Checkpoint(unfinished=1)
                served = self._began or datetime.now(UTC)
                await children.take(Parent(identifier, time, streams, checkpoint, served, again=True))
        if self.output is not None and self._completion is not None:
            for identifier in self._completion.failures.waiting():
                await self._read_again(identifier, self.output, self._completion)

    async def _read_again(self, identifier: str, output: StreamOutput, completion: ListCompletion) -> None:
        """Read a record of which a list could not be completed."""
        searches = [
            paginator.of(identifier) for paginator in self.stream.full_read if isinstance(paginator, SearchPaginator)
        ]
        page_reader = self._page_reader()
        window = msgspec.structs.replace(page_reader.time_range, start=EPOCH)
        page_reader = msgspec.structs.replace(
            page_reader, paginators=searches, time_range=window, track=CheckpointTrack()
        )
        async with aclosing(page_reader.pages()) as pages_read:
            async for page_read in pages_read:
                await completion.complete(page_read.page, page_read.page.records)
                await self._write(page_read.page.records, page_read.served, output)
        completion.failures.came(identifier, [output.stream.name])

    def _page_reader(self) -> PageReader:
        """Prepare to read the stream."""
        start = min(self._starts.values())
        known = all(self._bookmark(name) for name in self.names)
        paginators = self.stream.incremental_read if known and self.stream.incremental_read else self.stream.full_read
        decoder = self._page_decoder(self._completion.fields if self._completion else [])
        return PageReader(
            requester=self._client,
            paginators=paginators,
            time_range=TimeRange(start=start, now=datetime.now(UTC)),
            read=decoder.decode,
            scroll_lock=self.context.scroll_lock,
            track=self._checkpoints.first,
            scroll_wait_seconds=self.context.config.retry_timeout,
        )

    def _page_decoder(self, cut: Sequence[str]) -> PageDecoder:
        """Prepare to decode pages; `cut` are the fields of which a record may hold only the beginning."""
        inline, details = self._inline_children, self._child_details
        needs_extents = inline or cut or any(detail.parent_filter or detail.inline_lists for detail in details)
        extents = extent_reader(self.stream, details, cut, [one.counted for one in inline]) if needs_extents else None
        if self.output is not None:
            return PageDecoder(self.stream, self.output.reader(self.stream.layout), inline, extents)
        reader = extents if extents and not inline else extent_reader(self.stream, ())
        self._children[0].answer_for(f"({self.stream.name})", reader)
        return PageDecoder(self.stream, reader, inline, extents)

    async def _take(self, page_read: PageRead, details: Sequence[ChildStreams]) -> None:
        if page_read.unsuitable:
            await self._withdraw(page_read.unsuitable)
        if page_read.result.complete_before is not None:
            self._began = min(self._began or page_read.served, page_read.result.complete_before)
        records = self._wanted(page_read.page, page_read.result)
        if self._inventory is not None:
            self._inventory.add(records)
        if self.output is not None:
            await self._write(self._ready(records, page_read.page, details), page_read.served, self.output)
        for inline in self._inline_children:
            found = inline.wanted(page_read.page.children[inline.name], page_read.result, self._starts[inline.name])
            inline.warn(page_read.page.list_counts[inline.name], page_read.result, self._starts[inline.name])
            await inline.output.write(found, page_read.served)
        self._count_expected(page_read, details)
        for children in details:
            await self._pass_parents(records, children, page_read)
        if page_read.result.finished_before is not None:
            self._boundary.next_chunk(self._began or page_read.served)
            await self._claim_settled(self._checkpoints.close(page_read.track, page_read.result.finished_before))
        if page_read.result.next is None:
            self._note_short(page_read.result.missing)
            self._is_whole &= page_read.result.is_complete
            await self._claim_settled(self._checkpoints.end(page_read.track))

    async def _write(self, records: Sequence[Any], served: datetime, output: StreamOutput) -> None:
        if self._detail_reader is not None:
            records = await self._detail_reader.read(records)
        await output.write(records, served)
        if self._completion is not None:
            for record in records:
                self._completion.failures.came(record.id, [output.stream.name])

    def _ready(self, records: Sequence[Any], page: Page, details: Sequence[ChildStreams]) -> Sequence[Any]:
        """Keep the stream's own records, without those that wait for what the detail of their children tells."""
        own = self._written(records)
        for children in details:
            if children.parent_fields is not None:
                own = [record for record in own if not self._streams_for(record, children, page)]
        return own

    def _streams_for(self, parent: Any, children: ChildStreams, page: Page) -> frozenset[str]:
        """Name the streams that want a parent's children: it has changed since they were complete."""
        if not children.needs(page.outlines, parent.id):
            return frozenset()
        time = self._time_of(parent)
        return frozenset(name for name in children.names if time is None or time >= self._starts[name])

    def _count_expected(self, page_read: PageRead, details: Sequence[ChildStreams]) -> None:
        """Tell how far the reading is, of as much as Intercom tells there is, where all of that is wanted."""
        page, monitor = page_read.page, self.context.monitor
        total = (
            page.total
            if self._wants_all or any(isinstance(paginator, SearchPaginator) for paginator in self.stream.full_read)
            else None
        )
        own = [self.output, *(inline.output for inline in self._inline_children)]
        for output in own:
            if output is not None:
                monitor.advance([output.stream.name], len(page.records), total)
        for children in details:
            monitor.advance(children.names, 0, total)

    def _note_short(self, records: int) -> None:
        """Say that a list did not give all that it holds: nothing may then be claimed of it."""
        self._short += records
        if records:
            message = f"Intercom gave {records} records fewer than it counted; "
            if any(isinstance(paginator, SearchPaginator) for paginator in self.stream.full_read):
                message += "if they were not deleted meanwhile, a run without the stream's bookmark finds them"
            else:
                message += "the next run reads all of them again"
            self.context.monitor.warn(self.stream.name, message)

    async def _pass_parents(self, parents: Sequence[Any], children: ChildStreams, page_read: PageRead) -> None:
        """Have the children read of those parents that have changed since any of their streams was complete."""
        waiting = set(map(id, self._written(parents) if children.parent_fields is not None else ()))
        page, served = page_read.page, page_read.served
        passed_over = len(page.records) - len(parents)
        for parent in parents:
            streams, time = self._streams_for(parent, children, page), self._time_of(parent)
            if not streams or children.has_taken(parent.id, time):
                passed_over += 1
                continue
            told = page.known_answers.get(children.detail.request(parent.id), ()) if page.known_answers else ()
            record = parent if id(parent) in waiting else None
            await children.take(Parent(parent.id, time, streams, page_read.track.begin(), served, told, record))
        self.context.monitor.advance(children.names, passed_over)

    def _time_of(self, record: Any) -> datetime | None:
        return self._time(record) if self.stream.replication_key else None

    def _wanted(self, page: Page, result: PageResult) -> Sequence[Any]:
        if self.stream.replication_key is None:
            return page.records
        wanted = self._boundary.without_boundary(result.wanted(page.records, self._time))
        newest = max(filter(None, map(self._time, wanted)), default=None)
        if newest is not None and (self._newest is None or newest > self._newest):
            self._newest = newest
        return wanted

    def _written(self, records: Sequence[Any]) -> Sequence[Any]:
        """Keep the records of the stream itself that are of its floor or later, or have no time."""
        if self.stream.replication_key is None:
            return records
        return not_before(self._starts[self.stream.name], records, self._time)

    async def _complete(self, completion: ListCompletion, page_read: PageRead) -> None:
        """Complete the lists of the stream's own records that are wanted from a page."""
        wanted = page_read.result.wanted(page_read.page.records, self._time)
        await completion.complete(page_read.page, self._written(wanted))

    async def _finish(self, checkpoint: Checkpoint) -> None:
        await self._claim_settled(self._checkpoints.finish(checkpoint))

    async def _claim_settled(self, settled: datetime | None) -> None:
        """Claim what is true when everything *before* `settled` is out."""
        if settled is not None and settled > EPOCH:
            began = self._began or settled
            await self._claim(min(settled, began) - SECOND)

    async def _withdraw(self, why: str) -> None:
        """Take back what was claimed of a list that was not what it was taken for."""
        self._checkpoints.withdraw()
        withdrawn = [name for name in self.names if self.context.state.withdraw(name)]
        if withdrawn:
            await self.context.writer.state(self.context.state.value())
        self.context.monitor.info(f"{', '.join(self.names)}: {why}; it is read in another way")

    async def _claim(self, moment: datetime) -> None:
        denied = {*self._denied, *(output.stream.name for output in self.outputs if output.is_unreadable)}
        names = [name for name in self.names if name not in denied and moment >= self._starts[name]]
        moved = [name for name in names if self.context.state.advance(name, moment)]
        if moved:
            await self.context.writer.state(self.context.state.value())

    def _bookmark(self, name: str) -> datetime | None:
        """Give the bookmark that a stream goes on from: none where the catalog wants all of it."""
        return None if name in self.context.whole else self.context.state.bookmark(name)

    def _start(self, name: str) -> datetime:
        if name in self.context.whole:
            return EPOCH
        return start_of(self.stream, self.context.state.bookmark(name), self.context.config)

    def _bring_back_floors(self, present: datetime) -> bool:
        """Bring back the bookmarks that are later than Intercom's clock; say whether there are any."""
        if self.stream.replication_key is None:
            return False
        state, is_back = self.context.state, False
        for name in self.names:
            bookmark = self._bookmark(name)
            moment = brought_back(name, bookmark, present)
            if bookmark is None:
                refuse_a_future_start_date(self._starts[name], present)
            elif moment is not None:
                self.context.monitor.warn(name, tell_brought_back(bookmark, present, moment))
                state.set_back(name, moment)
                self._starts[name] = self._start(name)
                is_back = True
        return is_back

    def _deny(self, stream: Stream, refused: Refused) -> None:
        """Go on without the children, and claim nothing for them."""
        if stream.name not in self._denied:
            self._denied.add(stream.name)
            self.context.failed(stream.name, explain(refused, stream))


def _by_detail(outputs: Sequence[StreamOutput]) -> list[list[StreamOutput]]:
    """Put those together that find their records in the same answers."""
    groups: dict[object, list[StreamOutput]] = {}
    for output in outputs:
        if output.stream.detail is not None:
            groups.setdefault((output.stream.detail.path, output.stream.detail.query), []).append(output)
    return list(groups.values())
