"""Reviews of conversations are shown by searches of API 2.16 that ask for them, and nowhere else."""

from typing import Any

import pytest

BODY = {"query": {"field": "created_at", "operator": ">", "value": 0}, "pagination": {"per_page": 150}}
REVIEWS = {"monitor_evaluations", "scorecards"}


def shown(ask: Any, parameters: str, version: str = "2.16") -> list[dict[str, Any]]:
    reply = ask(f"/conversations/search?{parameters}", "POST", BODY, version=version)
    return [{key: item[key] for key in REVIEWS & item.keys()} for item in reply.json["conversations"]]


@pytest.mark.parametrize(
    ("parameters", "keys"),
    [
        ("include_monitors=true&include_scorecards=true", REVIEWS),
        ("include_monitors=true", {"monitor_evaluations"}),
        ("include_scorecards=true&include_monitors=false", {"scorecards"}),
        ("include_monitors=false", set()),
        ("", set()),
    ],
)
def test_what_is_asked_for_is_shown(ask: Any, parameters: str, keys: set[str]) -> None:
    assert all(item.keys() == keys for item in shown(ask, parameters))
    assert not any(shown(ask, parameters, "2.15"))


def test_some_conversations_have_reviews_and_some_have_not(ask: Any) -> None:
    items = shown(ask, "include_monitors=true&include_scorecards=true")
    for key in REVIEWS:
        assert {len(item[key]) for item in items} == {0, 1, 2}
    scorecards = [scorecard for item in items for scorecard in item["scorecards"]]
    assert {scorecard["reviewed_teammate"]["type"] for scorecard in scorecards} == {"admin", "ai"}
    assert {scorecard["passed"] for scorecard in scorecards} == {True, False, None}
    assert shown(ask, "include_monitors=true&include_scorecards=true") == items


def test_a_conversation_looked_at_alone_has_no_reviews(ask: Any) -> None:
    identity = next(iter(ask.workspace.world.conversations)).id
    record = ask(f"/conversations/{identity}?include_monitors=true&include_scorecards=true", version="2.16").json
    assert not REVIEWS & record.keys()
