"""Whatever type an attribute is said to have and whatever it holds: a record is valid, and no value is lost."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from tap_intercom.discovery.samples import extended_schema, sample_of
from tap_intercom.discovery.workspace_attributes import with_attributes
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Layout, Stream

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "custom_attributes": {"type": ["null", "object"], "additionalProperties": True},
    },
}
LAYOUT = Layout(records_at=("data",))
THINGS = Stream(name="things", permission="", layout=LAYOUT)
TYPES = ["string", "list", "integer", "float", "decimal", "boolean", "date", "datetime", "files", "relationship", "?"]

names = st.sampled_from(
    [
        "a",
        "a__text",
        "a__text_",
        "A__TEXT",
        "a__text__text",
        "Größe",
        "paid at",
        "a.b",
        'a "b"',
        "id",
        "class",
        "__x",
        "type",
    ]
)
described = st.dictionaries(names, st.sampled_from(TYPES))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)  # a NUL is taken out
    | st.sampled_from(["5", "1397574667", "2014-04-15T15:11:07Z", "tomorrow", "true", 1397574667, 1397574667000, -5])
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))
attributes = st.dictionaries(names, values, max_size=5)
pages = st.lists(st.lists(st.none() | attributes, min_size=1, max_size=3), min_size=1, max_size=3)


@given(described, pages)
def test_attributes_are_as_declared_and_none_is_lost_or_takes_the_place_of_another(
    types: dict[str, str], sent: list[list[Any]]
) -> None:
    rows = [{"name": name, "data_type": data_type} for name, data_type in types.items()]
    schema = with_attributes(SCHEMA, "custom_attributes", rows)
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    reader = Reader(LAYOUT, schema)
    for page in sent:
        body = json.dumps({"data": [{"id": "1", "custom_attributes": held} for held in page]}).encode()
        for record, held in zip(reader.read(body).records, page, strict=True):
            row = json.loads(msgspec.json.encode(record))
            assert not list(validator.iter_errors(row))
            assert (row["custom_attributes"] is None) is (held is None)
            if held is not None:
                check_attributes(types, held, row["custom_attributes"])
    assert not reader.unknown


def check_attributes(types: dict[str, str], held: dict[str, Any], told: dict[str, Any]) -> None:
    """See that each value is there; one that does not fit is beside, under a name that no attribute has."""
    beside = []
    for name, value in held.items():
        if name not in types or types[name] == "?":
            assert told[name] == value
        elif value is not None and value != "" and told[name] is None:
            beside.append(name)
    attributes = {*(name for name, kind in types.items() if kind != "?"), *held}
    made = {name: value for name, value in told.items() if name not in attributes}
    told_of = sorted(name.rstrip("_").removesuffix("__text").rstrip("_") for name in made)
    assert told_of == sorted(name.rstrip("_") for name in beside)
    assert all(isinstance(value, str) for value in made.values())
    assert not {name.casefold() for name in made} & {name.casefold() for name in attributes}


@given(st.lists(st.dictionaries(names.map(lambda name: f"new {name}"), values, max_size=4), max_size=4))
def test_what_a_sample_shows_is_read_with_the_types_that_it_shows(records: list[dict[str, Any]]) -> None:
    body = json.dumps({"data": [{"id": "1", **record} for record in records]}).encode()
    schema, _ = extended_schema(sample_of(THINGS, THINGS, SCHEMA, body))
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    sample = sample_of(THINGS, THINGS, schema, body)
    for row, record in zip(sample.rows, records, strict=True):
        assert not list(validator.iter_errors(row))
        for name in schema["properties"].keys() & record.keys():
            # A value that says nothing of a type may be nothing in the type that others say.
            assert row[name] is not None or record[name] in (None, "", [], {})
