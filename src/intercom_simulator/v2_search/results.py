"""What a search has found stays in order and is kept up as records change, so that further pages cost no new search."""

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple

from intercom_simulator.protocol.cursors import SortKey
from intercom_simulator.store.collection import ChangeKind, Entry
from intercom_simulator.v2_search.lagging_index import LaggingIndex

REMEMBERED = 256  # questions at most
MOST_FOUND = 500_000  # and what was found to them all together, but for the latest question
MOST_NEWS = 20_000
LEAST, MOST = (-1, 0, ""), (2, 0, "")  # before and after the identity of every record

Found = tuple[SortKey, Any, Entry]


class Question(NamedTuple):
    """How to find everything, and what is found of one id; `lagging` if only what the index knows counts."""

    find: Callable[[], Iterable[Found]]
    look_up: Callable[[str], Found | None]
    lagging: bool = True


class SearchResults:
    """What was found, ascending by place."""

    def __init__(self, found: Iterable[Found]) -> None:
        self.found = sorted(found, key=lambda one: one[0])
        self.places = [one[0] for one in self.found]
        self._place = {one[2].id: one[0] for one in self.found}

    def put(self, identity: str, found: Found | None) -> None:
        """Let this be what is found of the id, or nothing."""
        former = self._place.pop(identity, None)
        if former is not None:
            number = bisect_left(self.places, former)
            del self.places[number], self.found[number]
        if found is not None:
            self._place[identity] = found[0]
            self.found.insert(bisect_left(self.places, found[0]), found)
            insort(self.places, found[0])

    def between(self, low: float, high: float) -> Sequence[Found]:
        """Return what has a number to be ordered by from low to high."""
        span = self.span(low, high)
        return self.found[span.start : span.stop]

    def span(self, low: float, high: float) -> range:
        """Tell where that is."""
        start = bisect_left(self.places, SortKey((1, low, ""), LEAST))
        return range(start, bisect_left(self.places, SortKey((1, high, ""), MOST)))


class _CachedResult:
    """Findings, up to which of the news they are kept up, and what the index had not settled then."""

    def __init__(self, findings: SearchResults, heard: int, unsettled: set[str]) -> None:
        self.findings = findings
        self.heard = heard
        self.unsettled = unsettled


class ResultCache:
    """The findings of the latest questions."""

    def __init__(self, index: LaggingIndex) -> None:
        self._index = index
        self._known: dict[Hashable, _CachedResult] = {}
        self._news: list[str] = []

    def cached(self, key: Hashable, question: Question) -> SearchResults:
        """Return what was found, with what has changed since; or find it."""
        known = self._known.pop(key, None)
        unsettled = self._index.unsettled() if question.lagging else set()
        if known is None:
            known = _CachedResult(SearchResults(question.find()), len(self._news), unsettled)
        else:
            for identity in {*self._news[known.heard :], *known.unsettled, *unsettled}:
                known.findings.put(identity, question.look_up(identity))
            known.heard, known.unsettled = len(self._news), unsettled
        self._known[key] = known
        self._forget_oldest()
        return known.findings

    def _forget_oldest(self) -> None:
        total = sum(len(known.findings.places) for known in self._known.values())
        while len(self._known) > 1 and (len(self._known) > REMEMBERED or total > MOST_FOUND):
            oldest = self._known.pop(next(iter(self._known)))
            total -= len(oldest.findings.places)

    def watch(self, change: ChangeKind, entry: Entry) -> None:
        """Hear of a change to anything that can be found."""
        del change
        if len(self._news) >= MOST_NEWS:
            self._news.clear()
            self._known.clear()
        self._news.append(entry.id)
