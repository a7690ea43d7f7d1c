from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from tap_intercom.pagination.parallel_search import DistinctCounter

BEGAN = datetime(2024, 5, 1, tzinfo=UTC)


def records(*ids: str, moved: bool = False, timeless: bool = False) -> list[SimpleNamespace]:
    time = None if timeless else BEGAN + timedelta(seconds=0 if moved else -1)
    return [SimpleNamespace(id=identity, updated_at=time) for identity in ids]


def test_what_stays_is_counted_once() -> None:
    distinct = DistinctCounter()
    distinct.add(records("1", "2"), BEGAN)
    distinct.add([], BEGAN)
    distinct.add(records("3"), BEGAN)
    assert (distinct.distinct, distinct.moves) == (3, 0)


def test_what_moves_is_one_record_however_often_it_comes() -> None:
    distinct = DistinctCounter()
    distinct.add(records("1", "2"), BEGAN)
    distinct.add([*records("3"), *records("1", "4", moved=True)], BEGAN)
    distinct.add(records("4", moved=True), BEGAN)
    assert (distinct.distinct, distinct.moves) == (4, 3)


def test_what_has_no_time_may_have_moved() -> None:
    distinct = DistinctCounter()
    distinct.add(records("1", timeless=True), BEGAN)
    distinct.add(records("1", "2", timeless=True), BEGAN)
    assert (distinct.distinct, distinct.moves) == (2, 3)


def test_several_readings_are_counted_together() -> None:
    distinct = DistinctCounter()
    distinct.add([*records("1", "2"), *records("3", moved=True)], BEGAN)
    distinct.begin_again()
    assert distinct.distinct == 3
    distinct.add([*records("2", "4"), *records("1", moved=True)], BEGAN)
    distinct.begin_again()
    distinct.add(records("5"), BEGAN)
    assert distinct.distinct == 5


def test_what_is_left_out_counts_in_the_reading_in_which_it_came() -> None:
    distinct = DistinctCounter()
    distinct.add(records("1", "2"), BEGAN)
    distinct.left_out += 1
    assert distinct.distinct == 3
    distinct.begin_again()
    distinct.add(records("1", "3"), BEGAN)
    assert distinct.distinct == 3
    distinct.left_out += 1
    assert distinct.distinct == 4
