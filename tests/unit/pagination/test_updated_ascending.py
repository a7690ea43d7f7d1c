from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest

from tap_intercom.api.types import Request
from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import Page, PageRequest, PageResult, Pages, PaginatorUnsuitable, TimeRange
from tap_intercom.pagination.updated_ascending import UpdatedAscendingPaginator

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
SHAPE = UpdatedAscendingPaginator(path="/conversations", query=(("sort", "updated_at"),), per_page=2)


def at(second: float) -> datetime:
    return EPOCH + timedelta(seconds=second)


def page(*seconds: float | None, total_pages: int = 1, following: str | None = None) -> Page:
    records = [SimpleNamespace(updated_at=None if second is None else at(second)) for second in seconds]
    return Page(records=records, pages=Pages(total_pages=total_pages, next=following, per_page=2))


def identified(*records: tuple[float, str], total_pages: int) -> Page:
    """Give a page whose records have an id besides."""
    found = page(*(second for second, _ in records), total_pages=total_pages)
    for record, (_, identifier) in zip(found.records, records, strict=True):
        record.id = identifier
    return found


def number(page_request: PageRequest | None) -> int:
    assert page_request is not None
    return int(dict(page_request.request.query)["page"])


def walk(paginator: UpdatedAscendingPaginator, pages: list[tuple[int, Page]], floor: float = 0) -> list[PageResult]:
    """Answer the shape's requests in order, each of which must be for the page that is expected."""
    page_request: PageRequest | None = paginator.first(TimeRange(start=at(floor), now=at(1000)))
    turns = []
    for expected, answer in pages:
        assert number(page_request) == expected
        assert page_request is not None
        turns.append(paginator.after(page_request, answer, at(1000)))
        page_request = turns[-1].next
    assert page_request is None
    return turns


def test_a_single_page_is_one_request() -> None:
    (result,) = walk(SHAPE, [(1, page(1, 2))])
    assert (result.since, result.finished_before) == (at(0), None)
    assert SHAPE.first(TimeRange(start=at(0), now=at(9))).request == Request(
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
    assert [result.finished_before for result in turns] == [at(2), None, None, None]
    assert [result.since for result in turns] == [at(0), at(2), at(2), at(2)]


def test_a_page_that_begins_with_what_is_out_is_followed_by_the_one_before_it() -> None:
    """What shares its time with the frontier may lie there."""
    order = [(1, (1, 2)), (3, (5, 6)), (2, (2, 4)), (1, (1, 2))]
    walk(SHAPE, [(number, page(*times, total_pages=3)) for number, times in order])


def test_a_list_that_only_says_that_there_is_more_is_read_to_its_end() -> None:
    first = page(1, 2, total_pages=0, following="https://…")
    walk(SHAPE, [(1, first), (2, page(3, 4, total_pages=0)), (1, first)])


def chunks(longest: int, *, seconds_per_page: int) -> list[int]:
    """Give the last pages of the chunks in which 40 pages are read."""
    paginator = UpdatedAscendingPaginator(path="/users", per_page=2, longest_chunk=longest)
    page_request: PageRequest | None = paginator.first(TimeRange(start=at(0), now=at(1000)))
    tops = []
    while page_request is not None:
        second = 5 + seconds_per_page * number(page_request)
        result = paginator.after(page_request, page(second, second, total_pages=40), at(1000))
        if result.finished_before is not None:
            assert result.next is not None
            tops.append(number(result.next))
        page_request = result.next
    return tops


def test_chunks_grow_to_a_bound() -> None:
    assert chunks(8, seconds_per_page=1) == [3, 7, 15, 23, 31, 39, 40]


def test_chunks_grow_on_where_a_second_has_more_records_than_a_chunk() -> None:
    assert chunks(4, seconds_per_page=0) == [3, 7, 15, 31, 40]


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
    assert [result.since for result in turns] == [at(100), at(100)]


def test_nothing_new_is_found_with_two_requests() -> None:
    turns = walk(SHAPE, [(1, page(1, 2, total_pages=50)), (50, page(99, None, total_pages=50))], floor=500)
    assert [result.since for result in turns] == [at(500), at(500)]  # for what has no time


def test_the_frontier_is_sought_from_the_end_in_leaps() -> None:
    pages = {n: page(2 * n - 1, 2 * n, total_pages=32) for n in range(1, 33)}
    order = [1, 32, 31, 29, 25, 32, 31, 30, 29, 28, 27, 26, 25]
    turns = walk(SHAPE, [(n, pages[n]) for n in order], floor=50)
    assert [result.since for result in turns[1:4]] == [None, None, None]
    assert turns[4].finished_before == at(50)


SOUGHT = UpdatedAscendingPaginator(path="/users", per_page=2, updated_since=True)
THREE = {number: page(2 * number - 1, 2 * number, total_pages=3) for number in (1, 2, 3)}


@pytest.mark.parametrize(
    ("floor", "order"),
    [
        (5.5, [1, 3]),
        (5, [1, 3, 2, 3, 2]),  # what shares its time with the floor may lie before it
        (2.5, [1, 3, 2, 1, 3, 2]),
    ],
)
def test_the_page_of_the_floor_is_sought_behind_those_that_lie_before_it(floor: float, order: list[int]) -> None:
    turns = walk(SOUGHT, [(number, THREE[number]) for number in order], floor=floor)
    assert turns[min(2, len(turns) - 1)].since == at(floor)  # for what has no time, though the page lies before it


def test_the_first_page_is_not_sought_again() -> None:
    walk(SHAPE, [(1, page(1, 2, total_pages=2)), (2, page(3, 4, total_pages=2)), (1, page(1, 2))], floor=2.5)


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


def test_behind_a_chunk_another_page_is_asked_for_though_there_seems_to_be_none() -> None:
    order = [(1, (1, 2), 4), (3, (5, 6), 4), (2, (3, 4), 3), (1, (1, 2), 3), (4, (), 3), (3, (5, 6), 3)]
    walk(SHAPE, [(number, page(*times, total_pages=last)) for number, times, last in order])


def test_what_grows_again_after_it_has_become_shorter_is_read_to_its_end() -> None:
    order = [(1, (1, 2), 4), (3, (), 2), (2, (3, 4), 3), (1, (1, 2), 3), (3, (5, 6), 3), (2, (3, 4), 3)]
    walk(SHAPE, [(number, page(*times, total_pages=last)) for number, times, last in order])


def test_an_empty_page_that_should_not_be_empty_is_followed_by_the_one_before_it() -> None:
    walk(SHAPE, [(1, page(1, 2, total_pages=3)), (3, page(total_pages=3)), (2, page(3, 4, total_pages=2))], floor=3.5)


def test_a_list_without_times_is_wanted() -> None:
    (result,) = walk(SHAPE, [(1, page(None, None))])
    assert result.since == at(0)


def test_a_first_page_without_times_is_no_end_of_a_list_that_goes_on() -> None:
    for pages in ([(1, page(None, total_pages=3))], [(1, page(1, total_pages=2)), (2, page(2)), (1, page(None))]):
        *before, (first, last_page) = pages
        with pytest.raises(PaginatorUnsuitable, match=r"^/conversations has no updated_at on page 1$"):
            walk(SHAPE, [*before, (first, msgspec.structs.replace(last_page, pages=Pages(total_pages=2)))])


def test_a_list_that_has_become_empty_or_one_page_without_times_ends() -> None:
    for left in (page(total_pages=2), page(total_pages=0), page(None, total_pages=1)):
        *_, result = walk(SHAPE, [(1, page(1, total_pages=2)), (2, page(2, total_pages=2)), (1, left)], floor=1)
        assert (result.since, result.next, result.finished_before) == (at(1), None, None)


def test_records_without_a_time_at_the_end_are_wanted_and_followed_by_the_page_before() -> None:
    turns = walk(
        SHAPE,
        [(1, page(1, 2, total_pages=4)), (4, page(None, total_pages=1)), (3, page(5, 8, total_pages=3))],
        floor=7,
    )
    assert turns[1].since == at(7)


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
    assert turns[0].finished_before == at(1)


@pytest.mark.parametrize("seconds", [(2, 1), (5, 9, 1)])
def test_a_list_in_another_order_does_not_fit(seconds: tuple[int, ...]) -> None:
    with pytest.raises(PaginatorUnsuitable, match="not in ascending order of updated_at on page 1"):
        walk(SHAPE, [(1, page(*seconds, total_pages=2))])


@pytest.mark.parametrize("seconds", [(2, 1), (5, 9, 1)])
def test_a_single_page_is_complete_in_any_order(seconds: tuple[int, ...]) -> None:
    (result,) = walk(SHAPE, [(1, page(*seconds))], floor=2)
    assert (result.since, result.next, result.finished_before) == (at(2), None, None)


def test_no_page_is_passed_by_because_of_one_that_is_not_quite_in_order() -> None:
    for pages in ([(1, page(1, 3, 2, 4, total_pages=9))], [(1, page(1, 2, total_pages=9)), (9, page(7, 9, 8, 9))]):
        with pytest.raises(PaginatorUnsuitable, match=f"on page {pages[-1][0]}$"):
            walk(SHAPE, pages, floor=6)


EIGHT = {n: identified((2 * n - 1, f"{n}a"), (2 * n, f"{n}b"), total_pages=8) for n in range(1, 9)}
SOUGHT_IN_EIGHT = [(n, EIGHT[n]) for n in (1, 8, 7, 5, 7)]  # the floor lies on page 6 or 7


@pytest.mark.parametrize("odd", [((10, "6a"), (12, "6b"), (11, "6c"), (12, "6d")), ((11, "6a"), (20, "6b"))])
def test_where_pages_were_passed_by_all_that_is_read_has_to_be_in_order(odd: tuple[tuple[float, str], ...]) -> None:
    with pytest.raises(PaginatorUnsuitable, match=r"on page 6$"):
        walk(SHAPE, [*SOUGHT_IN_EIGHT, (6, identified(*odd, total_pages=8))], floor=12.5)


@pytest.mark.parametrize("moved", [((12, "6b"), (14, "7b")), ((15, "8a"), (16, "8b"))])
def test_what_moves_left_between_two_pages_is_in_order(moved: tuple[tuple[float, str], ...]) -> None:
    order = [6, 5, 8, 7] if moved[0][0] > 13 else [6, 8, 7]
    answers = {**EIGHT, 6: identified(*moved, total_pages=8)}
    walk(SHAPE, [*SOUGHT_IN_EIGHT, *((n, answers[n]) for n in order)], floor=12.5)


def test_behind_a_chunk_nothing_is_older_than_what_it_reached() -> None:
    pages = [(1, page(1, 5, total_pages=3)), (3, page(6, 7, total_pages=3)), (2, page(3, 6, total_pages=3))]
    with pytest.raises(PaginatorUnsuitable, match=r"on page 2$"):
        walk(SHAPE, pages)


def test_what_was_updated_since_the_reading_began_may_stand_anywhere() -> None:
    pages = [(1, (1, 2)), (3, (2000, 7)), (2, (3, 1500, 4)), (1, (1, 2))]
    walk(SHAPE, [(number, page(*seconds, total_pages=3)) for number, seconds in pages])


def test_what_shares_one_second_is_in_order() -> None:
    turns = walk(SHAPE, [(1, page(1, 5, 5, total_pages=2)), (2, page(6, 7, total_pages=2)), (1, page(1, 5, 5))])
    assert turns[0].finished_before == at(5)
    walk(SHAPE, [(1, page(5, 5))])


def test_a_list_beyond_the_limit_does_not_fit() -> None:
    limited = UpdatedAscendingPaginator(path="/users", per_page=2, limit=4)
    walk(limited, [(1, page(1, 2, total_pages=2)), (2, page(3, 4, total_pages=2))], floor=3.5)
    with pytest.raises(PaginatorUnsuitable, match="more than 4 records"):
        walk(limited, [(1, page(1, 2, total_pages=3))])
    with pytest.raises(PaginatorUnsuitable, match="more than 4 records"):
        walk(limited, [(1, Page(records=page(1, 2).records, pages=Pages(total_pages=3)))])
    with pytest.raises(PaginatorUnsuitable, match="more than 4 records"):
        walk(limited, [(1, Page(records=page(1, 2).records, pages=Pages(total_pages=2, per_page=3)))])


def test_only_the_last_days_are_asked_for_and_one_more() -> None:
    paginator = UpdatedAscendingPaginator(path="/users", updated_since=True)
    floor, now = EPOCH, EPOCH + timedelta(days=2, hours=1)
    request = paginator.first(TimeRange(start=floor, now=now)).request
    assert dict(request.query) == {"updated_since": "4", "per_page": "60", "page": "1"}


def test_a_clock_that_is_behind_intercoms_asks_again_for_more_days() -> None:
    paginator = UpdatedAscendingPaginator(path="/users", updated_since=True)
    page_request = paginator.first(TimeRange(start=EPOCH, now=EPOCH - timedelta(days=30)))
    assert dict(page_request.request.query)["updated_since"] == "1"
    result = paginator.after(page_request, page(1), EPOCH + timedelta(days=5))
    assert (result.since, result.finished_before) == (None, None)
    assert result.next is not None
    assert dict(result.next.request.query)["updated_since"] == "6"


def test_a_clock_that_is_right_asks_once_and_every_page_for_the_same_days() -> None:
    paginator = UpdatedAscendingPaginator(path="/users", updated_since=True, per_page=2)
    page_request: PageRequest | None = paginator.first(TimeRange(start=at(0), now=at(1000)))
    asked = []
    for seconds in [(1, 2), (5, 6), (3, 4), (1, 2)]:
        assert page_request is not None
        asked.append(dict(page_request.request.query))
        result = paginator.after(page_request, page(*seconds, total_pages=3), at(1000))
        page_request = result.next
    assert page_request is None
    assert [query["page"] for query in asked] == ["1", "3", "2", "1"]
    assert {query["updated_since"] for query in asked} == {"2"}


def test_a_clock_that_is_behind_matters_only_where_days_are_asked_for() -> None:
    first = SHAPE.first(TimeRange(start=at(0), now=at(1000)))
    assert SHAPE.after(first, page(1), EPOCH + timedelta(days=5)).since == at(0)


def test_a_look_asks_for_one_record() -> None:
    assert SHAPE.sample() == Request(path="/conversations", query=(("sort", "updated_at"), ("per_page", "1")))


@pytest.mark.parametrize(
    ("asked", "told", "last", "is_right"),
    [(1, 1, 3, True), (1, 2, 3, False), (1, None, 3, True), (3, 3, 3, True), (3, 2, 3, False), (5, 3, 3, True)],
)
def test_another_page_than_was_asked_for_is_refused(asked: int, told: int | None, last: int, is_right: bool) -> None:
    page_request = msgspec.structs.replace(SHAPE.first(TimeRange(start=at(0), now=at(1000))), number=asked)
    answer = page(1, 2, total_pages=last)
    answer.pages = Pages(total_pages=last, per_page=2, page=told)
    if is_right:
        SHAPE.after(page_request, answer, at(1000))
        return
    with pytest.raises(ContractError, match=f"/conversations gave page {told} where page {asked} was asked for; "):
        SHAPE.after(page_request, answer, at(1000))
