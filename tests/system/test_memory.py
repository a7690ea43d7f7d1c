"""How much memory a run holds at most, where a server sends as much at once as is read at all."""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conftest import command
from scripted_server import Asked, ScriptedServer, answer
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.streams.table import STREAMS_V1

WEIGH = Path(__file__).parents[1] / "faulty" / "weigh.py"
MOST_MEGABYTES = 600
CONVERSATIONS = 20
PIECE = b"x" * 1_000_000
PIECES = 99


def quota() -> dict[str, str]:
    """Tell of a quota, so that as much is asked for at once as may be."""
    reset = int((datetime.now(UTC) + timedelta(seconds=10)).timestamp())
    return {"X_RateLimit_Limit": "1000", "X_RateLimit_Remaining": "999", "X_RateLimit_Reset": str(reset)}


async def conversations(writer: asyncio.StreamWriter, asked: Asked) -> None:
    """List some conversations, and give each a part of 99 MB."""
    if asked.target.startswith("/conversations?"):
        pages = {"type": "pages", "page": 1, "per_page": CONVERSATIONS, "total_pages": 1}
        listed = [{"id": str(number), "updated_at": 1_600_000_000 + number} for number in range(CONVERSATIONS)]
        body: dict[str, Any] = {"type": "conversation.list", "pages": pages, "conversations": listed}
        return await answer(json.dumps(body).encode(), **quota())(writer, asked)
    number = int(asked.target.split("?")[0].rpartition("/")[2])
    part = {"id": f"p{number}", "body": "…"}
    whole = {
        "id": str(number),
        "updated_at": 1_600_000_000 + number,
        "conversation_parts": {"conversation_parts": [part]},
    }
    begin, end = json.dumps(whole, ensure_ascii=False).encode().split("…".encode())
    writer.write(
        f"HTTP/1.1 200 OK\r\nContent-Length: {len(begin + end) + PIECES * len(PIECE)}\r\n\r\n".encode() + begin
    )
    for _ in range(PIECES):
        writer.write(PIECE)
        await writer.drain()
    writer.write(end)
    return None


async def users(writer: asyncio.StreamWriter, asked: Asked) -> None:
    """Give as many users on one page as are read at all, and no more on the next."""
    records = [] if "scroll_param" in asked.target else [b'{"id":"%d"}' % number for number in range(499_000)]
    body = b'{"type":"user.list","scroll_param":"a","users":[%b]}' % b",".join(records)
    await answer(body, **quota())(writer, asked)


async def weighed(folder: Path, server: ScriptedServer, stream: str, first: int) -> tuple[int, int]:
    """Read a stream, and take nothing before so many requests have come; give bytes written and megabytes held."""
    config = {"access_token": "t", "start_date": "2015-01-01", "api_version": "1.4", "base_url": server.url}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(
        json.dumps(describe_streams([row for row in STREAMS_V1 if row.name == stream]))
    )
    arguments = command("--config", str(folder / "config.json"), "--catalog", str(folder / "catalog.json"))
    weigh = [sys.executable, "-IS", str(WEIGH), str(folder / "weight")]
    process = await asyncio.create_subprocess_exec(*weigh, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await server.arrived(first)
    size = 0
    while piece := await process.stdout.read(1 << 16):
        size += len(piece)
    assert await process.wait() == 0
    return size, int((folder / "weight").read_text()) // 1024


@pytest.mark.soak
def test_twenty_bodies_of_99_megabytes_at_once_are_held_one_after_the_other(tmp_path: Path) -> None:
    async def story() -> tuple[int, int]:
        async with ScriptedServer(then=conversations) as server:
            return await weighed(tmp_path, server, "conversation_parts", CONVERSATIONS)

    size, megabytes = asyncio.run(story())
    assert size > CONVERSATIONS * PIECES * len(PIECE)
    assert megabytes < MOST_MEGABYTES


@pytest.mark.soak
def test_a_page_of_as_many_records_as_are_read_is_not_written_all_at_once(tmp_path: Path) -> None:
    async def story() -> tuple[int, int]:
        async with ScriptedServer(then=users) as server:
            return await weighed(tmp_path, server, "users", 1)

    size, megabytes = asyncio.run(story())
    assert size > 499_000 * 100
    assert megabytes < MOST_MEGABYTES
