"""How far the bookmarks of a stream and its child streams may move, and whether all of their records came."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.api.types import EPOCH, Answer, Reason, Refused, Request
from tap_intercom.config.config import Config
from tap_intercom.pagination.checkpoints import Checkpoint
from tap_intercom.pagination.model import Page, PageRequest, PageResult, Pages, TimeRange
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.reader import PageRead
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.singer.state import State
from tap_intercom.streams.model import Stream
from tap_intercom.sync.claims import NEWEST, NOT_COUNTED, Claims, ReceivedCount
from tap_intercom.sync.start import StreamStarts

START = datetime(2020, 1, 1, tzinfo=UTC)
BEGAN = datetime(2024, 5, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LISTED = PageNumberPaginator(path="/conversations")
PARENT = Stream(
    name="conversations", permission="Read them", replication_key="updated_at", lookback_seconds=0, full_read=(LISTED,)
)
SEARCHED = replace(PARENT, full_read=(SearchPaginator(path="/conversations/search"),))
CHILD = Stream(name="parts", permission="Read them", parent="conversations", append_only=True)
NEXT = PageRequest(request=Request(path="/conversations"), time_range=TimeRange(start=START, now=BEGAN))


def day(number: float) -> datetime:
    return START + timedelta(days=number)


class Run:
    """A run over one stream and its child stream, with all that is written of its states."""

    def __init__(
        self,
        bookmarks: dict[str, datetime] | None = None,
        *,
        stream: Stream = PARENT,
        whole: frozenset[str] = frozenset(),
    ) -> None:
        stored = {name: moment.isoformat() for name, moment in (bookmarks or {}).items()}
        self.state = State({"bookmarks": stored}, {"conversations": "updated_at", "parts": "updated_at"})
        self.states: list[dict[str, Any]] = []
        self.said: list[str] = []
        self.errors: list[tuple[str, Exception]] = []
        monitor = SimpleNamespace(warn=lambda *said: self.said.append(said[-1]), info=self.said.append)
        self.context: Any = SimpleNamespace(
            config=Config(access_token="t", start_date=START),  # noqa: S106 - no password
            state=self.state,
            writer=SimpleNamespace(state=self.write),
            monitor=monitor,
            fail=lambda *said: self.errors.append(said),
            whole=whole,
        )
        self.outputs: list[Any] = [
            SimpleNamespace(stream=one, is_unreadable=False, is_whole=True, warn=self.said.append)
            for one in (stream, CHILD)
        ]
        self.starts = StreamStarts(stream, ["conversations", "parts"], self.context)
        self.claims = Claims(stream, self.outputs, self.starts, self.context)
        assert self.claims.begin(BEGAN)

    async def write(self, state: dict[str, Any]) -> None:
        self.states.append(state)

    def page(self, *records: float, **result: Any) -> None:
        """Let a page with records of these days come and be written; another one follows unless it is the last."""
        result = {"since": START, "next": NEXT, **result}
        unsuitable = result.pop("unsuitable", "")
        page = Page(records=[SimpleNamespace(id=str(number), updated_at=day(number)) for number in records])
        page_read = PageRead(
            page=page, result=PageResult(**result), served=BEGAN, track=self.claims.track, unsuitable=unsuitable
        )

        async def take() -> None:
            await self.claims.before_page(page_read)
            await self.claims.after_page(page_read, page.records)

        asyncio.run(take())

    def child(self) -> Checkpoint:
        return self.claims.track.begin()

    def finish(self, checkpoint: Checkpoint) -> None:
        asyncio.run(self.claims.finish(checkpoint))

    def conclude(self) -> None:
        asyncio.run(self.claims.conclude())

    @property
    def bookmarks(self) -> dict[str, datetime | None]:
        return {name: self.state.bookmark(name) for name in ("conversations", "parts")}


def both(moment: datetime | None) -> dict[str, datetime | None]:
    return {"conversations": moment, "parts": moment}


def test_bookmarks_move_when_all_before_them_is_written_and_say_so_at_once() -> None:
    run = Run()
    run.page(1, 2, finished_before=day(2))
    assert run.bookmarks == both(day(2) - SECOND)
    assert run.states == [run.state.value()]
    run.page(1.5, finished_before=day(2))
    assert len(run.states) == 1


def test_no_bookmark_passes_a_parent_whose_children_are_not_written() -> None:
    run = Run()
    first, second = run.child(), run.child()
    run.page(1, 2, finished_before=day(2))
    third = run.child()
    run.page(3, finished_before=day(3))
    run.finish(third)
    run.finish(second)
    assert run.bookmarks == both(None)
    run.finish(first)
    assert run.bookmarks == both(day(3) - SECOND)


def test_nothing_is_claimed_of_the_second_in_which_the_reading_began_or_ended_early() -> None:
    run = Run()
    run.page(1, finished_before=BEGAN + timedelta(hours=1))
    assert run.bookmarks == both(BEGAN - SECOND)
    run = Run()
    run.page(1, complete_before=day(5))
    run.page(9, finished_before=day(9), next=None)
    run.conclude()
    assert run.claims.began == day(5)
    assert run.bookmarks == both(day(5) - SECOND)


def test_the_end_of_a_list_claims_its_newest_record() -> None:
    run = Run()
    run.page(3, 7, 5)
    run.page(4, next=None)
    assert run.bookmarks == both(None)
    run.conclude()
    assert run.bookmarks == both(day(7))
    run = Run()
    run.page(finished_before=datetime.min.replace(tzinfo=UTC))
    run.page(next=None)
    run.conclude()
    assert run.states == []


def test_what_was_read_whole_is_claimed_up_to_the_beginning_of_the_reading() -> None:
    run = Run()
    asyncio.run(run.claims.conclude_whole())
    assert run.bookmarks == both(BEGAN - SECOND)
    run = Run()
    asyncio.run(Claims(PARENT, run.outputs, run.starts, run.context).conclude_whole())
    assert run.states == []


def test_of_a_list_without_times_nothing_is_claimed() -> None:
    run = Run(stream=Stream(name="conversations", permission="", full_read=(LISTED,)))
    run.page(3, next=None)
    run.conclude()
    assert run.bookmarks == both(None)


def test_where_records_are_missing_the_newest_is_not_claimed_and_the_operator_knows() -> None:
    run = Run()
    run.page(3, missing=2, next=None)
    run.conclude()
    assert run.bookmarks == both(None)
    assert run.said == ["Intercom gave 2 records fewer than it counted; the next run reads all of them again"]
    search = SearchPaginator(path="/conversations/search")
    run = Run(stream=Stream(name="conversations", permission="", replication_key="updated_at", full_read=(search,)))
    run.page(missing=1, next=None)
    assert run.said[0].endswith("if they were not deleted meanwhile, a run without the stream's bookmark finds them")


def test_a_stream_that_is_denied_or_unreadable_keeps_its_bookmark() -> None:
    run = Run({"parts": day(1)})
    refused = Refused(Reason.DENIED, 403, "forbidden", "no", None)
    run.claims.deny(CHILD, refused)
    run.claims.deny(CHILD, refused)
    assert [name for name, _ in run.errors] == ["parts"]
    assert run.claims.is_denied("parts")
    assert not run.claims.is_denied("conversations")
    run.page(2, finished_before=day(2))
    run.outputs[0].is_unreadable = True
    run.page(3, finished_before=day(3), next=None)
    run.conclude()
    assert run.bookmarks == {"conversations": day(2) - SECOND, "parts": day(1)}


def test_nothing_is_claimed_of_a_stream_that_starts_later() -> None:
    run = Run({"conversations": day(-9)})
    run.page(-5, finished_before=day(-5))
    assert run.bookmarks == {"conversations": day(-5) - SECOND, "parts": None}
    run.page(0, finished_before=day(0) + SECOND)
    assert run.bookmarks == both(day(0))


def test_what_was_claimed_of_a_list_that_another_paginator_has_to_read_is_taken_back() -> None:
    run = Run({"conversations": day(1), "parts": day(1)})
    child = run.child()
    run.page(2, 3, finished_before=day(2))
    run.finish(child)
    assert run.bookmarks == both(day(2) - SECOND)
    child = run.child()
    run.page(3, finished_before=day(3))
    run.page(unsuitable="it is in no order")
    assert run.bookmarks == both(day(1))
    assert run.states[-1] == run.state.value()
    assert run.said == ["conversations, parts: it is in no order; it is read in another way"]
    run.finish(child)
    assert run.bookmarks == both(day(1))
    run.page(unsuitable="it is in no order")
    assert len(run.states) == 2


def test_only_the_first_page_begins_the_reading() -> None:
    run = Run()
    assert not run.claims.begin(BEGAN + SECOND)
    assert run.claims.began == BEGAN


@given(st.lists(st.integers(1, 12), max_size=6), st.randoms(use_true_random=False))
def test_in_whatever_order_children_are_written_no_bookmark_is_ahead_of_one(counts: list[int], random: Any) -> None:
    run = Run()
    unfinished: list[tuple[datetime, Checkpoint]] = []
    newest = 0.0
    for number, count in enumerate(counts):
        times = sorted(number + random.random() for _ in range(count))
        unfinished += [(day(time), run.child()) for time in times]
        newest = max([newest, *times])
        run.page(*times, finished_before=day(number + 1), next=NEXT if number < len(counts) - 1 else None)
        for _ in range(random.randint(0, len(unfinished))):
            run.finish(unfinished.pop(random.randrange(len(unfinished)))[1])
            claimed = max(moment or EPOCH for moment in run.bookmarks.values())
            assert all(claimed < time for time, _ in unfinished)
    for _, checkpoint in unfinished:
        run.finish(checkpoint)
    run.conclude()
    assert run.bookmarks == both(max(day(newest), day(len(counts)) - SECOND) if counts else None)


class Counts:
    """Answers each question with the next of these counts."""

    asked: ClassVar[list[Request]] = []

    def __init__(self, *counts: int | None) -> None:
        self.counts = list(counts)
        self.asked.clear()

    async def ask(self, request: Request, read: Any) -> Answer[Page]:  # noqa: ARG002 - pages come read
        self.asked.append(request)
        count = self.counts.pop(0)
        if count is None:
            raise Refused(Reason.DENIED, 403, "forbidden", "no", None)
        return Answer(value=self.page(count), served=BEGAN)

    def page(self, count: int) -> Page:
        return Page(records=[], total_count=count)


class CountsWithNew(Counts):
    """Also answers with records of which some came, and one was created after the counting began."""

    created = (("1", BEGAN + SECOND), ("8", BEGAN), ("9", BEGAN + SECOND), ("7", None))

    def page(self, count: int) -> Page:
        return Page(records=[SimpleNamespace(id=one, created_at=at) for one, at in self.created], total_count=count)


class PageCounts(Counts):
    """Answers with a number of pages instead of a count."""

    per_page = 1

    def page(self, count: int) -> Page:
        return Page(records=[], pages=Pages(total_pages=count, per_page=self.per_page))


class CoarsePageCounts(PageCounts):
    """Answers with a number of pages that hold several records."""

    per_page = 2


BOTH = frozenset({"conversations", "parts"})


def noted(run: Run, *counts: int | None, kind: type[Counts] = Counts, stream: Stream = PARENT) -> list[bool]:
    """Say of each stream whether it is whole, where two records came and Intercom counts so many before and after."""
    client: Any = kind(*counts)
    received_count = ReceivedCount(stream, client)

    async def note() -> None:
        await received_count.begin()
        received_count.add([SimpleNamespace(id=number) for number in "121"])
        await run.claims.note_whole(received_count)

    asyncio.run(note())
    return [output.is_whole for output in run.outputs]


def test_all_came_where_the_list_says_so_or_no_more_are_counted_after_it_than_came() -> None:
    run = Run()
    run.page(is_complete=True, next=None)
    assert noted(run, 5) == [True, True]
    for counts, whole in (
        ((2, 2), True),
        ((2, 3), False),
        ((3, 3), False),
        ((3, 2), True),  # one was deleted before it was read
        ((2, 1), True),
        ((None,), False),
        ((2, None), False),
    ):
        run = Run(whole=BOTH)
        run.page(next=None)
        assert noted(run, *counts) == [whole, whole]
        assert len(run.said) == (0 if whole else 2)
    assert run.said[0].endswith(NOT_COUNTED)


@pytest.mark.parametrize(("after", "whole"), [(3, True), (4, False)])
def test_what_was_created_meanwhile_and_did_not_come_is_left_out_of_the_count(after: int, *, whole: bool) -> None:
    run = Run(stream=SEARCHED)
    run.page(next=None)
    assert noted(run, 2, after, kind=CountsWithNew, stream=SEARCHED) == [whole, whole]
    sizes = [json.loads(request.body or b"{}")["pagination"]["per_page"] for request in Counts.asked]
    assert sizes == [1, NEWEST]


def test_a_reading_that_ended_early_is_not_whole_whatever_the_counts_say() -> None:
    run = Run(whole=BOTH)
    run.page(next=None, is_complete=True, complete_before=day(5))
    assert noted(run, 2, 2) == [False, False]
    assert run.said[0].endswith("records changed faster than they were read")


@pytest.mark.parametrize(("kind", "whole"), [(PageCounts, True), (CoarsePageCounts, False)])
def test_pages_are_a_count_where_each_has_one_record(kind: type[Counts], *, whole: bool) -> None:
    run = Run()
    run.page(next=None)
    assert noted(run, 2, 2, kind=kind) == [whole, whole]


def test_a_stream_that_lost_a_record_is_not_whole_though_its_list_is() -> None:
    run = Run(whole=BOTH)
    run.page(is_complete=True, next=None)
    run.outputs[1].is_whole = False
    assert noted(run, 5) == [True, False]
    assert run.said[0].startswith("what is gone is not told this time")


def test_what_goes_on_from_its_bookmark_or_begins_later_than_the_oldest_record_is_not_whole() -> None:
    for bookmarks, whole, oldest, expected in (
        ({}, frozenset(), 0, [True, True]),
        ({"parts": day(1)}, frozenset(), 0, [True, False]),
        ({"conversations": day(1)}, frozenset(), 0, [False, True]),
        ({"parts": day(1)}, frozenset({"parts"}), 0, [True, True]),
        ({}, frozenset({"conversations"}), 0, [True, True]),
        ({}, frozenset({"conversations"}), -1, [True, False]),
    ):
        run = Run(bookmarks, whole=whole)
        run.page(3, oldest)
        run.page(2, is_complete=True, next=None)
        assert noted(run, 2, 2) == expected
        assert not run.said
