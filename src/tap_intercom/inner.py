"""Reads records that lie a list deeper: the attachments of each part of a conversation, the tags of each contact."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

from tap_intercom.envelope import Envelope
from tap_intercom.fields import MISFIT, Path
from tap_intercom.paging import Page
from tap_intercom.records import Reader, one_line, refuse_errors
from tap_intercom.stream import Layout


class InnerReader(Reader):
    """A Reader of the records within each record of an answer, which `layout` says by `each`.

    The pages of the answer are those of the outer records. What fits is decoded together, in one pass for all of them.
    """

    def __init__(
        self,
        layout: Layout,
        each: Layout,
        schema: Mapping[str, Any],
        unselected: Collection[Path] = (),
        *,
        watch: bool = True,
    ) -> None:
        outer = replace(layout, each=None)
        self._around = Envelope(outer)
        self._outer = Reader(outer, {"type": "object"}, watch=False)
        super().__init__(replace(each, given=layout.given), schema, unselected, watch=watch)

    def _build(self) -> None:
        super()._build()
        types = {name: field.type for name, field in self._record.properties.items()}
        within = self._envelope.type_of(self._record.type, types, paged=False)
        self._together = self._around.decoder(within, {})

    def read(self, body: bytes) -> Page:
        """Read one answer. Raises what a Reader raises."""
        return Page(records=self.read_within(body))

    def read_within(self, body: bytes, chosen: Sequence[bool] | None = None) -> list[Any]:
        """Read the inner records of one answer; `chosen` says of each outer record whether those in it are wanted.

        What is not wanted may be of another shape. Raises what a Reader raises.
        """
        if self._layout.bare is None:
            try:
                return self._read_together(body, chosen)
            except MISFIT:
                pass
        outers = self._outer.raw(body)
        inner = super().read
        return [record for outer in _those(outers, chosen) for record in inner(outer).records]

    def _read_together(self, body: bytes, chosen: Sequence[bool] | None) -> list[Any]:
        answers = self._around.records(self._together.decode(one_line(body)))
        if not answers:
            refuse_errors(body)
        those = _those(answers, chosen)
        lists = self._envelope.lists(those)
        records = [record for found in lists for record in found]
        self._record.settle_list(records, self._notes)
        self._inherit(list(compress(those, lists)), [found for found in lists if found])
        for found in lists:
            self._number(found)
        return records

    def complete(self, records: list[Any], before: int = 0, **parent: Any) -> None:  # noqa: ARG002 - see below
        """Give records what is known of their `parent`; their places are those within the outer records."""
        super().complete(records, **parent)

    def raw(self, body: bytes) -> list[bytes]:
        """Give the inner records of an answer as they came. Raises what `read` raises."""
        inner = super().raw
        return [record for outer in self._outer.raw(body) for record in inner(outer)]


def _those(outers: list[Any], chosen: Sequence[bool] | None) -> list[Any]:
    return outers if chosen is None else list(compress(outers, chosen))
