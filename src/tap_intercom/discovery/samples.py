"""What answers of a stream show that its schema does not know."""

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
    """A stream with its parent (or itself), its schema, and an answer that it was read from, where there is one.

    `rows` are the records of the answer as they are written.
    """

    stream: Stream
    parent: Stream
    schema: Schema
    body: bytes | None = None
    rows: Sequence[Mapping[str, Any]] = ()


def sample_of(stream: Stream, parent: Stream, schema: Schema, body: bytes) -> Sample:
    """Read an answer of a stream, or of its parent where its records lie within those. Raises what a Reader raises."""
    sample = Sample(stream, parent, schema, body)
    return msgspec.structs.replace(sample, rows=_rows(sample, schema, body))


def extended(sample: Sample) -> tuple[Schema, list[str]]:
    """Give the schema with the fields besides its own that the answers have, and the names of these.

    A field whose values say nothing of its type is left out. Raises what a Reader raises.
    """
    schema, body = sample.schema, sample.body
    if body is None or not (unknown := _unknown(sample, body)):
        return schema, []
    # The first reading tells where fields are; the second, in which anything may be there, what they hold.
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
    """Make the reader of the answer. An outline takes no more than it has, so nothing in it is unknown."""
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


def _unknown(sample: Sample, body: bytes) -> list[Path]:
    """Find the fields that the schema lacks, and that no other stream has; a crowd of them is made of data."""
    reader = _reader(sample, sample.schema, watch=True)
    reader.read(body)
    elsewhere = _layout(sample.stream).other_streams_fields
    crowds = Counter(path[:-1] for path in reader.unknown_fields)
    known = (
        path
        for path in reader.unknown_fields
        if ".".join(path) not in elsewhere and crowds[path[:-1]] <= MOST_UNKNOWN_FIELDS
    )
    return sorted(known)


def _values(held: Any, path: Path) -> Iterator[Any]:
    """Give the values of a field; the items of a list are not a step of its path."""
    if not path:
        yield held
    elif isinstance(held, list):
        for item in held:
            yield from _values(item, path)
    elif isinstance(held, dict):
        yield from _values(held.get(path[0]), path[1:])
