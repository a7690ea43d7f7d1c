"""Notices that the pages of a collection lead to no end: they come again and again, or are more than can be."""

from collections.abc import Sequence
from operator import eq
from typing import Any

import msgspec

from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import Page, PageResult, Pages

MOST_PAGES = 10_000_000  # a quota of 1,000 requests a minute gives as many in a week; a billion records
MOST_PAGES_BEYOND = 100  # the last of a numbered list, which may have become shorter meanwhile
# What moves while it is read may come again. The same records, in the same order and with the same times, come a few
# times where a list is read back or anew.
MOST_ENCOUNTERS = 10


class LoopGuard:
    """Follows the pages of one collection, and remembers a single one.

    That page is compared with all that come, until as many have come as were there before it; then the newest takes its
    place (R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980). So a round of any length is noticed:
    of pages that come in a round of n, at most 3 * MOST_ENCOUNTERS * n come before it is.
    """

    def __init__(self, path: str, most_pages: int = MOST_PAGES) -> None:
        self._path = path
        self._most_pages = most_pages
        self._pages = 0
        self._remembered: list[Any] = []
        self._until = 1
        self._encounters = 0

    def check(self, page: Page, result: PageResult) -> None:
        """Take note of a page. Raises ContractError where what follows it leads to no end."""
        if result.next is None:
            return
        self._pages += 1
        if self._pages > self._most_pages:
            raise self._endless(f"has more than {self._most_pages:,} pages")
        if (pages := page.pages) is not None and _is_beyond(pages):
            raise self._endless(f"names a page after page {pages.page} of {pages.total_pages}")
        items = [*page.records, *[None] * page.left_out]
        if self._is_remembered(items):
            self._encounters += 1
            if self._encounters == MOST_ENCOUNTERS:
                raise self._endless("gives the same records again and again")
        if self._pages == self._until:
            self._remembered, self._until, self._encounters = list(map(_mark, items)), 2 * self._pages, 0

    def _is_remembered(self, records: Sequence[Any]) -> bool:
        """Compare as far as the first difference, which is nearly always the first record."""
        remembered = self._remembered
        return bool(remembered) and len(records) == len(remembered) and all(map(eq, map(_mark, records), remembered))

    def _endless(self, what: str) -> ContractError:
        return ContractError(f"{self._path} {what}; run again, and report it to Intercom if it stays.")


def _is_beyond(pages: Pages) -> bool:
    """Say whether a list with numbers goes on where it cannot.

    Its `next` is text. Where that is a cursor, what is updated meanwhile comes once more, on a later page.
    """
    is_numbered = isinstance(pages.next, str) and pages.page and pages.total_pages
    return bool(is_numbered) and (pages.page or 0) > (pages.total_pages or 0) + MOST_PAGES_BEYOND


def _mark(record: Any) -> object:
    """Give what tells a record, as it is now, from all others."""
    identifier = getattr(record, "id", None) or None  # UNSET where only some records have one
    return msgspec.json.encode(record) if identifier is None else (identifier, getattr(record, "updated_at", None))
