"""Type inference: the schema of a field of which only some values are known."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from tap_intercom.records.containers import MOST_UNKNOWN_FIELDS
from tap_intercom.records.scalars import Notes, Timestamp

Schema = dict[str, Any]

# Within an object or a list, singer-check-tap refuses a date-time beside null in one list of types.
NESTED_TIMESTAMP: Final[Schema] = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
TIMESTAMP: Final[Schema] = {"type": ["null", "string"], "format": "date-time"}
OPEN_OBJECT: Final[Schema] = {"type": ["null", "object"], "additionalProperties": True}

# Nobody reads a column of a warehouse that nests deeper, and a target may run out of stack.
MOST_LEVELS: Final = 10

_NAMED_LIKE_A_TIMESTAMP: Final = re.compile(r".*(_at|_since|_until)|timestamp")
_NAMED_LIKE_AN_ID: Final = re.compile(r"(.*_)?id")
_JSON_TYPES: Final = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def nullable(json_type: str) -> Schema:
    """Give the schema of a single value, or null."""
    return {"type": ["null", json_type]}


def list_of(items: Schema) -> Schema:
    """Give the schema of a list, or null."""
    return {"type": ["null", "array"], "items": items}


def infer(name: str, values: Iterable[Any], *, within: bool = False, levels: int = MOST_LEVELS) -> Schema | None:
    """Give a schema for all values of a field, and for null; None where all values are null, `[]` or `{}`.

    `within`: the field is one of an object or a list within the record.
    `levels`: how many levels of objects and lists are described; deeper objects are open, and deeper lists are text.

    Whole numbers and texts are timestamps where the field is named like one (`created_at`) and all values can be read
    as one. A field that is named like an id is text. Values of several types are text, but whole and other numbers
    together are numbers.
    """
    seen = [value for value in values if value is not None and value not in ([], {})]
    types = {_json_type(value) for value in seen}
    if not types:
        return None
    if types == {"object"}:
        return _infer_object(seen, levels) if levels else OPEN_OBJECT
    if types == {"array"} and levels:
        items = infer("", (item for value in seen for item in value), within=True, levels=levels - 1)
        return None if items is None else list_of(items)
    if types == {"array"}:
        types = {"string"}
    elif types <= {"string", "integer", "number"}:
        if _NAMED_LIKE_A_TIMESTAMP.fullmatch(name) and all(map(_is_timestamp, seen)):
            return NESTED_TIMESTAMP if within else TIMESTAMP
        if _NAMED_LIKE_AN_ID.fullmatch(name):
            return nullable("string")
    return nullable(common_type(types))


def common_type(types: Iterable[str]) -> str:
    """Give the one JSON type that has room for the values of several."""
    distinct = set(types)
    if len(distinct) == 1:
        return distinct.pop()
    return "number" if distinct == {"integer", "number"} else "string"


def _json_type(value: Any) -> str:
    json_type = _JSON_TYPES[type(value)]
    return "string" if json_type == "integer" and not -(2**63) <= value < 2**63 else json_type


def _infer_object(seen: Sequence[Mapping[str, Any]], levels: int) -> Schema | None:
    members: dict[str, list[Any]] = {}
    for value in seen:
        for name, member in value.items():
            members.setdefault(name, []).append(member)
    if len(members) > MOST_UNKNOWN_FIELDS:
        return OPEN_OBJECT
    found = {name: infer(name, values, within=True, levels=levels - 1) for name, values in sorted(members.items())}
    properties = {name: schema for name, schema in found.items() if schema is not None}
    if not properties:
        return None
    return {"type": ["null", "object"], "additionalProperties": False, "properties": properties}


def _is_timestamp(value: Any) -> bool:
    return Timestamp(()).read(msgspec.Raw(msgspec.json.encode(value)), Notes()) is not None
