"""Lists of which nothing may be passed over though they move while they are read: their records are counted."""

from datetime import datetime

import msgspec

from tap_intercom.paging import Listing, Page, Step, Turn, Window

MOST_READINGS = 3


class CountedStep(Step, frozen=True, kw_only=True):
    """Remembers the ids of each page so far, the largest number of records that was named, and which reading it is."""

    seen: tuple[frozenset[str], ...] = ()
    total: int = 0
    reading: int = 1


class CountedList(Listing, frozen=True, kw_only=True):
    """A list in pages by number that is read again, a few times at most, until as many came as it is said to hold.

    What is deleted, and what shares its time with others at the border of two pages, may let a record slip by. Where it
    has done so in every reading, `short` says by how many the last one was.
    """

    def first(self, window: Window) -> Step:
        """Ask for the list."""
        return CountedStep(request=Listing.first(self, window).request, window=window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:
        """Take what the window wants; begin again after the last page where too few came."""
        assert isinstance(step, CountedStep)  # noqa: S101 - first() and after() make no other step
        turn = Listing.after(self, step, page, served)
        seen = (*step.seen, frozenset(record.id for record in page.records))
        total = max(step.total, page.total_count or 0)
        if isinstance(turn.next, CountedStep):
            following = msgspec.structs.replace(turn.next, seen=seen, total=total)
            return msgspec.structs.replace(turn, next=following)
        short = max(0, total - len(frozenset().union(*seen)))
        if short and step.reading < MOST_READINGS:
            again = CountedStep(request=self.first(step.window).request, window=step.window, reading=step.reading + 1)
            return msgspec.structs.replace(turn, next=again)
        return msgspec.structs.replace(turn, short=short)
