"""Fields that hold fields: objects become structs, lists become lists, whatever Intercom wraps them in."""

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from tap_intercom.json_schema import Path
from tap_intercom.records.scalars import MEMBERS, Field, Notes

# A scalar where an object belongs is what identifies it: docs show `"plan": "plan1"`, `"avatar": "https://…"`, up to
# 2.11 `"ticket_state": "submitted"` (a category), up to 2.15 an option of a conversation attribute (a label).
_IDENTITIES: Final = ("name", "image_url", "category", "label", "id")
UNUSABLE_NAME: Final = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')  # msgspec declares no field with these in its name
_WRAPPER_KEYS: Final = ("type", "url", "total_count", "has_more")  # what is beside a list in its wrapper
MOST_UNKNOWN_FIELDS: Final = 64  # unknown fields of one object; more of them are made of data, and are not declared
_ITEMS: Final = msgspec.json.Decoder(list[Raw])


class ListOf(Field):
    """A list, de-nested where Intercom wraps it: `{"type": "tag.list", "tags": […]}`.

    `wrapped_in` is its inner key, or several with | between them. An item that is null where null is no value, or that
    cannot be represented, is left out; in a list that is `counted`, it stays, as null.
    """

    holds_null = False

    def __init__(self, path: Path, items: Field, wrapped_in: str | None = None, *, counted: bool = False) -> None:
        super().__init__(path)
        self.items = items
        self._keeps_null = counted or (items.holds_null and items.nullable)
        self.type = list[items.declared if self._keeps_null else items.type]  # type: ignore[misc] # built at run time
        self._wrapped_in = wrapped_in.split("|") if wrapped_in is not None else []
        self._wrapper: Any = None
        if self._wrapped_in:
            self._wrapper = _wrapper_of(self._wrapped_in, self.type)
            self.type = self.type | self._wrapper
        self.needs_normalizing = items.needs_normalizing or wrapped_in is not None

    def normalize(self, value: Any, notes: Notes) -> Any:
        """Take the list out of its wrapper, and settle its items. ValueError: a misfit."""
        if type(value) is self._wrapper:
            value = value.content if value.content is not UNSET else self._search(value, notes)
        if not value or not self.items.needs_normalizing:
            return value
        settled = self.items.normalize_list(value, notes)
        if not self._keeps_null and any(item is None for item in settled):
            raise ValueError(self.name)
        return settled

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Unwrap in one narrow loop, since every person has four of these; settle all the items together."""
        wrapper = self._wrapper
        for owner in owners:
            value = getattr(owner, attribute)
            if type(value) is wrapper:
                content = value.content
                setattr(owner, attribute, content if content is not UNSET else self._search(value, notes))
        if isinstance(self.items, ObjectOf) and self.items.needs_normalizing:
            lists = [value for owner in owners if (value := getattr(owner, attribute))]
            self.items.normalize_list([item for items in lists for item in items], notes)
        elif self.items.needs_normalizing:
            super().normalize_column(owners, attribute, notes)

    def _search(self, wrapper: Any, notes: Notes) -> Any:
        """Find the list of a wrapper under the other keys it may have; an empty wrapper is an empty list."""
        for number in range(1, len(self._wrapped_in)):
            if (found := getattr(wrapper, f"content{number}")) is not UNSET:
                return found
        if all(getattr(wrapper, name) is UNSET for name in _WRAPPER_KEYS):
            return []
        notes.note_coerced(self.name)  # a wrapper without its list says nothing
        return None

    def coerce(self, raw: Raw, notes: Notes) -> list[Any] | None:
        """Find the list in what is not quite one, or make one of it; read its items one by one."""
        found = self._find(bytes(raw), notes)
        if found is None:
            return None
        values = [self.items.read(item, notes) for item in _ITEMS.decode(found)]
        if self._keeps_null:
            return values
        for place, value in enumerate(values):
            if value is None:
                notes.note_left_out(self.name, place)
        return [value for value in values if value is not None]

    def _find(self, view: bytes, notes: Notes) -> bytes | Raw | None:
        if view.startswith(b"["):
            return view
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
        # A wrapper without its list says nothing; any other object is the one item of the list that it should be in.
        return None if members and self._wrapped_in else b"[" + view + b"]"


def _wrapper_of(keys: Sequence[str], content: Any) -> Any:
    """Make the type of what Intercom wraps a list in; a member that none has yet had is a misfit, not an empty list."""
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
    """An object with fields that are known, made a struct.

    `dropped` are fields that may come but are not wanted, `unknown_fields` those that came though the schema lacks
    them. With `watch`, further strangers are noticed.
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
        # These must not depend on what is learned: records of one page may be of types before and after it.
        self.attributes = attribute_names(self.properties)
        unwanted = attribute_names((*dropped, *unknown_fields), taken=self.attributes.values())
        self._unwanted = [unwanted[name] for name in dropped]
        self._unknown_fields = [(unwanted[name], (*path, name)) for name in unknown_fields]
        self.type = self._struct(unwanted)
        # What is inherited is settled when it is read, and takes the place of what the object may hold.
        unsettled = {
            name: field for name, field in self.properties.items() if field.needs_normalizing and not field.inherited
        }
        self._to_normalize = [(self.attributes[name], field) for name, field in unsettled.items()]
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
            gc=False,  # a record refers to nothing that refers back
        )

    def normalize(self, value: Any, notes: Notes) -> Any:
        """Settle what the object holds, in place."""
        self.normalize_list([value], notes)
        return value

    def normalize_list(self, values: list[Any], notes: Notes) -> list[Any]:
        """Settle many objects, field by field, in place."""
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
        """Settle the objects of a column together."""
        values = [value for owner in owners if (value := getattr(owner, attribute))]
        self.normalize_list(values, notes)

    def coerce(self, raw: Raw, notes: Notes) -> Any:
        """Read field by field, so that what fits keeps its value and only what does not is bent."""
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
        """Make the struct of its members; None where a required one has no value."""
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
    """Give each JSON name an attribute: the name itself, where Python and msgspec let it be one and it is not taken."""
    attributes = {}
    for position, name in enumerate(names):
        attribute = name
        if not name.isidentifier() or name.startswith("__") or name in taken:
            attribute = f"field_{position}"
            while attribute in names or attribute in taken:
                attribute += "_"
        # setattr looks a name up in Python's table of interned ones, unless it is from there.
        attributes[name] = sys.intern(attribute)
    return attributes
