"""What the operator is shown after a load: the tables that the database has now, and the next commands to type."""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tap_intercom.load.columns import ColumnType
from tap_intercom.load.database import Database, TableContents
from tap_intercom.load.tables import quoted
from tap_intercom.observability.text_table import aligned

DATED: Final = (
    "conversations",
    "tickets",
    "contacts",
    "users",
    "leads",
    "companies",
)  # by month, the first that there is
CREATED: Final = "created_at"


def describe_contents(database: Database) -> str:
    """Describe the contents of a database, with a command that opens it and one that asks it something."""
    contents = database.contents()
    filled = [table for table in contents if table.rows]
    commands = [open_command(database.path)]
    if filled:
        commands.append(query_command(database.path, question(filled)))
    return "\n".join([*_table(contents), "", "Next:", *(f"  {command}" for command in commands), ""])


def _table(contents: Sequence[TableContents]) -> list[str]:
    heads = ["table", "rows", "new", "deleted"]
    rows = [[one.table.name, f"{one.rows:,}", f"{one.new:,}", f"{one.deleted:,}"] for one in contents]
    columns = 4 if any(one.deleted for one in contents) else 3
    return aligned([row[:columns] for row in (heads, *rows)], right=range(1, columns))


def question(filled: Sequence[TableContents]) -> str:
    """Give a query that makes sense for what was loaded: how many records of a stream each month has."""
    dated = {one.stream: one for one in filled if one.table.types.get(CREATED) is ColumnType.TIMESTAMP}
    for stream in DATED:
        if stream in dated:
            table = dated[stream].table
            when = f"year({CREATED}) AS year, month({CREATED}) AS month"
            return (
                f"SELECT {when}, count(*) AS {stream} FROM {_plain(table.name)} GROUP BY ALL ORDER BY ALL DESC LIMIT 12"
            )
    return f"SELECT * FROM {_plain(filled[0].table.name)} LIMIT 10"


def open_command(path: str) -> str:
    """Give the command that opens the database: DuckDB's own, or else Python with it."""
    if _found("duckdb"):
        return f"duckdb {shlex.quote(path)}"
    return _python(f"import duckdb; db = duckdb.connect({_literal(path)})", "-i")


def query_command(path: str, query: str) -> str:
    """Give the command that asks the database a query."""
    if _found("duckdb"):
        return f"duckdb {shlex.quote(path)} {shlex.quote(query)}"
    return _python(f"import duckdb; duckdb.connect({_literal(path)}).sql({_literal(query)}).show()")


def _python(program: str, *options: str) -> str:
    """Give a command for the Python that has DuckDB: by its name, where the shell finds this one under it."""
    python = "python" if _found("python") == Path(sys.executable) else sys.executable
    return shlex.join([python, *options, "-c", program])


def _found(program: str) -> Path | None:
    """Find a program as a shell does; None where there is none of the name."""
    places = (Path(folder, program) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)
    return next((place for place in places if place.is_file()), None)


def _literal(text: str) -> str:
    """Write a text as Python reads it, in double quotes: the program stands in single quotes."""
    return msgspec.json.encode(text).decode()


def _plain(name: str) -> str:
    """Write a name as SQL reads it, without quotes where none are needed."""
    return name if name.isidentifier() and name.isascii() else quoted(name)
