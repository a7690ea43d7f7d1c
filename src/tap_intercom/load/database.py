"""The DuckDB file that syncs are loaded into (`Database`): opened by one process at a time, written in transactions.

Its table `_tap_intercom` has the state, and which table and columns each stream has.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from tap_intercom.config.files import describe_file
from tap_intercom.errors import ConfigError, OutputError
from tap_intercom.load.columns import ColumnType
from tap_intercom.load.loading import OWN_TABLE, LoadedStream, Loading, Operation
from tap_intercom.load.tables import OWN_COLUMNS, Table, quoted

if TYPE_CHECKING:
    import duckdb

ENDING: Final = ".duckdb"
FORM: Final = 1  # of what this tap writes beside the streams' tables
HEADER_BYTES: Final = 3 * 4096  # of a DuckDB file; it has nothing else where the process was killed that made it
MEMORY: Final = "512MB"  # that DuckDB may use; a load that needs more gets what the machine has
SETTINGS: Final = {"autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": 2}
LOCKED: Final = re.compile(r"Could not set lock.*?(\(PID \d+\))?")
MISSING: Final = (
    '--load needs DuckDB, which is not installed; install the tap with it (for example pip install ".[duckdb]")'
)


class TableContents(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows the table of a stream has, how many of them are new in this run, and how many were deleted."""

    stream: str
    table: Table
    rows: int
    new: int
    deleted: int


class Database:
    """An open DuckDB file; a context manager that closes it. Nobody else can open it meanwhile.

    `state`: the state of the last transaction, None where there was none.
    """

    def __init__(self, path: str) -> None:
        """Open or make the file. Raises ConfigError where it cannot be used, OutputError where it is in use."""
        self.path = path
        self.state: dict[str, Any] | None = None
        self._place = describe_file(path, "database")
        self._connection = self._connect()
        self._tables: dict[str, Table] = {}
        self._fields: dict[str, frozenset[str]] = {}
        self._rows_before: dict[str, int] = {}
        self._deleted: dict[str, int] = {}
        try:
            with self._transaction():
                self._read_own_table()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was committed is in it."""
        with suppress(self._error):
            self._connection.close()

    def prepare(self, streams: Sequence[LoadedStream], loaded_at: datetime, warn: Callable[[str, str], None]) -> None:
        """Make the tables of streams, or change them to what the schemas say.

        `warn` is told, of a stream, what is other than one expects. Raises ConfigError where a stream cannot be loaded,
        OutputError where the database cannot be written.
        """
        with self._transaction():
            loading = Loading(self._connection, self._tables, {}, loaded_at, warn)
            for stream in streams:
                loading.prepare(stream)
            self._write_tables(loading)
        self._tables, self._fields = loading.tables, loading.fields
        self._rows_before = {name: self._count(table) for name, table in self._tables.items()}

    def load(self, operations: Sequence[Operation], loaded_at: datetime, warn: Callable[[str, str], None]) -> None:
        """Apply operations and keep the state that is among them, all in one transaction. Raises OutputError."""
        from duckdb import OutOfMemoryException  # noqa: PLC0415 - optional

        try:
            self._load(operations, loaded_at, warn)
        except OutputError as error:
            if not isinstance(error.__cause__, OutOfMemoryException):
                raise
            self._connection.execute("RESET memory_limit")
            self._load(operations, loaded_at, warn)

    def _load(self, operations: Sequence[Operation], loaded_at: datetime, warn: Callable[[str, str], None]) -> None:
        with self._transaction():
            loading = Loading(self._connection, self._tables, self._fields, loaded_at, warn)
            state = loading.apply(operations)
            self._write_tables(loading)
            if state is not None:
                self._write("state", state)
        self._tables, self._fields = loading.tables, loading.fields
        for stream, count in loading.deleted.items():
            self._deleted[stream] = self._deleted.get(stream, 0) + count

    def contents(self) -> list[TableContents]:
        """Say what is in the database now."""
        contents = []
        for stream, table in self._tables.items():
            rows, deleted = self._count(table), self._deleted.get(stream, 0)
            new = rows + deleted - self._rows_before.get(stream, 0)
            contents.append(TableContents(stream=stream, table=table, rows=rows, new=max(0, new), deleted=deleted))
        return contents

    def _count(self, table: Table) -> int:
        (count,) = self._connection.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchone() or (0,)
        return int(count)

    def _connect(self) -> "duckdb.DuckDBPyConnection":
        if not self.path.endswith(ENDING) or len(Path(self.path).name) == len(ENDING):
            raise ConfigError(
                f"--load needs a file whose name ends with {ENDING} (for example --load intercom{ENDING}); for another "
                "database, pipe the output into a Singer target"
            )
        try:
            import duckdb  # noqa: PLC0415 - optional, and slow to load
        except ImportError:
            raise ConfigError(MISSING) from None
        self._error = duckdb.Error
        path = str(Path(self.path).absolute())
        try:
            try:
                connection = duckdb.connect(path, config={**SETTINGS, "memory_limit": MEMORY})
            except duckdb.IOException as error:
                if LOCKED.search(str(error)) or not _is_unfinished(path):
                    raise
                Path(path).unlink()
                connection = duckdb.connect(path, config={**SETTINGS, "memory_limit": MEMORY})
        except (duckdb.Error, OSError) as error:
            raise self._refusal(error) from error
        connection.execute("SET TimeZone = 'UTC'")
        return connection

    def _refusal(self, error: Exception) -> ConfigError | OutputError:
        if LOCKED.search(str(error)):
            pid = re.search(r"\(PID \d+\)", str(error))
            who = f"another process {pid[0]}" if pid else "another process"
            return OutputError(
                f"{self._place}: {who} has it open, and DuckDB lets one process write; close it or wait for its end, "
                "and run again"
            )
        return ConfigError(
            f"{self._place}: it cannot be opened as a DuckDB file: {_reason(error)}; give --load another name, or "
            "see to the file and its folder"
        )

    def _read_own_table(self) -> None:
        """Read the state and the tables of the streams; make the table that has them."""
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {OWN_TABLE} (part VARCHAR PRIMARY KEY, value JSON NOT NULL)"
        )
        rows = self._connection.execute(f"SELECT part, value FROM {OWN_TABLE}").fetchall()
        parts = {part: msgspec.json.decode(value) for part, value in rows}
        if parts.setdefault("form", FORM) != FORM:
            raise ConfigError(
                f"{self._place}: a newer version of this tap has written it; install that, or load into a new file"
            )
        if not rows:
            self._write("form", FORM)
        self.state = parts.get("state")
        for stream, described in parts.get("tables", {}).items():
            self._tables[stream] = self._described_table(described)

    def _described_table(self, described: dict[str, Any]) -> Table:
        """Give a table as the database has it; its columns may have been changed by others."""
        name = described["name"]
        rows = self._connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $name AND NOT internal",
            {"name": name},
        ).fetchall()
        fields = {column: field for field, column in described["renamed"].items()}
        types = {fields.get(column, column): kind for column, kind in rows if column not in OWN_COLUMNS}
        if not rows or not {*types.values()} <= {*ColumnType}:
            raise ConfigError(
                f"{self._place}: its table {name} is not as this tap made it: somebody has dropped it, or changed the "
                "type of a column; load into a new file"
            )
        return Table(
            name=name,
            key=tuple(described["key"]),
            is_unique=described["is_unique"],
            columns={field: described["renamed"].get(field, field) for field in types},
            types={field: ColumnType(kind) for field, kind in types.items()},
        )

    def _write_tables(self, loading: Loading) -> None:
        if loading.tables != self._tables:
            described = {
                stream: {"name": table.name, "key": table.key, "is_unique": table.is_unique, "renamed": table.renamed}
                for stream, table in loading.tables.items()
            }
            self._write("tables", described)

    def _write(self, part: str, value: object) -> None:
        self._connection.execute(
            f"INSERT INTO {OWN_TABLE} VALUES ($part, $value) ON CONFLICT DO UPDATE SET value = excluded.value",
            {"part": part, "value": msgspec.json.encode(value).decode()},
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit what is done within; undo all of it where that fails. Raises OutputError."""
        try:
            self._connection.execute("BEGIN")
            yield
            self._connection.execute("COMMIT")
        except (self._error, OSError) as error:
            with suppress(self._error):
                self._connection.execute("ROLLBACK")
            raise OutputError(
                f"{self._place}: it cannot be written: {_reason(error)}. Make room or see to the file; it has what was "
                "loaded before with its state, and the next run goes on from there."
            ) from error
        except BaseException:
            with suppress(self._error):
                self._connection.execute("ROLLBACK")
            raise


def _reason(error: Exception) -> str:
    """Give what DuckDB or the machine says, in one line and without the kind of error."""
    said = getattr(error, "strerror", None) or str(error).partition("\n")[0].rstrip(". ")
    return re.sub(r"^[\w /-]+ Error: ", "", said)


def _is_unfinished(path: str) -> bool:
    """Say whether a file is one that DuckDB has begun to make, and nothing is in it yet."""
    try:
        if Path(path).stat().st_size > HEADER_BYTES or Path(f"{path}.wal").exists():
            return False
        head = Path(path).read_bytes()
    except OSError:
        return False
    return not head.strip(b"\0") or head[8:12] == b"DUCK"
