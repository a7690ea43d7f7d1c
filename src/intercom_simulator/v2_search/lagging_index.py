"""The search index, which knows each record as it was some seconds ago (switch `search_lag_seconds`)."""

from collections.abc import Callable
from functools import partial

from intercom_simulator.store.clock import Clock
from intercom_simulator.store.collection import ChangeKind, Collection, Entry

History = list[tuple[float, Entry | None]]


class LaggingIndex:
    """The state of collections `lag()` seconds ago."""

    def __init__(self, clock: Clock, lag: Callable[[], float]) -> None:
        self._clock = clock
        self._lag = lag
        self._histories: dict[tuple[str, str], History] = {}

    def lagging_ids(self) -> set[str]:
        """Return the ids of the records of which the index may have an earlier state."""
        return {identity for _, identity in self._histories}

    def keep_history_of(self, collection: Collection) -> None:
        """Keep the earlier states of this collection's records from now on."""
        collection.watchers.append(partial(self._on_change, collection.name))

    def indexed(self, collection: Collection, entry: Entry) -> Entry | None:
        """Return the record as the index has it; None if the index does not have it yet."""
        history = self._histories.get((collection.name, entry.id))
        if history is None:
            return entry
        earliest = self._clock.now() - self._lag()
        for moment, earlier in history:
            if moment > earliest:
                return earlier
        del self._histories[collection.name, entry.id]
        return entry

    def _on_change(self, name: str, change: ChangeKind, entry: Entry) -> None:
        if change == "removed" or self._lag() <= 0:
            self._histories.pop((name, entry.id), None)
            return
        earlier = None if change == "inserted" else entry.copy()
        self._histories.setdefault((name, entry.id), []).append((self._clock.now(), earlier))
