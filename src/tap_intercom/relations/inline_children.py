"""Child streams whose records lie within those of their parent, and the decoding of a page for all who need it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from tap_intercom.api.types import Request
from tap_intercom.pagination.model import Page, PageResult
from tap_intercom.records.list_extent import CountedList, ExtentReader, ListCount, is_complete
from tap_intercom.records.nested_reader import NestedReaders
from tap_intercom.records.reader import Reader
from tap_intercom.relations.parts import Part, read_parts
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.model import Stream


class InlineChildren:
    """One child stream within the records of its parent.

    Where it has a detail too, it reads nothing of parents that do not hold all of its `lists`.
    """

    def __init__(self, output: StreamOutput, parent: Stream) -> None:
        stream = output.stream
        assert stream.inline is not None  # noqa: S101 - asked for where the table has one
        self.output = output
        self.name = stream.name
        self.lists = stream.detail.inline_lists if stream.detail else ()
        self.item_fields = stream.detail.whole_item_fields if stream.detail else ()
        self.reader = output.inner_reader(parent.layout, stream.inline)
        # What another request gives whole is no loss.
        self.counted = () if stream.detail else stream.inline.records_at
        self._cursor = stream.parent_time_field
        self._list = CountedList(self.counted)

    def whole_parents(self, extents: Sequence[Any]) -> set[str]:
        """Give the ids of the parents that hold whole records, if some hold references only.

        It is asked before these records are written, for the fields that tell are then hidden if nobody selected them.
        """
        if not self.item_fields:
            return set()
        return {extent.id for extent in extents if is_complete(extent, self.lists, self.item_fields)}

    def list_counts(self, extents: Sequence[Any]) -> list[ListCount]:
        """Find the parents that do not hold all of their children, in what an ExtentReader read of them."""
        return list(self._list.kept_back(extents))

    def warn(self, counts: Sequence[ListCount], result: PageResult, start: datetime) -> None:
        """Say of which wanted parents Intercom keeps children back."""
        for count in counts:
            if result.wants(count.updated_at) and (count.updated_at is None or count.updated_at >= start):
                self.output.warn_of_count(count, self._list.what)

    def wanted(self, records: Sequence[Any], result: PageResult, start: datetime) -> list[Any]:
        """Keep the children of parents that are wanted from a page and were updated at or after `start`."""
        times = [getattr(record, self._cursor) if self._cursor else None for record in records]
        return [
            record
            for record, time in zip(records, times, strict=True)
            if result.wants(time) and (time is None or time >= start)
        ]


class DecodedPage(Page, kw_only=True):
    """A page of a stream, with what else was decoded from the answer.

    `children` are the records of the inline child streams, and `list_counts` say where Intercom keeps some of them
    back, both by the name of their stream. `outlines` are what an ExtentReader read of the records, by their ids.
    `known_answers` are the answers to requests about the records that were made before their children are read.
    `written` are the ids of the records whose children come with this page, by the name of the child stream.
    `parts` are the records of each part of the stream, by its name.
    """

    children: dict[str, list[Any]] = msgspec.field(default_factory=dict)
    list_counts: dict[str, list[ListCount]] = msgspec.field(default_factory=dict)
    outlines: dict[str, Any] = msgspec.field(default_factory=dict)
    known_answers: dict[Request, list[bytes]] = msgspec.field(default_factory=dict)
    written: dict[str, set[str]] = msgspec.field(default_factory=dict)
    parts: dict[str, list[Any]] = msgspec.field(default_factory=dict)


class PageDecoder:
    """Decodes a page for the stream itself, by `reader`, and once more for its `inline_children` and the `extents`.

    The records of its `parts` are decoded on their own.
    """

    def __init__(
        self,
        stream: Stream,
        reader: Reader,
        inline_children: Sequence[InlineChildren],
        parts: Sequence[Part],
        extents: ExtentReader | None,
    ) -> None:
        """`extents` reads what else is to be known of the records; None where that is nothing."""
        self._reader = reader
        self._parts = parts
        self._inline_children = inline_children
        self._extents = extents
        readers = [(inline.reader, inline.lists, inline.item_fields) for inline in inline_children]
        self._nested = NestedReaders(stream.layout, readers, extents) if extents and readers else None

    def decode(self, body: bytes) -> DecodedPage:
        """Decode one answer. Raises what a Reader raises."""
        extents = self._reader.read(body)
        page = DecodedPage(**{name: getattr(extents, name) for name in Page.__struct_fields__})
        if self._nested is not None:
            records, extents = self._nested.read(body)
            for inline, found in zip(self._inline_children, records, strict=True):
                page.children[inline.name] = found
                page.list_counts[inline.name] = inline.list_counts(extents.records)
                page.written[inline.name] = inline.whole_parents(extents.records)
        elif self._extents is not None and self._extents is not self._reader:
            extents = self._extents.read(body)
        if self._extents is not None:
            page.outlines = {record.id: record for record in extents.records}
            page.parts = read_parts(self._parts, self._extents.raw, body, extents)
        return page
