"""Random changes of the world, and that the expected records follow them."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from intercom_simulator.expected.v1 import expected_counts, expected_lines

CHANGING = ("users", "leads", "companies", "conversations", "conversation_parts")


def read(ask: Any, stream: str) -> dict[str, Any]:
    lines = expected_lines(ask.workspace.context.searchable, stream, plaintext=True)
    return {record["id"]: record for record in map(json.loads, lines)}


def test_requests_bring_changes_at_the_given_rate(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(mutate=25)
    for _ in range(40):
        ask("/me")
    assert sum(ask.workspace.mutation.change_counts.values()) == 10


def test_changes_are_the_same_for_the_same_seed(open_workspace: Callable[..., Any]) -> None:
    def world() -> list[dict[str, Any]]:
        ask = open_workspace(mutate=500)
        for _ in range(20):
            ask("/me")
        return [read(ask, stream) for stream in CHANGING]

    assert world() == world()


def test_what_changes_bears_the_worlds_present_second(ask: Any) -> None:
    before = read(ask, "users") | read(ask, "conversations")
    ask.workspace.clock.advance(1000)
    for _ in range(300):
        ask.workspace.mutation.change_some()
    after = read(ask, "users") | read(ask, "conversations")
    changed = [record for key, record in after.items() if before.get(key) != record]
    assert len(changed) > 100
    assert all(record["updated_at"] >= 1_700_001_000 for record in changed)
    assert max(Counter(record["updated_at"] for record in changed).values()) > 30


def test_everything_happens_records_come_go_and_change(ask: Any) -> None:
    before = {stream: read(ask, stream) for stream in ("users", "conversations", "conversation_parts", "companies")}
    for _ in range(400):
        ask.workspace.mutation.change_some()
    after = {stream: read(ask, stream) for stream in before}
    for stream, records in before.items():
        gone = [key for key in records if key not in after[stream]]
        assert set(gone) <= set(ask.workspace.world.deleted[stream])
        assert set(after[stream]) - set(records)
    assert ask.workspace.world.deleted["users"]
    emptied = [key for key, user in before["users"].items() if _tags(user) and _tags(after["users"].get(key)) == []]
    assert emptied
    assert any(
        item["state"] == "closed" != before["conversations"][key]["state"]
        for key, item in after["conversations"].items()
        if key in before["conversations"]
    )


def _tags(user: Any) -> list[Any] | None:
    return user["tags"]["tags"] if user and user["tags"] else None


def test_lists_scrolls_and_details_show_what_the_truth_says(ask: Any) -> None:
    for _ in range(300):
        ask.workspace.mutation.change_some()
    expected = read(ask, "users")
    assert {user["id"]: user for user in ask.pages("/users?sort=updated_at&order=asc", "users")} == expected
    assert {user["id"]: user for user in ask.scroll("/users/scroll", "users")} == expected
    asked = "/conversations?order=asc&display_as=plaintext"
    assert {item["id"]: item for item in ask.pages(asked, "conversations")} == read(ask, "conversations")
    parts = {}
    for entry in ask.workspace.world.conversations:
        detail = ask(f"/conversations/{entry.id}?display_as=plaintext").json
        assert detail["conversation_parts"]["total_count"] == len(detail["conversation_parts"]["conversation_parts"])
        for part in detail["conversation_parts"]["conversation_parts"]:
            parts[part["id"]] = {**part, "conversation_id": entry.id}
    assert parts == read(ask, "conversation_parts")
    assert expected_counts(ask.workspace.world)["conversation_parts"] == len(parts)


def test_an_answered_conversation_keeps_its_former_parts(ask: Any) -> None:
    before = read(ask, "conversation_parts")
    for _ in range(100):
        ask.workspace.mutation.change_some("conversations")
    after = read(ask, "conversation_parts")
    deleted = set(ask.workspace.world.deleted["conversation_parts"])
    assert {key: part for key, part in before.items() if key not in deleted}.items() <= after.items()


def test_orders_stay_right_whatever_happens(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace()
    world = ask.workspace.world
    for field in ("updated_at", "created_at", "last_request_at", "signed_up_at", "ordinal"):
        world.users.ordered(field)
    for _ in range(200):
        ask.workspace.mutation.change_some("users")
    assert [entry.updated_at for entry in world.users.ordered("updated_at")] == sorted(
        entry.updated_at for entry in world.users
    )
    assert len(world.users.ordered("signed_up_at")) == len(world.users.entries)


def test_nothing_is_deleted_from_what_is_almost_empty(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(scale=0.001)
    for _ in range(200):
        ask.workspace.mutation.change_some("leads")
    assert len(ask.workspace.world.leads) >= 5
