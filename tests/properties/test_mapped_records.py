"""Whatever is flattened and mapped: a record has the columns of its SCHEMA and no other, and no value is lost."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from tap_intercom.config.config import configure
from tap_intercom.discovery.workspace_attributes import with_attributes
from tap_intercom.records.reader import Reader
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.singer.stream_maps import MappedStream, mapped_streams
from tap_intercom.streams.model import Layout, Stream
from tap_intercom.streams.table import load_schema, streams_of

LEAST = {"access_token": "a-token", "start_date": "2019-01-01T00:00:00Z"}
ATTRIBUTES = [
    {"name": name, "data_type": kind}
    for name, kind in [
        *[("plan", "string"), ("seats", "integer"), ("seats__text", "string"), ("paid at", "date")],
        *[("order", "relationship"), ("files", "files"), ("Größe", "float")],
    ]
]
STREAMS = {stream.name: stream for version in ("1.4", "2.16") for stream in streams_of(version)}
every_stream = pytest.mark.parametrize("stream", STREAMS.values(), ids=lambda stream: stream.name)
few = settings(max_examples=5)  # for each stream

MEMBERS = st.sampled_from(["plan", "seats", "seats__text", "paid at", "order", "files", "Größe", "new", "a__b", "type"])
SCALARS = (
    st.none() | st.booleans() | st.integers(0, 2**33) | st.text(max_size=3) | st.sampled_from(["many", "5", "[1]"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(MEMBERS, inner, max_size=3), max_leaves=5
)

VALUES = {
    "boolean": st.booleans(),
    "integer": st.integers(0, 9),
    "number": st.integers(0, 9),
    "string": st.text(max_size=3),
    "array": st.lists(JSON, max_size=2),
}


def typed(stream: Stream) -> dict[str, Any]:
    """Give a stream's schema as a discovery leaves it, where it has attributes."""
    schema = load_schema(stream.schema_name)
    for holder in ("custom_attributes", "ticket_attributes"):
        schema = with_attributes(schema, holder, ATTRIBUTES)
    return schema


def values_for(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Give values for a place in a schema, all of which can be read; and null, and nothing."""
    if "properties" in schema:
        known = {name: st.none() | values_for(part) for name, part in schema["properties"].items()}
        fixed = st.fixed_dictionaries({}, optional=known)
        if schema.get("additionalProperties") is not True:
            return fixed
        return st.tuples(st.dictionaries(MEMBERS, JSON, max_size=3), fixed).map(lambda both: {**both[1], **both[0]})
    if "items" in schema:
        return st.lists(values_for(schema["items"]), max_size=2)
    told = json.dumps(schema)
    if "date-time" in told:
        return st.integers(0, 2**33)
    kinds = [kind for kind in ("boolean", "integer", "number", "string", "array") if f'"{kind}"' in told]
    return VALUES[kinds[0]] if kinds else st.dictionaries(MEMBERS, JSON, max_size=3)


def records_of(stream: Stream, schema: dict[str, Any], data: st.DataObject) -> list[dict[str, Any]]:
    """Draw records, and give them as the tap reads them."""
    optional = {name: part for name, part in schema["properties"].items() if name not in schema["required"]}
    drawn = data.draw(st.lists(values_for({"properties": optional}), min_size=1, max_size=3))
    body = {"data": [{**record, **dict.fromkeys(schema["required"], 1)} for record in drawn]}
    reader = Reader(Layout(records_at=("data",)), schema)
    read = [json.loads(msgspec.json.encode(record)) for record in reader.read(json.dumps(body).encode()).records]
    assert all(record.keys() == schema["properties"].keys() for record in read), stream.name
    return read


def made_of(stream: Stream, schema: dict[str, Any], **config: Any) -> list[MappedStream]:
    choice = SelectedStream(stream, schema, schema, frozenset())
    return mapped_streams(configure({**LEAST, **config}), [stream.name], [choice])[stream.name]


def leaves(value: Any) -> Iterator[str]:
    """Give all that a value holds but null, whether it is nested or in a text of JSON."""
    if isinstance(value, str):
        try:
            inner = json.loads(value)
        except ValueError:
            inner = value
        if isinstance(inner, dict | list):
            value = inner
    if isinstance(value, dict | list):
        for held in value.values() if isinstance(value, dict) else value:
            yield from leaves(held)
    elif value is not None:
        yield value if isinstance(value, str) else json.dumps(value)


@every_stream
@few
@given(data=st.data(), depth=st.integers(1, 4))
def test_a_flat_record_is_as_its_schema_says_and_holds_all_that_the_record_does(
    stream: Stream, data: st.DataObject, depth: int
) -> None:
    schema = typed(stream)
    (made,) = made_of(stream, schema, flattening_enabled=True, flattening_max_depth=depth)
    records = records_of(stream, schema, data)
    columns = made.schema["properties"]
    assert not any({"object", "array"} & {*part["type"]} for part in columns.values())
    validator = Draft7Validator({**made.schema, "additionalProperties": False})
    for record, row in zip(records, made.records(records), strict=True):
        assert row.keys() == columns.keys()
        assert not list(validator.iter_errors(row))
        assert Counter(leaves(row)) == Counter(leaves(record))
    assert made.flattening is not None
    assert not made.flattening.left_out


@every_stream
@few
@given(data=st.data(), depth=st.integers(0, 3))
def test_a_mapped_record_has_the_columns_of_its_schema_and_no_other(
    stream: Stream, data: st.DataObject, depth: int
) -> None:
    schema, key = typed(stream), stream.key[0]
    others = [name for name in schema["properties"] if name not in stream.key]
    words = st.sampled_from([None, key, f"str({key})", "record", "'a text'", *filter(str.isidentifier, others)])
    rule: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from([*others, "new", "new__one"]), words, max_size=4))
    options = {"__else__": None, "__alias__": "other", "__filter__": f"{key} != '2'", **dict.fromkeys(stream.key, key)}
    chosen = data.draw(st.sets(st.sampled_from(["__else__", "__alias__", "__filter__"])))
    rule |= {name: options[name] for name in chosen}
    if "__else__" in chosen:
        rule |= {name: name for name in stream.key}
    maps = {stream.name: rule} | ({"copy": {"__source__": stream.name, key: key}} if data.draw(st.booleans()) else {})
    flat = {"flattening_enabled": True, "flattening_max_depth": depth} if depth else {}
    records = records_of(stream, schema, data)
    for made in made_of(stream, schema, stream_maps=maps, **flat):
        columns = made.schema["properties"].keys()
        assert {*made.key} <= columns
        rows = made.records(records)
        assert len(rows) == len(records)
        assert all(row.keys() == columns for row in rows)
