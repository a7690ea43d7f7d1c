"""A schema is copied with a field more."""

from typing import Any

import pytest

from tap_intercom.json_schema import Path, field_at, with_field

NEW = {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "path", "expected"),
    [
        ({"type": "object"}, ("a",), {"type": "object", "properties": {"a": NEW}}),
        ({"properties": {"b": {}}}, ("a",), {"properties": {"b": {}, "a": NEW}}),
        ({"properties": {"b": {"properties": {}}}}, ("b", "a"), {"properties": {"b": {"properties": {"a": NEW}}}}),
        ({"items": {"items": {"properties": {}}}}, ("a",), {"items": {"items": {"properties": {"a": NEW}}}}),
        (
            {"anyOf": [{"type": "null"}, {"items": {"properties": {}}}]},
            ("a",),
            {"anyOf": [{"type": "null"}, {"items": {"properties": {"a": NEW}}}]},
        ),
        ({"oneOf": [{"properties": {}}, {}]}, ("a",), {"oneOf": [{"properties": {"a": NEW}}, {}]}),
    ],
)
def test_a_field_is_added_in_a_copy(schema: dict[str, Any], path: Path, expected: dict[str, Any]) -> None:
    before = repr(schema)
    assert with_field(schema, path, NEW) == expected
    assert repr(schema) == before


def test_a_field_within_objects_is_found() -> None:
    schema = {"properties": {"a": {"properties": {"b": NEW}}}}
    assert field_at(schema, ("a", "b")) == NEW
    assert field_at(schema, ("c", "b")) is field_at(schema, ("a", "b", "c")) is None
