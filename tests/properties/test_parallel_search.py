"""A search that is read in segments loses nothing, while records move, the index lags, and runs are broken off."""

from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.pagination.checkpoints import Checkpoints
from tap_intercom.pagination.model import Page, Pages, TimeRange
from tap_intercom.pagination.parallel_search import (
    MOST_EXTRA_SHARE,
    MOST_SEGMENTS,
    MOST_SPARED_PAGES,
    SPARED_SHARE,
    ParallelSearch,
)
from tap_intercom.pagination.search import INDEX_LAG, SearchPaginator, SearchSegment

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MOST_TIMES = 6  # that a record is read in one run, on the average, where all are updated all the time


class Workspace:
    """Records with the time of their last update, and an index that learns of an update some time later."""

    def __init__(self, dice: Random, times: list[datetime], *, by_day: bool, offset: int) -> None:
        self.dice = dice
        self.now = max([*times, BEGIN]) + SECOND
        self.updated = dict(enumerate(times))
        self.places = dict(self.updated)
        self.pending: list[tuple[datetime, int, datetime]] = []
        self.by_day = by_day
        self.zone = timedelta(hours=offset)

        self.most_changes = 10**9
        self.lag = int(INDEX_LAG.total_seconds())
        self.counts = False  # whether a cursor is how many records came before it
        self.unusable: set[int] = set()  # are found, and are no records that can be used
        self.timeless: set[int] = set()  # are shown without their time
        self.withheld: set[int] = set()  # are counted, and not given

    def pass_time(self, seconds: int) -> None:
        self.now += seconds * SECOND
        for pending in [each for each in self.pending if each[0] <= self.now]:
            self.pending.remove(pending)
            self.places[pending[1]] = max(pending[2], self.places.get(pending[1], EPOCH))

    def change(self) -> None:
        if self.most_changes:
            self.most_changes -= 1
            number = self.dice.randrange(len(self.updated) + 1)
            self.updated[number] = self.now
            self.pending.append((self.now + self.dice.randrange(self.lag) * SECOND, number, self.now))
            self.pass_time(0)

    def search(self, body: bytes) -> Page:
        asked: Any = msgspec.json.decode(body)
        after = EPOCH + asked["query"]["value"][0]["value"] * SECOND
        size, cursor = asked["pagination"]["per_page"], asked["pagination"].get("starting_after")
        found = sorted((place, number) for number, place in self.places.items() if self._is_after(place, after))
        given = [each for each in found if each[1] not in self.withheld]
        if self.counts:
            rest = given[int(cursor or 0) :]
        else:
            rest = [each for each in given if not cursor or each > _place(cursor)]
        page = rest[:size]
        following = None
        if len(rest) > size:
            following = {"starting_after": f"{len(given) - len(rest) + size}" if self.counts else _cursor(*page[-1])}
        places = [at for at, (_, number) in enumerate(page) if number not in self.unusable]
        records = [self._shown(page[at][1]) for at in places]
        left_out = len(page) - len(records)
        pages = Pages(next=following)
        return Page(records=records, left_out=left_out, places=places, pages=pages, total_count=len(found))

    def _shown(self, number: int) -> SimpleNamespace:
        return SimpleNamespace(id=number, updated_at=None if number in self.timeless else self.updated[number])

    def _is_after(self, place: datetime, moment: datetime) -> bool:
        if self.by_day:
            return (place + self.zone).date() > (moment + self.zone).date()
        return place > moment


class Busy:
    """A workspace in which so many records are updated at every search."""

    def __init__(self, workspace: Workspace, changes: int) -> None:
        self._workspace = workspace
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workspace, name)

    def search(self, body: bytes) -> Page:
        for _ in range(self._changes):
            self._workspace.change()
        self._workspace.pass_time(1)
        return self._workspace.search(body)


def _cursor(place: datetime, number: int) -> str:
    return f"{int((place - EPOCH).total_seconds())} {number}"


def _place(cursor: str) -> tuple[datetime, int]:
    seconds, number = map(int, cursor.split())
    return EPOCH + seconds * SECOND, number


class Run:
    """Reads everything since a moment as an extraction does, answering what was asked in any order."""

    def __init__(
        self,
        workspace: "Workspace | Busy",
        paginator: SearchPaginator,
        since: datetime,
        *,
        changes: float,
        spare: float | None = None,
    ) -> None:
        self.workspace = workspace
        self.changes = changes
        self.spare = workspace.dice.choice([0, 3, 1000]) if spare is None else spare
        self.front = Checkpoints()
        self.parallel_search = ParallelSearch(paginator, TimeRange(start=since, now=workspace.now), self.front.first)
        self.under_way: list[SearchSegment] = []
        self.began: datetime | None = None
        self.handed: set[tuple[int, datetime]] = set()
        self.claimed = since
        self.due = {(number, workspace.updated[number]) for number, place in workspace.places.items() if place >= since}
        self.requests = self.received = self.most = self.short = 0
        self.complete_before: datetime | None = None

    def read(self, most: int = 10**9) -> None:
        """Read to the end, or until so many answers have come."""
        dice = self.workspace.dice
        while most and self.go_on():
            most -= 1
            self.workspace.pass_time(dice.randrange(3))
            if dice.random() < self.changes:
                self.workspace.change()
        if most and self.handed and self.began is not None:
            # What was there to be found when the reading began, and has not changed since, is out: where the reading
            # ended early, what was updated before the moment that it says.
            due = {each for each in self.due if self.complete_before is None or each[1] < self.complete_before}
            assert due & set(self.workspace.updated.items()) <= self.handed
            self._claim(min(max(time for _, time in self.handed), self.began - SECOND))

    def go_on(self) -> bool:
        """Ask what is due and have one answer; say whether there was one."""
        self.ask()
        if not self.under_way:
            return False
        self.answer()
        return True

    def ask(self) -> None:
        for segment in self.parallel_search.due():
            self.body = self.parallel_search.ask(segment).body
            self.under_way.append(segment)
        self.most = max(self.most, len(self.under_way))

    def answer(self) -> None:
        dice = self.workspace.dice
        segment = self.under_way.pop(dice.randrange(len(self.under_way)))
        assert segment.page_request is not None
        assert segment.page_request.request.body is not None
        page = self.workspace.search(segment.page_request.request.body)
        self.began = self.began or self.workspace.now
        result = self.parallel_search.handle_answer(segment, page, self.workspace.now, self.spare)
        self.requests += 1
        self.received += len(page.records)
        if result is not None:
            if result.complete_before is not None:
                self.complete_before = result.complete_before
                self.began = min(self.began, result.complete_before)
            self.handed |= {(each.id, each.updated_at) for each in page.records if result.wants(each.updated_at)}
            self._settle(result.finished_before and self.front.close(segment.track, result.finished_before))
            self.short += result.missing
            if result.next is None:
                self._settle(self.front.end(segment.track))

    def _settle(self, settled: datetime | None) -> None:
        if settled is not None and self.began is not None:
            self._claim(min(settled, self.began) - SECOND)

    def _claim(self, moment: datetime) -> None:
        self.claimed = max(self.claimed, moment)


def workspace_of(seed: int, *, count: int, days: int, by_day: bool = False) -> Workspace:
    dice = Random(seed)
    # Many share a second, and half of them a day: what imports leave behind.
    times = [BEGIN + dice.randrange(days * 86_400) * SECOND for _ in range(count // 2)]
    crowd = [BEGIN + (dice.randrange(60) + 43_200 * days) * SECOND for _ in range(count - count // 2)]
    return Workspace(dice, times + crowd, by_day=by_day, offset=dice.randrange(-12, 15))


worlds = {
    "seed": st.integers(0, 2**32),
    "count": st.integers(0, 300),
    "days": st.sampled_from([1, 10, 400]),
    "by_day": st.booleans(),
}


@given(**worlds)
def test_what_stays_as_it_is_comes_once(seed: int, count: int, days: int, by_day: bool) -> None:
    workspace = workspace_of(seed, count=count, days=days, by_day=by_day)
    workspace.pass_time(2 * int(INDEX_LAG.total_seconds()))
    run = Run(workspace, SearchPaginator(path="/contacts/search", by_day=by_day, per_page=1), BEGIN, changes=0)
    run.read()
    assert run.handed == set(workspace.updated.items())
    assert not run.short
    assert run.most <= MOST_SEGMENTS
    # Pages of one record: each lane ends with a whole page of the next one, which counts as half a page.
    assert run.requests <= max(1, count * (1 + 2 * MOST_EXTRA_SHARE)) + 2 * min(run.spare, MOST_SPARED_PAGES)


@given(**worlds, runs=st.lists(st.integers(1, 150), max_size=4))
def test_nothing_is_lost_while_everything_changes(
    seed: int, count: int, days: int, by_day: bool, runs: list[int]
) -> None:
    workspace = workspace_of(seed, count=count, days=days, by_day=by_day)
    rate = workspace.dice.choice([0.05, 0.3, 0.8])
    for _ in range(int(rate * 50)):
        workspace.change()
        workspace.pass_time(7)
    paginator = SearchPaginator(path="/contacts/search", by_day=by_day, per_page=workspace.dice.choice([1, 1, 3]))
    handed: set[tuple[int, datetime]] = set()
    since = BEGIN
    for answers in [*runs, 10**9]:
        run = Run(workspace, paginator, since - INDEX_LAG, changes=rate)
        run.read(answers)
        handed |= run.handed
        since = run.claimed
    workspace.pass_time(int(INDEX_LAG.total_seconds()))
    last = Run(workspace, paginator, since - INDEX_LAG, changes=0)
    last.read()
    handed |= last.handed
    assert set(workspace.updated.items()) <= handed


@given(**worlds, share=st.sampled_from([0.5, 1.0, 3.0]), lag=st.sampled_from([1, 5, 90, 600]))
def test_where_everything_changes_all_the_time_a_run_ends_and_the_next_ones_lose_nothing(  # noqa: PLR0913, PLR0917
    seed: int, count: int, days: int, by_day: bool, share: float, lag: int
) -> None:
    workspace = workspace_of(seed, count=count, days=days, by_day=by_day)
    workspace.pass_time(2 * workspace.lag)
    workspace.lag = lag
    paginator = SearchPaginator(path="/contacts/search", by_day=by_day, per_page=5)
    handed: set[tuple[int, datetime]] = set()
    since = BEGIN
    for _ in range(3):
        run = Run(Busy(workspace, int(share * paginator.per_page)), paginator, since - INDEX_LAG, changes=0)
        run.read(MOST_TIMES * (len(workspace.updated) + paginator.per_page))
        assert run.received <= MOST_TIMES * (len(workspace.updated) + paginator.per_page)
        assert not run.short
        handed |= run.handed
        assert {each for each in run.due if each[1] < run.claimed} & set(workspace.updated.items()) <= handed
        since = run.claimed
        workspace.pass_time(workspace.dice.randrange(1000))
    workspace.pass_time(int(INDEX_LAG.total_seconds()))
    last = Run(workspace, paginator, since - INDEX_LAG, changes=0)
    last.read()
    assert set(workspace.updated.items()) <= handed | last.handed


@pytest.mark.parametrize("by_day", [False, True])
def test_much_is_read_in_many_lanes(by_day: bool) -> None:
    dice = Random(1)
    times = [BEGIN + dice.randrange(400 * 86_400) * SECOND for _ in range(2000)]
    workspace = Workspace(dice, times, by_day=by_day, offset=3)
    workspace.pass_time(3600)
    run = Run(workspace, SearchPaginator(path="/contacts/search", by_day=by_day, per_page=1), BEGIN, changes=0, spare=0)
    run.read()
    assert run.handed == set(workspace.updated.items())
    assert run.most == MOST_SEGMENTS
    assert run.requests <= len(times) * (1 + MOST_EXTRA_SHARE)


@given(**worlds, moves=st.integers(1, 4))
def test_what_slips_by_a_cursor_that_counts_records_is_found(
    seed: int, count: int, days: int, by_day: bool, moves: int
) -> None:
    workspace = workspace_of(seed, count=count, days=days, by_day=by_day)
    workspace.pass_time(2 * workspace.lag)
    workspace.counts, workspace.lag, workspace.most_changes = True, 1, moves
    run = Run(workspace, SearchPaginator(path="/contacts/search", by_day=by_day, per_page=7), BEGIN, changes=0.3)
    run.read()
    assert not run.short
    assert {number for number, _ in run.handed} >= {number for number, _ in run.due}


@given(**worlds, per_page=st.integers(1, 7), share=st.sampled_from([0.02, 0.2, 0.5]))
def test_one_record_that_is_counted_and_does_not_come_is_missed_whatever_is_odd(  # noqa: PLR0913, PLR0917
    seed: int, count: int, days: int, by_day: bool, per_page: int, share: float
) -> None:
    workspace = workspace_of(seed, count=count, days=days, by_day=by_day)
    workspace.pass_time(2 * workspace.lag)
    dice, numbers = workspace.dice, list(workspace.updated)
    workspace.unusable = {number for number in numbers if dice.random() < share}
    workspace.timeless = {number for number in numbers if dice.random() < share}
    workspace.withheld = {dice.choice(numbers)} if numbers and dice.random() < 0.7 else set()
    run = Run(workspace, SearchPaginator(path="/contacts/search", by_day=by_day, per_page=per_page), BEGIN, changes=0)
    while run.go_on():
        workspace.pass_time(1)
    assert run.short == len(workspace.withheld)


def rounds(run: Run) -> int:
    """Read to the end, where all that is under way at a time is answered before anything else is asked; count these."""
    count = 0
    run.ask()
    while run.under_way:
        count += 1
        for _ in range(len(run.under_way)):
            run.answer()
        run.ask()
    return count


@pytest.mark.parametrize("by_day", [False, True])
@pytest.mark.parametrize(("pages", "most_rounds"), [(4, 4), (7, 5), (16, 7), (45, 12)])
def test_a_short_search_takes_few_rounds_where_requests_can_be_spared(
    pages: int, most_rounds: int, by_day: bool
) -> None:
    dice = Random(pages)
    times = [BEGIN + dice.randrange(400 * 86_400) * SECOND for _ in range(150 * pages - 20)]
    taken = {}
    for spare in (0, 30):
        workspace = Workspace(dice, times, by_day=by_day, offset=3)
        workspace.pass_time(3600)
        run = Run(workspace, SearchPaginator(path="/contacts/search", by_day=by_day), BEGIN, changes=0, spare=spare)
        taken[spare] = rounds(run)
        assert run.handed == set(workspace.updated.items())
        assert not run.short
        assert (
            run.requests
            <= pages + max(MOST_EXTRA_SHARE * pages, min(spare, SPARED_SHARE * pages, MOST_SPARED_PAGES)) + 1
        )
    assert taken[30] <= most_rounds
    assert taken[30] < taken[0] or pages < 5
