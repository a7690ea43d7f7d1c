"""Edits of lists that are made once: changed, added and removed records."""

from intercom_simulator.protocol.view_options import Record

LAST_CHANGED_FIRST = ("articles", "collections", "macros")


class Edits:
    """The edits of all lists: changed fields by id, None for a removed record, and the fields of added ones."""

    def __init__(self) -> None:
        self._changed: dict[str, dict[str, Record | None]] = {}
        self._added: dict[str, dict[str, Record]] = {}

    def edit(self, name: str, identity: str, fields: Record | None) -> None:
        """Set fields of a record; None removes it."""
        known = self._changed.setdefault(name, {}).get(identity) or {}
        self._changed[name][identity] = None if fields is None else {**known, **fields}

    def add(self, name: str, identity: str, fields: Record) -> None:
        """Add a copy of the first record with these fields."""
        self._added.setdefault(name, {})[identity] = {**fields, "id": identity}

    def applied(self, name: str, records: list[Record]) -> list[Record]:
        """Return the records of a list with its edits, in the list's order."""
        changed, added = self._changed.get(name, {}), self._added.get(name, {})
        if not changed and not added:
            return records
        present = [*records, *({**records[0], **fields} for fields in added.values())]
        kept = [
            {**record, **fields} for record in present if (fields := changed.get(str(record["id"]), {})) is not None
        ]
        if name in LAST_CHANGED_FIRST:
            kept.sort(key=lambda record: (record["updated_at"], int(record["id"])), reverse=True)
        return kept
