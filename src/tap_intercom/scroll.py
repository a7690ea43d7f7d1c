"""A collection that is scrolled over: the server remembers how far, and a step of it is never asked for twice."""

import enum
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec

from tap_intercom.errors import ContractError
from tap_intercom.paging import Page, Step, Turn, Window
from tap_intercom.wire import Reason, Request

SCROLL_PAGE = 100  # records
PROMPT_SECONDS = 10.0  # a scroll that was asked sooner than this cannot have expired: it lives for 60 seconds
_id = attrgetter("id")


class ScrollStep(Step, frozen=True, kw_only=True):
    """Also remembers which records came last, since a scroll's requests may all look alike."""

    previous: tuple[Any, ...] = ()


class Rescue(enum.Enum):
    """What to do about a scroll that gave no page."""

    AGAIN = "again"  # begin it anew
    WAIT = "wait"  # somebody else's scroll is open
    END = "end"  # it has been read to its end
    NONE = "none"  # nothing can be done


class Scroll(msgspec.Struct, frozen=True, kw_only=True):
    """A scroll over everything, a hundred at a time in no promised order; it moves on with every answer.

    It ends with an empty page (docs: "Scroll over all users"), or, as has been seen, with a 404 after a page; a short
    page is no end. Unused for a minute it expires, and then answers 404 too. A 404 after a full page is none of its end
    either: long scrolls have been lost so (python-intercom#201). Only instead of its first page, a 404 means that there
    is no scroll.
    """

    path: str
    instead_on: frozenset[Reason] = frozenset({Reason.GONE, Reason.VERSION})

    def first(self, window: Window) -> Step:
        """Open the scroll."""
        return ScrollStep(request=Request(path=f"{self.path}/scroll"), window=window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:  # noqa: ARG002 - a scroll has no clock
        """Take what the window wants; go on with the newest `scroll_param` until a page is empty, or has none."""
        window = step.window
        if not page.records or page.scroll_param is None:
            return Turn(since=window.floor)
        ids = tuple(map(_id, page.records))
        if isinstance(step, ScrollStep) and ids == step.previous:
            raise ContractError(
                f"{self.path}/scroll gives the same page for ever; run again, and report it if it stays."
            )
        request = Request(path=f"{self.path}/scroll", query=(("scroll_param", page.scroll_param),), repeatable=False)
        return Turn(since=window.floor, next=ScrollStep(request=request, window=window, previous=ids))

    def rescue(self, step: Step, reason: Reason, idle_seconds: float) -> Rescue:
        """Say what to do when `step` was refused, `idle_seconds` after the answer before it."""
        if reason is Reason.SCROLL_TAKEN:
            return Rescue.WAIT
        if reason in {Reason.SCROLL_BROKEN, Reason.LOST} or (reason is Reason.VERSION and not step.request.repeatable):
            return Rescue.AGAIN  # the version had the scroll when it was opened
        if reason is Reason.GONE and not step.request.repeatable:
            is_full = isinstance(step, ScrollStep) and len(step.previous) >= SCROLL_PAGE
            return Rescue.END if idle_seconds < PROMPT_SECONDS and not is_full else Rescue.AGAIN
        return Rescue.NONE

    def sample(self, records: int = 1) -> Request:
        """Ask for the list instead: a scroll that is opened for a look blocks the workspace for a minute."""
        return Request(path=self.path, query=(("per_page", str(records)),))
