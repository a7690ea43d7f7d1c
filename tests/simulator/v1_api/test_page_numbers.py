"""Lists with page numbers: their order, their pages, and pages.next."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

DAY = 86400
NOW = 1_700_000_000
RESOURCES = [("users", 130, 50), ("contacts", 70, 50), ("companies", 250, 15), ("conversations", 130, 20)]


@pytest.mark.parametrize(("resource", "total", "per_page"), RESOURCES)
def test_a_list_has_its_own_default_size_and_total(ask: Any, resource: str, total: int, per_page: int) -> None:
    page = ask(f"/{resource}").json
    assert len(page[resource]) == per_page
    assert page["pages"]["total_pages"] == -(-total // per_page)
    assert (page["pages"]["page"], page["pages"]["per_page"], page["pages"]["type"]) == (1, per_page, "pages")
    assert page.get("total_count") == (None if resource == "conversations" else total)


@pytest.mark.parametrize(("resource", "total", "per_page"), RESOURCES)
def test_following_next_reads_every_record_once(ask: Any, resource: str, total: int, per_page: int) -> None:
    records = ask.pages(f"/{resource}?per_page={per_page + 3}", resource)
    assert len({record["id"] for record in records}) == len(records) == total


def test_next_is_on_the_callers_host_and_echoes_its_parameters(ask: Any) -> None:
    page = ask("/contacts?created_since=2&odd=a%26b+c&page=1", host="proxy.example:99").json
    address = urlsplit(page["pages"]["next"])
    assert (address.scheme, address.netloc, address.path) == ("http", "proxy.example:99", "/contacts")
    assert address.query == "created_since=2&odd=a%26b+c&per_page=50&page=2"
    assert parse_qs(address.query)["odd"] == ["a&b c"]


def test_the_last_page_has_no_next(ask: Any, open_workspace: Callable[..., Any]) -> None:
    assert ask("/users?page=3").json["pages"]["next"] is None
    without = open_workspace(switches={"last_page_next": "absent"})("/users?page=3").json["pages"]
    assert "next" not in without


def test_a_page_beyond_the_end_is_empty_but_an_error_for_leads(ask: Any, open_workspace: Callable[..., Any]) -> None:
    for resource in ("users", "companies", "conversations"):
        page = ask(f"/{resource}?page=99").json
        assert (page[resource], page["pages"]["total_pages"], page["pages"]["next"]) == ([], 0, None)
    assert ask("/contacts?page=99").error == (400, "parameter_invalid", "'page' not found on model")
    empty = open_workspace(switches={"leads_page_beyond_end": "empty"})("/contacts?page=99").json
    assert (empty["contacts"], empty["total_count"]) == ([], 0)


@pytest.mark.parametrize("resource", ["users", "contacts", "companies"])
def test_only_ten_thousand_records_are_within_reach_of_pages(ask: Any, resource: str) -> None:
    refused = (400, "bad_request", "page limit reached, please use scroll API")
    assert ask(f"/{resource}?page=201&per_page=50").error == refused
    assert ask(f"/{resource}?page=10001&per_page=1").error == refused
    assert ask("/users?page=200&per_page=50").status == 200
    assert ask("/conversations?page=201&per_page=50").status == 200


@pytest.mark.parametrize("resource", ["users", "contacts", "companies", "conversations"])
def test_more_than_sixty_a_page_are_refused_or_cut(ask: Any, open_workspace: Callable[..., Any], resource: str) -> None:
    assert len(ask(f"/{resource}?per_page=60").json[resource]) == 60
    assert ask(f"/{resource}?per_page=61").error == (400, "parameter_invalid", "Per Page is too big")
    page = open_workspace(switches={"per_page_over_max": "clamp"})(f"/{resource}?per_page=500").json
    assert (len(page[resource]), page["pages"]["per_page"]) == (60, 60)


@pytest.mark.parametrize(
    "asked", ["page=0", "page=-1", "page=two", "per_page=0", "sort=name", "order=up", "created_since=x"]
)
def test_values_that_mean_nothing_are_refused(ask: Any, asked: str) -> None:
    assert ask(f"/users?{asked}").error[:2] == (400, "parameter_invalid")


@pytest.mark.parametrize("field", ["created_at", "updated_at", "last_request_at", "signed_up_at"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_users_come_in_the_order_that_is_asked_for(ask: Any, field: str, order: str) -> None:
    users = ask.pages(f"/users?sort={field}&order={order}&per_page=60", "users")
    values = [float("-inf") if user[field] is None else user[field] for user in users]
    assert values == sorted(values, reverse=order == "desc")


def test_by_default_the_newest_users_come_first(ask: Any) -> None:
    values = [user["created_at"] for user in ask("/users").json["users"]]
    assert values == sorted(values, reverse=True)


def test_leads_ignore_sort_and_filters_unless_switched(ask: Any, open_workspace: Callable[..., Any]) -> None:
    asked = "/contacts?sort=updated_at&order=asc&created_since=1&updated_since=1"
    assert ask(asked).json["contacts"] == ask("/contacts").json["contacts"]
    honours = open_workspace(switches={"leads_sort": True, "leads_updated_since": True, "leads_created_since": True})
    values = [lead["updated_at"] for lead in honours("/contacts?sort=updated_at&order=asc").json["contacts"]]
    assert values == sorted(values)
    assert honours(asked).json["total_count"] < 70


@pytest.mark.parametrize("field", ["created", "updated"])
def test_users_since_counts_in_days(ask: Any, open_workspace: Callable[..., Any], field: str) -> None:
    everyone = ask.pages("/users", "users")
    recent = ask.pages(f"/users?{field}_since=40", "users")
    assert {user["id"] for user in recent} == {
        user["id"] for user in everyone if user[f"{field}_at"] >= NOW - 40 * DAY + 1
    }
    assert 0 < len(recent) < len(everyone)
    deaf = open_workspace(switches={f"users_{field}_since": "false"})
    assert deaf(f"/users?{field}_since=40").json["total_count"] == len(everyone)


def test_companies_come_by_last_request_and_without_those_nobody_is_in(ask: Any) -> None:
    companies = ask.pages("/companies?per_page=60", "companies")
    seen = [company.get("last_request_at", 0) for company in companies]
    assert seen == sorted(seen, reverse=True)
    updated = [company["updated_at"] for company in ask.pages("/companies?sort=updated_at&order=asc", "companies")]
    assert updated == sorted(updated)
    assert all(company["user_count"] for company in companies)
    deserted = [entry.id for entry in ask.workspace.world.companies.entries.values() if not entry.listed]
    assert ask(f"/companies/{deserted[0]}").json["user_count"] == 0


def test_conversations_come_by_update_and_any_other_order_is_ascending(ask: Any) -> None:
    newest_first = [item["updated_at"] for item in ask.pages("/conversations", "conversations")]
    assert newest_first == sorted(newest_first, reverse=True)
    for order in ("asc", "ascending", "nonsense"):
        values = [item["updated_at"] for item in ask.pages(f"/conversations?order={order}", "conversations")]
        assert values == sorted(values)


def test_waiting_conversations_leave_out_the_closed_and_the_answered(ask: Any) -> None:
    waiting = ask.pages("/conversations?sort=waiting_since&order=asc", "conversations")
    assert 0 < len(waiting) < 130
    assert all(item["waiting_since"] and item["state"] != "closed" for item in waiting)
    assert [item["waiting_since"] for item in waiting] == sorted(item["waiting_since"] for item in waiting)


def test_conversations_of_an_admin_name_the_field_in_order_and_the_direction_in_sort(ask: Any) -> None:
    nobody = ask.pages("/conversations?type=admin&admin_id=nobody&open=true&order=created_at&sort=asc", "conversations")
    assert nobody
    assert all(item["assignee"]["type"] == "nobody_admin" and item["open"] for item in nobody)
    assert [item["created_at"] for item in nobody] == sorted(item["created_at"] for item in nobody)
    assert ask("/conversations?type=admin").status == 400


def test_conversations_of_a_person_are_found_by_id_user_id_and_email(ask: Any) -> None:
    person = next(
        item["user"] for item in ask("/conversations").json["conversations"] if item["user"]["type"] == "user"
    )
    user = ask(f"/users/{person['id']}").json
    by_id = ask.pages(f"/conversations?type=user&intercom_user_id={person['id']}", "conversations")
    assert by_id
    assert ask.pages(f"/conversations?type=user&user_id={user['user_id']}", "conversations") == by_id
    assert ask("/conversations?type=user&user_id=none").status == 404
    unread = ask.pages(f"/conversations?type=user&intercom_user_id={person['id']}&unread=true", "conversations")
    assert unread == [item for item in by_id if not item["read"]]


def test_display_as_plaintext_takes_the_markup_out(ask: Any) -> None:
    html = ask("/conversations?per_page=60").json["conversations"]
    text = ask("/conversations?per_page=60&display_as=plaintext").json["conversations"]
    bodies = [item["conversation_message"]["body"] for item in text]
    assert [item["id"] for item in html] == [item["id"] for item in text]
    assert any("<p>" in (item["conversation_message"]["body"] or "") for item in html)
    assert not any("<p>" in (body or "") for body in bodies)
    assert not any("<b>" in item["conversation_message"]["subject"] for item in text)


def test_lists_have_no_parts_and_no_rating(ask: Any) -> None:
    for item in ask("/conversations").json["conversations"]:
        assert not {"conversation_parts", "conversation_rating"} & set(item)


def test_an_email_finds_users_and_leads_and_says_that_the_list_is_not_limited(ask: Any) -> None:
    lead = next(lead for lead in ask("/contacts").json["contacts"] if lead["email"])
    found = ask(f"/users?email={lead['email']}").json
    assert (found["limited"], found["total_count"], found["users"]) == (False, 1, [lead])
    assert ask("/users?email=nobody@example.com").json["users"] == []


def test_a_foreign_id_finds_one_record_or_none(ask: Any) -> None:
    user, company, lead = (
        ask("/users").json["users"][0],
        ask("/companies").json["companies"][0],
        ask("/contacts").json["contacts"][0],
    )
    assert ask(f"/users?user_id={user['user_id']}").json == user
    assert ask(f"/contacts?user_id={lead['user_id']}").json == lead
    assert ask(f"/companies?company_id={company['company_id']}").json == company
    assert ask("/users?user_id=none").error == (404, "not_found", "User Not Found")
    assert ask("/companies?name=none").error == (404, "company_not_found", "Company Not Found")


def test_a_tag_and_a_segment_narrow_a_list(ask: Any) -> None:
    users = ask.pages("/users", "users")
    tag = next(tag["id"] for user in users if user["tags"] for tag in user["tags"]["tags"])
    tagged = ask.pages(f"/users?tag_id={tag}", "users")
    assert tagged == [user for user in users if tag in [one["id"] for one in (user["tags"] or {"tags": []})["tags"]]]
    (segment, *_) = ask("/segments?type=company").json["segments"]
    companies = ask.pages(f"/companies?segment_id={segment['id']}&per_page=60", "companies")
    assert companies
    assert all(segment["id"] in [one["id"] for one in item["segments"]["segments"]] for item in companies)
    assert ask.pages(f"/users?segment_id={segment['id']}", "users") == []


@pytest.mark.parametrize(("path", "key", "person"), [("/users", "users", "user"), ("/contacts", "contacts", "contact")])
def test_a_segment_of_people_has_members_of_its_kind_alone(ask: Any, path: str, key: str, person: str) -> None:
    everybody = len(ask.pages(path, key))
    for segment in ask("/segments").json["segments"]:
        members = ask.pages(f"{path}?segment_id={segment['id']}", key)
        assert (0 < len(members) < everybody) is (segment["person_type"] == person)
    assert ask.pages(f"{path}?segment_id=zzz", key) == ask.pages(f"{path}?segment_id=5f888c98", key) == []


def test_a_page_is_a_snapshot_and_lists_shift_when_records_change(ask: Any) -> None:
    target = "/users?sort=updated_at&order=asc&per_page=10"
    before = ask(target).json["users"]
    ask.workspace.world.users.change(ask.workspace.world.users.entries[before[0]["id"]], {"updated_at": NOW})
    assert [user["id"] for user in ask(target).json["users"]][:9] == [user["id"] for user in before[1:]]
    assert ask(f"{target}&page=13").json["users"][-1]["id"] == before[0]["id"]


def test_data_attributes_come_for_one_model_or_both_and_archived_ones_on_demand(ask: Any) -> None:
    both = ask("/data_attributes").json["data_attributes"]
    assert len(both) == 60
    archived = ask("/data_attributes?model=customer&include_archived=true").json["data_attributes"]
    assert [item["archived"] for item in archived].count(True) == 3
    assert ask("/data_attributes?model=conversation").status == 400


def test_counts_tell_totals_and_the_inbox(ask: Any) -> None:
    totals = ask("/counts").json
    assert {name: total["count"] for name, total in totals.items() if name != "type"} == {
        "company": 250,
        "lead": 70,
        "segment": 4,
        "tag": 25,
        "user": 130,
    }
    inbox = ask("/counts?type=conversation").json["conversation"]
    assert inbox["open"] + inbox["closed"] == 130
    assert inbox["assigned"] + inbox["unassigned"] == inbox["open"]
    assert len(ask("/counts?type=conversation&count=admin").json["conversation"]["admin"]) == 4
    assert ask("/counts?type=moon").status == 400


def test_me_is_an_admin_with_the_workspace(ask: Any) -> None:
    me = ask("/me").json
    assert (me["type"], me["app"]["type"], me["app"]["timezone"]) == ("admin", "app", "America/Los_Angeles")


def test_a_segment_is_found_alone_among_people_and_companies(ask: Any) -> None:
    for target in ("/segments", "/segments?type=company"):
        segment = ask(target).json["segments"][-1]
        assert ask(f"/segments/{segment['id']}").json == segment
        assert ask(f"/segments/{segment['id']}?include_count=true").json["count"] >= 0
    assert ask("/segments/none").status == 404


@pytest.mark.parametrize(("resource", "total", "_"), RESOURCES)
def test_a_page_can_be_made_smaller_than_it_is_asked_for(
    open_workspace: Callable[..., Any], resource: str, total: int, _: int
) -> None:
    ask = open_workspace(switches={"page_most": 7})
    page = ask(f"/{resource}?per_page=50").json
    assert (len(page[resource]), page["pages"]["per_page"]) == (7, 7)
    everything = ask.pages(f"/{resource}", resource)
    assert len({record["id"] for record in everything}) == len(everything) == total
    assert len(ask(f"/{resource}?per_page=3").json[resource]) == 3


def test_the_pages_of_a_scroll_can_be_made_small_too(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"page_most": 7})
    assert len(ask("/companies/scroll").json["companies"]) == 7
