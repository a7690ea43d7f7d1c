from datetime import UTC, datetime
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.front import Edge, Front, Section

FIRST, SECOND, THIRD = (datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3))


def test_a_claim_without_work_is_true_at_once() -> None:
    assert Front().seal(FIRST) == FIRST


def test_a_claim_waits_for_the_work_before_it() -> None:
    front = Front()
    section = front.begin()
    assert front.seal(FIRST) is None
    assert front.finish(section) == FIRST


def test_work_that_is_finished_before_the_seal_does_not_hold_it_up() -> None:
    front = Front()
    assert front.finish(front.begin()) is None
    assert front.seal(FIRST) == FIRST


def test_a_later_section_waits_for_an_earlier_one() -> None:
    front = Front()
    early = front.begin()
    front.seal(FIRST)
    late = front.begin()
    front.seal(SECOND)
    assert front.finish(late) is None
    assert front.finish(early) == SECOND
    assert front.seal(THIRD) == THIRD


@given(sizes=st.lists(st.integers(0, 4), min_size=1, max_size=8), data=st.data())
def test_no_claim_comes_out_before_all_the_work_in_front_of_it(sizes: list[int], data: st.DataObject) -> None:
    front, open_work = Front(), list[tuple[int, Section]]()
    claimed = -1
    for number, size in enumerate(sizes):
        open_work += [(number, front.begin()) for _ in range(size)]
        claim = front.seal(datetime(2024, 1, 1 + number, tzinfo=UTC))
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
    edge = Edge()
    old, tied, late, other = record("1", FIRST), record("2", SECOND), record("3", SECOND), record("4", SECOND)
    assert edge.pass_over([old, tied]) == [old, tied]
    assert edge.pass_over([late]) == [late]
    edge.turn(THIRD)
    newer = record("2", THIRD)
    assert edge.pass_over([tied, late, other, newer, record("5", None)]) == [other, newer, record("5", None)]


def test_an_edge_grows_while_a_second_lasts_through_many_chunks() -> None:
    edge = Edge()
    tied, late = record("1", FIRST), record("2", FIRST)
    edge.pass_over([tied])
    edge.turn(THIRD)
    assert edge.pass_over([tied, late]) == [late]
    edge.turn(THIRD)
    assert edge.pass_over([tied, late]) == []


def test_a_second_that_is_not_over_is_no_edge() -> None:
    edge = Edge()
    tied = record("1", FIRST)
    edge.turn(THIRD)
    edge.pass_over([tied])
    edge.turn(FIRST)
    assert edge.pass_over([tied]) == [tied]
