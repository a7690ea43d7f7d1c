"""Fills in what the list of a stream leaves out and the detail that its children are read from tells."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tap_intercom.output import Output


class Supplement:
    """Fills `fields` of the records that `output` writes, each on its way out, ahead of the children."""

    def __init__(self, output: Output, fields: Sequence[str]) -> None:
        self._output = output
        self._fields = output.selected(fields)
        self._reader = output.reader_of(self._fields)

    @property
    def is_wanted(self) -> bool:
        """Whether any of the fields is selected."""
        return bool(self._fields)

    def fill(self, record: Any, body: bytes) -> None:
        """Take the fields from the detail of a record, where it tells them."""
        for found in self._reader.read(body).records:
            for field in self._fields:
                value = getattr(found, field)
                if value is not None:
                    setattr(record, field, value)

    async def write(self, record: Any, served: datetime) -> None:
        """Write a record, filled or not."""
        await self._output.write([record], served)
