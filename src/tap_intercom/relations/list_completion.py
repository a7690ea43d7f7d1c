"""Lists of which a record has only the beginning: the rest is requested before the record is written."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from tap_intercom.api.types import Reason, Refused
from tap_intercom.errors import ContractError, RecordUnavailable
from tap_intercom.pagination.model import P, Page
from tap_intercom.pagination.reader import PageRead
from tap_intercom.records.list_extent import incomplete, known_ids
from tap_intercom.records.reader import Reader
from tap_intercom.relations.details import detail_answers
from tap_intercom.relations.inline_children import DecodedPage
from tap_intercom.stream_io.record_failures import Failed, RecordFailures
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.model import Detail, FullList

PAGES_AT_ONCE: Final = 16  # that are completed at the same time

_TEXT: Final = {"type": ["null", "string"]}


@dataclass(frozen=True)
class _List:
    """A list in a `field` of a record: the `names` that its items have, what makes an `item`, and where all are."""

    field: str
    names: tuple[str, ...]
    item: Callable[[Mapping[str, Any]], Any]
    full_list: FullList
    reader: Reader


class ListCompletion:
    """Completes the lists that Intercom cuts off in records: at least one request for each record and list.

    Answers to the `details` of child streams and of other completions are kept in the page's `known_answers`, so that
    none is requested twice.
    A record that has been deleted meanwhile stays as it came. So does one of which a list cannot be
    read. So do all records, with a warning, where the token may not read a list.
    """

    def __init__(self, output: StreamOutput, details: Sequence[Detail], failures: RecordFailures) -> None:
        self.failures = failures
        self._output = output
        self._child_requests = {_request_of(detail) for detail in details}
        self._lists = list(self._completable(output.stream.full_lists))
        for one in self._lists:
            output.report_left_out(one.field, one.reader)
        self._by_request: Mapping[object, Sequence[_List]] = _by_request(self._lists)
        self._denied: set[str] = set()

    def _completable(self, full_lists: Mapping[str, FullList]) -> Iterator[_List]:
        """Give the lists that can be completed; warn where the catalog types one as something else."""
        for field in self._output.selected(list(full_lists)):
            item = self._output.item_of(field)
            if item is None:
                self._output.warn(f"{field}: what is cut off stays so, for the catalog types it as no list")
            else:
                names = self._output.names_within(field) or ("type", "id")
                yield _List(field, names, item, full_lists[field], _reader(full_lists[field]))

    @property
    def fields(self) -> list[str]:
        """The fields that are completed."""
        return [one.field for one in self._lists]

    async def complete(self, page: DecodedPage, records: Sequence[Any]) -> None:
        """Complete the lists of these records of a page, many at the same time."""
        async with asyncio.TaskGroup() as group:
            for record, lists in self._cut_off(page, records):
                group.create_task(self._complete(page, record, lists))

    def _cut_off(self, page: DecodedPage, records: Sequence[Any]) -> Iterator[tuple[Any, list[_List]]]:
        """Give the records with cut off lists, each with the lists that one request completes."""
        for together in self._by_request.values():
            outlines = [page.outlines[record.id] for record in records]
            found: defaultdict[int, list[_List]] = defaultdict(list)
            for one in together:
                for place in incomplete(outlines, one.field) if one.field not in self._denied else ():
                    if isinstance(getattr(records[place], one.field), list):
                        found[place].append(one)
            for place, lists in found.items():
                yield records[place], lists

    async def _complete(self, page: DecodedPage, record: Any, lists: Sequence[_List]) -> None:
        """Complete the lists of a record that one request has."""
        try:
            items = await self._all_items(page, record.id, lists[0].full_list.detail, lists[0].reader)
        except Refused as refused:
            if refused.reason is Reason.DENIED:
                self._deny([one.field for one in lists], refused)
            elif refused.reason is not Reason.GONE:
                self._set_aside(page, record, refused)
            return
        except (RecordUnavailable, ContractError) as error:
            self._set_aside(page, record, error)
            return
        for one in lists:
            _append_missing(record, one, items, known_ids(page.outlines[record.id], one.field))

    def _set_aside(self, page: DecodedPage, record: Any, error: Failed) -> None:
        updated_at = page.outlines[record.id].updated_at
        self.failures.set_aside(record.id, updated_at, [self._output.stream.name], error)

    def _deny(self, fields: Sequence[str], refused: Refused) -> None:
        for field in fields:
            if field not in self._denied:
                self._denied.add(field)
                self._output.warn(f"{field}: what is cut off stays so, for it may not be read: {refused.message}")

    async def _all_items(self, page: DecodedPage, identifier: str, detail: Detail, reader: Reader) -> list[Any]:
        """Give the items of all pages of a detail."""
        known_answers = page.known_answers.get(detail.request(identifier))
        if known_answers is not None:
            return [record for body in known_answers for record in reader.read(body, identifier).records]
        items: list[Any] = []
        bodies: list[bytes] = []
        is_whole = False

        def read(body: bytes) -> list[Page]:
            found = reader.read(body, identifier)
            bodies.append(body)
            return [found]

        async with aclosing(
            detail_answers(self.failures.client_for(identifier), detail, identifier, read)
        ) as found_answers:
            async for answer, result in found_answers:
                items += answer.value[0].records
                is_whole = (result.is_complete and not result.missing) or result.next is not None
        if is_whole and _request_of(detail) in self._child_requests:
            page.known_answers[detail.request(identifier)] = bodies
        return items


async def complete_in_order(
    pages_read: AsyncGenerator[PageRead[P]], complete: Callable[[PageRead[P]], Awaitable[None]]
) -> AsyncGenerator[PageRead[P]]:
    """Give the pages in their order, each when `complete` is done with it.

    Up to PAGES_AT_ONCE are completed at the same time, while the next one is read. Raises what `complete` raises, after
    the pages before.
    """
    begun: deque[tuple[PageRead[P], asyncio.Task[None]]] = deque()

    async def first_completed() -> PageRead[P]:
        page_read, completing = begun[0]
        await completing
        begun.popleft()
        return page_read

    try:
        async with aclosing(pages_read) as source:
            async for page_read in source:
                begun.append((page_read, asyncio.ensure_future(complete(page_read))))
                while begun and (len(begun) == PAGES_AT_ONCE or begun[0][1].done()):
                    yield await first_completed()
        while begun:
            yield await first_completed()
    finally:
        for _, completing in begun:
            completing.cancel()
        await asyncio.gather(*(completing for _, completing in begun), return_exceptions=True)


def _append_missing(record: Any, one: _List, items: Sequence[Any], known: Collection[str]) -> None:
    """Append the items that belong to a list of a record and are not among its `known` ids."""
    field_values = one.full_list.field_values.items()
    rest = [
        one.item({name: getattr(item, name, None) for name in one.names})
        for item in items
        if item.id not in known and all(getattr(item, field) in values for field, values in field_values)
    ]
    setattr(record, one.field, [*getattr(record, one.field), *rest])


def _by_request(lists: Sequence[_List]) -> dict[object, list[_List]]:
    groups: defaultdict[object, list[_List]] = defaultdict(list)
    for one in lists:
        groups[_request_of(one.full_list.detail)].append(one)
    return groups


def _request_of(detail: Detail) -> object:
    return detail.path, detail.query


def _reader(full_list: FullList) -> Reader:
    """Make a reader of what a record holds of an item: type, id, and the fields that say to which list it belongs."""
    fields: dict[str, Any] = {"type": _TEXT, "id": {"type": "string"}, **dict.fromkeys(full_list.field_values, _TEXT)}
    return Reader(full_list.detail.layout, {"type": "object", "properties": fields}, watch=False)
