import random

from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.pagination.completeness import FIRST_SLOTS, DistinctRecords


def test_a_record_is_new_once_and_changed_with_each_other_time() -> None:
    distinct = DistinctRecords()
    said = [distinct.add("a", 1), distinct.add("a", 1), distinct.add("a", 2), distinct.add("b", None)]
    assert said == [(True, True), (False, False), (False, True), (True, True)]
    assert len(distinct) == 2


@given(st.lists(st.tuples(st.integers(-3, 3) | st.sampled_from(["a", "b", ""]), st.none() | st.integers(0, 2))))
def test_it_says_what_a_dictionary_would(records: list[tuple[int | str, int | None]]) -> None:
    distinct, known = DistinctRecords(), dict[int, int | None]()
    for identifier, time in records:
        key = hash(identifier) or 1
        expected = (key not in known, key not in known or known[key] != time)
        known[key] = time
        assert distinct.add(identifier, time) == expected
    assert len(distinct) == len(known)


def test_it_grows_and_forgets_nothing() -> None:
    distinct = DistinctRecords()
    dice = random.Random(2)
    ids = [f"{dice.getrandbits(96):024x}" for _ in range(20 * FIRST_SLOTS)]
    assert all(distinct.add(identifier, 7) == (True, True) for identifier in ids)
    assert len(distinct) == len(ids)
    assert all(distinct.add(identifier, 7) == (False, False) for identifier in ids)
