"""The index of the search engine: it knows each record as it was some seconds ago."""

from collections.abc import Callable, Iterator
from functools import partial

from intercom_simulator.clock import Clock
from intercom_simulator.collection import Collection, Deed, Entry

Past = list[tuple[float, Entry | None]]


class Index:
    """What a search sees of collections, `lag()` seconds behind their present state."""

    def __init__(self, clock: Clock, lag: Callable[[], float]) -> None:
        self._clock = clock
        self._lag = lag
        self._pasts: dict[tuple[str, str], Past] = {}

    @property
    def settled(self) -> bool:
        """Whether the index knows everything as it is now."""
        return not self._pasts

    def follow(self, collection: Collection) -> None:
        """Remember from now on how the records of this collection were."""
        collection.watchers.append(partial(self._note, collection.name))

    def seen(self, collection: Collection) -> Iterator[tuple[Entry, Entry]]:
        """Yield each record that the index knows: as it is indexed, and as it is now."""
        if not self._pasts:
            for entry in collection:
                yield entry, entry
            return
        earliest = self._clock.now() - self._lag()
        for entry in collection:
            known = self._indexed(collection.name, entry, earliest)
            if known is not None:
                yield known, entry

    def _indexed(self, name: str, entry: Entry, earliest: float) -> Entry | None:
        past = self._pasts.get((name, entry.id), ())
        for moment, former in past:
            if moment > earliest:
                return former
        if past:
            del self._pasts[name, entry.id]
        return entry

    def _note(self, name: str, deed: Deed, entry: Entry) -> None:
        if deed == "removed" or self._lag() <= 0:
            self._pasts.pop((name, entry.id), None)
            return
        former = None if deed == "inserted" else entry.copy()
        self._pasts.setdefault((name, entry.id), []).append((self._clock.now(), former))
