"""Streams whose records are some of those of another stream: users and leads are contacts. One reading gives all."""

from collections.abc import Callable, Sequence
from typing import Any

from tap_intercom.pagination.model import Page
from tap_intercom.stream_io.stream_output import StreamOutput


class Part:
    """One such stream: it takes the records with certain values from the pages of the other, in its own columns.

    A record in which that field is of no kind is told of once, and belongs to no part.
    """

    def __init__(self, output: StreamOutput) -> None:
        self.output = output
        self.name = output.stream.name
        self._values = output.stream.part_values
        self._reader = output.reader(output.stream.layout)
        self._has_warned = False

    def read(self, raw_records: Sequence[bytes], outlines: Page) -> list[Any]:
        """Read the records of a page; `outlines` are what an ExtentReader read of all of them."""
        chosen = [
            raw_records[place]
            for place, outline in zip(outlines.record_places, outlines.records, strict=True)
            if self._is_part(outline)
        ]
        if not chosen:
            return []
        body = b"[" + b",".join(chosen) + b"]"
        for key in reversed(self.output.stream.layout.records_at):
            body = b'{"%s":%s}' % (key.encode(), body)
        return self._reader.read(body).records

    def _is_part(self, outline: Any) -> bool:
        for field, values in self._values.items():
            value = getattr(outline, field)
            if value is None:
                self._warn(outline.id, field)
            if value not in values:
                return False
        return True

    def _warn(self, identifier: str, field: str) -> None:
        self.output.is_whole = False
        if not self._has_warned:
            self._has_warned = True
            self.output.warn(f"{identifier} and perhaps others have no {field}, so they are in no such stream")


def read_parts(
    parts: Sequence[Part], raw: Callable[[bytes], list[bytes]], body: bytes, outlines: Page
) -> dict[str, list[Any]]:
    """Read the records of each part, by its name; `raw` gives the JSON of each record of a page."""
    raw_records = raw(body) if parts else []
    return {part.name: part.read(raw_records, outlines) for part in parts}
