"""What `--load` has put into a database, compared with what a Singer target would have of the same workspace."""

import json
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from conftest import Output

OWN = {"_loaded_at", "_version"}
SHARED = {"company_attributes", "contact_attributes", "conversation_attributes", "customer_attributes", "ip_allowlist"}
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


def query(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(statement).fetchall()


def columns(path: Path, table: str) -> dict[str, str]:
    statement = f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{table}'"  # noqa: S608
    return dict(query(path, statement))


def rows(path: Path, table: str) -> list[dict[str, Any]]:
    """Give the rows of a table, sorted: times as microseconds, JSON as its value with every digit, null left out."""
    kinds = {name: kind for name, kind in columns(path, table).items() if name not in OWN}
    told = ", ".join(
        f'epoch_us("{name}")' if kind == "TIMESTAMP WITH TIME ZONE" else f'"{name}"' for name, kind in kinds.items()
    )
    found = []
    for row in query(path, f'SELECT {told} FROM "{table}" ORDER BY ALL'):  # noqa: S608
        values = zip(kinds.items(), row, strict=True)
        found.append(
            {
                name: json.loads(value, parse_float=Decimal) if kind == "JSON" else value
                for (name, kind), value in values
                if value is not None
            }
        )
    return found


def as_loaded(record: dict[str, Any], kinds: dict[str, str]) -> dict[str, Any]:
    """Give a record of a Singer message as `rows` would give it."""
    told = {}
    for name, value in record.items():
        if value is None:
            continue
        if kinds[name] == "TIMESTAMP WITH TIME ZONE":
            told[name] = round((datetime.fromisoformat(value) - EPOCH).total_seconds() * 1_000_000)
        else:
            told[name] = float(value) if kinds[name] == "DOUBLE" else value
    return told


def unlike(path: Path, *outputs: Output, ignoring: Collection[str] = ()) -> list[str]:
    """Name what is not in the tables as a target would have it of several outputs, one after the other."""
    keys: dict[str, list[str]] = {}
    given: dict[str, list[tuple[int | None, dict[str, Any]]]] = {}
    for message in (json.loads(line, parse_float=Decimal) for output in outputs for line in output.lines):
        stream = message.get("stream")
        if message["type"] == "SCHEMA":
            keys[stream] = message["key_properties"]
        elif message["type"] == "RECORD":
            given.setdefault(stream, []).append((message.get("version"), message["record"]))
        elif message["type"] == "ACTIVATE_VERSION":
            given[stream] = [one for one in given.get(stream, []) if one[0] == message["version"]]
    return [
        f"{stream}: {difference}"
        for stream, key in keys.items()
        if stream not in ignoring
        for difference in _differences(path, stream, key, [record for _, record in given.get(stream, [])])
    ]


def _differences(path: Path, stream: str, key: list[str], records: list[dict[str, Any]]) -> list[str]:
    kinds = columns(path, stream)
    wanted = [as_loaded(record, kinds) for record in records]
    if stream not in SHARED:
        wanted = list({tuple(record[field] for field in key): record for record in wanted}.values())
    found = rows(path, stream)
    unwanted, missing = _others(found, wanted, key), _others(wanted, found, key)
    count = [f"{len(found)} rows of {len(wanted)}"] if len(found) != len(wanted) and stream not in SHARED else []
    return [*count, *(f"not wanted: {row}" for row in unwanted), *(f"missing: {row}" for row in missing)]


def _others(these: list[dict[str, Any]], those: list[dict[str, Any]], key: list[str]) -> list[dict[str, Any]]:
    known: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in those:
        known.setdefault(tuple(row[field] for field in key), []).append(row)
    return [row for row in these if row not in known.get(tuple(row[field] for field in key), [])][:2]
