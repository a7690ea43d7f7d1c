"""The index of the search engine: it knows each record as it was some seconds ago."""

from collections.abc import Callable
from functools import partial

from intercom_simulator.store.clock import Clock
from intercom_simulator.store.collection import ChangeKind, Collection, Entry

Past = list[tuple[float, Entry | None]]


class LaggingIndex:
    """What a search sees of collections, `lag()` seconds behind their present state."""

    def __init__(self, clock: Clock, lag: Callable[[], float]) -> None:
        self._clock = clock
        self._lag = lag
        self._pasts: dict[tuple[str, str], Past] = {}

    def unsettled(self) -> set[str]:
        """Name the records of which the index may know a former state."""
        return {identity for _, identity in self._pasts}

    def follow(self, collection: Collection) -> None:
        """Remember from now on how the records of this collection were."""
        collection.watchers.append(partial(self._note, collection.name))

    def seen(self, collection: Collection, entry: Entry) -> Entry | None:
        """Return a record as the index knows it; None for one that it does not know yet."""
        past = self._pasts.get((collection.name, entry.id))
        if past is None:
            return entry
        earliest = self._clock.now() - self._lag()
        for moment, former in past:
            if moment > earliest:
                return former
        del self._pasts[collection.name, entry.id]
        return entry

    def _note(self, name: str, change: ChangeKind, entry: Entry) -> None:
        if change == "removed" or self._lag() <= 0:
            self._pasts.pop((name, entry.id), None)
            return
        former = None if change == "inserted" else entry.copy()
        self._pasts.setdefault((name, entry.id), []).append((self._clock.now(), former))
