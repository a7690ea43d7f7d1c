"""Finds in the records of a parent what its child streams need: records of theirs, or whether to ask for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tap_intercom.pagination.model import Page, PageResult
from tap_intercom.records.list_extent import ListCount, ListCounts, is_complete
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Stream
from tap_intercom.sync.stream_output import StreamOutput


class InlineChildren:
    """One child stream within the records of its parent."""

    def __init__(self, output: StreamOutput, parent: Stream) -> None:
        stream = output.stream
        assert stream.inline is not None  # noqa: S101 - asked for where the table has one
        self.output = output
        self.name = stream.name
        self._cursor = stream.parent_time_field
        self._lists = stream.detail.inline_lists if stream.detail else ()
        self._reader = output.inner_reader(parent.layout, stream.inline)
        # What another request gives whole is no loss.
        self._caps = ListCounts(parent.layout.records_at, () if stream.detail else stream.inline.records_at)

    def read(self, body: bytes, outlined: Page) -> list[Any]:
        """Read the children in an answer, but not those of parents that do not hold all of them."""
        chosen: list[bool] | None = None
        if self._lists:
            chosen = [False] * outlined.count
            places = outlined.places if outlined.left_out else range(outlined.count)
            for place, outline in zip(places, outlined.records, strict=True):
                chosen[place] = is_complete(outline, self._lists)
        return self._reader.read_within(body, chosen)

    def list_counts(self, body: bytes) -> list[ListCount]:
        """Find the parents in an answer that do not hold all of their children."""
        return list(self._caps.read(body))

    def warn(self, caps: Sequence[ListCount], result: PageResult, start: datetime) -> None:
        """Say of which wanted parents Intercom keeps children back."""
        for cap in caps:
            if result.wants(cap.updated_at) and (cap.updated_at is None or cap.updated_at >= start):
                self.output.warn_of_count(cap, self._caps.what)

    def wanted(self, records: Sequence[Any], result: PageResult, start: datetime) -> list[Any]:
        """Keep the children of parents that are wanted from a page and were updated at or after `start`."""
        times = [getattr(record, self._cursor) if self._cursor else None for record in records]
        return [
            record
            for record, time in zip(records, times, strict=True)
            if result.wants(time) and (time is None or time >= start)
        ]


def read_page(reader: Reader, inline_children: Sequence[InlineChildren], outline: Reader | None, body: bytes) -> Page:
    """Read an answer, the children within its records, and what is to be known of them before more is asked."""
    page = outlined = reader.read(body)
    if outline is not None:
        outlined = page if outline is reader else outline.read(body)
        page.outlines = {record.id: record for record in outlined.records}
    page.children = {inline.name: inline.read(body, outlined) for inline in inline_children}
    page.list_counts = {inline.name: inline.list_counts(body) for inline in inline_children}
    return page
