"""One stream and its child streams: its pages are read, its records written, and their children requested."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec

from tap_intercom.api.types import EPOCH
from tap_intercom.pagination.checkpoints import BoundaryFilter, Checkpoint, CheckpointTrack
from tap_intercom.pagination.model import PageResult, TimeOf, TimeRange, not_before
from tap_intercom.pagination.reader import PageRead, PageReader, read_ahead
from tap_intercom.pagination.scroll import ScrollPaginator
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.records.list_extent import extent_reader
from tap_intercom.relations.child_streams import ChildStreams, Parent, grouped_by_detail
from tap_intercom.relations.details import DetailReader, parent_fields_of
from tap_intercom.relations.inline_children import DecodedPage, InlineChildren, PageDecoder
from tap_intercom.relations.linked_children import LinkedChildren, has_linked_children
from tap_intercom.relations.list_completion import ListCompletion, complete_in_order
from tap_intercom.relations.parts import Part
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.stream_io.context import RunContext, StreamClient
from tap_intercom.stream_io.record_failures import RecordFailures
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.model import Detail, Stream
from tap_intercom.streams.table import with_configured_names
from tap_intercom.sync.claims import Claims, ReceivedCount
from tap_intercom.sync.start import StreamStarts


class StreamSync:
    """A stream, its child streams and its `parts`; `selected` is None where only others of these are selected.

    Children are read from the detail of each parent that has changed (`child_streams`), or lie within the parent's own
    record (`inline_children`). `claims` moves the bookmarks.
    """

    def __init__(
        self,
        stream: Stream,
        selected: SelectedStream | None,
        children: Sequence[SelectedStream],
        context: RunContext,
        parts: Sequence[SelectedStream] = (),
    ) -> None:
        self.stream = with_configured_names(context.config, stream)
        self.context = context
        self.output = self._output(selected) if selected else None
        self._children = [self._output(child) for child in children]
        self._inline_children = [
            InlineChildren(output, stream) for output in self._children if output.stream.inline is not None
        ]
        self._linked_children = [
            LinkedChildren(output, context) for output in self._children if has_linked_children(output.stream)
        ]
        self._parts = [Part(self._output(part)) for part in parts]
        listed = [*([self.output] if self.output else []), *(part.output for part in self._parts)]
        self.outputs = [*listed, *self._children]
        self.names = tuple(output.stream.name for output in self.outputs)
        self._client = StreamClient(context.client, context.monitor, self.names[0])
        self._failures: list[RecordFailures] = []
        self._detail_reader = self._detail_reader_of(self.output) if self.output else None
        self._completions = self._completions_of([output for output in listed if output.stream.full_lists])
        self._starts = StreamStarts(self.stream, self.names, context)
        self._is_first_read = not self._starts.is_any_bookmarked
        self._claims = Claims(self.stream, self.outputs, self._starts, context)
        wants_count = stream.replication_key and any(
            output.tells_gone and not self._starts.is_bookmarked(output.stream.name) for output in self.outputs
        )
        self._received = ReceivedCount(self.stream, self._client) if wants_count else None
        self._time: TimeOf = attrgetter(stream.replication_key or "updated_at")
        self._boundary = BoundaryFilter(self._time)
        self._child_streams = [self._child_streams_of(outputs) for outputs in grouped_by_detail(self._children)]

    def _output(self, selected: SelectedStream) -> StreamOutput:
        return StreamOutput(selected, self.context, self.context.version_of(selected.stream, self.stream))

    def _record_failures_of(self, *outputs: StreamOutput) -> RecordFailures:
        remembers, records_of = self.stream.replication_key is not None, self.stream.name
        self._failures.append(RecordFailures(outputs, self.context, records_of=records_of, remembers=remembers))
        return self._failures[-1]

    def _detail_reader_of(self, output: StreamOutput) -> DetailReader | None:
        detail = self.stream.detail
        return DetailReader(output, detail, self._record_failures_of(output)) if detail else None

    @property
    def _child_details(self) -> list[Detail]:
        return [output.stream.detail for output in self._children if output.stream.detail is not None]

    def _completions_of(self, outputs: Sequence[StreamOutput]) -> dict[str, ListCompletion]:
        """Prepare to complete the lists of streams, by their names; no request is sent twice for two of them."""
        details = [full_list.detail for output in outputs[1:] for full_list in output.stream.full_lists.values()]
        return {
            output.stream.name: ListCompletion(
                output, [*self._child_details, *details], self._record_failures_of(output)
            )
            for output in outputs
        }

    def _child_streams_of(self, outputs: Sequence[StreamOutput]) -> ChildStreams:
        return ChildStreams(
            outputs,
            self.context,
            self._record_failures_of(*outputs),
            on_finished=self._claims.finish,
            on_denied=self._claims.deny,
            parent_fields=parent_fields_of(self.output, outputs),
            may_come_again=any(isinstance(paginator, ScrollPaginator) for paginator in self.stream.full_read),
        )

    async def run(self) -> None:
        """Read and write everything; on return, the bookmarks have moved."""
        for output in self.outputs:
            await output.open()
        await self.read()
        await self.close()

    async def read(self, *, is_list_known: bool = False) -> None:
        """Read and write everything of the list of records, and those that were set aside in former runs.

        With `is_list_known`, only the latter: the rest was read in another way.
        """
        async with AsyncExitStack() as stack:
            for children in self._child_streams:
                await stack.enter_async_context(children)
            if not is_list_known:
                await self._read_list()
            await self._retry_set_aside()

    async def close(self) -> None:
        """Move the bookmarks, and end the output of each stream."""
        await self._claims.conclude()
        for failures in self._failures:
            failures.conclude()
        await self._claims.note_whole(self._received)
        for output in self.outputs:
            if not self._claims.is_denied(output.stream.name):
                await output.close()

    async def _read_list(self) -> None:
        if self._received is not None:
            await self._received.begin()
        if not await self._read():
            await self._read()

    async def _read(self) -> bool:
        """Read all pages; False where a bookmark was later than Intercom's clock, and they must be requested again."""
        page_reader = self._page_reader()
        hurried = any(isinstance(paginator, ScrollPaginator) for paginator in page_reader.paginators)
        source = page_reader.pages()
        if self._completions:
            source = complete_in_order(source, self._complete)
        async with aclosing(read_ahead(source, hurried=hurried)) as pages_read:
            async for page_read in pages_read:
                if self._claims.begin(page_read.served) and self._starts.set_back(page_read.served):
                    return False
                await self._take_page(page_read)
        return True

    async def _retry_set_aside(self) -> None:
        """Request the records that were set aside in former runs and were not received in this one."""
        for children in self._child_streams:
            for identifier, (time, streams) in children.failures.waiting().items():
                checkpoint = Checkpoint(unfinished=1)
                served = self._claims.began or datetime.now(UTC)
                texts = await self._texts_of(identifier, children) if children.parent_texts else {}
                if texts is None:
                    children.failures.note_received(identifier, streams)
                else:
                    await children.take(
                        Parent(identifier, time, streams, checkpoint, served, is_retry=True, texts=texts)
                    )
        for output in self.outputs:
            completion = self._completions.get(output.stream.name)
            for identifier in completion.failures.waiting() if completion else ():
                await self._complete_again(identifier, output)

    async def _texts_of(self, identifier: str, children: ChildStreams) -> Mapping[str, str | None] | None:
        """Ask for the fields of a parent that its children take; None where it is gone."""
        found = None
        async with aclosing(self._pages_about(identifier)) as pages_read:
            async for page_read in pages_read:
                if identifier in page_read.page.outlines:
                    found = children.texts_of(page_read.page.outlines, identifier)
        return found

    async def _complete_again(self, identifier: str, output: StreamOutput) -> None:
        """Read a record again whose list could not be completed in a former run."""
        completion = self._completions[output.stream.name]
        async with aclosing(self._pages_about(identifier)) as pages_read:
            async for page_read in pages_read:
                page = page_read.page
                records = page.parts.get(output.stream.name, page.records)
                await completion.complete(page, records)
                await self._write(records, page_read.served, output)
        completion.failures.note_received(identifier, [output.stream.name])

    def _pages_about(self, identifier: str) -> AsyncGenerator[PageRead[DecodedPage]]:
        """Search for one record, whenever it was updated."""
        searches = [
            paginator.matching("id", identifier)
            for paginator in self.stream.full_read
            if isinstance(paginator, SearchPaginator)
        ]
        page_reader = self._page_reader()
        time_range = msgspec.structs.replace(page_reader.time_range, start=EPOCH)
        return msgspec.structs.replace(
            page_reader, paginators=searches, time_range=time_range, track=CheckpointTrack()
        ).pages()

    def _page_reader(self) -> PageReader[DecodedPage]:
        """Give a reader of the stream's pages."""
        is_incremental = self.stream.incremental_read and self._starts.are_all_bookmarked
        paginators = self.stream.incremental_read if is_incremental else self.stream.full_read
        decoder = self._page_decoder([field for one in self._completions.values() for field in one.fields])
        return PageReader(
            requester=self._client,
            paginators=paginators,
            time_range=TimeRange(start=self._starts.earliest, now=datetime.now(UTC), to_end=self._received is not None),
            read=decoder.decode,
            scroll_lock=self.context.scroll_lock,
            track=self._claims.track,
            scroll_wait_seconds=self.context.config.retry_timeout,
            may_spend=not self._child_streams,  # where each record leads to a request, the list is not what takes long
        )

    def _page_decoder(self, cut: Sequence[str]) -> PageDecoder:
        """Prepare to decode pages; `cut` are the fields of which a record may hold only the beginning."""
        inline, details = self._inline_children, self._child_details
        parts = self._parts
        needs_extents = inline or cut or parts or any(one.parent_filter or one.inline_lists for one in details)
        texts = [field for part in parts for field in part.output.stream.part_values]
        counted = [one.counted for one in inline]
        extents = extent_reader(self.stream, details, cut, counted, texts) if needs_extents else None
        if self.output is not None:
            return PageDecoder(self.stream, self.output.reader(self.stream.layout), inline, parts, extents)
        reader = extents if extents and not inline else extent_reader(self.stream, ())
        self._children[0].report_left_out(f"({self.stream.name})", reader)
        return PageDecoder(self.stream, reader, inline, parts, extents)

    async def _take_page(self, page_read: PageRead[DecodedPage]) -> None:
        await self._claims.before_page(page_read)
        records = self._wanted(page_read.page, page_read.result)
        if self._received is not None:
            self._received.add(records)
        if self.output is not None:
            await self._write(self._without_waiting(records, page_read.page), page_read.served, self.output)
        for part in self._parts:
            await self._write(self._of_part(part, records, page_read), page_read.served, part.output)
        for inline in self._inline_children:
            found = inline.wanted(page_read.page.children[inline.name], page_read.result, self._starts[inline.name])
            inline.warn(page_read.page.list_counts[inline.name], page_read.result, self._starts[inline.name])
            await inline.output.write(found, page_read.served)
        for linked in self._linked_children:
            await self._write_linked(linked, records, page_read)
        self._report_progress(page_read.page)
        for children in self._child_streams:
            await self._take_parents(records, children, page_read)
        if page_read.result.finished_before is not None:
            self._boundary.next_chunk(self._claims.began or page_read.served)
        await self._claims.after_page(page_read, records)

    async def _write_linked(
        self, linked: LinkedChildren, records: Sequence[Any], page_read: PageRead[DecodedPage]
    ) -> None:
        """Write the links that lie in the records themselves."""
        page, start = page_read.page, self._starts[linked.name]
        parents = [page.outlines[record.id] for record in not_before(start, records, self._time)]
        page.written[linked.name] = await linked.write(parents, page_read.served)

    def _of_part(self, part: Part, records: Sequence[Any], page_read: PageRead[DecodedPage]) -> Sequence[Any]:
        """Keep those of a part's records that are among `records`, and were updated at or after its start."""
        ids = {record.id for record in records}
        found = [record for record in page_read.page.parts[part.name] if record.id in ids]
        return not_before(self._starts[part.name], found, self._time)

    async def _write(self, records: Sequence[Any], served: datetime, output: StreamOutput) -> None:
        if self._detail_reader is not None:
            records = await self._detail_reader.read(records)
        await output.write(records, served)
        completion = self._completions.get(output.stream.name)
        if completion is not None:
            for record in records:
                completion.failures.note_received(record.id, [output.stream.name])

    def _without_waiting(self, records: Sequence[Any], page: DecodedPage) -> Sequence[Any]:
        """Keep the stream's own records, without those that are written after the detail has filled their fields."""
        own = self._from_own_start(records)
        for children in self._child_streams:
            if children.parent_fields is not None:
                own = [record for record in own if not self._streams_that_want(record, children, page)]
        return own

    def _streams_that_want(self, parent: Any, children: ChildStreams, page: DecodedPage) -> frozenset[str]:
        """Give the child streams that need a parent: it was updated after their start."""
        if not children.needs(page.outlines, parent.id):
            return frozenset()
        time = self._time_of(parent)
        return frozenset(
            name
            for name in children.names
            if (time is None or time >= self._starts[name]) and parent.id not in page.written.get(name, ())
        )

    def _report_progress(self, page: DecodedPage) -> None:
        """Report the progress; the total is what Intercom counts, where all of that is read."""
        monitor = self.context.monitor
        total = (
            page.total
            if self._is_first_read or any(isinstance(paginator, SearchPaginator) for paginator in self.stream.full_read)
            else None
        )
        parts = [part.output for part in self._parts]
        own = [self.output, *parts, *(inline.output for inline in self._inline_children)]
        for output in own:
            if output is not None:
                monitor.advance([output.stream.name], len(page.records), total)
        for children in self._child_streams:
            monitor.advance(children.names, 0, total)

    async def _take_parents(
        self, parents: Sequence[Any], children: ChildStreams, page_read: PageRead[DecodedPage]
    ) -> None:
        """Queue the parents that a child stream needs."""
        waiting = set(map(id, self._from_own_start(parents) if children.parent_fields is not None else ()))
        page, served = page_read.page, page_read.served
        passed_over = len(page.records) - len(parents)
        for parent in parents:
            streams, time = self._streams_that_want(parent, children, page), self._time_of(parent)
            if not streams or children.has_taken(parent.id, time):
                passed_over += 1
                continue
            known_answers = page.known_answers.get(children.detail.request(parent.id), ()) if page.known_answers else ()
            record = parent if id(parent) in waiting else None
            texts = children.texts_of(page.outlines, parent.id)
            await children.take(
                Parent(parent.id, time, streams, page_read.track.begin(), served, known_answers, record, texts=texts)
            )
        self.context.monitor.advance(children.names, passed_over)

    def _time_of(self, record: Any) -> datetime | None:
        return self._time(record) if self.stream.replication_key else None

    def _wanted(self, page: DecodedPage, result: PageResult) -> Sequence[Any]:
        if self.stream.replication_key is None:
            return page.records
        return self._boundary.without_boundary(result.wanted(page.records, self._time))

    def _from_own_start(self, records: Sequence[Any]) -> Sequence[Any]:
        """Keep the records that were updated at or after the stream's own start, or have no time."""
        if self.stream.replication_key is None:
            return records
        return not_before(self._starts[self.stream.name], records, self._time)

    async def _complete(self, page_read: PageRead[DecodedPage]) -> None:
        """Complete the lists of the stream's own records that are wanted from a page, and of those of its parts."""
        wanted = page_read.result.wanted(page_read.page.records, self._time)
        if self.output is not None:
            await self._completions[self.stream.name].complete(page_read.page, self._from_own_start(wanted))
        for part in self._parts:
            await self._completions[part.name].complete(page_read.page, self._of_part(part, wanted, page_read))
