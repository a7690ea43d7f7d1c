"""Finds in the records of a parent what its child streams need: records of theirs, or whether to ask for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tap_intercom.output import Output
from tap_intercom.paging import Page, Turn
from tap_intercom.records import Reader
from tap_intercom.stream import Detail, Layout, Stream


class Inlay:
    """One child stream within its parents' records."""

    def __init__(self, output: Output) -> None:
        layout = output.stream.inline
        assert layout is not None  # noqa: S101 - asked for where the table has one
        self.output = output
        self.name = output.stream.name
        self._cursor = output.stream.parents_cursor
        self._reader = output.reader(layout)

    def read(self, parents: Sequence[bytes]) -> list[Any]:
        """Read the children of some parents as Intercom sent them."""
        children: list[Any] = []
        for parent in parents:
            children += self._reader.read(parent).records
        return children

    def wanted(self, records: Sequence[Any], turn: Turn, floor: datetime) -> list[Any]:
        """Keep the children of parents that are wanted from a page and were updated at or after `floor`."""
        times = [getattr(record, self._cursor) if self._cursor else None for record in records]
        return [
            record
            for record, time in zip(records, times, strict=True)
            if turn.wants(time) and (time is None or time >= floor)
        ]


def outline_of(stream: Stream, details: Sequence[Detail]) -> Reader:
    """Make a reader that reads of a parent only what its children need, whatever is selected of the parent itself."""
    fields: dict[str, Any] = {
        "id": {"type": "string"},
        "updated_at": {"type": ["null", "string"], "format": "date-time"},
        **{field: {"type": ["null", "string"]} for detail in details for field in detail.only},
    }
    layout = Layout(records_at=stream.layout.records_at)
    return Reader(layout, {"type": "object", "properties": fields}, watch=False)


def read_with(reader: Reader, inlays: Sequence[Inlay], outline: Reader | None, body: bytes) -> Page:
    """Read an answer, the children within its records, and what other children have to know of them."""
    page = reader.read(body)
    if outline is not None:
        page.outlines = {record.id: record for record in outline.read(body).records}
    if inlays:
        parents = reader.raw(body)
        page.children = {inlay.name: inlay.read(parents) for inlay in inlays}
    return page
