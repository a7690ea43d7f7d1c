"""Intercom's query language: what a query may say, what is refused, and which records it finds."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from intercom_simulator.answers import Refusal

Kind = Literal["date", "number", "text", "flag", "list", "free", "serial"]
Lookup = Callable[[str], Any]
Predicate = Callable[[Lookup], bool]

MOST_LEVELS = 2
MOST_FILTERS = 15
OPERATORS = ("=", "!=", "IN", "NIN", "<", "<=", ">", ">=", "~", "!~", "^", "$")
OF_TEXT = ("~", "!~", "^", "$")
OF_ORDER = ("<", "<=", ">", ">=")
OF_BOUNDS = ("=", *OF_ORDER)
EVERYWHERE = (float("-inf"), float("inf"))
OF_DAYS = ("=", "<", ">")
_FREE = ("custom_attributes.", "ticket_attribute.")


class Language(msgspec.Struct, frozen=True):
    """What can be searched for: fields by name, and the time zone when dates are compared by calendar day."""

    fields: Mapping[str, Kind]
    day_zone: ZoneInfo | None = None
    inclusive: bool = False  # whether `>` and `<` of a date include the value itself

    def kind(self, field: object) -> Kind:
        """Tell what the field holds. Raises Refusal for a field that cannot be searched."""
        if isinstance(field, str):
            if field in self.fields:
                return self.fields[field]
            if field.startswith(_FREE):
                return "free"
        raise Refusal(400, "invalid_field", f"Invalid field '{field}'")


def read_query(query: object, language: Language) -> Predicate:
    """Return what tells whether a record matches. Raises Refusal for what Intercom does not accept."""
    if not isinstance(query, dict) or not query:
        raise _incomplete()
    return _read(query, language, 0)


def _read(query: dict[str, Any], language: Language, level: int) -> Predicate:
    operator = query.get("operator")
    if "field" not in query and operator in ("AND", "OR"):
        return _group(query, language, level + 1)
    if "field" not in query or "value" not in query or operator not in OPERATORS:
        raise _incomplete()
    return _filter(query["field"], operator, query["value"], language)


def _group(query: dict[str, Any], language: Language, level: int) -> Predicate:
    members = query.get("value")
    if level > MOST_LEVELS:
        raise Refusal(400, "parameter_invalid", f"Queries can be nested {MOST_LEVELS} levels deep")
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members) or not members:
        raise _incomplete()
    if len(members) > MOST_FILTERS:
        raise Refusal(400, "parameter_invalid", f"A group can have {MOST_FILTERS} filters")
    predicates = [_read(member, language, level) for member in members]
    if query["operator"] == "AND":
        return lambda lookup: all(predicate(lookup) for predicate in predicates)
    return lambda lookup: any(predicate(lookup) for predicate in predicates)


def _filter(field: str, operator: str, value: Any, language: Language) -> Predicate:
    kind = language.kind(field)
    if kind == "date" and language.day_zone is not None:
        return _by_day(field, operator, value, language.day_zone)
    if operator in ("IN", "NIN"):
        if not isinstance(value, list):
            raise _mismatch(field, value)
        wanted = [_wanted(field, kind, item) for item in value]
        return _among(field, wanted, inside=operator == "IN")
    wanted = _wanted(field, kind, value)
    if operator in ("=", "!="):
        return _among(field, [wanted], inside=operator == "=")
    if operator in OF_TEXT:
        return _textual(field, operator, value, kind)
    if kind == "serial":
        return _numbered(field, operator, _wanted(field, "number", value or 0))
    if kind not in ("date", "number", "free") or wanted is None:
        raise _unsupported(field, operator)
    return _ordered(field, operator, wanted, inclusive=language.inclusive and kind == "date")


def _by_day(field: str, operator: str, value: Any, zone: ZoneInfo) -> Predicate:
    if operator not in OF_DAYS:
        raise _unsupported(field, operator)
    if value is None and operator == "=":
        return lambda lookup: lookup(field) is None
    start, end = day_of(_wanted(field, "date", value), zone)

    def matches(lookup: Lookup) -> bool:
        found = lookup(field)
        if found is None:
            return False
        if operator == "=":
            return bool(start <= found < end)
        return bool(found >= end if operator == ">" else found < start)

    return matches


def day_of(moment: float, zone: ZoneInfo) -> tuple[float, float]:
    """Return where the day of this moment begins and ends in the time zone, in unix seconds."""
    try:
        midnight = datetime.fromtimestamp(moment, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        following = (midnight.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
        return midnight.timestamp(), following.timestamp()
    except (OverflowError, ValueError) as beyond:
        raise Refusal(400, "parameter_invalid", f"'{moment}' is no date") from beyond


def fields_of(query: Mapping[str, Any]) -> set[str]:
    """Name the fields of a query that was read before."""
    if "field" in query:
        return {query["field"]}
    return set().union(*map(fields_of, query["value"]))


def bounds_of(query: Mapping[str, Any], field: str, language: Language) -> tuple[float, float]:
    """Return between which values of the field everything lies that the query, which was read before, can find."""
    if "field" not in query:
        inner = [bounds_of(member, field, language) for member in query["value"]]
        lows, highs = zip(*inner, strict=True)
        return (max(lows), min(highs)) if query["operator"] == "AND" else (min(lows), max(highs))
    operator, value = query["operator"], query["value"]
    if query["field"] != field or language.kind(field) != "date" or operator not in OF_BOUNDS or value is None:
        return EVERYWHERE
    moment = float(_wanted(field, "date", value))
    start, end = (moment, moment) if language.day_zone is None else day_of(moment, language.day_zone)
    if operator == "=":
        return start, end
    return (start, EVERYWHERE[1]) if operator[0] == ">" else (EVERYWHERE[0], end)


def asks_since(query: Mapping[str, Any], field: str, language: Language) -> bool:
    """Say whether the query, which was read before, asks for all from a moment on in the order of the field."""
    if "field" not in query:
        return query["operator"] == "AND" and all(asks_since(member, field, language) for member in query["value"])
    is_date = query["field"] == field and language.kind(field) == "date"
    return is_date and query["operator"] in (">", ">=") and query["value"] is not None


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
    if kind not in ("text", "list", "free", "serial") or not isinstance(value, str):
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


def _ordered(field: str, operator: str, wanted: Any, *, inclusive: bool) -> Predicate:
    meant = f"{operator}=" if inclusive and len(operator) == 1 else operator

    def matches(lookup: Lookup) -> bool:
        found = lookup(field)
        if isinstance(found, bool) or not isinstance(found, int | float):
            return False
        if meant[0] == ">":
            return bool(found >= wanted if meant == ">=" else found > wanted)
        return bool(found <= wanted if meant == "<=" else found < wanted)

    return matches


def _numbered(field: str, operator: str, wanted: int) -> Predicate:
    """Compare ids as the numbers they are; the empty one comes before all (singer-io/tap-intercom#73 asks so)."""
    matches = _ordered(field, operator, wanted, inclusive=False)

    def number(found: Any) -> int | None:
        return int(found) if str(found).isdecimal() else None

    return lambda lookup: matches(lambda name: number(lookup(name)))


def _wanted(field: str, kind: Kind, value: Any) -> Any:
    if isinstance(value, list | dict):
        raise _mismatch(field, value)
    if kind not in ("date", "number") or value is None:
        return value
    if isinstance(value, bool):
        raise _mismatch(field, value)
    try:
        return value if isinstance(value, int | float) else int(value)
    except ValueError as no_number:
        raise _mismatch(field, value) from no_number


def _incomplete() -> Refusal:
    return Refusal(400, "parameter_invalid", "Invalid query. Ensure 'field', 'operator', 'value' are present")


def _mismatch(field: str, value: Any) -> Refusal:
    return Refusal(400, "type_mismatch", f"'{value}' does not match the type of field '{field}'")


def _unsupported(field: str, operator: str) -> Refusal:
    return Refusal(400, "parameter_invalid", f"Operator '{operator}' is not supported for field '{field}'")
