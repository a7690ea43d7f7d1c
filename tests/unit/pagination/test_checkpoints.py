from datetime import UTC, datetime
from operator import attrgetter
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.pagination.checkpoints import BoundaryFilter, Checkpoint, Checkpoints

FIRST, SECOND, THIRD = (datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3))


def seal(checkpoints: Checkpoints, claim: datetime) -> datetime | None:
    return checkpoints.close(checkpoints.first, claim)


def test_a_claim_without_work_is_true_at_once() -> None:
    assert seal(Checkpoints(), FIRST) == FIRST


def test_a_claim_waits_for_the_work_before_it() -> None:
    checkpoints = Checkpoints()
    checkpoint = checkpoints.first.begin()
    assert seal(checkpoints, FIRST) is None
    assert checkpoints.finish(checkpoint) == FIRST


def test_work_that_is_finished_before_the_seal_does_not_hold_it_up() -> None:
    checkpoints = Checkpoints()
    assert checkpoints.finish(checkpoints.first.begin()) is None
    assert seal(checkpoints, FIRST) == FIRST


def test_a_later_section_waits_for_an_earlier_one() -> None:
    checkpoints = Checkpoints()
    early = checkpoints.first.begin()
    seal(checkpoints, FIRST)
    late = checkpoints.first.begin()
    seal(checkpoints, SECOND)
    assert checkpoints.finish(late) is None
    assert checkpoints.finish(early) == SECOND
    assert seal(checkpoints, THIRD) == THIRD


def test_a_track_waits_for_the_end_of_the_one_before_it() -> None:
    checkpoints = Checkpoints()
    late = checkpoints.first.split()
    checkpoint = late.begin()
    assert checkpoints.close(late, SECOND) is None
    assert checkpoints.finish(checkpoint) is None
    assert seal(checkpoints, FIRST) == FIRST
    assert checkpoints.end(checkpoints.first) == SECOND
    assert checkpoints.close(late, THIRD) == THIRD
    assert checkpoints.end(late) is None


def test_a_track_ends_with_its_last_work() -> None:
    checkpoints = Checkpoints()
    early, late = checkpoints.first, checkpoints.first.split()
    checkpoint = early.begin()
    checkpoints.close(late, THIRD)
    assert checkpoints.end(early) is None
    assert checkpoints.finish(checkpoint) == THIRD


def test_a_track_that_is_split_is_followed_by_the_new_one_first() -> None:
    checkpoints = Checkpoints()
    last = checkpoints.first.split()
    middle = checkpoints.first.split()
    checkpoints.close(last, THIRD)
    assert checkpoints.end(checkpoints.first) is None
    assert checkpoints.close(middle, SECOND) == SECOND
    assert checkpoints.end(middle) == THIRD


def test_a_track_may_be_split_when_it_has_ended() -> None:
    checkpoints = Checkpoints()
    checkpoints.end(checkpoints.first)
    behind = checkpoints.first.split()
    assert checkpoints.close(behind, FIRST) == FIRST


@given(sizes=st.lists(st.integers(0, 4), min_size=1, max_size=8), data=st.data())
def test_no_claim_comes_out_before_all_the_work_in_front_of_it(sizes: list[int], data: st.DataObject) -> None:
    checkpoints, open_work = Checkpoints(), list[tuple[int, Checkpoint]]()
    claimed = -1
    for number, size in enumerate(sizes):
        open_work += [(number, checkpoints.first.begin()) for _ in range(size)]
        claim = seal(checkpoints, datetime(2024, 1, 1 + number, tzinfo=UTC))
        claimed = claimed if claim is None else claim.day - 1
    for work in data.draw(st.permutations(open_work)):
        open_work.remove(work)
        claim = checkpoints.finish(work[1])
        claimed = claimed if claim is None else claim.day - 1
        assert all(number > claimed for number, _ in open_work)
    assert claimed == len(sizes) - 1


def record(identifier: str, moment: datetime | None) -> SimpleNamespace:
    return SimpleNamespace(id=identifier, updated_at=moment)


def test_what_is_out_in_the_last_second_of_a_chunk_is_passed_over_in_the_next() -> None:
    edge = BoundaryFilter(attrgetter("updated_at"))
    old, tied, late, other = record("1", FIRST), record("2", SECOND), record("3", SECOND), record("4", SECOND)
    assert edge.without_boundary([old, tied]) == [old, tied]
    assert edge.without_boundary([late]) == [late]
    edge.next_chunk(THIRD)
    newer = record("2", THIRD)
    assert edge.without_boundary([tied, late, other, newer, record("5", None)]) == [other, newer, record("5", None)]


def test_an_edge_grows_while_a_second_lasts_through_many_chunks() -> None:
    edge = BoundaryFilter(attrgetter("updated_at"))
    tied, late = record("1", FIRST), record("2", FIRST)
    edge.without_boundary([tied])
    edge.next_chunk(THIRD)
    assert edge.without_boundary([tied, late]) == [late]
    edge.next_chunk(THIRD)
    assert edge.without_boundary([tied, late]) == []


def test_a_second_that_is_not_over_is_no_edge() -> None:
    edge = BoundaryFilter(attrgetter("updated_at"))
    tied = record("1", FIRST)
    edge.next_chunk(THIRD)
    edge.without_boundary([tied])
    edge.next_chunk(FIRST)
    assert edge.without_boundary([tied]) == [tied]


def test_claims_that_are_withdrawn_never_become_true_and_the_work_goes_on() -> None:
    checkpoints = Checkpoints()
    begun = checkpoints.first.begin()
    checkpoints.first.split()
    assert seal(checkpoints, FIRST) is None
    checkpoints.withdraw()
    assert checkpoints.finish(begun) is None
    assert seal(checkpoints, SECOND) == SECOND
