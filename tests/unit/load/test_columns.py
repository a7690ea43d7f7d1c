from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tap_intercom.load.columns import ColumnType, column_type, common_type, free_name, value_type, wider_types

BOOLEAN, BIGINT, DOUBLE, VARCHAR, TIMESTAMP, JSON = ColumnType


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": ["null", "boolean"]}, BOOLEAN),
        ({"type": "integer"}, BIGINT),
        ({"type": ["null", "number"]}, DOUBLE),
        ({"type": ["null", "integer", "number"]}, DOUBLE),
        ({"type": "string"}, VARCHAR),
        ({"type": ["null", "string"], "format": "date-time"}, TIMESTAMP),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, TIMESTAMP),
        ({"type": ["null", "object"], "properties": {}}, JSON),
        ({"type": ["null", "array"], "items": {}}, JSON),
        ({"type": ["string", "integer"]}, JSON),
        ({"type": "null"}, JSON),
        ({}, JSON),
        (True, JSON),
    ],
)
def test_the_type_of_a_column_is_that_of_its_field(schema: object, kind: ColumnType) -> None:
    assert column_type(schema) is kind


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, BOOLEAN),
        (2**63 - 1, BIGINT),
        (-(2**63), BIGINT),
        (2**63, JSON),
        (-(2**63) - 1, JSON),
        (1.5, DOUBLE),
        (Decimal("1.5"), DOUBLE),
        (datetime(2020, 1, 1, tzinfo=UTC), TIMESTAMP),
        ("2020-01-01T00:00:00Z", TIMESTAMP),
        ("2020-01-01T00:00:00.123456+05:45", TIMESTAMP),
        ("2020-01-01T00:00:00.1234567Z", VARCHAR),
        ("2020-01-01T00:00:00", VARCHAR),
        ("", VARCHAR),
        ([], JSON),
        ({}, JSON),
    ],
)
def test_the_type_of_a_value_holds_it_whole(value: object, kind: ColumnType) -> None:
    assert value_type(value) is kind


def test_two_types_have_one_that_holds_both() -> None:
    for one in ColumnType:
        assert common_type(one, one) is one
        assert common_type(one, JSON) is common_type(JSON, one) is JSON
    assert common_type(BIGINT, DOUBLE) is common_type(DOUBLE, BIGINT) is DOUBLE
    assert common_type(VARCHAR, TIMESTAMP) is common_type(TIMESTAMP, VARCHAR) is VARCHAR
    assert common_type(VARCHAR, BIGINT) is JSON
    assert common_type(BOOLEAN, BIGINT) is JSON


def test_records_need_wider_types_where_a_value_does_not_fit() -> None:
    types = {"id": VARCHAR, "count": BIGINT, "at": TIMESTAMP, "ratio": DOUBLE}
    records: list[dict[str, Any]] = [
        {"id": "2020-01-01T00:00:00Z", "count": 1, "at": "2020-01-01T00:00:00Z", "ratio": 1},
        {"id": "x", "count": None, "at": None, "ratio": 1.5},
    ]
    assert wider_types(records, types) == {}
    records += [{"count": 1.5, "at": "soon", "new": 1}, {"count": "1", "new": 2}]
    assert wider_types(records, types) == {"count": JSON, "at": VARCHAR, "new": BIGINT}


def test_names_differ_by_more_than_their_case() -> None:
    assert free_name("Plan", []) == "Plan"
    assert free_name("plan", ["Plan"]) == "plan_2"
    assert free_name("PLAN", ["Plan", "plan_2"]) == "PLAN_3"
    assert free_name("", []) == "_"
