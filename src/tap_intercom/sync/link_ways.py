"""Which way a stream of links is read: by the members of what they lead to, or by a request for each parent."""

import asyncio
import math
from collections.abc import Callable, Collection, Sequence
from contextlib import aclosing, suppress
from datetime import datetime
from enum import Enum
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from tap_intercom.api.types import Answer, Refused, Request
from tap_intercom.errors import ContractError, RecordUnavailable
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.records.list_extent import extent_reader
from tap_intercom.records.reader import Reader
from tap_intercom.relations.linked_records import list_pages
from tap_intercom.stream_io.context import StreamClient
from tap_intercom.streams.model import Detail, Layout, LinkedList, Members, Stream

NOBODY: Final = "0" * 24  # the id of no segment and of no tag, in the form of theirs
# Requests that a reading by members costs besides its pages: the linked records, before and after, and their counts.
EXTRA: Final = 3
IGNORED: Final = "the server does not filter by {field}"
MIXED: Final = "the server does not tell the records of {path} from others, or has none"
UNLISTED: Final = "the server does not list all records of {path}"
TOO_MANY: Final = "one of the records of {path} has more members than can be read"
NOT_COUNTED: Final = "the server does not count the members of the records of {path}"
SAMPLED: Final = 3  # parents, or linked records, at which is looked to know the server
FAILURES: Final = (Refused, RecordUnavailable, ContractError)  # after which the parents are asked
_COUNTED: Final = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "count": {"type": ["null", "integer"]}},
}

T = TypeVar("T")


class Way(Enum):
    """How a stream of links is read."""

    PARENTS = "a request for each parent that has changed"
    CHANGED_MEMBERS = "the members that have changed"
    ALL_MEMBERS = "all members"


class Choice(NamedTuple):
    """A way, and why it had to be this one, where another is usual."""

    way: Way
    reason: str = ""


class _Brief(msgspec.Struct, frozen=True):
    """A client that sends a request once: nobody should wait for a choice longer than for what is chosen."""

    client: StreamClient

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> Answer[T]:
        async def at_once(_seconds: float) -> bool:
            return True

        return await self.client.ask(request, read, at_once)

    async def pause(self, seconds: float, reason: str) -> None:
        await self.client.pause(seconds, reason)


async def choose_way(row: Stream, parent: Stream, client: StreamClient, start: datetime | None) -> Choice:
    """Choose the way that costs fewest requests for the links of the stream of `row`, which has `members`.

    `start`: since when the changes of parents are wanted; None: the stream is read from its beginning.
    """
    detail, linked, members = row.detail, row.linked, row.members
    assert detail and linked and members  # noqa: S101, PT018 - asked for where the table has all three
    asking = _Questions(parent, linked, members, _Brief(client))
    try:
        changed = None
        if start is not None and isinstance(members.paginator, SearchPaginator):
            changed = await asking.changed_since(members.paginator, start)
            if changed <= EXTRA:
                return Choice(Way.PARENTS)
        counts = await asking.counts()
        await asking.refuse_unfiltered(list(counts))
        if start is None:
            await asking.refuse_unlisted(detail, counts.keys())
    except _Unfit as unfit:
        return Choice(Way.PARENTS, str(unfit))
    except FAILURES as error:
        return Choice(Way.PARENTS, str(error))
    return _within_limit(linked, members, list(counts.values()), changed)


def reads_all_members(members: Members) -> bool:
    """Say whether all members are read in every run: those that changed cannot be searched for."""
    return not isinstance(members.paginator, SearchPaginator)


def _within_limit(linked: LinkedList, members: Members, counts: Sequence[int | None], changed: int | None) -> Choice:
    if isinstance(members.paginator, SearchPaginator):
        return Choice(cheapest_way(counts, members.paginator.per_page, changed))
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return Choice(Way.PARENTS, NOT_COUNTED.format(path=linked.path))
    if max(known, default=0) >= (members.paginator.limit or math.inf):
        return Choice(Way.PARENTS, TOO_MANY.format(path=linked.path))
    return Choice(Way.ALL_MEMBERS)


def cheapest_way(counts: Sequence[int | None], per_page: int, changed: int | None) -> Way:
    """Give the way with the fewest requests; all members, which tell most, where that costs no more than the parents.

    `counts` are the members of each linked record, None where that is not known; `changed` is how many parents have
    changed, None where the stream is read from its beginning, so that the search finds no more than its pages hold.
    """
    if changed is None:
        return Way.ALL_MEMBERS
    pages = [max(1, -(-count // per_page)) for count in counts if count is not None]
    if len(pages) == len(counts) and sum(pages) + EXTRA <= changed:
        return Way.ALL_MEMBERS
    return Way.CHANGED_MEMBERS if len(counts) + EXTRA <= changed else Way.PARENTS


class _Unfit(Exception):
    """The members cannot be read; the message says why."""


class _Questions:
    """What has to be known before a way can be chosen, each by one request or two."""

    def __init__(self, parent: Stream, linked: LinkedList, members: Members, client: _Brief) -> None:
        self._linked = linked
        self._members = members
        self._client = client
        self._parents = extent_reader(parent, ())

    async def changed_since(self, search: SearchPaginator, start: datetime) -> int:
        """Count the parents that were updated at or after a time; too many where the search compares days."""
        page = (await self._client.ask(search.newest_since(start), self._parents.read)).value
        recent = [record for record in page.records if record.updated_at is None or record.updated_at >= start]
        return len(recent) if len(recent) < page.count else max(page.total or 0, page.count)

    async def counts(self) -> dict[str, int | None]:
        """Give the number of members of each linked record, by its id.

        Raises _Unfit where these records are those of another list.
        """
        other = self._members.unlike
        if other is None:
            return await self._listed(self._linked, self._members.counts)
        own, others = await asyncio.gather(self._listed(self._linked, self._members.counts), self._listed(other))
        if not own or own.keys() == others.keys():
            raise _Unfit(MIXED.format(path=self._linked.path))
        return own

    async def refuse_unfiltered(self, ids: Sequence[str]) -> None:
        """Raise _Unfit where a record that does not exist has members: the server ignores the filter.

        Where it refuses to look for such a record, some record must have less members than there are parents. Raises
        Refused where it refuses to look for a record that does exist.
        """
        paginator, field = self._members.paginator, self._members.field
        try:
            is_ignored = await self._count(paginator.matching(field, NOBODY)) > 0
        except Refused:
            sampled = [await self._count(paginator.matching(field, identifier)) for identifier in ids[:SAMPLED]]
            is_ignored = bool(sampled) and min(sampled) >= await self._count(paginator)
        if is_ignored:
            raise _Unfit(IGNORED.format(field=field))

    async def refuse_unlisted(self, detail: Detail, ids: Collection[str]) -> None:
        """Raise _Unfit where parents have links to records that are not listed."""
        reader = Reader(Layout(records_at=detail.layout.records_at), _COUNTED, watch=False)
        page = (await self._client.ask(self._members.paginator.sample(SAMPLED), self._parents.read)).value
        for parent in page.records[:SAMPLED]:
            with suppress(Refused):  # it may be gone by now
                found = (await self._client.ask(detail.request(parent.id), reader.read)).value
                if not {record.id for record in found.records} <= set(ids):
                    raise _Unfit(UNLISTED.format(path=self._linked.path))

    async def _count(self, paginator: PageNumberPaginator | SearchPaginator) -> int:
        page = (await self._client.ask(paginator.sample(), self._parents.read)).value
        return max(page.total or 0, len(page.records))

    async def _listed(self, linked: LinkedList, query: tuple[tuple[str, str], ...] = ()) -> dict[str, int | None]:
        reader = Reader(Layout(records_at=linked.records_at), _COUNTED, watch=False)
        found: dict[str, Any] = {}
        async with aclosing(list_pages(linked, self._client, reader.read, query)) as pages_read:
            async for page_read in pages_read:
                found |= {record.id: record.count for record in page_read.page.records}
        return found
