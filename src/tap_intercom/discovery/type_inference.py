"""What a schema can say of a field of which nothing is known but some of its values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from tap_intercom.records.containers import MOST_UNKNOWN_FIELDS
from tap_intercom.records.scalars import Notes, Timestamp

Schema = dict[str, Any]

# In an object, targets stumble over a date-time beside null in one list of types.
MOMENT_WITHIN: Final[Schema] = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
MOMENT: Final[Schema] = {"type": ["null", "string"], "format": "date-time"}
OPEN_OBJECT: Final[Schema] = {"type": ["null", "object"], "additionalProperties": True}

# A column of a warehouse that nests deeper is of no use, and the stack of a target has an end.
MOST_LEVELS: Final = 10

_NAMED_LIKE_A_MOMENT: Final = re.compile(r".*(_at|_since|_until)|timestamp")
_NAMED_LIKE_AN_ID: Final = re.compile(r"(.*_)?id")
_KINDS: Final = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def nullable(kind: str) -> Schema:
    """Give the schema of a single value, or null."""
    return {"type": ["null", kind]}


def list_of(items: Schema) -> Schema:
    """Give the schema of a list, or null."""
    return {"type": ["null", "array"], "items": items}


def infer(name: str, values: Iterable[Any], *, within: bool = False, levels: int = MOST_LEVELS) -> Schema | None:
    """Give a schema for all the values of a field, and null; None where they say nothing: null, `[]` and `{}`.

    `within`: the field is one of an object within the record. What lies more than `levels` deep is an open object, or
    text. Whole numbers and texts of fields named like moments
    are moments, where all of them can be read as such; what is named like an id is text. Values of several types are
    text, but for whole and other numbers.
    """
    seen = [value for value in values if value is not None and value not in ([], {})]
    kinds = {_kind(value) for value in seen}
    if not kinds:
        return None
    if kinds == {"object"}:
        return _infer_object(seen, levels) if levels else OPEN_OBJECT
    if kinds == {"array"} and levels:
        items = infer("", (item for value in seen for item in value), within=True, levels=levels - 1)
        return None if items is None else list_of(items)
    if kinds == {"array"}:
        kinds = {"string"}
    elif kinds <= {"string", "integer", "number"}:
        if _NAMED_LIKE_A_MOMENT.fullmatch(name) and all(map(_is_moment, seen)):
            return MOMENT_WITHIN if within else MOMENT
        if _NAMED_LIKE_AN_ID.fullmatch(name):
            return nullable("string")
    return nullable(joined(kinds))


def joined(kinds: Iterable[str]) -> str:
    """Give the one type that values of several can be told in."""
    distinct = set(kinds)
    if len(distinct) == 1:
        return distinct.pop()
    return "number" if distinct == {"integer", "number"} else "string"


def _kind(value: Any) -> str:
    kind = _KINDS[type(value)]
    return "string" if kind == "integer" and not -(2**63) <= value < 2**63 else kind


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


def _is_moment(value: Any) -> bool:
    return Timestamp(()).read(msgspec.Raw(msgspec.json.encode(value)), Notes()) is not None
