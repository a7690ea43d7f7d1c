"""What the operator is shown at the end of a load."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tap_intercom.load.contents import describe_contents
from tap_intercom.load.database import Database
from tap_intercom.load.loading import LoadedStream, Rows

MOMENT = datetime(2024, 5, 1, tzinfo=UTC)
CREATED = {"created_at": {"type": "string", "format": "date-time"}}


def described(path: Path, filled: Sequence[str], **fields: Any) -> list[str]:
    """Describe a database with the tables `Tag groups` and `users`, of which some have a row."""
    names = ("Tag groups", "users")
    schema = {"properties": {"id": {"type": "string"}, **fields}}
    streams = [LoadedStream(name=name, schema=schema, key=("id",), has_shared_keys=False) for name in names]
    line = b'{"id":"1","created_at":"2024-05-01T00:00:00Z"}\n'
    with Database(str(path)) as database:
        database.prepare(streams, MOMENT, lambda *_: None)
        database.load([Rows(stream=name, lines=line, keys=["1"]) for name in filled], MOMENT, lambda *_: None)
        return describe_contents(database).split("\n")


def test_an_empty_database_is_only_opened(tmp_path: Path) -> None:
    lines = described(tmp_path / "it.duckdb", [])
    assert lines[:4] == ["table       rows  new", "Tag groups     0    0", "users          0    0", ""]
    assert len(lines) == 7
    assert "-i -c" in lines[5]


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        (CREATED, "FROM users GROUP BY ALL"),
        ({}, 'SELECT * FROM "Tag groups" LIMIT 10'),
    ],
)
def test_the_query_is_about_records_by_month_or_shows_some(tmp_path: Path, fields: Any, query: str) -> None:
    path = tmp_path / "it's.duckdb"
    *_, asks, _ = described(path, ["Tag groups", "users"], **fields)
    python, option, program = shlex.split(asks)
    assert query in program.replace("\\", "")
    shown = subprocess.run([sys.executable, option, program], capture_output=True, text=True, check=True)
    assert "1" in shown.stdout
    assert python in {"python", sys.executable}


def test_duckdbs_own_program_is_named_where_it_is_installed(tmp_path: Path) -> None:
    (tmp_path / "duckdb").touch()
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{tmp_path}{os.pathsep}{before}"
    try:
        *_, opens, asks, _ = described(tmp_path / "it.duckdb", ["users"])
    finally:
        os.environ["PATH"] = before
    assert opens == f"  duckdb {tmp_path}/it.duckdb"
    assert shlex.split(asks) == [*shlex.split(opens), "SELECT * FROM users LIMIT 10"]
