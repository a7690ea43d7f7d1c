"""Scrolls: one at a time, a hundred records a page, expired after a minute, ended by an empty page."""

from collections.abc import Callable
from typing import Any

import pytest

GONE = (404, "not_found", "scroll parameter not found")
TAKEN = (400, "scroll_exists", "scroll already exists for this workspace")


@pytest.mark.parametrize(
    ("path", "key", "total"), [("users", "users", 130), ("contacts", "contacts", 70), ("companies", "companies", 250)]
)
def test_a_scroll_reads_every_record_once(ask: Any, path: str, key: str, total: int) -> None:
    records = ask.scroll(f"/{path}/scroll", key)
    assert len({record["id"] for record in records}) == len(records) == total


def test_a_step_is_a_hundred_records_without_pages(ask: Any) -> None:
    first = ask("/companies/scroll").json
    assert len(first["companies"]) == 100
    assert set(first) == {"type", "scroll_param", "companies"}


def test_the_same_param_gives_the_next_page(ask: Any) -> None:
    first = ask("/companies/scroll").json
    target = f"/companies/scroll?scroll_param={first['scroll_param']}"
    second, third, last = (ask(target).json for _ in range(3))
    assert [len(page["companies"]) for page in (first, second, third, last)] == [100, 100, 50, 0]
    assert {page["scroll_param"] for page in (first, second, third, last)} == {first["scroll_param"]}


def test_the_empty_page_ends_the_scroll_and_frees_the_slot(ask: Any) -> None:
    first = ask("/contacts/scroll").json
    target = f"/contacts/scroll?scroll_param={first['scroll_param']}"
    assert ask(target).json["contacts"] == []
    assert ask(target).error == GONE
    assert ask("/users/scroll").status == 200


def test_one_scroll_holds_the_slot_of_all(ask: Any) -> None:
    ask("/users/scroll")
    for path in ("/users/scroll", "/contacts/scroll", "/companies/scroll"):
        assert ask(path).error == TAKEN


def test_a_param_is_good_for_its_own_resource_only(ask: Any) -> None:
    param = ask("/users/scroll").json["scroll_param"]
    assert ask(f"/companies/scroll?scroll_param={param}").error == GONE
    assert ask(f"/users/scroll?scroll_param={param}").status == 200


def test_slots_can_be_switched_to_be_separate(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"scroll_slot": "separate"})
    assert ask("/users/scroll").status == ask("/companies/scroll").status == 200
    assert ask("/users/scroll").error == TAKEN


def test_a_scroll_expires_after_a_silent_minute(ask: Any) -> None:
    param = ask("/companies/scroll").json["scroll_param"]
    target = f"/companies/scroll?scroll_param={param}"
    ask.workspace.clock.advance(55)
    assert ask(target).status == 200
    ask.workspace.clock.advance(55)
    assert ask("/users/scroll").error == TAKEN
    assert ask(target).status == 200
    ask.workspace.clock.advance(61)
    assert ask(target).error == GONE
    assert ask("/users/scroll").status == 200


def test_expiry_is_a_switch(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"scroll_expiry_seconds": "5"})
    param = ask("/users/scroll").json["scroll_param"]
    ask.workspace.clock.advance(6)
    assert ask(f"/users/scroll?scroll_param={param}").error == GONE


def test_the_param_can_be_switched_to_change_on_every_page(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"scroll_param": "changes"})
    first = ask("/companies/scroll").json["scroll_param"]
    second = ask(f"/companies/scroll?scroll_param={first}").json["scroll_param"]
    assert first != second
    assert ask(f"/companies/scroll?scroll_param={first}").error == GONE
    assert len(ask(f"/companies/scroll?scroll_param={second}").json["companies"]) == 50


def test_the_end_can_be_switched_to_come_without_an_empty_page(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"scroll_end": "404"})
    target = f"/users/scroll?scroll_param={ask('/users/scroll').json['scroll_param']}"
    assert len(ask(target).json["users"]) == 30
    assert ask(target).error == GONE
    assert ask("/users/scroll").status == 200


@pytest.mark.parametrize(("slot", "status"), [("freed", 200), ("taken", 400)])
def test_a_500_in_the_middle_kills_the_scroll(open_workspace: Callable[..., Any], slot: str, status: int) -> None:
    ask = open_workspace(faults={"scroll-500": 1}, switches={"scroll_broken_slot": slot})
    param = ask("/companies/scroll").json["scroll_param"]
    assert ask(f"/companies/scroll?scroll_param={param}").error == (
        500,
        "server_error",
        "Request failed due to an internal network error. Please restart the scroll operation.",
    )
    ask.workspace.faults.rates = {}
    assert ask(f"/companies/scroll?scroll_param={param}").error == GONE
    assert ask("/companies/scroll").status == status
    ask.workspace.clock.advance(61)
    assert ask("/companies/scroll").status == 200


def test_a_fault_before_the_work_leaves_the_scroll_where_it_was(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace()
    target = f"/companies/scroll?scroll_param={ask('/companies/scroll').json['scroll_param']}"
    ask.workspace.faults.rates = {"http-503": 1}
    assert ask(target).error[0] == 503
    ask.workspace.faults.rates = {}
    assert [len(ask(target).json["companies"]) for _ in range(3)] == [100, 50, 0]


@pytest.mark.parametrize("fault", ["empty-200", "reset-before", "cut-off-json", "http-504-html"])
def test_a_fault_after_the_work_has_moved_the_scroll_on(open_workspace: Callable[..., Any], fault: str) -> None:
    ask = open_workspace()
    target = f"/companies/scroll?scroll_param={ask('/companies/scroll').json['scroll_param']}"
    ask.workspace.faults.rates = {fault: 1}
    ask(target)
    ask.workspace.faults.rates = {}
    assert [len(ask(target).json["companies"]) for _ in range(2)] == [50, 0]


def test_an_expired_scroll_can_be_made_to_happen(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(faults={"scroll-expired": 1})
    param = ask("/companies/scroll").json["scroll_param"]
    assert ask(f"/companies/scroll?scroll_param={param}").error == GONE
    assert ask("/users/scroll").status == 200


def test_what_is_deleted_during_a_scroll_does_not_shift_it(ask: Any) -> None:
    first = ask("/companies/scroll").json
    world = ask.workspace.world
    for company in first["companies"][:20]:
        world.remove("companies", world.companies.entries[company["id"]])
    second = ask(f"/companies/scroll?scroll_param={first['scroll_param']}").json["companies"]
    known = {company["id"] for company in first["companies"]}
    assert len(second) == 100
    assert not known & {company["id"] for company in second}


@pytest.mark.parametrize(("fault", "sizes"), [("scroll-short", [100, 40, 50, 0]), ("scroll-empty", [100, 0, 50, 0])])
def test_a_page_whose_records_were_deleted_is_short_and_no_end(
    open_workspace: Callable[..., Any], fault: str, sizes: list[int]
) -> None:
    ask = open_workspace()
    pages = [ask("/companies/scroll").json]
    target = f"/companies/scroll?scroll_param={pages[0]['scroll_param']}"
    for rates in ({fault: 1}, {}, {}):
        ask.workspace.faults.rates = rates
        pages.append(ask(target).json)
    assert [len(page["companies"]) for page in pages] == sizes
    assert ask("/companies?per_page=1").json["total_count"] == sum(sizes)
    ids = [company["id"] for page in pages for company in page["companies"]]
    assert len(set(ids)) == len(ids)
