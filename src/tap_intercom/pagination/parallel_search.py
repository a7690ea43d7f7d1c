"""Reads one search in several segments at once: where to split, which request is due, and when all has come.

A segment is a time range of the search with a chain of cursors of its own. Its search has no upper bound, so that the
counts of two segments show how many records lie between their beginnings. To split a segment, a probe searches from the
middle, in time, of what is left of it; the first record that the probe finds begins a new segment and ends the old one.
The last segment has no end and is finished after all others: records that are updated meanwhile move there. Where
answers are slow and the quota is idle, several probes at once split a segment, and short searches are split too.

If a cursor counted records instead of standing for one, a record that moves away from before it would make a gap (the
OpenAPI files warn of this). So the distinct records are counted. If some moved and fewer came than Intercom counted,
everything is read again as one segment, MOST_READS times at most.

In a workspace that changes all the time, updates move to the end as fast as they are read. A record that comes a second
time in a segment shows that the segment has come far enough: when the record came first, the search knew all updates of
before INDEX_LAG ago, so the second place is of an update later than INDEX_LAG before the reading began. The segment
then ends, and nothing from that time on is claimed (`complete_before`): the next run reads the rest.
"""

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import Final

import msgspec

from tap_intercom.api.types import EPOCH, Request
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.completeness import DistinctSet
from tap_intercom.pagination.model import MOST_READS, Page, PageResult, TimeRange
from tap_intercom.pagination.search import (
    INDEX_LAG,
    SearchPageRequest,
    SearchPaginator,
    SearchSegment,
    certain_times,
    count_left_out,
    has_only_certain_times,
)

MOST_SEGMENTS: Final = 24
USUAL_SEGMENTS: Final = 16  # a segment with less than this share of all that is left is not split
LEAST_PAGES: Final = 5  # on each side of a split
MOST_EXTRA_SHARE: Final = 0.045  # of all pages: for requests that one chain would not need
# The same where requests can be spared: this share of all pages, up to so many.
SPARED_SHARE, MOST_SPARED_PAGES = 1 / 2, 8.0
PROBES_AT_ONCE: Final = 3  # into one segment, where requests can be spared
# What a split costs, since a segment ends within a page; a probe that splits nothing; and the last page, read twice.
SPLIT_PAGES, PROBE_PAGES, HELD_PAGES = 0.5, 1.0, 1.0
MOST_MISSING_PER_MOVE: Final = 10  # records; more than moves can explain is said to be missing at once
_updated_at = attrgetter("updated_at")


class ParallelSearch:
    """A search and its segments, in ascending order of time; at first there is one segment."""

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
        self._probes_at_once = 1
        self._least_pages = LEAST_PAGES
        self._extra_pages = -HELD_PAGES  # pages that splits and looks may still cost
        self._segments = [SearchSegment(time_range=time_range, track=track, page_request=paginator.first(time_range))]

    def due(self) -> list[SearchSegment]:
        """Give the segments whose request is to be sent now. If none is, and none is under way, all is read."""
        running = self._running
        held = [segment for segment in running if segment.is_held and segment is running[-1] and len(running) > 1]
        return [*(segment for segment in running if not segment.is_asked and segment not in held), *self._due_probes()]

    def ask(self, segment: SearchSegment) -> Request:
        """Give the request of a segment that is due, and note that it is sent."""
        assert segment.page_request is not None  # noqa: S101 - a segment that has ended is never due
        segment.is_asked = True
        segment.is_held = False
        segment.is_early = len(self._running) > 1 or segment.splits is not None
        return segment.page_request.request

    def handle_answer(
        self, segment: SearchSegment, page: Page, served: datetime, spare: float = 0
    ) -> PageResult | None:
        """Give the meaning of the answer to a segment's request; None for a probe that splits nothing.

        `served` is Intercom's clock when it gave the answer. `spare` requests can be spent to end sooner; 0 where that
        would not pay.
        """
        assert segment.page_request is not None  # noqa: S101 - only what was due is handle_answer
        segment.is_asked = False
        if self._began is None:
            self._begin(segment, page, served, spare)
        assert self._began is not None  # noqa: S101 - the first page has set it
        if segment.splits is not None and not self._split(segment, page, served):
            return None
        if self._begins_again:
            self._begins_again, self._total = False, page.total_count
            if not self._missing:
                segment.page_request = None
                return PageResult(since=None, complete_before=self._complete_before)
        result = self._paginator.after(
            msgspec.structs.replace(segment.page_request, time_range=segment.time_range), page, served
        )
        if (
            segment.is_early
            and segment is self._segments[-1]
            and (result.next is None or not has_only_certain_times(page, served))
        ):
            # A record that moves here while others are read would be missed: the request is sent again after them.
            segment.is_held = True
            return msgspec.structs.replace(result, next=segment.page_request)
        self._count(page, served, result, segment)
        segment.page_request = result.next if isinstance(result.next, SearchPageRequest) else None
        segment.note_repeats(page, served)
        if segment.page_request is not None and self._may_end_early(segment):
            self._complete_before, segment.page_request = self._began - INDEX_LAG, None
            result = msgspec.structs.replace(result, next=None)
        if segment.page_request is None and segment is self._segments[-1]:
            result = self._end(segment, result, page)
        return msgspec.structs.replace(result, complete_before=self._complete_before)

    def _begin(self, segment: SearchSegment, page: Page, served: datetime, spare: float) -> None:
        """Learn from the first page how much there is to read, and how many requests may be spent on splits."""
        self._began = served
        segment.total = self._total = page.total_count
        self._per_page = (page.pages and page.pages.per_page) or self._per_page
        pages = (page.total_count or 0) / self._per_page
        self._extra_pages += max(MOST_EXTRA_SHARE * pages, min(SPARED_SHARE * pages, MOST_SPARED_PAGES, spare))
        if spare:
            self._probes_at_once, self._least_pages = PROBES_AT_ONCE, 1

    def _may_end_early(self, segment: SearchSegment) -> bool:
        """Say whether a segment may end though it has more pages: all of them are of updates after the beginning.

        Any segment but the last may end at its first repeat. The last one goes on until as many records have come as
        Intercom counted, or as many repeats as records; where it is wanted `to_end`, only as many repeats as it counted
        end it.
        """
        if segment is not self._segments[-1] or not segment.repeats:
            return segment.repeats > 0
        if len(self._running) > 1 or segment.repeats < segment.most_repeats:
            return False
        segment.most_repeats = 2 * segment.repeats
        if self._time_range.to_end:
            return segment.repeats >= (self._total or self._came)
        return not self._missing or segment.repeats >= self._came

    def _count(self, page: Page, served: datetime, result: PageResult, segment: SearchSegment) -> None:
        """Count the wanted records, and those before the start if days are compared: Intercom counts them too."""
        assert self._began is not None  # noqa: S101 - something was handle_answer
        assert segment.page_request is not None  # noqa: S101 - it is the page_request that was handle_answer
        is_first = segment is self._segments[0] or self._readings > 1
        counted = msgspec.structs.replace(result, since=EPOCH) if is_first else result
        for record in counted.wanted(page.records, _updated_at):
            self._ids.add(record.id)
            self._moves += record.updated_at is None or record.updated_at >= self._began
        self._left_out += count_left_out(page, served, counted, segment.page_request)

    def _end(self, segment: SearchSegment, result: PageResult, page: Page) -> PageResult:
        """End the search with its last segment; if records moved and some are missing, read all again."""
        has_more = bool(page.count and page.pages is not None and page.pages.next)
        missing = self._missing
        if has_more and (not missing or not segment.repeats or self._readings == MOST_READS):
            return result  # the rest is the next run's
        if self._readings == MOST_READS or missing > MOST_MISSING_PER_MOVE * self._moves:
            return msgspec.structs.replace(result, missing=missing)
        if not missing:
            return result
        self._readings += 1
        self._begins_again = True
        self._left_out = 0
        segment.time_range = self._time_range
        segment.recent_ids, segment.repeats, segment.most_repeats = DistinctSet(), 0, 1
        segment.page_request = self._paginator.first(self._time_range)
        return msgspec.structs.replace(result, finished_before=None, next=segment.page_request)

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
        return [segment for segment in self._segments if segment.page_request is not None]

    def _due_probes(self) -> Iterator[SearchSegment]:
        """Give probes into the segments with much left to read, the longest first."""
        if self._readings > 1 or self._began is None:
            return
        remaining = [(self._remaining(position), segment) for position, segment in enumerate(self._segments)]
        least = max(2 * self._least_pages * self._per_page, sum(left for left, _ in remaining) / USUAL_SEGMENTS)
        for left, segment in sorted(remaining, key=lambda pair: pair[0], reverse=True):
            number = min(
                self._probes_at_once,
                MOST_SEGMENTS - len(self._running) - self._probes,
                int(self._extra_pages / PROBE_PAGES),
                int(2 * left / least) - 1,
            )
            if number < 1:
                return
            for time in segment.spread(number, self._began) if not segment.probes else ():
                segment.probes += 1
                self._probes += 1
                self._extra_pages -= PROBE_PAGES
                time_range = msgspec.structs.replace(segment.time_range, start=time)
                page_request = self._paginator.first_after(time, time_range, self._began)
                yield SearchSegment(
                    time_range=time_range, track=segment.track, page_request=page_request, splits=segment
                )

    def _remaining(self, position: int) -> int:
        """Count what is left of a segment; 0 if that is not known, or if its records were not in order."""
        segment, *others = self._segments[position : position + 2]
        if segment.page_request is None or not segment.page_request.ordered or segment.total is None:
            return 0
        return segment.total - segment.page_request.received - sum(following.total or 0 for following in others)

    def _split(self, probe: SearchSegment, page: Page, served: datetime) -> bool:
        """Split a segment at the first record that the probe found; say whether it could be split."""
        assert probe.splits is not None  # noqa: S101 - a probe has one
        self._probes -= 1
        probe.splits.probes -= 1
        time = probe.time_range.start
        # Another probe may have split the segment since.
        segment = next(one for one in reversed(self._segments) if one.time_range.start <= time or one is probe.splits)
        latest = segment.page_request.latest if segment.page_request is not None else None
        first = min((certain for certain in certain_times(page, served) if certain > time), default=None)
        if first is None or (segment.time_range.end is not None and first >= segment.time_range.end):
            segment.read_to = min(time, segment.read_to or time)
            first = None
        if first is None or latest is None or first <= latest:
            return False
        self._extra_pages += PROBE_PAGES - SPLIT_PAGES
        probe.splits = None
        probe.total = page.total_count or 0
        probe.time_range = msgspec.structs.replace(segment.time_range, start=first)
        probe.track = segment.track.split()
        segment.time_range = msgspec.structs.replace(segment.time_range, end=first)
        segment.read_to = None
        self._segments.insert(self._segments.index(segment) + 1, probe)
        return True
