"""The command lines of the tap's founding document, steps 3 to 6, as they are printed there."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conftest import Simulator, Tap
from shell import ROOT, Shell, checked

TAIL = "tail -1 state.json > state.json.tmp && mv state.json.tmp state.json"
SYNC = "tap-intercom --config tap_config.json --catalog catalog.json"
LINT = (
    "pylint tap_intercom -d missing-docstring -d logging-format-interpolation -d too-many-locals -d too-many-arguments"
)


def test_the_state_of_a_sync_without_a_target_is_taken_with_tail(shell: Shell, tap: Tap) -> None:
    shell.run(f"{SYNC} > state.json\n{TAIL}")
    first = json.loads(shell.read("state.json"))
    again = tap("--state", str(shell.folder / "state.json"))
    assert again.code == 0, again.stderr
    assert first["value"]["bookmarks"] == again.state["bookmarks"]
    assert len(again.records("conversation_parts")) < 100


def test_target_json_writes_every_record_and_its_state_goes_on(shell: Shell, simulator: Simulator, tap: Tap) -> None:
    shell.install("target-json")
    shell.run(f"{SYNC} | target-json > state.json\n{TAIL}")
    counts = {stream: len(decode_all(text)) for stream, text in files(shell.folder, "json").items()}
    assert counts == simulator.counts()
    assert_goes_on(tap, shell)


def test_target_stitch_finds_every_record_valid_and_its_state_goes_on(
    shell: Shell, simulator: Simulator, tap: Tap
) -> None:
    shell.install("target-stitch")
    shell.write("target_config.json", {"client_id": 1, "token": "none", "small_batch_url": "", "big_batch_url": ""})
    done = shell.run(f"{SYNC} | target-stitch --config target_config.json --dry-run > state.json\n{TAIL}")
    assert valid(done.stderr) == simulator.counts()
    assert_goes_on(tap, shell)


def test_singer_check_tap_accepts_every_message(shell: Shell, simulator: Simulator) -> None:
    shell.install("singer-tools")
    shell.run(f"{SYNC} | singer-check-tap > state.json")
    table = shell.read("state.json")
    assert "The output is valid." in table
    assert checked(table) == simulator.counts()
    shell.run(TAIL)


@pytest.mark.examples
def test_pylint_rates_the_package_better_than_the_document_did() -> None:
    rating = re.search(r"rated at (-?[\d.]+)/10", Shell(ROOT).run(f"{LINT} --exit-zero").stdout)
    assert rating is not None
    assert float(rating[1]) >= 9.9


def assert_goes_on(tap: Tap, shell: Shell) -> None:
    """Check that the next run takes the state that a target printed, and has next to nothing left to read."""
    bookmarks = json.loads(shell.read("state.json"))["bookmarks"]
    again = tap("--state", str(shell.folder / "state.json"))
    assert again.code == 0, again.stderr
    assert again.state["bookmarks"] == bookmarks
    assert len(again.records("conversation_parts")) < 100


def files(folder: Path, suffix: str) -> dict[str, str]:
    """Give the text of each stream's file; its name ends with the time at which the target began."""
    found = {}
    for file in folder.iterdir():
        name = re.fullmatch(rf"(\w+)-\d{{8}}T\d{{6}}\.{suffix}", file.name)
        if name:
            found[name[1]] = file.read_text()
    return found


def decode_all(text: str) -> list[Any]:
    """Decode JSON objects that stand one behind the other, as target-json writes them."""
    decoder, values, position = json.JSONDecoder(), [], 0
    while position < len(text):
        value, position = decoder.raw_decode(text, position)
        values.append(value)
    return values


def valid(log: str) -> dict[str, int]:
    """Add up the batches that target-stitch found valid."""
    counts: Counter[str] = Counter()
    for stream, count in re.findall(r"(\w+) \((\d+)\): Batch is valid", log):
        counts[stream] += int(count)
    return dict(counts)
