"""Records in files: the same records, and no claim before the files that it speaks of."""

import gzip
import json
import os
import resource
import signal
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from conftest import Output, Simulator, Tap
from record_checks import unfaithful

WANTED = ("users", "tags", "conversations", "conversation_parts")


def batches(folder: Path, size: int = 500, **storage: str) -> dict[str, Any]:
    encoding = {"format": "jsonl", "compression": "gzip"}
    return {"encoding": encoding, "storage": {"root": folder.as_uri(), **storage}, "batch_size": size}


def loaded(output: Output) -> dict[str, list[dict[str, Any]]]:
    """Give what a target would load: the records in the files that it was told of."""
    found: dict[str, list[dict[str, Any]]] = {}
    for message in output.messages:
        if message["type"] == "BATCH":
            assert message["encoding"] == {"format": "jsonl", "compression": "gzip"}
            for address in message["manifest"]:
                with gzip.open(url2pathname(urlsplit(address).path), "rt") as file:
                    found.setdefault(message["stream"], []).extend(map(json.loads, file))
    return found


def by_id(records: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in records}


def test_the_files_hold_what_would_have_been_messages(tap: Tap, tmp_path: Path) -> None:
    catalog = tap.catalog(*WANTED)
    plain = tap(catalog=catalog)
    output = tap(catalog=catalog, batch_config=batches(tmp_path / "files", prefix="intercom-"))
    found = loaded(output)
    assert output.counts() == {}
    assert {stream: by_id(records) for stream, records in found.items()} == {
        stream: by_id(plain.records(stream)) for stream in WANTED
    }
    assert output.state == plain.state
    files = list((tmp_path / "files").iterdir())
    assert len(files) > len(WANTED)
    assert {path.name.partition("-")[0] for path in files} == {"intercom"}


@pytest.mark.parametrize("lines", [5, 7, 9, 11, 14])
def test_a_run_that_is_killed_goes_on_without_a_loss(tap: Tap, tmp_path: Path, lines: int) -> None:
    options: dict[str, Any] = {"catalog": tap.catalog(*WANTED), "batch_config": batches(tmp_path / "files")}
    whole = loaded(tap(**options))
    killed = tap.killed(lines, **options)
    states = [message["value"] for message in killed.messages if message["type"] == "STATE"]
    first, second = loaded(killed), loaded(tap(state=states[-1] if states else {}, **options))
    for stream in WANTED:
        assert by_id([*first.get(stream, []), *second.get(stream, [])]) == by_id(whole[stream])


@pytest.mark.parametrize("answers", [12, 20, 33, 47])
def test_a_run_that_is_told_to_end_hands_over_whole_files_once(
    simulator: Simulator, tap: Tap, tmp_path: Path, answers: int
) -> None:
    options: dict[str, Any] = {"catalog": tap.catalog(*WANTED), "batch_config": batches(tmp_path / "files", size=40)}
    simulator.reset(latency_ms=20)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
        child = tap.start(out.fileno(), log.fileno(), **options)
        while child.poll() is None and len(simulator.requests()) < answers:
            pass
        os.kill(child.pid, signal.SIGTERM)
        code = child.wait()
        out.seek(0)
        told = Output(code, out.read(), "")
    assert told.code == 128 + signal.SIGTERM
    addresses = [address for message in told.messages for address in message.get("manifest", ())]
    assert len(addresses) == len(set(addresses))
    simulator.advance(61)
    first, second = loaded(told), loaded(tap(state=told.state, **options))
    for stream in WANTED:
        rows = [*first.get(stream, []), *second.get(stream, [])]
        assert not unfaithful(stream, simulator.truth(stream), rows)


@pytest.mark.parametrize("room", [0, 700, 3000, 9000])
def test_a_full_disk_ends_the_run_and_nothing_of_a_torn_file_is_told_or_claimed(
    tap: Tap, tmp_path: Path, room: int
) -> None:
    options: dict[str, Any] = {"catalog": tap.catalog(*WANTED)}
    whole = loaded(tap(**options, batch_config=batches(tmp_path / "whole")))
    (out, stdout), (log, stderr) = os.pipe(), os.pipe()
    with os.fdopen(out, "rb") as lines, os.fdopen(log) as said:
        child = tap.start(stdout, stderr, **options, batch_config=batches(tmp_path / "files", size=300))
        os.close(stdout)
        os.close(stderr)
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (room, room))  # pipes have room
        written, errors = lines.read(), said.read()
        full = Output(child.wait(), written, errors)
    assert full.code == 7
    assert full.stderr.count("CRITICAL") == 1
    assert "A file of batch_config cannot be written: File too large. Make room or correct its storage" in full.stderr
    first = loaded(full)
    told = [address for message in full.messages for address in message.get("manifest", ())]
    assert {path.name for path in (tmp_path / "files").iterdir()} == {address.rpartition("/")[2] for address in told}
    states = [message["value"] for message in full.messages if message["type"] == "STATE"]
    second = loaded(tap(**options, state=states[-1] if states else {}, batch_config=batches(tmp_path / "more")))
    for stream in WANTED:
        assert by_id([*first.get(stream, []), *second.get(stream, [])]) == by_id(whole[stream])


def test_mapped_records_go_to_files_too(tap: Tap, tmp_path: Path) -> None:
    maps = {"users": {"__alias__": "people", "id": "id", "__else__": None}}
    found = loaded(tap(catalog=tap.catalog("users"), stream_maps=maps, batch_config=batches(tmp_path / "files")))
    assert {frozenset(record) for record in found["people"]} == {frozenset({"id"})}


def test_versions_of_tables_have_no_place_in_files(tap: Tap, tmp_path: Path) -> None:
    output = tap(activate_version=True, batch_config=batches(tmp_path), code=2)
    assert output.stdout == b""
    assert "batch_config has no place for the versions of activate_version" in output.stderr


def test_a_folder_that_cannot_be_is_told_in_one_line(tap: Tap, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    output = tap(batch_config=batches(tmp_path / "file"), code=2)
    (line,) = (line for line in output.stderr.splitlines() if line.startswith("CRITICAL"))
    assert f"batch_config: its root {tmp_path / 'file'} cannot be written to: File exists" in line
