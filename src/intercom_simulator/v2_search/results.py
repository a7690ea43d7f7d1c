"""What a search has found stays in order and is kept up as records change, so that further pages cost no new search."""

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from intercom_simulator.protocol.cursors import SortKey
from intercom_simulator.store.collection import ChangeKind, Entry
from intercom_simulator.v2_search.lagging_index import LaggingIndex

MAX_CACHED = 256  # questions at most
MAX_CACHED_MATCHES = 500_000  # and what was found to them all together, but for the latest question
MAX_CHANGES = 20_000
BEFORE_ALL_IDS, AFTER_ALL_IDS = (-1, 0, ""), (2, 0, "")  # before and after the identity of every record

Match = tuple[SortKey, Any, Entry]


class ResultSource(NamedTuple):
    """How to find everything, and what is found of one id; `lagging` if only what the index knows counts."""

    find: Callable[[], Iterable[Match]]
    look_up: Callable[[str], Match | None]
    lagging: bool = True


class SearchResults:
    """What was found, ascending by place."""

    def __init__(self, found: Iterable[Match]) -> None:
        self.matches = sorted(found, key=lambda one: one[0])
        self.sort_keys = [one[0] for one in self.matches]
        self._sort_keys_by_id = {one[2].id: one[0] for one in self.matches}

    def set_match(self, identity: str, found: Match | None) -> None:
        """Let this be what is found of the id, or nothing."""
        former = self._sort_keys_by_id.pop(identity, None)
        if former is not None:
            number = bisect_left(self.sort_keys, former)
            del self.sort_keys[number], self.matches[number]
        if found is not None:
            self._sort_keys_by_id[identity] = found[0]
            self.matches.insert(bisect_left(self.sort_keys, found[0]), found)
            insort(self.sort_keys, found[0])

    def between(self, low: float, high: float) -> Sequence[Match]:
        """Return what has a number to be ordered by from low to high."""
        span = self.span(low, high)
        return self.matches[span.start : span.stop]

    def span(self, low: float, high: float) -> range:
        """Tell where that is."""
        start = bisect_left(self.sort_keys, SortKey((1, low, ""), BEFORE_ALL_IDS))
        return range(start, bisect_left(self.sort_keys, SortKey((1, high, ""), AFTER_ALL_IDS)))


class _CachedResult:
    """Findings, up to which of the news they are kept up, and what the index had not settled then."""

    def __init__(self, results: SearchResults, changes_seen: int, lagging_ids: set[str]) -> None:
        self.results = results
        self.changes_seen = changes_seen
        self.lagging_ids = lagging_ids


class ResultCache:
    """The findings of the latest questions."""

    def __init__(self, index: LaggingIndex) -> None:
        self._index = index
        self._cached: dict[Hashable, _CachedResult] = {}
        self._changed_ids: list[str] = []

    def cached(self, key: Hashable, source: ResultSource) -> SearchResults:
        """Return what was found, with what has changed since; or find it."""
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
        while len(self._cached) > 1 and (len(self._cached) > MAX_CACHED or total > MAX_CACHED_MATCHES):
            oldest = self._cached.pop(next(iter(self._cached)))
            total -= len(oldest.results.sort_keys)

    def on_change(self, change: ChangeKind, entry: Entry) -> None:
        """Hear of a change to anything that can be found."""
        del change
        if len(self._changed_ids) >= MAX_CHANGES:
            self._changed_ids.clear()
            self._cached.clear()
        self._changed_ids.append(entry.id)
