"""Child streams of links whose ids the parent holds, while a list of its own says what they lead to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tap_intercom.api.types import Refused
from tap_intercom.errors import ContractError, Unavailable
from tap_intercom.records.list_extent import ids_in
from tap_intercom.relations.linked_records import LinkedRecords
from tap_intercom.stream_io.context import RunContext, StreamClient
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.model import Stream


class LinkedChildren:
    """One such child stream: it writes the links of parents that hold all of their ids, without a request for each.

    The list of what they lead to is read once, when the first link is met. Where it cannot be read, one line says so,
    and nothing is written: the parents are to be asked one by one. So are those with an id that the list does not have.
    """

    def __init__(self, output: StreamOutput, context: RunContext) -> None:
        detail = output.stream.detail
        assert detail is not None  # noqa: S101 - asked for where the table has one
        self.output = output
        self.name = output.stream.name
        self._lists = detail.inline_lists
        self._monitor = context.monitor
        self._records = LinkedRecords(output, StreamClient(context.client, context.monitor, self.name))
        self._is_asked = False

    async def write(self, outlines: Sequence[Any], served: datetime) -> set[str]:
        """Write the links of parents, as an ExtentReader read these; give the ids of those that need no request."""
        links = {outline.id: (outline, ids_in(outline, self._lists)) for outline in outlines}
        if any(ids for _, ids in links.values()):
            await self._read()
        rows: list[Any] = []
        held = set()
        for identifier, (outline, ids) in links.items():
            found = None if ids is None else self._records.rows(ids, identifier, outline.updated_at)
            if found is not None:
                rows += found
                held.add(identifier)
        await self.output.write(rows, served)
        return held

    async def _read(self) -> None:
        """Read the list of what links lead to, unless it was asked for before."""
        if self._is_asked:
            return
        self._is_asked = True
        try:
            await self._records.read()
        except (Refused, Unavailable, ContractError) as error:
            self._monitor.info(f"{self.name}: the list of what it links to cannot be read, so it is asked for: {error}")


def has_linked_children(stream: Stream) -> bool:
    """Say whether the parent of a stream holds the ids of its links, and a list has what they lead to."""
    return stream.linked is not None and stream.detail is not None and bool(stream.detail.inline_lists)
