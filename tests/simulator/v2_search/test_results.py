"""Cached results of a search are those of a new search, whatever has changed in between."""

import random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from intercom_simulator.protocol.filters import FilterContext, day_bounds
from intercom_simulator.protocol.query import UNBOUNDED, bounds_of

BERLIN = ZoneInfo("Europe/Berlin")
SECONDS = FilterContext({"born": "date", "name": "text"})
DAYS = FilterContext({"born": "date", "name": "text"}, BERLIN)
LEAST, MOST = UNBOUNDED


def one(operator: str, value: Any, field: str = "born") -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def group(operator: str, *members: Any) -> dict[str, Any]:
    return {"operator": operator, "value": list(members)}


@pytest.mark.parametrize(
    ("query", "bounds"),
    [
        (one(">", 5), (5, MOST)),
        (one(">=", 5), (5, MOST)),
        (one("<", "7"), (LEAST, 7)),
        (one("=", 6), (6, 6)),
        (one("=", None), UNBOUNDED),
        (one("!=", 6), UNBOUNDED),
        (one("IN", [6]), UNBOUNDED),
        (one("=", "x", "name"), UNBOUNDED),
        (group("AND", one(">", 5), one("<", 9), one("=", "x", "name")), (5, 9)),
        (group("OR", one(">", 5), one("=", 3)), (3, MOST)),
        (group("OR", one(">", 5), one("=", "x", "name")), UNBOUNDED),
        (group("AND", group("OR", one("=", 4), one("=", 8)), one(">", 5)), (5, 8)),
    ],
)
def test_a_query_is_bounded_by_what_it_says_of_the_field(query: Any, bounds: tuple[float, float]) -> None:
    assert bounds_of(query, "born", SECONDS) == bounds


def test_days_widen_the_bounds() -> None:
    start, end = day_bounds(1_700_000_000, BERLIN)
    assert bounds_of(one("=", 1_700_000_000), "born", DAYS) == (start, end)
    assert bounds_of(group("AND", one(">", 1_700_000_000), one("<", 1_700_000_000)), "born", DAYS) == (start, end)


QUERIES = (
    {"field": "updated_at", "operator": ">", "value": 0},
    group("AND", one(">", 1_699_000_000, "updated_at"), one("<", 1_700_000_050, "updated_at")),
    group("AND", one(">", 0, "updated_at"), one("=", "open", "state")),
    group("AND", one(">", 1_699_000_000, "updated_at"), one(">=", 1_699_500_000, "updated_at")),
    one(">", 1_999_000_000, "updated_at"),
)


@pytest.mark.parametrize("lag", [0, 30])
@pytest.mark.parametrize("seed", range(3))
def test_remembered_findings_are_those_of_a_new_search(open_workspace: Any, seed: int, lag: int) -> None:
    ask = open_workspace(seed=seed, switches={"search_lag_seconds": lag})
    randomness, conversations = random.Random(seed), ask.workspace.world.conversations
    for _ in range(40):
        now = int(ask.workspace.clock.now())
        entry = randomness.choice(list(conversations))
        kind = randomness.randrange(5)
        if kind == 0:
            ask.workspace.world.remove("conversations", entry)
        elif kind == 1:
            ask.workspace.world.create("conversations", now)
        elif kind == 2:
            conversations.change(entry, {"updated_at": now, "state": randomness.choice(["open", "closed"])})
        elif kind == 3:
            conversations.change(entry, {"updated_at": randomness.choice([1_699_000_000, 1_699_500_000, now - 5])})
        ask.workspace.clock.advance(randomness.choice([0, 1, 20]))
        assert found(ask) == expected(ask)


def found(ask: Any) -> list[list[str]]:
    sort = {"field": "updated_at", "order": "ascending"}
    return [
        [row["id"] for page in ask.search("conversations", query=query, sort=sort) for row in page["conversations"]]
        for query in QUERIES
    ]


def expected(ask: Any) -> list[list[str]]:
    """Return the ids that each query should find, from all records as the index has them."""
    index, conversations = ask.workspace.context.searchable.index, ask.workspace.world.conversations
    seen = [known for entry in conversations if (known := index.indexed(conversations, entry)) is not None]
    seen.sort(key=lambda known: (known.updated_at, int(known.id)))
    matching = (
        seen,
        [known for known in seen if 1_699_000_000 < known.updated_at < 1_700_000_050],
        [known for known in seen if conversations.content(known)["state"] == "open"],
        [known for known in seen if known.updated_at >= 1_699_500_000],
        [known for known in seen if known.updated_at > 1_999_000_000],
    )
    return [[known.id for known in entries if known.updated_at > 0] for entries in matching]
