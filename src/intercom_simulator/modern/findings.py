"""What a search has found is kept in order until something changes, so that its next pages cost no new search."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from intercom_simulator.collection import Deed, Entry
from intercom_simulator.cursors import Place
from intercom_simulator.modern.index import Index

REMEMBERED = 64

Found = tuple[Place, Any, Entry]


class Findings(NamedTuple):
    """The places of what was found, ascending, and for each the value it is sorted by and the record."""

    places: list[Place]
    found: list[Found]


class Memory:
    """Findings by query; none while the index lags, for then they change with time alone."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: dict[Hashable, Findings] = {}

    def recall(self, key: Hashable, find: Callable[[], Iterable[Found]]) -> Findings:
        """Return what was found, or find it."""
        known = self._known.get(key)
        if known is not None and self._index.settled:
            return known
        found = sorted(find(), key=lambda one: one[0])
        findings = Findings([one[0] for one in found], found)
        if self._index.settled:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = findings
        return findings

    def watch(self, deed: Deed, entry: Entry) -> None:
        """Hear of a change to anything that can be found."""
        del deed, entry
        self._known.clear()
