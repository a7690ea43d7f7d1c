"""Reads the records that hang on other records: one request for each parent, many at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import msgspec

from tap_intercom.api.types import Reason, Refused
from tap_intercom.errors import ContractError, RecordUnavailable
from tap_intercom.pagination.checkpoints import Checkpoint
from tap_intercom.pagination.model import Page
from tap_intercom.records.list_extent import CountedList, ExtentReader, needs_request
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Stream
from tap_intercom.sync.context import RunContext
from tap_intercom.sync.details import ParentFields, check_record_id, detail_answers
from tap_intercom.sync.record_failures import Failed, RecordFailures
from tap_intercom.sync.stream_output import StreamOutput

MANY_GONE = 10  # when so many parents have no such thing, and none has, there may be none in the workspace
MOST_GONE = 1000  # when so many have been asked, and none has, no more are asked
MOST_REMEMBERED = 100_000  # parents; some twenty megabytes


class Parent(msgspec.Struct):
    """A record whose children are to be read; `streams` are those that want them.

    `known_answers` is the answer to the request for them, page after page, where somebody else had to ask before, at
    `served`. `record` is its own, where that waits to be supplemented, until it has been written. `again` where it is
    not from this run's reading of the parents, but was set aside in a former run.
    """

    id: str
    updated_at: datetime | None
    streams: frozenset[str]
    checkpoint: Checkpoint
    served: datetime
    known_answers: Sequence[bytes] = ()
    record: Any = None
    is_retry: bool = False


class _ChildOutput(msgspec.Struct):
    """What one stream takes from the answers about one parent."""

    output: StreamOutput
    reader: Reader
    written: int = 0


class ChildStreams:
    """Reads one detail of parents, many at once, and writes the children that one or more streams find in it.

    `finished` is told of every parent's section once its children are out. A parent that has gone meanwhile has none,
    and where all have gone so far, that is told later. A parent that cannot be read is set aside. `denied` is told when
    the children may not be read, or the workspace has none of their kind; the parents then go on without them. Where
    there is a `parent_fields`, it writes the parents' own records, each before its children. Where the parents may come
    `again`, because their list may have to be begun anew, those that were taken are remembered, up to a number.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that a stream's children need of it
        self,
        outputs: Sequence[StreamOutput],
        context: RunContext,
        failures: RecordFailures,
        *,
        on_finished: Callable[[Checkpoint], Awaitable[None]],
        on_denied: Callable[[Stream, Refused], None],
        parent_fields: ParentFields | None = None,
        may_come_again: bool = False,
    ) -> None:
        details = [output.stream.detail for output in outputs]
        self.detail = next(detail for detail in details if detail is not None)
        self._readers = [
            (output, output.reader(detail.layout))
            for output, detail in zip(outputs, details, strict=True)
            if detail is not None
        ]
        self._list = CountedList(self.detail.layout.records_at)
        self._extents = ExtentReader((), counted=[self.detail.layout.records_at])
        self.names = tuple(output.stream.name for output in outputs)
        self._inline = any(output.stream.inline for output in outputs)
        self.failures = failures
        self._context = context
        self._on_finished = on_finished
        self._on_denied = on_denied
        self.parent_fields = parent_fields
        self._most_remembered = MOST_REMEMBERED if may_come_again else 0
        self._taken: set[tuple[str, datetime | None]] = set()
        self._parents: asyncio.Queue[Parent | None] = asyncio.Queue(2 * context.config.max_concurrency)
        self._group = asyncio.TaskGroup()
        self._gone = 0
        self._last_gone: Refused | None = None
        self._answered = 0
        self._denied = False
        self._held_checkpoints: list[Checkpoint] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        for _ in range(self._context.config.max_concurrency):
            self._group.create_task(self._work())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Read what was taken to its end, unless an error came first."""
        if error is None:
            try:
                for _ in range(self._context.config.max_concurrency):
                    await self._parents.put(None)
            except asyncio.CancelledError as stop:  # the group, too, cancels us when one of its tasks has failed
                kind, error, traceback = type(stop), stop, stop.__traceback__
        await self._group.__aexit__(kind, error, traceback)
        if self._gone >= MANY_GONE and not self._answered and self._last_gone is not None:
            self._deny_all(self._last_gone)
        await self._finish_held()
        if self._gone and not self._denied:
            message = f"{self._gone} parents were deleted or merged before their records could be read"
            self._context.monitor.warn(self.names[0], message)

    def needs(self, outlines: Mapping[str, Any], identifier: str) -> bool:
        """Say whether a parent is to be taken: not all have what is read here, and some hold all of it themselves."""
        detail = self.detail
        return not (detail.parent_filter or detail.inline_lists) or needs_request(
            outlines[identifier], detail, inline=self._inline
        )

    def has_taken(self, identifier: str, updated_at: datetime | None) -> bool:
        """Say whether a parent that has not changed since was taken before."""
        return (identifier, updated_at) in self._taken

    async def take(self, parent: Parent) -> None:
        """Read the children of a parent; wait while too many parents wait."""
        if parent.updated_at is not None and len(self._taken) < self._most_remembered:
            self._taken.add((parent.id, parent.updated_at))
        await self._parents.put(parent)

    async def _work(self) -> None:
        while (parent := await self._parents.get()) is not None:
            if self._denied:
                await self._write_parent(parent)
            else:
                await self._read_or_set_aside(parent)
            self._context.monitor.advance(self.names, 1)
            self._held_checkpoints.append(parent.checkpoint)
            if self._answered or self._denied or not self._gone:
                await self._finish_held()

    async def _finish_held(self) -> None:
        """Finish what was held back because nobody knew whether there is what was asked for."""
        held, self._held_checkpoints = self._held_checkpoints, []
        for checkpoint in held:
            await self._on_finished(checkpoint)

    async def _read_or_set_aside(self, parent: Parent) -> None:
        try:
            await self._read(parent)
        except Refused as refused:
            if refused.reason in {Reason.DENIED, Reason.GONE}:
                await self._do_without(parent, refused)
            else:
                await self._set_aside(parent, refused)
        except (RecordUnavailable, ContractError) as error:
            await self._set_aside(parent, error)
        else:
            self._answered += 1
            self.failures.note_received(parent.id, parent.streams)

    async def _do_without(self, parent: Parent, refused: Refused) -> None:
        """Go on without the children of a parent, or of all parents."""
        await self._write_parent(parent)
        for output, _ in self._readers:
            output.is_whole = False
        if refused.reason is Reason.GONE:
            self._gone += 1
            self._last_gone = refused
            self.failures.note_received(parent.id, parent.streams)
        if refused.reason is Reason.DENIED or (self._gone >= MOST_GONE and not self._answered):
            self._deny_all(refused)

    def _deny_all(self, refused: Refused) -> None:
        self._denied = True
        for output, _ in self._readers:
            self._on_denied(output.stream, refused)

    async def _set_aside(self, parent: Parent, error: Failed) -> None:
        self.failures.set_aside(parent.id, parent.updated_at, sorted(parent.streams), error)
        await self._write_parent(parent)

    async def _write_parent(self, parent: Parent) -> None:
        """Write a parent's own record, if it waits."""
        record, parent.record = parent.record, None
        if self.parent_fields is not None and record is not None:
            await self.parent_fields.write(record, parent.served)

    async def _read(self, parent: Parent) -> None:
        """Read all pages of a parent's detail."""
        wanted = [
            _ChildOutput(output, reader) for output, reader in self._readers if output.stream.name in parent.streams
        ]

        def read(body: bytes) -> list[Page]:
            pages = [child.reader.read(body, parent.id) for child in wanted]
            for child, page in zip(wanted, pages, strict=True):
                check_record_id(self.detail, parent.id, _parent_id_in(child.output, page))
            for count in self._list.kept_back(self._extents.read(body).records) if self._list.is_counted else ():
                wanted[0].output.warn_of_count(count, self._list.what)
            if self.parent_fields is not None:
                parent.record = self.parent_fields.fill(body, parent.record, is_retry=parent.is_retry)
            return pages

        for body in parent.known_answers:
            await self._write(parent, wanted, read(body), parent.served)
        if parent.known_answers:
            return
        async with aclosing(detail_answers(self.failures.client_for(parent.id), self.detail, parent.id, read)) as found:
            async for answer, result in found:
                await self._write(parent, wanted, answer.value, answer.served)
                for child in wanted:
                    child.output.is_whole &= result.is_complete or result.next is not None
                if result.missing:
                    what = f"{self.detail.path} of {parent.id}"
                    message = f"{what}: Intercom gave {result.missing} records fewer than it counted"
                    self._context.monitor.warn(self.names[0], message)

    async def _write(
        self, parent: Parent, outputs: Sequence[_ChildOutput], pages: Sequence[Page], served: datetime
    ) -> None:
        await self._write_parent(parent)
        for child, page in zip(outputs, pages, strict=True):
            child.reader.complete(page.records, child.written, id=parent.id, updated_at=parent.updated_at)
            child.written += page.count
            await child.output.write(page.records, served)


def _parent_id_in(output: StreamOutput, page: Page) -> object:
    """Give the id of the record that an answer is about, where its children say so."""
    inherited = output.stream.detail.layout.inherit.items() if output.stream.detail else ()
    field = next((field for field, path in inherited if path == "id"), None)
    return getattr(page.records[0], field, None) if field and page.records else None


def grouped_by_detail(outputs: Sequence[StreamOutput]) -> list[list[StreamOutput]]:
    """Group the outputs of child streams whose records are in the same answers."""
    groups: dict[object, list[StreamOutput]] = {}
    for output in outputs:
        if output.stream.detail is not None:
            groups.setdefault((output.stream.detail.path, output.stream.detail.query), []).append(output)
    return list(groups.values())
