"""Reading a catalog that an operator gave: its entries, their schemas and metadata.

What is malformed is refused with a ConfigError that names the place and shows what would be right.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tap_intercom.errors import ConfigError
from tap_intercom.json_schema import ALTERNATIVES, JSON_TYPES, Path, json_types_of, subschemas
from tap_intercom.redaction import quote_field, shape_of
from tap_intercom.singer.catalog import automatic_fields
from tap_intercom.streams.model import Stream

Metadata = dict[Path, Mapping[str, Any]]  # by field; that of the stream itself is at ()

HOLD_IDS_OR_TIMES: Final = frozenset({"integer", "number", "string"})  # types of JSON
REMEDY: Final = "correct it, or make a new catalog with --discover"
# What is right in the place of what is wrong.
ENTRY: Final = '{"tap_stream_id": "users", "schema": {…}, "metadata": […]}'
PIECE: Final = '{"breadcrumb": [], "metadata": {"selected": true}}'
BREADCRUMB: Final = '["properties", "email"]'
FIELD: Final = '{"type": ["null", "string"]}'
SCHEMA: Final = f'{{"type": "object", "properties": {{"id": {FIELD}}}}}'


def broken(place: str, fault: str) -> ConfigError:
    """Make the error that says what is wrong with a stream or a field of a catalog."""
    return ConfigError(f"catalog: {place} {fault}; {REMEDY}")


def entries(catalog: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each entry of a catalog with the name of its stream."""
    listed = catalog.get("streams")
    if not isinstance(listed, list):
        raise ConfigError(f'catalog: "streams" is {_found(catalog, "streams")}, not a list of {ENTRY}; {REMEDY}')
    for position, entry in enumerate(listed, start=1):
        if not isinstance(entry, Mapping):
            raise ConfigError(
                f"catalog: stream number {position} is {shape_of(entry)}, not an object such as {ENTRY}; {REMEDY}"
            )
        # Catalogs of old callers name a stream only once.
        name = entry.get("tap_stream_id", entry.get("stream"))
        if not isinstance(name, str):
            raise ConfigError(
                f"catalog: stream number {position} has a name that is {_found(entry, 'tap_stream_id')}, not a string "
                f'such as "tap_stream_id": "users"; {REMEDY}'
            )
        yield name, entry


def metadata_of(place: str, entry: Mapping[str, Any]) -> Metadata:
    """Read the metadata of an entry; of several pieces about one field, each adds to those before."""
    listed = entry.get("metadata")
    if listed is None:
        return {}
    if not isinstance(listed, list):
        raise broken(place, f"has metadata that is {shape_of(listed)}, not a list of pieces such as {PIECE}")
    found: Metadata = {}
    for piece in listed:
        if not isinstance(piece, Mapping):
            raise broken(place, f"has a piece of metadata that is {shape_of(piece)}, not an object such as {PIECE}")
        if not isinstance(piece.get("metadata"), Mapping):
            told = _found(piece, "metadata")
            raise broken(place, f'has a piece of metadata whose "metadata" is {told}, not an object as in {PIECE}')
        path = _path(place, piece.get("breadcrumb"))
        found[path] = {**found.get(path, {}), **piece["metadata"]}
    return found


def schema_of(stream: Stream, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Give the schema of an entry, which has what the tap itself needs of the stream."""
    schema = entry.get("schema")
    if not isinstance(schema, dict):
        raise broken(stream.name, f"has a schema that is {_found(entry, 'schema')}, not an object such as {SCHEMA}")
    _check(stream.name, schema)
    if "object" not in _types(schema):
        found = shape_of(schema["type"])
        raise broken(stream.name, f'has a schema whose "type" is {found}, not "object" as in {SCHEMA}')
    properties = schema.get("properties", {})
    missing = [name for name in automatic_fields(stream) if name not in properties]
    if missing:
        raise broken(
            stream.name,
            f"lacks {' and '.join(missing)} in its schema, without which it cannot be read, such as "
            f'"{missing[0]}": {FIELD}',
        )
    for name in automatic_fields(stream):
        if not json_types_of(properties[name]) & HOLD_IDS_OR_TIMES:
            raise broken(
                f"{stream.name}.{name}",
                f'has a "type" that can hold neither an id nor a time: write one such as {FIELD}',
            )
    return schema


def _path(place: str, breadcrumb: object) -> Path:
    """Turn a breadcrumb into a path: "properties" stands before each name, "items" for what a list holds."""
    if not isinstance(breadcrumb, list):
        raise broken(place, f'has a "breadcrumb" that is {shape_of(breadcrumb)}, not a list such as {BREADCRUMB}')
    path: list[str] = []
    crumbs = iter(breadcrumb)
    for crumb in crumbs:
        name = next(crumbs, None) if crumb == "properties" else None
        if isinstance(name, str):
            path.append(name)
        elif crumb != "items":
            raise broken(
                place, f'has a "breadcrumb" in which "properties" and a name do not alternate as in {BREADCRUMB}'
            )
    return tuple(path)


def _check(place: str, schema: object) -> None:
    """Refuse a schema whose fields cannot be listed, or that has types which are none of JSON's."""
    if not isinstance(schema, dict):
        raise broken(place, f"has a schema that is {shape_of(schema)}, not an object such as {FIELD}")
    if not isinstance(schema.get("properties", {}), dict):
        found = shape_of(schema["properties"])
        raise broken(place, f'has a schema whose "properties" is {found}, not an object such as {{"id": {FIELD}}}')
    for word in ALTERNATIVES:
        if not isinstance(schema.get(word, []), list):
            raise broken(
                place, f'has a schema whose "{word}" is {shape_of(schema[word])}, not a list such as [{FIELD}]'
            )
    if any(name not in JSON_TYPES for name in _types(schema)):
        found, known = shape_of(schema["type"]), ", ".join(JSON_TYPES)
        raise broken(
            place, f'has a schema whose "type" is {found} and must be one or several of {known}, as in {FIELD}'
        )
    for step, _, part in subschemas(schema):
        _check(".".join((place, *map(quote_field, step))), part)


def _types(schema: Mapping[str, Any]) -> list[Any]:
    declared = schema.get("type", "object")
    return declared if isinstance(declared, list) and declared else [declared]


def _found(holder: Mapping[str, Any], name: str) -> str:
    return shape_of(holder[name]) if name in holder else "missing"
