"""The catalog that `--discover` writes: one entry for each stream, with its schema and its metadata."""

from collections.abc import Iterable
from typing import Any, Final

from tap_intercom.json_schema import fields
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import load_schema

UNSUPPORTED_REASON: Final = "tap-intercom.reason"  # metadata of a stream that cannot be read


def describe_streams(streams: Iterable[Stream]) -> dict[str, Any]:
    """Make a catalog of streams with the schemas that this release ships."""
    return {"streams": [describe_stream(stream, load_schema(stream.schema_name)) for stream in streams]}


def describe_stream(stream: Stream, schema: dict[str, Any], unsupported_reason: str | None = None) -> dict[str, Any]:
    """Make the catalog entry of a stream; `unsupported_reason` says why the stream cannot be read, where it cannot."""
    entry: dict[str, Any] = {
        "tap_stream_id": stream.name,
        "stream": stream.name,
        "key_properties": list(stream.key),
        "replication_method": stream.replication_method,
    }
    metadata: dict[str, Any] = {
        "inclusion": "available",
        "selected-by-default": stream.by_default,
        "schema-name": stream.name,
        "table-key-properties": list(stream.key),
        "forced-replication-method": stream.replication_method,
    }
    if unsupported_reason is not None:
        metadata |= {"inclusion": "unsupported", "selected-by-default": False, UNSUPPORTED_REASON: unsupported_reason}
    if stream.replication_key is not None:
        entry["replication_key"] = stream.replication_key
        metadata["valid-replication-keys"] = [stream.replication_key]
    if stream.parent is not None:
        metadata["parent-tap-stream-id"] = stream.parent
    return {
        **entry,
        "schema": schema,
        "metadata": [{"breadcrumb": [], "metadata": metadata}, *_field_metadata(stream, schema)],
    }


def automatic_fields(stream: Stream) -> tuple[str, ...]:
    """Name the fields that cannot be deselected: the key, the replication key and the time of the parent."""
    return tuple(name for name in (*stream.key, stream.replication_key, stream.parent_time_field) if name)


def _field_metadata(stream: Stream, schema: dict[str, Any]) -> list[dict[str, Any]]:
    automatic = {(name,) for name in automatic_fields(stream)}
    # A field of several alternatives is one field.
    breadcrumbs = {path: breadcrumb for path, breadcrumb, _ in fields(schema)}
    return [
        {
            "breadcrumb": list(breadcrumb),
            "metadata": {
                "inclusion": "automatic" if path in automatic else "available",
                "selected-by-default": True,
            },
        }
        for path, breadcrumb in breadcrumbs.items()
    ]
