from typing import Any

import msgspec
import pytest

from tap_intercom.records.translator import Translator
from tap_intercom.streams.model import Reference, Translation

RENAMING = Translation(renamed={"external_id": "user_id"})


def told(translation: Translation, *records: Any) -> list[Any]:
    """Translate records as an answer brings them."""
    body = msgspec.json.encode({"type": "list", "data": records, "pages": None})
    answer = msgspec.json.decode(Translator(translation, ("data",)).translate(body))
    assert (answer["type"], answer["pages"]) == ("list", None)
    return list(answer["data"])


@pytest.mark.parametrize(
    ("record", "row"),
    [
        ({"id": "1", "external_id": "a"}, {"id": "1", "user_id": "a"}),
        ({"id": "1", "external_id": None}, {"id": "1", "user_id": None}),
        ({"id": "1"}, {"id": "1"}),
        ({"user_id": "old", "external_id": "new"}, {"user_id": "new"}),
        ({"custom_attributes": {"external_id": "a"}}, {"custom_attributes": {"external_id": "a"}}),
    ],
)
def test_a_field_is_called_otherwise(record: Any, row: Any) -> None:
    assert told(RENAMING, record) == [row]


@pytest.mark.parametrize("record", [None, 1, "text", [{"external_id": "a"}]])
def test_what_is_no_object_stays_as_it_is(record: Any) -> None:
    assert told(RENAMING, record, {"external_id": "a"}) == [record, {"user_id": "a"}]


@pytest.mark.parametrize(
    ("record", "row"),
    [
        ({"model": "contact"}, {"model": "customer", "of": "people"}),
        ({"model": "company", "of": "firms"}, {"model": "company", "of": "firms"}),
        ({"model": None}, {"model": None}),
        ({}, {}),
    ],
)
def test_a_value_decides_what_fields_say(record: Any, row: Any) -> None:
    cases = {"model": (("contact", {"model": "customer", "of": "people"}),)}
    assert told(Translation(cases=cases), record) == [row]


def test_a_case_looks_at_the_new_name() -> None:
    translation = Translation(renamed={"owner": "owner_id"}, cases={"owner_id": ((0, {"owner_id": None}),)})
    assert told(translation, {"owner": 0}, {"owner": 7}) == [{"owner_id": None}, {"owner_id": 7}]


def test_constants_are_said_of_every_record() -> None:
    assert told(Translation(constants={"type": "user"}), {"type": "contact"}, {}) == [{"type": "user"}] * 2


def test_an_object_within_is_translated_under_its_new_name() -> None:
    place = Translation(renamed={"city": "city_name"})
    translation = Translation(renamed={"location": "location_data"}, nested={"location_data": place})
    records = [{"location": {"city": "Dublin"}}, {"location": None}, {}]
    assert told(translation, *records) == [{"location_data": {"city_name": "Dublin"}}, {"location_data": None}, {}]


@pytest.mark.parametrize(
    ("record", "user"),
    [
        ({"people": {"people": [{"id": "1"}, {"id": "2"}]}}, {"id": "1"}),
        ({"people": {"people": []}}, None),
        ({"people": {"people": None}}, None),
        ({"people": {}}, None),
        ({"people": None}, None),
        ({"people": "text"}, None),
        ({}, None),
    ],
)
def test_a_field_is_the_first_of_a_list(record: Any, user: Any) -> None:
    assert told(Translation(first_items={"user": ("people", "people")}), record) == [{**record, "user": user}]


@pytest.mark.parametrize(
    ("record", "assignee"),
    [
        ({"admin": 7, "team": 8}, {"type": "admin", "id": 7}),
        ({"admin": "7", "team": None}, {"type": "admin", "id": "7"}),
        ({"admin": 0, "team": 8}, {"type": "team", "id": 8}),
        ({"admin": "0", "team": ""}, {"type": "nobody", "id": None}),
        ({"admin": None}, {"type": "nobody", "id": None}),
        ({}, {"type": "nobody", "id": None}),
    ],
)
def test_an_object_names_the_first_who_is_somebody(record: Any, assignee: Any) -> None:
    mention = Reference(fields=(("admin", "admin"), ("team", "team")), nobody="nobody")
    assert told(Translation(references={"assignee": mention}), record) == [{**record, "assignee": assignee}]


def test_what_is_made_of_fields_is_made_of_them_as_they_come() -> None:
    translation = Translation(
        renamed={"people": "customers", "admin": "user"},
        first_items={"user": ("people",)},
        references={"owner": Reference(fields=(("admin", "admin"),), nobody="nobody")},
    )
    row = {"customers": [1], "user": 1, "owner": {"type": "admin", "id": 7}}
    assert told(translation, {"people": [1], "admin": 7}) == [row]


def test_numbers_and_texts_pass_to_the_last_digit() -> None:
    body = b'{"data":[{"external_id":12345678901234567890123,"spend":1.10,"name":"\\u00e9\\ud83d\\ude00"}]}'
    translated = Translator(RENAMING, ("data",)).translate(body)
    assert translated == b'{"data":[{"spend":1.10,"name":"\\u00e9\\ud83d\\ude00","user_id":12345678901234567890123}]}'


def test_records_lie_at_the_end_of_the_way() -> None:
    body = b'{"outer":{"inner":[{"external_id":"a"}]}}'
    assert Translator(RENAMING, ("outer", "inner")).translate(body) == b'{"outer":{"inner":[{"user_id":"a"}]}}'


def test_an_answer_without_records_stays_as_it_is() -> None:
    body = b'{"type":"error.list","errors":[]}'
    assert Translator(RENAMING, ("data",)).translate(body) == body


@pytest.mark.parametrize("body", [b"", b"null", b"<html>", b"[]", b'{"data":{}}', b'{"data":null}', b'{"data":[{]}'])
def test_what_cannot_be_taken_apart_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        Translator(RENAMING, ("data",)).translate(body)


@pytest.mark.parametrize(
    ("record", "row"),
    [
        ({"state": "open"}, {"state": {"category": "open"}}),
        ({"state": {"category": "open"}}, {"state": {"category": "open"}}),
        ({"state": None}, {"state": None}),
        ({"state": ["a", {"category": "b"}, 7]}, {"state": [{"category": "a"}, {"category": "b"}, 7]}),
        ({}, {}),
    ],
)
def test_a_text_where_others_have_an_object_is_a_member_of_one(record: Any, row: Any) -> None:
    assert told(Translation(wrapped_texts={"state": "category"}), record) == [row]
