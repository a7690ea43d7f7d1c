"""Load a whole simulated workspace into local databases, in both APIs; exit 1 unless every record arrived.

Everything is the real thing but Intercom: the command line that an operator would type, and counts that are read back
from the databases, beside those that the simulator has, and on API 1.4 those of the tap's founding document. It is
written to `.demo`, or to the folder given.
"""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table

from readme_world import COUNTS
from simulated import BIN, simulator
from tool import ROOT

DEMO = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / ".demo"
LOG = DEMO / "tap.log"
QUERY = Path(__file__).with_name("demo.sql")

console = Console(highlight=False)


def main() -> int:
    """Run the demo; return the exit code."""
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir(parents=True)
    with simulator("--world", "readme") as address:
        say("A simulated Intercom listens on", address)
        former, _ = load("1.4", address)
        newest, commands = load("2.16", address)
        with urllib.request.urlopen(f"{address}/_simulator/truth?version=2.16") as answer:  # noqa: S310 - the simulator's
            expected = json.load(answer)
    complete = compare(former, COUNTS) and compare(newest, expected)
    ask(newest)
    console.print(commands, soft_wrap=True)
    say("The report of the last load:", report_of("2.16"))
    return 0 if complete else 1


def report_of(version: str) -> Path:
    """Name the report of the load in a version."""
    return DEMO / f"report-{version}.html"


def load(version: str, address: str) -> tuple[Path, str]:
    """Load the workspace in a version of the API; return the database, and the commands that are to be typed next."""
    config, database = DEMO / f"config-{version}.json", DEMO / f"intercom-{version}.duckdb"
    settings = {"access_token": "simulator-token", "start_date": "2000-01-01T00:00:00Z", "base_url": address}
    write_json(config, {**settings, "api_version": version, "report": str(report_of(version))})
    started = time.monotonic()
    with LOG.open("a") as log:
        # On a terminal the tap shows its progress; elsewhere its log lines are kept for whoever wants them.
        done = subprocess.run(
            [BIN / "tap-intercom", "--config", config, "--load", database],
            stdout=subprocess.PIPE,
            stderr=None if sys.stderr.isatty() else log,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.exit(f"the load ended with exit code {done.returncode}; the tap's log is {LOG}")
    say(f"Loading everything of API {version} took {time.monotonic() - started:.1f} s:", database)
    return database, done.stdout.partition("\n\n")[2]


def compare(path: Path, expected: Mapping[str, int]) -> bool:
    """Print what was loaded beside what is expected; return whether they are the same for every table."""
    table = Table("stream", box=box.SIMPLE_HEAD)
    for heading in ("expected", "loaded"):
        table.add_column(heading, justify="right")
    table.add_column("")
    with duckdb.connect(str(path), read_only=True) as database:
        names = [
            name for (name,) in fetch(database, "SELECT table_name FROM duckdb_tables()") if name != "_tap_intercom"
        ]
        loaded = {name: fetch(database, f'SELECT count(*) FROM "{name}"')[0][0] for name in names}  # noqa: S608 - the names are ours
    for stream in [name for name in expected if name in loaded]:
        same = loaded[stream] == expected[stream]
        table.add_row(stream, f"{expected[stream]:,}", f"{loaded[stream]:,}", "" if same else "differs")
    console.print(table)
    return bool(loaded) and loaded == {stream: expected.get(stream) for stream in loaded}


def ask(path: Path) -> None:
    """Put one question to the loaded data."""
    query = QUERY.read_text()
    question, _, _ = query.partition("\n")
    say(question.removeprefix("-- "), QUERY)
    table = Table(box=box.SIMPLE_HEAD)
    with duckdb.connect(str(path), read_only=True) as database:
        rows = fetch(database, query)
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
