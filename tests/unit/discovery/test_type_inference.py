"""What is inferred of a field from its values: one type that loses nothing, or nothing where they say nothing."""

from typing import Any

import pytest

from tap_intercom.discovery.type_inference import MOST_LEVELS, OPEN_OBJECT, infer

TEXT = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
TIMESTAMP = {"type": ["null", "string"], "format": "date-time"}
NESTED_TIMESTAMP = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
OPEN = {"type": ["null", "object"], "additionalProperties": True}


def closed(**properties: Any) -> dict[str, Any]:
    return {"type": ["null", "object"], "additionalProperties": False, "properties": properties}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([None, [], {}], None),
        ([], None),
        ([[None], {"a": None}, [[]]], TEXT),
        ([[None], [[]]], None),
        ([{"a": None}, {"b": []}], None),
        (["", None], TEXT),
        ([1, None, -5], INTEGER),
        ([1, 2.5], NUMBER),
        ([2.5], NUMBER),
        ([2**63 - 1, -(2**63)], INTEGER),
        ([2**63], TEXT),
        ([1, 2**63], TEXT),
        ([True, False], {"type": ["null", "boolean"]}),
        ([True, 1], TEXT),
        (["a", 1], TEXT),
        ([1, [1]], TEXT),
        ([[1, None], [2]], {"type": ["null", "array"], "items": INTEGER}),
        ([[{"a": 1}], [], [{"b": "x"}]], {"type": ["null", "array"], "items": closed(a=INTEGER, b=TEXT)}),
        ([{"b": 1, "a": None}, {"b": 2.5}, None], closed(b=NUMBER)),
        ([{"b": {"d": 1, "c": "x"}}], closed(b=closed(c=TEXT, d=INTEGER))),
        ([{str(number): 1} for number in range(65)], OPEN),
    ],
)
def test_the_type_holds_all_the_values(values: list[Any], expected: Any) -> None:
    assert infer("x", values) == expected


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("last_seen_at", [1397574667, None], TIMESTAMP),
        ("snoozed_until", ["2024-01-05T00:00:00Z"], TIMESTAMP),
        ("open_since", [1397574667.5, "2024-01-05"], TIMESTAMP),
        ("timestamp", [1397574667], TIMESTAMP),
        ("last_seen_at", ["tomorrow", 5], TEXT),
        ("last_seen_at", [True], {"type": ["null", "boolean"]}),
        ("last_seen", [1397574667], INTEGER),
        ("id", [12, "a"], TEXT),
        ("owner_id", [12], TEXT),
        ("owner_id", [{"a": 1}], closed(a=INTEGER)),
        ("admin_ids", [[12]], {"type": ["null", "array"], "items": INTEGER}),
        ("paid", [12], INTEGER),
    ],
)
def test_names_say_what_is_a_moment_and_what_is_an_id(name: str, values: list[Any], expected: Any) -> None:
    assert infer(name, values) == expected


def test_moments_and_ids_within_an_object() -> None:
    held = [{"created_at": 5, "tag_id": 7, "deep": [{"updated_at": 5}]}]
    deep = {"type": ["null", "array"], "items": closed(updated_at=NESTED_TIMESTAMP)}
    assert infer("x", held) == closed(created_at=NESTED_TIMESTAMP, deep=deep, tag_id=TEXT)
    assert infer("created_at", [5], within=True) == NESTED_TIMESTAMP


def test_what_nests_without_end_is_open_or_text_at_some_depth() -> None:
    objects: Any = 1
    lists: Any = 1
    for _ in range(2000):
        objects, lists = {"a": objects}, [lists]
    of_objects, of_lists, depth = infer("x", [objects]), infer("x", [lists]), 0
    assert of_lists is not None
    while of_lists["type"] == ["null", "array"]:
        assert of_objects is not None
        of_objects, of_lists, depth = of_objects["properties"]["a"], of_lists["items"], depth + 1
    assert depth == MOST_LEVELS
    assert (of_objects, of_lists) == (OPEN_OBJECT, {"type": ["null", "string"]})
