"""Finds the records of a child stream that lie within the records of its parent, without asking for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tap_intercom.output import Output
from tap_intercom.paging import Page
from tap_intercom.records import Reader


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

    def between(self, records: Sequence[Any], since: datetime, until: datetime | None) -> list[Any]:
        """Keep the children of parents that were updated at or after `since` and, if it is given, before `until`."""
        if self._cursor is None:
            return list(records)
        times = [getattr(record, self._cursor) for record in records]
        return [
            record
            for record, time in zip(records, times, strict=True)
            if time is None or (time >= since and (until is None or time < until))
        ]


def read_with(reader: Reader, inlays: Sequence[Inlay], body: bytes) -> Page:
    """Read an answer, and the children within its records."""
    page = reader.read(body)
    if inlays:
        parents = reader.raw(body)
        page.children = {inlay.name: inlay.read(parents) for inlay in inlays}
    return page
