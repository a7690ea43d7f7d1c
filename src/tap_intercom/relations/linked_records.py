"""The records that the links of a stream lead to, read once from a list of their own and copied for each link."""

import asyncio
import copy
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any

from tap_intercom.api.types import Requester
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.reader import PageReader
from tap_intercom.relations.details import EVERYTHING
from tap_intercom.stream_io.stream_output import StreamOutput


class LinkedRecords:
    """The records of a stream's `linked` list by their ids, typed by the stream's schema.

    A row made of them is the row that the stream's `detail` gives: the linked record with the fields that come from the
    parent.
    """

    def __init__(self, output: StreamOutput, client: Requester) -> None:
        """Prepare to read the list of the stream of `output`, which has `detail` and `linked`."""
        detail, linked = output.stream.detail, output.stream.linked
        assert detail is not None and linked is not None  # noqa: S101, PT018 - asked for where the table has both
        self._paginator = PageNumberPaginator(path=linked.path, query=linked.query)
        self._reader = output.reader(replace(detail.layout, records_at=linked.records_at))
        self._client = client
        self._records: dict[str, Any] = {}

    async def read(self) -> None:
        """Read the list; records that it gave before stay. Raises what PageReader raises."""
        reader = PageReader(
            requester=self._client,
            paginators=[self._paginator],
            time_range=EVERYTHING,
            read=self._reader.read,
            scroll_lock=asyncio.Lock(),
            track=CheckpointTrack(),
        )
        async with aclosing(reader.pages()) as pages_read:
            async for page_read in pages_read:
                self._records.update((record.id, record) for record in page_read.page.records)

    @property
    def ids(self) -> list[str]:
        """The ids of the records, in the order of the list."""
        return list(self._records)

    def rows(self, ids: Iterable[str], parent_id: str, updated_at: datetime | None) -> list[Any] | None:
        """Give the rows that link a parent, which was updated at `updated_at`, to the records with these ids.

        None where the list had no record with one of the ids.
        """
        found = [self._records.get(identifier) for identifier in ids]
        if None in found:
            return None
        rows = list(map(copy.copy, found))
        self._reader.complete(rows, id=parent_id, updated_at=updated_at)
        return rows
