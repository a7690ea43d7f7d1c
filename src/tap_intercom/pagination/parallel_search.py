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

from tap_intercom.api.types import EPOCH, SECOND, Request
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.completeness import DistinctSet
from tap_intercom.pagination.model import MOST_READS, Page, PageResult, TimeRange
from tap_intercom.pagination.search import (
    INDEX_LAG,
    SearchPageRequest,
    SearchPaginator,
    certain_times,
    has_certain_time,
)

MOST_SEGMENTS: Final = 24
USUAL_SEGMENTS: Final = 16  # what is left would be shared by so many: a lane that has less than its share is not split
LEAST_PAGES: Final = 5  # to be read on each side of a split
MOST_EXTRA: Final = 0.045  # of all pages, for what a single lane would not ask
# What a lane costs, which ends somewhere within a page; a look that found nothing; and the last page, asked for twice.
SPLIT, VAIN_LOOK, HELD = 0.5, 1.0, 1.0  # pages
MOST_FOR_A_MOVE: Final = 10  # records that slip by where one is updated, perhaps several times
_updated_at = attrgetter("updated_at")


class SearchSegment(msgspec.Struct, eq=False, kw_only=True):
    """One chain of cursors: the next step of it, None at its end.

    `total` is how many records Intercom counted from its start on. `splits` is the lane that a look is to split, until
    it has. `read_to` is the moment before which all lies that the lane has yet to read, as far as that is known.
    `is_early` where its step was asked while others were read; `is_held` where it is to be asked again after them.
    `met` are the ids of the records whose times were not certain, `repeats` is how many came in a second place,
    and `most_repeats` how many may come before it is counted again whether all have come.
    """

    time_range: TimeRange
    track: CheckpointTrack
    step: SearchPageRequest | None
    total: int | None = None
    splits: Self | None = None
    read_to: datetime | None = None
    is_asked: bool = False
    is_probed: bool = False
    is_early: bool = False
    is_held: bool = False
    met: DistinctSet = msgspec.field(default_factory=DistinctSet)
    repeats: int = 0
    most_repeats: int = 1

    def note_repeats(self, page: Page, served: datetime) -> None:
        """Note which records come in a second place."""
        for record in page.records:
            if record.updated_at is None or record.updated_at < served - INDEX_LAG:
                continue
            self.repeats += not self.met.add(record.id)


class ParallelSearch:
    """All lanes of a search, in the order of what they read; at first there is one."""

    def __init__(self, paginator: SearchPaginator, time_range: TimeRange, track: CheckpointTrack) -> None:
        self._paginator = paginator
        self._time_range = time_range
        self._began: datetime | None = None
        self._ids = DistinctSet()  # of what came in any reading
        self._left_out = 0  # items of this reading that are no records that can be used
        self._moves = 0  # how often a record came that was, or may have been, updated since the search began
        self._total: int | None = None
        self._readings = 1
        self._begins_again = False
        self._complete_before: datetime | None = None
        self._per_page = paginator.per_page
        self._probes = 0
        self._extra = -HELD  # pages that splits and looks may still cost
        self._segments = [SearchSegment(time_range=time_range, track=track, step=paginator.first(time_range))]

    def due(self) -> list[SearchSegment]:
        """Name the lanes whose next step is to be asked now; when none is, and none is being asked, all is read."""
        running = self._running
        held = [segment for segment in running if segment.is_held and segment is running[-1] and len(running) > 1]
        return [*(segment for segment in running if not segment.is_asked and segment not in held), *self._due_probes()]

    def ask(self, segment: SearchSegment) -> Request:
        """Begin the next step of a lane that is due."""
        assert segment.step is not None  # noqa: S101 - an ended lane is never due
        segment.is_asked = True
        segment.is_held = False
        segment.is_early = len(self._running) > 1 or segment.splits is not None
        return segment.step.request

    def answered(self, segment: SearchSegment, page: Page, served: datetime) -> PageResult | None:
        """Say what the answer to a lane's step means; None where it was a look that found nothing to split.

        `served` is Intercom's clock when it gave the answer.
        """
        assert segment.step is not None  # noqa: S101 - only what was due is answered
        segment.is_asked = False
        if self._began is None:
            self._began = served
            segment.total = self._total = page.total_count
            self._per_page = (page.pages and page.pages.per_page) or self._per_page
            self._extra += MOST_EXTRA * (page.total_count or 0) / self._per_page
        if segment.splits is not None and not self._split(segment.splits, segment, page, served):
            return None
        if self._begins_again:
            self._begins_again, self._total = False, page.total_count
            if not self._missing:
                segment.step = None
                return PageResult(since=None, complete_before=self._complete_before)
        result = self._paginator.after(
            msgspec.structs.replace(segment.step, time_range=segment.time_range), page, served
        )
        if (
            segment.is_early
            and segment is self._segments[-1]
            and (result.next is None or not _is_certain(page, served))
        ):
            # What moves here while others are read would be missed: the step is asked again after them.
            segment.is_held = True
            return msgspec.structs.replace(result, next=segment.step)
        self._count(page, served, result, segment)
        segment.step = result.next if isinstance(result.next, SearchPageRequest) else None
        segment.note_repeats(page, served)
        if segment.step is not None and self._has_come_far_enough(segment):
            self._complete_before, segment.step = self._began - INDEX_LAG, None
            result = msgspec.structs.replace(result, next=None)
        if segment.step is None and segment is self._segments[-1]:
            result = self._end(segment, result, page)
        return msgspec.structs.replace(result, complete_before=self._complete_before)

    def _has_come_far_enough(self, segment: SearchSegment) -> bool:
        """Say whether a lane has met all that it must meet, though there is more: updates of after the beginning.

        The last one goes on until as many records have come as were counted, or as many in a second place as in all.
        """
        if segment is not self._segments[-1] or not segment.repeats:
            return segment.repeats > 0
        if len(self._running) > 1 or segment.repeats < segment.most_repeats:
            return False
        segment.most_repeats = 2 * segment.repeats
        return not self._missing or segment.repeats >= self._came

    def _count(self, page: Page, served: datetime, result: PageResult, segment: SearchSegment) -> None:
        """Count what is wanted, and what the search gives before its floor, where days are compared."""
        assert self._began is not None  # noqa: S101 - something was answered
        assert segment.step is not None  # noqa: S101 - it is the step that was answered
        is_first = segment is self._segments[0] or self._readings > 1
        counted = msgspec.structs.replace(result, since=EPOCH) if is_first else result
        for record in counted.wanted(page.records, _updated_at):
            self._ids.add(record.id)
            self._moves += record.updated_at is None or record.updated_at >= self._began
        self._left_out += _count_left_out(page, served, counted, segment.step)

    def _end(self, segment: SearchSegment, result: PageResult, page: Page) -> PageResult:
        """End with the last lane, unless something slipped by while something moved: then read all again, in one."""
        has_more = bool(page.count and page.pages is not None and page.pages.next)
        missing = self._missing
        if has_more and (not missing or not segment.repeats or self._readings == MOST_READS):
            return result  # it ends before the end, in what is the next run's
        if self._readings == MOST_READS or missing > MOST_FOR_A_MOVE * self._moves:
            return msgspec.structs.replace(result, missing=missing)
        if not missing:
            return result
        self._readings += 1
        self._begins_again = True
        self._left_out = 0
        segment.time_range = self._time_range
        segment.met, segment.repeats, segment.most_repeats = DistinctSet(), 0, 1
        segment.step = self._paginator.first(self._time_range)
        return msgspec.structs.replace(result, finished_before=None, next=segment.step)

    @property
    def _came(self) -> int:
        """How many distinct items have come."""
        return len(self._ids) + self._left_out

    @property
    def _missing(self) -> int:
        """How many records have not come, of those that Intercom counted."""
        return max(0, (self._total or 0) - self._came)

    @property
    def _running(self) -> list[SearchSegment]:
        return [segment for segment in self._segments if segment.step is not None]

    def _due_probes(self) -> Iterator[SearchSegment]:
        """Look into every lane that is worth it and not being looked into, the longest first."""
        if self._readings > 1:
            return
        rests = [(self._rest(position), segment) for position, segment in enumerate(self._segments)]
        worth = max(2 * LEAST_PAGES * self._per_page, sum(rest for rest, _ in rests) / USUAL_SEGMENTS)
        for rest, segment in sorted(rests, key=lambda pair: pair[0], reverse=True):
            full = len(self._running) + self._probes >= MOST_SEGMENTS
            if full or self._extra < VAIN_LOOK or rest < worth:
                return
            middle = self._middle(segment)
            if middle is not None and not segment.is_probed:
                segment.is_probed = True
                self._probes += 1
                self._extra -= VAIN_LOOK
                time_range = msgspec.structs.replace(segment.time_range, start=middle)
                step = self._paginator.first_after(middle, time_range, self._began)
                yield SearchSegment(time_range=time_range, track=segment.track, step=step, splits=segment)

    def _rest(self, position: int) -> int:
        """Count what a lane has yet to read; 0 where that is not known, or its order is broken."""
        segment, *others = self._segments[position : position + 2]
        if segment.step is None or not segment.step.ordered or segment.total is None:
            return 0
        return segment.total - segment.step.received - sum(following.total or 0 for following in others)

    def _middle(self, segment: SearchSegment) -> datetime | None:
        """Give the moment, in whole seconds, in the middle of what a lane has yet to read; None where there is none."""
        latest = segment.step.latest if segment.step is not None else None
        if latest is None or self._began is None:
            return None
        reach = segment.read_to or segment.time_range.end or self._began - INDEX_LAG
        half = (reach - latest) // (2 * SECOND) * SECOND
        return latest + half if half else None

    def _split(self, segment: SearchSegment, probe: SearchSegment, page: Page, served: datetime) -> bool:
        """Let a new lane begin with the first record behind the middle; say whether there is one yet to be read."""
        self._probes -= 1
        segment.is_probed = False
        middle, latest = probe.time_range.start, segment.step.latest if segment.step is not None else None
        first = min((time for time in certain_times(page, served) if time > middle), default=None)
        if first is None or (segment.time_range.end is not None and first >= segment.time_range.end):
            segment.read_to = middle
            first = None
        if first is None or latest is None or first <= latest:
            return False
        self._extra += VAIN_LOOK - SPLIT
        probe.splits = None
        probe.total = page.total_count or 0
        probe.time_range = msgspec.structs.replace(segment.time_range, start=first)
        probe.track = segment.track.split()
        segment.time_range = msgspec.structs.replace(segment.time_range, end=first)
        segment.read_to = None
        self._segments.insert(self._segments.index(segment) + 1, probe)
        return True


def _is_certain(page: Page, served: datetime) -> bool:
    """Say whether nothing can have come, or can still come, between the records of a page."""
    return len(certain_times(page, served)) == page.count


def _count_left_out(page: Page, served: datetime, result: PageResult, step: SearchPageRequest) -> int:
    """Count the items of a page that are no records that can be used, and belong to the segment that was read.

    Two segments share a page at the border between them. An item without a time belongs where the record before it
    does; behind none, to where the search began.
    """
    if not page.left_out:
        return 0
    records, time, count = dict(zip(page.places, page.records, strict=True)), step.latest or step.updated_after, 0
    for place in range(page.count):
        record = records.get(place)
        if record is None:
            count += result.wants(time)
        elif has_certain_time(record, served):
            time = record.updated_at
    return count
