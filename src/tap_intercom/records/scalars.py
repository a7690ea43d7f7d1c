"""What a field of a schema is: the type it is decoded into, and how a value that does not fit is bent until it does."""

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

# msgspec's own errors are ValueErrors, and so is what it lets through from the decoding of text and time.
CONVERSION_ERRORS: Final = (ValueError, OverflowError, RecursionError)
MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])

NUMERAL: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
# Callers give Intercom times of their own, some in milliseconds: a number is taken for them only where they are of the
# years from 2011, when Intercom began, to 2049. All others of that size are placeholders such as "never".
_FIRST_MILLISECOND: Final = 1_293_840_000_000
_END_OF_MILLISECONDS: Final = 2_524_608_000_000

KEY_TEXT: Final = Annotated[str, msgspec.Meta(min_length=1)]


@dataclass
class Notes:
    """What was noticed while reading: names and counts, never values.

    `unknown`: fields that the schema lacks; `coerced`: fields whose value lost something or had to be guessed.
    `left_out`: lists of which items could not be used; `examples` says where the first of these was. `owner` is the id
    of the object whose lists are being read. `unknown_fields`, `raw_attributes` and `numeric` are what types can be
    made to expect: fields that the schema lacks, members that came besides those that it lists, where it allows others,
    and fields of text in which numbers come.
    """

    unknown: dict[str, int] = field(default_factory=dict)
    coerced: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    owner: str = ""
    unknown_fields: set[Path] = field(default_factory=set)
    raw_attributes: set[Path] = field(default_factory=set)
    numeric: set[Path] = field(default_factory=set)

    def note_unknown(self, path: Path) -> None:
        """Count a field that the schema lacks."""
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

    def learned_count(self) -> int:
        """Say how much there is to expect; it only grows."""
        return len(self.unknown_fields) + len(self.raw_attributes) + len(self.numeric)


class Field(ABC):
    """One place in a schema.

    `type` is what its values are decoded into, null apart. `needs_normalizing` says that a decoded value may have to be
    changed before it is what the schema promises. `inherited` says that its values come from around the object that it
    is of. Where it `holds_null`, a null in a list of such values is a value, if the schema allows it: the reactions
    that a news item offers begin with a null.
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
        """Give the value in `raw`, bent if need be; None where there is no way to represent it."""
        try:
            value = self._decoder.decode(raw)
            return value if value is None else self.normalize(value, notes)
        except CONVERSION_ERRORS:
            return self.coerce(raw, notes)

    @abstractmethod
    def coerce(self, raw: msgspec.Raw, notes: Notes) -> Any:
        """Give what does not fit as a value that does; None, with a note, where that is not possible."""

    def normalize(self, value: Any, notes: Notes) -> Any:  # noqa: ARG002 - for fields that have something to settle
        """Give a value of `type` as the schema promises it."""
        return value

    def normalize_list(self, values: list[Any], notes: Notes) -> list[Any]:
        """Settle the items of a list, of which any may be null."""
        return [value if value is None else self.normalize(value, notes) for value in values]

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Settle the values that `owners` hold in `attribute`; any may be null or unset."""
        for owner in owners:
            value = getattr(owner, attribute)
            if value is not None and value is not msgspec.UNSET:
                setattr(owner, attribute, self.normalize(value, notes))


class Text(Field):
    """Text; a number becomes its digits, which is no loss, and a list or an object its JSON.

    A key is a text that is not empty, or a number: nothing else tells one record from another.
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
        """Write what is not text as text; None for what is no key where it should be one."""
        text = bytes(raw).decode()
        if self._is_key and text[0] not in "-0123456789":
            return None
        if text.startswith(("[", "{")):
            notes.note_coerced(self.name)
        elif text not in {"true", "false"}:
            notes.numeric.add(self.path)
            if "." in text or "e" in text.lower():
                # Ids flip between 12, 12.0 and "12".
                number = float(text)
                return str(int(number)) if number.is_integer() else text
        return text


class Scalar(Field):
    """A single value other than text."""

    def coerce(self, raw: msgspec.Raw, notes: Notes) -> Any:
        """Take the value in another notation; None, with a note, where there is none."""
        try:
            value = json.loads(bytes(raw))
            # An empty text is how forms send nothing.
            return None if value == "" else self.convert(value, notes)
        except CONVERSION_ERRORS:
            notes.note_coerced(self.name)
            return None

    @abstractmethod
    def convert(self, value: Any, notes: Notes) -> Any:
        """Give a decoded value as one of `type`; ValueError or OverflowError where that is not possible."""


class Integer(Scalar):
    """A whole number of at most 64 bits, which is what warehouses hold."""

    type: Any = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

    def convert(self, value: Any, notes: Notes) -> int:  # noqa: ARG002 - see Scalar
        """Take whole numbers in any notation."""
        number = _number(value)
        if number != int(number) or not -(2**63) <= number < 2**63:
            raise ValueError
        return int(number)


class Boolean(Scalar):
    """True or false, also as 1 or 0."""

    type: Any = bool

    def convert(self, value: Any, notes: Notes) -> bool:  # noqa: ARG002 - see Scalar
        """Take 1 and 0 in any notation."""
        number = _number(value)
        if number not in {0, 1}:
            raise ValueError
        return number == 1


class Timestamp(Scalar):
    """A moment, in UTC. Intercom sends unix seconds; milliseconds and ISO texts were seen, too."""

    type: Any = Annotated[datetime, msgspec.Meta(tz=True)]
    needs_normalizing = True

    def convert(self, value: Any, notes: Notes) -> datetime:
        """Take what can only be milliseconds as such, and a text without a zone as UTC; both are guesses.

        Raises OverflowError for a moment before the year 1 or after the year 9999.
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
        """Move the moment to UTC: a target without time zones would read the digits and pass over the offset."""
        return value if value.tzinfo is UTC else value.astimezone(UTC)

    def normalize_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Look through the column first: an offset is rare."""
        for moment in map(attrgetter(attribute), owners):
            if moment and moment.tzinfo is not UTC:
                super().normalize_column(owners, attribute, notes)
                return


def _number(value: Any) -> float:
    if isinstance(value, str):
        text = value.strip()
        if not NUMERAL.fullmatch(text):
            raise ValueError
        value = float(text) if any(sign in text for sign in ".eE") else int(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or value in {float("inf"), float("-inf")}:
        raise ValueError
    return value
