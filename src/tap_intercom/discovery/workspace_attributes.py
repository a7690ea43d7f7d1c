"""Custom attributes of a workspace: what Intercom says about them, as properties of the objects that hold them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tap_intercom.discovery.type_inference import NESTED_TIMESTAMP, OPEN_OBJECT, Schema, common_type, list_of, nullable
from tap_intercom.json_schema import field_at, with_field

# The types of data attributes, conversation attributes and ticket type attributes. The value of a list is the label of
# one of its options.
_TYPES: Final[Mapping[str, Schema]] = {
    "string": nullable("string"),
    "list": nullable("string"),
    "integer": nullable("integer"),
    "float": nullable("number"),
    "decimal": nullable("number"),
    "number": nullable("number"),
    "boolean": nullable("boolean"),
    "date": NESTED_TIMESTAMP,
    "datetime": NESTED_TIMESTAMP,
    "files": list_of(OPEN_OBJECT),
    "relationship": OPEN_OBJECT,
}
_PREFIX: Final = "custom_attributes."


def with_attributes(schema: Schema, holder: str, rows: Iterable[Mapping[str, Any]]) -> Schema:
    """Add custom attributes to the schema of a stream, as properties of the open object that holds them.

    `holder`: the dotted name of that object. Example: `"custom_attributes"`.
    `rows`: the records of the stream that describes them, such as `contact_attributes`.
    Archived and built-in attributes, and those of unknown types, are not added: their values are passed through.
    """
    path = tuple(holder.split("."))
    properties = _properties(rows)
    held = field_at(schema, path)
    if held is None or not properties:
        return schema
    return with_field(schema, path, {**held, "properties": properties, "additionalProperties": True})


def _properties(rows: Iterable[Mapping[str, Any]]) -> dict[str, Schema]:
    """Give the properties by name; an attribute that is there with several types gets one that has room for all."""
    types: dict[str, list[Schema]] = {}
    descriptions: dict[str, Schema] = {}
    for row in rows:
        name, found = _name(row), _TYPES.get(str(row.get("data_type")))
        if name is not None and found is not None and not row.get("archived"):
            types.setdefault(name, []).append(found)
            descriptions.setdefault(name, _description(row, name))
    return {name: {**_common_schema(found), **descriptions[name]} for name, found in sorted(types.items())}


def _common_schema(found: Sequence[Schema]) -> Schema:
    if all(schema == found[0] for schema in found):
        return found[0]
    return nullable(common_type(schema["type"][1] if schema.keys() == {"type"} else "string" for schema in found))


def _name(row: Mapping[str, Any]) -> str | None:
    """Give the name that an attribute has in records; None for a built-in one, which is a field of the record."""
    full_name = row.get("full_name")
    if isinstance(full_name, str) and full_name.startswith(_PREFIX):
        return full_name.removeprefix(_PREFIX)
    name = row.get("name")
    return name if isinstance(name, str) and row.get("custom") is not False else None


def _description(row: Mapping[str, Any], name: str) -> Schema:
    said = [row.get("label"), row.get("description")]
    words = [text for text in dict.fromkeys(said) if isinstance(text, str) and text and text != name]
    return {"description": ": ".join(words)} if words else {}
