import random
import tracemalloc
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.pagination.completeness import (
    ENOUGH_READS,
    FIRST_SLOTS,
    MOST_READS_WITHOUT_NEWS,
    Completeness,
    DistinctSet,
    Verdict,
)

BEGAN = datetime(2024, 5, 1, tzinfo=UTC)
BEFORE, SINCE = BEGAN - timedelta(days=1), BEGAN + timedelta(seconds=1)
PATIENCE = 900.0


def records(*ids: int, at: datetime | None = BEFORE) -> list[Any]:
    return [SimpleNamespace(id=str(number), updated_at=at) for number in ids]


class Story:
    """Readings of a scroll, one after another; no time passes but what is said."""

    def __init__(self) -> None:
        self.completeness = Completeness(PATIENCE, 0.0)
        self.now = 0.0

    def reading(
        self, ids: range, before: int | None, after: int | None, trouble: str = "", at: datetime | None = BEFORE
    ) -> Verdict:
        completeness = self.completeness
        completeness.begin(before)
        completeness.take(records(*ids, at=at), BEGAN)
        for one in trouble.split():
            setattr(completeness, one, True)
        return completeness.end(after, self.now)


@pytest.mark.parametrize("trouble", ["", "lossy", "cut", "broken", "lossy cut"])
def test_as_many_as_were_counted_before_and_after_are_all(trouble: str) -> None:
    assert Story().reading(range(10), 10, 10, trouble) is Verdict.COMPLETE


@pytest.mark.parametrize(("before", "after"), [(10, 12), (12, 10), (9, 8), (9, 9)])
def test_within_what_was_created_or_deleted_meanwhile_only_a_clean_reading_is_believed(before: int, after: int) -> None:
    assert Story().reading(range(10), before, after) is Verdict.COMPLETE
    for trouble in ("lossy", "cut", "broken"):
        assert Story().reading(range(10), before, after, trouble) is Verdict.AGAIN


def test_or_as_many_readings_as_make_a_loss_improbable() -> None:
    story = Story()
    said = [story.reading(range(10), 11, 9, "lossy") for _ in range(ENOUGH_READS)]
    assert said == [*[Verdict.AGAIN] * (ENOUGH_READS - 1), Verdict.COMPLETE]


def test_a_reading_that_broke_is_none_of_them() -> None:
    story = Story()
    assert {story.reading(range(10), 11, 9, "broken") for _ in range(2 * ENOUGH_READS)} == {Verdict.AGAIN}


def test_fewer_are_read_again_and_united() -> None:
    story = Story()
    assert story.reading(range(6), 10, 10, "lossy") is Verdict.AGAIN
    assert (story.completeness.came, story.completeness.missing) == (6, 4)
    assert story.reading(range(4, 10), 10, 10, "lossy") is Verdict.COMPLETE


def test_a_clean_reading_that_adds_nothing_is_believed_against_the_count() -> None:
    story = Story()
    assert story.reading(range(10), 12, 12) is Verdict.AGAIN
    assert story.reading(range(10), 12, 12) is Verdict.COMPLETE


@pytest.mark.parametrize("at", [SINCE, BEGAN])
def test_what_was_created_or_updated_since_is_nothing_that_was_missing(at: datetime) -> None:
    story = Story()
    story.reading(range(10), 12, 12)
    assert story.reading(range(10, 13), 15, 15, at=at) is Verdict.COMPLETE


@pytest.mark.parametrize("at", [BEFORE, None])
def test_a_reading_that_adds_what_was_there_before_is_not_the_last(at: datetime | None) -> None:
    story = Story()
    story.reading(range(10), 13, 13)
    assert story.reading(range(9, 11), 13, 13, at=at) is Verdict.AGAIN


@pytest.mark.parametrize("trouble", ["lossy", "cut", "broken"])
def test_a_doubtful_reading_that_adds_nothing_says_nothing(trouble: str) -> None:
    story = Story()
    story.reading(range(10), 12, 12)
    assert story.reading(range(10), 12, 12, trouble) is Verdict.AGAIN


def test_what_nobody_counts_is_read_until_nothing_is_added() -> None:
    story = Story()
    assert story.reading(range(9), None, None) is Verdict.AGAIN
    assert story.reading(range(1, 10), None, 10) is Verdict.AGAIN
    assert story.reading(range(10), 10, None, "lossy") is Verdict.AGAIN
    assert story.reading(range(10), None, None, "cut") is Verdict.AGAIN
    assert story.reading(range(10), None, None) is Verdict.AGAIN
    assert story.reading(range(10), None, None) is Verdict.COMPLETE


def test_readings_that_bring_nothing_are_given_up_after_a_number_and_a_time() -> None:
    story = Story()
    story.reading(range(6), 10, 10, "broken")
    story.now = PATIENCE - 1
    said = [story.reading(range(3), 10, 10, "broken") for _ in range(MOST_READS_WITHOUT_NEWS + 3)]
    assert set(said) == {Verdict.AGAIN}
    story.now = PATIENCE
    assert story.reading(range(3), 10, 10, "broken") is Verdict.INCOMPLETE
    story = Story()
    story.reading(range(6), 10, 10, "broken")
    story.now = PATIENCE
    said = [story.reading(range(3), 10, 10, "broken") for _ in range(MOST_READS_WITHOUT_NEWS)]
    assert said == [*[Verdict.AGAIN] * (MOST_READS_WITHOUT_NEWS - 1), Verdict.INCOMPLETE]


def test_readings_that_end_by_themselves_are_given_up_after_a_number() -> None:
    story = Story()
    said = [story.reading(range(6), 10, 10, "cut") for _ in range(MOST_READS_WITHOUT_NEWS + 1)]
    assert said == [*[Verdict.AGAIN] * MOST_READS_WITHOUT_NEWS, Verdict.INCOMPLETE]


def test_what_brings_a_record_gives_more_tries() -> None:
    story = Story()
    for number in range(1, 50):
        story.now += PATIENCE
        assert story.reading(range(number), 100, 100, "broken") is Verdict.AGAIN


def test_records_that_came_unchanged_are_not_taken_again() -> None:
    completeness = Completeness(PATIENCE, 0.0)
    completeness.begin(3)
    assert completeness.take(records(1, 2), BEGAN) == records(1, 2)
    completeness.begin(3)
    mixed = [*records(1), *records(2, at=SINCE), *records(3, at=None)]
    assert completeness.take(mixed, SINCE) == mixed[1:]
    assert completeness.take(mixed, SINCE) == []


def test_what_is_left_out_counts_as_one_that_came_once_for_all_readings() -> None:
    completeness = Completeness(PATIENCE, 0.0)
    for reading in range(2):
        completeness.begin(4)
        completeness.take(records(1, 2, at=BEGAN), BEGAN, 1)
        assert (completeness.came, completeness.missing) == (3, 1), reading
    completeness.take(records(3, at=BEGAN), BEGAN)
    assert completeness.end(4, 0.0) is Verdict.COMPLETE


@given(st.lists(st.integers(-3, 3) | st.sampled_from(["a", "b", ""]) | st.tuples(st.sampled_from("ab"), st.none())))
def test_a_distinct_set_says_what_a_set_would(members: list[int | str | tuple[str, None]]) -> None:
    distinct, known = DistinctSet(), set[int]()
    for member in members:
        key = hash(member)  # which a few have in common: that of -1 is that of -2
        assert distinct.add(member) == (key not in known)
        known.add(key)
        assert len(distinct) == len(known)


def test_a_distinct_set_grows_and_forgets_nothing() -> None:
    distinct = DistinctSet()
    dice = random.Random(2)
    ids = [f"{dice.getrandbits(96):024x}" for _ in range(20 * FIRST_SLOTS)]
    assert all(distinct.add(identifier) for identifier in ids)
    assert len(distinct) == len(ids)
    assert not any(distinct.add(identifier) for identifier in ids)


def test_a_distinct_set_takes_12_to_24_bytes_a_member() -> None:
    tracemalloc.start()
    try:
        distinct, before = DistinctSet(), tracemalloc.get_traced_memory()[0]
        for member in range(FIRST_SLOTS, 8 * FIRST_SLOTS):
            distinct.add(f"{member}")
            held = tracemalloc.get_traced_memory()[0] - before
            assert held <= 24 * max(len(distinct), FIRST_SLOTS) + 1000
        assert held >= 12 * len(distinct)
    finally:
        tracemalloc.stop()
