"""Sync a whole simulated workspace through a Singer target into a local database; exit 1 unless every record arrived.

Everything on the way is the real thing but Intercom: the command line that an operator would type, a target from the
package index, and counts that are read back from the database. It is written to `.demo`, or to the folder given.
"""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Literal

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table

from readme_world import COUNTS
from simulated import BIN, simulator
from tool import ROOT, install

DEMO = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / ".demo"
CONFIG = DEMO / "config.json"
CATALOG = DEMO / "catalog.json"
STATE = DEMO / "state.json"
LOG = DEMO / "tap.log"
RECORDS = DEMO / "records"
DATABASE = DEMO / "intercom.duckdb"
QUERY = Path(__file__).with_name("demo.sql")

COLUMN_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR"}

console = Console(highlight=False)


def main() -> int:
    """Run the demo; return the exit code."""
    shutil.rmtree(DEMO, ignore_errors=True)
    RECORDS.mkdir(parents=True)
    target = install("target-jsonl") / "target-jsonl"
    with simulator("--world", "readme") as address:
        say("A simulated Intercom listens on", address)
        write_json(
            CONFIG,
            {"access_token": "simulator-token", "start_date": "2000-01-01T00:00:00Z", "base_url": address},
        )
        started = time.monotonic()
        discover()
        say(f"Discovery took {time.monotonic() - started:.1f} s:", CATALOG)
        started = time.monotonic()
        sync(target)
        say(f"The sync of all streams took {time.monotonic() - started:.1f} s:", RECORDS)
    catalog = json.loads(CATALOG.read_text())
    with duckdb.connect(str(DATABASE)) as database:
        for stream in catalog["streams"]:
            load(database, stream)
        complete = compare(database, {stream["stream"]: stream["key_properties"] for stream in catalog["streams"]})
        ask(database)
    say("The database, readable by anything that reads DuckDB:", DATABASE)
    say("The state that the next sync would start from:", STATE)
    return 0 if complete else 1


def discover() -> None:
    """Write the catalog of everything that can be synced."""
    with CATALOG.open("w") as catalog:
        subprocess.run([BIN / "tap-intercom", "--config", CONFIG, "--discover"], stdout=catalog, check=True)


def sync(target: Path) -> None:
    """Pipe the tap into the target, as a shell would; keep the last state that the target confirms."""
    write_json(DEMO / "target.json", {"destination_path": str(RECORDS), "do_timestamp_file": False})
    command = [str(BIN / "tap-intercom"), "--config", str(CONFIG), "--catalog", str(CATALOG)]
    states = DEMO / "states.jsonl"
    with LOG.open("w") as log, states.open("w") as confirmed:
        # On a terminal the tap shows its progress; elsewhere its log lines are kept for whoever wants them.
        watched = None if sys.stderr.isatty() else log
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=watched) as tap,
            subprocess.Popen(
                [str(target), "--config", str(DEMO / "target.json")], stdin=tap.stdout, stdout=confirmed
            ) as loader,
        ):
            if tap.stdout:
                tap.stdout.close()
            codes = {"tap-intercom": tap.wait(), "target-jsonl": loader.wait()}
    if any(codes.values()):
        sys.exit(f"the sync failed, with exit codes {codes}; the tap's log is {LOG}")
    STATE.write_text(states.read_text().splitlines()[-1] + "\n")


def load(database: duckdb.DuckDBPyConnection, stream: dict[str, Any]) -> None:
    """Make a table of a stream's file, with the column types that its schema promises."""
    name = stream["stream"]
    columns = {column: column_type(schema) for column, schema in stream["schema"]["properties"].items()}
    written = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    database.execute(f'CREATE TABLE "{name}" ({written})')
    file = RECORDS / f"{name}.jsonl"
    if file.exists():
        database.execute(
            f'INSERT INTO "{name}" SELECT * FROM read_json($file, format = $format, columns = $columns)',  # noqa: S608 - the stream's name is ours
            {"file": str(file), "format": "newline_delimited", "columns": columns},
        )


def column_type(schema: dict[str, Any]) -> str:
    """Name the column type for a property; objects and lists stay JSON, to be asked with `->>`."""
    branches = [branch for branch in schema.get("anyOf", [schema]) if branch.get("type") != "null"]
    kinds = branches[0]["type"]
    names = [
        COLUMN_TYPES.get(kind, "JSON") for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"
    ]
    if branches[0].get("format") == "date-time":
        return "TIMESTAMP"
    return names[0] if len(names) == 1 else "JSON"


def compare(database: duckdb.DuckDBPyConnection, keys: dict[str, list[str]]) -> bool:
    """Print what arrived beside what the document shows; return whether they are the same for every stream."""
    table = Table("stream", box=box.SIMPLE_HEAD)
    for heading in ("document", "arrived", "distinct keys"):
        table.add_column(heading, justify="right")
    table.add_column("")
    same = set(keys) == set(COUNTS)
    for stream, documented in COUNTS.items():
        key = ", ".join(f'"{column}"' for column in keys[stream])
        arrived, distinct = fetch(database, f'SELECT count(*), count(DISTINCT ({key})) FROM "{stream}"')[0]  # noqa: S608 - the names are ours
        same = same and arrived == documented
        table.add_row(
            stream, f"{documented:,}", f"{arrived:,}", f"{distinct:,}", "" if arrived == documented else "differs"
        )
    console.print(table)
    return same


def ask(database: duckdb.DuckDBPyConnection) -> None:
    """Put one question to the loaded data."""
    query = QUERY.read_text()
    question, _, _ = query.partition("\n")
    say(question.removeprefix("-- "), QUERY)
    rows = fetch(database, query)
    table = Table(box=box.SIMPLE_HEAD)
    for column in database.description or ():
        justify: Literal["right", "left"] = "right" if str(column[1]) in {"BIGINT", "DOUBLE"} else "left"
        table.add_column(column[0], justify=justify, no_wrap=True)
    for row in rows:
        table.add_row(*("-" if value is None else str(value) for value in row))
    console.print(table)


def fetch(database: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    return database.execute(query).fetchall()


def write_json(path: Path, value: object) -> None:
    """Write a file that is read by people too."""
    path.write_text(json.dumps(value, indent=2) + "\n")


def say(what: str, where: str | Path) -> None:
    """Print one line of the story; paths are shown relative to the repository."""
    shown = where.relative_to(ROOT) if isinstance(where, Path) and where.is_relative_to(ROOT) else where
    console.print(what, str(shown), soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
