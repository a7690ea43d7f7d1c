"""An operator may edit the catalog: fields of any form are read."""

import json
from typing import Any

import msgspec
import pytest

from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Layout

LAYOUT = Layout(records_at=("items",), unwrap={"tags": "tags"})
TEXT = {"type": ["null", "string"]}
MOMENT = {"type": "string", "format": "date-time"}


def read(schema: dict[str, Any], wire: str, unselected: tuple[tuple[str, ...], ...] = ()) -> Any:
    page = Reader(LAYOUT, schema, unselected).read(f'{{"items":[{wire}]}}'.encode())
    return json.loads(msgspec.json.encode(page.records[0]))


def read_field(schema: object, wire: str, name: str = "x") -> Any:
    record = read({"type": "object", "properties": {name: schema}}, f'{{"{name}":{wire}}}')
    return record.get(name, "left out")


@pytest.mark.parametrize(
    "schema",
    [
        {},
        True,
        {"enum": [1, "a"]},
        {"$ref": "#/definitions/x"},
        {"allOf": [{}]},
        {"anyOf": [{}, {"type": "null"}]},
        {"anyOf": []},
    ],
)
@pytest.mark.parametrize("wire", ['{"a":[1,null]}', "12", '"12"', "true", "[]"])
def test_a_place_that_says_too_little_passes_what_comes(schema: object, wire: str) -> None:
    assert read_field(schema, wire) == json.loads(wire)


@pytest.mark.parametrize(
    ("schema", "wire", "value"),
    [
        ({"type": ["integer", "string"]}, "12", 12),
        ({"type": ["integer", "string"]}, "1.5", "1.5"),
        ({"type": ["integer", "boolean", "null"]}, "-1.5", None),
        ({"type": ["integer", "boolean"]}, "1.5", "left out"),
        ({"type": ["integer", "boolean"]}, "null", "left out"),
        ({"type": ["integer", "number", "boolean"]}, "1.5", 1.5),
        ({"type": ["integer", "string"]}, '{"a":[1,null]}', '{"a":[1,null]}'),
        ({"type": ["integer", "string"]}, "true", "true"),
        ({"type": ["object", "string"], "properties": {"a": TEXT}}, '{"a":1}', {"a": 1}),
        ({"type": ["object", "string"], "properties": {"a": TEXT}}, "[]", "[]"),
        ({"anyOf": [TEXT, {"type": "integer"}]}, "null", None),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "null", "left out"),
        ({"oneOf": [{"type": "object"}, {"type": "array"}]}, "12", "left out"),
        ({"oneOf": [{"type": "object"}, {"type": "array"}]}, "[1]", [1]),
        ({"allOf": [TEXT, {}]}, "12", "12"),
        ({"allOf": [TEXT, {"type": "integer"}]}, "12", "left out"),
        ({"type": "null"}, "12", None),
        ({"anyOf": [{"type": "null"}]}, '"a"', None),
        ({"type": "array", "items": {"type": ["integer", "boolean"]}}, '[1,1.5,null,"a",true]', [1, True]),
        ({"type": "array", "items": {"type": ["integer", "null"]}}, '[1,null,"a"]', [1, None, None]),
        ({"type": "array", "items": {"type": "integer"}}, '[1,null,"a"]', [1]),
        ({"type": "array", "items": {"type": ["string", "boolean"]}}, "[null]", []),
    ],
)
def test_a_place_of_several_types_holds_a_value_of_one_of_them(schema: object, wire: str, value: object) -> None:
    whole = {"type": "object", "required": [], "properties": {"x": schema}}
    assert read(whole, f'{{"x":{wire}}}').get("x", "left out") == value
    assert read_field({"type": "array", "items": schema}, f"[{wire}]") == ([] if value == "left out" else [value])


def test_what_became_of_another_type_is_counted() -> None:
    reader = Reader(LAYOUT, {"type": "object", "properties": {"x": {"type": ["integer", "string"]}}})
    reader.read(b'{"items":[{"x":1},{"x":1.5},{"x":true},{"x":"a"}]}')
    assert reader.coerced == {"x": 2}


@pytest.mark.parametrize(
    ("schema", "wire", "value"),
    [
        ({"anyOf": [MOMENT, {"type": "null"}]}, "1", "1970-01-01T00:00:01Z"),
        ({"oneOf": [{"type": "null"}, MOMENT]}, "null", None),
        ({"anyOf": [{"anyOf": [{"type": "null"}, MOMENT]}]}, "1", "1970-01-01T00:00:01Z"),
        ({"type": ["integer", "number", "null"]}, '"1.5"', 1.5),
        ({"type": "array", "items": {"type": "array", "items": MOMENT}}, "[[1],[]]", [["1970-01-01T00:00:01Z"], []]),
        (
            {"type": "array", "items": {"type": "object", "properties": {"at": MOMENT}}},
            '[{"at":1}]',
            [{"at": "1970-01-01T00:00:01Z"}],
        ),
        ({"type": "array", "items": {}}, '[1,"a",null]', [1, "a", None]),
        ({"type": "array", "items": True}, '[1,"a",null]', [1, "a", None]),
        ({"type": "object", "properties": {}}, '{"a":1}', {"a": 1}),
        (
            {"type": "object", "properties": {"a": TEXT}, "additionalProperties": True},
            '{"a":1,"b":2}',
            {"a": "1", "b": 2},
        ),
        ({"type": "object", "properties": {"a": TEXT}, "additionalProperties": {}}, '{"b":2}', {"a": None, "b": 2}),
        ({"type": "object", "properties": {"a": TEXT}}, '{"a":1,"b":2}', {"a": "1"}),
        ({"type": "string", "enum": ["a"]}, '"b"', "b"),
    ],
)
def test_a_place_with_one_type_is_read_as_that(schema: dict[str, Any], wire: str, value: object) -> None:
    assert read_field(schema, wire) == value


@pytest.mark.parametrize("schema", [{"type": "array"}, {"type": ["null", "array"], "items": True}])
def test_a_list_of_anything_is_denested(schema: dict[str, Any]) -> None:
    assert read_field(schema, '{"type":"tag.list","tags":[1,{"a":2}]}', "tags") == [1, {"a": 2}]


def test_a_list_of_lists_is_denested_once() -> None:
    schema = {"type": "array", "items": {"type": "array", "items": {}}}
    assert read_field(schema, '{"tags":[[1],{"tags":[2]}]}', "tags") == [[1], [2]]


@pytest.mark.parametrize(
    "schema", [{"type": "string"}, {"type": "object"}, {"type": "object", "properties": {"a": TEXT}}]
)
@pytest.mark.parametrize("record", ["{}", '{"x":null}', '{"x":[]}'])
def test_a_value_that_must_not_be_null_is_left_out_where_there_is_none(schema: dict[str, Any], record: str) -> None:
    whole = {"type": "object", "required": ["id"], "properties": {"x": schema}}
    assert read(whole, record) == ({"x": "[]"} if schema["type"] == "string" and "[]" in record else {})


@pytest.mark.parametrize("record", ["{}", '{"id":null}'])
@pytest.mark.parametrize("required", [{"required": ["id"]}, {"required": True}, {}])
@pytest.mark.parametrize("kind", [TEXT, {"type": "string"}])
def test_a_record_without_its_key_is_left_out(required: dict[str, Any], kind: dict[str, Any], record: str) -> None:
    schema = {"type": "object", "properties": {"id": kind}, **required}
    reader = Reader(LAYOUT, schema)
    page = reader.read(f'{{"items":[{record}, {{"id":"1"}}]}}'.encode())
    assert msgspec.to_builtins(page.records) == [{"id": "1"}]
    assert reader.left_out == {"(records)": 1}


def test_what_a_catalog_requires_besides_the_key_may_be_missing() -> None:
    fields = {"id": {"type": "string"}, "email": {"type": "string"}, "name": TEXT}
    schema = {"type": "object", "required": ["id", "email", "name", "gone"], "properties": fields}
    assert read(schema, '{"id":"1"}') == {"id": "1", "name": None}


def test_a_field_with_a_name_that_cannot_be_declared_is_left_out() -> None:
    assert read({"type": "object", "properties": {'quo"te': TEXT, "id": TEXT}}, r'{"quo\"te":"a","id":"1"}') == {
        "id": "1"
    }


def test_members_of_open_objects_can_be_left_out() -> None:
    for schema in ({"type": "object"}, {}, {"type": "object", "properties": {"a": TEXT}, "additionalProperties": True}):
        whole = {"type": "object", "properties": {"x": schema}}
        assert read(whole, '{"x":{"a":1,"b":[2]}}', (("x", "a"),)) == {"x": {"b": [2]}}


def test_a_schema_without_fields_gives_empty_records() -> None:
    assert read({"type": "object"}, '{"id":"1"}') == {}
