"""What a reader of scrolls asks, gives, waits for and says, request by request."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from tap_intercom.api.types import Answer, Reason, Refused, Request
from tap_intercom.errors import ContractError, Unavailable
from tap_intercom.pagination.completeness import MOST_READS_WITHOUT_NEWS
from tap_intercom.pagination.cursors import MOST_EMPTY_PAGES
from tap_intercom.pagination.model import Page, Pages, TimeRange
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.scroll import (
    FIRST_PAUSE_SECONDS,
    LONGEST_WAIT_SECONDS,
    READ_AGAIN_REASON,
    SCROLLS_BEFORE_LIST,
    ScrollPaginator,
    ScrollReader,
)

T = TypeVar("T")
NOW = datetime(2024, 5, 1, tzinfo=UTC)
TAKEN = "another scroll that is open in the workspace has to end first"
REMEDY = "run again later, and see whether Intercom reports trouble on its status page."
Step = Page | Refused


def page(*ids: str, param: str | None = "p", **more: Any) -> Page:
    return Page(records=[SimpleNamespace(id=one, updated_at=NOW) for one in ids], scroll_param=param, **more)


def refused(reason: Reason = Reason.SCROLL_BROKEN) -> Refused:
    return Refused(reason, 500, "code", "broken", "r7")


SAMPLE = Request(path="/c", query=(("per_page", "1"),))
END = page()
BROKEN = refused()


def read_page(body: bytes) -> Page:
    raise AssertionError(body)


class Server:
    """Answers requests for the scroll, and for its list, from two lists, the last of each for ever; counts alike."""

    def __init__(
        self,
        scroll: Sequence[Step],
        counts: Sequence[int | None],
        listing: Sequence[Step] = (),
        *,
        doubtful: bool = False,
    ) -> None:
        self.doubtful = doubtful
        self.scroll, self.counts, self.listing = list(scroll), list(counts), list(listing)
        self.asked: list[Request] = []
        self.pauses: list[tuple[float, str]] = []

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> Answer[T]:
        assert read is read_page
        self.asked.append(request)
        if request == SAMPLE:
            step: Any = Page(records=[], total_count=self._next(self.counts))
        else:
            step = self._next(self.scroll if request.path == "/c/scroll" else self.listing)
        if isinstance(step, Refused):
            raise step
        return Answer(value=step, served=NOW, request_id=f"r{len(self.asked)}", doubtful=self.doubtful)

    async def pause(self, seconds: float, reason: str) -> None:
        self.pauses.append((seconds, reason))

    def _next(self, steps: list[Any]) -> Any:
        return steps.pop(0) if len(steps) > 1 else steps[0]

    @property
    def listed(self) -> list[Request]:
        return [request for request in self.asked if request.path == "/c" and request != SAMPLE]


def pages_of(server: Server, limit: int | None = -1, wait: float = 900.0) -> list[list[str]]:
    """Give the ids on each page; `limit` is that of the list by page number, -1 where there is none."""

    async def run() -> list[list[str]]:
        listing = None if limit == -1 else PageNumberPaginator(path="/c", limit=limit)
        time_range, clock = TimeRange(start=NOW, now=NOW), iter(range(10**6)).__next__
        reader = ScrollReader(
            *(server, ScrollPaginator(path="/c"), listing),
            time_range=time_range,
            read=read_page,
            wait_seconds=wait,
            clock=clock,
        )
        return [[record.id for record in answer.value.records] async for answer in reader.pages()]

    return asyncio.run(run())


def complaint(server: Server, **more: Any) -> str:
    with pytest.raises(Unavailable) as caught:
        pages_of(server, **more)
    return str(caught.value)


def test_a_page_brings_what_has_not_come_and_no_page_brings_nothing_but_the_first() -> None:
    assert pages_of(Server([page("1", "2"), page("2", "3"), END], [3])) == [["1", "2"], ["3"]]
    assert pages_of(Server([END, END, page("1"), page("1"), page("2"), END], [2])) == [[], ["1"], ["2"]]
    assert pages_of(Server([page("1"), BROKEN, END, page("1"), page("2"), END], [2])) == [["1"], ["2"]]


def test_so_many_empty_pages_are_no_end_and_one_more_is() -> None:
    most = [END] * MOST_EMPTY_PAGES
    assert pages_of(Server([page("1"), *most, page("2"), END], [2])) == [["1"], ["2"]]
    server = Server([page("1"), *most, END, page("1"), page("2"), END], [2])
    assert pages_of(server) == [["1"], ["2"]]
    assert len(server.pauses) == 1


def test_between_readings_it_waits_longer_while_no_page_comes() -> None:
    server = Server([BROKEN, BROKEN, BROKEN, page("1"), BROKEN, BROKEN, page("1"), page("2"), END], [2])
    assert pages_of(server) == [["1"], ["2"]]
    assert {reason for _, reason in server.pauses} == {READ_AGAIN_REASON}
    factors = [2, 4, 8, 1, 2]
    assert [seconds for seconds, _ in server.pauses] == [FIRST_PAUSE_SECONDS * factor for factor in factors]


def test_it_waits_for_another_scroll_as_long_as_it_may() -> None:
    taken = refused(Reason.SCROLL_TAKEN)
    server = Server([taken], [1])
    assert complaint(server, wait=2.25) == (
        "/c/scroll: another scroll has been open in the workspace for 4 seconds (request r7); stop the other "
        "integration that scrolls, or run again later."
    )
    assert server.pauses == [(0.25, TAKEN), (0.5, TAKEN), (1.0, TAKEN), (2.0, TAKEN)]
    assert complaint(Server([taken], [1]), wait=1.75).startswith("/c/scroll: another scroll has been open")
    server = Server([*[taken] * 9, page("1"), END], [1])
    assert pages_of(server) == [["1"]]
    assert [seconds for seconds, _ in server.pauses[4:]] == [4.0, *[LONGEST_WAIT_SECONDS] * 4]


def test_what_is_missing_is_said_with_the_end_of_the_last_reading() -> None:
    readings = MOST_READS_WITHOUT_NEWS + 1
    ended = f"/c/scroll: after {readings} readings, the last of which ended with"
    assert complaint(Server([page("1"), BROKEN] * 99, [2]), wait=0) == (
        f"{ended} 500 code: broken (request r7), 1 of 2 records are missing; {REMEDY}"
    )
    cut = [page("1", param=None)]
    assert complaint(Server(cut, [2])) == (
        f"{ended} a page without a scroll_param, 1 of 2 records are missing; {REMEDY}"
    )


def test_a_reading_of_which_an_answer_may_be_lost_proves_nothing_and_is_no_reason_either() -> None:
    readings = MOST_READS_WITHOUT_NEWS + 1
    reading = [page("1"), *[END] * (MOST_EMPTY_PAGES + 1)]
    server = Server(reading * 99, [2], doubtful=True)
    assert complaint(server) == f"/c/scroll: after {readings} readings, 1 of 2 records are missing; {REMEDY}"
    assert pages_of(Server(reading * 99, [2])) == [["1"]]


@pytest.mark.parametrize(
    ("counts", "limit", "is_read"),
    [([2], None, True), ([2], 3, True), ([2], 2, False), ([1], 10, True), ([None], 10, False)],
)
def test_after_a_few_scrolls_the_list_is_read_where_its_pages_reach_all_that_is_counted(
    counts: list[int | None], limit: int | None, is_read: bool
) -> None:
    scroll: list[Step] = [BROKEN] * SCROLLS_BEFORE_LIST
    everything = [page("1", "2"), END] if counts == [2] else [page("1"), END]
    listed = page(*(record.id for record in everything[0].records), param=None, total_count=counts[0])
    server = Server([*scroll, *everything * 9], counts, [listed])
    came = pages_of(server, limit=limit)
    assert bool(server.listed) == is_read
    assert [one for one in came if one] == ([["1", "2"]] if counts == [2] else [["1"]])


def test_a_list_that_gives_its_pages_for_ever_or_none_is_not_the_end() -> None:
    scroll: list[Step] = [*[BROKEN] * SCROLLS_BEFORE_LIST, page("1"), page("2"), END]
    following = Pages(next="more", page=1)
    endless = Server(scroll, [2], [page("1", param=None, pages=following)])
    assert [one for one in pages_of(endless, limit=None) if one] == [["1"], ["2"]]
    refusing = Server(scroll, [2], [refused(Reason.DENIED)])
    assert [one for one in pages_of(refusing, limit=None) if one] == [["1"], ["2"]]


@pytest.mark.parametrize("reason", [Reason.DENIED, Reason.TOKEN, Reason.INVALID])
def test_a_refusal_that_would_come_again_is_final_in_every_reading(reason: Reason) -> None:
    for steps in ([refused(reason)], [page("1"), refused(reason)], [page("1"), BROKEN, refused(reason)]):
        with pytest.raises(Refused) as caught:
            pages_of(Server(steps, [2]))
        assert caught.value.reason is reason


def test_pages_without_an_end_are_named_by_their_path_and_request() -> None:
    with pytest.raises(ContractError, match=r"^/c/scroll .*again and again.* \(request r\d+\)\.$"):
        pages_of(Server([page("1")], [2]))
