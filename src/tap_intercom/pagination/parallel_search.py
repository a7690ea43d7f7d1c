"""Decides how a search is read in several parts at once: where to split, whose turn it is, and when all is read.

Each lane is a chain of cursors of its own, searched for without an end, so that what Intercom counts from two starts on
says how much lies between them. A lane is split by a look at what comes behind the middle of what it has yet to read:
the first record that is found there begins a new lane, and ends the old one. The last lane has no end, and is read to
its end after all others: what is updated while they are read moves there.

Should a cursor count records instead of standing for one, then what moves away from before it makes a gap. The OpenAPI
files warn of records that are missed so. So what comes is counted, and all is read again, a few times at most, where
something moved and less came than Intercom said there is.

Where much is updated all the time, new places are made at the end as fast as they are read. A record that a lane meets
in a second place shows that the lane has come far enough: when it met the record first, the search knew all updates of
before INDEX_LAG ago, so the second place is one of later than INDEX_LAG before the reading began. The lane then ends,
and nothing is claimed from that moment on: the rest is the next run's.
"""

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Final, Self

import msgspec

from tap_intercom.api.types import Request
from tap_intercom.pagination.checkpoints import Track
from tap_intercom.pagination.distinct_counter import Census
from tap_intercom.pagination.model import MOST_READINGS, Page, Turn, Window
from tap_intercom.pagination.search import EPOCH, INDEX_LAG, SECOND, CursorStep, Search, certain_times

MOST_LANES: Final = 24
GOOD_LANES: Final = 16  # what is left would be shared by so many: a lane that has less than its share is not split
LEAST_PAGES: Final = 5  # to be read on each side of a split
MOST_EXTRA: Final = 0.045  # of all pages, for what a single lane would not ask
# What a lane costs, which ends somewhere within a page; a look that found nothing; and the last page, asked for twice.
SPLIT, VAIN_LOOK, HELD = 0.5, 1.0, 1.0  # pages
MOST_FOR_A_MOVE: Final = 10  # records that slip by where one is updated, perhaps several times
_updated_at = attrgetter("updated_at")


class Lane(msgspec.Struct, eq=False, kw_only=True):
    """One chain of cursors: the next step of it, None at its end.

    `total` is how many records Intercom counted from its start on. `splits` is the lane that a look is to split, until
    it has. `reach` is the moment before which all lies that the lane has yet to read, as far as that is known.
    `is_early` where its step was asked while others were read; `is_held` where it is to be asked again after them.
    `met` are the records, by their hashes, whose times were not certain, `repeats` is how many came in a second place,
    and `most_repeats` how many may come before it is counted again whether all have come.
    """

    window: Window
    track: Track
    step: CursorStep | None
    total: int | None = None
    splits: Self | None = None
    reach: datetime | None = None
    is_asked: bool = False
    is_looked_into: bool = False
    is_early: bool = False
    is_held: bool = False
    met: set[int] = msgspec.field(default_factory=set)
    repeats: int = 0
    most_repeats: int = 1

    def note_repeats(self, page: Page, served: datetime) -> None:
        """Note which records come in a second place."""
        for record in page.records:
            if record.updated_at is None or record.updated_at < served - INDEX_LAG:
                continue
            identity = hash(record.id)
            self.repeats += identity in self.met
            self.met.add(identity)


class Lanes:
    """All lanes of a search, in the order of what they read; at first there is one."""

    def __init__(self, shape: Search, window: Window, track: Track) -> None:
        self._shape = shape
        self._window = window
        self._began: datetime | None = None
        self._census = Census()
        self._total: int | None = None
        self._readings = 1
        self._begins_again = False
        self._complete_before: datetime | None = None
        self._per_page = shape.per_page
        self._looks = 0
        self._extra = -HELD  # pages that splits and looks may still cost
        self._lanes = [Lane(window=window, track=track, step=shape.first(window))]

    def due(self) -> list[Lane]:
        """Name the lanes whose next step is to be asked now; when none is, and none is being asked, all is read."""
        running = self._running
        held = [lane for lane in running if lane.is_held and lane is running[-1] and len(running) > 1]
        return [*(lane for lane in running if not lane.is_asked and lane not in held), *self._due_looks()]

    def ask(self, lane: Lane) -> Request:
        """Begin the next step of a lane that is due."""
        assert lane.step is not None  # noqa: S101 - an ended lane is never due
        lane.is_asked = True
        lane.is_held = False
        lane.is_early = len(self._running) > 1 or lane.splits is not None
        return lane.step.request

    def answered(self, lane: Lane, page: Page, served: datetime) -> Turn | None:
        """Say what the answer to a lane's step means; None where it was a look that found nothing to split.

        `served` is Intercom's clock when it gave the answer.
        """
        assert lane.step is not None  # noqa: S101 - only what was due is answered
        lane.is_asked = False
        if self._began is None:
            self._began = served
            lane.total = self._total = page.total_count
            self._per_page = (page.pages and page.pages.per_page) or self._per_page
            self._extra += MOST_EXTRA * (page.total_count or 0) / self._per_page
        if lane.splits is not None and not self._split(lane.splits, lane, page, served):
            return None
        if self._begins_again:
            self._begins_again, self._total = False, page.total_count
            if not self._missing:
                lane.step = None
                return Turn(since=None, complete_before=self._complete_before)
        turn = self._shape.after(msgspec.structs.replace(lane.step, window=lane.window), page, served)
        if lane.is_early and lane is self._lanes[-1] and (turn.next is None or not _is_certain(page, served)):
            # What moves here while others are read would be missed: the step is asked again after them.
            lane.is_held = True
            return msgspec.structs.replace(turn, next=lane.step)
        lane.step = turn.next if isinstance(turn.next, CursorStep) else None
        self._count(page, turn, lane)
        lane.note_repeats(page, served)
        if lane.step is not None and self._has_come_far_enough(lane):
            self._complete_before, lane.step = self._began - INDEX_LAG, None
            turn = msgspec.structs.replace(turn, next=None)
        if lane.step is None and lane is self._lanes[-1]:
            turn = self._end(lane, turn, page)
        return msgspec.structs.replace(turn, complete_before=self._complete_before)

    def _has_come_far_enough(self, lane: Lane) -> bool:
        """Say whether a lane has met all that it must meet, though there is more: updates of after the beginning.

        The last one goes on until as many records have come as were counted, or as many in a second place as in all.
        """
        if lane is not self._lanes[-1] or not lane.repeats:
            return lane.repeats > 0
        if len(self._running) > 1 or lane.repeats < lane.most_repeats:
            return False
        lane.most_repeats = 2 * lane.repeats
        return not self._missing or lane.repeats >= self._census.distinct

    def _count(self, page: Page, turn: Turn, lane: Lane) -> None:
        """Count what is wanted, and what the search gives before its floor, where days are compared."""
        assert self._began is not None  # noqa: S101 - something was answered
        whole = msgspec.structs.replace(turn, since=EPOCH) if lane.window.floor == self._window.floor else turn
        self._census.add(whole.wanted(page.records, _updated_at), self._began)
        self._census.left_out += page.left_out

    def _end(self, lane: Lane, turn: Turn, page: Page) -> Turn:
        """End with the last lane, unless something slipped by while something moved: then read all again, in one."""
        has_more = bool(page.count and page.pages is not None and page.pages.next)
        missing = self._missing
        if has_more and (not missing or not lane.repeats or self._readings == MOST_READINGS):
            return turn  # it ends before the end, in what is the next run's
        if self._readings == MOST_READINGS or missing > MOST_FOR_A_MOVE * self._census.moves:
            return msgspec.structs.replace(turn, short=missing)
        if not missing:
            return turn
        self._readings += 1
        self._begins_again = True
        self._census.begin_again()
        lane.window = self._window
        lane.met, lane.repeats, lane.most_repeats = set(), 0, 1
        lane.step = self._shape.first(self._window)
        return msgspec.structs.replace(turn, settled=None, next=lane.step)

    @property
    def _missing(self) -> int:
        """How many records have not come, of those that Intercom counted."""
        return max(0, (self._total or 0) - self._census.distinct)

    @property
    def _running(self) -> list[Lane]:
        return [lane for lane in self._lanes if lane.step is not None]

    def _due_looks(self) -> Iterator[Lane]:
        """Look into every lane that is worth it and not being looked into, the longest first."""
        if self._readings > 1:
            return
        rests = [(self._rest(position), lane) for position, lane in enumerate(self._lanes)]
        worth = max(2 * LEAST_PAGES * self._per_page, sum(rest for rest, _ in rests) / GOOD_LANES)
        for rest, lane in sorted(rests, key=lambda pair: pair[0], reverse=True):
            full = len(self._running) + self._looks >= MOST_LANES
            if full or self._extra < VAIN_LOOK or rest < worth:
                return
            middle = self._middle(lane)
            if middle is not None and not lane.is_looked_into:
                lane.is_looked_into = True
                self._looks += 1
                self._extra -= VAIN_LOOK
                window = msgspec.structs.replace(lane.window, floor=middle)
                step = self._shape.behind(middle, window, self._began)
                yield Lane(window=window, track=lane.track, step=step, splits=lane)

    def _rest(self, position: int) -> int:
        """Count what a lane has yet to read; 0 where that is not known, or its order is broken."""
        lane, *others = self._lanes[position : position + 2]
        if lane.step is None or not lane.step.ordered or lane.total is None:
            return 0
        return lane.total - lane.step.received - sum(following.total or 0 for following in others)

    def _middle(self, lane: Lane) -> datetime | None:
        """Give the moment, in whole seconds, in the middle of what a lane has yet to read; None where there is none."""
        latest = lane.step.latest if lane.step is not None else None
        if latest is None or self._began is None:
            return None
        reach = lane.reach or lane.window.end or self._began - INDEX_LAG
        half = (reach - latest) // (2 * SECOND) * SECOND
        return latest + half if half else None

    def _split(self, lane: Lane, look: Lane, page: Page, served: datetime) -> bool:
        """Let a new lane begin with the first record behind the middle; say whether there is one yet to be read."""
        self._looks -= 1
        lane.is_looked_into = False
        middle, latest = look.window.floor, lane.step.latest if lane.step is not None else None
        first = min((time for time in certain_times(page, served) if time > middle), default=None)
        if first is None or (lane.window.end is not None and first >= lane.window.end):
            lane.reach = middle
            first = None
        if first is None or latest is None or first <= latest:
            return False
        self._extra += VAIN_LOOK - SPLIT
        look.splits = None
        look.total = page.total_count or 0
        look.window = msgspec.structs.replace(lane.window, floor=first)
        look.track = lane.track.split()
        lane.window = msgspec.structs.replace(lane.window, end=first)
        lane.reach = None
        self._lanes.insert(self._lanes.index(lane) + 1, look)
        return True


def _is_certain(page: Page, served: datetime) -> bool:
    """Say whether nothing can have come, or can still come, between the records of a page."""
    return len(certain_times(page, served)) == page.count
