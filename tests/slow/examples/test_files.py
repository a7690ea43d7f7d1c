"""The examples that write files: everything, then what changed, one command per target."""

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Simulator
from record_checks import KEYS, unfaithful

if TYPE_CHECKING:
    from slow.examples.conftest import Example

Rows = dict[str, list[dict[str, Any]]]


def read(folder: Path, pattern: str, reader: Callable[[str], list[dict[str, Any]]]) -> Rows:
    """Read the files of every stream, the oldest first."""
    rows: Rows = {}
    for file in sorted(folder.glob(pattern)):
        rows.setdefault(file.name.partition("-")[0].partition(".")[0], []).extend(reader(file.read_text()))
    return rows


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


def table(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(StringIO(text, newline="")))


def written(here: "Example") -> dict[str, Rows]:
    return {
        "jsonl": read(here.folder / "jsonl", "*.jsonl", lines),
        "json": read(here.folder / "json", "*-*.json", lines),
        "csv": read(here.folder / "csv", "*.csv", table),
    }


def sizes(rows: Rows) -> dict[str, int]:
    return {stream: len(records) for stream, records in rows.items()}


@pytest.mark.examples
def test_each_target_writes_everything_and_then_what_changed(
    example: Callable[[str], "Example"], simulator: Simulator
) -> None:
    csv.field_size_limit(sys.maxsize)
    here = example("files")
    here.run("\n".join(here.blocks("Prepare")[0].splitlines()[-3:]))
    sync, change = here.blocks("Run")
    everything = simulator.counts()
    taken = dry(here.run(sync).stderr)
    before = written(here)
    assert {target: sizes(rows) for target, rows in before.items()} == dict.fromkeys(before, everything)
    assert taken == everything

    changed = dry(here.run(change + sync).stderr)
    after = written(here)
    added = {target: Counter(sizes(rows)) - Counter(everything) for target, rows in after.items()}
    assert added["jsonl"] == added["json"] == added["csv"] == changed
    assert changed["users"] < everything["users"]
    for stream in everything:
        truth = simulator.truth(stream)
        assert not unfaithful(stream, truth, after["jsonl"][stream])
        assert not unfaithful(stream, truth, after["json"][stream])
        key = "name" if stream in KEYS else "id"
        latest = {row[key]: row for row in after["csv"][stream]}
        assert {record[key] for record in truth} <= set(latest)


def dry(log: str) -> dict[str, int]:
    """Give what target-stitch found to be valid."""
    taken: Counter[str] = Counter()
    for name, count in re.findall(r"(\w+) \((\d+)\): Batch is valid", log):
        taken[name] += int(count)
    return dict(taken)
