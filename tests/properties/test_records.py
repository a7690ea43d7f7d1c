"""Whatever Intercom sends: records that fit their schema, each on one line, or a refusal that has a name."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from tap_intercom.api.types import InvalidBody
from tap_intercom.errors import ContractError
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Layout, Stream
from tap_intercom.streams.table import STREAMS_V1, load_schema, streams_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
every_stream = pytest.mark.parametrize("stream", STREAMS_V1, ids=lambda stream: stream.name)
few = settings(max_examples=20)  # for each stream
many = settings(max_examples=200)

SECONDS = [-62135596801, -62135596800, -1, 0, 64654125776, 253402300799, 253402300800, 1397574667000]
NUMBERS = [1.0, 0.5, -0.0, 1e18, 1e308, 2**63, -(2**63) - 1, 2**64, 10**30]
TEXTS = [
    "",
    "null",
    "true",
    "12",
    "012",
    "1.0",
    "1e3",
    "1e400",
    "NaN",
    "line\nbreak",
    "\u2028",
    "\ud800",
    "😀",
    "error.list",
]
MOMENTS = [
    "1397574667",
    "1397574667000",
    "2019-03-23",
    "2019-03-23T22:20:18",
    "2019-03-23T22:20:18.253+00:00",
    "2019-03-23T22:20:18+05:30",
    "2019-03-23 22:20:18 UTC",
    "0001-01-01T00:00:00+05:00",
    "9999-12-31T23:59:59-05:00",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([*SECONDS, *NUMBERS, *TEXTS, *MOMENTS]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "name", "type", "tags", "stranger"]), inner, max_size=3),
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(["id", "class", "a-b", "1x", "__dict__", "__init__", "", "é", "field_1", 'quo"te', "tags"])
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
PLACES = st.sampled_from([{}, {"enum": [1, "a"]}, {"$ref": "#/x"}, {"type": "string", "format": "date-time"}])
SCHEMAS = st.recursive(
    PLACES | st.builds(dict, type=TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True)),
    lambda inner: st.one_of(
        st.builds(dict, type=st.just(["null", "object"]), properties=st.dictionaries(NAMES, inner, max_size=4)),
        st.builds(dict, type=st.just("array"), items=inner),
        st.dictionaries(
            st.sampled_from(["anyOf", "oneOf", "allOf"]), st.lists(inner, max_size=3), min_size=1, max_size=1
        ),
    ),
    max_leaves=6,
)


def in_utc(value: object) -> bool:
    return not isinstance(value, str) or (value.endswith("Z") and datetime.fromisoformat(value) is not None)


FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(in_utc)


def layout_of(stream: Stream) -> Layout:
    return stream.detail.layout if stream.parent and stream.detail else stream.layout


def answer_with(layout: Layout, records: list[Any]) -> str:
    answer: Any = records
    for key in reversed(layout.records_at):
        answer = {key: answer}
    return json.dumps(answer)


def values_for(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Give values for a place in a schema: such as Intercom sends, and such as nobody should."""
    fitting: list[st.SearchStrategy[Any]] = [JSON]
    if "properties" in schema:
        optional = {name: values_for(part) for name, part in schema["properties"].items()}
        fitting.append(st.fixed_dictionaries({}, optional=optional))
    if "items" in schema:
        fitting.append(st.lists(values_for(schema["items"]), max_size=2))
    if "date-time" in json.dumps(schema):
        fitting.append(st.integers(0, 2**33))
    return st.one_of(fitting)


def records_of(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    keys = {name: st.sampled_from(["1", 2, "ä"]) for name in schema["required"]}
    others = {name: values_for(part) for name, part in schema["properties"].items() if name not in keys}
    return st.fixed_dictionaries(keys, optional={**others, "stranger": JSON})


def lines_of(records: list[Any]) -> list[bytes]:
    lines = msgspec.json.Encoder().encode_lines(records).split(b"\n")
    assert lines.pop() == b""
    assert len(lines) == len(records)
    return lines


@every_stream
@few
@given(data=st.data())
def test_whatever_a_field_holds_its_record_fits_the_schema_on_one_line(stream: Stream, data: st.DataObject) -> None:
    schema, layout = load_schema(stream.name), layout_of(stream)
    records = data.draw(st.lists(records_of(schema), min_size=1, max_size=2))
    validator = Draft7Validator(schema, format_checker=FORMATS)
    reader = Reader(layout, schema)
    for _ in range(2):  # the second time with what was learned from the first
        page = reader.read(answer_with(layout, records).encode())
        assert len(page.records) == len(records)
        for line in lines_of(page.records):
            validator.validate(json.loads(line))


# What is no moment in seconds (years 1 to 9999), nor in milliseconds (years 2011 to 2049).
NEVER = (
    st.integers(253_402_300_800, 1_293_839_999_999)
    | st.integers(min_value=2_524_608_000_000)
    | st.integers(max_value=-62_135_596_801)
    | st.sampled_from([253_402_329_599, 607_034_390_400, 8_640_000_000_000, 2**63 - 1])
)


def with_moments(schema: dict[str, Any], moment: object) -> Any:
    """Make a value for a place in a schema that holds a moment wherever one may be."""
    parts = [schema, *schema.get("anyOf", [])]
    if any(part.get("format") == "date-time" for part in parts):
        return moment
    if "properties" in schema:
        return {name: with_moments(part, moment) for name, part in schema["properties"].items()}
    return [with_moments(schema["items"], moment)] if "items" in schema else None


def moments_in(value: Any, schema: dict[str, Any]) -> list[Any]:
    """Give what stands where a moment may be."""
    if any(part.get("format") == "date-time" for part in [schema, *schema.get("anyOf", [])]):
        return [value]
    if "properties" in schema and value is not None:
        return [one for name, part in schema["properties"].items() for one in moments_in(value.get(name), part)]
    return [one for item in value or [] for one in moments_in(item, schema["items"])] if "items" in schema else []


@pytest.mark.parametrize("name", sorted({stream.schema_name for stream in (*STREAMS_V1, *streams_of("2.16"))}))
@settings(max_examples=5)
@given(never=NEVER, as_text=st.booleans())
def test_a_number_that_is_no_moment_of_any_unit_is_null_and_counted(name: str, never: int, as_text: bool) -> None:
    schema = load_schema(name)
    record = with_moments(schema, str(never) if as_text else never)
    record |= dict.fromkeys(schema["required"], 1)
    optional = {name: part for name, part in schema["properties"].items() if name not in schema["required"]}
    reader = Reader(Layout(records_at=("data",)), schema, key=schema["required"])
    for _ in range(2):
        (read,) = reader.read(json.dumps({"data": [record]}).encode()).records
        row = json.loads(msgspec.json.encode(read))
        found = moments_in(row, {"properties": optional})
        assert found == [None] * len(found)
    assert sum(reader.coerced.values()) >= 2 * len(moments_in(record, {"properties": optional}))


@given(st.integers(-(10**15), 10**15) | NEVER, st.booleans())
def test_a_moment_is_in_seconds_or_in_the_milliseconds_of_intercoms_years(number: int, as_text: bool) -> None:
    moment = {"type": ["null", "string"], "format": "date-time"}
    reader = Reader(Layout(records_at=("data",)), {"type": "object", "required": [], "properties": {"at": moment}})
    body = json.dumps({"data": [{"at": str(number) if as_text else number}]})
    (record,) = reader.read(body.encode()).records
    if -62_135_596_800 <= number < 253_402_300_800:
        assert record.at == EPOCH + timedelta(seconds=number)
        assert not reader.coerced
    elif 1_293_840_000_000 <= number < 2_524_608_000_000:
        assert record.at == EPOCH + timedelta(milliseconds=number)
        assert 2011 <= record.at.year < 2050
        assert reader.coerced == {"at": 1}
    else:
        assert record.at is None
        assert reader.coerced == {"at": 1}


@every_stream
@few
@given(data=st.data())
def test_reading_at_once_and_field_by_field_agree(stream: Stream, data: st.DataObject) -> None:
    schema, layout = load_schema(stream.name), layout_of(stream)
    schema["properties"]["misfit"] = {"type": ["null", "boolean"]}
    record = data.draw(records_of(schema))
    typed = Reader(layout, schema).read(answer_with(layout, [{**record, "misfit": True}]).encode())
    bent = Reader(layout, schema).read(answer_with(layout, [{**record, "misfit": "perhaps"}]).encode())
    bent.records[0].misfit = typed.records[0].misfit
    assert json.loads(msgspec.json.encode(typed.records)) == json.loads(msgspec.json.encode(bent.records))


@many
@given(body=st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
@pytest.mark.parametrize(
    "layout",
    [Layout(), Layout(records_at=("tags",)), Layout(records_at=("tags", "tags"), inherit={"name": "tags.name"})],
    ids=["whole", "list", "nested"],
)
def test_whatever_the_body_is_it_is_read_or_refused(layout: Layout, body: bytes) -> None:
    try:
        page = Reader(layout, load_schema("tags")).read(body)
    except (InvalidBody, ContractError):
        return
    lines_of(page.records)


@many
@given(
    parts=st.dictionaries(NAMES, SCHEMAS, max_size=5),
    records=st.lists(st.dictionaries(NAMES, JSON | st.dictionaries(NAMES, JSON, max_size=2), max_size=5), max_size=2),
    unselected=st.sets(st.lists(NAMES, min_size=1, max_size=2).map(tuple), max_size=3),
)
def test_a_schema_of_any_form_is_read_by(
    parts: dict[str, Any], records: list[dict[str, Any]], unselected: set[tuple[str, ...]]
) -> None:
    schema = {"type": "object", "required": [], "properties": parts}
    layout = Layout(records_at=("things",), unwrap={"tags": "tags"}, inherit={"a-b": "other", "class": "deep.er"})
    body = json.dumps({"things": records, "other": records, "deep": {"er": 1}}).encode()
    reader = Reader(layout, schema, unselected)
    for _ in range(2):
        for line in lines_of(reader.read(body).records):
            arrived = json.loads(line).keys()
            assert arrived <= parts.keys()
            assert not any((name,) in unselected for name in arrived)


def own_layout(stream: Stream) -> Layout:
    child = stream.detail.layout if stream.detail else stream.inline
    return child if stream.parent and child else stream.layout


VERSIONS = ("1.4", "2.7", "2.16")
LISTED = {
    stream.schema_name: stream
    for version in VERSIONS
    for stream in streams_of(version)
    if own_layout(stream).records_at and not (own_layout(stream).value_field or own_layout(stream).inner)
}


def narrow(schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the type besides null that a place in a schema has, and what is said of it."""
    (schema,) = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    kinds = schema.get("type", "string")
    (kind, *_) = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
    return kind, schema


def sound(schema: dict[str, Any]) -> Any:
    """Make a value as Intercom sends it; two of all that can be listed."""
    kind, schema = narrow(schema)
    if kind == "object":
        return {name: sound(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [sound(schema["items"]), sound(schema["items"])] if schema.get("items") else []
    if kind == "string":
        return 1_600_000_000 if schema.get("format") else "a"
    return kind == "boolean" or 7


def lists_within(schema: dict[str, Any], value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, list[Any]]]:
    """Give the lists of a value whose items the schema describes, with their names."""
    _, schema = narrow(schema)
    if isinstance(value, dict):
        for name, member in value.items():
            yield from lists_within(schema["properties"][name], member, (*path, name))
    elif isinstance(value, list) and value:
        if narrow(schema["items"])[0] in {"object", "array"}:  # a null is a value among single ones
            yield ".".join(path), value
        for item in value:
            yield from lists_within(schema["items"], item, path)


@pytest.mark.parametrize("stream", LISTED.values(), ids=LISTED)
@settings(max_examples=15)
@given(data=st.data())
def test_an_odd_item_of_any_list_is_all_that_is_missing(stream: Stream, data: st.DataObject) -> None:
    schema, layout = load_schema(stream.schema_name), own_layout(stream)

    plain = replace(layout, records_at=tuple(key.split("|")[0] for key in layout.records_at))

    def read(records: list[Any]) -> tuple[list[Any], dict[str, int]]:
        around = {path: "1" for path in layout.inherit.values() if "." not in path}
        answer = {**around, **json.loads(answer_with(plain, records))}
        reader = Reader(layout, schema, key=stream.key)
        rows = json.loads(msgspec.json.encode(reader.read(json.dumps(answer).encode()).records))
        for row in rows:
            row.pop(layout.position, None)
        return rows, reader.left_out

    records = [sound(schema), sound(schema)]
    clean, nothing = read(records)
    assert (len(clean), nothing) == (2, {})
    nested = [found for record in records for found in lists_within(schema, record)]
    name, items = data.draw(st.sampled_from([("(records)", records), *nested]))
    odd = [None, True, 7, "text", [], *([] if layout.position else [{}])] if items is records else [None]
    items.insert(data.draw(st.integers(0, len(items))), data.draw(st.sampled_from(odd)))
    assert read(records) == (clean, {name: 1})
