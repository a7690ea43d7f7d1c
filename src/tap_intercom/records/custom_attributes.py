"""Objects that allow additional properties: listed members are typed, others are kept as raw JSON.

Custom attributes are such objects: discovery lists those that the workspace has.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from tap_intercom.json_schema import Path
from tap_intercom.records.containers import MOST_UNKNOWN_FIELDS, UNUSABLE_NAME, ObjectOf
from tap_intercom.records.raw_json import RawValue
from tap_intercom.records.scalars import MEMBERS, Field, Notes


class RawAttribute(RawValue):
    """The raw JSON of a member that the schema does not list; null is kept, since it differs from a missing member."""

    first_bytes = RawValue.first_bytes | frozenset(b"n")

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.nullable = False


class ExtensibleObject(Field):
    """An object with listed members (`properties`), which are null if Intercom leaves them out, and any others.

    A value that cannot be converted to the type of its member becomes null, and is added as text under the member's
    name with `__text` after it: the type of a custom attribute may have been changed. If a member of the schema or the
    record already has that name, in any case of letters, `_` is appended until the name is free.

    `dropped` are members that are not selected. `raw_attributes` are members that came earlier without being listed;
    up to MOST_UNKNOWN_FIELDS of them become fields of a struct; if there are more, their names are data: none does.
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
        """Normalize the members of the object."""
        return self._assemble(value, notes) if self._object is None else self._object.normalize(value, notes)

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Normalize the objects in `attribute` of all owners together."""
        normalize = super().normalize_column if self._object is None else self._object.normalize_column
        normalize(owners, attribute, notes)

    def coerce(self, raw: Raw, notes: Notes) -> dict[str, Any] | None:
        """Read member by member, so that only the values that do not fit are converted; None if it is not an object."""
        if bytes(raw).startswith(b"{"):
            return self._assemble(MEMBERS.decode(raw), notes)
        notes.note_coerced(self.name)
        return None

    def _assemble(self, members: Mapping[str, Raw], notes: Notes) -> dict[str, Any]:
        """Return the members as they are written. Raises UnicodeDecodeError if the JSON of one is not UTF-8."""
        found: dict[str, Any] = {name: None for name, field in self._properties.items() if field.nullable}
        for name, raw in members.items():
            if name in self._properties:
                value = self._properties[name].read(raw, notes)
                if value is not None:
                    found[name] = value
                elif bytes(raw) not in {b"null", b'""'}:
                    found[self._text_name(name, members)] = _as_text(raw)
            elif name not in self._dropped:
                if self._learns:
                    notes.raw_attributes.add((*self.path, name))
                bytes(raw).decode()
                found[name] = raw
        return found

    def _text_name(self, name: str, members: Iterable[str]) -> str:
        """Return the name under which the text of a member is added; it does not depend on the order of members."""
        free, taken = f"{name}__text", self._known.union(map(str.casefold, members))
        while free.casefold() in taken:
            free += "_"
        return free


def _as_text(raw: Raw) -> str:
    text = bytes(raw).decode()
    return msgspec.json.decode(text, type=str) if text.startswith('"') else text
