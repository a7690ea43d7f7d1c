"""Reads records that lie a list deeper: the attachments of each part of a conversation."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from tap_intercom.fields import Path
from tap_intercom.paging import Page
from tap_intercom.records import Reader
from tap_intercom.stream import Layout


class InnerReader(Reader):
    """A Reader of the records within each record of an answer, which `layout` says by `each`.

    The pages of the answer are those of the outer records, so it must come whole.
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
        super().__init__(replace(each, given=layout.given), schema, unselected, watch=watch)
        self._outer = Reader(replace(layout, each=None), {"type": "object"}, watch=False)

    def read(self, body: bytes) -> Page:
        """Read one answer. Raises what a Reader raises."""
        inner = super().read
        return Page(records=[record for outer in self._outer.raw(body) for record in inner(outer).records])

    def raw(self, body: bytes) -> list[bytes]:
        """Give the inner records of an answer as they came. Raises what `read` raises."""
        inner = super().raw
        return [record for outer in self._outer.raw(body) for record in inner(outer)]
