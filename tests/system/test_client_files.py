"""Files of any length over real sockets: handed on as they come, and begun again where they break off."""

import asyncio
import gzip
import random
import zlib
from collections.abc import Sequence

import pytest

from clients import QUICK, TAGS, as_is, client, config, pass_time, story
from scripted_server import Act, Asked, ScriptedServer, answer, raw, reset
from tap_intercom.api.client import Client
from tap_intercom.api.types import Reason, Refused, Request
from tap_intercom.errors import ContractError, Unavailable
from tap_intercom.exports.csv_rows import Row
from tap_intercom.sync.export_sync import BATCH, RowCount, RowWriter

FILE = Request(path="/download/content/data/j1", accept="application/octet-stream")
DICE = random.Random(7)
ROWS = [["id", "text"], *([str(number), DICE.randbytes(40).hex()] for number in range(20_000))]
CONTENT = gzip.compress("".join(f"{first},{second}\r\n" for first, second in ROWS).encode(), mtime=0)
JOBS_PENDING = (
    b'{"type":"error.list","errors":[{"code":"rate_limit_exceeded",'
    b'"message":"Exceeded rate limit of 1 pending message data export jobs"}]}'
)


class Table:
    """What has been written, with the place of each batch."""

    def __init__(self) -> None:
        self.haul = RowCount()
        self.rows: list[Row] = []
        self.largest = 0
        self.grown = asyncio.Event()

    async def write(self, header: Row, rows: Sequence[Row], position: int) -> None:
        assert header == ROWS[0]
        assert position == len(self.rows)
        self.rows += rows
        self.grown.set()
        self.largest = max(self.largest, len(rows))

    def begin(self) -> RowWriter:
        return RowWriter(self.haul, self.write)


def cut_off(after: int) -> Act:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(CONTENT)}\r\n\r\n".encode()
    return raw(head + CONTENT[:after])


async def fetched(acts: list[Act], then: Act | None = None) -> tuple[Table, ScriptedServer]:
    table = Table()
    async with ScriptedServer(acts, then or answer(CONTENT)) as server, client(server) as asking:
        await asking.fetch(FILE, table.begin)
    return table, server


@story
async def test_a_file_is_handed_on_as_it_comes() -> None:
    table, server = await fetched([])
    assert table.rows == ROWS[1:]
    assert table.largest == BATCH
    (asked,) = server.journal
    assert asked.headers["accept"] == "application/octet-stream"


@story
async def test_a_file_that_is_cut_off_again_and_again_is_written_once() -> None:
    acts = [cut_off(len(CONTENT) // 3), cut_off(len(CONTENT) // 2), cut_off(len(CONTENT) // 5)]
    table, server = await fetched(acts)
    assert table.rows == ROWS[1:]
    assert len(server.journal) == 4


@pytest.mark.parametrize(
    "act",
    [
        answer(b""),
        answer(b"<html>"),
        answer(b"null"),
        answer(CONTENT[: len(CONTENT) // 2]),
        answer(CONTENT[:5000] + b"broken" + CONTENT[5006:]),
        answer(b"", 503),
        reset(),
    ],
    ids=["empty", "HTML", "null", "half of it", "broken", "503", "a reset"],
)
@story
async def test_what_is_not_the_file_is_asked_for_again(act: Act) -> None:
    table, server = await fetched([act])
    assert table.rows == ROWS[1:]
    assert len(server.journal) == 2


@story
async def test_a_file_that_never_comes_whole_is_given_up() -> None:
    with pytest.raises(Unavailable, match="in 4 attempts, in the end for this reason: an answer that was cut off"):
        await fetched([], cut_off(1000))


@story
async def test_a_file_that_the_transport_compressed_once_more_is_read() -> None:
    table, _ = await fetched([answer(zlib.compress(CONTENT), Content_Encoding="deflate")])
    assert table.rows == ROWS[1:]


@story
async def test_a_file_that_cannot_be_read_and_one_that_is_gone_are_not_asked_for_again() -> None:
    with pytest.raises(ContractError, match="ZIP"):
        await fetched([answer(b"PK\x03\x04 and so on")])
    with pytest.raises(Refused) as caught:
        await fetched([answer(b'{"type":"error.list","errors":[{"code":"not_found","message":"Gone"}]}', 404)])
    assert caught.value.reason is Reason.GONE


@story
async def test_a_file_that_is_another_one_the_second_time_is_not_taken_for_whole() -> None:
    shorter = gzip.compress(b"id,text\r\n")
    table, server = await fetched([cut_off(len(CONTENT) // 2), answer(shorter)])
    assert table.rows == ROWS[1:]
    assert len(server.journal) == 3


@story
async def test_a_slow_file_may_take_longer_than_the_timeout_of_an_answer() -> None:
    table, third = Table(), len(CONTENT) // 3
    turns: asyncio.Queue[bytes] = asyncio.Queue()

    async def slowly(writer: asyncio.StreamWriter, _: Asked) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(CONTENT)}\r\n\r\n".encode())
        for _ in range(3):
            writer.write(await turns.get())
            await writer.drain()

    async with (
        ScriptedServer([slowly]) as server,
        Client(config(server.url, request_timeout=100.0), retry_policy=QUICK) as asking,
    ):
        fetching = asyncio.create_task(asking.fetch(FILE, table.begin))
        for piece in (CONTENT[:third], CONTENT[third : 2 * third], CONTENT[2 * third :]):
            table.grown.clear()
            turns.put_nowait(piece)
            await table.grown.wait()
            await pass_time(60)
        await fetching
    assert table.rows == ROWS[1:]
    assert len(server.journal) == 1


@story
async def test_a_429_for_pending_jobs_says_nothing_about_the_quota() -> None:
    async with ScriptedServer([answer(JOBS_PENDING, 429)]) as server, client(server) as asking:
        with pytest.raises(Refused) as caught:
            await asking.ask(Request(path="/export/content/data", method="POST", body=b"{}"), as_is)
        assert (await asking.ask(TAGS, as_is)).value == b"{}"
    assert caught.value.reason is Reason.JOBS_PENDING
    assert (asking.throttled, asking.waited_seconds, len(server.journal)) == (0, 0, 2)
