"""The records that the links of a stream lead to, read once from a list of their own and copied for each link."""

import asyncio
import copy
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any

from tap_intercom.api.types import Requester
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.model import P
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.reader import PageRead, PageReader
from tap_intercom.relations.details import EVERYTHING
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.model import LinkedList


def list_pages(
    linked: LinkedList, client: Requester, read: Callable[[bytes], P], query: tuple[tuple[str, str], ...] = ()
) -> AsyncGenerator[PageRead[P]]:
    """Give the pages of a list of linked records, asked with `query` too. Raises what PageReader raises."""
    reader = PageReader(
        requester=client,
        paginators=[PageNumberPaginator(path=linked.path, query=(*linked.query, *query))],
        time_range=EVERYTHING,
        read=read,
        scroll_lock=asyncio.Lock(),
        track=CheckpointTrack(),
    )
    return reader.pages()


class LinkedRecords:
    """The records of a stream's `linked` list by their ids, typed by the stream's schema.

    A row made of them is the row that the stream's `detail` gives: the linked record with the fields that come from the
    parent. `served` is Intercom's clock at the first answer.
    """

    def __init__(self, output: StreamOutput, client: Requester) -> None:
        """Prepare to read the list of the stream of `output`, which has `detail` and `linked`."""
        detail, linked = output.stream.detail, output.stream.linked
        assert detail is not None and linked is not None  # noqa: S101, PT018 - asked for where the table has both
        self._linked = linked
        self._reader = output.reader(replace(detail.layout, records_at=linked.records_at))
        self._client = client
        self._records: dict[str, Any] = {}
        self.served: datetime | None = None

    async def read(self) -> dict[str, Any]:
        """Read the list; give its records by their ids. Those of former readings stay, for `rows`.

        Raises what PageReader raises.
        """
        found: dict[str, Any] = {}
        async with aclosing(list_pages(self._linked, self._client, self._reader.read)) as pages_read:
            async for page_read in pages_read:
                self.served = self.served or page_read.served
                found |= {record.id: record for record in page_read.page.records}
        self._records |= found
        return found

    def rows(self, ids: Iterable[str], parent_id: str, updated_at: datetime | None) -> list[Any] | None:
        """Give the rows that link a parent, which was updated at `updated_at`, to the records with these ids.

        None where the list had no record with one of the ids.
        """
        found = [self._records.get(identifier) for identifier in ids]
        if None in found:
            return None
        return self._links(found, parent_id, updated_at)

    def rows_of_members(self, identifier: str, members: Iterable[Any]) -> list[Any]:
        """Give the rows that link each of these parents, which have `id` and `updated_at`, to one record."""
        record = self._records[identifier]
        return [row for member in members for row in self._links([record], member.id, member.updated_at)]

    def _links(self, records: Iterable[Any], parent_id: str, updated_at: datetime | None) -> list[Any]:
        """Copy linked records into the rows that link one parent to them."""
        rows = list(map(copy.copy, records))
        self._reader.complete(rows, id=parent_id, updated_at=updated_at)
        return rows
