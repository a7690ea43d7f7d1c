"""The kinds of collections: content made from the seed when asked for, or given from the start."""

from collections.abc import Callable

from intercom_simulator.store.collection import Collection, Decorate, Entry, Record, RecordForm

ADMIN_DETAILS = ("job_title", "has_inbox_seat", "avatar")


class LazyCollection(Collection):
    """A collection whose records are made one by one from the seed; the last one is cached."""

    def __init__(self, name: str, entries: list[Entry], decorate: Decorate, write: Callable[[Entry], Record]) -> None:
        super().__init__(name, entries, decorate)
        self._write = write
        self._last: tuple[Entry, Record] | None = None

    def write(self, entry: Entry, *, plaintext: bool) -> Record:
        """Make the record; only conversations differ in plain text."""
        del plaintext
        if self._last is None or self._last[0] is not entry:
            self._last = entry, self._write(entry)
        return self._last[1]

    def clear_cache(self) -> None:
        """Make and encode all records anew when they are next asked for."""
        super().clear_cache()
        self._last = None


class FixedCollection(Collection):
    """A short collection whose records are given from the start."""

    def __init__(self, name: str, records: list[Record], decorate: Decorate, key: str = "id") -> None:
        entries = [Entry(ordinal, record[key]) for ordinal, record in enumerate(records)]
        for entry, record in zip(entries, records, strict=True):
            entry.set_record(record)
        super().__init__(name, entries, decorate)


class AdminCollection(FixedCollection):
    """The admins, of whom a list shows fewer fields than the single record."""

    def api_record(self, entry: Entry, form: RecordForm) -> Record:
        """Return the record, in a list without the fields that only the single admin has."""
        record = super().api_record(entry, form)
        return record if form.is_single else {key: value for key, value in record.items() if key not in ADMIN_DETAILS}
