"""Fields without a usable type in the schema: their JSON is kept as it came, checked only for its kind and encoding."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import Raw

from tap_intercom.json_schema import Path
from tap_intercom.records.scalars import MEMBERS, NUMERAL, Field, Notes

_OPENINGS: Final = {
    "array": b"[",
    "boolean": b"tf",
    "integer": b"-0123456789",
    "null": b"",
    "number": b"-0123456789",
    "object": b"{",
    "string": b'"',
}
_NUMBERS: Final = msgspec.json.Decoder(list[int | float | None])
_TEXT: Final = msgspec.json.Decoder(str)


class RawValue(Field):
    """A field of any JSON; `without` are the members that are removed if it is an object."""

    type: Any = Raw
    needs_normalizing = True
    first_bytes: frozenset[int] = frozenset(b'{["-0123456789tf')

    def __init__(self, path: Path, without: frozenset[str] = frozenset()) -> None:
        super().__init__(path)
        self._without = without

    @property
    def declared(self) -> Any:
        """The type; raw JSON may be null."""
        return self.type

    def read(self, raw: Raw, notes: Notes) -> Raw | None:
        """Return the JSON, without the members to remove; None if it is null or cannot be converted."""
        view = bytes(raw)
        if view == b"null":
            return None
        if view[0] not in self.first_bytes:
            return self.coerce(raw, notes)
        if self._without and view.startswith(b"{"):
            members = MEMBERS.decode(view)
            kept = {name: member for name, member in members.items() if name not in self._without}
            return Raw(msgspec.json.encode(kept))
        return raw

    def coerce(self, raw: Raw, notes: Notes) -> Raw | None:  # noqa: ARG002 - see Field
        """Return None, with a note: another kind of JSON has no value here."""
        notes.note_coerced(self.name)
        return None

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Check the kind of each value and the encoding of all at once. Raises ValueError if one does not fit."""
        views = []
        for owner in owners:
            raw = getattr(owner, attribute)
            if raw:
                view = bytes(raw)
                views.append(view)
                if view == b"null" and self.nullable:
                    setattr(owner, attribute, None)
                elif view[0] not in self.first_bytes:
                    raise ValueError
                elif self._without:
                    setattr(owner, attribute, self.read(raw, notes))
        _check_encoding(views)

    def normalize_list(self, values: list[Any], notes: Notes) -> list[Any]:
        """Check the kind of each item and the encoding of all at once. Raises ValueError if one does not fit."""
        views = [bytes(value) for value in values if value is not None]
        _check_encoding(views)
        fits = {view[0] for view in views} <= self.first_bytes
        if not fits and not self.holds_null:
            raise ValueError
        if fits and not self._without:
            return values
        return [value if value is None else self.read(value, notes) for value in values]


class OneOf(RawValue):
    """A field of several JSON types, named in `kinds`; other values become a text if that is one, else null."""

    def __init__(self, path: Path, kinds: Collection[str], without: frozenset[str] = frozenset()) -> None:
        super().__init__(path, without)
        self.first_bytes = frozenset(b"".join(_OPENINGS[kind] for kind in kinds))
        self._is_text = "string" in kinds
        self._is_whole = "integer" in kinds and "number" not in kinds

    def read(self, raw: Raw, notes: Notes) -> Raw | None:
        """Return the JSON if it is of one of the types; convert it otherwise."""
        return self.coerce(raw, notes) if self._is_fraction(bytes(raw)) else super().read(raw, notes)

    def coerce(self, raw: Raw, notes: Notes) -> Raw | None:
        """Return the JSON as a text if that is one of the types, else None; with a note."""
        notes.note_coerced(self.name)
        return Raw(msgspec.json.encode(bytes(raw).decode())) if self._is_text else None

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Check also that no number is a fraction where only integers are allowed. Raises ValueError otherwise."""
        found = (getattr(owner, attribute) for owner in owners)
        if any(raw and self._is_fraction(bytes(raw)) for raw in found):
            raise ValueError
        super().normalize_column(owners, attribute, notes)

    def normalize_list(self, values: list[Any], notes: Notes) -> list[Any]:
        """Read the items one by one. Raises UnicodeDecodeError if one is not UTF-8."""
        _check_encoding(bytes(value) for value in values if value is not None)
        return [value if value is None else self.read(value, notes) for value in values]

    def _is_fraction(self, view: bytes) -> bool:
        return self._is_whole and view[0] in _OPENINGS["number"] and not view.removeprefix(b"-").isdigit()


class RawObject(RawValue):
    """An object whose members the schema does not list, such as custom attributes before discovery."""

    holds_null = False
    first_bytes: frozenset[int] = frozenset(b"{")


class RawList(RawValue):
    """A list whose items the schema does not describe."""

    holds_null = False
    first_bytes: frozenset[int] = frozenset(b"[")

    def coerce(self, raw: Raw, notes: Notes) -> Raw:
        """Make a list of the value, with a note."""
        notes.note_coerced(self.name)
        return Raw(b"[" + bytes(raw) + b"]")


class Number(RawValue):
    """A number, kept as it came, so that no digit is lost; a text that holds a number is converted."""

    first_bytes: frozenset[int] = frozenset(b"-0123456789")

    def read(self, raw: Raw, notes: Notes) -> Raw | None:
        """Return the number in `raw`; None if there is none."""
        try:
            return self._number(raw)
        except ValueError:
            return self.coerce(raw, notes)

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:  # noqa: ARG002 - see Field
        """Check all numbers at once; one by one if any is null or a text. Raises ValueError if one does not fit."""
        found = list(map(attrgetter(attribute), owners))
        try:
            numbers = _check_numbers([bytes(raw) for raw in found if raw])
        except ValueError:
            numbers = [None]
        for owner, raw in zip(owners, found, strict=True) if None in numbers else ():
            if raw:
                number = self._number(raw)
                if number is None and not self.nullable:
                    raise ValueError(self.name)
                setattr(owner, attribute, number)

    def normalize_list(self, values: list[Any], notes: Notes) -> list[Any]:  # noqa: ARG002 - see Field
        """Check the numbers of a list, and convert texts to numbers. Raises ValueError if a value does not fit."""
        return [value if value is None else self._number(value) for value in values]

    def _number(self, raw: Raw) -> Raw | None:
        """Return the number; None for null, "null" and "". Raises ValueError if there is no number."""
        view = bytes(raw)
        if view == b"null":
            return None
        if view[0] in self.first_bytes:
            _check_numbers([view])
            return raw
        text = _TEXT.decode(view)
        if text.lower() in {"", "null"}:
            return None
        text = text.strip()
        if not NUMERAL.fullmatch(text):
            raise ValueError(self.name)
        digits = text.lstrip("+-").lstrip("0")
        number = f"{'-' * text.startswith('-')}{'' if digits[:1].isdigit() else '0'}{digits}".encode()
        _check_numbers([number])
        return Raw(number)


def _check_numbers(views: Sequence[bytes]) -> list[float | None]:
    """Decode JSON numbers and nulls. Raises ValueError for anything else, and for a number too large for a float.

    Most JSON parsers would read such a number as infinity.
    """
    return _NUMBERS.decode(b"[" + b",".join(views) + b"]")


def _check_encoding(views: Iterable[bytes]) -> None:
    """Raise UnicodeDecodeError if raw JSON is not UTF-8: msgspec does not check what it leaves undecoded."""
    joined = b"".join(views)
    if not joined.isascii():
        joined.decode()
