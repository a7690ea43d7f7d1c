"""Types built from a JSON Schema; a part of the schema that is not understood becomes a field of raw JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tap_intercom.json_schema import JSON_TYPES, Path, json_types_of, single_type_of
from tap_intercom.records.containers import ListOf, ObjectOf
from tap_intercom.records.custom_attributes import ExtensibleObject
from tap_intercom.records.raw_json import Number, OneOf, RawList, RawObject, RawValue
from tap_intercom.records.scalars import Boolean, Field, Integer, MixedTimestamp, Text, Timestamp

_SCALARS: Final[Mapping[str, type[Field]]] = {"integer": Integer, "number": Number, "boolean": Boolean}


@dataclass(frozen=True, kw_only=True)
class TypeOptions:
    """What types depend on besides the schema.

    - `unwrap`: for a field, the key of its list in the wrapper.
    - `inherited`: fields that are set from the answer around the record.
    - `key`: fields without which a record is left out.
    - `unselected`: fields to leave out.
    - `unknown_fields`, `raw_attributes`, `numeric`, `mixed_times`: as in `Notes`.
    - `watch`: count the fields that the schema does not list.
    - `counted`: keep items of lists that cannot be read, as null.
    """

    unwrap: Mapping[str, str] = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    key: frozenset[str] = frozenset()
    unselected: frozenset[Path] = frozenset()
    unknown_fields: frozenset[Path] = frozenset()
    raw_attributes: frozenset[Path] = frozenset()
    numeric: frozenset[Path] = frozenset()
    mixed_times: frozenset[Path] = frozenset()
    watch: bool = True
    counted: bool = False

    def unselected_in(self, path: Path) -> frozenset[str]:
        """Return the names of the unselected fields of the object at `path`."""
        return frozenset(field[-1] for field in self.unselected if field[:-1] == path)

    def unknown_fields_in(self, path: Path) -> list[str]:
        """Return the names of the unknown fields of the object at `path`."""
        return _names_in(self.unknown_fields, path)

    def raw_attributes_in(self, path: Path) -> list[str]:
        """Return the names of the raw attributes of the object at `path`."""
        return _names_in(self.raw_attributes, path)


def _names_in(paths: frozenset[Path], path: Path) -> list[str]:
    return sorted(field[-1] for field in paths if field[:-1] == path)


def record_of(schema: Mapping[str, Any], options: TypeOptions) -> ObjectOf:
    """Return the type of a stream's records."""
    return _object_of(schema, (), options)


def field_of(schema: object, path: Path) -> Field:
    """Return the type of one field."""
    return _field_of(schema, path, TypeOptions())


def _field_of(schema: object, path: Path, options: TypeOptions) -> Field:
    name, nullable, narrow = single_type_of(schema)
    if name in {None, "null"}:
        built, nullable = _raw_field(json_types_of(schema), path, options), "null" in json_types_of(schema)
    else:
        built = _typed_field(name, narrow, path, options)
    built.nullable = nullable
    return built


def _raw_field(kinds: frozenset[str], path: Path, options: TypeOptions) -> Field:
    without = options.unselected_in(path)
    return RawValue(path, without) if kinds == frozenset(JSON_TYPES) else OneOf(path, kinds, without)


def _typed_field(name: str | None, schema: Mapping[str, Any], path: Path, options: TypeOptions) -> Field:
    if name == "string":
        if schema.get("format") == "date-time":
            return MixedTimestamp(path) if path in options.mixed_times else Timestamp(path)
        is_key = len(path) == 1 and path[0] in options.key
        return Text(path, numeric=path in options.numeric, is_key=is_key)
    if name == "array":
        return _list_of(schema.get("items"), path, options)
    if name is not None and name in _SCALARS:
        return _SCALARS[name](path)
    return _nested_object(schema, path, options)


def _nested_object(schema: Mapping[str, Any], path: Path, options: TypeOptions) -> Field:
    without = options.unselected_in(path)
    if not schema.get("properties"):
        return RawObject(path, without)
    # Singer catalogs leave additionalProperties out: fields that are not listed are not wanted.
    if schema.get("additionalProperties", False) is False:
        return _object_of(schema, path, options)
    properties = _properties_of(schema, path, options)
    return ExtensibleObject(path, properties, dropped=without, raw_attributes=options.raw_attributes_in(path))


def _list_of(items: object, path: Path, options: TypeOptions) -> Field:
    wrapped_in = options.unwrap.get(path[0]) if len(path) == 1 else None
    if not isinstance(items, Mapping) and wrapped_in is None:
        return RawList(path)
    return ListOf(path, _field_of(items, path, replace(options, unwrap={})), wrapped_in, counted=options.counted)


def _object_of(schema: Mapping[str, Any], path: Path, options: TypeOptions) -> ObjectOf:
    properties = _properties_of(schema, path, options)
    if not path:
        for name, part in properties.items():
            part.inherited = name in options.inherited
            part.nullable = part.nullable and name not in options.key
            part.required = name in options.key and not part.inherited
    unknown_fields = options.unknown_fields_in(path)
    return ObjectOf(
        path, properties, dropped=options.unselected_in(path), unknown_fields=unknown_fields, watch=options.watch
    )


def _properties_of(schema: Mapping[str, Any], path: Path, options: TypeOptions) -> dict[str, Field]:
    dropped = options.unselected_in(path)
    return {
        name: _field_of(part, (*path, name), options)
        for name, part in schema.get("properties", {}).items()
        if name not in dropped
    }
