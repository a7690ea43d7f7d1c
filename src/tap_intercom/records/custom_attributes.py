"""Objects of which some members are known, and others pass as they come: custom attributes after discovery."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from tap_intercom.json_schema import Path
from tap_intercom.records.containers import MOST_UNKNOWN_FIELDS, UNUSABLE_NAME, ObjectOf
from tap_intercom.records.raw_json import RawValue
from tap_intercom.records.scalars import MEMBERS, Field, Notes


class RawAttribute(RawValue):
    """A member that nobody has listed; also null, which is told apart from not being there."""

    first_bytes = RawValue.first_bytes | frozenset(b"n")

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.nullable = False


class ExtensibleObject(Field):
    """An object with members that are known, null where Intercom leaves them out, and others besides.

    A value that cannot be made what the schema says stands beside the null, as text, with `__text` after its name: who
    has attributes may have given them another type since. Where a member has that name, in the schema or in the record,
    in upper or lower case, as many `_` follow as make it free.

    `dropped` are members that are not wanted, `raw_attributes` those that came though they are not listed; made of
    data, they may be too many to be made fields of a struct.
    """

    holds_null = False

    def __init__(
        self,
        path: Path,
        properties: Mapping[str, Field],
        *,
        dropped: Collection[str] = (),
        raw_attributes: Collection[str] = (),
    ) -> None:
        super().__init__(path)
        self._properties = properties
        self._dropped = frozenset(dropped)
        self._known = {*map(str.casefold, (*properties, *dropped))}
        self._learns = len(raw_attributes) <= MOST_UNKNOWN_FIELDS
        self._object: ObjectOf | None = None
        self.type: Any = dict[str, Raw]
        self.needs_normalizing = True
        if self._learns and not any(map(UNUSABLE_NAME.search, (*properties, *dropped, *raw_attributes))):
            members = {**properties, **{name: RawAttribute((*path, name)) for name in raw_attributes}}
            self._object = ObjectOf(path, members, dropped=dropped)
            self.type, self.needs_normalizing = self._object.type, self._object.needs_normalizing

    def normalize(self, value: Any, notes: Notes) -> Any:
        """Settle what the object holds."""
        return self._assemble(value, notes) if self._object is None else self._object.normalize(value, notes)

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Settle the objects of a column together."""
        settle = super().normalize_column if self._object is None else self._object.normalize_column
        settle(owners, attribute, notes)

    def coerce(self, raw: Raw, notes: Notes) -> dict[str, Any] | None:
        """Read member by member, so that what fits keeps its value."""
        if bytes(raw).startswith(b"{"):
            return self._assemble(MEMBERS.decode(raw), notes)
        notes.note_coerced(self.name)
        return None

    def _assemble(self, members: Mapping[str, Raw], notes: Notes) -> dict[str, Any]:
        """Give the members as they are to be written. Raises UnicodeDecodeError."""
        found: dict[str, Any] = {name: None for name, field in self._properties.items() if field.nullable}
        for name, raw in members.items():
            if name in self._properties:
                value = self._properties[name].read(raw, notes)
                if value is not None:
                    found[name] = value
                elif bytes(raw) not in {b"null", b'""'}:
                    found[self._beside(name, members)] = _as_text(raw)
            elif name not in self._dropped:
                if self._learns:
                    notes.raw_attributes.add((*self.path, name))
                bytes(raw).decode()
                found[name] = raw
        return found

    def _beside(self, name: str, members: Iterable[str]) -> str:
        """Name the text beside a member of a record: another name for each member, whatever their order."""
        beside, taken = f"{name}__text", self._known.union(map(str.casefold, members))
        while beside.casefold() in taken:
            beside += "_"
        return beside


def _as_text(raw: Raw) -> str:
    text = bytes(raw).decode()
    return msgspec.json.decode(text, type=str) if text.startswith('"') else text
