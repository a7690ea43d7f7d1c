"""A collection that is scrolled over: the server remembers how far."""

from datetime import datetime

import msgspec

from tap_intercom.api.types import Reason, Request
from tap_intercom.pagination.model import Page, Step, Turn, Window


class Scroll(msgspec.Struct, frozen=True, kw_only=True):
    """A scroll over everything, a hundred at a time in no promised order; it moves on with every answer.

    It ends with an empty page (docs: "Scroll over all users"), or, as has been seen, with a 404 after a page. Unused
    for a minute it expires, and then answers 404 too; so do long scrolls in their middle (python-intercom#201). So no
    end of it says that all has come: see `completeness`. Only instead of its first page, a 404 means that there is no
    scroll.
    """

    path: str
    instead_on: frozenset[Reason] = frozenset({Reason.GONE, Reason.VERSION})

    def first(self, window: Window) -> Step:
        """Open the scroll."""
        return Step(request=Request(path=f"{self.path}/scroll"), window=window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:  # noqa: ARG002 - a scroll has no clock
        """Take what the window wants; go on with the newest `scroll_param`, also behind a short or an empty page."""
        window = step.window
        if page.scroll_param is None:
            return Turn(since=window.floor)
        request = Request(path=f"{self.path}/scroll", query=(("scroll_param", page.scroll_param),), urgent=True)
        return Turn(since=window.floor, next=Step(request=request, window=window))

    def sample(self, records: int = 1) -> Request:
        """Ask for the list instead: a scroll that is opened for a look blocks the workspace for a minute."""
        return Request(path=self.path, query=(("per_page", str(records)),))
