"""Whether as many records of a list came as Intercom counts: what did not come may then be taken to be gone."""

from collections.abc import Sequence
from typing import Any, Final

from tap_intercom.api.types import Refused
from tap_intercom.pagination.model import Page
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Stream
from tap_intercom.sync.context import StreamClient

_OUTLINE: Final = {"type": "object", "properties": {}}
NOT_COUNTED: Final = "Intercom does not say how many there are"


class ReceivedCount:
    """The ids of the records of a stream that came in one run, to be compared with what Intercom counts.

    The count is asked for before and after: where both are the number of the different ids that came, all came, unless
    one record was created, one deleted and one passed over meanwhile.
    """

    def __init__(self, stream: Stream, client: StreamClient) -> None:
        self._shape = stream.full_read[0]
        self._reader = Reader(stream.layout, _OUTLINE, watch=False)
        self._client = client
        self._ids: set[str] = set()
        self._before: int | None = None

    async def begin(self) -> None:
        """Ask how many there are before the list is read."""
        self._before = await self._count()

    def add(self, records: Sequence[Any]) -> None:
        """Note records that came."""
        self._ids.update(record.id for record in records)

    async def unsure(self) -> str | None:
        """Say why it is not known that all came; None where it is known."""
        after = await self._count() if self._before is not None else None
        if self._before is None or after is None:
            return NOT_COUNTED
        if self._before == after == len(self._ids):
            return None
        return f"{len(self._ids)} came, and Intercom counted {self._before} before and {after} after"

    async def _count(self) -> int | None:
        try:
            page = (await self._client.ask(self._shape.sample(), self._reader.read)).value
        except Refused:
            return None
        return _exact(page)


def _exact(page: Page) -> int | None:
    """Give the count of a page: what it says, or its number of pages where each has one record."""
    if page.total_count is None and page.pages is not None and page.pages.per_page != 1:
        return None
    return page.total
