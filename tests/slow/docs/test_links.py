"""The page on behaviour about links: its table has all of them, and its statements remove those that are gone."""

import re
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Output, Simulator, Tap
from record_checks_v2 import key_of, told
from tap_intercom.streams.table import streams_of

ROOT = Path(__file__).resolve().parents[3]
(SECTION,) = re.findall(
    r"^### Intercom does not say when a link came or went\n(.*?)^### ",
    (ROOT / "docs" / "behaviour.md").read_text(),
    re.MULTILINE | re.DOTALL,
)
BY_PARENT, BY_LOAD = re.findall(r"^```sql\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
ROWS = {row.name: row for row in streams_of("2.16")}
MODERN = {"api_version": "2.16"}
# The stream in whose records links lie, and what the simulator calls these.
RECORDS = {"contact_tags": ("contacts", "users"), "conversation_tags": ("conversations", "conversations")}
Execute = Callable[[str, Iterable[Any]], list[tuple[Any, ...]]]


def in_sqlite() -> Execute:
    database = sqlite3.connect(":memory:")
    return lambda statement, values: database.execute(statement, tuple(values)).fetchall()


def in_duckdb() -> Execute:
    database = duckdb.connect(":memory:")
    return lambda statement, values: database.execute(statement, list(values)).fetchall()


class Tables:
    """Tables of a database with the keys and times of rows, loaded by key."""

    def __init__(self, execute: Execute, names: Iterable[str]) -> None:
        self.execute = execute
        self._columns = {name: [*ROWS[name].key, times_of(name), "_sdc_extracted_at"] for name in names}
        for name, columns in self._columns.items():
            key = ", ".join(ROWS[name].key)
            execute(f"CREATE TABLE {name} ({', '.join(f'{one} TEXT' for one in columns)}, PRIMARY KEY ({key}))", ())

    def load(self, output: Output) -> None:
        for message in output.messages:
            if message["type"] == "RECORD":
                columns = self._columns[message["stream"]]
                row = {**message["record"], "_sdc_extracted_at": message["time_extracted"]}
                marks = ", ".join("?" * len(columns))
                statement = f"INSERT OR REPLACE INTO {message['stream']} VALUES ({marks})"  # noqa: S608 - names of ours
                self.execute(statement, [row[column] for column in columns])

    def keys(self, name: str) -> set[tuple[str, ...]]:
        statement = f"SELECT {', '.join(ROWS[name].key)} FROM {name}"  # noqa: S608 - names of ours
        return {tuple(map(str, row)) for row in self.execute(statement, ())}


def times_of(name: str) -> str:
    layout = ROWS[name].inline
    inherited = layout.inherit.items() if layout else ()
    return next((field for field, path in inherited if path == "updated_at"), "updated_at")


def held(simulator: Simulator, name: str) -> set[tuple[str, ...]]:
    return {key_of(ROWS[name].key, row) for row in told(ROWS[name], simulator.truth(name, "2.16"))}


def of_stream(statement: str, link: str, parent: str) -> str:
    """Give a statement for other tables than those that it is printed with."""
    prefix = next(field for field, path in (ROWS[link].inline or ROWS[link]).inherit.items() if path == "id")[:-3]
    names = {"contact_tags": link, "contacts": parent, "contact_id": f"{prefix}_id"}
    names["contact_updated_at"] = times_of(link)
    return re.sub(r"\w+", lambda found: names.get(found[0], found[0]), statement)


def test_the_table_of_links_has_every_stream_of_links() -> None:
    assert re.findall(r"^\| `(\w+)` ", SECTION, re.MULTILINE) == sorted(
        name for name, row in ROWS.items() if row.is_link
    )


@pytest.mark.parametrize("database", [in_sqlite, in_duckdb])
@pytest.mark.parametrize("link", RECORDS)
def test_links_that_lie_in_records_leave_with_the_first_statement(
    simulator: Simulator, tap: Tap, database: Callable[[], Execute], link: str
) -> None:
    parent, record = RECORDS[link]
    options = {**MODERN, "catalog": tap.catalog(link, parent, **MODERN)}
    tables = Tables(database(), [link, parent])
    first = tap(**options)
    tables.load(first)
    statement = of_stream(BY_PARENT, link, parent)
    tables.execute(statement, ())
    before = held(simulator, link)
    assert tables.keys(link) == before
    changed = {key[0] for key in before} & {one["id"] for one in simulator.truth(record)}
    simulator.advance(1000)
    for identifier in sorted(changed)[:3]:
        empty = {"type": "tag.list", "tags": []}
        simulator.change(record, identifier, tags=empty, updated_at=int(simulator.now()))
    simulator.advance(1000)
    tables.load(tap(**options, state=first.state))
    after = held(simulator, link)
    assert tables.keys(link) == before > after
    tables.execute(statement, ())
    assert tables.keys(link) == after


@pytest.mark.parametrize("database", [in_sqlite, in_duckdb])
def test_links_that_were_read_whole_leave_with_the_second_statement(
    simulator: Simulator, tap: Tap, database: Callable[[], Execute]
) -> None:
    names = ("company_tags", "conversation_tags")
    options = {**MODERN, "catalog": tap.catalog(*names, **MODERN), "relations": "whole"}
    tables = Tables(database(), names)
    first = tap(**options)
    tables.load(first)
    before = {name: held(simulator, name) for name in names}
    for name, record in (("company_tags", "companies"), ("conversation_tags", "conversations")):
        simulator.change(record, min(before[name])[0], tags={"type": "tag.list", "tags": []})
    simulator.advance(3600)
    began = datetime.fromtimestamp(simulator.now() - 300, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tables.load(tap(**options, state=first.state))
    for name in names:
        assert tables.keys(name) == before[name] > held(simulator, name)
        statement = BY_LOAD.replace("company_tags", name).replace("2026-01-01T02:00:00Z", began)
        tables.execute(statement, ())
        assert tables.keys(name) == held(simulator, name)
