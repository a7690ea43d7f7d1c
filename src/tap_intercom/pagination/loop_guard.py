"""Ends a collection whose pages never end: the same ones come again and again, or more than there can be."""

from collections.abc import Sequence
from operator import eq
from typing import Any

import msgspec

from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import Page, PageResult, Pages

MOST_PAGES = 10_000_000  # a quota of 1,000 requests a minute gives as many in a week; a billion records
MOST_PAGES_BEYOND = 100  # beyond the last page of a numbered list, which may have become shorter meanwhile
# A page with the same records, in the same order and with the same times, may come a few times: a list may be read
# backwards or again.
MOST_ENCOUNTERS = 10


class LoopGuard:
    """Finds loops in the pages of one collection, and remembers a single page for it.

    The remembered page is compared with all that follow, until their number has doubled; then the newest page is
    remembered instead (R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980). So loops of any length
    are found: one of n pages after at most 3 * MOST_ENCOUNTERS * n pages.
    """

    def __init__(self, path: str, most_pages: int = MOST_PAGES) -> None:
        self._path = path
        self._most_pages = most_pages
        self._pages = 0
        self._remembered: list[Any] = []
        self._until = 1
        self._encounters = 0

    def check(self, page: Page, result: PageResult) -> None:
        """Compare a page with the remembered one. Raises ContractError if the pages lead to no end."""
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
        """Say whether these are the records of the remembered page; most pages differ in the first record."""
        remembered = self._remembered
        return bool(remembered) and len(records) == len(remembered) and all(map(eq, map(_mark, records), remembered))

    def _endless(self, what: str) -> ContractError:
        return ContractError(f"{self._path} {what}; run again, and report it to Intercom if it stays.")


def _is_beyond(pages: Pages) -> bool:
    """Say whether a list with page numbers goes on far beyond its last page.

    Its `next` is text. Lists whose `next` is a cursor may go on: a record that is updated comes again on a later page.
    """
    is_numbered = isinstance(pages.next, str) and pages.page and pages.total_pages
    return bool(is_numbered) and (pages.page or 0) > (pages.total_pages or 0) + MOST_PAGES_BEYOND


def _mark(record: Any) -> object:
    """Give a value that differs for every other record, and for this one once it is updated."""
    identifier = getattr(record, "id", None) or None  # UNSET where only some records have one
    return msgspec.json.encode(record) if identifier is None else (identifier, getattr(record, "updated_at", None))
