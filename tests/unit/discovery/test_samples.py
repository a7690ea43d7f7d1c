"""What answers show that a schema does not know, wherever in a record it is."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tap_intercom.discovery.samples import Sample, extended_schema, sample_of
from tap_intercom.errors import ContractError
from tap_intercom.streams.model import Detail, Layout, Stream, Translation

TEXT = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}
MOMENT_WITHIN = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
TAG = {"type": ["null", "object"], "additionalProperties": False, "properties": {"id": TEXT}}
PLACE = {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"city": TEXT}}]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "tags": {"type": ["null", "array"], "items": TAG},
        "place": PLACE,
        "custom_attributes": {"type": ["null", "object"], "additionalProperties": True},
    },
}
PEOPLE = Stream(
    name="people",
    permission="",
    layout=Layout(
        records_at=("data",), unwrap={"tags": "data"}, other_streams_fields=frozenset({"parts", "place.people"})
    ),
)


def answer(*records: dict[str, Any], key: str = "data", **around: Any) -> bytes:
    return json.dumps({**around, key: records}).encode()


def seen(*records: dict[str, Any], stream: Stream = PEOPLE, schema: dict[str, Any] = SCHEMA) -> tuple[Any, list[str]]:
    return extended_schema(sample_of(stream, stream, schema, answer(*records)))


def test_a_schema_that_knows_everything_stays() -> None:
    known = {"id": 5, "tags": {"type": "list", "data": [{"id": "1"}]}, "custom_attributes": {"a": 1}}
    sample = sample_of(PEOPLE, PEOPLE, SCHEMA, answer(known))
    assert extended_schema(sample) == (SCHEMA, [])
    assert sample.rows == [{"id": "5", "tags": [{"id": "1"}], "place": None, "custom_attributes": {"a": 1}}]
    assert extended_schema(Sample(PEOPLE, PEOPLE, SCHEMA)) == (SCHEMA, [])


def test_new_fields_are_added_at_their_place_with_their_type() -> None:
    records = [
        {"id": "1", "seats": 3, "new": None, "tags": {"data": [{"id": "1", "applied_at": 5}, {"applied_at": None}]}},
        {"id": "2", "seats": 4, "list": [1], "place": {"city": "Cork", "seen_at": 5}, "seen_at": 5},
        {"id": "3", "place": {"zone": {"name": "GMT"}}, "tags": [{"id": "2", "new": []}], "empty": {}},
    ]
    schema, added = seen(*records)
    assert added == ["list", "place.seen_at", "place.zone", "seats", "seen_at", "tags.applied_at"]
    properties = schema["properties"]
    assert list(properties) == [*SCHEMA["properties"], "list", "seats", "seen_at"]
    assert properties["seats"] == INTEGER
    assert properties["seen_at"] == MOMENT
    assert properties["list"] == {"type": ["null", "array"], "items": INTEGER}
    assert properties["tags"]["items"]["properties"] == {"id": TEXT, "applied_at": MOMENT_WITHIN}
    assert properties["place"]["anyOf"][1]["properties"] == {
        "city": TEXT,
        "seen_at": MOMENT_WITHIN,
        "zone": {"type": ["null", "object"], "additionalProperties": False, "properties": {"name": TEXT}},
    }
    assert seen(*records, schema=schema)[1] == []


def test_what_another_stream_has_and_what_is_made_of_data_is_not_added() -> None:
    crowd = {f"key {number}": number for number in range(65)}
    _, added = seen({"id": "1", "parts": [1], "place": {"people": [1], "new": 1}, "tags": [crowd]})
    assert added == ["place.new"]


def test_an_outline_takes_no_more_than_it_has() -> None:
    outline = replace(PEOPLE, layout=replace(PEOPLE.layout, is_partial=True))
    assert seen({"id": "1", "new": 1}, stream=outline) == (SCHEMA, [])


def test_fields_are_told_in_the_words_of_the_stream() -> None:
    told = replace(PEOPLE, layout=replace(PEOPLE.layout, translation=Translation(renamed={"town": "new"})))
    assert seen({"id": "1", "town": "Cork"}, stream=told)[1] == ["new"]


def test_children_are_looked_at_in_the_detail_of_a_parent_and_within_parents() -> None:
    layout = Layout(records_at=("parts", "parts"), inherit={"person_id": "id"})
    schema = {"type": "object", "properties": {"id": {"type": "string"}, "person_id": TEXT}}
    below = Stream(name="parts", permission="", parent="people", detail=Detail(path="/people/{id}", layout=layout))
    person = {"id": "7", "parts": {"parts": [{"id": "1", "new": 1}]}, "other": 1}
    within = Stream(name="parts", permission="", parent="people", inline=layout)
    for stream, body in ((below, json.dumps(person).encode()), (within, answer(person, person))):
        sample = sample_of(stream, PEOPLE, schema, body)
        assert sample.rows[0] == {"id": "1", "person_id": "7"}
        extension, added = extended_schema(sample)
        assert added == ["new"]
        assert extension["properties"]["new"] == INTEGER


def test_records_within_records_are_looked_at() -> None:
    layout = Layout(
        records_at=("data",), inner=Layout(records_at=("files",), inherit={"person_id": "id"}, may_be_missing=True)
    )
    schema = {"type": "object", "properties": {"name": TEXT, "person_id": TEXT}}
    files = Stream(name="files", permission="", layout=layout)
    person = {"id": "7", "files": [{"name": "a", "size": 1}]}
    assert extended_schema(sample_of(files, files, schema, answer(person, {"id": "8"})))[1] == ["size"]


def test_an_answer_of_another_shape_is_refused() -> None:
    with pytest.raises(ContractError):
        sample_of(PEOPLE, PEOPLE, SCHEMA, b'{"data": 5}')
