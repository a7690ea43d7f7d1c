import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar

import msgspec
import pytest

from tap_intercom.api.types import Answer, Reason, Refused, Request
from tap_intercom.errors import ContractError, Unavailable
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.model import Page, PageResult, Pages, Paginator, TimeRange
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.reader import PageRead, PageReader, read_ahead
from tap_intercom.pagination.scroll import ScrollPaginator
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.pagination.updated_ascending import UpdatedAscendingPaginator

T = TypeVar("T")
NOW = datetime(2024, 5, 1, tzinfo=UTC)


def refused(reason: Reason) -> Refused:
    return Refused(reason, 500, "code", "message", "r1")


def page(*ids: str, **more: Any) -> Page:
    return Page(records=[SimpleNamespace(id=identifier, updated_at=NOW) for identifier in ids], **more)


class Script:
    """Answers requests in order from a list; the last answer is given for ever. Waiting takes no time."""

    def __init__(self, *answers: Page | Refused, seconds: float = 0.0, quota_left: int | None = None) -> None:
        self.answers = list(answers)
        self.seconds = seconds
        self.quota_left = quota_left
        self.asked: list[Request] = []
        self.paused = 0.0
        self.reasons: set[str] = set()

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> Answer[T]:  # noqa: ARG002 - pages come read
        self.asked.append(request)
        answer: Any = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Refused):
            raise answer
        return Answer(
            value=answer,
            served=NOW,
            request_id=f"r{len(self.asked)}",
            seconds=self.seconds,
            quota_left=self.quota_left,
        )

    async def pause(self, seconds: float, reason: str) -> None:
        self.paused += seconds
        self.reasons.add(reason)


def walked(script: Script, paginators: Sequence[Paginator], patience: float = 900.0) -> list[str]:
    async def collect() -> list[str]:
        pages = walk(script, paginators, patience).pages()
        return [record.id async for reading in pages for record in reading.page.records]

    return asyncio.run(collect())


def walk(script: Script, paginators: Sequence[Paginator], patience: float = 900.0) -> PageReader:
    return PageReader(
        requester=script,
        paginators=paginators,
        time_range=TimeRange(start=NOW, now=NOW),
        read=lambda _: page(),
        scroll_lock=asyncio.Lock(),
        track=CheckpointTrack(),
        scroll_wait_seconds=patience,
    )


SCROLL = (ScrollPaginator(path="/users"),)
ONE = page(total_count=1)
SHAPES = (UpdatedAscendingPaginator(path="/c"), PageNumberPaginator(path="/c"))


def test_a_listing_is_read_to_its_end() -> None:
    script = Script(page("1", pages=Pages(next="more", page=1)), page("2"))
    assert walked(script, (PageNumberPaginator(path="/segments"),)) == ["1", "2"]


def test_the_next_shape_is_tried_where_the_first_is_refused_for_what_it_is() -> None:
    script = Script(refused(Reason.VERSION), page("1"))
    assert walked(script, (PageNumberPaginator(path="/a"), PageNumberPaginator(path="/b"))) == ["1"]
    assert [request.path for request in script.asked] == ["/a", "/b"]


def test_a_refusal_that_is_not_about_the_shape_is_no_reason_for_another() -> None:
    with pytest.raises(Refused):
        walked(Script(refused(Reason.DENIED)), (PageNumberPaginator(path="/a"), PageNumberPaginator(path="/b")))


def test_a_refusal_of_the_last_shape_is_final() -> None:
    with pytest.raises(Refused):
        walked(Script(refused(Reason.VERSION)), (PageNumberPaginator(path="/a"), PageNumberPaginator(path="/b")))


@pytest.mark.parametrize(
    ("seconds", "quota_left", "may_spend", "requests"),
    [
        (0.1, 1000, True, 5),  # the first page, the next one, and three probes at once
        (0.1, 100, True, 3),  # two requests can be spared, one of which is held for the end
        (0.01, 1000, True, 2),
        (0.1, None, True, 2),
        (0.1, 1000, False, 2),
    ],
)
def test_a_search_spends_requests_where_answers_are_slow_and_the_quota_has_some_to_spare(
    seconds: float, quota_left: int | None, may_spend: bool, requests: int
) -> None:
    old = SimpleNamespace(id="1", updated_at=NOW - timedelta(days=9))
    first = Page(records=[old], pages=Pages(next={"starting_after": "a"}), total_count=3000)
    script = Script(first, page(), seconds=seconds, quota_left=quota_left)
    reader = msgspec.structs.replace(walk(script, (SearchPaginator(path="/a/search"),)), may_spend=may_spend)

    async def read_two() -> None:
        async with aclosing(reader.pages()) as pages:
            await anext(pages)
            await asyncio.sleep(0)

    asyncio.run(read_two())
    assert len(script.asked) == requests


def test_a_list_over_the_limit_is_scrolled() -> None:
    script = Script(page("1", pages=Pages(total_pages=500, per_page=60)), ONE, page("1", scroll_param="p"), page(), ONE)
    assert walked(script, (UpdatedAscendingPaginator(path="/users", limit=10_000), *SCROLL)) == ["1"]
    assert [request.path for request in script.asked] == [
        "/users",
        "/users",
        *["/users/scroll"] * 2,
        "/users",
        "/users",
    ]


def test_the_first_page_of_another_shape_says_why_the_one_before_did_not_fit() -> None:
    counted = Pages(total_pages=2, per_page=60)
    odd = Page(records=[SimpleNamespace(id=str(n), updated_at=NOW - timedelta(days=n)) for n in (1, 2)], pages=counted)
    script = Script(page("1", pages=counted), odd, page("1", pages=Pages(next="more", page=1)), page("2"))

    async def misfits() -> list[str]:
        return [reading.unsuitable async for reading in walk(script, SHAPES).pages()]

    assert asyncio.run(misfits()) == ["", "/c is not in ascending order of updated_at on page 2", ""]


def test_where_a_shape_does_not_fit_no_other_of_its_kind_does() -> None:
    counted = Pages(total_pages=2, per_page=60)
    odd = Page(records=[SimpleNamespace(id=str(n), updated_at=NOW - timedelta(days=n)) for n in (1, 2)], pages=counted)
    smaller = UpdatedAscendingPaginator(path="/c", per_page=20)
    script = Script(odd, page("1"))
    assert walked(script, (SHAPES[0], smaller, SHAPES[1])) == ["1"]
    assert len(script.asked) == 2
    with pytest.raises(ContractError):
        walked(Script(odd), (SHAPES[0], smaller))


def test_a_list_that_nothing_fits_is_an_unknown_shape() -> None:
    script = Script(page("1", pages=Pages(total_pages=500, per_page=60)))
    with pytest.raises(ContractError, match="holds more than 10000 records"):
        walked(script, (UpdatedAscendingPaginator(path="/users", limit=10_000),))


@pytest.mark.parametrize(
    ("paginator", "message"),
    [
        (SearchPaginator(path="/a/search"), r"has no starting_after; .*report this \(request r1\)\.$"),
        (PageNumberPaginator(path="/a"), r"gives the same records again and again; run again, .* \(request r\d+\)\.$"),
    ],
    ids=["search", "list"],
)
def test_an_answer_of_an_unknown_shape_is_named_by_its_request(paginator: Paginator, message: str) -> None:
    following = Pages(next={"starting_after": 7}, page=1)
    with pytest.raises(ContractError, match=message):
        walked(Script(page("1", pages=following)), (paginator,))


def test_a_scroll_is_read_until_a_page_is_empty() -> None:
    two = page(total_count=2)
    script = Script(two, page("1", scroll_param="p"), page("2", scroll_param="p"), page(), two)
    assert walked(script, SCROLL) == ["1", "2"]


def test_a_scroll_that_is_not_there_at_all_is_refused() -> None:
    with pytest.raises(Refused):
        walked(Script(refused(Reason.GONE)), SCROLL)


LISTED = (*SCROLL, PageNumberPaginator(path="/users", limit=10_000))


@pytest.mark.parametrize("reason", [Reason.GONE, Reason.VERSION])
def test_where_there_is_no_scroll_the_list_is_read(reason: Reason) -> None:
    script = Script(ONE, refused(reason), page("1", pages=Pages(next="more", page=1)), page("2"))
    assert walked(script, LISTED) == ["1", "2"]
    assert [request.path for request in script.asked] == ["/users", "/users/scroll", "/users", "/users"]


@pytest.mark.parametrize("reason", [Reason.DENIED, Reason.INVALID, Reason.TOKEN])
def test_a_scroll_that_is_refused_for_another_reason_is_not_replaced(reason: Reason) -> None:
    script = Script(ONE, refused(reason))
    with pytest.raises(Refused):
        walked(script, LISTED)
    assert [request.path for request in script.asked] == ["/users", "/users/scroll"]


def test_more_than_the_pages_reach_is_no_quiet_end() -> None:
    with pytest.raises(ContractError, match=r"^/users holds 10000 records or more, .*; use a newer api_version"):
        walked(Script(ONE, refused(Reason.GONE), page("1", total_count=12_345)), LISTED)


def test_somebody_elses_scroll_is_waited_for_longer_each_time() -> None:
    taken = refused(Reason.SCROLL_TAKEN)
    script = Script(ONE, taken, taken, taken, page("1", scroll_param="p"), page(), ONE)
    assert walked(script, SCROLL) == ["1"]
    assert script.paused == 0.25 + 0.5 + 1.0
    assert script.reasons == {"another scroll that is open in the workspace has to end first"}


def test_somebody_elses_scroll_is_not_waited_for_for_ever() -> None:
    script = Script(ONE, refused(Reason.SCROLL_TAKEN))
    with pytest.raises(Unavailable, match="another scroll has been open"):
        walked(script, SCROLL)
    assert 900 <= script.paused < 910


def reading(identifier: str) -> PageRead:
    return PageRead(page=page(identifier), result=PageResult(since=NOW), served=NOW, track=CheckpointTrack())


async def produced(made: list[str], *ids: str) -> AsyncGenerator[PageRead]:
    for identifier in ids:
        made.append(identifier)
        yield reading(identifier)


def test_one_reading_is_made_ahead_and_no_more_without_hurry() -> None:
    async def run() -> int:
        made: list[str] = []
        async with aclosing(read_ahead(produced(made, *"12345"), hurried=False)) as readings:
            await anext(readings)
            for _ in range(100):
                await asyncio.sleep(0)
            return len(made)

    assert asyncio.run(run()) == 3


def test_in_a_hurry_readings_are_made_while_nobody_takes_them() -> None:
    async def run() -> list[str]:
        made: list[str] = []
        everything = asyncio.Event()

        async def produce() -> AsyncGenerator[PageRead]:
            async for one in produced(made, *"12345"):
                yield one
            everything.set()

        async with aclosing(read_ahead(produce(), hurried=True)) as readings:
            first = await anext(readings)
            await everything.wait()
            rest = [reading.page.records[0].id async for reading in readings]
        return [first.page.records[0].id, *rest]

    assert asyncio.run(run()) == list("12345")


def test_an_error_comes_after_the_readings_before_it() -> None:
    async def failing() -> AsyncGenerator[PageRead]:
        yield reading("1")
        raise ContractError("broken")

    async def run() -> list[str]:
        readings = read_ahead(failing(), hurried=True)
        seen = [(await anext(readings)).page.records[0].id]
        with pytest.raises(ContractError):
            await anext(readings)
        return seen

    assert asyncio.run(run()) == ["1"]


def test_nothing_goes_on_once_nobody_takes_readings_any_more() -> None:
    async def run() -> int:
        made: list[str] = []
        async with aclosing(read_ahead(produced(made, *"123456789"), hurried=False)) as readings:
            await anext(readings)
        tasks = len(asyncio.all_tasks())
        assert len(made) < 9
        return tasks

    assert asyncio.run(run()) == 1
