"""Search queries: how filters are combined, which queries are refused, and which range of a field a query can match."""

from collections.abc import Mapping
from typing import Any

from intercom_simulator.protocol.filters import (
    ORDER_OPERATORS,
    FilterContext,
    Predicate,
    day_bounds,
    read_filter,
    read_number,
)
from intercom_simulator.protocol.responses import ApiError

MAX_LEVELS = 2
MAX_FILTERS = 15
OPERATORS = ("=", "!=", "IN", "NIN", "<", "<=", ">", ">=", "~", "!~", "^", "$")
BOUND_OPERATORS = ("=", *ORDER_OPERATORS)
UNBOUNDED = (float("-inf"), float("inf"))


def read_query(query: object, filter_context: FilterContext) -> Predicate:
    """Return the predicate of a query. Raises ApiError for what Intercom does not accept."""
    if not isinstance(query, dict) or not query:
        raise _incomplete()
    return _read(query, filter_context, 0)


def _read(query: dict[str, Any], filter_context: FilterContext, level: int) -> Predicate:
    operator = query.get("operator")
    if "field" not in query and operator in ("AND", "OR"):
        return _group(query, filter_context, level + 1)
    if "field" not in query or "value" not in query or operator not in OPERATORS:
        raise _incomplete()
    return read_filter(query["field"], operator, query["value"], filter_context)


def _group(query: dict[str, Any], filter_context: FilterContext, level: int) -> Predicate:
    members = query.get("value")
    if level > MAX_LEVELS:
        raise ApiError(400, "parameter_invalid", f"Queries can be nested {MAX_LEVELS} levels deep")
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members) or not members:
        raise _incomplete()
    if len(members) > MAX_FILTERS:
        raise ApiError(400, "parameter_invalid", f"A group can have {MAX_FILTERS} filters")
    predicates = [_read(member, filter_context, level) for member in members]
    if query["operator"] == "AND":
        return lambda lookup: all(predicate(lookup) for predicate in predicates)
    return lambda lookup: any(predicate(lookup) for predicate in predicates)


def fields_of(query: Mapping[str, Any]) -> set[str]:
    """Return the fields of a query that `read_query` accepted."""
    if "field" in query:
        return {query["field"]}
    return set().union(*map(fields_of, query["value"]))


def bounds_of(query: Mapping[str, Any], field: str, filter_context: FilterContext) -> tuple[float, float]:
    """Return the lowest and highest value of the field that an accepted query can match."""
    if "field" not in query:
        inner = [bounds_of(member, field, filter_context) for member in query["value"]]
        lows, highs = zip(*inner, strict=True)
        return (max(lows), min(highs)) if query["operator"] == "AND" else (min(lows), max(highs))
    operator, value = query["operator"], query["value"]
    if (
        query["field"] != field
        or filter_context.kind(field) != "date"
        or operator not in BOUND_OPERATORS
        or value is None
    ):
        return UNBOUNDED
    moment = read_number(field, value)
    start, end = (moment, moment) if filter_context.day_zone is None else day_bounds(moment, filter_context.day_zone)
    if operator == "=":
        return start, end
    return (start, UNBOUNDED[1]) if operator[0] == ">" else (UNBOUNDED[0], end)


def is_since_query(query: Mapping[str, Any], field: str, filter_context: FilterContext) -> bool:
    """Tell whether an accepted query asks for all records from a moment of this field on."""
    if "field" not in query:
        return query["operator"] == "AND" and all(
            is_since_query(member, field, filter_context) for member in query["value"]
        )
    is_date = query["field"] == field and filter_context.kind(field) == "date"
    return is_date and query["operator"] in (">", ">=") and query["value"] is not None


def _incomplete() -> ApiError:
    return ApiError(400, "parameter_invalid", "Invalid query. Ensure 'field', 'operator', 'value' are present")
