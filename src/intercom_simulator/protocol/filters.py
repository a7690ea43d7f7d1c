"""One filter of a query: which operators a field of its kind has, and which values they find."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from intercom_simulator.protocol.plaintext import plain
from intercom_simulator.protocol.responses import Refusal

Kind = Literal["date", "number", "text", "words", "flag", "list", "tag", "free", "serial"]
Lookup = Callable[[str], Any]
Predicate = Callable[[Lookup], bool]

OF_TEXT = ("~", "!~", "^", "$")
OF_ORDER = ("<", "<=", ">", ">=")
OF_DAYS = ("=", "<", ">")
OF_TAGS = ("=", "!=")
NUMBERS = (int, float)  # a flag is none, though Python counts it among whole numbers
WITH_ORDER = ("date", "number", "free", "serial")
WITH_TEXT = ("text", "words", "list", "free", "serial")
_NUMBER = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?")
_WORD = re.compile(r"\w+(?:['’]\w+)*")  # noqa: RUF001 - as people write


class FilterContext(msgspec.Struct, frozen=True):
    """What can be searched for: fields by name, and the time zone when dates are compared by calendar day.

    Names that begin with `free` are of fields that every workspace has its own of.
    """

    fields: Mapping[str, Kind]
    day_zone: ZoneInfo | None = None
    inclusive: bool = False  # whether `>` and `<` of a date include the value itself
    free: str = "custom_attributes."

    def kind(self, field: object) -> Kind:
        """Tell what the field holds. Raises Refusal for a field that cannot be searched."""
        if isinstance(field, str):
            if field in self.fields:
                return self.fields[field]
            if field.startswith(self.free):
                return "free"
        raise Refusal(400, "invalid_field", f"Invalid field '{field}'")


def read_filter(field: str, operator: str, value: Any, language: FilterContext) -> Predicate:
    """Return what tells whether a record passes. Raises Refusal for an operator or a value that the field has not."""
    kind = language.kind(field)
    if kind == "tag" and operator not in OF_TAGS:
        raise _unsupported(field, operator)
    if kind == "date" and language.day_zone is not None:
        return _by_day(field, operator, value, language.day_zone)
    if operator in OF_ORDER:
        return _by_order(field, operator, value, language)
    predicate = _textual(field, operator, value, kind) if operator in OF_TEXT else _equal(field, operator, value, kind)
    return _in_words(predicate) if kind == "words" else predicate


def day_of(moment: float, zone: ZoneInfo) -> tuple[float, float]:
    """Return where the day of this moment begins and ends in the time zone, in unix seconds."""
    try:
        midnight = datetime.fromtimestamp(moment, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        following = (midnight.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
        return midnight.timestamp(), following.timestamp()
    except (OverflowError, ValueError) as beyond:
        raise Refusal(400, "parameter_invalid", f"'{moment}' is no date") from beyond


def number_of(field: str, value: Any) -> int | float:
    """Read a number, which may be written as text. Raises Refusal for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise _mismatch(field, value)
    return float(value) if "." in value else int(value)


def words_of(markup: object) -> list[str]:
    """Return the words of a message, without its markup."""
    return _WORD.findall(plain(markup) or "") if isinstance(markup, str) else []


def _equal(field: str, operator: str, value: Any, kind: Kind) -> Predicate:
    if operator in ("=", "!="):
        return _among(field, [_wanted(field, kind, value)], inside=operator == "=")
    if not isinstance(value, list):
        raise _mismatch(field, value)
    return _among(field, [_wanted(field, kind, item) for item in value], inside=operator == "IN")


def _wanted(field: str, kind: Kind, value: Any) -> Any:
    if isinstance(value, list | dict):
        raise _mismatch(field, value)
    return value if kind not in ("date", "number") or value is None else number_of(field, value)


def _among(field: str, wanted: Sequence[Any], *, inside: bool) -> Predicate:
    def matches(lookup: Lookup) -> bool:
        found = lookup(field)
        held = found if isinstance(found, list) else [found]
        return any(_same(item, value) for item in held or [None] for value in wanted) is inside

    return matches


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool) or found is None or wanted is None:
        return found is wanted or str(found).lower() == str(wanted).lower()
    return str(found).lower() == str(wanted).lower() or found == wanted


def _textual(field: str, operator: str, value: Any, kind: Kind) -> Predicate:
    if kind not in WITH_TEXT or not isinstance(value, str):
        raise _unsupported(field, operator)
    wanted = value.lower()

    def one(found: Any) -> bool:
        text = "" if found is None else str(found).lower()
        if operator == "^":
            return text.startswith(wanted)
        return text.endswith(wanted) if operator == "$" else wanted in text

    def matches(lookup: Lookup) -> bool:
        found = lookup(field)
        hit = any(map(one, found)) if isinstance(found, list) else found is not None and one(found)
        return not hit if operator == "!~" else hit

    return matches


def _in_words(predicate: Predicate) -> Predicate:
    """Search every element of a message separately, never the whole of it (so the OpenAPI files on `source.body`)."""
    return lambda lookup: predicate(lambda field: words_of(lookup(field)))


def _by_day(field: str, operator: str, value: Any, zone: ZoneInfo) -> Predicate:
    if operator not in OF_DAYS:
        raise _unsupported(field, operator)
    if value is None and operator == "=":
        return lambda lookup: lookup(field) is None
    start, end = day_of(number_of(field, value), zone)

    def matches(lookup: Lookup) -> bool:
        found = lookup(field)
        if type(found) not in NUMBERS:
            return False
        if operator == "=":
            return bool(start <= found < end)
        return bool(found >= end if operator == ">" else found < start)

    return matches


def _by_order(field: str, operator: str, value: Any, language: FilterContext) -> Predicate:
    kind = language.kind(field)
    if kind not in WITH_ORDER:
        raise _unsupported(field, operator)
    if kind == "serial":
        return _numbered(field, operator, number_of(field, 0 if value in ("", None) else value))
    return _ordered(field, operator, number_of(field, value), inclusive=language.inclusive and kind == "date")


def _ordered(field: str, operator: str, wanted: float, *, inclusive: bool) -> Predicate:
    meant = f"{operator}=" if inclusive and len(operator) == 1 else operator

    def matches(lookup: Lookup) -> bool:
        found = lookup(field)
        if type(found) not in NUMBERS:
            return False
        if meant[0] == ">":
            return bool(found >= wanted if meant == ">=" else found > wanted)
        return bool(found <= wanted if meant == "<=" else found < wanted)

    return matches


def _numbered(field: str, operator: str, wanted: float) -> Predicate:
    """Compare ids as the numbers they are; the empty one comes before all (singer-io/tap-intercom#73 asks so)."""
    matches = _ordered(field, operator, wanted, inclusive=False)

    def number(found: Any) -> int | None:
        return int(found) if str(found).isdecimal() else None

    return lambda lookup: matches(lambda name: number(lookup(name)))


def _mismatch(field: str, value: Any) -> Refusal:
    return Refusal(400, "type_mismatch", f"'{value}' does not match the type of field '{field}'")


def _unsupported(field: str, operator: str) -> Refusal:
    return Refusal(400, "parameter_invalid", f"Operator '{operator}' is not supported for field '{field}'")
