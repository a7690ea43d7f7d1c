"""A list that moves while it is read: nothing that was there before the reading began is missed."""

import contextlib
import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tap_intercom.pagination.model import Page, PageResult, Pages, PaginatorUnsuitable, TimeRange
from tap_intercom.pagination.updated_ascending import UpdatedAscendingPaginator

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def at(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


class MovingList:
    """Records by id with the second of their last update, served as Intercom pages them; ties keep the order of ids."""

    def __init__(self, seconds: list[int], now: int) -> None:
        self.updated = dict(enumerate(seconds))
        self.now = now
        self.ids = itertools.count(len(seconds))

    def change(self, kind: str, choice: int) -> None:
        alive = sorted(self.updated)
        if kind == "tick":
            self.now += 1
        elif kind == "create":
            self.updated[next(self.ids)] = self.now
        elif alive and kind == "update":
            self.updated[alive[choice % len(alive)]] = self.now
        elif alive and kind == "delete":
            del self.updated[alive[choice % len(alive)]]

    def page(self, number: int, per_page: int) -> Page:
        ordered = sorted(self.updated, key=lambda key: (self.updated[key], key))
        total_pages = -(-len(ordered) // per_page)
        records = [
            SimpleNamespace(id=key, updated_at=at(self.updated[key]))
            for key in ordered[(number - 1) * per_page : number * per_page]
        ]
        following = "more" if number < total_pages else None
        return Page(
            records=records, pages=Pages(next=following, page=number, per_page=per_page, total_pages=total_pages)
        )


changes = st.lists(st.tuples(st.sampled_from(["tick", "create", "update", "delete"]), st.integers(0, 500)), max_size=12)


@settings(max_examples=400)
@given(
    seconds=st.sampled_from([1, 4, 40]).flatmap(lambda spread: st.lists(st.integers(0, spread), max_size=60)),
    floor=st.integers(0, 4) | st.integers(0, 45),
    per_page=st.integers(1, 7),
    longest=st.sampled_from([1, 2, 64]),
    between=st.lists(changes, min_size=1, max_size=30),
)
def test_nothing_is_missed_and_no_claim_is_false(
    seconds: list[int],
    floor: int,
    per_page: int,
    longest: int,
    between: list[list[tuple[str, int]]],
) -> None:
    moving = MovingList(seconds, now=41)
    paginator = UpdatedAscendingPaginator(path="/conversations", per_page=per_page, longest_chunk=longest)
    handed: set[tuple[int, datetime]] = set()
    result: PageResult | None = None
    page_request = paginator.first(TimeRange(start=at(floor), now=at(0)))
    began, schedule = moving.now, iter(between)
    changed: list[tuple[str, int]] = []
    for _ in range(5000):
        page = moving.page(page_request.number, per_page)  # type: ignore[attr-defined]  # its steps have one
        try:
            result = paginator.after(page_request, page, at(moving.now))
        except PaginatorUnsuitable:
            assert len(changed) > per_page  # a whole page was gone between two answers
            return
        handed |= {
            (record.id, record.updated_at)
            for record in page.records
            if result.since is not None and record.updated_at >= result.since
        }
        if result.finished_before is not None:
            assert_handed(moving, handed, at(floor), result.finished_before)
        if result.next is None:
            break
        page_request = result.next
        changed = next(schedule, [])
        for kind, choice in changed:
            moving.change(kind, choice)
    else:
        raise AssertionError("the walk does not end")
    assert_handed(moving, handed, at(floor), at(began))


def assert_handed(moving: MovingList, handed: set[tuple[int, datetime]], floor: datetime, before: datetime) -> None:
    missing = [
        (key, second)
        for key, second in moving.updated.items()
        if floor <= at(second) < before and (key, at(second)) not in handed
    ]
    assert not missing


@settings(max_examples=200)
@given(count=st.integers(1, 400), per_page=st.integers(1, 10), data=st.data())
def test_a_still_list_costs_few_pages_more_than_it_has(count: int, per_page: int, data: Any) -> None:
    moving = MovingList(list(range(count)), now=count)
    floor = data.draw(st.integers(0, count))
    paginator = UpdatedAscendingPaginator(path="/conversations", per_page=per_page)
    page_request = paginator.first(TimeRange(start=at(floor), now=at(count)))
    asked = 0
    while True:
        asked += 1
        result = paginator.after(page_request, moving.page(page_request.number, per_page), at(count))  # type: ignore[attr-defined]
        if result.next is None:
            break
        page_request = result.next
    needed = -(-(count - floor) // per_page)
    # Seeking leaps twice as far each time; every chunk reads one page again.
    assert asked <= needed + 4 + 3 * count.bit_length()


@settings(max_examples=300)
@given(
    seconds=st.lists(st.integers(0, 20), max_size=40),
    per_page=st.integers(1, 7),
    longest=st.sampled_from([1, 2, 64]),
)
def test_a_list_in_any_order_is_read_whole_or_does_not_fit(seconds: list[int], per_page: int, longest: int) -> None:
    paginator = UpdatedAscendingPaginator(path="/conversations", per_page=per_page, longest_chunk=longest)
    records = [SimpleNamespace(id=number, updated_at=at(second)) for number, second in enumerate(seconds)]
    total_pages = -(-len(records) // per_page)
    page_request = paginator.first(TimeRange(start=at(0), now=at(0)))
    handed: set[int] = set()
    with contextlib.suppress(PaginatorUnsuitable):
        while True:
            number = page_request.number  # type: ignore[attr-defined]  # its steps have one
            found = records[(number - 1) * per_page : number * per_page]
            result = paginator.after(
                page_request, Page(records=found, pages=Pages(page=number, total_pages=total_pages)), at(100)
            )
            handed |= {record.id for record in found if result.since is not None and record.updated_at >= result.since}
            if result.next is None:
                break
            page_request = result.next
        assert handed == set(range(len(records)))
