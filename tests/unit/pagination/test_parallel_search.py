"""Which lane is looked into, where it is split, whose turn it is, and how the last one ends."""

import math
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest

from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.model import MOST_READS, Page, PageResult, Pages, TimeRange
from tap_intercom.pagination.parallel_search import (
    HELD_PAGES,
    LEAST_PAGES,
    MOST_EXTRA_SHARE,
    MOST_MISSING_PER_MOVE,
    MOST_SEGMENTS,
    PROBE_PAGES,
    SPLIT_PAGES,
    ParallelSearch,
)
from tap_intercom.pagination.search import SearchPaginator, SearchSegment

FLOOR = datetime(2024, 1, 1, tzinfo=UTC)
LAG = timedelta(minutes=10)
END = 86_400  # the second up to which times are certain, and its half
HALF = 43_200
PER_PAGE = 2
WORTH = (
    math.ceil((HELD_PAGES + 2 * PROBE_PAGES) / MOST_EXTRA_SHARE) * PER_PAGE
)  # records, for two probes that find nothing
WORTH_ONE = math.ceil((HELD_PAGES + PROBE_PAGES) / MOST_EXTRA_SHARE) * PER_PAGE


def at(second: int) -> datetime:
    return FLOOR + timedelta(seconds=second)


class Reader:
    """Asks what is due, and answers it as a test says."""

    def __init__(self, *, by_day: bool = False, to_end: bool = False) -> None:
        search = SearchPaginator(path="/contacts/search", by_day=by_day, per_page=PER_PAGE)
        self.parallel_search = ParallelSearch(
            search, TimeRange(start=FLOOR, now=at(END), to_end=to_end), CheckpointTrack()
        )
        self.served = at(END) + LAG
        self.cursors = iter(range(10**6))
        self.ids = iter(range(10**6))

    def due(self) -> list[SearchSegment]:
        due = self.parallel_search.due()
        for segment in due:
            self.parallel_search.ask(segment)
        return due

    def answer(
        self, segment: SearchSegment, *times: int | None, total: int | None = None, last: bool = False
    ) -> PageResult | None:
        records = [SimpleNamespace(id=next(self.ids), updated_at=None if time is None else at(time)) for time in times]
        following = None if last else {"starting_after": str(next(self.cursors))}
        return self.parallel_search.handle_answer(
            segment, Page(records=records, pages=Pages(next=following), total_count=total), self.served
        )


def begin(reader: Reader, *, total: int = WORTH + 1, at_second: int = 0) -> tuple[SearchSegment, SearchSegment]:
    """Answer the first page of all, so that the first lane is asked on and looked into."""
    (first,) = reader.due()
    reader.answer(first, at_second, total=total)
    again, probe = reader.due()
    assert (again, probe.splits) == (first, first)
    return first, probe


def test_a_page_is_as_large_as_the_first_answer_says() -> None:
    reader = Reader()
    (first,) = reader.due()
    page = Page(
        records=[SimpleNamespace(id="1", updated_at=at(0))], pages=Pages(next={"starting_after": "a"}, per_page=1)
    )
    page.total_count = WORTH // PER_PAGE
    reader.parallel_search.handle_answer(first, page, reader.served)
    assert [segment.splits for segment in reader.due()] == [None, first]


def split(reader: Reader) -> tuple[SearchSegment, SearchSegment]:
    """Have two segments, from second 0 and from behind the middle on, both being asked."""
    first, last = begin(reader, total=WORTH_ONE)
    reader.answer(last, HALF + 1, total=WORTH_ONE // 2)
    assert reader.due() == [last]
    return first, last


def searched_behind(segment: SearchSegment) -> int:
    assert segment.page_request is not None
    assert segment.page_request.request.body is not None
    value = msgspec.json.decode(segment.page_request.request.body)["query"]["value"][0]["value"]
    return int(value - FLOOR.timestamp())


def test_a_small_search_is_one_chain() -> None:
    reader = Reader()
    (segment,) = reader.due()
    reader.answer(segment, 1, total=WORTH_ONE - PER_PAGE)
    assert reader.due() == [segment]
    result = reader.answer(segment, 3, last=True)
    assert result is not None
    assert result.next is None
    assert reader.due() == []


def test_a_lane_that_is_being_asked_is_not_due() -> None:
    reader = Reader()
    reader.due()
    assert reader.due() == []


@pytest.mark.parametrize("by_day", [False, True])
def test_much_is_looked_into_in_the_middle_of_what_is_left_without_a_margin(by_day: bool) -> None:
    reader = Reader(by_day=by_day)
    _, probe = begin(reader, at_second=400)
    assert searched_behind(probe) == 400 + (END - 400) // 2


def test_the_first_record_behind_the_middle_begins_a_lane_and_ends_the_one_before() -> None:
    reader = Reader()
    first, last = begin(reader)
    result = reader.answer(last, HALF, HALF + 7, total=WORTH // 2)
    assert result is not None
    assert (result.since, result.until, result.finished_before) == (at(HALF + 7), None, at(HALF + 7))
    assert first.time_range.end == at(HALF + 7)
    assert first.track.following is last.track is not None
    result = reader.answer(first, 1, HALF + 7)
    assert result is not None
    assert (result.until, result.finished_before, result.next) == (at(HALF + 7), at(HALF + 7), None)


def test_the_lane_of_which_most_is_left_is_looked_into_first() -> None:
    reader = Reader()
    first, last = begin(reader, total=5 * WORTH)
    reader.answer(last, HALF + 1, total=3 * WORTH)
    reader.answer(first, 10)
    (_, _, probe, other) = reader.due()
    assert (probe.splits, other.splits) == (last, first)


def test_lanes_are_in_the_order_of_what_they_read() -> None:
    reader = Reader()
    worth_two = math.ceil((HELD_PAGES + SPLIT_PAGES + PROBE_PAGES) / MOST_EXTRA_SHARE) * PER_PAGE
    first, last = begin(reader, total=worth_two)
    reader.answer(last, HALF + 1, total=1)
    _, probe = reader.due()
    reader.answer(probe, HALF // 2 + 1, total=worth_two // 2)
    reader.answer(first, 5)
    assert reader.due() == [first, probe]
    assert first.track.following is probe.track
    assert probe.track.following is last.track
    reader.answer(last, HALF + 2, last=True)
    assert reader.due() == []
    reader.answer(first, HALF // 2 + 1)
    reader.answer(probe, HALF + 1)
    assert reader.due() == [last]


def test_a_lane_that_is_being_looked_into_is_not_looked_into_again() -> None:
    reader = Reader()
    first, _ = begin(reader, total=100 * WORTH)
    reader.answer(first, 10)
    assert reader.due() == [first]


def test_there_are_never_more_than_so_many_lanes() -> None:
    reader = Reader()
    total = 1000 * WORTH
    (first,) = reader.due()
    reader.answer(first, 0, total=total)
    under_way = reader.due()
    while probes := [segment for segment in under_way if segment.splits]:
        for probe in probes:
            under_way.remove(probe)
            second = searched_behind(probe) + 1
            reader.answer(probe, second, total=total - total * second // END)
        under_way += reader.due()
        assert len(under_way) <= MOST_SEGMENTS
    assert len(under_way) == MOST_SEGMENTS


@pytest.mark.parametrize("found", [[], [HALF], [END + 5], [None]])
def test_a_look_that_finds_nothing_certain_behind_the_middle_is_vain_and_the_next_looks_before_it(
    found: list[int | None],
) -> None:
    reader = Reader()
    first, probe = begin(reader)
    assert reader.answer(probe, *found, total=1) is None
    (again,) = reader.due()
    assert again.splits is first
    assert searched_behind(again) == HALF // 2


def test_a_look_at_what_is_beyond_the_lane_is_vain() -> None:
    reader = Reader()
    first, last = begin(reader, total=4 * WORTH)
    reader.answer(last, HALF + 1, total=1)
    _, probe = reader.due()
    assert probe.splits is first
    assert reader.answer(probe, HALF + 1, total=1) is None


def test_a_look_at_what_was_read_meanwhile_is_vain() -> None:
    reader = Reader()
    first, probe = begin(reader)
    reader.answer(first, HALF, HALF + 9)
    assert reader.answer(probe, HALF + 1, total=1) is None


def test_a_look_into_a_lane_that_has_ended_meanwhile_is_vain() -> None:
    reader = Reader()
    first, probe = begin(reader)
    reader.answer(first, 1, last=True)
    assert reader.answer(probe, HALF + 1, total=1) is None
    assert reader.due() == []


def test_a_lane_with_little_left_is_not_looked_into() -> None:
    reader = Reader()
    first, last = begin(reader, total=4 * WORTH)
    reader.answer(last, HALF + 1, total=2 * LEAST_PAGES * PER_PAGE)
    _, probe = reader.due()
    assert probe.splits is first
    reader.answer(probe, HALF // 2 + 1, total=4 * LEAST_PAGES * PER_PAGE)
    reader.answer(first, 5, total=4 * WORTH)
    assert [segment.splits for segment in reader.due()] == [None, None, first]


def test_vain_looks_cost_no_more_than_a_share_of_all_pages() -> None:
    reader = Reader()
    reader.served = at(2**30)  # so much time that it could be halved more often
    _, probe = begin(reader, total=5 * WORTH)
    probes = 1
    reader.answer(probe, total=0)
    while due := reader.due():
        (probe,) = due
        reader.answer(probe, total=0)
        probes += 1
    assert probes == math.floor(5 * WORTH / PER_PAGE * MOST_EXTRA_SHARE - HELD_PAGES)


def test_what_shares_one_second_is_not_looked_into() -> None:
    reader = Reader()
    (first,) = reader.due()
    reader.answer(first, END - 1, total=100 * WORTH)
    assert reader.due() == [first]


def test_what_comes_out_of_order_is_not_looked_into() -> None:
    reader = Reader()
    (first,) = reader.due()
    reader.answer(first, 5, 4, total=100 * WORTH)
    assert reader.due() == [first]


@pytest.mark.parametrize("times", [[5], [None], [END + 1]])
def test_what_is_not_counted_or_has_no_certain_time_is_not_looked_into(times: list[int | None]) -> None:
    reader = Reader()
    (first,) = reader.due()
    reader.answer(first, *times, total=None if times == [5] else 100 * WORTH)
    assert reader.due() == [first]


def test_the_last_lane_is_held_where_times_are_not_certain_and_asked_again_after_the_others() -> None:
    reader = Reader()
    first, last = split(reader)
    assert last.page_request is not None
    held = last.page_request.request
    result = reader.answer(last, HALF + 2, END + 1)
    assert result is not None
    assert result.next is not None
    assert reader.due() == []
    reader.answer(first, 1, 2)
    assert reader.due() == [first]
    reader.answer(first, 3, HALF + 1)
    assert reader.due() == [last]
    assert last.page_request.request == held
    reader.answer(last, HALF + 2, END + 1)
    assert reader.due() == [last]
    assert last.page_request.request != held


def test_a_last_lane_that_ended_early_is_asked_again_for_its_end() -> None:
    reader = Reader()
    first, last = split(reader)
    result = reader.answer(last, HALF + 2, last=True)
    assert result is not None
    assert result.next is not None
    reader.answer(first, 1, HALF + 1)
    assert reader.due() == [last]
    result = reader.answer(last, HALF + 2, last=True)
    assert result is not None
    assert result.next is None
    assert reader.due() == []


def test_the_first_page_of_the_last_lane_may_be_its_end_too() -> None:
    reader = Reader()
    first, last = begin(reader, total=WORTH_ONE)
    reader.answer(last, HALF + 1, total=1, last=True)
    assert reader.due() == []
    reader.answer(first, 1, HALF + 1)
    assert reader.due() == [last]


def test_a_lane_that_was_the_last_when_it_was_asked_ends_where_a_new_one_begins() -> None:
    reader = Reader()
    first, last = split(reader)
    reader.answer(first, HALF + 1)
    reader.answer(last, HALF + 2, total=None)
    assert reader.due() == [last]
    result = reader.answer(last, HALF + 3, last=True)
    assert result is not None
    assert result.next is None


def test_a_search_of_which_all_that_is_counted_came_is_read_once() -> None:
    reader = Reader()
    (segment,) = reader.due()
    result = reader.answer(segment, 1, 2, total=2, last=True)
    assert result is not None
    assert (result.next, result.missing) == (None, 0)


def test_what_is_missing_where_nothing_moved_is_told() -> None:
    reader = Reader()
    (segment,) = reader.due()
    result = reader.answer(segment, 1, 2, total=5, last=True)
    assert result is not None
    assert (result.next, result.missing) == (None, 3)


def moved(*, totals: int) -> tuple[Reader, SearchSegment]:
    """Read three records, of which one moves while they are read, where Intercom counts `totals`: all is read again."""
    reader = Reader()
    (segment,) = reader.due()
    reader.answer(segment, 1, 2, total=totals)
    assert reader.due() == [segment]
    result = reader.answer(segment, END + 700, last=True)
    assert result is not None
    assert result.next is not None
    assert result.finished_before is None
    assert reader.due() == [segment]
    return reader, segment


def test_where_something_moved_and_less_came_than_is_counted_all_is_read_again() -> None:
    reader, segment = moved(totals=4)
    result = reader.answer(segment, 1, 2, 3, 4, total=4, last=True)
    assert result is not None
    assert (result.since, result.next, result.missing) == (FLOOR, None, 0)
    assert reader.due() == []


def test_what_was_deleted_meanwhile_is_not_looked_for() -> None:
    reader, segment = moved(totals=4)
    result = reader.answer(segment, 1, 2, total=3)
    assert result is not None
    assert (result.since, result.next, result.missing) == (None, None, 0)
    assert reader.due() == []


def test_a_search_is_read_again_a_few_times_at_most() -> None:
    reader, segment = moved(totals=9)
    for _ in range(MOST_READS - 2):
        result = reader.answer(segment, END + 700, total=20, last=True)
        assert result is not None
        assert result.next is not None
        assert reader.due() == [segment]
    result = reader.answer(segment, END + 700, total=20, last=True)
    assert result is not None
    assert result.next is None
    assert result.missing == 20 - 3 - (MOST_READS - 1)


def test_more_than_moves_can_explain_is_told_at_once() -> None:
    reader = Reader()
    (segment,) = reader.due()
    result = reader.answer(segment, END + 700, total=MOST_MISSING_PER_MOVE + 2, last=True)
    assert result is not None
    assert (result.next, result.missing) == (None, MOST_MISSING_PER_MOVE + 1)


def test_a_search_that_ends_in_what_is_the_next_runs_counts_nothing() -> None:
    reader = Reader()
    (segment,) = reader.due()
    reader.answer(segment, END + 700, total=9)
    reader.served = at(END + 3000)
    assert reader.due() == [segment]
    reader.answer(segment, END + 800)
    reader.served = at(END + 9000)
    assert reader.due() == [segment]
    result = reader.answer(segment, END + 6000)
    assert result is not None
    assert (result.next, result.missing) == (None, 0)


def busy(reader: Reader, segment: SearchSegment, *identifiers: int, total: int) -> PageResult:
    """Answer with records that were updated a moment ago; there are more."""
    records = [SimpleNamespace(id=identifier, updated_at=reader.served) for identifier in identifiers]
    page = Page(records=records, pages=Pages(next={"starting_after": str(next(reader.cursors))}), total_count=total)
    result = reader.parallel_search.handle_answer(segment, page, reader.served)
    assert result is not None
    return result


def test_a_search_ends_where_a_record_comes_in_a_second_place_and_all_that_is_counted_has_come() -> None:
    reader = Reader()
    (segment,) = reader.due()
    for identifiers in ((1, 2), (3, 4)):
        result = busy(reader, segment, *identifiers, total=4)
        assert result.next is not None
        assert result.complete_before is None
        assert reader.due() == [segment]
    result = busy(reader, segment, 1, 2, total=4)
    assert (result.next, result.missing, result.complete_before) == (None, 0, reader.served - LAG)
    assert reader.due() == []


def test_what_comes_twice_while_some_are_missing_is_read_as_often_as_all_and_then_all_is_read_again() -> None:
    reader = Reader()
    (segment,) = reader.due()
    busy(reader, segment, 1, 2, total=4)
    reader.due()
    result = busy(reader, segment, 1, 2, total=4)
    assert result.next is not None
    assert segment.repeats == 0  # all is read again
    reader.due()
    result = busy(reader, segment, 1, 2, total=2)
    assert (result.next, result.since, result.complete_before) == (None, None, reader.served - LAG)


def test_where_what_is_missing_never_comes_a_search_that_has_no_end_ends_without_it() -> None:
    reader = Reader()
    (segment,) = reader.due()
    busy(reader, segment, 1, 2, total=4)
    turns = []
    while reader.due():
        turns.append(busy(reader, segment, 1, 2, total=4))
    assert len(turns) < MOST_READS * 3
    assert (turns[-1].next, turns[-1].missing, turns[-1].complete_before) == (None, 0, reader.served - LAG)


def test_what_is_wanted_to_its_end_goes_on_though_as_many_came_as_are_counted() -> None:
    reader = Reader(to_end=True)
    (segment,) = reader.due()
    for identifiers in ((1, 2), (3, 4), (1, 5), (2, 6), (3, 7)):
        assert busy(reader, segment, *identifiers, total=4).next is not None
        assert reader.due() == [segment]
    result = reader.answer(segment, END + 600, last=True)
    assert result is not None
    assert (result.next, result.complete_before) == (None, None)


def test_what_is_wanted_to_its_end_ends_early_where_as_much_came_again_as_is_counted() -> None:
    reader = Reader(to_end=True)
    (segment,) = reader.due()
    for identifiers in ((1, 2), (3, 4), (1, 2), (5, 6)):
        assert busy(reader, segment, *identifiers, total=4).next is not None
        reader.due()
    result = busy(reader, segment, 3, 4, total=4)
    assert (result.next, result.complete_before) == (None, reader.served - LAG)


def test_repeats_are_counted_anew_when_they_have_doubled() -> None:
    reader = Reader()
    (segment,) = reader.due()
    for identifiers in ((1, 2), (3, 4), (5, 6), (1, 2)):
        result = busy(reader, segment, *identifiers, total=7)
        reader.due()
    assert segment.most_repeats == 4
    result = busy(reader, segment, 7, 1, total=7)
    assert result.next is not None
    reader.due()
    assert busy(reader, segment, 3, 4, total=7).next is None


def test_a_lane_that_is_not_the_last_ends_at_its_first_repeat_and_the_last_waits_for_it() -> None:
    reader = Reader()
    first, last = split(reader)
    busy(reader, first, 1, 2, total=9)
    reader.answer(last, HALF + 3, total=9)
    reader.due()
    last.recent_ids.add(5)
    last.repeats = 1
    assert reader.answer(last, HALF + 5, total=9) is not None
    assert last.page_request is not None
    result = busy(reader, first, 2, 3, total=9)
    assert (result.next, result.complete_before) == (None, reader.served - LAG)
    assert reader.due() == [last]


def with_odd(reader: Reader, *items: int | str, last: bool = False) -> Page:
    """Give a page with an item for each second, and for each text one that is no record that can be used."""
    places = [place for place, item in enumerate(items) if isinstance(item, int)]
    records = [SimpleNamespace(id=next(reader.ids), updated_at=at(int(items[place]))) for place in places]
    following = None if last else {"starting_after": str(next(reader.cursors))}
    left_out = len(items) - len(places)
    return Page(records=records, left_out=left_out, places=places, pages=Pages(next=following))


def test_an_odd_item_counts_once_on_a_page_that_two_lanes_share() -> None:
    reader = Reader()
    first, probe = begin(reader, total=WORTH_ONE)
    page = with_odd(reader, "before", HALF + 1, "behind")
    page.total_count = 3
    reader.parallel_search.handle_answer(probe, page, reader.served)  # and is asked again after the first lane
    reader.due()
    reader.parallel_search.handle_answer(
        first, with_odd(reader, "within", 2, "before", HALF + 1, "behind"), reader.served
    )
    assert reader.due() == [probe]
    last = with_odd(reader, "before", HALF + 1, "behind", HALF + 2, last=True)
    result = reader.parallel_search.handle_answer(probe, last, reader.served)
    assert result is not None
    came = [0, "within", 2, "before", HALF + 1, "behind", HALF + 2]
    assert (result.next, result.missing) == (None, WORTH_ONE - len(came))


def test_an_odd_item_belongs_where_the_last_certain_time_before_it_does() -> None:
    reader = Reader()
    first, probe = begin(reader, total=WORTH_ONE)
    reader.answer(probe, HALF + 1, HALF + 2, total=3)
    reader.due()
    page = with_odd(reader, 2, END + 900, "before", HALF + 1)
    reader.parallel_search.handle_answer(first, page, reader.served)
    last = with_odd(reader, "third page", HALF + 3, last=True)
    reader.parallel_search.handle_answer(probe, last, reader.served)  # and is asked again after the first segment
    assert reader.due() == [probe]
    reader.parallel_search.handle_answer(probe, last, reader.served)
    came = [0, 2, END + 900, "before", HALF + 1, HALF + 2, "third page", HALF + 3]
    assert reader.parallel_search._came == len(came)  # noqa: SLF001 - what moved hides it: all is read again


def test_an_odd_item_behind_a_record_that_was_just_updated_belongs_before_the_segment() -> None:
    reader = Reader()
    first, probe = begin(reader, total=WORTH_ONE)
    page = with_odd(reader, END + 900, "before", HALF + 1, last=True)
    page.total_count = 3
    reader.parallel_search.handle_answer(probe, page, reader.served)  # and is asked again after the first segment
    reader.due()
    reader.parallel_search.handle_answer(first, with_odd(reader, 2, "before", HALF + 1), reader.served)
    assert reader.due() == [probe]
    reader.parallel_search.handle_answer(probe, page, reader.served)
    came = [0, 2, "before", END + 900, HALF + 1]
    assert reader.parallel_search._came == len(came)  # noqa: SLF001 - what moved hides it: all is read again


def test_a_record_without_a_time_may_have_moved_so_all_is_read_again() -> None:
    reader = Reader()
    (segment,) = reader.due()
    result = reader.answer(segment, 1, None, total=3, last=True)
    assert result is not None
    assert result.next is not None


def test_what_a_search_by_day_gives_before_the_start_is_counted() -> None:
    reader = Reader(by_day=True)
    (segment,) = reader.due()
    result = reader.answer(segment, -50, 1, total=2, last=True)
    assert result is not None
    assert (result.next, result.missing) == (None, 0)


def test_odd_items_are_counted_anew_in_another_reading() -> None:
    reader = Reader()
    (segment,) = reader.due()
    page = with_odd(reader, "odd", END + 700, 1, last=True)
    page.total_count = 4
    for _ in range(2):
        result = reader.parallel_search.handle_answer(segment, page, reader.served)
        assert result is not None
        assert result.next is not None
        assert reader.due() == [segment]


def test_another_reading_counts_from_before_the_start_as_the_first_segment_did() -> None:
    reader = Reader()
    first, probe = begin(reader, total=WORTH_ONE)
    moved = [END + 700] * (WORTH_ONE // MOST_MISSING_PER_MOVE)
    reader.answer(probe, HALF + 1, *moved, total=1, last=True)  # and is asked again after the first segment
    reader.due()
    reader.answer(first, 1, HALF + 1)
    assert reader.due() == [probe]
    result = reader.answer(probe, HALF + 1, *moved, last=True)
    assert result is not None
    assert result.next is not None
    assert reader.due() == [probe]
    page = with_odd(reader, "odd", 5, last=True)
    page.total_count = len([0, 1, HALF + 1, *moved, "odd", 5])
    result = reader.parallel_search.handle_answer(probe, page, reader.served)
    assert result is not None
    assert (result.next, result.missing) == (None, 0)
