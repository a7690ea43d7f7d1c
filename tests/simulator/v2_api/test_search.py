# ruff: noqa: FBT003 - a value that is searched for may be true
"""Searches of API 2.x: the query language, its errors, dates by day, cursors, and the lag of the index."""

from base64 import b64decode
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from intercom_simulator.protocol.filters import FilterContext, day_bounds
from intercom_simulator.protocol.query import read_query
from intercom_simulator.protocol.responses import ApiError

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
WORDS = FilterContext(
    {
        "name": "text",
        "age": "number",
        "born": "date",
        "kind": "text",
        "open": "boolean",
        "tags": "list",
        "id": "numeric_id",
    }
)
DAYS = FilterContext({"born": "date"}, LOS_ANGELES)
RECORD = {
    "name": "Zoë Brown",
    "age": 41,
    "born": 1_000_000,
    "kind": None,
    "open": True,
    "tags": ["7", "11"],
    "id": "99",
}


def one(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def both(*members: Any, operator: str = "AND") -> dict[str, Any]:
    return {"operator": operator, "value": list(members)}


def matches(query: Any, language: FilterContext = WORDS, **changed: Any) -> bool:
    return read_query(query, language)({**RECORD, **changed}.get)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (one("name", "=", "zoë brown"), True),
        (one("name", "!=", "Zoë Brown"), False),
        (one("name", "IN", ["a", "Zoë Brown"]), True),
        (one("name", "NIN", ["a", "Zoë Brown"]), False),
        (one("name", "~", "BROW"), True),
        (one("name", "!~", "brow"), False),
        (one("name", "^", "zoë"), True),
        (one("name", "$", "brown"), True),
        (one("name", "$", "zoë"), False),
        (one("kind", "=", None), True),
        (one("kind", "!=", None), False),
        (one("kind", "~", "x"), False),
        (one("kind", "!~", "x"), True),
        (one("id", ">", ""), True),
        (one("id", ">", "98"), True),
        (one("id", "<", "100"), True),
        (one("id", ">=", "100"), False),
        (one("id", "=", ""), False),
        (one("id", "=", "99"), True),
        (one("id", "^", "9"), True),
        (one("age", ">", 40), True),
        (one("age", ">", "41"), False),
        (one("age", ">=", 41), True),
        (one("age", "<", 41), False),
        (one("age", "<=", 41), True),
        (one("born", ">", 1_000_000), False),
        (one("open", "=", True), True),
        (one("open", "=", "true"), True),
        (one("tags", "=", "11"), True),
        (one("tags", "!=", "11"), False),
        (one("tags", "IN", ["8", "7"]), True),
        (one("custom_attributes.plan", "=", "pro"), False),
        (both(one("age", ">", 40), one("name", "^", "x")), False),
        (both(one("age", ">", 40), one("name", "^", "x"), operator="OR"), True),
        (both(both(one("age", ">", 99), one("age", "=", 41), operator="OR"), one("open", "=", True)), True),
    ],
)
def test_a_query_means_what_it_says(query: Any, expected: bool) -> None:
    assert matches(query) is expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (None, "parameter_invalid"),
        ({}, "parameter_invalid"),
        ("name = x", "parameter_invalid"),
        ({"field": "name", "value": 1}, "parameter_invalid"),
        ({"field": "name", "operator": "="}, "parameter_invalid"),
        (one("name", "LIKE", "x"), "parameter_invalid"),
        (one("shoe_size", "=", 46), "invalid_field"),
        (one("name", ">", "x"), "parameter_invalid"),
        (one("age", "~", "4"), "parameter_invalid"),
        (one("age", ">", "many"), "type_mismatch"),
        (one("born", ">", "yesterday"), "type_mismatch"),
        (one("born", ">", True), "type_mismatch"),
        (one("name", "IN", "x"), "type_mismatch"),
        (one("name", "=", ["x"]), "type_mismatch"),
        (both(), "parameter_invalid"),
        (both("x"), "parameter_invalid"),
        (both(*[one("age", "=", 1)] * 16), "parameter_invalid"),
        (both(both(both(one("age", "=", 1)))), "parameter_invalid"),
    ],
)
def test_a_query_that_intercom_does_not_take_is_refused(query: Any, code: str) -> None:
    with pytest.raises(ApiError) as refusal:
        read_query(query, WORDS)
    assert (refusal.value.status, refusal.value.code) == (400, code)


def test_fifteen_filters_and_two_levels_are_taken() -> None:
    assert matches(both(both(*[one("age", "=", 41)] * 15), one("age", "=", 41)))


@pytest.mark.parametrize("operator", ["!=", ">=", "<=", "IN", "NIN"])
def test_days_cannot_be_compared_with_every_operator(operator: str) -> None:
    with pytest.raises(ApiError, match="not supported"):
        read_query(one("born", operator, [1] if "IN" in operator else 1), DAYS)


def test_dates_of_contacts_are_compared_by_the_day_of_the_workspace() -> None:
    morning = datetime(2024, 6, 1, 9, tzinfo=LOS_ANGELES).timestamp()
    first, last = day_bounds(morning, LOS_ANGELES)
    assert (last - first, datetime.fromtimestamp(first, LOS_ANGELES).hour) == (86400, 0)
    moments = (first - 1, first, last - 1, last)
    found = {
        operator: [matches(one("born", operator, int(morning)), DAYS, born=born) for born in moments]
        for operator in "=<>"
    }
    assert found == {
        "=": [False, True, True, False],
        "<": [True, False, False, False],
        ">": [False, False, False, True],
    }
    assert not matches(one("born", "<", int(morning)), DAYS, born=None)


def test_a_day_on_which_the_clocks_change_has_its_own_length() -> None:
    spring = datetime(2024, 3, 10, 12, tzinfo=LOS_ANGELES).timestamp()
    first, last = day_bounds(spring, LOS_ANGELES)
    assert last - first == 23 * 3600


def test_conversations_are_compared_by_the_second(ask: Any, open_workspace: Any) -> None:
    moment = sorted(entry.updated_at for entry in ask.workspace.world.conversations)[60]

    def found(asker: Any, operator: str) -> set[int]:
        query = one("updated_at", operator, moment)
        return {
            item["updated_at"] for page in asker.search("conversations", query=query) for item in page["conversations"]
        }

    assert moment not in found(ask, ">")
    assert moment in found(ask, ">=") & found(ask, "=")
    inclusive = open_workspace(switches={"search_bounds": "inclusive"})
    assert moment in found(inclusive, ">")


@pytest.mark.parametrize(
    ("name", "key"), [("contacts", "data"), ("conversations", "conversations"), ("tickets", "tickets")]
)
@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_pages_follow_each_other_without_gap_or_repetition(ask: Any, name: str, key: str, order: str) -> None:
    sort = {"field": "updated_at", "order": order}
    pages = list(ask.search(name, sort=sort, pagination={"per_page": 7}))
    records = [record for page in pages for record in page[key]]
    assert len({record["id"] for record in records}) == len(records) == pages[0]["total_count"]
    moments = [record["updated_at"] for record in records]
    assert moments == sorted(moments, reverse=order == "descending")
    assert [page["pages"]["page"] for page in pages] == list(range(1, len(pages) + 1))
    assert {page["pages"]["total_pages"] for page in pages} == {len(pages)}


def test_the_cursor_names_milliseconds_id_and_page(ask: Any) -> None:
    sort = {"field": "updated_at", "order": "ascending"}
    first = ask.search("contacts", sort=sort, pagination={"per_page": 3})
    page = next(first)
    last = page["data"][-1]
    cursor = page["pages"]["next"]
    assert cursor["page"] == 2
    assert b64decode(cursor["starting_after"]) == f'[{last["updated_at"] * 1000},"{last["id"]}",2]'.encode()


def test_only_cursors_that_were_given_out_are_taken(ask: Any) -> None:
    query = one("created_at", ">", 0)
    for cursor in ("WzE3MjY3NTIxNDUwMDAsNSwyXQ==", "x", 7):
        body = {"query": query, "pagination": {"starting_after": cursor}}
        assert ask("/contacts/search", "POST", body, version="2.16").error[:2] == (400, "client_error")


@pytest.mark.parametrize(("name", "default"), [("contacts", 50), ("conversations", 20), ("tickets", 20)])
def test_pages_have_a_usual_and_a_largest_size(ask: Any, name: str, default: int) -> None:
    query = one("created_at", ">", 0)
    assert next(ask.search(name))["pages"]["per_page"] == default
    assert (
        ask(f"/{name}/search", "POST", {"query": query, "pagination": {"per_page": 150}}, version="2.16").status == 200
    )
    for size in (151, "151", "9" * 5000):
        body = {"query": query, "pagination": {"per_page": size}}
        reply = ask(f"/{name}/search", "POST", body, version="2.16")
        assert reply.error == (400, "parameter_invalid", "Per Page is too big")
    for size in (0, "0", "00", "\u0660", -1, True, "many", [1]):
        body = {"query": query, "pagination": {"per_page": size}}
        assert ask(f"/{name}/search", "POST", body, version="2.16").error[:2] == (400, "parameter_invalid")


def test_a_query_is_needed_and_an_unknown_order_is_named_by_2_16_alone(ask: Any) -> None:
    assert ask("/contacts/search", "POST", {}, version="2.16").error == (
        400,
        "parameter_invalid",
        "Invalid query. Ensure 'field', 'operator', 'value' are present",
    )
    body = {"sort": {"field": "updated_at", "order": "desc"}}
    assert ask("/contacts/search", "POST", body, version="2.16").error == (
        400,
        "invalid_sort_order",
        "Invalid sort order 'desc'. Must be one of: ascending, descending",
    )
    body |= {"query": one("created_at", ">", 0)}
    assert ask("/contacts/search", "POST", body, version="2.15").status == 200


def test_a_search_knows_of_a_change_only_after_a_while(open_workspace: Any) -> None:
    ask = open_workspace(switches={"search_lag_seconds": "300"})
    world, clock = ask.workspace.world, ask.workspace.clock
    entry = next(iter(world.conversations))
    former, now = entry.updated_at, int(clock.now())
    world.conversations.change(entry, {"updated_at": now})
    created = world.create("conversations", now)
    newest = {"sort": {"field": "updated_at", "order": "descending"}}

    def found(moment: int) -> dict[str, int]:
        query = one("updated_at", "=", moment)
        return {
            item["id"]: item["updated_at"]
            for page in ask.search("conversations", query=query, **newest)
            for item in page["conversations"]
        }

    assert found(now) == {}
    assert found(former)[entry.id] == now
    clock.advance(300)
    assert set(found(now)) == {entry.id, created.id}
    assert entry.id not in found(former)


def test_merged_contacts_are_found_no_more_and_gone_on_2_16(ask: Any) -> None:
    searchable, world = ask.workspace.context.searchable, ask.workspace.world
    lead, merged_into = next(iter(world.leads)), next(iter(world.users))
    searchable.links.merge(lead, merged_into, int(ask.workspace.clock.now()))
    assert lead.id not in {item["id"] for page in ask.search("contacts") for item in page["data"]}
    gone = ask(f"/contacts/{lead.id}", version="2.16")
    assert gone.error[:2] == (410, "contact_merged")
    assert gone.headers["Link"] == f'</contacts/{merged_into.id}>; rel="canonical"'
    assert ask(f"/contacts/{lead.id}", version="2.15").error == (404, "not_found", "User Not Found")
    history = ask(f"/contacts/{merged_into.id}?include_merge_history=true", version="2.16").json["merge_history"]
    assert history[0]["source_contact_id"] == lead.id
    assert "merge_history" not in ask(f"/contacts/{merged_into.id}", version="2.16").json


@pytest.mark.parametrize("version", ["2.7", "2.11", "2.15", "2.16"])
def test_types_are_those_of_the_version(ask: Any, version: str) -> None:
    newest = version == "2.16"
    contacts = [item for page in ask.search("contacts", version) for item in page["data"]]
    assert {type(item["owner_id"]) for item in contacts} == {str if newest else int, type(None)}
    conversations = [item for page in ask.search("conversations", version) for item in page["conversations"]]
    assert {item["priority"] for item in conversations} == (
        {"none", "low", "medium", "high", "urgent"} if newest else {"not_priority", "priority"}
    )
    assert (0 if newest else None) in {item["admin_assignee_id"] for item in conversations}
    tickets = [item for page in ask.search("tickets", version) for item in page["tickets"]]
    assert {type(item["admin_assignee_id"]) for item in tickets} == {int if newest else str}
    assert {type(item["ticket_state"]) for item in tickets} == {dict if int(version[2:]) > 11 else str}


def test_short_lists_hold_ten_and_say_what_is_missing(ask: Any) -> None:
    contacts = [item for page in ask.search("contacts") for item in page["data"]]
    for name in ("tags", "notes", "companies"):
        counts = [item[name]["total_count"] for item in contacts]
        assert max(counts) > 10
        for item in contacts:
            assert len(item[name]["data"]) == min(10, item[name]["total_count"])
            assert item[name]["has_more"] is (item[name]["total_count"] > 10)
            assert item[name]["url"] == f"/contacts/{item['id']}/{name}"


def test_only_the_newest_parts_are_served(open_workspace: Any) -> None:
    ask = open_workspace(switches={"newest_parts": "50"})
    parts = ask("/conversations/9999998000", version="2.16").json["conversation_parts"]
    assert (parts["total_count"], len(parts["conversation_parts"])) == (120, 50)
    text = ask("/conversations/9999998000?display_as=plaintext", version="2.16").json
    assert "<p>" not in str(text)


def test_a_version_has_only_its_own_paths(ask: Any) -> None:
    assert ask("/users", version="2.16").error[:2] == (400, "intercom_version_invalid")
    assert ask("/nothing", version="2.16").error[:2] == (404, "not_found")
    assert ask("/contacts/search", "POST", {}).error[:2] == (400, "intercom_version_invalid")
    assert ask("/contacts/nobody", version="2.16").error == (404, "not_found", "User Not Found")
    assert ask("/tickets/0", version="2.16").status == 404
    assert ask("/me", version="2.16").json["app"]["timezone"] == "America/Los_Angeles"


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Apia", "UTC"])
def test_contacts_are_searched_by_the_days_of_the_zone_that_me_tells(open_workspace: Any, zone: str) -> None:
    ask = open_workspace(switches={"timezone": zone})
    assert ask("/me", version="2.16").json["app"]["timezone"] == zone
    every = [item for page in ask.search("contacts") for item in page["data"]]
    moment = sorted(item["updated_at"] for item in every)[100]
    first, last = day_bounds(moment, ZoneInfo(zone))

    def found(operator: str) -> set[str]:
        query = one("updated_at", operator, moment)
        return {item["id"] for page in ask.search("contacts", query=query) for item in page["data"]}

    assert found("=") == {item["id"] for item in every if first <= item["updated_at"] < last} != set()
    assert found(">") == {item["id"] for item in every if item["updated_at"] >= last}
    assert found("<") == {item["id"] for item in every if item["updated_at"] < first}
    query = {"query": one("updated_at", ">=", moment)}
    assert ask("/contacts/search", "POST", query, version="2.16").error[:2] == (400, "parameter_invalid")
    assert ask("/conversations/search", "POST", query, version="2.16").status == 200


def test_custom_dates_of_contacts_are_searched_by_day(ask: Any) -> None:
    field = "custom_attributes.last_order_at"
    everything = [item for page in ask.search("contacts") for item in page["data"]]
    values = {item["id"]: item["custom_attributes"].get("last_order_at") for item in everything}
    dated = {identity: value for identity, value in values.items() if isinstance(value, int)}
    moment = sorted(dated.values())[60]
    first, last = day_bounds(moment, LOS_ANGELES)

    def found(operator: str, value: float | None, **sort: Any) -> set[str]:
        query = one(field, operator, value)
        return {item["id"] for page in ask.search("contacts", query=query, **sort) for item in page["data"]}

    for value in (first, moment, last - 1):
        for sort in ({}, {"sort": {"field": field, "order": "ascending"}}):
            assert found("=", value, **sort) == {who for who in dated if first <= dated[who] < last} != set()
            assert found(">", value, **sort) == {who for who in dated if dated[who] >= last} != set()
            assert found("<", value, **sort) == {who for who in dated if dated[who] < first} != set()
    assert found("=", None) == {who for who, value in values.items() if value is None}
    for operator in ("!=", ">=", "<=", "IN", "NIN", "~"):
        query = {"query": one(field, operator, [moment] if "IN" in operator else moment)}
        assert ask("/contacts/search", "POST", query, version="2.16").error[:2] == (400, "parameter_invalid")
    query = {"query": one(field, "=", "yesterday")}
    assert ask("/contacts/search", "POST", query, version="2.16").error[:2] == (400, "type_mismatch")


def test_a_walk_through_an_index_that_lags_meets_everything_once(open_workspace: Any) -> None:
    ask = open_workspace(switches={"search_lag_seconds": "60"})
    world, seen = ask.workspace.world, []
    for page in ask.search("contacts", sort={"field": "updated_at", "order": "ascending"}, pagination={"per_page": 9}):
        seen += [item["id"] for item in page["data"]]
        world.users.change(next(iter(world.users)), {"updated_at": int(ask.workspace.clock.now())})
    assert len(seen) == len(set(seen)) == 200


@pytest.mark.parametrize("name", ["contacts", "conversations", "tickets"])
def test_the_pages_of_a_search_can_be_made_small(open_workspace: Any, name: str) -> None:
    ask = open_workspace(switches={"page_most": 7})
    pages = list(ask.search(name, pagination={"per_page": 150}))
    assert {page["pages"]["per_page"] for page in pages} == {7}
    assert len(pages) == -(-pages[0]["total_count"] // 7)
