"""The columns of a table: types for the fields of a JSON Schema, and names that differ by more than their case."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from tap_intercom.json_schema import single_type_of

LARGEST_BIGINT: Final = 2**63 - 1
# As the tap writes times. DuckDB keeps microseconds.
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


class ColumnType(StrEnum):
    """A type of DuckDB, as its catalog writes it."""

    BOOLEAN = "BOOLEAN"
    BIGINT = "BIGINT"
    DOUBLE = "DOUBLE"
    VARCHAR = "VARCHAR"
    TIMESTAMP = "TIMESTAMP WITH TIME ZONE"
    JSON = "JSON"


# Two types, and one that holds every value of both. JSON holds every value of any two others.
# A BIGINT with too many digits for a DOUBLE needs JSON, too: whoever changes a column looks at its values.
_COMMON: Final = {
    frozenset({ColumnType.BIGINT, ColumnType.DOUBLE}): ColumnType.DOUBLE,
    frozenset({ColumnType.TIMESTAMP, ColumnType.VARCHAR}): ColumnType.VARCHAR,
}
_OF_JSON_TYPES: Final = {
    "boolean": ColumnType.BOOLEAN,
    "integer": ColumnType.BIGINT,
    "number": ColumnType.DOUBLE,
    "string": ColumnType.VARCHAR,
}


def column_type(schema: object) -> ColumnType:
    """Give the type of the column for a field: JSON for objects, lists, and fields of several types."""
    json_type, _, narrow = single_type_of(schema)
    if json_type == "string" and narrow.get("format") == "date-time":
        return ColumnType.TIMESTAMP
    return _OF_JSON_TYPES.get(json_type or "", ColumnType.JSON)


def value_type(value: object) -> ColumnType:
    """Give the narrowest type of a column that holds a value other than null."""
    match value:
        case bool():
            return ColumnType.BOOLEAN
        case int():
            return ColumnType.BIGINT if -LARGEST_BIGINT - 1 <= value <= LARGEST_BIGINT else ColumnType.JSON
        case float() | Decimal():
            return ColumnType.DOUBLE
        case datetime():
            return ColumnType.TIMESTAMP
        case str():
            return ColumnType.TIMESTAMP if TIME.fullmatch(value) else ColumnType.VARCHAR
    return ColumnType.JSON


def common_type(one: ColumnType, other: ColumnType) -> ColumnType:
    """Give a type that holds every value of both, as far as their types say."""
    return one if one == other else _COMMON.get(frozenset({one, other}), ColumnType.JSON)


def wider_types(records: Collection[Mapping[str, Any]], types: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Give the fields that need another type than that in `types`, or have none there, and the type that they need."""
    needed: dict[str, ColumnType] = {}
    for record in records:
        for field, value in record.items():
            if value is not None:
                known = needed.get(field) or types.get(field)
                wider = value_type(value) if known is None else common_type(known, value_type(value))
                if wider != known:
                    needed[field] = wider
    return needed


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Give a name that none of those in `taken` equals but for upper and lower case: `Plan`, `plan_2`, `PLAN_3`."""
    known = {name.casefold() for name in taken}
    name, number = wanted or "_", 1
    while name.casefold() in known:
        number += 1
        name = f"{wanted}_{number}"
    return name
