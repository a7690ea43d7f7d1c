import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tap_intercom.errors import OutputError
from tap_intercom.singer.messages import RECORDS_AT_ONCE, MessageWriter

MOST_WAITING_BYTES = MessageWriter.most_waiting_bytes
MOMENT = datetime(2024, 5, 1, 12, 0, 0, 5, tzinfo=UTC)


def written(act: Callable[[MessageWriter], Awaitable[None]], *, blocking: bool = True) -> list[dict[str, Any]]:
    """Give the messages that arrive at the other end of a pipe."""
    reading, writing = os.pipe()
    os.set_blocking(writing, blocking)

    async def run() -> bytes:
        async with MessageWriter(writing) as writer:
            receiving = asyncio.create_task(asyncio.to_thread(receive))
            await act(writer)
        os.close(writing)
        return await receiving

    def receive() -> bytes:
        with os.fdopen(reading, "rb") as source:
            return source.read()

    return [json.loads(line) for line in asyncio.run(run()).splitlines()]


def test_messages_come_out_in_the_order_in_which_they_were_given() -> None:
    async def act(writer: MessageWriter) -> None:
        await writer.schema("users", {"type": "object"}, ("id",), "updated_at")
        await writer.schema("tags", {"type": "object", "additionalProperties": False}, ("id",), None)
        await writer.records("users", [{"id": "1"}, {"id": "2"}], MOMENT)
        await writer.records("users", [], MOMENT)
        await writer.state({"bookmarks": {"users": "x"}})

    assert written(act) == [
        {
            "type": "SCHEMA",
            "stream": "users",
            "schema": {"type": "object"},
            "key_properties": ["id"],
            "bookmark_properties": ["updated_at"],
        },
        {"type": "SCHEMA", "stream": "tags", "schema": {"type": "object"}, "key_properties": ["id"]},
        {"type": "RECORD", "stream": "users", "record": {"id": "1"}, "time_extracted": "2024-05-01T12:00:00Z"},
        {"type": "RECORD", "stream": "users", "record": {"id": "2"}, "time_extracted": "2024-05-01T12:00:00Z"},
        {"type": "STATE", "value": {"bookmarks": {"users": "x"}}},
    ]


def test_records_of_a_version_carry_it_until_it_is_activated() -> None:
    async def act(writer: MessageWriter) -> None:
        await writer.records("tags", [{"id": "1"}], MOMENT, 17)
        await writer.records("tags", [], MOMENT, 17)
        await writer.activate("tags", 17)

    moment = "2024-05-01T12:00:00Z"
    assert written(act) == [
        {"type": "RECORD", "stream": "tags", "record": {"id": "1"}, "time_extracted": moment, "version": 17},
        {"type": "ACTIVATE_VERSION", "stream": "tags", "version": 17},
    ]


async def many(writer: MessageWriter) -> None:
    for number in range(40):
        await writer.records("users", [{"id": number, "text": "x" * (MOST_WAITING_BYTES // 8)}], MOMENT)


def test_a_slow_reader_gets_everything() -> None:
    assert [message["record"]["id"] for message in written(many)] == list(range(40))


def test_more_records_than_are_written_at_once_come_in_order() -> None:
    async def act(writer: MessageWriter) -> None:
        await writer.records("users", [{"id": number} for number in range(2 * RECORDS_AT_ONCE + 1)], MOMENT)

    assert [message["record"]["id"] for message in written(act)] == [*range(2 * RECORDS_AT_ONCE + 1)]


def test_there_is_room_when_little_is_unwritten_or_nothing_can_be_written() -> None:
    async def act(writer: MessageWriter) -> None:
        await writer.room()
        await writer.records("users", [{"id": 1, "text": "x" * (2 * MOST_WAITING_BYTES)}], MOMENT)
        await writer.room()
        await writer.records("users", [{"id": 2}], MOMENT)

    assert [message["record"]["id"] for message in written(act)] == [1, 2]

    async def closed() -> None:
        reading, writing = os.pipe()
        os.close(reading)
        async with MessageWriter(writing) as writer:
            await writer.records("users", [{"id": 1, "text": "x" * (2 * MOST_WAITING_BYTES)}], MOMENT)
            await writer.room()
            assert writer.failure is not None
        os.close(writing)

    asyncio.run(closed())


def test_a_pipe_that_another_program_made_non_blocking_gets_everything() -> None:
    assert [message["record"]["id"] for message in written(many, blocking=False)] == list(range(40))


def test_a_closed_pipe_fails_every_call_and_says_what_to_do() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    async def run() -> None:
        async with MessageWriter(writing) as writer:
            await writer.state({})
            await writer.failed.wait()
            with pytest.raises(OutputError, match="target has ended"):
                await writer.state({})

    asyncio.run(run())
    os.close(writing)


def test_a_full_disk_is_named() -> None:
    async def run() -> None:
        with open("/dev/full", "wb", buffering=0) as full:  # noqa: ASYNC230, PTH123 - the device is the point
            async with MessageWriter(full.fileno()) as writer:
                await writer.state({})
                await writer.failed.wait()
            assert writer.failure is not None
            assert "No space left on device" in str(writer.failure)

    asyncio.run(run())
