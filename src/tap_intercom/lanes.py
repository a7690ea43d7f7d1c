"""Decides how a search is read in several parts at once: where to split, whose turn it is, and when all is read.

Each lane is a chain of cursors of its own, from its start on without an end in the query, so that what Intercom counts
from two starts on says how much lies between them. A lane stops where the next one begins. The last lane has no end,
and is read to its end after all others: what is updated while they are read moves there.
"""

from datetime import datetime, timedelta

import msgspec

from tap_intercom.front import Track
from tap_intercom.paging import Page, Turn, Window
from tap_intercom.search import LONGEST_DAY, SECOND, CursorStep, Search
from tap_intercom.wire import Request

MOST_LANES = 16
LEAST_PAGES = 20  # in a lane, when it begins
WASTE = 20  # one record in so many may be read twice for the sake of speed


class Lane(msgspec.Struct, eq=False, kw_only=True):
    """One chain of cursors: the next step of it, None at its end, and how far it has come.

    `total` is how many records Intercom counted from its start on, `received` how many of them came; `latest` is the
    time of the last one. `is_early` where its last step was asked while others were read.
    """

    window: Window
    track: Track
    step: CursorStep | None
    latest: datetime
    total: int | None = None
    received: int = 0
    is_asked: bool = False
    is_early: bool = False


class Lanes:
    """All lanes of a search, in the order of what they read; at first there is one."""

    def __init__(self, shape: Search, window: Window, track: Track) -> None:
        self._shape = shape
        self._margin = LONGEST_DAY if shape.by_day else SECOND
        self._began: datetime | None = None
        self._waste = 0
        self._lanes = [self._lane(window, track)]

    def due(self) -> list[Lane]:
        """Name the lanes whose next step is to be asked now; when none is, and none is being asked, all is read."""
        while len(self._running) < MOST_LANES and self._split():
            pass
        return [lane for lane in self._running if not lane.is_asked and not self._is_held(lane)]

    def ask(self, lane: Lane) -> Request:
        """Begin the next step of a lane that is due."""
        assert lane.step is not None  # noqa: S101 - an ended lane is never due
        lane.is_asked = True
        lane.is_early = len(self._running) > 1
        return lane.step.request

    def answered(self, lane: Lane, page: Page, served: datetime) -> Turn:
        """Say what the answer to a lane's step means; `served` is Intercom's clock when it gave it."""
        assert lane.step is not None  # noqa: S101 - only what was due is answered
        turn = self._shape.after(msgspec.structs.replace(lane.step, window=lane.window), page, served)
        if self._began is None:
            self._began = served
            self._waste = (page.total_count or 0) // WASTE
        if lane.total is None:
            lane.total = page.total_count or 0
        lane.received += len(page.records)
        lane.is_asked = False
        lane.step = turn.next if isinstance(turn.next, CursorStep) else None
        times = [record.updated_at for record in page.records if record.updated_at is not None]
        lane.latest = max([lane.latest, *times])
        self._go_on_at_the_end()
        return turn

    @property
    def _running(self) -> list[Lane]:
        return [lane for lane in self._lanes if lane.step is not None]

    def _lane(self, window: Window, track: Track) -> Lane:
        step = msgspec.structs.replace(self._shape.first(window), began=self._began)
        return Lane(window=window, track=track, step=step, latest=window.floor)

    def _is_held(self, lane: Lane) -> bool:
        """Keep the last lane from its end until all others are read."""
        return (
            lane is self._lanes[-1] and lane.step is not None and lane.step.limit is not None and len(self._running) > 1
        )

    def _go_on_at_the_end(self) -> None:
        """Once all others are read, read the last lane to the end that it then has."""
        last = self._lanes[-1]
        if not last.is_early or last.is_asked or any(lane is not last for lane in self._running):
            return
        last.is_early = False
        if last.step is not None:
            last.step = msgspec.structs.replace(last.step, limit=None)
        else:
            window = msgspec.structs.replace(last.window, floor=last.latest)
            self._lanes.append(self._lane(window, last.track.split()))

    def _split(self) -> bool:
        """Split the lane of which most is left, where that is worth it; say whether one was."""
        rests = sorted(((self._rest(position), position) for position in range(len(self._lanes))), reverse=True)
        for rest, position in rests:
            if rest < 2 * LEAST_PAGES * self._shape.per_page:
                return False
            lane = self._lanes[position]
            half = self._half(lane)
            # On the whole, half a page where a lane ends and half of what lies within the margin come twice.
            cost = self._shape.per_page // 2 + rest * self._margin // (4 * max(half, self._margin))
            if half > self._margin and cost <= self._waste:
                self._waste -= cost
                self._divide(position, lane.latest + half)
                return True
        return False

    def _rest(self, position: int) -> int:
        """Count what a lane has yet to read; 0 where that is not known, or its order is broken."""
        lane, *others = self._lanes[position:]
        following = others[0].total if others else 0
        if lane.step is None or not lane.step.ordered or lane.total is None or following is None:
            return 0
        return lane.total - lane.received - following

    def _half(self, lane: Lane) -> timedelta:
        """Say how far, in whole seconds, it is to the middle of what a lane has yet to read."""
        until = lane.window.end or self._began or lane.latest
        return (until - lane.latest) // (2 * SECOND) * SECOND

    def _divide(self, position: int, middle: datetime) -> None:
        lane = self._lanes[position]
        window = msgspec.structs.replace(lane.window, floor=middle)
        lane.window = msgspec.structs.replace(lane.window, end=middle)
        self._lanes.insert(position + 1, self._lane(window, lane.track.split()))
