"""Paginator of logs that are read by time: one period after another, the oldest first."""

from datetime import datetime, timedelta

import msgspec

from tap_intercom.api.types import INTERCOM_BEGAN, SECOND, Reason, Request
from tap_intercom.pagination.model import CURSOR, Page, PageRequest, PageResult, TimeRange
from tap_intercom.pagination.page_numbers import NumberedPageRequest, PageNumberPaginator

WINDOW_LENGTH = timedelta(days=30)


class TimeWindowPageRequest(NumberedPageRequest, frozen=True, kw_only=True):
    """A page of a period.

    `base_request` is the request in the form of a list with page numbers, `length` the length of the period, `pages`
    how many of its pages have been asked for, and `missing` how many entries of the periods before did not come.
    """

    base_request: Request
    length: timedelta = WINDOW_LENGTH
    pages: int = 1
    missing: int = 0


class TimeWindowPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A log whose entries never change, filtered by `created_at_after` and `created_at_before`.

    It is not documented whether the bounds are included, so one second more is asked for on both sides. The last period
    has no end: entries that are added to it move the others to later pages, which makes duplicates and no gaps. After a
    period of one page, the next one is twice as long. With `per_page`, the log is a search, asked by POST.
    """

    path: str
    per_page: int | None = None
    fallback_on: frozenset[Reason] = frozenset()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the first period."""
        return self._period(time_range, max(time_range.start, INTERCOM_BEGAN), time_range.now, WINDOW_LENGTH)

    def after(self, page_request: PageRequest, page: Page, served: datetime) -> PageResult:
        """Follow the pages of a period; after the last, all before its end is finished, unless entries are missing."""
        assert isinstance(page_request, TimeWindowPageRequest)  # noqa: S101 - first() and after() make no other request
        time_range = page_request.time_range
        result = self._list_paginator(time_range).after(
            msgspec.structs.replace(page_request, request=page_request.base_request), page, served
        )
        if isinstance(result.next, TimeWindowPageRequest):
            listed = result.next.request
            following = msgspec.structs.replace(
                result.next, request=self._with_body(listed), base_request=listed, pages=page_request.pages + 1
            )
            return PageResult(since=time_range.start, until=time_range.end, next=following)
        missing = page_request.missing + result.missing
        if time_range.end is None:
            return PageResult(since=time_range.start, missing=missing)
        length = 2 * page_request.length if page_request.pages == 1 else WINDOW_LENGTH
        following = msgspec.structs.replace(self._period(time_range, time_range.end, served, length), missing=missing)
        settled = None if missing else time_range.end
        return PageResult(since=time_range.start, until=time_range.end, finished_before=settled, next=following)

    def sample(self, records: int = 1) -> Request:
        """Ask for the newest entries; without `per_page`, Intercom decides how many."""
        everything = Request(path=self.path, query=(("created_at_after", _unix(INTERCOM_BEGAN)),))
        return self._with_body(everything, records)

    def _period(
        self, time_range: TimeRange, start: datetime, present: datetime, length: timedelta
    ) -> TimeWindowPageRequest:
        end = start + length if start + length < present else None
        time_range = msgspec.structs.replace(time_range, start=start, end=end)
        listed = self._list_paginator(time_range).sample()
        return TimeWindowPageRequest(
            request=self._with_body(listed), base_request=listed, time_range=time_range, length=length
        )

    def _with_body(self, listed: Request, records: int | None = None) -> Request:
        if self.per_page is None:
            return listed
        body = {name: value if name == CURSOR else int(value) for name, value in listed.query}
        body["per_page"] = records or self.per_page
        return Request(path=self.path, method="POST", body=msgspec.json.encode(body))

    def _list_paginator(self, time_range: TimeRange) -> PageNumberPaginator:
        after = (("created_at_after", _unix(time_range.start - SECOND)),)
        before = () if time_range.end is None else (("created_at_before", _unix(time_range.end + SECOND)),)
        return PageNumberPaginator(path=self.path, query=(*after, *before))


def _unix(moment: datetime) -> str:
    return str(int(moment.timestamp()))
