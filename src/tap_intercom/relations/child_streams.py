"""Child streams that need requests of their own: one detail for each parent record, many at the same time."""

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
from tap_intercom.relations.details import ParentFields, check_record_id, detail_answers
from tap_intercom.stream_io.context import RunContext
from tap_intercom.stream_io.record_failures import Failed, RecordFailures
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.model import Stream

MANY_GONE = 10  # parents without the detail, when no other has it: the workspace may have none
MOST_GONE = 1000  # parents without the detail, when no other has it: no more are requested
MOST_REMEMBERED = 100_000  # parents; some twenty megabytes


class Parent(msgspec.Struct):
    """A parent record whose children are to be read.

    `streams`: the child streams that need them. `checkpoint`: to be finished when they are written. `served`:
    Intercom's clock when the parent was read. `known_answers`: the bodies of the detail's pages, where they were
    requested before. `record`: the parent itself, where it is written only after the detail has filled its fields; None
    from then on. `is_retry`: it was set aside in a former run, and is not from this run's list of parents. `texts`: its
    fields that its children take.
    """

    id: str
    updated_at: datetime | None
    streams: frozenset[str]
    checkpoint: Checkpoint
    served: datetime
    known_answers: Sequence[bytes] = ()
    record: Any = None
    is_retry: bool = False
    texts: Mapping[str, str | None] = {}


class _ChildOutput(msgspec.Struct):
    """One child stream of one parent; `written` counts the items of the pages so far."""

    output: StreamOutput
    reader: Reader
    written: int = 0


class ChildStreams:
    """Reads one detail of each parent, many at the same time, and writes the records of the child streams in it.

    An asynchronous context manager: on leaving it, all parents that were taken are done. `on_finished` is called with
    each parent's checkpoint when its children are written. A deleted parent has no children; while all parents so far
    were deleted, their checkpoints are held back. A parent that cannot be read is set aside. `on_denied` is called for
    each child stream when the token may not read the detail or the workspace has none; no more is requested then.
    `parent_fields` writes the parents' own records, each before its children. Where the list of parents may be read
    again (`may_come_again`), up to MOST_REMEMBERED parents are remembered, so that each is read once.
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
        self.parent_texts = frozenset(name for detail in details if detail is not None for name in detail.parent_texts)
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
        """Finish the parents that were taken, unless there was an error."""
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
        """Say whether a parent needs the request: some kinds have no such detail, and some records hold all of it."""
        detail = self.detail
        return not (detail.parent_filter or detail.inline_lists) or needs_request(
            outlines[identifier], detail, inline=self._inline
        )

    def texts_of(self, outlines: Mapping[str, Any], identifier: str) -> dict[str, str | None]:
        """Give the fields of a parent that its children take."""
        return {name: getattr(outlines[identifier], name) for name in self.parent_texts}

    def has_taken(self, identifier: str, updated_at: datetime | None) -> bool:
        """Say whether the parent was taken before with the same `updated_at`."""
        return (identifier, updated_at) in self._taken

    async def take(self, parent: Parent) -> None:
        """Queue a parent; waits while the queue is full."""
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
        """Finish the checkpoints that were held back while no parent had the detail."""
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
        """Go on without the children of a deleted parent, or without those of all parents."""
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
        """Write a parent's own record, if that is still to be written."""
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
            if self._list.is_counted and not any(page.is_whole_list for page in pages):
                self._warn_of_cut_list(body, wanted[0].output)
            if self.parent_fields is not None:
                parent.record = self.parent_fields.fill(body, parent.record, is_retry=parent.is_retry)
            return pages

        for body in parent.known_answers:
            await self._write(parent, wanted, read(body), parent.served)
        if parent.known_answers:
            return
        client = self.failures.client_for(parent.id)
        async with aclosing(detail_answers(client, self.detail, parent.id, read, yields=True)) as found:
            async for answer, result in found:
                await self._write(parent, wanted, answer.value, answer.served)
                for child in wanted:
                    child.output.is_whole &= result.is_complete or result.next is not None
                if result.missing:
                    self._warn_of_missing(parent, result.missing)

    def _warn_of_cut_list(self, body: bytes, output: StreamOutput) -> None:
        for count in self._list.kept_back(self._extents.read(body).records):
            output.warn_of_count(count, self._list.what)

    def _warn_of_missing(self, parent: Parent, count: int) -> None:
        message = f"{self.detail.path} of {parent.id}: Intercom gave {count} records fewer than it counted"
        self._context.monitor.warn(self.names[0], message)

    async def _write(
        self, parent: Parent, outputs: Sequence[_ChildOutput], pages: Sequence[Page], served: datetime
    ) -> None:
        await self._write_parent(parent)
        for child, page in zip(outputs, pages, strict=True):
            child.reader.complete(
                page.records, child.written, id=parent.id, updated_at=parent.updated_at, **parent.texts
            )
            child.written += page.count
            await child.output.write(page.records, served)


def _parent_id_in(output: StreamOutput, page: Page) -> object:
    """Give the id of the parent that the first child of a page names; None where there is none."""
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
