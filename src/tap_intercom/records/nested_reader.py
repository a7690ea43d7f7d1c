"""Reads records that lie a list deeper: the attachments of each part of a conversation, the tags of each contact."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

import msgspec

from tap_intercom.json_schema import Path
from tap_intercom.pagination.model import Page
from tap_intercom.records.envelope import Envelope
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
        types = {name: field.type for name, field in self._record.properties.items()}
        nested = self._envelope.type_of(self._record.type, types, paged=False)
        self._together = self._outer_envelope.decoder(nested, {})

    def read(self, body: bytes, owner: str = "") -> Page:
        """Read one answer. Raises what a Reader raises."""
        self._notes.owner = owner
        return Page(records=self.read_within(body))

    def read_within(self, body: bytes, chosen: Sequence[bool] | None = None) -> list[Any]:
        """Read the inner records of one answer; `chosen` says of each outer record whether those in it are wanted.

        What is not wanted may be of another shape. What is, and is of another shape, counts as one record that is left
        out. Raises what a Reader raises.
        """
        if self._layout.value_field is None:
            try:
                return self._read_together(body, chosen)
            except CONVERSION_ERRORS:
                pass
        outers = self._outer.raw(body)
        wanted = _those(list(enumerate(outers)), chosen)
        return [record for place, outer in wanted for record in self._read_alone(outer, place)]

    def _read_together(self, body: bytes, chosen: Sequence[bool] | None) -> list[Any]:
        answers = self._outer_envelope.records(self._together.decode(one_line(body)))
        if not answers:
            refuse_errors(body)
        those = _those(answers, chosen)
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


def _those(outers: list[Any], chosen: Sequence[bool] | None) -> list[Any]:
    return outers if chosen is None else list(compress(outers, chosen))
