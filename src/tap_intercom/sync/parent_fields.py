"""Fills in what the list of a stream leaves out and the detail that its children are read from tells."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tap_intercom.sync.stream_output import StreamOutput


class ParentFields:
    """Fills `fields` of the records that `output` writes, each on its way out, ahead of the children."""

    def __init__(self, output: StreamOutput, fields: Sequence[str]) -> None:
        """`fields` are all selected."""
        self._output = output
        self._fields = fields
        self._reader = output.reader_of(self._fields)
        self._whole = output.reader(replace(output.stream.layout, records_at=(), is_partial=True))

    def fill(self, body: bytes, record: Any, *, again: bool) -> Any:
        """Take the fields from the detail of a record, where it tells them; give the record, None where there is none.

        Where it is read `again`, and nothing else has brought the record, all of it is taken.
        """
        if again:
            (record,) = self._whole.read(body).records
        if record is None or again:
            return record
        for found in self._reader.read(body).records:
            for field in self._fields:
                value = getattr(found, field)
                if value is not None:
                    setattr(record, field, value)
        return record

    async def write(self, record: Any, served: datetime) -> None:
        """Write a record, filled or not."""
        await self._output.write([record], served)


def parent_fields_of(output: StreamOutput | None, children: Sequence[StreamOutput]) -> ParentFields | None:
    """Make what supplements the records of a stream from the detail of these children; None where nothing is wanted."""
    if output is None:
        return None
    told = {field for child in children if child.stream.detail for field in child.stream.detail.fills_parent_fields}
    fields = output.selected(sorted(told))
    return ParentFields(output, fields) if fields else None
