"""Functions on a JSON Schema: its fields, the JSON types that it allows, and copies with fewer or more fields."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

Path = tuple[str, ...]  # of a field: ("location_data", "city_name"); the items of a list are not a step

JSON_TYPES: Final = ("null", "boolean", "integer", "number", "string", "array", "object")
ALTERNATIVES: Final = ("anyOf", "oneOf", "allOf")


def subschemas(schema: Mapping[str, Any]) -> Iterator[tuple[Path, tuple[str, ...], Any]]:
    """Give the schemas of which a schema consists: properties, items and alternatives.

    Each comes with the step that leads to it in a record, `("email",)` or `()`, the step in a Singer breadcrumb,
    `("properties", "email")`, `("items",)` or `()`, and its own schema.
    """
    for name, part in schema.get("properties", {}).items():
        yield (name,), ("properties", name), part
    if "items" in schema:
        yield (), ("items",), schema["items"]
    for word in ALTERNATIVES:
        for part in schema.get(word, ()):
            yield (), (), part


def fields(
    schema: Mapping[str, Any], path: Path = (), breadcrumb: tuple[str, ...] = ()
) -> Iterator[tuple[Path, tuple[str, ...], Mapping[str, Any]]]:
    """Give the path, the breadcrumb and the schema of every field; a field comes before those that it holds."""
    for step, crumbs, part in subschemas(schema):
        here, there = path + step, breadcrumb + crumbs
        if step:
            yield here, there, part
        yield from fields(part, here, there)


def json_types_of(schema: object) -> frozenset[str]:
    """Name the JSON types that a schema allows: all, where it names none. What allows numbers allows integers."""
    if not isinstance(schema, Mapping):
        return frozenset(JSON_TYPES)
    declared = schema.get("type", JSON_TYPES)
    kinds = frozenset({declared} if isinstance(declared, str) else declared)
    if "number" in kinds:
        kinds |= {"integer"}
    for alternatives in filter(None, (schema.get("anyOf"), schema.get("oneOf"))):
        kinds &= frozenset().union(*map(json_types_of, alternatives))
    for part in schema.get("allOf", ()):
        kinds &= json_types_of(part)
    return kinds


def single_type_of(schema: object) -> tuple[str | None, bool, Mapping[str, Any]]:
    """Find the one JSON type besides null that a schema allows.

    Returns the type, None where there are several; whether null is allowed; and the part of the schema that describes
    the type: the schema itself, or one of its alternatives.
    """
    if not isinstance(schema, Mapping):
        return None, True, {}
    declared = schema.get("type")
    if declared is None:
        return _narrow_alternatives(schema)
    names = {declared} if isinstance(declared, str) else {str(name) for name in declared}
    nullable = "null" in names
    if names >= {"integer", "number"}:
        names.remove("integer")
    if len(names) > 1:
        names.discard("null")
    return names.pop() if len(names) == 1 else None, nullable, schema


def _narrow_alternatives(schema: Mapping[str, Any]) -> tuple[str | None, bool, Mapping[str, Any]]:
    branches = [single_type_of(branch) for branch in schema.get("anyOf", schema.get("oneOf", ()))]
    alternatives = [branch for branch in branches if branch[0] != "null"]
    if len(alternatives) != 1:
        return None, True, {}
    name, _, narrow = alternatives[0]
    return name, any(nullable for _, nullable, _ in branches), narrow


def prune(schema: dict[str, Any], path: Path, unselected: Collection[Path]) -> dict[str, Any]:
    """Copy a schema without the unselected fields; `path` is that of the schema."""
    kept = dict(schema)
    if "properties" in kept:
        kept["properties"] = {
            name: prune(part, (*path, name), unselected)
            for name, part in kept["properties"].items()
            if (*path, name) not in unselected
        }
    if isinstance(kept.get("required"), list):
        gone = [field[-1] for field in unselected if field[:-1] == path]
        kept["required"] = [name for name in kept["required"] if name not in gone]
    return _with_parts(kept, lambda part: prune(part, path, unselected))


def _with_parts(schema: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Change the schemas that have the same path as `schema`: of the items of a list, and of each alternative."""
    if "items" in schema:
        schema["items"] = change(schema["items"])
    for word in ALTERNATIVES:
        if word in schema:
            schema[word] = [change(part) for part in schema[word]]
    return schema


def required(schema: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    """Give the paths of the fields that a schema requires.

    `"required": true`, as Draft 3 of JSON Schema has it, is about the field in whose schema it stands.
    """
    listed = schema.get("required")
    if isinstance(listed, list):
        yield from ((*path, str(name)) for name in listed)
    elif listed:
        yield path
    for step, _, part in subschemas(schema):
        yield from required(part, path + step)


def with_required(schema: Mapping[str, Any], promised: Collection[Path], path: Path = ()) -> dict[str, Any]:
    """Copy a schema with `required` for the `promised` fields only; `path` is that of the schema."""
    kept = {word: rule for word, rule in schema.items() if word != "required"}
    listed = schema.get("required")
    names = [name for name in listed if (*path, str(name)) in promised] if isinstance(listed, list) else []
    if names:
        kept["required"] = names
    if "properties" in kept:
        kept["properties"] = {
            name: with_required(part, promised, (*path, name)) for name, part in kept["properties"].items()
        }
    return _with_parts(kept, lambda part: with_required(part, promised, path))


def field_at(schema: Mapping[str, Any], path: Path) -> Mapping[str, Any] | None:
    """Give the schema of the field at a path of objects; None where there is no such field."""
    found: Mapping[str, Any] | None = schema
    for name in path:
        found = found.get("properties", {}).get(name) if found is not None else None
    return found


def with_field(schema: Mapping[str, Any], path: Path, field: object) -> dict[str, Any]:
    """Copy a schema with a new or another field at a path. What holds the field is there already."""
    copy = dict(schema)
    for word in ("anyOf", "oneOf"):
        if word in copy:
            copy[word] = [with_field(part, path, field) if _has_fields(part) else part for part in copy[word]]
            return copy
    if "items" in copy:
        copy["items"] = with_field(copy["items"], path, field)
        return copy
    name, *rest = path
    properties = copy.get("properties", {})
    copy["properties"] = {**properties, name: with_field(properties[name], tuple(rest), field) if rest else field}
    return copy


def _has_fields(schema: Mapping[str, Any]) -> bool:
    return "properties" in schema or "items" in schema
