"""Scrolls: one open at a time, a hundred records a page, expired after a minute without a request."""

from hashlib import blake2b
from uuid import UUID

from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.responses import ApiError
from intercom_simulator.store.collection import Collection, Entry

PAGE_SIZE = 100


class Scroll:
    """One open scroll over a collection."""

    __slots__ = ("collection", "last_ordinal", "param", "shortened_page", "used_at")

    def __init__(self, collection: Collection, param: str, used_at: float) -> None:
        self.collection = collection
        self.param = param
        self.used_at = used_at
        self.last_ordinal = -1
        self.shortened_page: list[Entry] | None = None  # the next page, if its other records were deleted


class Scrolls:
    """All open scrolls of the workspace, by slot (the workspace, or a collection)."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._opened = 0
        self._slots: dict[str, Scroll] = {}

    def read(
        self, collection: Collection, param: str | None, now: float, behaviours: Behaviours
    ) -> tuple[list[Entry], str]:
        """Return the next page of the scroll with this param and its param; without one, open a scroll.

        Raises ApiError when a scroll is open already, or when there is none with this param.
        """
        return self._continue(collection, param, now, behaviours) if param else self._open(collection, now, behaviours)

    def _open(self, collection: Collection, now: float, behaviours: Behaviours) -> tuple[list[Entry], str]:
        slot = self._slot(collection, behaviours)
        open_scroll = self._slots.get(slot)
        if open_scroll is not None and not self._expired(open_scroll, now, behaviours):
            raise ApiError(400, "scroll_exists", "scroll already exists for this workspace")
        scroll = self._slots[slot] = Scroll(collection, self._new_param(), now)
        return self._next_entries(slot, scroll, behaviours), scroll.param

    def _continue(
        self, collection: Collection, param: str, now: float, behaviours: Behaviours
    ) -> tuple[list[Entry], str]:
        slot = self._slot(collection, behaviours)
        scroll = self._find(slot, collection, param, now, behaviours)
        if scroll is None:
            raise ApiError(404, "not_found", "scroll parameter not found")
        scroll.used_at = now
        if behaviours.scroll_param == "changes":
            scroll.param = self._new_param()
        entries = self._next_entries(slot, scroll, behaviours)
        return entries, scroll.param

    def is_open(self, collection: Collection, param: str, now: float, behaviours: Behaviours) -> bool:
        """Tell whether a scroll with this param is open."""
        return self._find(self._slot(collection, behaviours), collection, param, now, behaviours) is not None

    def shorten_next_page(self, collection: Collection, keep: int, behaviours: Behaviours) -> list[Entry]:
        """Leave only `keep` records on the next page, and return the others, which are to be deleted."""
        scroll = self._slots[self._slot(collection, behaviours)]
        entries = collection.after(scroll.last_ordinal, min(PAGE_SIZE, behaviours.page_most or PAGE_SIZE))
        scroll.shortened_page = entries[:keep]
        scroll.last_ordinal = entries[-1].ordinal if entries else scroll.last_ordinal
        return entries[keep:]

    def break_scroll(self, collection: Collection, now: float, behaviours: Behaviours) -> None:
        """End the scroll after the 500 that asks to restart it; its slot may stay taken until it expires."""
        slot = self._slot(collection, behaviours)
        scroll = self._slots.pop(slot, None)
        if scroll is not None and behaviours.scroll_broken_slot == "taken":
            self._slots[slot] = Scroll(collection, self._new_param(), now)

    def expire(self, collection: Collection, behaviours: Behaviours) -> None:
        """End the scroll as if its time had run out."""
        self._slots.pop(self._slot(collection, behaviours), None)

    def _next_entries(self, slot: str, scroll: Scroll, behaviours: Behaviours) -> list[Entry]:
        shortened_page, scroll.shortened_page = scroll.shortened_page, None
        if shortened_page is not None:
            return shortened_page
        entries = scroll.collection.after(scroll.last_ordinal, min(PAGE_SIZE, behaviours.page_most or PAGE_SIZE))
        if entries:
            scroll.last_ordinal = entries[-1].ordinal
        more = bool(entries) and (
            behaviours.scroll_end == "empty" or bool(scroll.collection.after(scroll.last_ordinal, 1))
        )
        if not more:
            del self._slots[slot]
        return entries

    def _find(self, slot: str, collection: Collection, param: str, now: float, behaviours: Behaviours) -> Scroll | None:
        scroll = self._slots.get(slot)
        if scroll is None or scroll.param != param or scroll.collection is not collection:
            return None
        return None if self._expired(scroll, now, behaviours) else scroll

    def _expired(self, scroll: Scroll, now: float, behaviours: Behaviours) -> bool:
        return now - scroll.used_at > behaviours.scroll_expiry_seconds

    def _slot(self, collection: Collection, behaviours: Behaviours) -> str:
        return "workspace" if behaviours.scroll_slot == "shared" else collection.name

    def _new_param(self) -> str:
        self._opened += 1
        digest = blake2b(f"{self._seed}/scroll/{self._opened}".encode(), digest_size=16).digest()
        return str(UUID(bytes=digest, version=4))
