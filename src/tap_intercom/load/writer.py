"""The writer that loads the output of a sync into a database (`LoadWriter`)."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter, itemgetter
from typing import Any, ClassVar, Final, Self

from tap_intercom.load.columns import ColumnType, column_type, wider_types
from tap_intercom.load.database import Database
from tap_intercom.load.loading import Activation, LoadedStream, NewState, Operation, Rows
from tap_intercom.singer.messages import encoder
from tap_intercom.singer.writer import BackgroundWriter

FIRST_BYTES: Final = 256 * 1024  # of the first transaction; each one may have four times as much as the one before
MOST_BYTES: Final = 16 * 1024 * 1024


class LoadWriter(BackgroundWriter[Operation]):
    """Loads the output of a sync into a database.

    A transaction is made of what was given before: when it is many bytes, or the first of it has waited for a minute.
    So a kill costs little, and large tables are loaded in large parts.
    """

    most_waiting_bytes: ClassVar[int] = 2 * MOST_BYTES
    longest_wait_seconds: ClassVar[float] = 60.0

    def __init__(self, database: Database, streams: Collection[LoadedStream], warn: Callable[[str, str], None]) -> None:
        """Make the tables of `streams`; `warn` is told, of a stream, what is other than one expects.

        Raises ConfigError where a stream cannot be loaded.
        """
        super().__init__()
        self.keeps_shared_keys = True
        self._database = database
        self._loaded_at = datetime.now(UTC)
        self._warn = warn
        self._least = FIRST_BYTES
        self._keys = {stream.name: stream.key for stream in streams}
        self._types: dict[str, dict[str, ColumnType]] = {
            stream.name: {field: column_type(part) for field, part in stream.schema.get("properties", {}).items()}
            for stream in streams
        }
        database.prepare(list(streams), self._loaded_at, warn)

    @property
    def least_bytes(self) -> int:
        """How many bytes the next transaction waits for."""
        return self._least

    def write(self, items: Sequence[Operation]) -> None:
        """Load what was given, in one transaction. Raises OutputError."""
        self._database.load(items, self._loaded_at, self._warn_from_thread)
        self._least = min(self._least * 4, MOST_BYTES)

    async def schema(
        self, stream: str, schema: Mapping[str, Any], key: Sequence[str], replication_key: str | None
    ) -> None:
        """Do nothing: the tables were made in the beginning."""

    async def records(
        self,
        stream: str,
        records: Sequence[Any],
        extracted: datetime,  # noqa: ARG002 - all rows of a run have its time
        version: int | None = None,
    ) -> None:
        """Load records; mapped ones may have values that no schema has promised."""
        if not records:
            return
        lines, key = encoder.encode_lines(records), self._keys[stream]
        is_mapped = isinstance(records[0], dict)
        types = wider_types(records, self._types[stream]) if is_mapped else {}
        keys = map(itemgetter(*key) if is_mapped else attrgetter(*key), records)
        await self.put(Rows(stream=stream, lines=lines, keys=list(keys), version=version, types=types), len(lines))

    async def activate(self, stream: str, version: int) -> None:
        """Delete the rows of other versions, when all that was given before is loaded."""
        await self.put(Activation(stream, version), 0)

    async def state(self, value: Mapping[str, Any]) -> None:
        """Keep the state with what was given before."""
        await self.put(NewState(value), 0)

    async def given_state(self, value: Mapping[str, Any]) -> None:
        """Do nothing: the state of the database stands until something is loaded."""

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return await super().__aenter__()

    def _warn_from_thread(self, stream: str, message: str) -> None:
        self._loop.call_soon_threadsafe(self._warn, stream, message)
