"""A reverse index: from what records are linked to, to the ids of these records, up to date as they change."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet

from intercom_simulator.store.collection import ChangeKind, Collection, Entry


class ReverseIndex:
    """The listed records of some collections, by the ids that `targets_of` returns for each of them."""

    def __init__(self, collections: Sequence[Collection], targets_of: Callable[[Entry], Iterable[str]]) -> None:
        self._collections = collections
        self._targets_of = targets_of
        self._sources: dict[str, set[str]] = {}  # by target
        self._targets: dict[str, tuple[str, ...]] = {}  # by source, as they were when last looked at
        self._changed: set[str] = set()
        for collection in collections:
            collection.watchers.append(self._on_change)
            self._changed.update(collection.entries)

    def sources_of(self, target: str) -> AbstractSet[str]:
        """Return the ids of the records that are linked to this id."""
        for identity in self._changed:
            self._look_at(identity)
        self._changed.clear()
        return self._sources.get(target, frozenset())

    def forget_all(self) -> None:
        """Ask for the links of every record anew."""
        for collection in self._collections:
            self._changed.update(collection.entries)

    def _look_at(self, identity: str) -> None:
        for target in self._targets.pop(identity, ()):
            self._sources[target].discard(identity)
        entry = next((one.entries[identity] for one in self._collections if identity in one.entries), None)
        if entry is not None and entry.listed:
            targets = self._targets[identity] = tuple(self._targets_of(entry))
            for target in targets:
                self._sources.setdefault(target, set()).add(identity)

    def _on_change(self, change: ChangeKind, entry: Entry) -> None:
        del change
        self._changed.add(entry.id)
