"""What a workspace says of its attributes becomes a schema of the object that holds them."""

from typing import Any

import pytest

from tap_intercom.discovery.workspace_attributes import with_attributes

OPEN = {"type": ["null", "object"], "description": "What was set", "additionalProperties": True}
SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}, "custom_attributes": OPEN}}
MOMENT = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
ANYTHING = {"type": ["null", "object"], "additionalProperties": True}


def typed(*rows: dict[str, Any]) -> dict[str, Any]:
    schema = with_attributes(SCHEMA, "custom_attributes", rows)
    assert schema["properties"]["id"] == {"type": "string"}
    held = schema["properties"]["custom_attributes"]
    assert held == {**OPEN, "properties": held["properties"]}
    return dict(held["properties"])


def custom(name: str, data_type: str, **more: Any) -> dict[str, Any]:
    row = {"name": name, "full_name": f"custom_attributes.{name}", "data_type": data_type, "custom": True}
    return {**row, **more}


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        ("string", {"type": ["null", "string"]}),
        ("list", {"type": ["null", "string"]}),
        ("integer", {"type": ["null", "integer"]}),
        ("float", {"type": ["null", "number"]}),
        ("decimal", {"type": ["null", "number"]}),
        ("boolean", {"type": ["null", "boolean"]}),
        ("date", MOMENT),
        ("datetime", MOMENT),
        ("files", {"type": ["null", "array"], "items": ANYTHING}),
        ("relationship", ANYTHING),
    ],
)
def test_every_type_has_its_schema(data_type: str, expected: dict[str, Any]) -> None:
    assert typed(custom("a", data_type)) == {"a": expected}


def test_attributes_come_by_name_and_are_described_by_their_label() -> None:
    rows = [
        custom("plan.tier", "integer", label="Tier", description="1 to 3"),
        custom("b", "string", label="b", description=""),
        custom("a", "string", label="What", description="What"),
    ]
    properties = typed(*rows)
    assert list(properties) == ["a", "b", "plan.tier"]
    assert properties == {
        "a": {"type": ["null", "string"], "description": "What"},
        "b": {"type": ["null", "string"]},
        "plan.tier": {"type": ["null", "integer"], "description": "Tier: 1 to 3"},
    }


def test_attributes_of_tickets_and_conversations_have_a_name_only() -> None:
    assert typed({"name": "Due", "data_type": "datetime", "description": "By when"}) == {
        "Due": {**MOMENT, "description": "By when"}
    }


def test_what_is_archived_built_in_or_of_an_unknown_type_passes_as_it_comes() -> None:
    rows = [
        custom("kept", "string"),
        custom("archived", "string", archived=True),
        custom("novel", "hologram"),
        {"name": "email", "full_name": "email", "data_type": "string", "custom": False},
        {"name": None, "data_type": "string"},
        {},
    ]
    assert list(typed(*rows)) == ["kept"]


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("string", "list"), {"type": ["null", "string"]}),
        (("integer", "float"), {"type": ["null", "number"]}),
        (("date", "datetime"), MOMENT),
        (("integer", "boolean"), {"type": ["null", "string"]}),
        (("date", "integer"), {"type": ["null", "string"]}),
        (("relationship", "integer"), {"type": ["null", "string"]}),
        (("files", "files"), {"type": ["null", "array"], "items": ANYTHING}),
    ],
)
def test_an_attribute_of_two_types_is_told_in_one(types: tuple[str, str], expected: dict[str, Any]) -> None:
    assert typed(*(custom("a", data_type) for data_type in types)) == {"a": expected}
    assert typed(*(custom("a", data_type) for data_type in reversed(types))) == {"a": expected}


def test_where_nothing_is_said_the_schema_stays() -> None:
    assert with_attributes(SCHEMA, "custom_attributes", []) is SCHEMA
    assert with_attributes(SCHEMA, "ticket_attributes", [custom("a", "string")]) is SCHEMA


def test_the_object_may_lie_within_another() -> None:
    schema = {"type": "object", "properties": {"company": SCHEMA}}
    typed = with_attributes(schema, "company.custom_attributes", [custom("a", "integer")])
    held = typed["properties"]["company"]["properties"]["custom_attributes"]
    assert held == {**OPEN, "properties": {"a": {"type": ["null", "integer"]}}}
