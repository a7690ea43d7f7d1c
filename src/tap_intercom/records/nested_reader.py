"""Readers of records that lie within other records: attachments of a conversation's parts, tags of a contact."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any, NamedTuple

import msgspec

from tap_intercom.json_schema import Path
from tap_intercom.pagination.model import Page
from tap_intercom.records.envelope import Envelope, Members, join, struct_of
from tap_intercom.records.json_repair import without_nul
from tap_intercom.records.list_extent import ExtentReader, is_complete
from tap_intercom.records.reader import RECORDS, Reader, identity, one_line, refuse_errors
from tap_intercom.records.scalars import CONVERSION_ERRORS
from tap_intercom.streams.model import Layout


class NestedReader(Reader):
    """A Reader of the records within each record of an answer, which `layout` says by `each`.

    The pages of the answer are those of the outer records. What fits is decoded together, in one pass for all of them.
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
        """Name what is decoded of each outer record."""
        types = {name: field.type for name, field in self._record.properties.items()}
        return self._envelope.members(self._record.type, types)

    def read(self, body: bytes, owner: str = "") -> Page:
        """Read one answer. Raises what a Reader raises."""
        self._notes.owner = owner
        return Page(records=self.read_within(self._without_nul(body)))

    def read_within(
        self, body: bytes, chosen: Sequence[bool] | None = None, decoded: Sequence[Any] | None = None
    ) -> list[Any]:
        """Read the inner records of one answer; `chosen` says of each outer record whether those in it are wanted.

        What is not wanted may be of another shape. What is, and is of another shape, counts as one record that is left
        out. `decoded` are the outer records, where they were decoded already. Raises what a Reader raises.
        """
        if self._layout.value_field is None:
            try:
                return self._take(self._decode_together(body) if decoded is None else decoded, chosen)
            except CONVERSION_ERRORS:
                pass
        outers = self._outer.raw(body)
        wanted = _those(list(enumerate(outers)), chosen)
        return [record for place, outer in wanted for record in self._read_alone(outer, place)]

    def _decode_together(self, body: bytes) -> list[Any]:
        outers = self._outer_envelope.records(self._together.decode(one_line(body)))
        if not outers:
            refuse_errors(body)
        return outers

    def _take(self, outers: Sequence[Any], chosen: Sequence[bool] | None) -> list[Any]:
        """Take the inner records out of outer ones that were decoded with these `members`. ValueError: a misfit."""
        those = _those(outers, chosen)
        lists = self._envelope.lists(those)
        records = [record for found in lists for record in found]
        self._record.normalize_list(records, self._notes)
        if not self._inherit(list(compress(those, lists)), [found for found in lists if found]):
            raise ValueError(RECORDS)
        for found in lists:
            self._number(found, range(len(found)))
        return records

    def _read_alone(self, outer: bytes, place: int) -> list[Any]:
        """Read what lies within one outer record, which was at this place in its list."""
        notes, around = self._notes, self._notes.owner
        notes.owner = around or identity(outer)
        try:
            return self._read_loose(self._untyped.decode(outer))[0]
        except msgspec.ValidationError:
            notes.note_left_out(RECORDS, 0 if notes.owner else place)
            return []
        finally:
            notes.owner = around

    def complete(self, records: list[Any], before: int = 0, **parent: Any) -> None:  # noqa: ARG002 - see below
        """Give records what is known of their `parent`; their places are those within the outer records."""
        super().complete(records, **parent)


class InnerRecords(NamedTuple):
    """What lies within the records of one answer: for each reader its records, and a page of extents."""

    records: Sequence[list[Any]]
    extents: Page


class NestedReaders:
    """Several NestedReaders of the records within the same answers, and the extents of these; one decoding for all.

    `readers` come with the fields whose lists an outer record must hold whole: of others they read nothing. Where an
    answer does not fit, or a reader wants a value in a type of its own, each reads the answer itself.
    """

    def __init__(
        self, layout: Layout, readers: Sequence[tuple[NestedReader, Sequence[str]]], extents: ExtentReader
    ) -> None:
        self._envelope = Envelope(layout)
        self._readers = readers
        self._extents = extents
        self._build()

    def _build(self) -> None:
        self._learned_count = self._learned()
        members = self._extents.members()
        self._joined: list[NestedReader] = []
        for reader, _ in self._readers:
            joined = join(members, reader.members())
            if joined is not None:
                members = joined
                self._joined.append(reader)
        self._typed = msgspec.json.Decoder(self._envelope.type_of(struct_of(members), {}, paged=False), strict=False)

    def _learned(self) -> int:
        return sum(one.learned_count for one in (self._extents, *(reader for reader, _ in self._readers)))

    def read(self, body: bytes) -> InnerRecords:
        """Read one answer, which a Reader has read before. Raises what a Reader raises."""
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
            reader.read_within(body, _chosen(extents, lists), decoded if reader in self._joined else None)
            for reader, lists in self._readers
        ]
        return InnerRecords(found, extents)


def _chosen(extents: Page, lists: Sequence[str]) -> list[bool] | None:
    """Say of each record whether it holds all of the lists; None where there are none."""
    if not lists:
        return None
    chosen = [False] * extents.count
    places = extents.places if extents.left_out else range(extents.count)
    for place, extent in zip(places, extents.records, strict=True):
        chosen[place] = is_complete(extent, lists)
    return chosen


def _those(outers: Sequence[Any], chosen: Sequence[bool] | None) -> Sequence[Any]:
    return outers if chosen is None else list(compress(outers, chosen))
