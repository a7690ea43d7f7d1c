"""Move what target-jsonl wrote into a DuckDB database: `python load.py catalog.json records intercom.duckdb`.

A stream is a table with the column types that the catalog promises and one row per key, the newest. Loaded files are
removed. A file that could not be removed, or that came again, is loaded again: nothing changes by that.
"""

import json
import mmap
import os
import sys
from pathlib import Path
from typing import Any

import duckdb

TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR"}


def main(catalog: str, folder: str, database: str) -> None:
    """Load the file of every stream that has one."""
    streams = json.loads(Path(catalog).read_text())["streams"]
    with duckdb.connect(database) as connection:
        for stream in streams:
            file = Path(folder) / f"{stream['stream']}.jsonl"
            if file.exists() and file.stat().st_size:
                drop_cut_off_line(file)
                (count,) = load(connection, stream, file)
                file.unlink()
                print(f"{stream['stream']}: {count:,} rows")


def drop_cut_off_line(file: Path) -> None:
    """Remove a last line without an end: the target was killed within it, and its record comes again."""
    with file.open("rb") as records, mmap.mmap(records.fileno(), 0, access=mmap.ACCESS_READ) as content:
        end = content.rfind(b"\n") + 1
    os.truncate(file, end)


def load(connection: duckdb.DuckDBPyConnection, stream: dict[str, Any], file: Path) -> tuple[Any, ...]:
    """Put the records of a file into the stream's table, and return the number of its rows."""
    table = quoted(stream["stream"])
    keys = ", ".join(map(quoted, stream["key_properties"]))
    columns = {name: column_type(schema) for name, schema in stream["schema"]["properties"].items()}
    described = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
    connection.execute("BEGIN")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({described}, PRIMARY KEY ({keys}))")
    for name, kind in columns.items():  # that a later discovery added
        connection.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {quoted(name)} {kind}")
    connection.execute(
        f"""
        INSERT OR REPLACE INTO {table} BY NAME
        SELECT * EXCLUDE (line) FROM (
            SELECT *, row_number() OVER () AS line
            FROM read_json($file, format = 'newline_delimited', columns = $columns, maximum_object_size = 67108864)
        )
        QUALIFY line = max(line) OVER (PARTITION BY {keys})
        """,
        {"file": str(file), "columns": columns},
    )
    connection.execute("COMMIT")
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone() or ()


def column_type(schema: dict[str, Any]) -> str:
    """Name the column type of a field; objects and lists stay JSON."""
    branches = [branch for branch in schema.get("anyOf", [schema]) if branch.get("type") != "null"]
    kinds = branches[0].get("type", [])
    names = {TYPES.get(kind, "JSON") for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"}
    if branches[0].get("format") == "date-time":
        return "TIMESTAMP"
    return names.pop() if len(names) == 1 else "JSON"


def quoted(name: str) -> str:
    """Write a name as SQL reads it."""
    return '"' + name.replace('"', '""') + '"'


if __name__ == "__main__":
    main(*sys.argv[1:])
