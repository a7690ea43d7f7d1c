"""Edits of a catalog that a user could make: of one seed, some in each entry, most of which a sync can go on with."""

import random
from collections.abc import Callable, Mapping
from typing import Any

TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
FORMATS = ["date-time", "date", "email", "uuid"]
KEYS: dict[str, list[Any]] = {
    "replication-method": ["FULL_TABLE", "INCREMENTAL", None],
    "forced-replication-method": ["FULL_TABLE", "INCREMENTAL"],
    "replication-key": ["created_at", "updated_at", "id", None, 5],
    "valid-replication-keys": [[], ["id"], "id"],
    "table-key-properties": [[], ["email"], ["id", "email"]],
    "view-key-properties": [["email"]],
    "inclusion": ["available", "automatic", "unsupported"],
    "selected": [True, False, None],
    "selected-by-default": [True, False],
    "schema-name": ["people"],
    "database-name": ["db"],
    "row-count": [5],
    "is-view": [True],
    "sql-datatype": ["text"],
}
WRONG: dict[str, list[Any]] = {
    "replication-method": ["LOG_BASED", "full", 5, []],
    "inclusion": ["always", {}],
    "selected": ["true", 1],
}
Entry = dict[str, Any]
Edit = Callable[[random.Random, Entry], object]


def type_of(dice: random.Random) -> Any:
    """Draw a type: one, or several, mostly such as a user would write."""
    if dice.random() < 0.4:
        return ["null", dice.choice(TYPES[1:])]
    return dice.choice(TYPES[1:]) if dice.random() < 0.5 else dice.sample(TYPES, dice.randrange(1, 4))


def schema_of(dice: random.Random, *, alone: bool = True) -> dict[str, Any]:
    """Draw the schema of a field; what is not `alone`, but one of several, says nothing of what is within."""
    if dice.random() < 0.2:
        return {dice.choice(["anyOf", "allOf"]): [schema_of(dice, alone=False) for _ in range(2)]}
    if dice.random() < 0.1:
        return {}
    schema: dict[str, Any] = {"type": type_of(dice)}
    if dice.random() < 0.3:
        schema["format"] = dice.choice(FORMATS)
    if alone and dice.random() < 0.2 and schema["type"] in ("array", ["null", "array"]):
        schema["items"] = schema_of(dice)
    if dice.random() < 0.1:
        schema["required"] = dice.choice([True, ["gone"]])
    return schema


def objects_of(schema: Any) -> list[dict[str, Any]]:
    """Find all schemas of objects that list their fields."""
    if isinstance(schema, list):
        return [found for part in schema for found in objects_of(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if schema.get("properties") else []
    parts = [*schema.get("properties", {}).values(), schema.get("items"), *schema.get("anyOf", [])]
    return own + [found for part in parts for found in objects_of(part)]


def retype(dice: random.Random, entry: Entry) -> None:
    properties = dice.choice(objects_of(entry["schema"]))["properties"]
    properties[dice.choice(list(properties))] = schema_of(dice)


def retype_what_is_needed(dice: random.Random, entry: Entry) -> None:
    """Type an id, a time or a key in a way that can hold it."""
    names = [name for name in entry["schema"]["properties"] if name.endswith(("id", "_at", "position", "name"))]
    kinds = ["string", ["null", "string"], ["string", "integer"], ["null", "integer", "string"]]
    schema: dict[str, Any] = {"type": dice.choice(kinds)}
    if dice.random() < 0.2:
        schema["format"] = "uuid"
    entry["schema"]["properties"][dice.choice(names or ["id"])] = schema


def change_format(dice: random.Random, entry: Entry) -> None:
    properties = dice.choice(objects_of(entry["schema"]))["properties"]
    field = properties[dice.choice(list(properties))]
    field.pop("format", None) if dice.random() < 0.5 else field.update(format=dice.choice(FORMATS))


def require(dice: random.Random, entry: Entry) -> None:
    holder = dice.choice(objects_of(entry["schema"]))
    known = list(holder["properties"])
    holder["required"] = dice.choice([[*dice.sample(known, 1), "gone"], known, ["gone"], [], True])
    if dice.random() < 0.3:
        holder.pop("required")


def add_a_field(dice: random.Random, entry: Entry) -> None:
    properties = dice.choice(objects_of(entry["schema"]))["properties"]
    properties[dice.choice(["gone", "a-b", "class", "__x"])] = schema_of(dice)


def remove_a_field(dice: random.Random, entry: Entry) -> None:
    properties = dice.choice(objects_of(entry["schema"]))["properties"]
    names = [name for name in properties if not name.endswith(("id", "_at", "name"))]
    if len(properties) > 1 and names:
        del properties[dice.choice(names)]


def open_or_close(dice: random.Random, entry: Entry) -> None:
    dice.choice(objects_of(entry["schema"]))["additionalProperties"] = dice.choice([True, False, {}])


def mark(dice: random.Random, entry: Entry) -> None:
    """Change metadata: of the stream, of a field, or of one that is not there."""
    piece = dice.choice([*entry["metadata"], entry["metadata"][0]])
    if dice.random() < 0.1:
        piece = {"breadcrumb": ["properties", "gone"], "metadata": {}}
        entry["metadata"].append(piece)
    key = dice.choice(list(KEYS))
    piece["metadata"][key] = dice.choice(KEYS[key])


def mark_beside(dice: random.Random, entry: Entry) -> None:
    key = dice.choice(["replication_method", "replication_key", "key_properties", "stream", "stream_alias"])
    entry[key] = dice.choice(KEYS.get(key.replace("_", "-"), [["email"], "people", None, []]))
    if key == "replication_method":
        entry[key] = dice.choice(["FULL_TABLE", "INCREMENTAL", None])


def forget(dice: random.Random, entry: Entry) -> None:
    """Leave a part of the entry out."""
    entry.pop(dice.choice(["key_properties", "replication_method", "replication_key", "stream"]), None)
    if dice.random() < 0.2 and len(entry["metadata"]) > 1:
        del entry["metadata"][dice.randrange(1, len(entry["metadata"])) :]


def spoil(dice: random.Random, entry: Entry) -> None:
    """Write what no sync can go on with."""
    key = dice.choice(list(WRONG))
    entry["metadata"][0]["metadata"][key] = dice.choice(WRONG[key])


HARMLESS: tuple[Edit, ...] = (
    *(retype, retype_what_is_needed, change_format, require, add_a_field, remove_a_field),
    *(open_or_close, mark, mark_beside, forget),
)
UNKNOWN: tuple[Entry, ...] = (
    {"tap_stream_id": "gone", "stream": "gone", "schema": {"type": "object"}},
    {"tap_stream_id": "invoices", "schema": 5, "metadata": [{"breadcrumb": [], "metadata": {"selected": False}}]},
)


def edited(catalog: Mapping[str, Any], dice: random.Random) -> dict[str, Any]:
    """Edit a catalog in place, and give it back."""
    for entry in catalog["streams"]:
        for _ in range(dice.randrange(0, 5)):
            dice.choice(HARMLESS)(dice, entry)
    if dice.random() < 0.1:
        spoil(dice, dice.choice(catalog["streams"]))
    if dice.random() < 0.5:
        catalog["streams"].insert(0, dice.choice(UNKNOWN))
    return dict(catalog)
