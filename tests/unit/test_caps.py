"""What Intercom counts and does not give is found, whatever of the records themselves is selected."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tap_intercom.caps import Cap, Caps

PARTS = ("conversation_parts", "conversation_parts")
SECOND = datetime(2020, 1, 1, tzinfo=UTC)


def found(at: tuple[str, ...], within: tuple[str, ...], answer: Any) -> list[Cap]:
    return list(Caps(at, within).read(msgspec.json.encode(answer)))


def conversation(parts: Any, **more: Any) -> dict[str, Any]:
    return {"id": "7", "updated_at": 1577836800, "conversation_parts": parts, **more}


def test_the_newest_of_more_is_a_cap() -> None:
    parts = {"conversation_parts": [{"id": "1"}, {"id": "2", "attachments": [{}]}], "total_count": 3}
    assert found((), PARTS, conversation(parts)) == [Cap("7", SECOND, 2, 3)]
    assert Caps((), PARTS).what == "conversation_parts"


@pytest.mark.parametrize(
    "parts",
    [
        None,
        [],
        {},
        {"conversation_parts": [{"id": "1"}]},
        {"conversation_parts": [{"id": "1"}], "total_count": None},
        {"conversation_parts": [{"id": "1"}], "total_count": 1},
        {"conversation_parts": [{"id": "1"}], "total_count": 0},
        {"conversation_parts": [], "total_count": 0},
        {"conversation_parts": None, "total_count": 9},
    ],
)
def test_what_is_whole_or_not_counted_is_none(parts: Any) -> None:
    assert found((), PARTS, conversation(parts)) == []


def test_each_object_of_a_list_is_looked_at() -> None:
    tickets = [
        {"id": "1", "ticket_parts": {"ticket_parts": [{}], "total_count": 1}},
        {"id": 2, "ticket_parts": {"ticket_parts": [{}], "total_count": 501}},
    ]
    assert found(("tickets",), ("ticket_parts", "ticket_parts"), {"tickets": tickets}) == [Cap("2", None, 1, 501)]


def test_a_bare_list_is_not_counted_by_anything() -> None:
    assert found((), ("notes",), {"id": "1", "notes": [{}], "total_count": 3}) == []
