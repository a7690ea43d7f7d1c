"""An object with members that are known and others besides: typed where they are known, else untouched."""

import json
from typing import Any

import msgspec
import pytest

from tap_intercom.json_schema import Path
from tap_intercom.records.reader import UNREADABLE, Reader
from tap_intercom.streams.model import Layout

MOMENT = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
ATTRIBUTES = {
    "paid": {"type": ["null", "boolean"]},
    "spend": {"type": ["null", "number"]},
    "seats": {"type": ["null", "integer"]},
    "ordered at": MOMENT,
    "note": {"type": ["null", "string"]},
    "files": {"type": ["null", "array"], "items": {"type": ["null", "object"]}},
    "order": {"type": ["null", "object"], "additionalProperties": True},
}
NOTHING: dict[str, Any] = dict.fromkeys(ATTRIBUTES)
LAYOUT = Layout(records_at=("items",))


def reader(properties: dict[str, Any], unselected: tuple[Path, ...] = (), **more: Any) -> Reader:
    attributes = {"type": ["null", "object"], "properties": properties, "additionalProperties": True, **more}
    return Reader(LAYOUT, {"type": "object", "properties": {"x": attributes}}, unselected)


def read(reader: Reader, *values: Any) -> list[Any]:
    """Read pages of these values until nothing is learned any more: what they become must not change by it."""
    body = json.dumps({"items": [{"x": value} for value in values]}).encode()
    first, *others = (
        [json.loads(msgspec.json.encode(record))["x"] for record in reader.read(body).records] for _ in range(3)
    )
    assert all(other == first for other in others)
    return first


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ({}, NOTHING),
        ({"paid": None}, NOTHING),
        ({"paid": True, "spend": 155.5, "seats": 3}, {**NOTHING, "paid": True, "spend": 155.5, "seats": 3}),
        ({"ordered at": 1397574667}, {**NOTHING, "ordered at": "2014-04-15T15:11:07Z"}),
        ({"ordered at": "2014-04-15T17:11:07+02:00"}, {**NOTHING, "ordered at": "2014-04-15T15:11:07Z"}),
        ({"note": 5, "seats": ""}, {**NOTHING, "note": "5"}),
        ({"files": [{"name": "a"}], "order": {"id": 1}}, {**NOTHING, "files": [{"name": "a"}], "order": {"id": 1}}),
        ({"new": 1, "none": None, "é": ["ü"]}, {**NOTHING, "new": 1, "none": None, "é": ["ü"]}),
        ({"new": {"a": 1}, "seats": "7"}, {**NOTHING, "new": {"a": 1}, "seats": 7}),
    ],
)
def test_what_is_known_is_typed_and_what_is_not_passes(value: Any, expected: Any) -> None:
    plain = reader(ATTRIBUTES)
    assert read(plain, value) == [expected]
    assert read(plain, {"seats": 1}, value, None) == [{**NOTHING, "seats": 1}, expected, None]
    assert not plain.coerced
    assert not plain.unknown


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("seats", "many \u2026", "many \u2026"),
        ("seats", 1.5, "1.5"),
        ("spend", True, "true"),
        ("paid", "perhaps", "perhaps"),
        ("ordered at", "tomorrow", "tomorrow"),
        ("ordered at", 253402329599, "253402329599"),
        ("order", ["1", 2], '["1", 2]'),
    ],
)
def test_a_value_that_does_not_fit_stands_beside_as_text(name: str, value: Any, text: str) -> None:
    plain = reader(ATTRIBUTES)
    fitting = {"paid": True, "new": 1}
    bent, other = read(plain, {**fitting, name: value}, fitting)
    written = bent.pop(f"{name}__text")
    assert written == text or json.loads(written) == json.loads(text)
    assert bent == {**NOTHING, **fitting, name: None}
    assert other == {**NOTHING, **fitting}
    assert plain.coerced == {f"x.{name}": 3}


SEATS = {"type": ["null", "integer"]}
MANY = {"seats": "many", "seats__text": "of oak"}


@pytest.mark.parametrize("order", [("seats", "seats__text"), ("seats__text", "seats")])
@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ({"seats": SEATS}, {"seats": None, "seats__text": "of oak", "seats__text_": "many"}),
        (
            {"seats": SEATS, "seats__text": ATTRIBUTES["note"]},
            {"seats": None, "seats__text": "of oak", "seats__text_": "many"},
        ),
        (
            {"seats": SEATS, "seats__text": SEATS},
            {"seats": None, "seats__text": None, "seats__text_": "many", "seats__text__text": "of oak"},
        ),
    ],
)
def test_the_text_beside_takes_no_name_of_an_attribute(
    types: dict[str, Any], expected: dict[str, Any], order: tuple[str, ...]
) -> None:
    listed = {name: types[name] for name in order if name in types}
    assert read(reader(listed), {name: MANY[name] for name in order}) == [expected]


def test_the_text_beside_takes_no_name_of_an_attribute_that_this_record_lacks_or_that_differs_in_case() -> None:
    listed = reader({"seats": SEATS, "seats__text": ATTRIBUTES["note"]})
    assert read(listed, {"seats": "many"}) == [{"seats": None, "seats__text": None, "seats__text_": "many"}]
    unselected = reader({"seats": SEATS, "SEATS__text": ATTRIBUTES["note"]}, (("x", "SEATS__text"),))
    assert read(unselected, {"seats": "many"}) == [{"seats": None, "seats__text_": "many"}]
    unlisted = {"Seats__Text": 1, "seats__TEXT_": 2}
    assert read(reader({"seats": SEATS}), {"seats": "many", **unlisted}) == [
        {"seats": None, "seats__text__": "many", **unlisted}
    ]


def test_what_is_no_object_is_null() -> None:
    plain = reader(ATTRIBUTES)
    assert read(plain, [1], "a", {}) == [None, None, NOTHING]
    assert plain.coerced == {"x": 6}


def test_unselected_members_are_left_out_and_others_still_pass() -> None:
    plain = reader(ATTRIBUTES, (("x", "note"), ("x", "gone")))
    expected = {name: None for name in ATTRIBUTES if name != "note"}
    assert read(plain, {"note": "a", "gone": 1, "new": 2}) == [{**expected, "new": 2}]


def test_members_made_of_data_are_not_learned_and_pass_all_the_same() -> None:
    many = {f"key {number}": number for number in range(100)}
    plain = reader({"seats": ATTRIBUTES["seats"], "at": MOMENT})
    for number in range(3):
        further = {f"{number} {name}": value for name, value in many.items()}
        assert read(plain, {**further, "at": 0}, None) == [
            {**further, "seats": None, "at": "1970-01-01T00:00:00Z"},
            None,
        ]


def test_names_that_no_struct_can_have_are_read_one_by_one() -> None:
    plain = reader({'a "b"': MOMENT, "seats": ATTRIBUTES["seats"]})
    assert read(plain, {'a "b"': 0, "c": 1}, None) == [{'a "b"': "1970-01-01T00:00:00Z", "seats": None, "c": 1}, None]


def test_members_that_may_not_be_null_are_left_out_where_intercom_leaves_them_out() -> None:
    plain = reader({"seats": {"type": "integer"}, '"': {"type": "integer"}})
    assert read(plain, {"new": 1}, {}) == [{"new": 1}, {}]


@pytest.mark.parametrize("name", ["seats", 'a "b"'])
def test_unreadable_characters_are_replaced(name: str) -> None:
    plain = reader({name: ATTRIBUTES["seats"]})
    for _ in range(2):
        records = plain.read(b'{"items":[{"x":{"new":"a\xff"}}]}').records
        assert json.loads(msgspec.json.encode(records[0]))["x"] == {name: None, "new": "a\ufffd"}
    assert plain.coerced == {UNREADABLE: 2}
