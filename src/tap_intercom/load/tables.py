"""The table of a stream (`Table`), and the SQL that makes, changes, fills and empties it."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from tap_intercom.load.columns import ColumnType, free_name

LOADED_AT: Final = "_loaded_at"
VERSION: Final = "_version"
OWN_COLUMNS: Final = {LOADED_AT: ColumnType.TIMESTAMP, VERSION: ColumnType.BIGINT}
BATCH: Final = "temp._tap_intercom_batch"
DROP_BATCH: Final = f"DROP TABLE {BATCH}"
LEAST_OBJECT_BYTES: Final = 1024 * 1024  # DuckDB's buffers have twice the size of the longest line
# As the tap writes times: the fraction only where there is one.
_TIME_AS_TEXT: Final = "regexp_replace(strftime({} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ'), '\\.000000Z$', 'Z')"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """The table of a stream, as it is in the database.

    `columns`: the name of the column of each field, and `types` its type. `key`: the fields of the key. `is_unique`:
    whether no two rows have the same key; otherwise the rows of a run that share one stand side by side.
    """

    name: str
    key: tuple[str, ...]
    is_unique: bool = True
    columns: dict[str, str] = {}
    types: dict[str, ColumnType] = {}

    def with_columns(self, types: Mapping[str, ColumnType]) -> "Table":
        """Give the table with columns of these types, new ones or others than before."""
        columns = dict(self.columns)
        for field in types:
            if field not in columns:
                columns[field] = free_name(field, [*OWN_COLUMNS, *columns.values()])
        return msgspec.structs.replace(self, columns=columns, types={**self.types, **types})

    def narrowed(self, fields: Collection[str]) -> "Table":
        """Give the table with the columns of these fields only."""
        columns = {field: column for field, column in self.columns.items() if field in fields}
        return msgspec.structs.replace(self, columns=columns, types={field: self.types[field] for field in columns})

    @property
    def key_columns(self) -> list[str]:
        """The columns of the key."""
        return [self.columns[field] for field in self.key]

    @property
    def renamed(self) -> dict[str, str]:
        """The columns with another name than their field."""
        return {field: column for field, column in self.columns.items() if field != column}

    def create(self) -> str:
        """Make the table."""
        columns = {**{self.columns[field]: kind for field, kind in self.types.items()}, **OWN_COLUMNS}
        parts = [f"{quoted(name)} {kind}" for name, kind in columns.items()]
        if self.is_unique:
            parts.append(f"PRIMARY KEY ({quoted_list(self.key_columns)})")
        return f"CREATE TABLE {quoted(self.name)} ({', '.join(parts)})"

    def add_column(self, field: str) -> str:
        """Add the column of a field."""
        return f"ALTER TABLE {quoted(self.name)} ADD COLUMN {quoted(self.columns[field])} {self.types[field]}"

    def change_type(self, field: str, kind: ColumnType) -> str:
        """Change the type of a column, and its values with it."""
        column = quoted(self.columns[field])
        value = _TIME_AS_TEXT.format(column) if self.types[field] is ColumnType.TIMESTAMP else column
        if kind is ColumnType.JSON:
            value = f"to_json({value})"
        return f"ALTER TABLE {quoted(self.name)} ALTER {column} TYPE {kind} USING {value}"

    def count_inexact(self, field: str) -> str:
        """Count the integers of a column that a DOUBLE does not hold."""
        column = quoted(self.columns[field])
        return f"SELECT count(*) FROM {quoted(self.name)} WHERE {column}::DOUBLE::HUGEINT <> {column}"

    def source(self, path: str, exact: Mapping[str, str], longest: int, *, has_duplicates: bool) -> str:
        """Select the rows in a file of JSON lines: the last of those with the same key, where it `has_duplicates`.

        `exact`: for some columns, another member of the lines that has the JSON of their value as a text; where it is
        null, the column has its value itself. `longest`: at least the bytes of the longest line.
        """
        types = {self.columns[field]: str(kind) for field, kind in self.types.items()} | dict.fromkeys(
            exact.values(), str(ColumnType.VARCHAR)
        )
        members = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in types.items())
        values = ", ".join(
            f"coalesce({quoted(exact[name])}::JSON, {quoted(name)}) AS {quoted(name)}"
            if name in exact
            else quoted(name)
            for name in self.columns.values()
        )
        size = max(longest, LEAST_OBJECT_BYTES)
        options = f"format = 'newline_delimited', maximum_object_size = {size}, columns = {{{members}}}"
        read = f"read_json({text(path)}, {options})"
        if not has_duplicates:
            return f"SELECT {values} FROM {read}"
        line = quoted(free_name("line", types))
        return (
            f"SELECT {values} FROM (SELECT *, row_number() OVER () AS {line} FROM {read}) "
            f"QUALIFY {line} = max({line}) OVER (PARTITION BY {quoted_list(self.key_columns)})"
        )

    def upsert(self, source: str) -> str:
        """Insert rows with different keys, each in the place of one with its key."""
        columns = [*self.columns.values(), *OWN_COLUMNS]
        key = self.key_columns
        changes = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in columns if name not in key)
        return (
            f"INSERT INTO {quoted(self.name)} ({quoted_list(columns)}) "
            f"SELECT *, $loaded_at, $version FROM ({source}) ON CONFLICT DO UPDATE SET {changes}"
        )

    def make_batch(self, source: str) -> str:
        """Make a temporary table of rows of which several may have the same key."""
        return f"CREATE TEMPORARY TABLE {BATCH} AS {source}"

    def delete_groups(self) -> str:
        """Delete what earlier runs loaded with the keys of the batch."""
        key = quoted_list(self.key_columns)
        return (
            f"DELETE FROM {quoted(self.name)} "
            f"WHERE {quoted(LOADED_AT)} <> $loaded_at AND ({key}) IN (SELECT ({key}) FROM {BATCH})"
        )

    def insert_batch(self) -> str:
        """Insert the rows of the batch, but for those that this run has loaded already."""
        name, columns = quoted(self.name), quoted_list(self.columns.values())
        return (
            f"INSERT INTO {name} ({columns}, {quoted_list(OWN_COLUMNS)}) SELECT *, $loaded_at, $version "
            f"FROM (SELECT {columns} FROM {BATCH} EXCEPT SELECT {columns} FROM {name})"
        )

    def delete_other_versions(self) -> str:
        """Delete the rows of all versions but one."""
        return f"DELETE FROM {quoted(self.name)} WHERE {quoted(VERSION)} IS DISTINCT FROM $version"


def quoted(name: str) -> str:
    """Write a name as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'


def quoted_list(names: Iterable[str]) -> str:
    """Write names with commas between them."""
    return ", ".join(map(quoted, names))


def text(value: str) -> str:
    """Write a text as SQL reads it."""
    return "'" + value.replace("'", "''") + "'"
