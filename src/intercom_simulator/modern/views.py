"""A view shows collections of the workspace as one resource of API 2.x, each record written once until it changes."""

from collections.abc import Callable, Iterator, Sequence

import msgspec

from intercom_simulator.collection import CACHED_BYTES, Collection, Deed, Entry
from intercom_simulator.modern.look import Look, Record

Write = Callable[[Entry, Look], Record]


class View:
    """Records by id; what was written is forgotten when something comes or goes, for records mention each other."""

    def __init__(self, name: str, collections: Sequence[Collection], write: Write) -> None:
        self.name = name
        self.collections = collections
        self._write = write
        self._encoded: dict[tuple[str, Look], tuple[int, bytes]] = {}
        self._bytes = 0

    def __iter__(self) -> Iterator[Entry]:
        for collection in self.collections:
            yield from collection

    def __len__(self) -> int:
        return sum(map(len, self.collections))

    def find(self, identity: str) -> Entry | None:
        """Return the record of this id, if there is one."""
        for collection in self.collections:
            if identity in collection.entries:
                return collection.entries[identity]
        return None

    def record(self, entry: Entry, look: Look) -> Record:
        """Write the record as this version shows it."""
        return self._write(entry, look)

    def encoded(self, entry: Entry, look: Look) -> bytes:
        """Return the record as JSON."""
        known = self._encoded.get((entry.id, look))
        if known is not None and known[0] == entry.revision:
            return known[1]
        body = msgspec.json.encode(self._write(entry, look))
        self._bytes += len(body)
        if self._bytes > CACHED_BYTES:
            self.forget()
        self._encoded[entry.id, look] = (entry.revision, body)
        return body

    def forget(self) -> None:
        """Write everything anew when it is next asked for."""
        self._encoded.clear()
        self._bytes = 0

    def watch(self, deed: Deed, entry: Entry) -> None:
        """Hear of a change to any collection that the records mention."""
        del entry
        if deed != "changing":
            self.forget()
