"""Logs that are asked for by time: one period after the other, oldest first; within a period Intercom has its order."""

from datetime import datetime, timedelta

import msgspec

from tap_intercom.api.types import INTERCOM_BEGAN, SECOND, Reason, Request
from tap_intercom.pagination.model import CURSOR, Page, PageRequest, PageResult, TimeRange
from tap_intercom.pagination.page_numbers import NumberedPageRequest, PageNumberPaginator

WINDOW_LENGTH = timedelta(days=30)


class TimeWindowPageRequest(NumberedPageRequest, frozen=True, kw_only=True):
    """A page of a period: how it would be listed, how long the period was to be, and how many pages were asked for.

    `missing` is how many entries the periods before it did not give of those that they counted.
    """

    base_request: Request
    length: timedelta = WINDOW_LENGTH
    pages: int = 1
    missing: int = 0


class TimeWindowPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A log of what is never changed, filtered by `created_at_after` and `created_at_before`.

    Whether either bound is part of what is asked for is not documented, so a second more is asked for on both sides.
    The last period has no end: what is added to it moves the rest to later pages, which makes duplicates and no gaps.
    A period that had but one page is followed by one of twice its length. Where the log can be searched, a page has
    `per_page` entries, which are asked for in a body.
    """

    path: str
    per_page: int | None = None
    fallback_on: frozenset[Reason] = frozenset()

    def first(self, time_range: TimeRange) -> PageRequest:
        """Ask for the period that begins with the floor."""
        return self._period(time_range, max(time_range.start, INTERCOM_BEGAN), time_range.now, WINDOW_LENGTH)

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:
        """Take what the period wants; with its last page, all before its end is settled, unless entries are missing."""
        assert isinstance(step, TimeWindowPageRequest)  # noqa: S101 - first() and after() make no other step
        time_range = step.time_range
        result = self._listing(time_range).after(msgspec.structs.replace(step, request=step.base_request), page, served)
        if isinstance(result.next, TimeWindowPageRequest):
            listed = result.next.request
            following = msgspec.structs.replace(
                result.next, request=self._asked(listed), base_request=listed, pages=step.pages + 1
            )
            return PageResult(since=time_range.start, until=time_range.end, next=following)
        missing = step.missing + result.missing
        if time_range.end is None:
            return PageResult(since=time_range.start, missing=missing)
        length = 2 * step.length if step.pages == 1 else WINDOW_LENGTH
        following = msgspec.structs.replace(self._period(time_range, time_range.end, served, length), missing=missing)
        settled = None if missing else time_range.end
        return PageResult(since=time_range.start, until=time_range.end, finished_before=settled, next=following)

    def sample(self, records: int = 1) -> Request:
        """Ask for the newest of all; a log that cannot be searched has pages of one size."""
        everything = Request(path=self.path, query=(("created_at_after", _unix(INTERCOM_BEGAN)),))
        return self._asked(everything, records)

    def _period(
        self, time_range: TimeRange, start: datetime, present: datetime, length: timedelta
    ) -> TimeWindowPageRequest:
        end = start + length if start + length < present else None
        time_range = msgspec.structs.replace(time_range, start=start, end=end)
        listed = self._listing(time_range).sample()
        return TimeWindowPageRequest(
            request=self._asked(listed), base_request=listed, time_range=time_range, length=length
        )

    def _asked(self, listed: Request, records: int | None = None) -> Request:
        if self.per_page is None:
            return listed
        body = {name: value if name == CURSOR else int(value) for name, value in listed.query}
        body["per_page"] = records or self.per_page
        return Request(path=self.path, method="POST", body=msgspec.json.encode(body))

    def _listing(self, time_range: TimeRange) -> PageNumberPaginator:
        after = (("created_at_after", _unix(time_range.start - SECOND)),)
        before = () if time_range.end is None else (("created_at_before", _unix(time_range.end + SECOND)),)
        return PageNumberPaginator(path=self.path, query=(*after, *before))


def _unix(moment: datetime) -> str:
    return str(int(moment.timestamp()))
