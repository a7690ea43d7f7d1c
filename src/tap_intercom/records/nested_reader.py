"""Readers of records that are lists within other records: attachments of a conversation's parts, tags of a contact."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any, NamedTuple

import msgspec

from tap_intercom.json_schema import Path
from tap_intercom.pagination.model import Page
from tap_intercom.records.envelope import Envelope, Members, join, refuse_errors, struct_of
from tap_intercom.records.json_repair import one_line, without_nul
from tap_intercom.records.list_extent import ExtentReader, is_complete
from tap_intercom.records.reader import RECORDS, Reader, identity
from tap_intercom.records.scalars import CONVERSION_ERRORS
from tap_intercom.streams.model import Layout


class NestedReader(Reader):
    """A Reader of the records within the records of an answer.

    `layout` is the layout of the answer with the outer records, `each` that of an outer record with the inner ones. The
    inner records of all outer records are decoded in one pass if they fit. Pagination belongs to the outer records.
    """

    def __init__(  # noqa: PLR0913 - see Reader
        self,
        layout: Layout,
        each: Layout,
        schema: Mapping[str, Any],
        unselected: Collection[Path] = (),
        *,
        key: Collection[str] = ("id",),
        watch: bool = True,
    ) -> None:
        outer = replace(layout, inner=None)
        self._outer_envelope = Envelope(outer)
        self._outer = Reader(outer, {"type": "object"}, watch=False)
        super().__init__(replace(each, from_parent=layout.from_parent), schema, unselected, key=key, watch=watch)

    def _build(self) -> None:
        super()._build()
        self._together = self._outer_envelope.decoder(struct_of(self.members()), {})

    def members(self) -> Members:
        """Return what is decoded of each outer record."""
        types = {name: field.type for name, field in self._record.properties.items()}
        return self._envelope.members(self._record.type, types)

    def read(self, body: bytes, owner: str = "") -> Page:
        """Read one answer. Raises the errors of `Reader.read`."""
        self._notes.owner = owner
        return Page(records=self.read_within(self._without_nul(body)))

    def read_within(
        self, body: bytes, chosen: Sequence[bool] | None = None, decoded: Sequence[Any] | None = None
    ) -> list[Any]:
        """Read the inner records of one answer; `chosen` tells for each outer record whether to read those in it.

        An outer record that is chosen and does not fit is counted as one record left out; one that is not chosen may
        have any shape. `decoded` are the outer records if they are decoded already. Raises the errors of `Reader.read`.
        """
        if self._layout.value_field is None:
            counts = self._notes.counts()
            try:
                return self._take(self._decode_together(body) if decoded is None else decoded, chosen)
            except CONVERSION_ERRORS:
                self._notes.restore(counts)
        outers = self._outer.raw(body)
        wanted = _select(list(enumerate(outers)), chosen)
        return [record for place, outer in wanted for record in self._read_alone(outer, place)]

    def _decode_together(self, body: bytes) -> list[Any]:
        outers = self._outer_envelope.records(self._together.decode(one_line(body)))
        if not outers:
            refuse_errors(body)
        return outers

    def _take(self, outers: Sequence[Any], chosen: Sequence[bool] | None) -> list[Any]:
        """Return the inner records of outer ones decoded with `members`. Raises ValueError if one does not fit."""
        selected = _select(outers, chosen)
        lists = self._envelope.lists(selected)
        records = [record for found in lists for record in found]
        self._record.normalize_list(records, self._notes)
        if not self._inherit(list(compress(selected, lists)), [found for found in lists if found]):
            raise ValueError(RECORDS)
        for found in lists:
            self._set_positions(found, range(len(found)))
        return records

    def _read_alone(self, outer: bytes, place: int) -> list[Any]:
        """Read the inner records of one outer record; `place` is its position in its list."""
        notes, previous_owner = self._notes, self._notes.owner
        notes.owner = previous_owner or identity(outer)
        try:
            return self._read_untyped(self._untyped.decode(outer))[0]
        except msgspec.ValidationError:
            notes.note_left_out(RECORDS, 0 if notes.owner else place)
            return []
        finally:
            notes.owner = previous_owner

    def complete(self, records: list[Any], before: int = 0, **parent: Any) -> None:  # noqa: ARG002 - see Reader
        """Set the fields that come from the `parent`; `before` is unused: positions count within an outer record."""
        super().complete(records, **parent)


class InnerRecords(NamedTuple):
    """The records within the records of one answer: those of each reader, and a page of the extents."""

    records: Sequence[list[Any]]
    extents: Page


class NestedReaders:
    """Several NestedReaders and an ExtentReader of the same answers, which are decoded once for all of them.

    With each reader come the names of lists and of fields: it reads only outer records that hold all items of the
    lists, each with these fields. A reader that needs a value in another type decodes the answer itself, and so does
    every reader if an answer does not fit.
    """

    def __init__(
        self,
        layout: Layout,
        readers: Sequence[tuple[NestedReader, Sequence[str], Sequence[str]]],
        extents: ExtentReader,
    ) -> None:
        self._envelope = Envelope(layout)
        self._readers = readers
        self._extents = extents
        self._build()

    def _build(self) -> None:
        self._learned_count = self._learned()
        members = self._extents.members()
        self._joined: list[NestedReader] = []
        for reader, _, _ in self._readers:
            joined = join(members, reader.members())
            if joined is not None:
                members = joined
                self._joined.append(reader)
        self._typed = msgspec.json.Decoder(self._envelope.type_of(struct_of(members), {}, paged=False), strict=False)

    def _learned(self) -> int:
        return sum(one.learned_count for one in (self._extents, *(reader for reader, _, _ in self._readers)))

    def read(self, body: bytes) -> InnerRecords:
        """Read one answer that a Reader has read already. Raises the errors of `Reader.read`."""
        if self._learned() != self._learned_count:
            self._build()
        body, _ = without_nul(body)  # counted by the Reader
        decoded: list[Any] | None
        try:
            decoded = self._envelope.records(self._typed.decode(one_line(body)))
            self._extents.take(decoded)
            extents = Page(records=decoded)
        except CONVERSION_ERRORS:
            decoded, extents = None, self._extents.read(body)
        found = [
            reader.read_within(body, _chosen(extents, lists, item_fields), decoded if reader in self._joined else None)
            for reader, lists, item_fields in self._readers
        ]
        return InnerRecords(found, extents)


def _chosen(extents: Page, lists: Sequence[str], item_fields: Sequence[str]) -> list[bool] | None:
    """Return for each record whether it holds all items of the lists; None if no lists are named."""
    if not lists:
        return None
    chosen = [False] * extents.count
    for place, extent in zip(extents.record_places, extents.records, strict=True):
        chosen[place] = is_complete(extent, lists, item_fields)
    return chosen


def _select(outers: Sequence[Any], chosen: Sequence[bool] | None) -> Sequence[Any]:
    return outers if chosen is None else list(compress(outers, chosen))
