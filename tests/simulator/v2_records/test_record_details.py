"""Fields of single records, in each version as that version's OpenAPI file describes them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

SINCE_2_14 = ("app_package_code", "email_message_metadata", "event_details", "state", "tags")


def contacts(ask: Any, version: str, **asked: Any) -> list[Any]:
    return [contact for page in ask.search("contacts", version, **asked) for contact in page["data"]]


def test_nobody_is_opted_into_and_out_of_the_same_subscription_type(readme: Any) -> None:
    for contact in contacts(readme, "2.16", pagination={"per_page": 150}):
        opted = [contact[f"opted_{way}_subscription_types"] for way in ("in", "out")]
        ids = [one["id"] for listed in opted for one in listed["data"]]
        assert len(ids) == len(set(ids)) == sum(listed["total_count"] for listed in opted)


def test_both_lists_of_subscriptions_make_up_the_whole(ask: Any) -> None:
    for contact in contacts(ask, "2.16")[:60]:
        subscribed = ask(f"/contacts/{contact['id']}/subscriptions", version="2.16").json["data"]
        total = sum(contact[f"opted_{way}_subscription_types"]["total_count"] for way in ("in", "out"))
        assert len(subscribed) == total


def test_the_tags_of_a_contact_say_when_they_were_applied_and_by_whom(ask: Any) -> None:
    staff, now, tag_application = ask.workspace.world.setup.admin_ids, ask.workspace.clock.now(), []
    for contact in contacts(ask, "2.16"):
        for tag in ask(f"/contacts/{contact['id']}/tags", version="2.16").json["data"]:
            tag_application.append(tag)
            assert contact["created_at"] <= tag["applied_at"] < now
            assert tag["applied_by"] == {"type": "admin", "id": tag["applied_by"]["id"]}
            assert tag["applied_by"]["id"] in staff
    assert len({tag["applied_at"] for tag in tag_application}) > 10


@pytest.mark.parametrize("version", ["2.11", "2.14", "2.16"])
def test_an_article_alone_has_its_statistics(ask: Any, version: str) -> None:
    for listed in ask("/articles?per_page=50", version=version).json["data"]:
        assert "statistics" not in listed
        told = ask(f"/articles/{listed['id']}", version=version).json["statistics"]
        percentages = [told[f"{mood}_reaction_percentage"] for mood in ("happy", "neutral", "sad")]
        assert told["type"] == "article_statistics"
        assert sum(percentages) == pytest.approx(100 if told["reactions"] else 0)
        assert told["views"] >= told["reactions"]


@pytest.mark.parametrize(("version", "told"), [("2.13", False), ("2.14", True), ("2.15", True), ("2.16", True)])
def test_parts_and_contacts_say_more_from_2_14_on(ask: Any, version: str, told: bool) -> None:
    conversation = next(iter(ask.workspace.world.conversations)).id
    for part in ask(f"/conversations/{conversation}", version=version).json["conversation_parts"]["conversation_parts"]:
        assert [key in part for key in SINCE_2_14] == [told] * len(SINCE_2_14)
    contact = next(iter(ask.workspace.world.users)).id
    assert ("enabled_push_messaging" in ask(f"/contacts/{contact}", version=version).json) is told
    tickets = [ticket for page in ask.search("tickets", version) for ticket in page["tickets"]]
    parts = [part for ticket in tickets for part in ticket["ticket_parts"]["ticket_parts"]]
    by_api = [part for part in parts if "app_package_code" in part]
    assert (0 < len(by_api) < len(parts) / 2) if told else not by_api


def test_a_data_connector_alone_says_how_it_is_set_up(ask: Any) -> None:
    listed = ask("/data_connectors", version="2.16").json["data"][0]
    target = f"/data_connectors/{listed['id']}"
    single = ask(target, version="2.16").json
    assert set(single) - set(listed) == {
        "audiences", "bypass_authentication", "client_function_name", "client_function_timeout_ms",
        "configuration_response_type", "customer_authentication", "data_inputs", "data_transformation_type",
        "execution_type", "object_mappings", "response_fields", "token_ids", "validate_missing_attributes",
    }  # fmt: skip
    assert ask(f"{target}?state_version=draft", version="2.16").json == single
    message = "Invalid state_version. Must be one of: live, draft"
    assert ask(f"{target}?state_version=zzz", version="2.16").error == (400, "parameter_invalid", message)


@pytest.mark.parametrize("version", ["2.14", "2.15", "2.16"])
def test_users_have_a_history_of_merges_where_2_16_is_asked_for_it(ask: Any, version: str) -> None:
    merged = {row["contact_id"] for row in ask.expected("contact_merge_history")}
    contacts = [one for one in ask.expected("contacts") if one["role"] == "lead" or one["id"] in merged][:12]
    assert {one["role"] for one in contacts} == {"user", "lead"}
    role = {"query": {"field": "role", "operator": "!=", "value": ""}, "pagination": {"per_page": 150}}

    def served(flag: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for one in contacts:
            external = f"/contacts/find_by_external_id/{quote(one['external_id'], safe='')}{flag}"
            found += [ask(target, version=version).json for target in (f"/contacts/{one['id']}{flag}", external)]
        found += ask(f"/contacts{flag}", version=version).json["data"]
        return found + ask(f"/contacts/search{flag}", "POST", role, version=version).json["data"]

    for contact in served("?include_merge_history=true"):
        assert ("merge_history" in contact) == (version == "2.16" and contact["role"] == "user")
        if contact["id"] in merged and version == "2.16":
            history = ask(f"/contacts/{contact['id']}/merge_history?per_page=150", version=version).json["data"]
            assert contact["merge_history"][:150] == history
    assert not any("merge_history" in contact for contact in served("?include_merge_history=false"))


def test_a_server_may_ignore_that_it_is_asked_for_histories_of_merges(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"inline_merge_history": "ignored"})
    merged = ask.expected("contact_merge_history")[0]["contact_id"]
    asked = ask(f"/contacts/{merged}?include_merge_history=true", version="2.16")
    assert asked.json == ask(f"/contacts/{merged}", version="2.16").json
    assert ask(f"/contacts/{merged}/merge_history", version="2.16").json["data"]


@pytest.mark.parametrize("version", ["2.7", "2.11", "2.14", "2.16"])
def test_articles_and_ratings_have_no_fields_of_later_versions(ask: Any, version: str) -> None:
    is_later = version in ("2.14", "2.16")
    assert {"tags" in one for one in ask("/articles", version=version).json["data"]} == {is_later}
    conversations = [one for page in ask.search("conversations", version) for one in page["conversations"]]
    ratings = [one["conversation_rating"] for one in conversations if one["conversation_rating"]]
    assert {"updated_at" in rating for rating in ratings} == {is_later}
