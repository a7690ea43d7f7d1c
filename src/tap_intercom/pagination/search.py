"""Paginator of API 2.x search: what was updated since a moment, in ascending order of updates, by cursor."""

import itertools
from datetime import datetime, timedelta
from typing import Any, Self

import msgspec

from tap_intercom.api.types import EPOCH, SECOND, Reason, Request
from tap_intercom.pagination.cursors import CursorPageRequest, starting_after
from tap_intercom.pagination.model import Page, PageRequest, PageResult, TimeRange

# Up to 2.16 a search of contacts compares calendar days in the workspace's zone: "after" a moment begins with the next
# midnight there, which no zone and no change to summer time puts later than this.
LONGEST_DAY = timedelta(hours=25)
INDEX_LAG = timedelta(minutes=10)  # docs: a new contact may take minutes to be found


class SearchPageRequest(CursorPageRequest, frozen=True, kw_only=True):
    """Also remembers how far the records so far have come.

    `updated_after` is the moment behind which is searched. `latest` is the last time that was certain (see
    `SearchPaginator`), `ordered` whether none before it was later; `began` is Intercom's clock at the first answer, and
    `limit` its clock when the records reached that time: what was updated later than it is not waited for.
    """

    updated_after: datetime = EPOCH
    latest: datetime | None = None
    ordered: bool = True
    began: datetime | None = None
    limit: datetime | None = None


class SearchPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A search for what was updated at or after a moment, oldest update first.

    A cursor stands for the last record that was given, so that what moves to the end meanwhile makes no gap: it is met
    there. A busy workspace's updates have no end, so what is updated after the reading has come that far is the next
    run's. Intercom's index lags: what was updated in the last minutes may be shown with its new time in its old place.
    So only a time INDEX_LAG before the answer is certain to be the place of its record; by others nothing is decided,
    and their records are wanted wherever they come. A search may be read in several parts at once, each a window that
    ends at a certain time, but for the last.
    """

    path: str
    by_day: bool = False
    filters: tuple[tuple[str, str, str], ...] = ()
    per_page: int = 150
    fallback_on: frozenset[Reason] = frozenset()

    def first(self, time_range: TimeRange) -> SearchPageRequest:
        """Ask for the first page of what was updated since the floor."""
        margin = LONGEST_DAY if self.by_day else SECOND
        return self.first_after(max(time_range.start, EPOCH + margin) - margin, time_range, began=None)

    def first_after(self, moment: datetime, time_range: TimeRange, began: datetime | None) -> SearchPageRequest:
        """Ask for the first page of what was updated after `moment`, or, where days are compared, after its day."""
        return SearchPageRequest(
            request=self._request(moment), time_range=time_range, updated_after=moment, began=began
        )

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:
        """Claim what is before the last record, as long as the records come in order; follow the cursor."""
        assert isinstance(step, SearchPageRequest)  # noqa: S101 - first() and after() make no other step
        time_range, began = step.time_range, step.began or served
        certain = certain_times(page, served)
        met = [time for time in (step.latest, *certain) if time is not None]
        ordered = step.ordered and all(earlier <= later for earlier, later in itertools.pairwise(met))
        result = PageResult(since=time_range.start, until=time_range.end, recent=served - INDEX_LAG)
        cursor, empty_pages = step.follow(page, starting_after(self.path, page))
        if not cursor or (ordered and certain and _is_over(step, certain[-1])):
            return msgspec.structs.replace(result, finished_before=time_range.end)
        latest = met[-1] if met else None
        following = msgspec.structs.replace(
            step,
            request=self._request(step.updated_after, cursor),
            cursor=cursor,
            latest=latest,
            ordered=ordered,
            began=began,
            received=step.received + page.count,
            empty_pages=empty_pages,
            limit=step.limit or (served if latest is not None and latest >= began else None),
        )
        settled = max(time_range.start, certain[-1]) if ordered and certain else None
        return msgspec.structs.replace(result, finished_before=settled, next=following)

    def sample(self, records: int = 1) -> Request:
        """Ask for the records that were updated last."""
        terms = [_term("created_at", ">", 0), *itertools.starmap(_term, self.filters)]
        return self._post(terms, {"per_page": records}, order="descending")

    def of(self, identifier: str) -> Self:
        """Search for one record, whenever it was updated."""
        return msgspec.structs.replace(self, filters=(*self.filters, ("id", "=", identifier)))

    def _request(self, moment: datetime, cursor: str | None = None) -> Request:
        after = int((moment - EPOCH).total_seconds())
        terms = [_term("updated_at", ">", after), *itertools.starmap(_term, self.filters)]
        pagination = {"per_page": self.per_page} | ({"starting_after": cursor} if cursor else {})
        return self._post(terms, pagination)

    def _post(self, terms: list[dict[str, Any]], pagination: dict[str, Any], order: str = "ascending") -> Request:
        body = {
            "query": {"operator": "AND", "value": terms},
            "sort": {"field": "updated_at", "order": order},
            "pagination": pagination,
        }
        return Request(path=self.path, method="POST", body=msgspec.json.encode(body))


def certain_times(page: Page, served: datetime) -> list[datetime]:
    """Give the times that are certain to be the places of their records, in the order of the page."""
    return [record.updated_at for record in page.records if has_certain_time(record, served)]


def has_certain_time(record: Any, served: datetime) -> bool:
    """Say whether the time of a record is certain to be its place."""
    return record.updated_at is not None and record.updated_at < served - INDEX_LAG


def _is_over(step: SearchPageRequest, latest: datetime) -> bool:
    """Say whether the records have come to the end of the window, or past the limit."""
    if step.time_range.end is not None:
        return latest >= step.time_range.end
    return step.limit is not None and latest > step.limit


def _term(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}
