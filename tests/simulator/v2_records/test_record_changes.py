"""Random changes of tickets, contacts and knowledge, and that the expected records follow them."""

import json
from typing import Any

import pytest


def rows_by_id(ask: Any, stream: str) -> dict[str, Any]:
    return {row["id"]: row for row in ask.expected(stream)}


def test_requests_of_2_x_also_change_tickets_and_merge_contacts(open_workspace: Any) -> None:
    ask = open_workspace(mutate=1000)
    tickets, leads = rows_by_id(ask, "tickets"), rows_by_id(ask, "leads")
    ask.workspace.clock.advance(50)
    for _ in range(40):
        ask("/me", version="2.16")
    done = ask.workspace.record_changes.change_counts
    assert all(done.values())
    changed = [row for key, row in rows_by_id(ask, "tickets").items() if tickets.get(key) != row]
    assert {row["updated_at"] for row in changed} == {1_700_000_050}
    assert set(leads) - set(rows_by_id(ask, "leads"))


def test_requests_of_1_4_do_not(open_workspace: Any) -> None:
    ask = open_workspace(mutate=1000)
    for _ in range(40):
        ask("/me")
    assert not any(ask.workspace.record_changes.change_counts.values())


def test_a_changed_ticket_has_one_part_more(ask: Any) -> None:
    tickets, parts = rows_by_id(ask, "tickets"), rows_by_id(ask, "ticket_parts")
    for _ in range(30):
        ask.workspace.record_changes.change_some("tickets")
    assert len(rows_by_id(ask, "ticket_parts")) == len(parts) + 30
    for identity, ticket in rows_by_id(ask, "tickets").items():
        served = ticket["ticket_parts"]
        assert served["total_count"] == len(served["ticket_parts"])
        assert (
            served["ticket_parts"][: len(tickets[identity]["ticket_parts"]["ticket_parts"])]
            == (tickets[identity]["ticket_parts"]["ticket_parts"])
        )
    found = {item["id"]: item for page in ask.search("tickets") for item in page["tickets"]}
    assert found == rows_by_id(ask, "tickets")


def test_a_new_ticket_is_found_at_once(ask: Any) -> None:
    ask.workspace.record_changes.change_some("tickets", created=True)
    (page,) = ask.search("tickets", query={"field": "created_at", "operator": "=", "value": 1_700_000_000})
    assert page["total_count"] == 1
    assert ask(f"/tickets/{page['tickets'][0]['id']}", version="2.11").json["ticket_state"] in {
        "submitted",
        "in_progress",
        "waiting_on_customer",
        "resolved",
    }


def test_changes_can_be_ordered_and_a_ticket_set_by_hand(server: Any) -> None:
    before = server.control("GET", "truth?version=2.16")
    assert server.control("POST", "mutate", {"resource": "merges", "count": 2})["contacts merged"] == 2
    server.control("POST", "mutate", {"resource": "tickets", "count": 3})
    after = server.control("GET", "truth?version=2.16")
    assert (after["leads"], after["users"]) == (before["leads"] - 2, before["users"])
    assert after["ticket_parts"] == before["ticket_parts"] + 3
    server.control("PUT", "records/tickets/777", {"updated_at": 5})
    server.control("PATCH", "records/tickets/777", {"open": False})
    lines = server.ask("/_simulator/truth/tickets?version=2.16").body.splitlines()
    (ticket,) = [row for row in map(json.loads, lines) if row["id"] == "777"]
    assert (ticket["updated_at"], ticket["open"]) == (5, False)
    assert server.ask("/_simulator/mutate", "POST", {"resource": "moons"}).status == 400


LISTS = {
    "articles": "/articles",
    "collections": "/help_center/collections",
    "internal_articles": "/internal_articles",
    "macros": "/macros",
}


@pytest.mark.parametrize(("name", "path"), LISTS.items())
def test_what_teammates_write_is_edited_added_and_taken_away(ask: Any, name: str, path: str) -> None:
    before = rows_by_id(ask, name)
    ask.workspace.clock.advance(50)
    for _ in range(30):
        ask.workspace.knowledge_changes.change_some(name, ask.workspace.list_records(name))
    after = rows_by_id(ask, name)
    assert all(ask.workspace.knowledge_changes.change_counts.values())
    assert before.keys() - after.keys()
    added = after.keys() - before.keys()
    changed = {key for key, row in after.items() if before.get(key) != row}
    assert added < changed
    assert {after[key]["updated_at"] for key in changed} <= {1_700_000_050, "2023-11-14T22:14:10.000Z"}
    served = ask(f"{path}?per_page=150", version="2.16").json["data"]
    assert {row["id"] for row in served} <= after.keys()
    if name != "internal_articles":
        assert served[0]["id"] in changed


def test_requests_of_2_x_edit_them_too(open_workspace: Any) -> None:
    ask = open_workspace(mutate=1000)
    for _ in range(40):
        ask("/me", version="2.16")
    assert sum(ask.workspace.knowledge_changes.change_counts.values()) == 120
