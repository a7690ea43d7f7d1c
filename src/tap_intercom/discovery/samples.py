"""Samples: the first records of a stream, and the fields in them that its schema lacks."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from tap_intercom.discovery.type_inference import Schema, infer
from tap_intercom.json_schema import Path, with_field
from tap_intercom.records.containers import MOST_UNKNOWN_FIELDS
from tap_intercom.records.nested_reader import NestedReader
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Layout, Stream


class Sample(msgspec.Struct, frozen=True):
    """The first records of a stream.

    `parent`: the parent of the stream; the stream itself where it has none.
    `schema`: the schema that the records were read with.
    `body`: the answer that has them, where there is one.
    `rows`: the records as a sync would write them.
    """

    stream: Stream
    parent: Stream
    schema: Schema
    body: bytes | None = None
    rows: Sequence[Mapping[str, Any]] = ()


def sample_of(stream: Stream, parent: Stream, schema: Schema, body: bytes) -> Sample:
    """Read the records of an answer: of the stream's own, or of its parent's for an inline child stream.

    Raises what a Reader raises.
    """
    sample = Sample(stream, parent, schema, body)
    return msgspec.structs.replace(sample, rows=_rows(sample, schema, body))


def extended_schema(sample: Sample) -> tuple[Schema, list[str]]:
    """Add the fields to the schema that it lacks and the records have; give it with the dotted names of those fields.

    A field whose values are all null or empty is not added. Raises what a Reader raises.
    """
    schema, body = sample.schema, sample.body
    if body is None or not (unknown := _unknown_fields(sample, body)):
        return schema, []
    # The first reading found the paths of the fields; the second, which allows any value there, finds their values.
    opened = schema
    for path in unknown:
        opened = with_field(opened, path, {})
    rows = _rows(sample, opened, body)
    added = []
    for path in unknown:
        found = infer(path[-1], (value for row in rows for value in _values(row, path)), within=len(path) > 1)
        if found is not None:
            schema = with_field(schema, path, found)
            added.append(".".join(path))
    return schema, added


def _reader(sample: Sample, schema: Schema, *, watch: bool) -> Reader:
    """Make the reader of the answer. Of a stream that is partial, no field counts as unknown."""
    layout, key = _layout(sample.stream), sample.stream.key
    within = sample.stream.inline is layout
    around, inner = (sample.parent.layout, layout) if within else (layout, layout.inner)
    if inner is None:
        return Reader(layout, schema, key=key, watch=watch and not layout.is_partial)
    return NestedReader(around, inner, schema, key=key, watch=watch and not inner.is_partial)


def _layout(stream: Stream) -> Layout:
    if stream.parent is not None and stream.detail is not None:
        return stream.detail.layout
    return stream.inline or stream.layout


def _rows(sample: Sample, schema: Schema, body: bytes) -> list[dict[str, Any]]:
    records = _reader(sample, schema, watch=False).read(body).records
    return msgspec.json.decode(msgspec.json.encode(records), type=list[dict[str, Any]])


def _unknown_fields(sample: Sample, body: bytes) -> list[Path]:
    """Find the fields that the schema lacks and no other stream has.

    More than MOST_UNKNOWN_FIELDS in one object are keys that are data themselves, and not fields: none of them counts.
    """
    reader = _reader(sample, sample.schema, watch=True)
    reader.read(body)
    elsewhere = _layout(sample.stream).other_streams_fields
    counts = Counter(path[:-1] for path in reader.unknown_fields)
    return sorted(
        path
        for path in reader.unknown_fields
        if ".".join(path) not in elsewhere and counts[path[:-1]] <= MOST_UNKNOWN_FIELDS
    )


def _values(value: Any, path: Path) -> Iterator[Any]:
    """Give the values at a path in a record; of a list, those in all of its items."""
    if not path:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])
