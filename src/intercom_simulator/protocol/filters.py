"""One filter of a search query: the operators that its field allows, and the values that it matches."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from intercom_simulator.protocol.plaintext import to_plain_text
from intercom_simulator.protocol.responses import ApiError

Kind = Literal["date", "number", "text", "message", "boolean", "list", "tag", "custom", "numeric_id"]
Lookup = Callable[[str], Any]
Predicate = Callable[[Lookup], bool]

TEXT_OPERATORS = ("~", "!~", "^", "$")
ORDER_OPERATORS = ("<", "<=", ">", ">=")
DAY_OPERATORS = ("=", "<", ">")
TAG_OPERATORS = ("=", "!=")
NUMBER_TYPES = (int, float)  # not booleans, which Python counts among integers
ORDERED_KINDS = ("date", "number", "custom", "numeric_id")
TEXT_KINDS = ("text", "message", "list", "custom", "numeric_id")
_NUMBER = re.compile(r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?")
_WORD = re.compile(r"\w+(?:['’]\w+)*")  # noqa: RUF001 - as people write


class FilterContext(msgspec.Struct, frozen=True):
    """The fields that can be searched, by name, and how dates are compared.

    With `day_zone`, dates are compared by calendar day in that time zone. Names that begin with `custom_prefix` are of
    fields that a workspace defines itself.
    """

    fields: Mapping[str, Kind]
    day_zone: ZoneInfo | None = None
    inclusive: bool = False  # whether `>` and `<` of a date include the value itself
    custom_prefix: str = "custom_attributes."

    def kind(self, field: object) -> Kind:
        """Return the kind of the field. Raises ApiError for a field that cannot be searched."""
        if isinstance(field, str):
            if field in self.fields:
                return self.fields[field]
            if field.startswith(self.custom_prefix):
                return "custom"
        raise ApiError(400, "invalid_field", f"Invalid field '{field}'")


def read_filter(field: str, operator: str, value: Any, filter_context: FilterContext) -> Predicate:
    """Return the predicate of a filter. Raises ApiError for an operator or a value that the field does not allow."""
    kind = filter_context.kind(field)
    if kind == "tag" and operator not in TAG_OPERATORS:
        raise _unsupported(field, operator)
    if kind == "date" and filter_context.day_zone is not None:
        return _by_day(field, operator, value, filter_context.day_zone)
    if operator in ORDER_OPERATORS:
        return _by_order(field, operator, value, filter_context)
    predicate = (
        _textual(field, operator, value, kind) if operator in TEXT_OPERATORS else _equal(field, operator, value, kind)
    )
    return _in_words(predicate) if kind == "message" else predicate


def day_bounds(moment: float, zone: ZoneInfo) -> tuple[float, float]:
    """Return when the day of this moment begins and ends in the time zone, in unix seconds."""
    try:
        midnight = datetime.fromtimestamp(moment, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        following = (midnight.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
        return midnight.timestamp(), following.timestamp()
    except (OverflowError, ValueError) as beyond:
        raise ApiError(400, "parameter_invalid", f"'{moment}' is no date") from beyond


def read_number(field: str, value: Any) -> int | float:
    """Read a number, which may be written as text. Raises ApiError for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise _mismatch(field, value)
    return float(value) if "." in value else int(value)


def words_of(markup: object) -> list[str]:
    """Return the words of a message, without its markup."""
    return _WORD.findall(to_plain_text(markup) or "") if isinstance(markup, str) else []


def _equal(field: str, operator: str, value: Any, kind: Kind) -> Predicate:
    if operator in ("=", "!="):
        return _among(field, [_wanted(field, kind, value)], inside=operator == "=")
    if not isinstance(value, list):
        raise _mismatch(field, value)
    return _among(field, [_wanted(field, kind, item) for item in value], inside=operator == "IN")


def _wanted(field: str, kind: Kind, value: Any) -> Any:
    if isinstance(value, list | dict):
        raise _mismatch(field, value)
    return value if kind not in ("date", "number") or value is None else read_number(field, value)


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
    if kind not in TEXT_KINDS or not isinstance(value, str):
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
    """Match every word of a message on its own, never the whole text (the OpenAPI files say so of `source.body`)."""
    return lambda lookup: predicate(lambda field: words_of(lookup(field)))


def _by_day(field: str, operator: str, value: Any, zone: ZoneInfo) -> Predicate:
    if operator not in DAY_OPERATORS:
        raise _unsupported(field, operator)
    if value is None and operator == "=":
        return lambda lookup: lookup(field) is None
    start, end = day_bounds(read_number(field, value), zone)

    def matches(lookup: Lookup) -> bool:
        found = lookup(field)
        if type(found) not in NUMBER_TYPES:
            return False
        if operator == "=":
            return bool(start <= found < end)
        return bool(found >= end if operator == ">" else found < start)

    return matches


def _by_order(field: str, operator: str, value: Any, filter_context: FilterContext) -> Predicate:
    kind = filter_context.kind(field)
    if kind not in ORDERED_KINDS:
        raise _unsupported(field, operator)
    if kind == "numeric_id":
        return _ordered_by_id(field, operator, read_number(field, 0 if value in ("", None) else value))
    return _ordered(field, operator, read_number(field, value), inclusive=filter_context.inclusive and kind == "date")


def _ordered(field: str, operator: str, wanted: float, *, inclusive: bool) -> Predicate:
    meant = f"{operator}=" if inclusive and len(operator) == 1 else operator

    def matches(lookup: Lookup) -> bool:
        found = lookup(field)
        if type(found) not in NUMBER_TYPES:
            return False
        if meant[0] == ">":
            return bool(found >= wanted if meant == ">=" else found > wanted)
        return bool(found <= wanted if meant == "<=" else found < wanted)

    return matches


def _ordered_by_id(field: str, operator: str, wanted: float) -> Predicate:
    """Compare ids as numbers; an empty value comes before all of them (singer-io/tap-intercom#73 sends one)."""
    matches = _ordered(field, operator, wanted, inclusive=False)

    def number(found: Any) -> int | None:
        return int(found) if str(found).isdecimal() else None

    return lambda lookup: matches(lambda name: number(lookup(name)))


def _mismatch(field: str, value: Any) -> ApiError:
    return ApiError(400, "type_mismatch", f"'{value}' does not match the type of field '{field}'")


def _unsupported(field: str, operator: str) -> ApiError:
    return ApiError(400, "parameter_invalid", f"Operator '{operator}' is not supported for field '{field}'")
