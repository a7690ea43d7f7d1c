"""The lists of API 2.x: every way of paging returns every expected record once."""

from typing import Any

import pytest

from intercom_simulator.expected import v2
from intercom_simulator.v2_api import lists

NAMES = sorted(lists.LISTS)


def read(ask: Any, target: str, key: str = "data", version: str = "2.16") -> list[Any]:
    """Follow a list to its end, whatever its way of paging."""
    records, start = [], target
    while target:
        page = ask(target, version=version).json
        records += page[key]
        pages = page.get("pages") or page
        following = pages.get("next")
        if isinstance(following, dict):
            target = f"{start}&starting_after={following['starting_after']}"
        elif following is None and pages.get("page", 1) < pages.get("total_pages", 0) and "pages" not in page:
            target = f"{start}&page={pages['page'] + 1}"
        else:
            target = (following or "").removeprefix("http://127.0.0.1:8787")
    return records


@pytest.mark.parametrize("name", NAMES)
def test_paging_hands_out_everything_once(ask: Any, name: str) -> None:
    listing = lists.LISTS[name]
    parameters = "?created_at_after=1&per_page=3" if listing.paging.default_per_page else "?display_avatar=true"
    records = read(ask, f"/{listing.path}{parameters}", listing.key)
    stream = "office_hours" if name == "office_hours_schedules" else name
    assert records == ask.expected(stream)
    assert len({record["id"] for record in records}) == len(records) > 0


def test_a_page_can_be_too_big(ask: Any) -> None:
    for name, listing in lists.LISTS.items():
        if listing.paging.default_per_page:
            target = f"/{listing.path}?created_at_after=1&per_page={listing.paging.max_per_page + 1}"
            assert ask(target, version="2.16").error == (400, "parameter_invalid", "Per Page is too big"), name


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(lists.LISTS_WITHOUT_DETAIL)))
def test_each_can_be_had_alone(ask: Any, name: str) -> None:
    path = lists.LISTS[name].path
    for record in ask.expected("office_hours" if name == "office_hours_schedules" else name)[:3]:
        assert record.items() <= ask(f"/{path}/{record['id']}", version="2.16").json.items()
    assert ask(f"/{path}/nothing", version="2.16").status == 404


@pytest.mark.parametrize("version", ["2.7", "2.11", "2.12", "2.16"])
@pytest.mark.parametrize("form", ["object", "text"])
def test_an_admin_has_a_picture_in_the_form_that_the_switch_says(open_workspace: Any, version: str, form: str) -> None:
    ask = open_workspace(switches={"admin_avatar": form})
    me = ask("/me", version=version).json["avatar"]
    assert me == {"type": "avatar", "image_url": me["image_url"]}
    expected = me["image_url"] if form == "text" and version in ("2.12", "2.16") else me
    listed = ask("/admins?display_avatar=true", version=version).json["admins"][0]
    assert listed["avatar"] == expected
    assert ask(f"/admins/{listed['id']}", version=version).json["avatar"] == expected
    assert "avatar" not in ask("/admins", version=version).json["admins"][0]


def test_companies_come_by_scroll_by_page_and_alone(ask: Any) -> None:
    known = {row["id"]: row for row in ask.expected("companies")}
    page = ask("/companies/scroll", version="2.16").json
    assert (page["pages"], page["total_count"]) == (None, None)
    scrolled = list(page["data"])
    while page["data"]:
        page = ask(f"/companies/scroll?scroll_param={page['scroll_param']}", version="2.16").json
        scrolled += page["data"]
    assert {row["id"]: row for row in scrolled} == known
    assert {row["id"] for row in read(ask, "/companies?per_page=50")} == set(known)
    one = scrolled[0]
    assert ask(f"/companies/{one['id']}", version="2.16").json == one
    assert ask(f"/companies?company_id={one['company_id']}".replace(" ", "%20"), version="2.16").json == one
    assert ask("/companies/nobody", version="2.16").error == (404, "company_not_found", "Company Not Found")


def test_companies_are_listed_by_post_up_to_a_limit(readme: Any, ask: Any) -> None:
    page = ask("/companies/list", "POST", {"page": 2, "per_page": 60, "order": "asc"}, version="2.16").json
    assert (page["pages"]["page"], len(page["data"]), page["total_count"]) == (2, 60, 250)
    assert len(readme("/companies/list?page=166&per_page=60", "POST", version="2.16").json["data"]) == 0
    error = (400, "bad_request", "page limit reached, please use scroll API")
    assert readme("/companies/list?page=167&per_page=60", "POST", version="2.16").error == error


@pytest.mark.parametrize("name", ["companies", "notes", "segments", "subscriptions", "tags"])
def test_what_hangs_on_contacts_is_what_the_truth_says(ask: Any, name: str) -> None:
    singular = {"companies": "company", "subscriptions": "subscription_type"}.get(name, name.removesuffix("s"))
    parameters = "?per_page=4" if name in ("companies", "notes") else ""
    found = {
        (entry.id, record["id"])
        for entry in ask.workspace.context.searchable.contacts
        for record in read(ask, f"/contacts/{entry.id}/{name}{parameters}")
    }
    key = "id" if name == "notes" else f"{singular}_id"
    expected = [(row["contact_id"], row[key]) for row in ask.expected(f"contact_{name}")]
    assert found == set(expected)
    assert len(expected) == len(found)


@pytest.mark.parametrize(("name", "key"), [("contacts", "contact_id"), ("notes", "id"), ("segments", "id")])
def test_what_hangs_on_companies_is_what_the_truth_says(ask: Any, name: str, key: str) -> None:
    found = [
        (entry.id, record["id"])
        for entry in ask.workspace.world.companies
        for record in read(ask, f"/companies/{entry.id}/{name}")
    ]
    assert sorted(found) == sorted((row["company_id"], row[key]) for row in ask.expected(f"company_{name}"))
    assert ask(f"/companies/nobody/{name}", version="2.16").error == (404, "company_not_found", "Company Not Found")


def test_a_contact_with_more_than_ten_of_everything_has_them_all_in_its_lists(ask: Any) -> None:
    contact = max(ask.expected("contacts"), key=lambda row: row["companies"]["total_count"])
    for name in ("tags", "companies", "notes"):
        assert contact[name]["has_more"]
        assert len(read(ask, f"/contacts/{contact['id']}/{name}")) == contact[name]["total_count"] > 10


def test_the_largest_of_what_hangs_on_a_record_fills_several_pages(ask: Any) -> None:
    world = ask.workspace.world
    person, crowded = (next(one for one in world.users if one.ordinal == 7), list(world.companies)[3])
    merged = next(one for one in world.users if one.ordinal == 5)
    noted = list(world.companies)[7]
    for path in (
        f"/contacts/{person.id}/companies?per_page=60",
        f"/contacts/{person.id}/notes?per_page=60",
        f"/companies/{crowded.id}/contacts?per_page=60",
        f"/companies/{noted.id}/notes?per_page=60",
    ):
        assert ask(path, version="2.16").json["pages"]["total_pages"] == 2, path
    history = f"/contacts/{merged.id}/merge_history?per_page=150"
    first = ask(history, version="2.16").json
    assert (len(first["data"]), first["has_more"]) == (150, True)
    assert ask(f"{history}&cursor={first['next_cursor']}", version="2.16").json["has_more"] is False


def test_the_people_of_a_company_follow_what_changes(ask: Any) -> None:
    world = ask.workspace.world
    user = next(entry for entry in world.users if ask.workspace.context.searchable.links.companies(entry))
    company = ask.workspace.context.searchable.links.companies(user)[0]
    assert user.id in {row["id"] for row in read(ask, f"/companies/{company}/contacts")}
    world.users.change(user, {"companies": {"type": "company.list", "companies": []}})
    assert user.id not in {row["id"] for row in read(ask, f"/companies/{company}/contacts")}


def test_attributes_belong_to_their_model(ask: Any) -> None:
    for model in ("contact", "company"):
        listed = read(ask, f"/data_attributes?model={model}")
        assert listed == ask.expected(f"{model}_attributes")
        assert {row["model"] for row in listed} == {model}
        assert {"id" in row for row in listed if row["custom"]} == {True}
        assert {"id" in row for row in listed if not row["custom"]} == {False}
        assert len({row["full_name"] for row in listed}) == len(listed)
    old = read(ask, "/data_attributes?model=conversation", version="2.15")
    assert old == ask.expected("conversation_attributes", "2.15")
    assert ask("/data_attributes?model=conversation", version="2.16").error == (
        422,
        "parameter_invalid",
        "model=conversation is no longer supported. Use GET /conversations/attributes instead",
    )
    assert ask("/conversations/attributes", version="2.15").error[:2] == (400, "intercom_version_invalid")
    archived = read(ask, "/conversations/attributes?include_archived=true")
    assert len(archived) == len(ask.expected("conversation_attributes")) + 1


def test_activity_logs_want_a_beginning_and_come_newest_first(ask: Any) -> None:
    assert ask("/admins/activity_logs", version="2.16").error[:2] == (400, "parameter_not_found")
    logs = ask.expected("admin_activity_logs")
    moments = [row["created_at"] for row in logs]
    assert moments == sorted(moments, reverse=True)
    between = f"/admins/activity_logs?created_at_after={moments[50]}&created_at_before={moments[10]}"
    assert [row["created_at"] for row in read(ask, between, "activity_logs")] == [
        moment for moment in moments if moments[50] <= moment <= moments[10]
    ]


def test_activity_logs_are_searched_by_what_was_done(ask: Any) -> None:
    kinds = ask("/admins/activity_log_event_types", version="2.16").json["event_types"]
    logs = ask.expected("admin_activity_logs")
    assert {row["activity_type"] for row in logs} <= set(kinds)
    body = {"created_at_after": 1, "event_types": kinds[:2], "per_page": 50}
    found, number, pages = [], 0, 1
    while number < pages:
        number += 1
        page = ask("/admins/activity_logs/search", "POST", {**body, "page": number}, version="2.16").json
        found, pages = found + page["activity_logs"], page["pages"]["total_pages"]
    assert number > 1
    assert found == [row for row in logs if row["activity_type"] in kinds[:2]]
    for change in ({"created_at_after": None}, {"event_types": "x"}, {"created_at_before": "then"}):
        reply = ask("/admins/activity_logs/search", "POST", {**body, **change}, version="2.16")
        assert reply.status == 400
    assert ask("/admins/activity_logs/search", "POST", body, version="2.15").status == 400


def test_a_segment_can_be_had_alone_of_people_or_companies(ask: Any) -> None:
    for kind in ("user", "company"):
        for segment in read(ask, f"/segments?type={kind}", "segments"):
            assert ask(f"/segments/{segment['id']}", version="2.11").json == segment
    assert ask("/segments/x", version="2.11").error == (404, "not_found", "Resource Not Found")


def test_the_addresses_that_may_enter_come_in_one_object(ask: Any) -> None:
    assert [ask("/ip_allowlist", version="2.14").json] == ask.expected("ip_allowlist")


def test_macros_can_be_asked_for_by_the_moment_of_their_change(ask: Any) -> None:
    macros = ask.expected("macros")
    since = sorted(row["updated_at"] for row in macros)[-2]
    assert ask("/macros?updated_since=then", version="2.16").error[2] == "Invalid updated_since timestamp"
    found = read(ask, f"/macros?updated_since={ask.workspace.world.newest_at - 86400 * 35}&per_page=5")
    assert 0 < len(found) < len(macros)
    assert max(row["updated_at"] for row in found) >= since


def test_deleted_conversations_are_told_with_the_moment(ask: Any) -> None:
    world = ask.workspace.world
    former = len(ask.expected("deleted_conversations"))
    entry = next(iter(world.conversations))
    world.remove("conversations", entry)
    listed = read(ask, "/conversations/deleted?per_page=2", "conversations")
    assert len(listed) == former + 1
    assert (listed[0]["id"], listed[0]["deleted_at"]) == (entry.id, 1_700_000_000)
    assert read(ask, "/conversations/deleted?order=asc", "conversations") == listed[::-1]


def test_the_truth_names_the_streams_of_a_version(ask: Any) -> None:
    searchable = ask.workspace.context.searchable
    oldest, newest = v2.expected_counts(searchable, "2.7"), v2.expected_counts(searchable, "2.16")
    assert set(oldest) < set(newest)
    assert {"contacts", "conversations", "tickets", "companies"} <= set(oldest)
    assert {"macros", "deleted_conversations", "calls", "ticket_states"} <= set(newest) - set(oldest)
    assert min(newest.values()) > 0
    assert newest["contacts"] == newest["users"] + newest["leads"]


def test_a_list_without_pages_has_no_second_one(ask: Any) -> None:
    assert ask("/help_center/help_centers?page=2", version="2.16").json["data"] == []
