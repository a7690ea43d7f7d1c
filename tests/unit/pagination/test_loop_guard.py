"""Which pages lead to an end, and after how many of them it is noticed that they do not."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.api.types import Request
from tap_intercom.errors import ContractError
from tap_intercom.pagination.loop_guard import MOST_ENCOUNTERS, MOST_PAGES, MOST_PAGES_BEYOND, LoopGuard
from tap_intercom.pagination.model import Page, PageRequest, PageResult, Pages, TimeRange

NOW = datetime(2024, 5, 1, tzinfo=UTC)
ON = PageResult(since=NOW, next=PageRequest(request=Request(path="/tags"), time_range=TimeRange(start=NOW, now=NOW)))
NOTHING = (0, "")


class Event(msgspec.Struct):
    """A record without an id."""

    name: str


def page(*ids: str, time: int = 0, **more: Any) -> Page:
    return Page(records=[SimpleNamespace(id=one, updated_at=time) for one in ids], **more)


def followed(pages: Iterable[Page], *, limit: int = MOST_PAGES) -> tuple[int, str]:
    """Follow pages until there are no more, or one leads to no end; say which one, and what is said of it."""
    loop_guard = LoopGuard("/tags", limit)
    for number, one in enumerate(pages, start=1):
        try:
            loop_guard.check(one, ON)
        except ContractError as error:
            return number, str(error)
    return 0, ""


def test_the_same_page_again_and_again_is_noticed() -> None:
    assert followed(itertools.repeat(page("1", "2"))) == (
        26,
        "/tags gives the same records again and again; run again, and report it to Intercom if it stays.",
    )


@given(before=st.integers(0, 50), length=st.integers(1, 40))
def test_pages_that_come_in_a_round_are_noticed_however_long_it_is(before: int, length: int) -> None:
    way = (page(f"before {number}") for number in range(before))
    around = itertools.cycle([page(str(number), "same") for number in range(length)])
    took, _ = followed(itertools.chain(way, around))
    assert before + MOST_ENCOUNTERS * length < took <= 3 * (before + MOST_ENCOUNTERS * length)


def test_records_without_an_id_are_told_apart_by_all_that_they_hold() -> None:
    assert followed(Page(records=[Event(str(number))]) for number in range(100)) == NOTHING
    assert followed(Page(records=[Event("signed in")]) for _ in range(100)) != NOTHING


@pytest.mark.parametrize(
    "pages",
    [
        [page(str(number)) for number in range(1000)],
        [page("1", "2", time=number) for number in range(1000)],  # updated all the time
        [page() for _ in range(1000)],
        [page(str(number % 300)) for number in range(900)],  # read three times
        [page("1")] * MOST_ENCOUNTERS,
    ],
    ids=["new records", "new times", "nothing", "read anew", "a few times"],
)
def test_what_may_be_is_followed(pages: list[Page]) -> None:
    assert followed(pages) == NOTHING


def test_the_last_page_is_no_page_too_many() -> None:
    loop_guard = LoopGuard("/tags", 1)
    for _ in range(100):
        loop_guard.check(page("1"), PageResult(since=NOW))


def numbered(number: int, last: int | None, following: object = "https://…") -> Page:
    return page(str(number), pages=Pages(page=number, total_pages=last, next=following))


def test_a_list_that_goes_on_far_behind_its_last_page_is_noticed() -> None:
    took, said = followed(numbered(number, 3) for number in itertools.count(1))
    assert took == 3 + MOST_PAGES_BEYOND + 1
    assert said.startswith("/tags names a page after page 104 of 3; ")
    assert followed(numbered(number, number) for number in range(1, 1000)) == NOTHING
    assert followed(numbered(number, None) for number in range(1, 1000)) == NOTHING
    assert followed(numbered(number, 1, {"starting_after": "x"}) for number in range(1, 1000)) == NOTHING


def test_there_are_no_more_pages_than_can_be_read() -> None:
    took, said = followed(itertools.repeat(page()), limit=3_000)
    assert took == 3_001
    assert said.startswith("/tags has more than 3,000 pages; ")
    assert MOST_PAGES > 10**6


def test_pages_of_which_all_is_left_out_lead_to_no_end_either() -> None:
    assert followed(page(left_out=2) for _ in range(100))[1].startswith("/tags gives the same records again and again")


def test_a_record_whose_id_is_unset_is_told_apart_by_all_that_it_holds() -> None:
    class Perhaps(msgspec.Struct):
        name: str
        id: str | msgspec.UnsetType = msgspec.UNSET

    assert followed(Page(records=[Perhaps(str(number))]) for number in range(100)) == NOTHING
