"""Types of the fields that the tap itself needs: read with the tap's own schema, written with the catalog's.

A catalog may declare an id as an integer, or a replication key as a text without a format. Bookmarks and comparisons of
records must not depend on that, so the type of the catalog is applied only when a record is written.
"""

import copy
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw

from tap_intercom.errors import ConfigError
from tap_intercom.json_schema import json_types_of
from tap_intercom.records.scalars import Field, Notes
from tap_intercom.records.schema_types import field_of
from tap_intercom.streams.model import Stream

NUMBERS: Final = frozenset({"integer", "number"})


def needed(stream: Stream) -> frozenset[str]:
    """Return the fields that the tap itself needs: keys, times, fields from the parent, and fields it filters by."""
    layouts = [stream.layout, *([stream.inline] if stream.inline else [])]
    layouts += [stream.detail.layout] if stream.detail else []
    added = frozenset().union(*(layout.added_fields for layout in layouts))
    named = filter(None, (*stream.key, stream.replication_key, stream.parent_time_field))
    return added.union(named, stream.exclude_values, ("id", "updated_at"))


def schema_for_reading(stream: Stream, own: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the catalog's schema with the tap's types for the fields that it needs; `own` is the tap's schema.

    Only the key is required, whatever the catalog requires: a record without another field is kept.
    """
    properties = schema.get("properties", {})
    read = {
        name: own["properties"][name]
        for name in sorted(needed(stream) & own["properties"].keys())
        if name in properties
    }
    return {**schema, "properties": {**properties, **read}, "required": list(stream.key)}


class Retyping:
    """The conversion of records read with the tap's own types (`own`) to the types of the catalog's `schema`.

    `notes` count the values that lose something or are guessed.
    """

    def __init__(self, stream: Stream, own: Mapping[str, Any], schema: Mapping[str, Any], notes: Notes) -> None:
        self._stream = stream
        self._notes = notes
        properties = schema.get("properties", {})
        names = sorted(needed(stream) & own["properties"].keys())
        self._changed = {
            name: (field_of(properties[name], (name,)), _is_number(properties[name]))
            for name in names
            if name in properties and not _fits_unchanged(properties[name], own["properties"][name])
        }

    def retyped(self, records: Sequence[Any]) -> Sequence[Any]:
        """Return the records as they are written; the given ones are not changed.

        Raises ConfigError if the value of a key does not fit its type in the catalog.
        """
        if not self._changed:
            return records
        return [self._retyped(record) for record in records]

    def _retyped(self, record: Any) -> Any:
        changed = copy.copy(record)
        for name, (field, as_number) in self._changed.items():
            setattr(changed, name, self._value(name, getattr(record, name), field, as_number=as_number))
        return changed

    def _value(self, name: str, found: Any, field: Field, *, as_number: bool) -> Any:
        if isinstance(found, datetime) and as_number:
            found = int(found.timestamp())
        is_there = found is not None and found is not UNSET
        value = field.read(Raw(msgspec.json.encode(found)), self._notes) if is_there else None
        if value is None and name in self._stream.key:
            raise ConfigError(
                f'catalog: {self._stream.name}.{name} has a "type" that does not fit all that Intercom sends, and it '
                f'is the key; write "{name}": {{"type": "string"}}'
            )
        return UNSET if value is None and not field.nullable else value


def _fits_unchanged(schema: object, own: Mapping[str, Any]) -> bool:
    """Return whether every value of the tap's own type fits the schema without conversion."""
    kinds, read = json_types_of(schema), json_types_of(own)
    is_a_time = isinstance(schema, Mapping) and schema.get("format") == "date-time"
    return read <= kinds and (own.get("format") == "date-time" or not is_a_time)


def _is_number(schema: object) -> bool:
    kinds = json_types_of(schema)
    return bool(kinds & NUMBERS) and "string" not in kinds
