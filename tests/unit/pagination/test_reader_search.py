"""A search that is read in several segments: its probes, and its requests when nobody wants its pages any more."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from tap_intercom.api.types import Answer, Request
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.model import Page, Pages, TimeRange
from tap_intercom.pagination.reader import PageReader
from tap_intercom.pagination.search import SearchPaginator

T = TypeVar("T")
NOW = datetime(2024, 5, 1, tzinfo=UTC)
START = NOW - timedelta(days=9)


def page(*seconds: int, following: str | None = None, total: int = 0) -> Page:
    records = [SimpleNamespace(id=str(second), updated_at=START + timedelta(seconds=second)) for second in seconds]
    pages = Pages(next={"starting_after": following} if following else None, per_page=2)
    return Page(records=records, total_count=total, pages=pages)


class Server:
    """Answers requests in order; those for which there is no answer wait until they are cancelled."""

    def __init__(self, *answers: Page) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.cancelled = 0
        self.seconds = 0.0

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> Answer[T]:  # noqa: ARG002 - pages come read
        self.asked += 1
        if not self.answers:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled += 1
        answer: Any = self.answers.pop(0)
        return Answer(value=answer, served=NOW, request_id=f"r{self.asked}", seconds=self.seconds, quota_left=1000)

    async def pause(self, seconds: float, reason: str) -> None:
        raise AssertionError((seconds, reason))


def reader(server: Server) -> PageReader[Page]:
    return PageReader(
        requester=server,
        paginators=(SearchPaginator(path="/contacts/search", per_page=2),),
        time_range=TimeRange(start=START, now=NOW),
        read=lambda _: page(),
        scroll_lock=asyncio.Lock(),
        track=CheckpointTrack(),
    )


def test_a_probe_that_finds_nothing_is_no_page() -> None:
    server = Server(page(1, 2, following="c2", total=500), page(3, 4, total=500), page(total=0))

    async def run() -> list[list[str]]:
        return [[record.id for record in read.page.records] async for read in reader(server).pages()]

    assert asyncio.run(run()) == [["1", "2"], ["3", "4"]]
    assert server.asked == 3


def test_who_wants_no_more_pages_leaves_no_request_under_way() -> None:
    server = Server(page(1, 2, following="c2", total=500))

    async def run() -> int:
        async with aclosing(reader(server).pages()) as pages:
            await anext(pages)
            await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1
    assert server.cancelled == server.asked - 1 == 2


@pytest.mark.parametrize(("seconds", "may_spend", "asked"), [(1.0, True, 5), (1.0, False, 2), (0.0, True, 2)])
def test_a_short_search_is_split_where_answers_are_slow_and_requests_may_be_spent(
    seconds: float, may_spend: bool, asked: int
) -> None:
    server = Server(page(1, 2, following="c2", total=20))
    server.seconds = seconds

    async def run() -> None:
        async with aclosing(replace(reader(server), may_spend=may_spend).pages()) as pages:
            await anext(pages)
            await asyncio.sleep(0)

    asyncio.run(run())
    assert server.asked == asked
