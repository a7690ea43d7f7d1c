"""Intercom's query language: how filters are joined, what is refused, and between which bounds a query finds."""

from collections.abc import Mapping
from typing import Any

from intercom_simulator.protocol.filters import OF_ORDER, FilterContext, Predicate, day_of, number_of, read_filter
from intercom_simulator.protocol.responses import Refusal

MOST_LEVELS = 2
MOST_FILTERS = 15
OPERATORS = ("=", "!=", "IN", "NIN", "<", "<=", ">", ">=", "~", "!~", "^", "$")
OF_BOUNDS = ("=", *OF_ORDER)
EVERYWHERE = (float("-inf"), float("inf"))


def read_query(query: object, language: FilterContext) -> Predicate:
    """Return what tells whether a record matches. Raises Refusal for what Intercom does not accept."""
    if not isinstance(query, dict) or not query:
        raise _incomplete()
    return _read(query, language, 0)


def _read(query: dict[str, Any], language: FilterContext, level: int) -> Predicate:
    operator = query.get("operator")
    if "field" not in query and operator in ("AND", "OR"):
        return _group(query, language, level + 1)
    if "field" not in query or "value" not in query or operator not in OPERATORS:
        raise _incomplete()
    return read_filter(query["field"], operator, query["value"], language)


def _group(query: dict[str, Any], language: FilterContext, level: int) -> Predicate:
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


def fields_of(query: Mapping[str, Any]) -> set[str]:
    """Name the fields of a query that was read before."""
    if "field" in query:
        return {query["field"]}
    return set().union(*map(fields_of, query["value"]))


def bounds_of(query: Mapping[str, Any], field: str, language: FilterContext) -> tuple[float, float]:
    """Return between which values of the field everything lies that the query, which was read before, can find."""
    if "field" not in query:
        inner = [bounds_of(member, field, language) for member in query["value"]]
        lows, highs = zip(*inner, strict=True)
        return (max(lows), min(highs)) if query["operator"] == "AND" else (min(lows), max(highs))
    operator, value = query["operator"], query["value"]
    if query["field"] != field or language.kind(field) != "date" or operator not in OF_BOUNDS or value is None:
        return EVERYWHERE
    moment = number_of(field, value)
    start, end = (moment, moment) if language.day_zone is None else day_of(moment, language.day_zone)
    if operator == "=":
        return start, end
    return (start, EVERYWHERE[1]) if operator[0] == ">" else (EVERYWHERE[0], end)


def asks_since(query: Mapping[str, Any], field: str, language: FilterContext) -> bool:
    """Say whether the query, which was read before, asks for all from a moment on in the order of the field."""
    if "field" not in query:
        return query["operator"] == "AND" and all(asks_since(member, field, language) for member in query["value"])
    is_date = query["field"] == field and language.kind(field) == "date"
    return is_date and query["operator"] in (">", ">=") and query["value"] is not None


def _incomplete() -> Refusal:
    return Refusal(400, "parameter_invalid", "Invalid query. Ensure 'field', 'operator', 'value' are present")
