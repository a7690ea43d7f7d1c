"""Pages whose lists are completed side by side keep their order, and are not held back without a reason."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.errors import ContractError
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.model import Page, PageResult
from tap_intercom.pagination.reader import PageRead
from tap_intercom.relations.list_completion import PAGES_AT_ONCE, complete_in_order

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def page_read(number: int) -> PageRead:
    page = Page(records=[SimpleNamespace(id=number)])
    return PageRead(page=page, result=PageResult(since=None), served=NOW, track=CheckpointTrack())


def number_of(page: PageRead) -> int:
    return int(page.page.records[0].id)


async def pages(count: int, read: list[int]) -> AsyncGenerator[PageRead]:
    for number in range(count):
        read.append(number)
        yield page_read(number)


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@given(st.lists(st.integers(0, 40), max_size=2 * PAGES_AT_ONCE + 5))
def test_pages_come_in_their_order_and_complete_however_long_each_takes(durations: list[int]) -> None:
    done: set[int] = set()

    async def complete(page: PageRead) -> None:
        await turns(durations[number_of(page)])
        done.add(number_of(page))

    async def collect() -> list[int]:
        given = []
        async for page in complete_in_order(pages(len(durations), []), complete):
            assert number_of(page) in done
            given.append(number_of(page))
        return given

    assert asyncio.run(collect()) == list(range(len(durations)))


def test_pages_are_completed_side_by_side_up_to_a_number() -> None:
    async def run() -> tuple[list[int], list[int]]:
        read: list[int] = []
        under_way: list[int] = []
        gate = asyncio.Event()

        async def complete(page: PageRead) -> None:
            under_way.append(number_of(page))
            await gate.wait()

        source = complete_in_order(pages(3 * PAGES_AT_ONCE, read), complete)
        first = asyncio.create_task(anext(source))
        await turns(10 * PAGES_AT_ONCE)
        seen = read.copy(), under_way.copy()
        gate.set()
        await first
        await source.aclose()
        return seen

    read, under_way = asyncio.run(run())
    assert read == under_way == list(range(PAGES_AT_ONCE))


def test_a_page_that_is_complete_does_not_wait_for_many_others() -> None:
    async def run() -> int:
        read: list[int] = []
        async with aclosing(complete_in_order(slow_pages(read), lambda _: turns(1))) as source:
            await anext(source)
            return len(read)

    async def slow_pages(read: list[int]) -> AsyncGenerator[PageRead]:
        async for page in pages(9, read):
            yield page
            await turns(5)

    assert asyncio.run(run()) == 2


def test_an_error_of_a_completion_comes_after_the_pages_before_it() -> None:
    async def complete(page: PageRead) -> None:
        await turns(5 - number_of(page))
        if number_of(page) == 2:
            raise ContractError("broken")

    async def run() -> list[int]:
        source = complete_in_order(pages(5, []), complete)
        given = [number_of(await anext(source)), number_of(await anext(source))]
        with pytest.raises(ContractError):
            await anext(source)
        return given

    assert asyncio.run(run()) == [0, 1]


def test_nothing_goes_on_once_nobody_takes_pages_any_more() -> None:
    cancelled = []

    async def complete(page: PageRead) -> None:
        try:
            await turns(0 if number_of(page) == 0 else 10**6)
        except asyncio.CancelledError:
            cancelled.append(number_of(page))
            raise

    async def run() -> int:
        async with aclosing(complete_in_order(pages(PAGES_AT_ONCE, []), complete)) as source:
            await anext(source)
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1
    assert cancelled == list(range(1, PAGES_AT_ONCE))
