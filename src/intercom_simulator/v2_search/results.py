"""Cached results of searches, kept sorted and up to date as records change, so that later pages need no new search."""

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from intercom_simulator.protocol.cursors import SortKey
from intercom_simulator.store.collection import ChangeKind, Entry
from intercom_simulator.v2_search.lagging_index import LaggingIndex

MAX_CACHED_SEARCHES = 256  # searches
MAX_CACHED_MATCHES = 500_000  # of all searches together, except the latest
MAX_CHANGES = 20_000
BEFORE_ALL_IDS, AFTER_ALL_IDS = (-1, 0, ""), (2, 0, "")  # sort before and after the id of every record

Match = tuple[SortKey, Any, Entry]


class ResultSource(NamedTuple):
    """How to find all matches, and the match of one id; `lagging` if they come from the index."""

    find: Callable[[], Iterable[Match]]
    look_up: Callable[[str], Match | None]
    lagging: bool = True


class SearchResults:
    """The matches of a search, ascending by sort key."""

    def __init__(self, found: Iterable[Match]) -> None:
        self.matches = sorted(found, key=lambda one: one[0])
        self.sort_keys = [one[0] for one in self.matches]
        self._sort_keys_by_id = {one[2].id: one[0] for one in self.matches}

    def set_match(self, identity: str, found: Match | None) -> None:
        """Replace the match of this id; None removes it."""
        previous = self._sort_keys_by_id.pop(identity, None)
        if previous is not None:
            number = bisect_left(self.sort_keys, previous)
            del self.sort_keys[number], self.matches[number]
        if found is not None:
            self._sort_keys_by_id[identity] = found[0]
            self.matches.insert(bisect_left(self.sort_keys, found[0]), found)
            insort(self.sort_keys, found[0])

    def between(self, low: float, high: float) -> Sequence[Match]:
        """Return the matches whose sort value is a number from low to high."""
        span = self.span(low, high)
        return self.matches[span.start : span.stop]

    def span(self, low: float, high: float) -> range:
        """Return the indices of the matches whose sort value is a number from low to high."""
        start = bisect_left(self.sort_keys, SortKey((1, low, ""), BEFORE_ALL_IDS))
        return range(start, bisect_left(self.sort_keys, SortKey((1, high, ""), AFTER_ALL_IDS)))


class _CachedResult:
    """Results with the number of changes applied to them, and the ids that lagged in the index then."""

    def __init__(self, results: SearchResults, changes_seen: int, lagging_ids: set[str]) -> None:
        self.results = results
        self.changes_seen = changes_seen
        self.lagging_ids = lagging_ids


class ResultCache:
    """The results of the latest searches."""

    def __init__(self, index: LaggingIndex) -> None:
        self._index = index
        self._cached: dict[Hashable, _CachedResult] = {}
        self._changed_ids: list[str] = []

    def cached(self, key: Hashable, source: ResultSource) -> SearchResults:
        """Return the results of a search, brought up to date; find them if they are not cached."""
        known = self._cached.pop(key, None)
        lagging_ids = self._index.lagging_ids() if source.lagging else set()
        if known is None:
            known = _CachedResult(SearchResults(source.find()), len(self._changed_ids), lagging_ids)
        else:
            for identity in {*self._changed_ids[known.changes_seen :], *known.lagging_ids, *lagging_ids}:
                known.results.set_match(identity, source.look_up(identity))
            known.changes_seen, known.lagging_ids = len(self._changed_ids), lagging_ids
        self._cached[key] = known
        self._forget_oldest()
        return known.results

    def _forget_oldest(self) -> None:
        total = sum(len(known.results.sort_keys) for known in self._cached.values())
        while len(self._cached) > 1 and (len(self._cached) > MAX_CACHED_SEARCHES or total > MAX_CACHED_MATCHES):
            oldest = self._cached.pop(next(iter(self._cached)))
            total -= len(oldest.results.sort_keys)

    def on_change(self, change: ChangeKind, entry: Entry) -> None:
        """Note a change of a record that searches can find."""
        del change
        if len(self._changed_ids) >= MAX_CHANGES:
            self._changed_ids.clear()
            self._cached.clear()
        self._changed_ids.append(entry.id)
