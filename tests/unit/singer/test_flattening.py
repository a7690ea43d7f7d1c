from typing import Any

import pytest

from tap_intercom.singer.flattening import OTHER_MEMBERS, Flattening

TEXT = {"type": ["null", "string"]}
WHOLE = {"type": ["null", "integer"]}
MOMENT = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}], "description": "when"}


def open_object(**properties: Any) -> dict[str, Any]:
    return {"type": ["null", "object"], "properties": properties, "additionalProperties": True}


def closed_object(**properties: Any) -> dict[str, Any]:
    return {"type": ["null", "object"], "properties": properties}


def flat(depth: int = 1, **properties: Any) -> Flattening:
    return Flattening({"type": "object", "properties": {"id": {"type": "string"}, **properties}}, depth)


def columns(flattening: Flattening) -> dict[str, Any]:
    found: dict[str, Any] = flattening.schema["properties"]
    assert found.pop("id") == {"type": "string"}
    return found


def test_objects_become_columns_down_to_a_depth_and_json_below() -> None:
    place = closed_object(city=TEXT, at=closed_object(x=WHOLE, y=closed_object(z=WHOLE)))
    found = {"id": "1", "place": {"city": "Oslo", "at": {"x": 1, "y": {"z": 2}}}}
    first = flat(1, place=place)
    assert first.flatten(found) == {"id": "1", "place__city": "Oslo", "place__at": '{"x":1,"y":{"z":2}}'}
    assert columns(first) == {"place__city": TEXT, "place__at": TEXT}
    second = flat(2, place=place)
    assert second.flatten(found) == {"id": "1", "place__city": "Oslo", "place__at__x": 1, "place__at__y": '{"z":2}'}
    assert columns(second) == {"place__city": TEXT, "place__at__x": WHOLE, "place__at__y": TEXT}
    assert flat(9, place=place).flatten(found)["place__at__y__z"] == 2


@pytest.mark.parametrize("held", [{}, {"place": None}, {"place": {}}, {"place": {"at": None}}])
def test_what_is_null_or_not_there_has_all_its_columns(held: dict[str, Any]) -> None:
    flattening = flat(2, place=closed_object(city=TEXT, at=open_object(x={"type": "integer"})))
    assert flattening.flatten({"id": "1", **held}) == {
        "id": "1",
        "place__city": None,
        "place__at__x": None,
        "place__at": None,
    }
    # What may not be null within an object that may be is null where the object is.
    assert columns(flattening) == {"place__city": TEXT, "place__at__x": WHOLE, "place__at": OTHER_MEMBERS}


def test_what_may_not_be_null_and_is_not_there_is_left_out() -> None:
    place = {"type": "object", "properties": {"city": {"type": "string"}, "tags": {"type": "array"}}}
    flattening = flat(place=place)
    assert flattening.flatten({"id": "1"}) == {"id": "1"}
    assert flattening.flatten({"place": {"city": "Oslo", "tags": [1]}}) == {"place__city": "Oslo", "place__tags": "[1]"}
    assert columns(flattening) == {"place__city": {"type": "string"}, "place__tags": {"type": "string"}}


def test_members_without_a_column_of_their_own_are_json_in_the_column_of_the_object() -> None:
    flattening = flat(custom=open_object(plan=TEXT, paid_at=MOMENT))
    assert columns(flattening) == {
        "custom__plan": TEXT,
        "custom__paid_at": {"type": ["null", "string"], "format": "date-time", "description": "when"},
        "custom": OTHER_MEMBERS,
    }
    held = {"plan": "gold", "seats__text": "many", "owner": ["Kim"]}
    assert flattening.flatten({"id": "1", "custom": held}) == {
        "id": "1",
        "custom__plan": "gold",
        "custom__paid_at": None,
        "custom": '{"seats__text":"many","owner":["Kim"]}',
    }
    assert not flattening.left_out


def test_an_object_of_which_nothing_is_listed_is_one_column_of_json() -> None:
    flattening = flat(custom=open_object(), anything={}, list={"type": ["null", "array"], "items": TEXT}, odd=None)
    assert columns(flattening) == {"custom": TEXT, "anything": TEXT, "list": TEXT, "odd": TEXT}
    assert flattening.flatten({"id": "1", "custom": {"a": 1}, "anything": 5, "list": [], "odd": "text"}) == {
        "id": "1",
        "custom": '{"a":1}',
        "anything": "5",
        "list": "[]",
        "odd": "text",
    }


def test_columns_of_one_name_have_names_of_their_own_whatever_their_order() -> None:
    ways = [("a__b", TEXT), ("a", closed_object(b=TEXT, b_=TEXT)), ("a__b__", TEXT)]
    for order in (ways, ways[::-1]):
        flattening = flat(**dict(order))
        row = flattening.flatten({"id": "1", "a__b": "1", "a": {"b": "2", "b_": "3"}, "a__b__": "4"})
        assert row == {"id": "1", "a__b": "1", "a__b___": "2", "a__b_": "3", "a__b__": "4"}


def test_what_has_no_column_is_named() -> None:
    flattening = flat(place=closed_object(city=TEXT), name=TEXT)
    assert flattening.flatten({"id": "1", "place": "Oslo", "name": {"first": "Kim"}, "more": 1}) == {
        "id": "1",
        "place__city": None,
        "name": '{"first":"Kim"}',
    }
    assert flattening.flatten({"id": "1", "place": {"town": "Oslo"}})["place__city"] is None
    assert flattening.left_out == {"place", "more", "place.town"}
