"""Search of API 2.x: what was updated since a moment, in ascending order of updates, by cursor; and a segment of one.

`parallel_search` reads the segments of a search at the same time.
"""

import itertools
from datetime import datetime, timedelta
from typing import Any, Self

import msgspec

from tap_intercom.api.types import EPOCH, SECOND, Reason, Request
from tap_intercom.pagination.checkpoints import CheckpointTrack
from tap_intercom.pagination.completeness import DistinctSet
from tap_intercom.pagination.cursors import CursorPageRequest, starting_after
from tap_intercom.pagination.model import Page, PageRequest, PageResult, TimeRange

# Up to 2.16 a search of contacts compares calendar days in the time zone of the workspace: what is "after" a moment
# begins at the next midnight there, which in every zone and at every change to summer time is within this time.
LONGEST_DAY = timedelta(hours=25)
INDEX_LAG = timedelta(minutes=10)  # docs: a new contact may take minutes to be found


class SearchPageRequest(CursorPageRequest, frozen=True, kw_only=True):
    """Also holds how far the records have come.

    The search is for records updated after `updated_after`. `latest` is the last certain time (see `SearchPaginator`),
    `ordered` whether no certain time before it was later. `began` is Intercom's clock at the first answer. `limit` is
    its clock when the records reached `began`; the reading ends at records that were updated later than `limit`.
    """

    updated_after: datetime = EPOCH
    latest: datetime | None = None
    ordered: bool = True
    began: datetime | None = None
    limit: datetime | None = None


class SearchPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A search for records updated at or after a moment, oldest update first.

    A cursor stands for the last record that was given. So a record that is updated meanwhile, and moves to the end,
    makes no gap and comes there. In a busy workspace the updates have no end: those after `limit` are left to the next
    run, unless they are wanted `to_end`. Intercom's index lags: a record that was updated in the last minutes may come
    in its old place with its new time. So only a time of more than INDEX_LAG before the answer is certain to be the
    place of its record. Other times decide nothing, and their records are wanted wherever they come. A search may be
    read in several segments at once: the time range of each ends at a certain time, but for the last. `by_day`: the
    search compares calendar days.
    `query`: parameters that say what the records hold.
    """

    path: str
    by_day: bool = False
    filters: tuple[tuple[str, str, str], ...] = ()
    per_page: int = 150
    query: tuple[tuple[str, str], ...] = ()
    fallback_on: frozenset[Reason] = frozenset()

    def first(self, time_range: TimeRange) -> SearchPageRequest:
        """Ask for the first page of records updated since the start."""
        margin = LONGEST_DAY if self.by_day else SECOND
        return self.first_after(max(time_range.start, EPOCH + margin) - margin, time_range, began=None)

    def first_after(self, moment: datetime, time_range: TimeRange, began: datetime | None) -> SearchPageRequest:
        """Ask for the first page of records updated after `moment` or, if days are compared, after its day."""
        return SearchPageRequest(
            request=self._request(moment), time_range=time_range, updated_after=moment, began=began
        )

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:
        """Follow the cursor; all before the last certain time is finished, as long as records come in order."""
        assert isinstance(page_request, SearchPageRequest)  # noqa: S101 - first() and after() make no other request
        time_range, began = page_request.time_range, page_request.began or served
        certain = certain_times(page, served)
        met = [time for time in (page_request.latest, *certain) if time is not None]
        ordered = page_request.ordered and all(earlier <= later for earlier, later in itertools.pairwise(met))
        result = PageResult(since=time_range.start, until=time_range.end, recent=served - INDEX_LAG)
        cursor, empty_pages = page_request.follow(page, starting_after(self.path, page))
        if not cursor or (ordered and certain and _is_over(page_request, certain[-1])):
            return msgspec.structs.replace(result, finished_before=time_range.end)
        latest = met[-1] if met else None
        following = msgspec.structs.replace(
            page_request,
            request=self._request(page_request.updated_after, cursor),
            cursor=cursor,
            latest=latest,
            ordered=ordered,
            began=began,
            received=page_request.received + page.count,
            empty_pages=empty_pages,
            limit=page_request.limit or (served if latest is not None and latest >= began else None),
        )
        settled = max(time_range.start, certain[-1]) if ordered and certain else None
        return msgspec.structs.replace(result, finished_before=settled, next=following)

    def sample(self, records: int = 1) -> Request:
        """Ask for the records that were updated last."""
        terms = [_term("created_at", ">", 0), *itertools.starmap(_term, self.filters)]
        return self._post(terms, {"per_page": records}, order="descending")

    def newest_since(self, start: datetime) -> Request:
        """Ask for one page of the records updated since the start, newest first."""
        return self._request(self.first(TimeRange(start=start, now=start)).updated_after, order="descending")

    def matching(self, field: str, value: str) -> Self:
        """Search only for records with this value in a field."""
        return msgspec.structs.replace(self, filters=(*self.filters, (field, "=", value)))

    def _request(self, moment: datetime, cursor: str | None = None, order: str = "ascending") -> Request:
        after = int((moment - EPOCH).total_seconds())
        terms = [_term("updated_at", ">", after), *itertools.starmap(_term, self.filters)]
        pagination = {"per_page": self.per_page} | ({"starting_after": cursor} if cursor else {})
        return self._post(terms, pagination, order)

    def _post(self, terms: list[dict[str, Any]], pagination: dict[str, Any], order: str) -> Request:
        body = {
            "query": {"operator": "AND", "value": terms},
            "sort": {"field": "updated_at", "order": order},
            "pagination": pagination,
        }
        return Request(path=self.path, query=self.query, method="POST", body=msgspec.json.encode(body))


class SearchSegment(msgspec.Struct, eq=False, kw_only=True):
    """A time range of the search, read by a chain of cursors of its own.

    - `page_request`: the next request of the chain; None at its end.
    - `total`: how many records Intercom counted from its beginning on.
    - `splits`: for a probe, the segment that it is to split.
    - `read_to`: a time before which everything lies that is left to read, if one is known.
    - `is_asked`: its request is under way. `probes`: how many probes into it are under way.
    - `is_early`: its request was sent while other segments were read. `is_held`: the request is sent again after them.
    - `recent_ids`: ids of its records whose times were not certain; `repeats`: how many of them came a second time.
    - `most_repeats`: after so many repeats it is checked again whether all records have come.
    """

    time_range: TimeRange
    track: CheckpointTrack
    page_request: SearchPageRequest | None
    total: int | None = None
    splits: Self | None = None
    read_to: datetime | None = None
    is_asked: bool = False
    probes: int = 0
    is_early: bool = False
    is_held: bool = False
    recent_ids: DistinctSet = msgspec.field(default_factory=DistinctSet)
    repeats: int = 0
    most_repeats: int = 1

    def spread(self, number: int, began: datetime) -> list[datetime]:
        """Give times, in whole seconds, that cut what it has left to read into equal parts; none where that is short.

        `began` is Intercom's clock when the search began.
        """
        latest = self.page_request.latest if self.page_request is not None else None
        if latest is None:
            return []
        reach = self.read_to or self.time_range.end or began - INDEX_LAG
        part = (reach - latest) // ((number + 1) * SECOND) * SECOND
        return [latest + place * part for place in range(1, number + 1)] if part else []

    def note_repeats(self, page: Page, served: datetime) -> None:
        """Count the records that come a second time, in another place."""
        for record in page.records:
            if record.updated_at is None or record.updated_at < served - INDEX_LAG:
                continue
            self.repeats += not self.recent_ids.add(record.id)


def certain_times(page: Page, served: datetime) -> list[datetime]:
    """Give the certain times of a page (see SearchPaginator), in its order."""
    return [record.updated_at for record in page.records if has_certain_time(record, served)]


def has_certain_time(record: Any, served: datetime) -> bool:
    """Say whether the time of a record is certain to be its place."""
    return record.updated_at is not None and record.updated_at < served - INDEX_LAG


def has_only_certain_times(page: Page, served: datetime) -> bool:
    """Say whether all items of a page are certain to be in their place."""
    return len(certain_times(page, served)) == page.count


def count_left_out(page: Page, served: datetime, result: PageResult, page_request: SearchPageRequest) -> int:
    """Count the items of a page that are no records that can be used, and belong to the segment that was read.

    Two segments share a page at the border between them. An item without a time belongs where the record before it
    does; behind none, to where the search began.
    """
    if not page.left_out:
        return 0
    records, time, count = (
        dict(zip(page.places, page.records, strict=True)),
        page_request.latest or page_request.updated_after,
        0,
    )
    for place in range(page.count):
        record = records.get(place)
        if record is None:
            count += result.wants(time)
        elif has_certain_time(record, served):
            time = record.updated_at
    return count


def _is_over(page_request: SearchPageRequest, latest: datetime) -> bool:
    """Say whether the records have reached the end of the time range, or passed the limit."""
    if page_request.time_range.end is not None:
        return latest >= page_request.time_range.end
    if page_request.time_range.to_end:
        return False
    return page_request.limit is not None and latest > page_request.limit


def _term(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}
