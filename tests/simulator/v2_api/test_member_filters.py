"""The switches of the filters by segment and by tag: servers that ignore or refuse them, and counts of segments."""

from collections.abc import Callable
from typing import Any

import pytest

NOBODY = "0" * 24
FIELDS = ("segment_id", "tag_id")
NOT_FOUND = (404, "not_found", "Segment not found")


def people(ask: Any, field: str, value: str) -> Any:
    term = {"field": field, "operator": "=", "value": value}
    body = {"query": {"operator": "AND", "value": [{"field": "created_at", "operator": ">", "value": 0}, term]}}
    return ask("/contacts/search", "POST", body, version="2.16")


def companies(ask: Any, field: str, value: str) -> Any:
    return ask(f"/companies?{field}={value}", version="2.16")


def listed(ask: Any, query: str = "") -> list[dict[str, Any]]:
    return list(ask(f"/segments?include_count=true{query}", version="2.16").json["segments"])


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("look_up", [people, companies])
def test_a_filter_is_served_ignored_or_refused(
    open_workspace: Callable[..., Any], look_up: Callable[..., Any], field: str
) -> None:
    served, ignoring, refusing = (
        open_workspace(quota=0, switches={"member_filters": value}) for value in ("served", "ignored", "refused")
    )
    stream = "contacts" if look_up is people else "companies"
    assert look_up(served, field, NOBODY).json["total_count"] == 0
    assert look_up(ignoring, field, NOBODY).json["total_count"] == len(ignoring.expected(stream)) > 0
    assert look_up(refusing, field, NOBODY).error == (400, "parameter_invalid", f"{field} is not a filter")


@pytest.mark.parametrize("look_up", [people, companies])
def test_a_segment_that_does_not_exist_may_be_refused(
    open_workspace: Callable[..., Any], look_up: Callable[..., Any]
) -> None:
    ask = open_workspace(quota=0, switches={"unknown_members": "refused"})
    query = "&type=company" if look_up is companies else ""
    for segment in listed(ask, query):
        assert look_up(ask, "segment_id", segment["id"]).json["total_count"] == segment["count"]
    assert look_up(ask, "segment_id", NOBODY).error == NOT_FOUND
    assert look_up(ask, "tag_id", NOBODY).json["total_count"] == 0


def test_counts_of_segments_are_current_stale_or_absent(open_workspace: Callable[..., Any]) -> None:
    current, stale, absent = (
        listed(open_workspace(quota=0, switches={"segment_counts": value})) for value in ("current", "stale", "absent")
    )
    assert [segment["count"] for segment in stale] == [segment["count"] // 3 for segment in current]
    assert [{**segment, "count": None} for segment in absent] == [{**segment, "count": None} for segment in current]
    assert not any("count" in segment for segment in absent)


def test_the_type_of_segments_may_be_ignored(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(quota=0)
    ignoring = open_workspace(quota=0, switches={"segment_type": "ignored"})
    assert listed(ask) == listed(ignoring) == listed(ignoring, "&type=company") != listed(ask, "&type=company")


def test_a_query_that_is_none_is_refused_where_filters_are_ignored(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(quota=0, switches={"member_filters": "ignored"})
    for query in ([], {"operator": "AND", "value": ["segment_id"]}, {"operator": "AND", "value": "segment_id"}):
        assert ask("/contacts/search", "POST", {"query": query}, version="2.16").status == 400
