"""Selection: which streams and fields a catalog selects, and how it wants them replicated."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from tap_intercom.errors import ConfigError
from tap_intercom.json_schema import Path, fields, prune, required, with_required
from tap_intercom.redaction import quote_field, quote_name, quote_names, shape_of
from tap_intercom.singer.catalog import UNSUPPORTED_REASON, automatic_fields, describe_stream
from tap_intercom.singer.catalog_entry import Metadata, broken, entries, metadata_of, schema_of
from tap_intercom.singer.replication import ReplicationMethod, replication_method_of, replication_warnings
from tap_intercom.singer.stream_patterns import StreamPatterns
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import load_schema, streams_with_bookmark

INCLUSIONS: Final = ("available", "automatic", "unsupported")
NO_PATTERNS: Final = StreamPatterns()


class SelectedStream(msgspec.Struct, frozen=True):
    """One selected stream.

    `schema`: the catalog's schema without the unselected fields, for the SCHEMA message.
    `full_schema`: the catalog's schema.
    `unselected`: the fields that are not wanted, without those that lie within them.
    `replication_method`: what the catalog asks for; None where it leaves that to the tap.
    `warnings`: what the catalog asks for and the tap does in another way.
    """

    stream: Stream
    schema: dict[str, Any]
    full_schema: dict[str, Any]
    unselected: frozenset[Path]
    replication_method: ReplicationMethod | None = None
    warnings: tuple[str, ...] = ()


def select_streams(
    catalog: Mapping[str, Any] | None,
    streams: Sequence[Stream],
    patterns: StreamPatterns = NO_PATTERNS,
    bookmarks: Collection[str] = (),
) -> tuple[SelectedStream, ...]:
    """Give the selected streams, in the order of `streams`.

    Without a catalog, these are all that are read by default, and those that go on from the `bookmarks` of a state.

    The patterns narrow what a catalog selects; without a catalog, they choose among all streams. Raises ConfigError
    where the catalog is malformed or selects a stream that is none of `streams`, or a pattern matches nothing.
    """
    if catalog is None:
        schemas = {stream.name: load_schema(stream.schema_name) for stream in streams}
        patterns.check(schemas)
        selected: Mapping[str, tuple[Mapping[str, Any], Metadata]] = {
            stream.name: (describe_stream(stream, schemas[stream.name]), {(): {}})
            for stream in streams
            if patterns.chooses(stream.name, otherwise=_is_default(stream, bookmarks))
        }
    else:
        selected = _selected_entries(catalog, [stream.name for stream in streams])
        if patterns:
            patterns.check(_schemas_with(streams, selected))
    bookmarked = streams_with_bookmark(streams)
    return tuple(
        _select(stream, *selected[stream.name], patterns, has_bookmark=stream.name in bookmarked)
        for stream in streams
        if stream.name in selected and patterns.chooses(stream.name, otherwise=True)
    )


def _schemas_with(
    streams: Sequence[Stream], selected: Mapping[str, tuple[Mapping[str, Any], Metadata]]
) -> dict[str, Mapping[str, Any]]:
    """Give the schema of each stream: that of its catalog entry, where it is selected."""
    return {
        stream.name: schema_of(stream, selected[stream.name][0])
        if stream.name in selected
        else load_schema(stream.schema_name)
        for stream in streams
    }


def narrowed(catalog: dict[str, Any], patterns: StreamPatterns) -> dict[str, Any]:
    """Narrow a catalog that `--discover` made: what patterns choose is selected, what they do not choose is left out.

    Without patterns, it stays as it is. Raises ConfigError where a pattern matches nothing.
    """
    if not patterns:
        return catalog
    listed = catalog["streams"]
    patterns.check({entry["stream"]: entry["schema"] for entry in listed})
    return {
        "streams": [_chosen(entry, patterns) for entry in listed if patterns.chooses(entry["stream"], otherwise=True)]
    }


def _chosen(entry: dict[str, Any], patterns: StreamPatterns) -> dict[str, Any]:
    """Select the stream of an entry, and deselect the fields that the patterns leave out."""
    left_out = frozenset(patterns.left_out(entry["stream"], entry["schema"]))
    selected = {breadcrumb: False for path, breadcrumb, _ in fields(entry["schema"]) if path in left_out}
    if patterns.chooses(entry["stream"], otherwise=False):
        selected[()] = True
    pieces = [
        {**piece, "metadata": {**piece["metadata"], "selected": selected[tuple(piece["breadcrumb"])]}}
        if tuple(piece["breadcrumb"]) in selected and piece["metadata"]["inclusion"] == "available"
        else piece
        for piece in entry["metadata"]
    ]
    return {**entry, "metadata": pieces}


def _is_default(stream: Stream, bookmarks: Collection[str]) -> bool:
    return stream.by_default or not {*stream.on_with_bookmark_of}.isdisjoint(bookmarks)


def unsupported_streams(catalog: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name the streams of a catalog that could not be read when it was made and are not deselected, and the reasons.

    The catalog is one that `select_streams` accepts.
    """
    for name, entry in entries(catalog):
        metadata = metadata_of(name, entry).get((), {})
        if metadata.get("inclusion") == "unsupported" and metadata.get("selected") is not False:
            yield name, str(metadata.get(UNSUPPORTED_REASON, "no reason is given"))


def _selected_entries(
    catalog: Mapping[str, Any], names: Collection[str]
) -> dict[str, tuple[Mapping[str, Any], Metadata]]:
    """Give the selected entries with their metadata, by name. Of an unselected entry, only the name is looked at."""
    selected: dict[str, tuple[Mapping[str, Any], Metadata]] = {}
    for name, entry in entries(catalog):
        metadata = metadata_of(quote_name(name), entry)
        schema = entry.get("schema")
        own = {
            **_legacy_metadata(schema if isinstance(schema, Mapping) else {}),
            **_legacy_metadata(entry),
            **metadata.get((), {}),
        }
        if not _is_selected(quote_name(name), own, otherwise=False):
            continue
        if name not in names:
            known = ", ".join(names)
            raise ConfigError(
                f'catalog: there is no stream "{quote_name(name)}"; deselect or remove it; this tap has {known}'
            )
        if name in selected:
            raise ConfigError(f'catalog: the stream "{name}" is listed twice; remove one of them')
        selected[name] = entry, {**metadata, (): own}
    return selected


def _select(
    stream: Stream, entry: Mapping[str, Any], metadata: Metadata, patterns: StreamPatterns, *, has_bookmark: bool
) -> SelectedStream:
    schema = schema_of(stream, entry)
    unselected = frozenset(_unselected(stream, schema, metadata, patterns))
    method = replication_method_of(stream, entry, metadata[()])
    written, promised = prune(schema, (), unselected), {(name,) for name in stream.key}
    warnings = (
        *replication_warnings(stream, method, entry, metadata[()], has_bookmark=has_bookmark),
        *_warnings_about_unknown_fields(schema, metadata),
        *_warnings_about_kept_fields(stream, patterns),
        *_warnings_about_required_fields(written, promised),
        *_warnings_about_formats(written),
    )
    return SelectedStream(stream, with_required(written, promised), schema, unselected, method, warnings)


def _legacy_metadata(node: Mapping[str, Any]) -> dict[str, Any]:
    """Read the selection that old catalogs have in an entry or in a schema itself."""
    return {word: node[word] for word in ("selected", "inclusion") if word in node}


def _is_selected(place: str, metadata: Mapping[str, Any], *, otherwise: bool) -> bool:
    """Say whether a stream or field is selected: by the operator's word, or else by the tap's default."""
    inclusion = metadata.get("inclusion")
    if inclusion is not None and inclusion not in INCLUSIONS:
        raise broken(
            place, f'has an "inclusion" that is {shape_of(inclusion)} and must be one of {", ".join(INCLUSIONS)}'
        )
    if inclusion == "unsupported":
        return False
    for word in ("selected", "selected-by-default"):
        value = metadata.get(word)
        if isinstance(value, bool):
            return value
        if value is not None:
            raise broken(
                place, f'has a "{word}" that is {shape_of(value)} and must be true or false, such as "{word}": true'
            )
    return otherwise


def _unselected(
    stream: Stream, schema: Mapping[str, Any], metadata: Metadata, patterns: StreamPatterns
) -> Iterator[Path]:
    """Give the unselected fields, without those that lie within them."""
    automatic = {(name,) for name in automatic_fields(stream)}
    left_out = frozenset(patterns.left_out(stream.name, schema))
    gone: set[Path] = set()
    for path, _, field in fields(schema):
        own = {**_legacy_metadata(field), **metadata.get(path, {})}
        if path[:-1] in gone:
            gone.add(path)
        elif path in automatic or own.get("inclusion") == "automatic":
            continue
        elif path in left_out or not _is_selected(
            ".".join((stream.name, *map(quote_field, path))), own, otherwise=True
        ):
            gone.add(path)
            yield path


def _warnings_about_unknown_fields(schema: Mapping[str, Any], metadata: Metadata) -> Iterator[str]:
    """Name the fields that are selected or deselected though the schema lacks them."""
    known = {(), *(path for path, *_ in fields(schema))}
    unknown = [".".join(path) for path, own in metadata.items() if path not in known and "selected" in own]
    if unknown:
        yield f"the catalog selects or deselects fields that its schema lacks: {quote_names(unknown)}"


def _warnings_about_kept_fields(stream: Stream, patterns: StreamPatterns) -> Iterator[str]:
    """Name the fields that a pattern leaves out and that are always written."""
    kept = patterns.kept_all_the_same(stream.name, automatic_fields(stream))
    if kept:
        yield f"streams leaves out fields that are always written: {', '.join(kept)}"


def _warnings_about_required_fields(schema: Mapping[str, Any], promised: Collection[Path]) -> Iterator[str]:
    """Name the fields that are required though Intercom may leave them out."""
    names = list(dict.fromkeys(".".join(path) for path in required(schema) if path not in promised))
    if names:
        yield (
            "the catalog requires fields that Intercom may leave out, so its SCHEMA does not, and records come without "
            f"them: {quote_names(names)}"
        )


def _warnings_about_formats(schema: Mapping[str, Any]) -> Iterator[str]:
    """Name the fields with a format that the tap does not write: it writes times as date-time, and no other format."""
    formats = ((path, field.get("format")) for path, _, field in fields(schema))
    names = list(dict.fromkeys(".".join(path) for path, word in formats if word is not None and word != "date-time"))
    if names:
        yield f"the catalog gives fields a format that no value is brought into: {quote_names(names)}"
