"""One stream of links that is read from the side of what they lead to: segment by segment, with its members."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter

import msgspec

from tap_intercom.api.types import Reason, Refused
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.model import Page, Paginator, PaginatorUnsuitable, TimeOf, TimeRange
from tap_intercom.pagination.reader import PageReader
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.records.list_extent import extent_reader
from tap_intercom.relations.linked_records import LinkedRecords
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.stream_io.context import RunContext, StreamClient
from tap_intercom.stream_io.record_failures import RecordFailures
from tap_intercom.streams.model import Stream
from tap_intercom.sync.claims import Claims, ReceivedCount
from tap_intercom.sync.link_ways import FAILURES, Way, choose_way, reads_all_members
from tap_intercom.sync.start import StreamStarts
from tap_intercom.sync.stream_sync import StreamSync

READINGS = 2  # of the linked records: what is new or changed in the second is read again
TIME: TimeOf = attrgetter("updated_at")
OTHER_WAY = "{name}: {reason}; it is asked of each of the {parent} that has changed"


class LinkSync:
    """A child stream of links, read by the members of the records that they lead to.

    The rows are those that the details of the parents give. Members that change meanwhile move towards the end of a
    search, and come there again; linked records that are new or changed in the end are read again, and those that are
    gone are passed over. Where members cannot be read, all parents that have changed are asked, as `StreamSync` does.
    """

    def __init__(self, parent: Stream, selected: SelectedStream, context: RunContext, way: Way) -> None:
        linked, members = selected.stream.linked, selected.stream.members
        assert linked is not None and members is not None  # noqa: S101, PT018 - asked for where the table has both
        self.stream = parent
        self.names = (selected.stream.name,)
        self._context = context
        self._members = members
        self._by_parents = StreamSync(parent, None, [selected], context)
        (self._output,) = self._by_parents.outputs
        self._starts = StreamStarts(parent, self.names, context)
        self._claims = Claims(parent, [self._output], self._starts, context)
        self._way = way
        self._client = StreamClient(context.client, context.monitor, self.names[0])
        self._failures = RecordFailures([self._output], context, records_of=linked.path, remembers=False)
        self._linked = LinkedRecords(self._output, self._client)
        self._reader = extent_reader(parent, ())
        self._output.report_left_out(f"({parent.name})", self._reader)
        self._failed: dict[str, Exception] = {}
        self._expected = 0
        self._slots = asyncio.Semaphore(context.config.max_concurrency)

    async def run(self) -> None:
        """Read and write all links; on return, the bookmark has moved."""
        await self._output.open()
        reason = await self._read_by_members()
        if reason:
            self._context.monitor.info(OTHER_WAY.format(name=self.names[0], reason=reason, parent=self.stream.name))
        else:
            await self._claims.conclude_whole()
        await self._by_parents.read(is_list_known=not reason)
        await self._by_parents.close()

    async def _read_by_members(self) -> str:
        """Read the members of all linked records; give the reason where that is not possible."""
        known: dict[str, object] = {}
        try:
            for _ in range(READINGS):
                found = await self._linked.read()
                if self._linked.served is not None and self._claims.begin(self._linked.served):
                    self._starts.set_back(self._linked.served)
                await self._read_all([one for one, record in found.items() if known.get(one) != record])
                known = found
        except FAILURES as error:
            return _reason(error)
        return next((_reason(error) for identifier, error in self._failed.items() if identifier in known), "")

    async def _read_all(self, identifiers: Collection[str]) -> None:
        async with asyncio.TaskGroup() as group:
            for identifier in identifiers:
                group.create_task(self._read_or_note(identifier))

    async def _read_or_note(self, identifier: str) -> None:
        async with self._slots:
            try:
                await self._read(identifier)
            except FAILURES as error:
                if isinstance(error, Refused) and error.reason is Reason.TOKEN:
                    raise
                self._failed[identifier] = error
            else:
                self._failed.pop(identifier, None)

    async def _read(self, identifier: str) -> None:
        """Read the members of one linked record, and write the links."""
        paginator = self._members.paginator.matching(self._members.field, identifier)
        received = self._received_count(paginator)
        reader = self._page_reader(identifier, paginator, to_end=received is not None)
        if received is not None:
            await received.begin()
        is_first, result = True, None
        async with aclosing(reader.pages()) as pages_read:
            async for page_read in pages_read:
                await self._claims.before_page(page_read)
                page, result = page_read.page, page_read.result
                members = result.wanted(page.records, TIME)
                await self._output.write(self._linked.rows_of_members(identifier, members), page_read.served)
                self._report_progress(page, is_first=is_first)
                is_first = False
                self._output.is_whole &= result.complete_before is None
                if received is not None:
                    received.add(members)
                else:
                    self._output.is_whole &= len(members) == page.count
        if received is not None:
            self._output.is_whole &= await received.unsure() is None
        elif result is not None:
            self._output.is_whole &= result.is_complete

    def _page_reader(self, identifier: str, paginator: Paginator, *, to_end: bool) -> PageReader[Page]:
        start = self._starts[self.names[0]]
        if self._way is Way.ALL_MEMBERS:
            start = min(start, self._context.config.start_date)
        return PageReader(
            requester=self._failures.client_for(identifier),
            paginators=[paginator],
            time_range=TimeRange(start=start, now=datetime.now(UTC), to_end=to_end),
            read=self._reader.read,
            scroll_lock=self._context.scroll_lock,
            track=CheckpointTrack(),
            may_spend=False,  # the members of other records are read meanwhile
        )

    def _received_count(self, paginator: Paginator) -> ReceivedCount | None:
        """Give the count of what a search gives, where a target may be told what is gone; another list tells itself."""
        may_tell = self._output.tells_gone and not self._starts.is_bookmarked(self.names[0])
        if not (may_tell and isinstance(paginator, SearchPaginator)):
            return None
        return ReceivedCount(replace(self.stream, full_read=(paginator,)), self._client)

    def _report_progress(self, page: Page, *, is_first: bool) -> None:
        self._expected += page.total or 0 if is_first else 0
        self._context.monitor.advance(self.names, page.count, self._expected)


def _reason(error: Exception) -> str:
    """Say in a line why members cannot be read."""
    cause = error.__cause__ if isinstance(error.__cause__, PaginatorUnsuitable) else error
    return str(cause).removesuffix(".")


async def split_links(
    parent: Stream, children: Sequence[SelectedStream], context: RunContext
) -> tuple[list[LinkSync], list[SelectedStream]]:
    """Give a sync of its own to each child stream that is read by members; give those that are not, too.

    Where every run reads all members anyway, what is gone is known, too: it is a whole read, unless the catalog says
    INCREMENTAL.
    """
    ways = await asyncio.gather(*(_way_of(parent, child, context) for child in children))
    by_members, rest = [], []
    for child, way in zip(children, ways, strict=True):
        if way is Way.PARENTS or child.stream.members is None:
            rest.append(child)
            continue
        is_whole = child.replication_method != "INCREMENTAL" and reads_all_members(child.stream.members)
        whole = context.whole | ({child.stream.name} if is_whole else set())
        by_members.append(LinkSync(parent, child, msgspec.structs.replace(context, whole=whole), way))
    return by_members, rest


async def _way_of(parent: Stream, child: SelectedStream, context: RunContext) -> Way:
    if child.stream.members is None:
        return Way.PARENTS
    name = child.stream.name
    starts = StreamStarts(parent, [name], context)
    client = StreamClient(context.client, context.monitor, name)
    choice = await choose_way(child.stream, parent, client, starts[name] if starts.is_bookmarked(name) else None)
    if choice.reason:
        context.monitor.info(OTHER_WAY.format(name=name, reason=choice.reason, parent=parent.name))
    return choice.way
