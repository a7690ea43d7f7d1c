"""Discovery and selection: what could be read, and what the operator wants of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from tap_intercom.errors import ConfigError
from tap_intercom.json_schema import ALTERNATIVES, JSON_TYPES, Path, fields, kinds_of, parts, prune, required, requiring
from tap_intercom.redaction import quote_field, quote_name, quote_names, shape_of
from tap_intercom.singer.replication import Method, method_of, remarks_on
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import load_schema, streams_with_bookmark

UNSUPPORTED_REASON: Final = "tap-intercom.reason"  # metadata of a stream that cannot be read
HOLD_IDS_OR_TIMES: Final = frozenset({"integer", "number", "string"})  # types of JSON
REMEDY: Final = "correct it, or make a new catalog with --discover"


INCLUSIONS: Final = ("available", "automatic", "unsupported")
# What is right in the place of what is wrong.
ENTRY: Final = '{"tap_stream_id": "users", "schema": {…}, "metadata": […]}'
PIECE: Final = '{"breadcrumb": [], "metadata": {"selected": true}}'
BREADCRUMB: Final = '["properties", "email"]'
FIELD: Final = '{"type": ["null", "string"]}'
SCHEMA: Final = f'{{"type": "object", "properties": {{"id": {FIELD}}}}}'


Marks = dict[Path, Mapping[str, Any]]  # metadata, by field


class SelectedStream(msgspec.Struct, frozen=True):
    """One selected stream.

    `schema` is the catalog's without the `unselected` fields, for the target; `full_schema` is the catalog's. `method`
    is the replication method that the catalog asks for, None where it leaves that to the tap. `remarks` say what the
    catalog asks for that is done in another way.
    """

    stream: Stream
    schema: dict[str, Any]
    full_schema: dict[str, Any]
    unselected: frozenset[Path]
    method: Method | None = None
    remarks: tuple[str, ...] = ()


def discover(streams: Iterable[Stream]) -> dict[str, Any]:
    """Describe every stream; all of it is selected by default, where the stream is."""
    return {"streams": [describe(stream, load_schema(stream.schema_name)) for stream in streams]}


def describe(stream: Stream, schema: dict[str, Any], unsupported_reason: str | None = None) -> dict[str, Any]:
    """Make the catalog's entry of a stream; a `unsupported_reason` is why it cannot be read."""
    entry: dict[str, Any] = {
        "tap_stream_id": stream.name,
        "stream": stream.name,
        "key_properties": list(stream.key),
        "replication_method": stream.replication_method,
    }
    root: dict[str, Any] = {
        "inclusion": "available",
        "selected-by-default": stream.by_default,
        "schema-name": stream.name,
        "table-key-properties": list(stream.key),
        "forced-replication-method": stream.replication_method,
    }
    if unsupported_reason is not None:
        root |= {"inclusion": "unsupported", "selected-by-default": False, UNSUPPORTED_REASON: unsupported_reason}
    if stream.replication_key is not None:
        entry["replication_key"] = stream.replication_key
        root["valid-replication-keys"] = [stream.replication_key]
    if stream.parent is not None:
        root["parent-tap-stream-id"] = stream.parent
    automatic = _automatic(stream)
    pieces = [
        {
            "breadcrumb": list(breadcrumb),
            "metadata": {
                "inclusion": "automatic" if path in automatic else "available",
                "selected-by-default": True,
            },
        }
        for path, (breadcrumb, _) in {path: found for path, *found in fields(schema)}.items()
    ]
    return {**entry, "schema": schema, "metadata": [{"breadcrumb": [], "metadata": root}, *pieces]}


def select_streams(catalog: Mapping[str, Any] | None, streams: Sequence[Stream]) -> tuple[SelectedStream, ...]:
    """Find the selected streams, in the order of `streams`; without a catalog, all that are read by default.

    Raises ConfigError where the catalog is not one, or names a stream that this tap does not have.
    """
    if catalog is None:
        whole = [(stream, load_schema(stream.schema_name)) for stream in streams if stream.by_default]
        return tuple(SelectedStream(stream, schema, schema, frozenset()) for stream, schema in whole)
    entries = _selected(catalog, [stream.name for stream in streams])
    dated = streams_with_bookmark(streams)
    return tuple(
        _select(stream, *entries[stream.name], dated=stream.name in dated)
        for stream in streams
        if stream.name in entries
    )


def left_out(catalog: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name the streams of a sound catalog that cannot be read and are not deselected either, and why they cannot."""
    for entry in catalog["streams"]:
        marks = _metadata("", entry.get("metadata")).get((), {})
        if marks.get("inclusion") == "unsupported" and marks.get("selected") is not False:
            yield (
                entry.get("tap_stream_id", entry.get("stream")),
                str(marks.get(UNSUPPORTED_REASON, "no reason is given")),
            )


def _selected(catalog: Mapping[str, Any], names: Collection[str]) -> dict[str, tuple[Mapping[str, Any], Marks]]:
    """Find the entries that are selected, with their metadata. What is not selected may be anything that has a name."""
    entries: dict[str, tuple[Mapping[str, Any], Marks]] = {}
    for name, entry in _entries(catalog):
        metadata = _metadata(quote_name(name), entry.get("metadata"))
        schema = entry.get("schema")
        # Before there was metadata, the mark stood in the entry or in the schema itself.
        marks = {**_marks(schema if isinstance(schema, Mapping) else {}), **_marks(entry), **metadata.get((), {})}
        if not _is_selected(quote_name(name), marks, otherwise=False):
            continue
        if name not in names:
            known = ", ".join(names)
            raise ConfigError(
                f'catalog: there is no stream "{quote_name(name)}"; deselect or remove it; this tap has {known}'
            )
        if name in entries:
            raise ConfigError(f'catalog: the stream "{name}" is listed twice; remove one of them')
        entries[name] = entry, {**metadata, (): marks}
    return entries


def _entries(catalog: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each entry of a catalog with its name."""
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


def _select(stream: Stream, entry: Mapping[str, Any], metadata: Marks, *, dated: bool) -> SelectedStream:
    """Judge a selected stream by its entry; `dated` where it has a bookmark."""
    schema = entry.get("schema")
    if not isinstance(schema, dict):
        raise _broken(stream.name, f"has a schema that is {_found(entry, 'schema')}, not an object such as {SCHEMA}")
    _check(stream.name, schema)
    if "object" not in _types(schema):
        found = shape_of(schema["type"])
        raise _broken(stream.name, f'has a schema whose "type" is {found}, not "object" as in {SCHEMA}')
    properties = schema.get("properties", {})
    lost = [path[0] for path in _automatic(stream) if path[0] not in properties]
    if lost:
        raise _broken(
            stream.name,
            f'lacks {" and ".join(lost)} in its schema, without which it cannot be read, such as "{lost[0]}": {FIELD}',
        )
    unfit = [name for name, *_ in _automatic(stream) if not kinds_of(properties[name]) & HOLD_IDS_OR_TIMES]
    if unfit:
        raise _broken(
            f"{stream.name}.{unfit[0]}",
            f'has a "type" that can hold neither an id nor a time: write one such as {FIELD}',
        )
    unselected = frozenset(_unselected(stream, schema, metadata))
    method = method_of(stream, entry, metadata[()])
    written, promised = prune(schema, (), unselected), {(name,) for name in stream.key}
    remarks = [
        *remarks_on(stream, method, entry, metadata[()], dated=dated),
        *_of_no_field(schema, metadata),
        *_of_required(written, promised),
        *_of_formats(written),
    ]
    return SelectedStream(stream, requiring(written, promised), schema, unselected, method, tuple(remarks))


def _of_required(schema: Mapping[str, Any], promised: Collection[Path]) -> Iterator[str]:
    """Say which fields are required though Intercom may leave them out."""
    names = list(dict.fromkeys(".".join(path) for path in required(schema) if path not in promised))
    if names:
        yield (
            "the catalog requires fields that Intercom may leave out, so its SCHEMA does not, and records come without "
            f"them: {quote_names(names)}"
        )


def _of_no_field(schema: Mapping[str, Any], metadata: Marks) -> Iterator[str]:
    """Say which fields are selected or deselected though the schema lacks them."""
    known = {(), *(path for path, *_ in fields(schema))}
    strange = [".".join(path) for path, marks in metadata.items() if path not in known and "selected" in marks]
    if strange:
        yield f"the catalog selects or deselects fields that its schema lacks: {quote_names(strange)}"


def _of_formats(schema: Mapping[str, Any]) -> Iterator[str]:
    """Say which fields have a format that no value is brought into: the tap writes times as date-time alone."""
    found = ((path, field.get("format")) for path, _, field in fields(schema))
    names = list(dict.fromkeys(".".join(path) for path, word in found if word is not None and word != "date-time"))
    if names:
        yield f"the catalog gives fields a format that no value is brought into: {quote_names(names)}"


def _automatic(stream: Stream) -> tuple[Path, ...]:
    """Name the fields that come whatever the operator says."""
    return tuple((name,) for name in (*stream.key, stream.replication_key, stream.parent_time_field) if name)


def _metadata(stream: str, listed: object) -> Marks:
    """Read metadata by field; of several pieces about one field, each adds to those before."""
    if listed is None:
        return {}
    if not isinstance(listed, list):
        raise _broken(stream, f"has metadata that is {shape_of(listed)}, not a list of pieces such as {PIECE}")
    found: dict[Path, Mapping[str, Any]] = {}
    for piece in listed:
        if not isinstance(piece, Mapping):
            raise _broken(stream, f"has a piece of metadata that is {shape_of(piece)}, not an object such as {PIECE}")
        if not isinstance(piece.get("metadata"), Mapping):
            marks = _found(piece, "metadata")
            raise _broken(stream, f'has a piece of metadata whose "metadata" is {marks}, not an object as in {PIECE}')
        path = _path(stream, piece.get("breadcrumb"))
        found[path] = {**found.get(path, {}), **piece["metadata"]}
    return found


def _path(stream: str, breadcrumb: object) -> Path:
    """Turn a breadcrumb into a path: "properties" stands before each name, "items" for what a list holds."""
    if not isinstance(breadcrumb, list):
        raise _broken(stream, f'has a "breadcrumb" that is {shape_of(breadcrumb)}, not a list such as {BREADCRUMB}')
    path: list[str] = []
    crumbs = iter(breadcrumb)
    for crumb in crumbs:
        name = next(crumbs, None) if crumb == "properties" else None
        if isinstance(name, str):
            path.append(name)
        elif crumb != "items":
            raise _broken(
                stream, f'has a "breadcrumb" in which "properties" and a name do not alternate as in {BREADCRUMB}'
            )
    return tuple(path)


def _marks(node: Mapping[str, Any]) -> dict[str, Any]:
    return {mark: node[mark] for mark in ("selected", "inclusion") if mark in node}


def _is_selected(place: str, marks: Mapping[str, Any], *, otherwise: bool) -> bool:
    """Follow Singer's order: the operator's word, then the tap's default."""
    inclusion = marks.get("inclusion")
    if inclusion is not None and inclusion not in INCLUSIONS:
        raise _broken(
            place, f'has an "inclusion" that is {shape_of(inclusion)} and must be one of {", ".join(INCLUSIONS)}'
        )
    if inclusion == "unsupported":
        return False
    for mark in ("selected", "selected-by-default"):
        word = marks.get(mark)
        if isinstance(word, bool):
            return word
        if word is not None:
            raise _broken(
                place, f'has a "{mark}" that is {shape_of(word)} and must be true or false, such as "{mark}": true'
            )
    return otherwise


def _unselected(stream: Stream, schema: Mapping[str, Any], metadata: Marks) -> Iterator[Path]:
    """Find the outermost fields to leave out: what they hold goes with them."""
    gone: set[Path] = set()
    for path, _, field in fields(schema):
        marks = {**_marks(field), **metadata.get(path, {})}
        if path[:-1] in gone:
            gone.add(path)
        elif path in _automatic(stream) or marks.get("inclusion") == "automatic":
            continue
        elif not _is_selected(".".join((stream.name, *map(quote_field, path))), marks, otherwise=True):
            gone.add(path)
            yield path


def _check(place: str, schema: object) -> None:
    """Refuse a schema that could not be walked or whose types nobody knows."""
    if not isinstance(schema, dict):
        raise _broken(place, f"has a schema that is {shape_of(schema)}, not an object such as {FIELD}")
    if not isinstance(schema.get("properties", {}), dict):
        found = shape_of(schema["properties"])
        raise _broken(place, f'has a schema whose "properties" is {found}, not an object such as {{"id": {FIELD}}}')
    for word in ALTERNATIVES:
        if not isinstance(schema.get(word, []), list):
            raise _broken(
                place, f'has a schema whose "{word}" is {shape_of(schema[word])}, not a list such as [{FIELD}]'
            )
    if any(name not in JSON_TYPES for name in _types(schema)):
        found, known = shape_of(schema["type"]), ", ".join(JSON_TYPES)
        raise _broken(
            place, f'has a schema whose "type" is {found} and must be one or several of {known}, as in {FIELD}'
        )
    for step, _, part in parts(schema):
        _check(".".join((place, *map(quote_field, step))), part)


def _types(schema: Mapping[str, Any]) -> list[Any]:
    declared = schema.get("type", "object")
    return declared if isinstance(declared, list) and declared else [declared]


def _found(holder: Mapping[str, Any], name: str) -> str:
    return shape_of(holder[name]) if name in holder else "missing"


def _broken(place: str, fault: str) -> ConfigError:
    return ConfigError(f"catalog: {place} {fault}; {REMEDY}")
