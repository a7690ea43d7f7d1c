"""A collection that is scrolled over: the server remembers how far."""

from datetime import datetime

import msgspec

from tap_intercom.api.types import Reason, Request
from tap_intercom.pagination.model import Page, PageRequest, PageResult, TimeRange


class ScrollPaginator(msgspec.Struct, frozen=True, kw_only=True):
    """A scroll over everything, a hundred at a time in no promised order; it moves on with every answer.

    It ends with an empty page (docs: "Scroll over all users"), or, as has been seen, with a 404 after a page. Unused
    for a minute it expires, and then answers 404 too; so do long scrolls in their middle (python-intercom#201). So no
    end of it says that all has come: see `completeness`. Only instead of its first page, a 404 means that there is no
    scroll.
    """

    path: str
    fallback_on: frozenset[Reason] = frozenset({Reason.GONE, Reason.VERSION})

    def first(self, time_range: TimeRange) -> PageRequest:
        """Open the scroll."""
        return PageRequest(request=Request(path=f"{self.path}/scroll"), time_range=time_range)

    def after(self, step: PageRequest, page: Page, served: datetime) -> PageResult:  # noqa: ARG002 - a scroll has no clock
        """Take what the window wants; go on with the newest `scroll_param`, also behind a short or an empty page."""
        time_range = step.time_range
        if page.scroll_param is None:
            return PageResult(since=time_range.start)
        request = Request(path=f"{self.path}/scroll", query=(("scroll_param", page.scroll_param),), urgent=True)
        return PageResult(since=time_range.start, next=PageRequest(request=request, time_range=time_range))

    def sample(self, records: int = 1) -> Request:
        """Ask for the list instead: a scroll that is opened for a look blocks the workspace for a minute."""
        return Request(path=self.path, query=(("per_page", str(records)),))
