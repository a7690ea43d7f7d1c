"""Targets that people use today: what they wrote is what Intercom holds."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

from conftest import Simulator
from record_checks import unfaithful
from shell import Shell

SYNC = "tap-intercom --config config.json --catalog catalog.json"


def test_target_jsonl_writes_every_record_as_intercom_has_it(shell: Shell, simulator: Simulator) -> None:
    shell.install("target-jsonl")
    shell.run(f"{SYNC} | target-jsonl > state.json")
    written = {file.name.split("-")[0]: file.read_text() for file in shell.folder.glob("*.jsonl")}
    assert {stream: text.count("\n") for stream, text in written.items()} == simulator.counts()
    for stream, text in written.items():
        rows = [json.loads(line) for line in text.split("\n") if line]
        assert not unfaithful(stream, simulator.truth(stream), rows)


def test_a_target_made_with_meltanos_sdk_writes_every_record(shell: Shell, simulator: Simulator) -> None:
    csv.field_size_limit(sys.maxsize)
    shell.install("meltanolabs-target-csv")
    shell.run(f"{SYNC} | target-csv > state.json")
    counts = {
        file.stem: sum(1 for _ in csv.DictReader(StringIO(file.read_text(), newline="")))
        for file in shell.folder.glob("*.csv")
    }
    assert counts == simulator.counts()


def test_flat_records_are_loaded_with_all_their_columns(shell: Shell) -> None:
    csv.field_size_limit(sys.maxsize)
    shell.install("meltanolabs-target-csv")
    flat = {"api_version": "2.16", "flattening_enabled": True, "flattening_max_depth": 2}
    shell.write("config.json", {**json.loads(shell.read("config.json")), **flat})
    shell.run("tap-intercom --config config.json --discover > catalog.json")
    shell.run(f"{SYNC} > output.jsonl; target-csv < output.jsonl > state.json")
    messages = [json.loads(line) for line in shell.read("output.jsonl").split("\n") if line]
    columns = {one["stream"]: one["schema"]["properties"] for one in messages if one["type"] == "SCHEMA"}
    sent: dict[str, list[dict[str, Any]]] = {}
    for one in messages:
        if one["type"] == "RECORD":
            sent.setdefault(one["stream"], []).append(one["record"])
    for stream, records in sent.items():
        loaded = list(csv.DictReader(StringIO(shell.read(f"{stream}.csv"), newline="")))
        assert {frozenset(row) for row in loaded} == {frozenset(columns[stream])}
        # The target writes times in another form.
        alike = [name for name, schema in columns[stream].items() if "format" not in schema]
        assert sorted(told(row, alike) for row in loaded) == sorted(told(record, alike) for record in records), stream
    assert any(name.startswith("custom_attributes__") for name in columns["contacts"])


def told(row: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Give what a row says in these columns, in the words of a file, where a line ends in one way."""
    values = (row[name] for name in names)
    return ["" if value is None else re.sub(r"\r\n?", "\n", str(value)) for value in values]


def test_a_target_that_knows_versions_takes_them(shell: Shell, simulator: Simulator) -> None:
    shell.install("target-stitch")
    shell.write("config.json", {**json.loads(shell.read("config.json")), "activate_version": True})
    shell.write("target_config.json", {"client_id": 1, "token": "none"})
    done = shell.run(f"{SYNC} | target-stitch --config target_config.json --dry-run > state.json")
    taken = {name: int(count) for name, count in re.findall(r"(\w+) \((\d+)\): Batch is valid", done.stderr)}
    whole = {"admins", "company_attributes", "customer_attributes", "tags", "teams"}
    assert {name: taken[name] for name in whole} == {name: simulator.counts()[name] + 1 for name in whole}
