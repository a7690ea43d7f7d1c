"""Records go to files, messages name whole files only, and a state never comes before the records that it covers."""

import asyncio
import gzip
import json
import os
import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from tap_intercom.config.nested_parsers import BatchConfig
from tap_intercom.errors import ConfigError, OutputError
from tap_intercom.singer.batch_files import BatchWriter

MOMENT = datetime(2024, 5, 1, tzinfo=UTC)
Act = Callable[[BatchWriter], Awaitable[None]]


def written(folder: Path, act: Act, size: int = 3) -> list[dict[str, Any]]:
    """Give the messages; in place of a BATCH, its stream and the ids of the records in its file."""
    messages = folder / "messages"
    with messages.open("wb") as file:

        async def run() -> None:
            async with BatchWriter(file.fileno(), BatchConfig(root=str(folder / "files"), size=size)) as writer:
                await act(writer)

        asyncio.run(run())
    return [shown(json.loads(line)) for line in messages.read_text().split("\n")[:-1]]


def shown(message: dict[str, Any]) -> dict[str, Any]:
    if message["type"] != "BATCH":
        return message
    (address,) = message["manifest"]
    lines = gzip.decompress(Path(urlsplit(address).path).read_bytes()).split(b"\n")[:-1]
    return {message["stream"]: [json.loads(line)["id"] for line in lines]}


def state(value: int) -> dict[str, Any]:
    return {"type": "STATE", "value": {"at": value}}


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Let no file become larger, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def noise(size: int) -> str:
    """Give a text that does not become shorter by much."""
    return Random(1).randbytes(size // 2).hex()


def test_files_are_named_when_they_are_full_and_the_newest_state_follows(tmp_path: Path) -> None:
    async def act(writer: BatchWriter) -> None:
        await writer.records("tags", [{"id": "1"}], MOMENT)
        await writer.state({"at": 1})
        await writer.records("tags", [], MOMENT)
        await writer.records("tags", [{"id": "2"}], MOMENT)
        await writer.state({"at": 2})
        await writer.records("users", [{"id": "3"}, {"id": "4"}], MOMENT)
        await writer.state({"at": 3})
        await writer.records("users", [{"id": "5"}], MOMENT)

    files = [{"tags": ["1", "2"]}, {"users": ["3", "4"]}, state(2), {"users": ["5"]}, state(3)]
    assert written(tmp_path, act) == files


def test_a_schema_follows_the_records_that_were_of_another(tmp_path: Path) -> None:
    async def act(writer: BatchWriter) -> None:
        await writer.records("tags", [{"id": "1"}], MOMENT)
        await writer.schema("tags", {"type": "object"}, ("id",), None)
        await writer.records("tags", [{"id": "2"}], MOMENT)

    schema = {"type": "SCHEMA", "stream": "tags", "schema": {"type": "object"}, "key_properties": ["id"]}
    messages = written(tmp_path, act)
    assert [{**message, "bookmark_properties": []} for message in messages] == [
        {**message, "bookmark_properties": []} for message in ({"tags": ["1"]}, schema, {"tags": ["2"]})
    ]


def test_the_state_that_a_run_was_given_does_not_wait_for_files(tmp_path: Path) -> None:
    async def act(writer: BatchWriter) -> None:
        await writer.records("tags", [{"id": "1"}], MOMENT)
        await writer.given_state({"at": 0})

    assert written(tmp_path, act) == [state(0), {"tags": ["1"]}]


def test_after_a_failure_no_message_names_a_file_and_none_is_left(tmp_path: Path) -> None:
    said = "^A file of batch_config cannot be written: File too large. Make room or correct its storage; "

    async def act(writer: BatchWriter) -> None:
        await writer.records("tags", [{"id": "1"}], MOMENT)
        await writer.state({"at": 1})
        with files_end_at(1000), pytest.raises(OutputError, match=said):
            await writer.records("users", [{"id": "2", "text": noise(200_000)}], MOMENT)
        assert writer.failed.is_set()
        with pytest.raises(OutputError, match=said):
            await writer.records("tags", [{"id": "3"}], MOMENT)

    assert written(tmp_path, act) == []
    assert list((tmp_path / "files").iterdir()) == []


def test_a_file_that_cannot_be_ended_is_no_file_either(tmp_path: Path) -> None:
    """The end of the run writes what is left of it."""

    async def act(writer: BatchWriter) -> None:
        await writer.records("tags", [{"id": "1", "text": noise(5000)}], MOMENT)
        await writer.state({"at": 1})
        limit.__enter__()

    limit = files_end_at(100)
    try:
        assert written(tmp_path, act) == []
    finally:
        limit.__exit__(None, None, None)
    assert list((tmp_path / "files").iterdir()) == []


def test_who_stops_waiting_leaves_whole_lines(tmp_path: Path) -> None:
    async def act(writer: BatchWriter) -> None:
        giving = asyncio.create_task(writer.records("tags", [{"id": "1", "text": noise(2_000_000)}], MOMENT))
        await asyncio.sleep(0)
        giving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await giving

    assert written(tmp_path, act) in ([{"tags": ["1"]}], [])


@pytest.mark.parametrize("root", ["file/below", "file"])
def test_a_folder_that_cannot_be_is_a_mistake_in_the_configuration(tmp_path: Path, root: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=rf"batch_config: its root {tmp_path / root} cannot be written to: "):
        BatchWriter(1, BatchConfig(root=str(tmp_path / root)))


def test_a_folder_in_which_nothing_can_be_written_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "read only").mkdir(mode=0o500)
    is_root = os.geteuid() == 0
    if is_root:  # may write everywhere, but for whom it works may not
        os.setresuid(65534, 0, 0)
    try:
        with pytest.raises(ConfigError, match=r"read only cannot be written to: no permission to write; correct it"):
            BatchWriter(1, BatchConfig(root=str(tmp_path / "read only")))
    finally:
        if is_root:
            os.setresuid(0, 0, 0)
