"""What Intercom counts and does not give is found, whatever of the records themselves is selected."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tap_intercom.records.list_extent import CountedList, ExtentReader, ListCount

PARTS = ("conversation_parts", "conversation_parts")
SECOND = datetime(2020, 1, 1, tzinfo=UTC)


def found(at: tuple[str, ...], within: tuple[str, ...], answer: Any) -> list[ListCount]:
    extents = ExtentReader(at, counted=[within]).read(msgspec.json.encode(answer)).records
    return list(CountedList(within).kept_back(extents))


def conversation(parts: Any, **more: Any) -> dict[str, Any]:
    return {"id": "7", "updated_at": 1577836800, "conversation_parts": parts, **more}


def test_the_newest_of_more_is_a_cap() -> None:
    parts = {"conversation_parts": [{"id": "1"}, {"id": "2", "attachments": [{}]}], "total_count": 3}
    assert found((), PARTS, conversation(parts)) == [ListCount("7", SECOND, 2, 3)]
    assert CountedList(PARTS).what == "conversation_parts"


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
    assert found(("tickets",), ("ticket_parts", "ticket_parts"), {"tickets": tickets}) == [ListCount("2", None, 1, 501)]


def test_a_bare_list_is_not_counted_by_anything() -> None:
    assert found((), ("notes",), {"id": "1", "notes": [{}], "total_count": 3}) == []


def test_a_list_that_versions_name_differently_is_counted_under_either_name() -> None:
    teammates = ("teammates", "admins|teammates")
    for key in ("admins", "teammates"):
        answer = {"id": "7", "teammates": {key: [{"id": "1"}, None], "total_count": 3}}
        assert found((), teammates, answer) == [ListCount("7", None, 2, 3)]
    assert CountedList(teammates).what == "teammates"


def test_a_list_further_within_is_counted_too() -> None:
    within = ("ai_agent", "content_sources", "content_sources")
    answer = {"id": "7", "ai_agent": {"content_sources": {"content_sources": [{}], "total_count": 2}}}
    assert found((), within, answer) == [ListCount("7", None, 1, 2)]
    assert found((), within, {"id": "7", "ai_agent": None}) == []


def test_an_odd_item_is_none_that_is_kept_back() -> None:
    parts = {"conversation_parts": [{"id": "1"}, None, "x", 7], "total_count": 4}
    assert found((), PARTS, conversation(parts)) == []
    assert found(("data",), PARTS, {"data": [None, {"no": "id"}, conversation(parts)]}) == []
