"""Fields that are objects or lists: objects are decoded into structs, lists are taken out of Intercom's wrappers."""

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from tap_intercom.json_schema import Path
from tap_intercom.records.scalars import MEMBERS, Field, Notes

# A scalar in place of an object becomes the first of these fields that the object has. The docs show
# `"plan": "plan1"`, `"avatar": "https://…"`, until 2.11 `"ticket_state": "submitted"` (a category), and until 2.15 an
# option of a conversation attribute (a label).
_IDENTITIES: Final = ("name", "image_url", "category", "label", "id")
UNUSABLE_NAME: Final = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')  # msgspec cannot declare fields with these names
_WRAPPER_KEYS: Final = ("type", "url", "total_count", "has_more")  # the other keys of a wrapper
MOST_UNKNOWN_FIELDS: Final = 64  # of an object; if it has more, their names are data, and none of them is declared
_ITEMS: Final = msgspec.json.Decoder(list[Raw])


class ListOf(Field):
    """A list, also one in a wrapper object: `{"type": "tag.list", "tags": […]}`.

    `wrapped_in` is the key of the list in its wrapper, or several keys with | between them. An item that is null
    or cannot be read is left out; it is kept as null if the list is `counted`, or if its items may be null. What is no
    list is null if the list is `counted`.
    """

    holds_null = False

    def __init__(self, path: Path, items: Field, wrapped_in: str | None = None, *, counted: bool = False) -> None:
        super().__init__(path)
        self.items = items
        self._counted = counted
        self._keeps_null = counted or (items.holds_null and items.nullable)
        self.type = list[items.declared if self._keeps_null else items.type]  # type: ignore[misc] # built at run time
        self._wrapped_in = wrapped_in.split("|") if wrapped_in is not None else []
        self._wrapper: Any = None
        if self._wrapped_in:
            self._wrapper = _wrapper_of(self._wrapped_in, self.type)
            self.type = self.type | self._wrapper
        self.needs_normalizing = items.needs_normalizing or wrapped_in is not None

    def normalize(self, value: Any, notes: Notes) -> Any:
        """Take the list out of its wrapper, and normalize its items. Raises ValueError if an item does not fit."""
        if type(value) is self._wrapper:
            value = value.content if value.content is not UNSET else self._list_in_wrapper(value, notes)
        if not value or not self.items.needs_normalizing:
            return value
        settled = self.items.normalize_list(value, notes)
        if not self._keeps_null and any(item is None for item in settled):
            raise ValueError(self.name)
        return settled

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Unwrap all lists in one short loop, since every contact has four; normalize all their items together."""
        wrapper = self._wrapper
        for owner in owners:
            value = getattr(owner, attribute)
            if type(value) is wrapper:
                content = value.content
                setattr(owner, attribute, content if content is not UNSET else self._list_in_wrapper(value, notes))
        if isinstance(self.items, ObjectOf) and self.items.needs_normalizing:
            lists = [value for owner in owners if (value := getattr(owner, attribute))]
            self.items.normalize_list([item for items in lists for item in items], notes)
        elif self.items.needs_normalizing:
            super().normalize_column(owners, attribute, notes)

    def _list_in_wrapper(self, wrapper: Any, notes: Notes) -> Any:
        """Return the list under another key of the wrapper; [] if the wrapper is empty, None if it has no list."""
        for number in range(1, len(self._wrapped_in)):
            if (found := getattr(wrapper, f"content{number}")) is not UNSET:
                return found
        if all(getattr(wrapper, name) is UNSET for name in _WRAPPER_KEYS):
            return []
        notes.note_coerced(self.name)
        return None

    def coerce(self, raw: Raw, notes: Notes) -> list[Any] | None:
        """Find the list in a value of another shape, and read its items one by one; None if there is no list."""
        found = self._find_list(bytes(raw), notes)
        if found is None:
            return None
        values = [self.items.read(item, notes) for item in _ITEMS.decode(found)]
        if self._keeps_null:
            return values
        for place, value in enumerate(values):
            if value is None:
                notes.note_left_out(self.name, place)
        return [value for value in values if value is not None]

    def _find_list(self, view: bytes, notes: Notes) -> bytes | Raw | None:
        if view.startswith(b"["):
            return view
        if self._counted:
            return None
        members = MEMBERS.decode(view) if view.startswith(b"{") else {}
        lists = {name: member for name, member in members.items() if bytes(member).startswith(b"[")}
        for key in self._wrapped_in:
            if key in lists:
                return lists[key]
        notes.note_coerced(self.name)
        if len(lists) == 1:
            return next(iter(lists.values()))
        if view == b"{}":
            return b"[]"
        # A wrapper without its list becomes null; any other value is read as the only item of the list.
        return None if members and self._wrapped_in else b"[" + view + b"]"


def _wrapper_of(keys: Sequence[str], content: Any) -> Any:
    """Build the struct of a wrapper around a list; an unknown key does not fit, so that no list in it is lost."""
    names = ["content", *(f"content{number}" for number in range(1, len(keys)))]
    return msgspec.defstruct(
        "Wrapper",
        [
            *((name, content | UnsetType | None, UNSET) for name in names),
            *((name, Raw | UnsetType, UNSET) for name in _WRAPPER_KEYS),
        ],
        rename=dict(zip(names, keys, strict=True)),
        forbid_unknown_fields=True,
        gc=False,
    )


class ObjectOf(Field):
    """An object that is decoded into a struct, with one attribute for each of its `properties`.

    `dropped` are fields that are not selected. `unknown_fields` came earlier, but are not in the schema: they are
    counted and removed. With `watch`, a further unknown field does not fit the type, and is counted in `coerce`.
    """

    holds_null = False

    def __init__(
        self,
        path: Path,
        properties: Mapping[str, Field],
        *,
        dropped: Collection[str] = (),
        unknown_fields: Collection[str] = (),
        watch: bool = True,
    ) -> None:
        super().__init__(path)
        self._dropped = frozenset(dropped)
        many = len(unknown_fields) > MOST_UNKNOWN_FIELDS
        self._watch = watch and not many and not any(map(UNUSABLE_NAME.search, (*dropped, *unknown_fields)))
        if not self._watch:
            dropped, unknown_fields = (), ()
        self.properties = {name: field for name, field in properties.items() if not UNUSABLE_NAME.search(name)}
        # Unknown fields do not change these: records of one page may be of types built before and after one was found.
        self.attributes = attribute_names(self.properties)
        unwanted = attribute_names((*dropped, *unknown_fields), taken=self.attributes.values())
        self._unwanted = [unwanted[name] for name in dropped]
        self._unknown_fields = [(unwanted[name], (*path, name)) for name in unknown_fields]
        self.type = self._struct(unwanted)
        # Inherited values are normalized when they are set; they replace any value that the object has.
        to_normalize = {
            name: field for name, field in self.properties.items() if field.needs_normalizing and not field.inherited
        }
        self._to_normalize = [(self.attributes[name], field) for name, field in to_normalize.items()]
        self.needs_normalizing = bool(self._to_normalize or self._unwanted or self._unknown_fields)

    def _struct(self, unwanted: Mapping[str, str]) -> type[msgspec.Struct]:
        members: list[tuple[str, Any] | tuple[str, Any, Any]] = []
        for name, field in self.properties.items():
            if field.required:
                members.append((self.attributes[name], field.declared))
            elif field.nullable:
                members.append((self.attributes[name], field.declared, None))
            else:
                members.append((self.attributes[name], field.declared | UnsetType, UNSET))
        members.extend((attribute, Raw | UnsetType, UNSET) for attribute in unwanted.values())
        names = {**self.attributes, **unwanted}
        return msgspec.defstruct(
            "Record",
            members,
            rename={attribute: name for name, attribute in names.items()},
            forbid_unknown_fields=self._watch,
            kw_only=True,
            gc=False,  # records hold no reference cycles
        )

    def normalize(self, value: Any, notes: Notes) -> Any:
        """Normalize the fields of the object, in place."""
        self.normalize_list([value], notes)
        return value

    def normalize_list(self, values: list[Any], notes: Notes) -> list[Any]:
        """Normalize many objects, field by field, in place."""
        owners = [value for value in values if value is not None] if self.path else values
        for attribute, field in self._to_normalize:
            field.normalize_column(owners, attribute, notes)
        for attribute, path in self._unknown_fields:
            for owner in owners:
                if getattr(owner, attribute) is not UNSET:
                    notes.note_unknown(path)
                    setattr(owner, attribute, UNSET)
        for attribute in self._unwanted:
            for owner in owners:
                setattr(owner, attribute, UNSET)
        return values

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Normalize the objects in `attribute` of all owners together."""
        values = [value for owner in owners if (value := getattr(owner, attribute))]
        self.normalize_list(values, notes)

    def coerce(self, raw: Raw, notes: Notes) -> Any:
        """Read field by field, so that only the values that do not fit are converted."""
        view = bytes(raw)
        if view.startswith(b"{"):
            return self._assemble(MEMBERS.decode(view), notes)
        notes.note_coerced(self.name)
        if view.startswith(b"["):
            items = _ITEMS.decode(view)
            alone = len(items) == 1 and bytes(items[0]).startswith(b"{")
            return self.read(items[0], notes) if alone else None
        identity = next((name for name in _IDENTITIES if name in self.properties), None)
        return None if identity is None else self._assemble({identity: raw}, notes)

    def _assemble(self, members: Mapping[str, Raw], notes: Notes) -> Any:
        """Build the struct from the JSON of its fields; None if a required field has no value."""
        values = {}
        for name, raw in members.items():
            if name in self.properties:
                values[name] = self.properties[name].read(raw, notes)
            elif self._watch and name not in self._dropped:
                notes.note_unknown((*self.path, name))
        for name, field in self.properties.items():
            if values.get(name) is None and not field.nullable:
                if field.required:
                    return None
                values[name] = UNSET
        return self.type(**{self.attributes[name]: value for name, value in values.items()})


def attribute_names(names: Collection[str], taken: Collection[str] = ()) -> dict[str, str]:
    """Map each JSON name to an attribute: the name itself, or `field_N` if Python, msgspec or `taken` forbid it."""
    attributes = {}
    for position, name in enumerate(names):
        attribute = name
        if not name.isidentifier() or name.startswith("__") or name in taken:
            attribute = f"field_{position}"
            while attribute in names or attribute in taken:
                attribute += "_"
        # setattr is faster with an interned name: otherwise it looks the name up in Python's table of them.
        attributes[name] = sys.intern(attribute)
    return attributes
