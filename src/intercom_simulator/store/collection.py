"""A collection of records: ids and times of each are kept, its content is made when it is asked for."""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple

import msgspec

Record = dict[str, Any]
Decorate = Callable[[Record], Record]
ChangeKind = Literal["inserted", "changing", "removed"]

CACHED_BYTES = 32 * 1024 * 1024  # the default, for each collection


class RecordForm(NamedTuple):
    """How API 1.x shows a record: in a list or alone (`is_single`), as HTML or as text."""

    is_single: bool = False
    plaintext: bool = False


class Entry:
    """One record of a collection: what lists are sorted by and, once it was changed, its content."""

    __slots__ = (
        "created_at",
        "first_part_id",
        "id",
        "last_request_at",
        "listed",
        "ordinal",
        "part_count",
        "record",
        "revision",
        "updated_at",
        "written_parts",
    )

    def __init__(self, ordinal: int, identity: str, *, listed: bool = True) -> None:
        self.ordinal = ordinal
        self.id = identity
        self.listed = listed
        self.created_at: int = 0
        self.updated_at: int = 0
        self.last_request_at: int | None = None
        self.part_count = 0
        self.first_part_id = 0
        self.record: Record | None = None
        self.written_parts: list[Record] | None = None
        self.revision = 0

    def set_record(self, record: Record) -> None:
        """Set the content, and the times that follow from it."""
        self.record = record
        self.revision += 1
        self.created_at = record.get("created_at") or 0
        self.updated_at = record.get("updated_at") or 0
        self.last_request_at = record.get("last_request_at")
        self.listed = not record.get("archived") and record.get("user_count") != 0

    def copy(self) -> "Entry":
        """Return a copy that later changes do not touch."""
        copied = Entry(self.ordinal, self.id)
        for slot in Entry.__slots__:
            setattr(copied, slot, getattr(self, slot))
        return copied


Watcher = Callable[[ChangeKind, Entry], None]  # called before a change or an insertion, and after a removal


class Collection:
    """All records of one kind, by id; listed ones can be sorted by any field, equal ones in order of creation."""

    def __init__(self, name: str, entries: Iterable[Entry], decorate: Decorate) -> None:
        self.name = name
        self.entries = {entry.id: entry for entry in entries}
        self._decorate = decorate
        self.next_ordinal = len(self.entries)
        self.watchers: list[Watcher] = []
        self._orders: dict[str, list[Entry]] = {}
        self._encoded: dict[tuple[str, RecordForm], bytes] = {}
        self._encoded_bytes = 0
        self.cached_bytes = CACHED_BYTES

    def __len__(self) -> int:
        return len(self.ordered("ordinal"))

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.ordered("ordinal"))

    def write(self, entry: Entry, *, plaintext: bool) -> Record:
        """Make the content of an entry that was never changed."""
        raise NotImplementedError  # `FixedCollection` sets every record, so it never gets here

    def content(self, entry: Entry, *, plaintext: bool = False) -> Record:
        """Return all fields of the record. The result must not be changed."""
        return self.write(entry, plaintext=plaintext) if entry.record is None else entry.record

    def api_record(self, entry: Entry, form: RecordForm) -> Record:
        """Return the record as the API serves it in this form."""
        return self._decorate(self.content(entry, plaintext=form.plaintext))

    def encoded(self, entry: Entry, form: RecordForm) -> bytes:
        """Return the record as JSON, cached until it changes."""
        key = (entry.id, form)
        known = self._encoded.get(key)
        if known is None:
            known = self._encoded[key] = msgspec.json.encode(self.api_record(entry, form))
            self._encoded_bytes += len(known)
            self._forget_oldest()
        return known

    def ordered(self, field: str) -> list[Entry]:
        """Return the listed entries ascending by the field, equal ones in order of creation."""
        order = self._orders.get(field)
        if order is None:
            listed = [entry for entry in self.entries.values() if entry.listed]
            order = self._orders[field] = sorted(listed, key=self._key(field))
        return order

    def after(self, ordinal: int, count: int) -> list[Entry]:
        """Return up to `count` listed entries created after the one with this ordinal."""
        order = self.ordered("ordinal")
        start = bisect_right(order, ordinal, key=lambda entry: entry.ordinal)
        return order[start : start + count]

    def insert(self, entry: Entry) -> None:
        """Add a new entry, made with the ordinal of `next_ordinal`."""
        self._notify("inserted", entry)
        self.entries[entry.id] = entry
        self.next_ordinal = max(self.next_ordinal, entry.ordinal + 1)
        self._add_to_orders(entry)

    def change(self, entry: Entry, fields: Record) -> Record:
        """Set fields of a record and return all of it."""
        self._notify("changing", entry)
        record = {**self.content(entry), **fields}
        self._remove_from_orders(entry)
        entry.set_record(record)
        self._add_to_orders(entry)
        return record

    def remove(self, entry: Entry) -> None:
        """Delete the record."""
        self._remove_from_orders(entry)
        del self.entries[entry.id]
        self._notify("removed", entry)

    def _notify(self, change: ChangeKind, entry: Entry) -> None:
        for watcher in self.watchers:
            watcher(change, entry)

    def _add_to_orders(self, entry: Entry) -> None:
        if entry.listed:
            for field, order in self._orders.items():
                insort(order, entry, key=self._key(field))

    def _remove_from_orders(self, entry: Entry) -> None:
        if entry.listed:
            for order in self._orders.values():
                order.remove(entry)
        for form in FORMS:
            self._encoded_bytes -= len(self._encoded.pop((entry.id, form), b""))

    def clear_cache(self) -> None:
        """Make and encode all records anew when they are next asked for."""
        self._encoded.clear()
        self._encoded_bytes = 0

    def _forget_oldest(self) -> None:
        while self._encoded_bytes > self.cached_bytes and self._encoded:
            self._encoded_bytes -= len(self._encoded.pop(next(iter(self._encoded))))

    def _key(self, field: str) -> Callable[[Entry], tuple[float, int]]:
        if field in Entry.__slots__:
            return lambda entry: (_none_first(getattr(entry, field)), entry.ordinal)
        return lambda entry: (_none_first(self.content(entry).get(field)), entry.ordinal)


def _none_first(value: float | None) -> float:
    return float("-inf") if value is None else value


FORMS = tuple(RecordForm(is_single, plaintext) for is_single in (False, True) for plaintext in (False, True))
