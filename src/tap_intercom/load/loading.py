"""What is done within one transaction (`Loading`): tables and columns are made and changed, rows loaded and deleted."""

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tap_intercom.errors import ConfigError, OutputError
from tap_intercom.load.columns import ColumnType, column_type, common_type, free_name
from tap_intercom.load.json_lines import add_members, is_exact, long_numbers, rename_members
from tap_intercom.load.tables import DROP_BATCH, Table
from tap_intercom.redaction import quote_name, quote_names

if TYPE_CHECKING:
    import duckdb

OWN_TABLE: Final = "_tap_intercom"
OTHER_NAME: Final = (
    "{} is {} in the database: its own name is taken, and names that differ only in upper and lower case are one there"
)


class LoadedStream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream that is loaded; `has_shared_keys`: several records may have the same key."""

    name: str
    schema: Mapping[str, Any]
    key: tuple[str, ...]
    has_shared_keys: bool


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """Records of a stream as lines of JSON.

    `keys`: the key of each. `version`: the version of the read that they are of, where it has one. `types`: of columns
    that need another type than the schema says.
    """

    stream: str
    lines: bytes
    keys: Sequence[Any]
    version: int | None = None
    types: Mapping[str, ColumnType] = {}


class Activation(msgspec.Struct, frozen=True):
    """All records of the stream have come with this version; rows of others are gone."""

    stream: str
    version: int


class NewState(msgspec.Struct, frozen=True):
    """The state behind what was given before it."""

    value: Mapping[str, Any]


Operation = Rows | Activation | NewState


class Loading:
    """One transaction: the operations of a sync, applied to the tables of the database.

    `tables`: those of the streams, by name; after the transaction, what became of them. `fields`: those that each
    stream has in this run; other columns keep their values. `deleted`: how many rows of each stream were deleted since
    Intercom has them no more.
    """

    def __init__(
        self,
        connection: "duckdb.DuckDBPyConnection",
        tables: Mapping[str, Table],
        fields: Mapping[str, frozenset[str]],
        loaded_at: datetime,
        warn: Callable[[str, str], None],
    ) -> None:
        self.tables = dict(tables)
        self.fields = dict(fields)
        self.deleted: dict[str, int] = {}
        self._connection = connection
        self._loaded_at = loaded_at
        self._warn = warn
        self._waiting: dict[str, list[Rows]] = {}

    def apply(self, operations: Sequence[Operation]) -> Mapping[str, Any] | None:
        """Apply the operations in their order, rows of a stream together; give the last state, if there is one."""
        state = None
        for operation in operations:
            match operation:
                case Rows():
                    self._take(operation)
                case NewState():
                    state = operation.value
                case Activation():
                    self._load(operation.stream)
                    self._delete_other_versions(operation)
        for stream in list(self._waiting):
            self._load(stream)
        return state

    def _take(self, rows: Rows) -> None:
        waiting = self._waiting.setdefault(rows.stream, [])
        if waiting and waiting[-1].version != rows.version:
            self._load(rows.stream)
        self._waiting.setdefault(rows.stream, []).append(rows)

    def _delete_other_versions(self, activation: Activation) -> None:
        table = self.tables[activation.stream]
        gone = self._fetch(table.delete_other_versions(), version=activation.version)
        self.deleted[activation.stream] = self.deleted.get(activation.stream, 0) + gone

    def prepare(self, stream: LoadedStream) -> None:
        """Make the table of a stream, or change it to what its schema says.

        Raises ConfigError where the stream cannot have a table, or not the one that there is.
        """
        name, key, is_unique = stream.name, stream.key, not stream.has_shared_keys
        types = {field: column_type(schema) for field, schema in stream.schema.get("properties", {}).items()}
        self.fields[name] = frozenset(types)
        if not key:
            raise ConfigError(
                f"{quote_name(name)} has no key, by which rows are replaced, so it cannot be loaded; keep its key in "
                "stream_maps, or deselect it"
            )
        known = self.tables.get(name)
        if known is None:
            table = Table(name=self._new_name(name), key=key, is_unique=is_unique).with_columns(types)
            self._connection.execute(table.create())
            self.tables[name] = table
            self._tell_names(name, table, table.columns)
            if table.name != name:
                self._warn(name, OTHER_NAME.format("the stream", quote_name(table.name)))
            return
        if (known.key, known.is_unique) != (key, is_unique):
            raise ConfigError(
                f"{quote_name(name)} has the key {quote_names(key)}, and its table {quote_name(known.name)} was made "
                f"for {quote_names(known.key)}; load into a new file"
            )
        self._widen(name, types)

    def _new_name(self, stream: str) -> str:
        """Give the name of a new table. Raises ConfigError where somebody else has made one of the name."""
        rows = self._connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
        own = [OWN_TABLE, *(table.name for table in self.tables.values())]
        name = free_name(stream, own)
        if name.casefold() in {str(found).casefold() for (found,) in rows}:
            raise ConfigError(
                f"the database has a table {quote_name(name)} that this tap did not make; rename it, or load into "
                "another file"
            )
        return name

    def _tell_names(self, stream: str, table: Table, fields: Collection[str]) -> None:
        """Tell which names DuckDB takes for others, and what they are instead."""
        for field in fields:
            if table.columns[field] != field:
                self._warn(
                    stream, OTHER_NAME.format(f"the field {quote_name(field)}", quote_name(table.columns[field]))
                )

    def _widen(self, stream: str, types: Mapping[str, ColumnType]) -> None:
        """Add the columns that are missing, and change those that do not hold values of these types."""
        table = self.tables[stream]
        added = {field: kind for field, kind in types.items() if field not in table.columns}
        self.fields[stream] |= types.keys()
        table = table.with_columns(added)
        for field in added:
            self._connection.execute(table.add_column(field))
        self._tell_names(stream, table, added)
        for field, wanted in types.items():
            held = table.types[field]
            kind = common_type(held, wanted)
            if kind != held:
                table = self._change_type(stream, table, field, kind)
        self.tables[stream] = table

    def _change_type(self, stream: str, table: Table, field: str, kind: ColumnType) -> Table:
        held = table.types[field]
        if held is ColumnType.BIGINT and kind is ColumnType.DOUBLE and self._fetch(table.count_inexact(field)):
            kind = ColumnType.JSON
        if field in table.key:
            raise OutputError(
                f"the key {quote_name(field)} of {quote_name(stream)} was {held} when its table was made, and has "
                "other values now; load it into a new file, or drop the table and its bookmark"
            )
        self._connection.execute(table.change_type(field, kind))
        column = quote_name(table.columns[field])
        self._warn(stream, f"the column {column} was {held} and is {kind} now, for it has to hold other values too")
        return table.with_columns({field: kind})

    def _load(self, stream: str) -> None:
        """Put the rows of a stream that wait into its table."""
        several = self._waiting.pop(stream, [])
        for rows in several:
            self._widen(stream, rows.types)
        if several:
            lines, exact = self._prepared_lines(stream, b"".join(rows.lines for rows in several))
            table, stamps = (
                self.tables[stream].narrowed(self.fields[stream]),
                {"loaded_at": self._loaded_at, "version": several[0].version},
            )
            keys = [key for rows in several for key in rows.keys]
            has_duplicates = table.is_unique and len(set(keys)) < len(keys)
            with tempfile.TemporaryFile() as file:
                file.write(lines)
                file.flush()
                longest = max(len(rows.lines) for rows in several)
                if exact or table.renamed:  # a line may have become longer
                    longest = max(map(len, lines.split(b"\n")))
                source = table.source(f"/dev/fd/{file.fileno()}", exact, longest, has_duplicates=has_duplicates)
                self._insert(table, source, stamps)

    def _insert(self, table: Table, source: str, stamps: Mapping[str, Any]) -> None:
        if table.is_unique:
            self._connection.execute(table.upsert(source), stamps)
        else:
            self._connection.execute(table.make_batch(source))
            self._connection.execute(table.delete_groups(), {"loaded_at": self._loaded_at})
            self._connection.execute(table.insert_batch(), stamps)
            self._connection.execute(DROP_BATCH)

    def _prepared_lines(self, stream: str, lines: bytes) -> tuple[bytes, dict[str, str]]:
        """Give the lines as their table reads them, and by column the members that have the exact JSON of values."""
        if renamed := self.tables[stream].renamed:
            lines = rename_members(lines, renamed)
        table = self.tables[stream]
        fields = {column: field for field, column in table.columns.items()}
        kinds = {column: table.types[field] for column, field in fields.items()}
        columns = [column for column, kind in kinds.items() if kind in {ColumnType.JSON, ColumnType.DOUBLE}]
        found = {
            number: {
                column: text for column, text in texts.items() if kinds[column] is ColumnType.JSON or not is_exact(text)
            }
            for number, texts in long_numbers(lines, columns)
        }
        inexact = dict.fromkeys(column for texts in found.values() for column in texts)
        self._widen(stream, {fields[column]: ColumnType.JSON for column in inexact})
        exact = {column: free_name(f"exact_{place}", kinds) for place, column in enumerate(inexact)}
        texts = {number: {exact[column]: text for column, text in texts.items()} for number, texts in found.items()}
        return add_members(lines, texts), exact

    def _fetch(self, statement: str, **parameters: object) -> int:
        """Give the number that a statement has for its only answer."""
        (number,) = self._connection.execute(statement, parameters or None).fetchone() or (0,)
        return int(number)
