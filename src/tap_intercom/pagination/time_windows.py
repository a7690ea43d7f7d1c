"""Logs that are asked for by time: one period after the other, oldest first; within a period Intercom has its order."""

from datetime import UTC, datetime, timedelta

import msgspec

from tap_intercom.api.types import Reason, Request
from tap_intercom.pagination.model import CURSOR, Page, Step, Turn, Window
from tap_intercom.pagination.page_numbers import Listing, ListStep

PERIOD = timedelta(days=30)
SECOND = timedelta(seconds=1)
FOUNDED = datetime(2011, 1, 1, tzinfo=UTC)  # Intercom, and so nothing it logs is older


class PeriodStep(ListStep, frozen=True, kw_only=True):
    """A page of a period: how it would be listed, how long the period was to be, and how many pages were asked for.

    `missing` is how many entries the periods before it did not give of those that they counted.
    """

    listed: Request
    length: timedelta = PERIOD
    pages: int = 1
    missing: int = 0


class Periods(msgspec.Struct, frozen=True, kw_only=True):
    """A log of what is never changed, filtered by `created_at_after` and `created_at_before`.

    Whether either bound is part of what is asked for is not documented, so a second more is asked for on both sides.
    The last period has no end: what is added to it moves the rest to later pages, which makes duplicates and no gaps.
    A period that had but one page is followed by one of twice its length. Where the log can be searched, a page has
    `per_page` entries, which are asked for in a body.
    """

    path: str
    per_page: int | None = None
    instead_on: frozenset[Reason] = frozenset()

    def first(self, window: Window) -> Step:
        """Ask for the period that begins with the floor."""
        return self._period(window, max(window.floor, FOUNDED), window.now, PERIOD)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:
        """Take what the period wants; with its last page, all before its end is settled, unless entries are missing."""
        assert isinstance(step, PeriodStep)  # noqa: S101 - first() and after() make no other step
        window = step.window
        turn = self._listing(window).after(msgspec.structs.replace(step, request=step.listed), page, served)
        if isinstance(turn.next, PeriodStep):
            listed = turn.next.request
            following = msgspec.structs.replace(
                turn.next, request=self._asked(listed), listed=listed, pages=step.pages + 1
            )
            return Turn(since=window.floor, until=window.end, next=following)
        missing = step.missing + turn.short
        if window.end is None:
            return Turn(since=window.floor, short=missing)
        length = 2 * step.length if step.pages == 1 else PERIOD
        following = msgspec.structs.replace(self._period(window, window.end, served, length), missing=missing)
        settled = None if missing else window.end
        return Turn(since=window.floor, until=window.end, settled=settled, next=following)

    def sample(self, records: int = 1) -> Request:
        """Ask for the newest of all; a log that cannot be searched has pages of one size."""
        everything = Request(path=self.path, query=(("created_at_after", _unix(FOUNDED)),))
        return self._asked(everything, records)

    def _period(self, window: Window, start: datetime, present: datetime, length: timedelta) -> PeriodStep:
        end = start + length if start + length < present else None
        window = msgspec.structs.replace(window, floor=start, end=end)
        listed = self._listing(window).sample()
        return PeriodStep(request=self._asked(listed), listed=listed, window=window, length=length)

    def _asked(self, listed: Request, records: int | None = None) -> Request:
        if self.per_page is None:
            return listed
        body = {name: value if name == CURSOR else int(value) for name, value in listed.query}
        body["per_page"] = records or self.per_page
        return Request(path=self.path, method="POST", body=msgspec.json.encode(body))

    def _listing(self, window: Window) -> Listing:
        after = (("created_at_after", _unix(window.floor - SECOND)),)
        before = () if window.end is None else (("created_at_before", _unix(window.end + SECOND)),)
        return Listing(path=self.path, query=(*after, *before))


def _unix(moment: datetime) -> str:
    return str(int(moment.timestamp()))
