"""Which lane is split, whose turn it is, and how the last one ends."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from tap_intercom.front import Track
from tap_intercom.lanes import LEAST_PAGES, MOST_LANES, Lane, Lanes
from tap_intercom.paging import Page, Pages, Turn, Window
from tap_intercom.search import Search

FLOOR = datetime(2024, 1, 1, tzinfo=UTC)
BEGAN = datetime(2024, 1, 2, tzinfo=UTC)
SEARCH = Search(path="/conversations/search", per_page=2)
WORTH = 2 * LEAST_PAGES * 2  # records


def at(second: int) -> datetime:
    return FLOOR + timedelta(seconds=second)


def lanes(search: Search = SEARCH) -> Lanes:
    return Lanes(search, Window(floor=FLOOR, now=BEGAN), Track())


class Reader:
    """Asks what is due, and answers it as a test says."""

    def __init__(self, parts: Lanes) -> None:
        self.parts = parts
        self.cursors = iter(range(10**6))

    def due(self) -> list[Lane]:
        due = self.parts.due()
        for lane in due:
            self.parts.ask(lane)
        return due

    def answer(self, lane: Lane, *times: int | None, total: int | None = None, last: bool = False) -> Turn:
        records = [SimpleNamespace(updated_at=None if time is None else at(time)) for time in times]
        following = None if last else {"starting_after": str(next(self.cursors))}
        page = Page(records=records, pages=Pages(next=following), total_count=total)
        return self.parts.answered(lane, page, self.served)

    served = BEGAN


def test_a_small_search_is_one_chain() -> None:
    reader = Reader(lanes())
    (lane,) = reader.due()
    reader.answer(lane, 1, 2, total=WORTH + 1)
    assert reader.due() == [lane]
    reader.answer(lane, 3, last=True)
    assert reader.due() == []


def test_a_lane_that_is_being_asked_is_not_due() -> None:
    reader = Reader(lanes())
    reader.due()
    assert reader.due() == []


def test_much_is_split_in_the_middle_of_what_is_left() -> None:
    reader = Reader(lanes())
    (first,) = reader.due()
    reader.answer(first, 0, 400, total=WORTH + 2)
    _, second = reader.due()
    middle = at(400) + (BEGAN - at(400)) / 2
    assert (first.window.end, second.window.floor, second.window.end) == (middle, middle, None)
    assert first.track.following is second.track
    assert reader.answer(second, 50_000, 50_001, total=WORTH).since == middle
    assert reader.due() == [second]


def test_the_request_under_way_when_its_lane_is_split_ends_where_the_next_begins() -> None:
    reader = Reader(lanes())
    (first,) = reader.due()
    reader.answer(first, 0, total=8 * WORTH)
    (_, second) = reader.due()
    reader.answer(second, 43_200, total=7 * WORTH)
    _, third = reader.due()
    turn = reader.answer(first, 7, 43_300)
    assert (turn.until, turn.settled, turn.next) == (second.window.floor, second.window.floor, None)
    assert third.window.floor > second.window.floor


def test_what_is_split_is_where_most_is_left() -> None:
    reader = Reader(lanes())
    (first,) = reader.due()
    reader.answer(first, 0, total=10 * WORTH)
    _, second = reader.due()
    reader.answer(second, 43_200, total=WORTH // 2)
    third, also_second = reader.due()
    assert also_second is second
    assert third.window.end == second.window.floor


def test_there_are_never_more_than_so_many_and_each_is_worth_a_page() -> None:
    reader = Reader(lanes())
    (lane,) = reader.due()
    total = 1000 * WORTH
    reader.answer(lane, 0, total=total)
    under_way = reader.due()
    while any(lane.total is None for lane in under_way):
        lane = next(lane for lane in under_way if lane.total is None)
        reader.answer(
            lane,
            int((lane.window.floor - FLOOR).total_seconds()),
            total=int(total * (BEGAN - lane.window.floor) / (BEGAN - FLOOR)),
        )
        under_way = [lane for lane in under_way if lane.is_asked] + reader.due()
    assert len(under_way) == MOST_LANES


def test_splits_that_find_nothing_have_an_end() -> None:
    """All records share one second."""
    reader = Reader(lanes())
    (first,) = reader.due()
    reader.answer(first, 5, 5, total=10 * WORTH)
    splits = pages = 0
    while under_way := reader.due():
        for lane in under_way:
            splits += lane is not first
            pages += lane is first
            reader.answer(
                lane, *([5, 5] if lane is first else []), total=0, last=pages == 5 * WORTH or lane is not first
            )
    assert 1 < splits <= 5 * WORTH / LEAST_PAGES + 1


def test_days_are_not_split() -> None:
    reader = Reader(lanes(Search(path="/contacts/search", by_day=True, per_page=2)))
    (first,) = reader.due()
    reader.answer(first, 5, total=100 * WORTH)
    assert reader.due() == [first]


def test_what_comes_out_of_order_is_not_split() -> None:
    reader = Reader(lanes())
    (first,) = reader.due()
    reader.answer(first, 5, 4, total=100 * WORTH)
    assert reader.due() == [first]


def test_what_is_not_counted_is_not_split() -> None:
    reader = Reader(lanes())
    (first,) = reader.due()
    reader.answer(first, 5, None)
    assert reader.due() == [first]


def split(reader: Reader) -> tuple[Lane, Lane]:
    (first,) = reader.due()
    reader.answer(first, 0, total=WORTH + 1)
    _, last = reader.due()
    return first, last


def test_the_last_lane_is_held_before_its_end_until_the_others_are_read() -> None:
    reader = Reader(lanes())
    first, last = split(reader)
    reader.answer(last, 50_000, 90_000, total=5)
    assert reader.due() == []
    reader.answer(first, 1, 2)
    assert reader.due() == [first]
    reader.served = at(95_000)
    reader.answer(first, 3, 50_000)
    assert reader.due() == [last]
    assert last.step is not None
    assert last.step.limit is None
    reader.answer(last, 94_000, 94_001)
    assert last.step.limit == at(95_000)
    assert reader.due() == [last]


def test_a_last_lane_that_ended_early_is_read_again_from_its_end() -> None:
    reader = Reader(lanes())
    first, last = split(reader)
    reader.answer(last, 50_000, 50_001, total=2, last=True)
    assert reader.due() == []
    reader.answer(first, 1, 50_000)
    (tail,) = reader.due()
    assert (tail.window.floor, tail.window.end, last.track.following) == (at(50_001), None, tail.track)
    reader.answer(tail, 50_001, last=True)
    assert reader.due() == []


def test_an_end_that_was_asked_for_while_others_were_read_is_none() -> None:
    reader = Reader(lanes())
    first, last = split(reader)
    reader.answer(first, 1, 50_000)
    reader.answer(last, total=0, last=True)
    (tail,) = reader.due()
    assert tail.window.floor == last.window.floor
