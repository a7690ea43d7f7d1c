"""A view: collections of the workspace as one resource of API 2.x, each record encoded once until it changes."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from intercom_simulator.protocol.view_options import Record, ViewOptions
from intercom_simulator.store.collection import CACHED_BYTES, Collection, Entry

Write = Callable[[Entry, ViewOptions], Record]


class View:
    """The records of one resource by id, with a cache of encoded records."""

    def __init__(self, name: str, collections: Sequence[Collection], write: Write) -> None:
        self.name = name
        self.collections = collections
        self._write = write
        self._encoded: dict[str, dict[ViewOptions, tuple[int, bytes]]] = {}
        self._bytes = 0
        self.cached_bytes = CACHED_BYTES

    def __iter__(self) -> Iterator[Entry]:
        for collection in self.collections:
            yield from collection

    def __len__(self) -> int:
        return sum(map(len, self.collections))

    def find(self, identity: str) -> Entry | None:
        """Return the entry of this id, if there is one."""
        for collection in self.collections:
            if identity in collection.entries:
                return collection.entries[identity]
        return None

    def collection_of(self, entry: Entry) -> Collection:
        """Return the collection that has this entry, or had it."""
        return next((one for one in self.collections if entry.id in one.entries), self.collections[0])

    def record(self, entry: Entry, options: ViewOptions) -> Record:
        """Make the record as this version shows it."""
        return self._write(entry, options)

    def encoded(self, entry: Entry, options: ViewOptions) -> bytes:
        """Return the record as JSON."""
        known = self._encoded.get(entry.id, {}).get(options)
        if known is not None and known[0] == entry.revision:
            return known[1]
        body = msgspec.json.encode(self._write(entry, options))
        self._bytes += len(body) - (len(known[1]) if known else 0)
        self._encoded.setdefault(entry.id, {})[options] = (entry.revision, body)
        while self._bytes > self.cached_bytes and len(self._encoded) > 1:
            self.forget([next(iter(self._encoded))])
        return body

    def clear_cache(self) -> None:
        """Make and encode all records anew when they are next asked for."""
        self._encoded.clear()
        self._bytes = 0

    def forget(self, identities: Iterable[str]) -> None:
        """Remove records from the cache, since other records that they mention have changed."""
        for identity in identities:
            written = self._encoded.pop(identity, {})
            self._bytes -= sum(len(body) for _, body in written.values())
