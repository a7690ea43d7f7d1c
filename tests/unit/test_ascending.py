from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tap_intercom.ascending import Ascending
from tap_intercom.paging import Page, Pages, Step, Turn, Unfit, Window
from tap_intercom.wire import Request

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
SHAPE = Ascending(path="/conversations", query=(("sort", "updated_at"),), per_page=2)


def at(second: float) -> datetime:
    return EPOCH + timedelta(seconds=second)


def page(*seconds: float | None, total_pages: int = 1, following: str | None = None) -> Page:
    records = [SimpleNamespace(updated_at=None if second is None else at(second)) for second in seconds]
    return Page(records=records, pages=Pages(total_pages=total_pages, next=following, per_page=2))


def number(step: Step | None) -> int:
    assert step is not None
    return int(dict(step.request.query)["page"])


def walk(shape: Ascending, pages: list[tuple[int, Page]], floor: float = 0) -> list[Turn]:
    """Answer the shape's requests in order, each of which must be for the page that is expected."""
    step: Step | None = shape.first(Window(floor=at(floor), now=at(1000)))
    turns = []
    for expected, answer in pages:
        assert number(step) == expected
        assert step is not None
        turns.append(shape.after(step, answer, at(1000)))
        step = turns[-1].next
    assert step is None
    return turns


def test_a_single_page_is_one_request() -> None:
    (turn,) = walk(SHAPE, [(1, page(1, 2))])
    assert (turn.since, turn.settled) == (at(0), None)
    assert SHAPE.first(Window(floor=at(0), now=at(9))).request == Request(
        path="/conversations", query=(("sort", "updated_at"), ("per_page", "2"), ("page", "1"))
    )


def test_an_empty_list_is_one_request() -> None:
    walk(SHAPE, [(1, page(total_pages=0))])


def test_a_list_without_pages_is_one_request() -> None:
    walk(SHAPE, [(1, Page(records=[SimpleNamespace(updated_at=at(1))]))])


def test_chunks_are_read_from_their_end_back_to_what_is_already_out() -> None:
    turns = walk(
        SHAPE,
        [
            (1, page(1, 2, total_pages=3)),
            (3, page(5, 6, total_pages=3)),
            (2, page(3, 4, total_pages=3)),
            (1, page(1, 2, total_pages=3)),
        ],
    )
    assert [turn.settled for turn in turns] == [at(2), None, None, None]
    assert [turn.since for turn in turns] == [at(0), at(2), at(2), at(2)]


def test_a_record_that_moves_left_is_met_again() -> None:
    turns = walk(
        SHAPE,
        [
            (1, page(1, 2, total_pages=3)),
            (3, page(5, 6, total_pages=3)),
            (2, page(4, 5, total_pages=3)),
            (1, page(2, 3, total_pages=3)),
            # page 1 now begins with the frontier itself, so what stood before it is out
        ],
    )
    assert turns[-1].since == at(2)


def test_an_update_near_the_end_is_found_with_two_requests() -> None:
    turns = walk(SHAPE, [(1, page(1, 2, total_pages=50)), (50, page(99, 100, total_pages=50))], floor=100)
    assert [turn.since for turn in turns] == [at(100), at(100)]


def test_nothing_new_is_found_with_two_requests() -> None:
    walk(SHAPE, [(1, page(1, 2, total_pages=50)), (50, page(99, 100, total_pages=50))], floor=500)


def test_the_frontier_is_sought_from_the_end_in_leaps() -> None:
    pages = {n: page(2 * n - 1, 2 * n, total_pages=32) for n in range(1, 33)}
    order = [1, 32, 31, 29, 25, 32, 31, 30, 29, 28, 27, 26, 25]
    turns = walk(SHAPE, [(n, pages[n]) for n in order], floor=50)
    assert [turn.since for turn in turns[1:4]] == [None, None, None]
    assert turns[4].settled == at(50)


def test_a_leap_too_far_is_followed_by_a_chunk() -> None:
    pages = {n: page(2 * n - 1, 2 * n, total_pages=8) for n in range(1, 9)}
    walk(SHAPE, [(n, pages[n]) for n in [1, 8, 7, 5, 7, 6, 8, 7]], floor=12.5)


def test_a_list_that_has_become_shorter_is_read_from_its_new_end() -> None:
    gone = page(total_pages=2)
    walk(SHAPE, [(1, page(1, 2, total_pages=4)), (4, gone), (2, page(3, 4, total_pages=2))], floor=3.5)
    walk(
        SHAPE,
        [
            (1, page(1, 2, total_pages=3)),
            (3, gone),
            (2, page(3, 4, total_pages=2)),
            (1, page(1, 2, total_pages=2)),
        ],
    )


def test_records_without_a_time_are_passed_by_and_wanted() -> None:
    turns = walk(
        SHAPE,
        [
            (1, page(1, 2, total_pages=4)),
            (3, page(5, 6, total_pages=4)),
            (2, page(None, None, total_pages=4)),
            (1, page(1, 2, total_pages=4)),
            (4, page(7, None, total_pages=4)),
            (3, page(5, 6, total_pages=4)),
        ],
    )
    assert turns[2].since == at(0)


def test_a_page_that_is_not_quite_in_order_reaches_only_as_far_as_its_least() -> None:
    turns = walk(
        SHAPE,
        [
            (1, page(1, 9, 5, total_pages=2)),
            (2, page(6, 7, total_pages=2)),
            (1, page(1, 5, total_pages=2)),
        ],
        floor=1,
    )
    assert turns[0].settled == at(1)


def test_a_list_in_another_order_does_not_fit() -> None:
    with pytest.raises(Unfit, match="not in ascending order"):
        walk(SHAPE, [(1, page(2, 1))])


def test_a_list_beyond_the_limit_does_not_fit() -> None:
    limited = Ascending(path="/users", per_page=2, limit=4)
    walk(limited, [(1, page(1, 2, total_pages=2)), (2, page(3, 4, total_pages=2))], floor=3.5)
    with pytest.raises(Unfit, match="more than 4 records"):
        walk(limited, [(1, page(1, 2, total_pages=3))])


def test_only_the_last_days_are_asked_for_and_one_more() -> None:
    shape = Ascending(path="/users", updated_since=True)
    floor, now = EPOCH, EPOCH + timedelta(days=2, hours=1)
    request = shape.first(Window(floor=floor, now=now)).request
    assert dict(request.query) == {"updated_since": "4", "per_page": "60", "page": "1"}


def test_a_clock_that_is_behind_intercoms_asks_again_for_more_days() -> None:
    shape = Ascending(path="/users", updated_since=True)
    step = shape.first(Window(floor=EPOCH, now=EPOCH - timedelta(days=30)))
    assert dict(step.request.query)["updated_since"] == "1"
    turn = shape.after(step, page(1), EPOCH + timedelta(days=5))
    assert (turn.since, turn.settled) == (None, None)
    assert turn.next is not None
    assert dict(turn.next.request.query)["updated_since"] == "6"


def test_a_look_asks_for_one_record() -> None:
    assert SHAPE.sample() == Request(path="/conversations", query=(("sort", "updated_at"), ("per_page", "1")))
