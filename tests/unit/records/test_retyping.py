"""What the tap needs of a record is read in its own way, and written as the catalog types it."""

from typing import Any

import msgspec
import pytest

from tap_intercom.errors import ConfigError
from tap_intercom.records.reader import Reader
from tap_intercom.records.retyping import Retyping, needed, schema_for_reading
from tap_intercom.records.scalars import Notes
from tap_intercom.streams.model import Detail, Layout, Stream

OWN: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "updated_at": {"type": ["null", "string"], "format": "date-time"},
        "position": {"type": "integer"},
        "model": {"type": ["null", "string"]},
        "email": {"type": ["null", "string"]},
    },
}
LAYOUT = Layout(records_at=("items",), position="position")
STREAM = Stream(
    name="people",
    permission="Read",
    replication_key="updated_at",
    layout=LAYOUT,
    exclude_values={"model": frozenset({"company"})},
)
WIRE = b'{"items":[{"id":7,"updated_at":1600000000,"model":"contact","email":"a"}]}'


def written(wire: bytes = WIRE, **properties: Any) -> tuple[dict[str, Any], Notes]:
    """Read a record by a catalog with these properties changed, None where one is not there; give it as written."""
    found = {**OWN["properties"], **properties}
    schema = {"type": "object", "properties": {name: rule for name, rule in found.items() if rule is not None}}
    notes = Notes()
    records = Reader(LAYOUT, schema_for_reading(STREAM, OWN, schema)).read(wire).records
    before = msgspec.to_builtins(records)
    (record,) = Retyping(STREAM, OWN, schema, notes).retyped(records)
    assert (records[0].id, records[0].model) == ("7", "contact")
    assert msgspec.to_builtins(records) == before
    return msgspec.json.decode(msgspec.json.encode(record)), notes


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("id", {"type": "integer"}, 7),
        ("id", {"type": ["null", "number"]}, 7),
        ("id", {"type": ["null", "string"]}, "7"),
        ("id", {"type": ["integer", "string"]}, "7"),
        ("id", {}, "7"),
        ("id", {"type": "string", "format": "uuid"}, "7"),
        ("updated_at", {"type": ["null", "string"]}, "2020-09-13T12:26:40Z"),
        ("updated_at", {"type": "string", "format": "date-time"}, "2020-09-13T12:26:40Z"),
        ("updated_at", {"type": ["null", "string", "integer"]}, "2020-09-13T12:26:40Z"),
        ("updated_at", {"anyOf": [{"type": "string"}, {"type": "null"}]}, "2020-09-13T12:26:40Z"),
        ("updated_at", {"type": "integer"}, 1600000000),
        ("updated_at", {"type": ["null", "number"]}, 1600000000),
        ("updated_at", {"type": ["integer", "boolean"]}, 1600000000),
        ("updated_at", {}, "2020-09-13T12:26:40Z"),
        ("position", {"type": "string"}, "0"),
        ("position", {"type": ["null", "number"]}, 0),
        ("email", {"type": "integer"}, "left out"),
    ],
)
def test_a_needed_field_is_written_as_the_catalog_types_it(name: str, schema: Any, value: Any) -> None:
    record, notes = written(**{name: schema})
    assert record.get(name, "left out") == value
    assert not notes.coerced


@pytest.mark.parametrize(
    ("schema", "value"), [({"type": "string"}, "left out"), ({"type": ["null", "integer"]}, None), ({}, None)]
)
def test_a_time_that_is_not_there_is_null_or_left_out(schema: Any, value: Any) -> None:
    record, _ = written(b'{"items":[{"id":"7","model":"contact"}]}', updated_at=schema)
    assert record.get("updated_at", "left out") == value


def test_a_needed_value_that_is_lost_is_counted() -> None:
    record, notes = written(model={"type": ["null", "integer"]})
    assert (record["model"], notes.coerced) == (None, {"model": 1})


def test_a_key_that_does_not_fit_its_type_is_refused() -> None:
    schema = {"type": "object", "properties": {**OWN["properties"], "id": {"type": "integer"}}}
    records = Reader(LAYOUT, schema_for_reading(STREAM, OWN, schema)).read(b'{"items":[{"id":"5f3a"}]}').records
    with pytest.raises(ConfigError) as caught:
        Retyping(STREAM, OWN, schema, Notes()).retyped(records)
    assert str(caught.value) == (
        'catalog: people.id has a "type" that does not fit all that Intercom sends, and it is the key; '
        'write "id": {"type": "string"}'
    )


def test_where_the_types_are_the_taps_own_the_records_stay_what_they_are() -> None:
    records = [object()]
    assert Retyping(STREAM, OWN, OWN, Notes()).retyped(records) is records


def test_a_field_that_is_required_besides_the_key_may_be_missing() -> None:
    schema = {**OWN, "required": ["id", "email"], "properties": {**OWN["properties"], "email": {"type": "string"}}}
    assert schema_for_reading(STREAM, OWN, schema)["required"] == ["id"]
    assert Reader(LAYOUT, schema_for_reading(STREAM, OWN, schema)).read(b'{"items":[{"id":"7"}]}').records


def test_the_needed_fields_are_those_by_which_records_are_told_apart_and_dated() -> None:
    inherited = Layout(inherit={"parent_id": "id", "parent_updated_at": "updated_at"})
    child = Stream(
        name="child",
        permission="Read",
        key=("parent_id", "name"),
        parent="people",
        detail=Detail(path="/{id}", layout=Layout(from_parent={"owner": "id"})),
        inline=inherited,
    )
    assert needed(child) == {"id", "updated_at", "parent_id", "parent_updated_at", "name", "owner"}
    assert needed(STREAM) == {"id", "updated_at", "position", "model"}
