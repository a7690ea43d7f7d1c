"""One stream, with the streams of its children, from its first request to the bookmark that is then true."""

import functools
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import msgspec

from tap_intercom.api.types import Refused
from tap_intercom.pagination.checkpoints import Edge, Front, Section, Track
from tap_intercom.pagination.model import Page, Timing, Turn, Window, not_before
from tap_intercom.pagination.reader import Reading, Walk, ahead
from tap_intercom.pagination.scroll import Scroll
from tap_intercom.pagination.search import Search
from tap_intercom.records.list_extent import outline_of
from tap_intercom.singer.catalog import Choice
from tap_intercom.streams.model import Stream
from tap_intercom.streams.refusals import explain
from tap_intercom.streams.table import named_by
from tap_intercom.sync.child_streams import Children, Parent
from tap_intercom.sync.context import Asking, Surroundings
from tap_intercom.sync.details import Particulars
from tap_intercom.sync.inline_children import Inlay, read_with
from tap_intercom.sync.list_completion import Completion
from tap_intercom.sync.parent_fields import supplement_of
from tap_intercom.sync.received_count import Inventory
from tap_intercom.sync.record_failures import RecordFailures
from tap_intercom.sync.start_date import EPOCH, brought_back, floor_of, refuse_a_future_start_date, tell_brought_back
from tap_intercom.sync.stream_output import Output

SECOND = timedelta(seconds=1)  # the grain of Intercom's times


class Extraction:
    """A stream and the streams of its children, any of which may be the only one that is wanted.

    Children come from the detail of every parent that has changed, or lie within the parents themselves. All bookmarks
    follow one front, which never passes a parent whose children are not out.
    """

    def __init__(self, stream: Stream, choice: Choice | None, children: Sequence[Choice], around: Surroundings) -> None:
        self.stream = named_by(around.config, stream)
        self.around = around
        self.output = self._output(choice) if choice else None
        self._children = [self._output(child) for child in children]
        self._inlays = [Inlay(output, stream) for output in self._children if output.stream.inline is not None]
        self.outputs = [*([self.output] if self.output else []), *self._children]
        self.names = tuple(output.stream.name for output in self.outputs)
        self._asking = Asking(around.client, around.report, self.names[0])
        self._failures: list[RecordFailures] = []
        self._particulars = self._details_of(self.output) if self.output else None
        self._completing = self._fails(self.output) if self.output and self.stream.rest else None
        self._floors = {name: self._floor(name) for name in self.names}
        self._wants_all = not any(self._bookmark(name) for name in self.names)
        wants_count = around.version is not None and around.whole.intersection(self.names)
        self._inventory = Inventory(self.stream, self._asking) if wants_count else None
        self._is_whole = True
        self._front = Front()
        self._time: Timing = attrgetter(stream.cursor or "updated_at")
        self._edge = Edge(self._time)
        self._newest: datetime | None = None
        self._began: datetime | None = None
        self._denied: set[str] = set()
        self._short = 0

    def _output(self, choice: Choice) -> Output:
        dwindles = self.stream.dwindling and choice.stream.dwindling
        is_asked = choice.stream.name in self.around.whole and not choice.stream.lasting
        return Output(choice, self.around, self.around.version if dwindles or is_asked else None)

    def _fails(self, *outputs: Output) -> RecordFailures:
        keeps, what = self.stream.cursor is not None, self.stream.name
        self._failures.append(RecordFailures(outputs, self.around, what=what, keeps=keeps))
        return self._failures[-1]

    def _details_of(self, output: Output) -> Particulars | None:
        detail = self.stream.detail
        return Particulars(output, detail, self._fails(output)) if detail else None

    async def run(self) -> None:
        """Extract everything; on return, the bookmarks say so."""
        for output in self.outputs:
            await output.open()
        async with AsyncExitStack() as stack:
            details = [
                await stack.enter_async_context(
                    Children(
                        outputs,
                        self.around,
                        self._fails(*outputs),
                        finished=self._finish,
                        denied=self._deny,
                        supplement=supplement_of(self.output, outputs),
                        again=any(isinstance(shape, Scroll) for shape in self.stream.history),
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
            if self._inventory is not None and output.stream.name in self.around.whole and not output.is_whole:
                output.warn(f"what is gone is not told this time, for it is not known that all came: {unsure}")

    async def _read(self, details: Sequence[Children]) -> bool:
        """Read all pages; say whether they are right, or were asked for by a bookmark that had to be brought back."""
        walk = self._walk(self._written)
        hurried = any(isinstance(shape, Scroll) for shape in walk.shapes)
        async with aclosing(ahead(walk.pages(), hurried=hurried)) as readings:
            async for reading in readings:
                if self._began is None:
                    self._began = reading.served
                    if self._bring_back_floors(reading.served):
                        return False
                await self._take(reading, details)
        return True

    async def _ask_again(self, details: Sequence[Children]) -> None:
        """Ask for what was set aside in former runs, and has not come in this one."""
        for children in details:
            for identifier, (time, streams) in children.failures.waiting().items():
                section = Section(unfinished=1)
                served = self._began or datetime.now(UTC)
                await children.take(Parent(identifier, time, streams, section, served, again=True))
        if self.output is not None and self._completing is not None:
            for identifier in self._completing.waiting():
                await self._read_again(identifier, self.output, self._completing)

    async def _read_again(self, identifier: str, output: Output, failures: RecordFailures) -> None:
        """Read a record of which a list could not be completed."""
        searches = [shape.of(identifier) for shape in self.stream.history if isinstance(shape, Search)]
        walk = self._walk(lambda records: records)
        window = msgspec.structs.replace(walk.window, floor=EPOCH)
        walk = msgspec.structs.replace(walk, shapes=searches, window=window, track=Track())
        async with aclosing(walk.pages()) as readings:
            async for reading in readings:
                await self._write(reading.page.records, reading.served, output)
        failures.came(identifier, [output.stream.name])

    def _walk(self, written: Callable[[Sequence[Any]], Sequence[Any]]) -> Walk:
        """Prepare to read the stream, and to complete the records that are `written`."""
        floor = min(self._floors.values())
        known = all(self._bookmark(name) for name in self.names)
        shapes = self.stream.update if known and self.stream.update else self.stream.history
        details = [output.stream.detail for output in self._children if output.stream.detail is not None]
        completion = None
        if self.output is not None and self._completing is not None:
            completion = Completion(self.output, self._asking, details, written, self._completing)
        cut = completion.fields if completion else []
        outline = outline_of(self.stream, details, cut)
        reader = self.output.reader(self.stream.layout) if self.output else outline
        if self.output is None:
            self._children[0].answer_for(f"({self.stream.name})", outline)
        choosy = outline if cut or any(detail.only or detail.lists for detail in details) else None
        return Walk(
            asker=completion if completion and cut else self._asking,
            shapes=shapes,
            window=Window(floor=floor, now=datetime.now(UTC)),
            read=functools.partial(read_with, reader, self._inlays, choosy),
            scrolls=self.around.scrolls,
            track=self._front.first,
            patience=self.around.config.retry_timeout,
        )

    async def _take(self, reading: Reading, details: Sequence[Children]) -> None:
        if reading.misfit:
            await self._withdraw(reading.misfit)
        if reading.turn.complete_before is not None:
            self._began = min(self._began or reading.served, reading.turn.complete_before)
        records = self._wanted(reading.page, reading.turn)
        if self._inventory is not None:
            self._inventory.add(records)
        if self.output is not None:
            await self._write(self._ready(records, reading.page, details), reading.served, self.output)
        for inlay in self._inlays:
            found = inlay.wanted(reading.page.children[inlay.name], reading.turn, self._floors[inlay.name])
            inlay.warn(reading.page.caps[inlay.name], reading.turn, self._floors[inlay.name])
            await inlay.output.write(found, reading.served)
        self._gauge(reading, details)
        for children in details:
            await self._hand_over(records, children, reading)
        if reading.turn.settled is not None:
            self._edge.turn(self._began or reading.served)
            await self._claim_settled(self._front.seal(reading.track, reading.turn.settled))
        if reading.turn.next is None:
            self._note_short(reading.turn.short)
            self._is_whole &= reading.turn.whole
            await self._claim_settled(self._front.end(reading.track))

    async def _write(self, records: Sequence[Any], served: datetime, output: Output) -> None:
        if self._particulars is not None:
            records = await self._particulars.of(records)
        await output.write(records, served)
        if self._completing is not None:
            for record in records:
                self._completing.came(record.id, [output.stream.name])

    def _ready(self, records: Sequence[Any], page: Page, details: Sequence[Children]) -> Sequence[Any]:
        """Keep the stream's own records, without those that wait for what the detail of their children tells."""
        own = self._written(records)
        for children in details:
            if children.supplement is not None:
                own = [record for record in own if not self._heirs(record, children, page)]
        return own

    def _heirs(self, parent: Any, children: Children, page: Page) -> frozenset[str]:
        """Name the streams that want a parent's children: it has changed since they were complete."""
        if not children.is_for(page.outlines, parent.id):
            return frozenset()
        time = self._time_of(parent)
        return frozenset(name for name in children.names if time is None or time >= self._floors[name])

    def _gauge(self, reading: Reading, details: Sequence[Children]) -> None:
        """Tell how far the reading is, of as much as Intercom tells there is, where all of that is wanted."""
        page, report = reading.page, self.around.report
        total = (
            page.total if self._wants_all or any(isinstance(shape, Search) for shape in self.stream.history) else None
        )
        own = [self.output, *(inlay.output for inlay in self._inlays)]
        for output in own:
            if output is not None:
                report.advance([output.stream.name], len(page.records), total)
        for children in details:
            report.advance(children.names, 0, total)

    def _note_short(self, records: int) -> None:
        """Say that a list did not give all that it holds: nothing may then be claimed of it."""
        self._short += records
        if records:
            message = f"Intercom gave {records} records fewer than it counted; "
            if any(isinstance(shape, Search) for shape in self.stream.history):
                message += "if they were not deleted meanwhile, a run without the stream's bookmark finds them"
            else:
                message += "the next run reads all of them again"
            self.around.report.warn(self.stream.name, message)

    async def _hand_over(self, parents: Sequence[Any], children: Children, reading: Reading) -> None:
        """Have the children read of those parents that have changed since any of their streams was complete."""
        waiting = set(map(id, self._written(parents) if children.supplement is not None else ()))
        page, served = reading.page, reading.served
        passed_over = len(page.records) - len(parents)
        for parent in parents:
            streams, time = self._heirs(parent, children, page), self._time_of(parent)
            if not streams or children.has_taken(parent.id, time):
                passed_over += 1
                continue
            told = page.told.get(children.detail.request(parent.id), ()) if page.told else ()
            record = parent if id(parent) in waiting else None
            await children.take(Parent(parent.id, time, streams, reading.track.begin(), served, told, record))
        self.around.report.advance(children.names, passed_over)

    def _time_of(self, record: Any) -> datetime | None:
        return self._time(record) if self.stream.cursor else None

    def _wanted(self, page: Page, turn: Turn) -> Sequence[Any]:
        if self.stream.cursor is None:
            return page.records
        wanted = self._edge.pass_over(turn.wanted(page.records, self._time))
        newest = max(filter(None, map(self._time, wanted)), default=None)
        if newest is not None and (self._newest is None or newest > self._newest):
            self._newest = newest
        return wanted

    def _written(self, records: Sequence[Any]) -> Sequence[Any]:
        """Keep the records of the stream itself that are of its floor or later, or have no time."""
        if self.stream.cursor is None:
            return records
        return not_before(self._floors[self.stream.name], records, self._time)

    async def _finish(self, section: Section) -> None:
        await self._claim_settled(self._front.finish(section))

    async def _claim_settled(self, settled: datetime | None) -> None:
        """Claim what is true when everything *before* `settled` is out."""
        if settled is not None and settled > EPOCH:
            began = self._began or settled
            await self._claim(min(settled, began) - SECOND)

    async def _withdraw(self, why: str) -> None:
        """Take back what was claimed of a list that was not what it was taken for."""
        self._front.withdraw()
        withdrawn = [name for name in self.names if self.around.state.withdraw(name)]
        if withdrawn:
            await self.around.writer.state(self.around.state.value())
        self.around.report.note(f"{', '.join(self.names)}: {why}; it is read in another way")

    async def _claim(self, moment: datetime) -> None:
        denied = {*self._denied, *(output.stream.name for output in self.outputs if output.is_unreadable)}
        names = [name for name in self.names if name not in denied and moment >= self._floors[name]]
        moved = [name for name in names if self.around.state.advance(name, moment)]
        if moved:
            await self.around.writer.state(self.around.state.value())

    def _bookmark(self, name: str) -> datetime | None:
        """Give the bookmark that a stream goes on from: none where the catalog wants all of it."""
        return None if name in self.around.whole else self.around.state.bookmark(name)

    def _floor(self, name: str) -> datetime:
        if name in self.around.whole:
            return EPOCH
        return floor_of(self.stream, self.around.state.bookmark(name), self.around.config)

    def _bring_back_floors(self, present: datetime) -> bool:
        """Bring back the bookmarks that are later than Intercom's clock; say whether there are any."""
        if self.stream.cursor is None:
            return False
        state, is_back = self.around.state, False
        for name in self.names:
            bookmark = self._bookmark(name)
            moment = brought_back(name, bookmark, present)
            if bookmark is None:
                refuse_a_future_start_date(self._floors[name], present)
            elif moment is not None:
                self.around.report.warn(name, tell_brought_back(bookmark, present, moment))
                state.bring_back(name, moment)
                self._floors[name] = self._floor(name)
                is_back = True
        return is_back

    def _deny(self, stream: Stream, refused: Refused) -> None:
        """Go on without the children, and claim nothing for them."""
        if stream.name not in self._denied:
            self._denied.add(stream.name)
            self.around.failed(stream.name, explain(refused, stream))


def _by_detail(outputs: Sequence[Output]) -> list[list[Output]]:
    """Put those together that find their records in the same answers."""
    groups: dict[object, list[Output]] = {}
    for output in outputs:
        if output.stream.detail is not None:
            groups.setdefault((output.stream.detail.path, output.stream.detail.query), []).append(output)
    return list(groups.values())
