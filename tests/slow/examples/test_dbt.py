"""The reports of the dbt example say what the workspace says, before and after something changed."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from statistics import median
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from conftest import Simulator

if TYPE_CHECKING:
    from slow.examples.conftest import Example

VERSION = "2.16"
Rows = set[tuple[Any, ...]]


def reports(here: "Example") -> dict[str, Rows]:
    with duckdb.connect(str(here.folder / "intercom.duckdb"), read_only=True) as database:
        return {
            name: set(database.execute(f"SELECT * FROM reporting.{name}").fetchall())  # noqa: S608 - ours
            for name in ("conversations_per_day", "first_response_time", "open_conversations_by_team", "csat")
        }


def begun(conversation: dict[str, Any]) -> date:
    return datetime.fromtimestamp(conversation["created_at"], UTC).date()


def by_month(conversations: Iterable[dict[str, Any]], value: Callable[[dict[str, Any]], Any]) -> dict[date, list[Any]]:
    months: dict[date, list[Any]] = {}
    for conversation in conversations:
        if value(conversation) is not None:
            months.setdefault(begun(conversation).replace(day=1), []).append(value(conversation))
    return months


def expected(simulator: Simulator, gone: Iterable[dict[str, Any]]) -> dict[str, Rows]:
    """Work the reports out from the truth, and from conversations that are gone, which the tables keep."""
    conversations = [*simulator.truth("conversations", VERSION), *gone]
    names = {int(team["id"]): team["name"] for team in simulator.truth("teams", VERSION)}
    days = Counter(begun(one) for one in conversations)
    still = Counter(begun(one) for one in conversations if one["open"])
    waits = by_month(conversations, lambda one: (one["statistics"] or {}).get("time_to_admin_reply"))
    ratings = by_month(conversations, lambda one: (one["conversation_rating"] or {}).get("rating"))
    team = {one["id"]: names.get(int(one["team_assignee_id"] or 0), "no team") for one in conversations}
    opened = Counter(team[one["id"]] for one in conversations if one["open"])
    snoozed = Counter(team[one["id"]] for one in conversations if one["state"] == "snoozed")
    return {
        "conversations_per_day": {(day, count, still[day]) for day, count in days.items()},
        "first_response_time": {
            (month, len(seconds), median(seconds) / 60, max(seconds) / 60) for month, seconds in waits.items()
        },
        "open_conversations_by_team": {(name, count, snoozed[name]) for name, count in opened.items()},
        "csat": {
            (month, len(given), satisfied, 100 * satisfied / len(given))
            for month, given in ratings.items()
            for satisfied in (sum(rating >= 4 for rating in given),)
        },
    }


@pytest.mark.examples
def test_the_reports_say_what_the_workspace_says(example: Callable[[str], "Example"], simulator: Simulator) -> None:
    here = example("dbt")
    once, sync = here.blocks("Run")
    done = here.run(once + sync)
    assert "SerenityTeam" in done.stdout
    assert reports(here) == expected(simulator, [])

    before = simulator.truth("conversations", VERSION)
    simulator.mutate(40)
    here.run(sync)
    kept = {conversation["id"] for conversation in simulator.truth("conversations", VERSION)}
    gone = [conversation for conversation in before if conversation["id"] not in kept]
    assert reports(here) == expected(simulator, gone)
