from datetime import UTC, datetime
from operator import attrgetter
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.pagination.checkpoints import Edge, Front, Section

FIRST, SECOND, THIRD = (datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3))


def seal(front: Front, claim: datetime) -> datetime | None:
    return front.seal(front.first, claim)


def test_a_claim_without_work_is_true_at_once() -> None:
    assert seal(Front(), FIRST) == FIRST


def test_a_claim_waits_for_the_work_before_it() -> None:
    front = Front()
    section = front.first.begin()
    assert seal(front, FIRST) is None
    assert front.finish(section) == FIRST


def test_work_that_is_finished_before_the_seal_does_not_hold_it_up() -> None:
    front = Front()
    assert front.finish(front.first.begin()) is None
    assert seal(front, FIRST) == FIRST


def test_a_later_section_waits_for_an_earlier_one() -> None:
    front = Front()
    early = front.first.begin()
    seal(front, FIRST)
    late = front.first.begin()
    seal(front, SECOND)
    assert front.finish(late) is None
    assert front.finish(early) == SECOND
    assert seal(front, THIRD) == THIRD


def test_a_track_waits_for_the_end_of_the_one_before_it() -> None:
    front = Front()
    late = front.first.split()
    section = late.begin()
    assert front.seal(late, SECOND) is None
    assert front.finish(section) is None
    assert seal(front, FIRST) == FIRST
    assert front.end(front.first) == SECOND
    assert front.seal(late, THIRD) == THIRD
    assert front.end(late) is None


def test_a_track_ends_with_its_last_work() -> None:
    front = Front()
    early, late = front.first, front.first.split()
    section = early.begin()
    front.seal(late, THIRD)
    assert front.end(early) is None
    assert front.finish(section) == THIRD


def test_a_track_that_is_split_is_followed_by_the_new_one_first() -> None:
    front = Front()
    last = front.first.split()
    middle = front.first.split()
    front.seal(last, THIRD)
    assert front.end(front.first) is None
    assert front.seal(middle, SECOND) == SECOND
    assert front.end(middle) == THIRD


def test_a_track_may_be_split_when_it_has_ended() -> None:
    front = Front()
    front.end(front.first)
    behind = front.first.split()
    assert front.seal(behind, FIRST) == FIRST


@given(sizes=st.lists(st.integers(0, 4), min_size=1, max_size=8), data=st.data())
def test_no_claim_comes_out_before_all_the_work_in_front_of_it(sizes: list[int], data: st.DataObject) -> None:
    front, open_work = Front(), list[tuple[int, Section]]()
    claimed = -1
    for number, size in enumerate(sizes):
        open_work += [(number, front.first.begin()) for _ in range(size)]
        claim = seal(front, datetime(2024, 1, 1 + number, tzinfo=UTC))
        claimed = claimed if claim is None else claim.day - 1
    for work in data.draw(st.permutations(open_work)):
        open_work.remove(work)
        claim = front.finish(work[1])
        claimed = claimed if claim is None else claim.day - 1
        assert all(number > claimed for number, _ in open_work)
    assert claimed == len(sizes) - 1


def record(identifier: str, moment: datetime | None) -> SimpleNamespace:
    return SimpleNamespace(id=identifier, updated_at=moment)


def test_what_is_out_in_the_last_second_of_a_chunk_is_passed_over_in_the_next() -> None:
    edge = Edge(attrgetter("updated_at"))
    old, tied, late, other = record("1", FIRST), record("2", SECOND), record("3", SECOND), record("4", SECOND)
    assert edge.pass_over([old, tied]) == [old, tied]
    assert edge.pass_over([late]) == [late]
    edge.turn(THIRD)
    newer = record("2", THIRD)
    assert edge.pass_over([tied, late, other, newer, record("5", None)]) == [other, newer, record("5", None)]


def test_an_edge_grows_while_a_second_lasts_through_many_chunks() -> None:
    edge = Edge(attrgetter("updated_at"))
    tied, late = record("1", FIRST), record("2", FIRST)
    edge.pass_over([tied])
    edge.turn(THIRD)
    assert edge.pass_over([tied, late]) == [late]
    edge.turn(THIRD)
    assert edge.pass_over([tied, late]) == []


def test_a_second_that_is_not_over_is_no_edge() -> None:
    edge = Edge(attrgetter("updated_at"))
    tied = record("1", FIRST)
    edge.turn(THIRD)
    edge.pass_over([tied])
    edge.turn(FIRST)
    assert edge.pass_over([tied]) == [tied]


def test_claims_that_are_withdrawn_never_become_true_and_the_work_goes_on() -> None:
    front = Front()
    begun = front.first.begin()
    front.first.split()
    assert seal(front, FIRST) is None
    front.withdraw()
    assert front.finish(begun) is None
    assert seal(front, SECOND) == SECOND
