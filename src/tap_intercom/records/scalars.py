"""Fields of a single value (text, numbers, booleans, times): their types, and how other values are converted.

`Field` is the base class of all fields of a schema. `Notes` counts what could not be kept as Intercom sent it.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Final

import msgspec

from tap_intercom.api.types import EPOCH
from tap_intercom.json_schema import Path

# All that decoding a value may raise: msgspec's errors, and those of UTF-8 and of datetime, are ValueErrors.
CONVERSION_ERRORS: Final = (ValueError, OverflowError, RecursionError)
MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])

NUMERAL: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
# Custom times come from Intercom's customers, some in milliseconds. A number is read as milliseconds only if the result
# is between 2011, when Intercom was founded, and 2049. Other numbers of that size are placeholders such as "never".
_FIRST_MILLISECOND: Final = 1_293_840_000_000
_END_OF_MILLISECONDS: Final = 2_524_608_000_000
_NO_TIME: Final = {b"null", b'""'}

KEY_TEXT: Final = Annotated[str, msgspec.Meta(min_length=1)]


@dataclass
class Notes:
    """Counts of what did not fit the schema, by the dotted name of the field; no values.

    - `unknown`: fields that the schema does not list.
    - `coerced`: values that lost something or had to be guessed.
    - `left_out`: items of lists that could not be used; `examples` says where the first of them was.
    - `owner`: the id of the object whose lists are being read; it is named in `examples`.

    Four sets of paths are what the next types are built with: `unknown_fields` (not in the schema), `raw_attributes`
    (not in the schema, in an object that allows additional properties), `numeric` (text fields that hold numbers) and
    `mixed_times` (fields of times in several notations).
    """

    unknown: dict[str, int] = field(default_factory=dict)
    coerced: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    owner: str = ""
    unknown_fields: set[Path] = field(default_factory=set)
    raw_attributes: set[Path] = field(default_factory=set)
    numeric: set[Path] = field(default_factory=set)
    mixed_times: set[Path] = field(default_factory=set)

    def note_unknown(self, path: Path) -> None:
        """Count a field that the schema does not list."""
        self.unknown_fields.add(path)
        name = ".".join(path)
        self.unknown[name] = self.unknown.get(name, 0) + 1

    def note_coerced(self, name: str, times: int = 1) -> None:
        """Count values that lost something or had to be guessed."""
        self.coerced[name] = self.coerced.get(name, 0) + times

    def note_left_out(self, name: str, place: int) -> None:
        """Count an item of a list that cannot be used; `place` is where it was, from 0."""
        if name not in self.left_out:
            where = f"in the object with the id {self.owner}" if self.owner else "of its page"
            self.examples[name] = f"item {place + 1} {where}"
        self.left_out[name] = self.left_out.get(name, 0) + 1

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return a copy of what normalizing counts, for `restore`."""
        return self.unknown.copy(), self.coerced.copy()

    def restore(self, counts: tuple[dict[str, int], dict[str, int]]) -> None:
        """Forget what was counted since `counts`: the same values are read again."""
        for current, before in zip((self.unknown, self.coerced), counts, strict=True):
            current.clear()
            current.update(before)

    def learned_count(self) -> int:
        """Return the number of paths in the four sets; it only grows."""
        return len(self.unknown_fields) + len(self.raw_attributes) + len(self.numeric) + len(self.mixed_times)


class Field(ABC):
    """A field of a schema, or the items of a list in it; `path` is its place in the schema.

    - `type`: what its values are decoded into; null is not part of it.
    - `needs_normalizing`: whether a decoded value may have to be changed to fit the schema.
    - `inherited`: whether its value is taken from the answer around the record.
    - `holds_null`: whether a null in a list of such values is kept, if the schema allows null. The list of reactions
      that a news item offers begins with a null.
    """

    type: Any
    needs_normalizing: bool = False
    holds_null: ClassVar[bool] = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = ".".join(path)
        self.nullable = True
        self.required = False
        self.inherited = False

    @property
    def declared(self) -> Any:
        """The type, with null where the schema allows it."""
        return self.type | None if self.nullable else self.type

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(self.type | None, strict=False)

    def read(self, raw: msgspec.Raw, notes: Notes) -> Any:
        """Return the value in `raw`, converted if necessary; None if it cannot be converted."""
        counts = notes.counts()
        try:
            value = self._decoder.decode(raw)
            return value if value is None else self.normalize(value, notes)
        except CONVERSION_ERRORS:
            notes.restore(counts)
            return self.coerce(raw, notes)

    @abstractmethod
    def coerce(self, raw: msgspec.Raw, notes: Notes) -> Any:
        """Convert a value that is not of `type`; None, with a note, if that is not possible."""

    def normalize(self, value: Any, notes: Notes) -> Any:  # noqa: ARG002 - subclasses use it
        """Change a decoded value of `type` to what the schema says."""
        return value

    def normalize_list(self, values: list[Any], notes: Notes) -> list[Any]:
        """Normalize the items of a list; any of them may be null."""
        return [value if value is None else self.normalize(value, notes) for value in values]

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Normalize the values in `attribute` of all `owners`, in place; any of them may be null or unset."""
        for owner in owners:
            value = getattr(owner, attribute)
            if value is not None and value is not msgspec.UNSET:
                setattr(owner, attribute, self.normalize(value, notes))


class Text(Field):
    """A text; a number is converted to its digits, a list or an object to its JSON.

    `numeric`: numbers are expected, and decoded with the texts. `is_key`: only a number or a non-empty text is a value.
    """

    type: Any = str

    def __init__(self, path: Path, *, numeric: bool = False, is_key: bool = False) -> None:
        super().__init__(path)
        self._is_key = is_key
        if is_key:
            self.type = KEY_TEXT
        if numeric:
            self.type = self.type | int
            self.needs_normalizing = True

    def normalize(self, value: Any, notes: Notes) -> str:  # noqa: ARG002 - see Field
        """Write a number as text."""
        return str(value)

    def coerce(self, raw: msgspec.Raw, notes: Notes) -> str | None:
        """Return another value as text; None if the field is a key and the value is not a number."""
        text = bytes(raw).decode()
        if self._is_key and text[0] not in "-0123456789":
            return None
        if text.startswith(("[", "{")):
            notes.note_coerced(self.name)
        elif text not in {"true", "false"}:
            notes.numeric.add(self.path)
            if "." in text or "e" in text.lower():
                # Intercom sends the same id as 12, 12.0 or "12".
                number = float(text)
                return str(int(number)) if number.is_integer() else text
        return text


class Scalar(Field):
    """A single value other than text."""

    def coerce(self, raw: msgspec.Raw, notes: Notes) -> Any:
        """Read the value in another notation; None for an empty text; None, with a note, if it cannot be read."""
        try:
            value = json.loads(bytes(raw))
            # A form sends an empty text for a value that was not filled in.
            return None if value == "" else self.convert(value, notes)
        except CONVERSION_ERRORS:
            notes.note_coerced(self.name)
            return None

    @abstractmethod
    def convert(self, value: Any, notes: Notes) -> Any:
        """Convert a decoded value to `type`. Raises ValueError or OverflowError if that is not possible."""


class Integer(Scalar):
    """A whole number of at most 64 bits, the most that warehouses store."""

    type: Any = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

    def convert(self, value: Any, notes: Notes) -> int:  # noqa: ARG002 - see Scalar
        """Convert whole numbers in other notations: 12.0, "12", 1.2e1."""
        number = _number(value)
        if number != int(number) or not -(2**63) <= number < 2**63:
            raise ValueError
        return int(number)


class Boolean(Scalar):
    """True or false; 1 and 0 are converted."""

    type: Any = bool

    def convert(self, value: Any, notes: Notes) -> bool:  # noqa: ARG002 - see Scalar
        """Convert 1 and 0 in any notation."""
        number = _number(value)
        if number not in {0, 1}:
            raise ValueError
        return number == 1


class Timestamp(Scalar):
    """A time in UTC. Intercom sends Unix seconds; milliseconds and ISO 8601 texts were seen, too."""

    type: Any = Annotated[datetime, msgspec.Meta(tz=True)]
    needs_normalizing = True

    def coerce(self, raw: msgspec.Raw, notes: Notes) -> Any:
        """Read the time in another notation, and note that the field has such times; see `Scalar`."""
        notes.mixed_times.add(self.path)
        return super().coerce(raw, notes)

    def convert(self, value: Any, notes: Notes) -> datetime:
        """Convert Unix seconds, milliseconds, or an ISO 8601 text; a text without a time zone is read as UTC.

        The value is counted as coerced. Raises OverflowError for a time before the year 1 or after the year 9999.
        """
        if isinstance(value, str) and not NUMERAL.fullmatch(value.strip()):
            # Ruby writes "2019-03-23 22:20:18 UTC".
            moment = datetime.fromisoformat(value.strip().removesuffix(" UTC"))
            moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        else:
            number = _number(value)
            unit = "milliseconds" if _FIRST_MILLISECOND <= number < _END_OF_MILLISECONDS else "seconds"
            moment = EPOCH + timedelta(**{unit: number})
        notes.note_coerced(self.name)
        return moment

    def normalize(self, value: Any, notes: Notes) -> Any:  # noqa: ARG002 - see Field
        """Convert the time to UTC: a target without time zones would ignore the offset."""
        return value if value.tzinfo is UTC else value.astimezone(UTC)

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Convert only if any time has another zone than UTC, which is rare."""
        for moment in map(attrgetter(attribute), owners):
            if moment and moment.tzinfo is not UTC:
                super().normalize_column(owners, attribute, notes)
                return


class MixedTimestamp(Field):
    """A time in a field that has times in several notations: the values of a page are decoded one by one."""

    type: Any = msgspec.Raw
    needs_normalizing = True

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._timestamp = Timestamp(path)

    @property
    def declared(self) -> Any:
        """The type; raw JSON may be null."""
        return self.type

    def read(self, raw: msgspec.Raw, notes: Notes) -> Any:
        """Return the time in `raw`; None if there is none."""
        return self.coerce(raw, notes)

    def coerce(self, raw: msgspec.Raw, notes: Notes) -> Any:
        """Read the time in any notation."""
        return self._timestamp.read(raw, notes)

    def normalize(self, value: Any, notes: Notes) -> Any:
        """Read the time, if another reader of the answer has not done so already.

        Raises ValueError if it is unreadable, or null where the schema does not allow that.
        """
        if isinstance(value, datetime):
            return value
        moment = self._timestamp.read(value, notes)
        if moment is None and not (self.nullable and bytes(value) in _NO_TIME):
            raise ValueError(self.name)
        return moment


def _number(value: Any) -> float:
    if isinstance(value, str):
        text = value.strip()
        if not NUMERAL.fullmatch(text):
            raise ValueError
        value = float(text) if any(sign in text for sign in ".eE") else int(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or value in {float("inf"), float("-inf")}:
        raise ValueError
    return value
