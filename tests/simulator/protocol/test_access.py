"""Token, version, Accept header, path, method, plan and scope: what fails is refused in Intercom's words."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from intercom_simulator.protocol.behaviours import Behaviours, changed_behaviours
from intercom_simulator.v2_api import routes

NOT_AVAILABLE = (400, "intercom_version_invalid", "Requested resource is not available in current API version")
UNKNOWN = (400, "intercom_version_invalid", "The requested version could not be found")


@pytest.mark.parametrize(
    "authorization", ["Bearer wrong", "Bearer", "Token simulator-token", "Basic ?", "simulator-token"]
)
def test_a_wrong_token_is_refused_without_limits_in_the_headers(ask: Any, authorization: str) -> None:
    reply = ask("/me", authorization=authorization)
    assert reply.error == (401, "unauthorized", "Access Token Invalid")
    assert not any(name.startswith("X-RateLimit") for name in reply.headers)


def test_no_token_is_refused(ask: Any) -> None:
    assert ask("/me", authorization=None).error == (401, "missing_authorization", "Unauthorized")


def test_a_token_may_come_as_the_user_name_of_basic_authentication(ask: Any) -> None:
    credentials = b64encode(b"simulator-token:").decode()
    assert ask("/me", authorization=f"Basic {credentials}").status == 200


def test_another_token_can_be_the_accepted_one(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(token="dG9rOjE=")  # noqa: S106 - an invented token
    assert ask("/me", authorization="Bearer dG9rOjE=").status == 200
    assert ask("/me").status == 401


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "application/json",
        "*/*",
        "text/html, application/json;q=0.5",
        "application/*",
        "application/vnd.intercom.3+json",
    ],
)
def test_whoever_takes_json_is_served(ask: Any, accept: str | None) -> None:
    assert ask("/me", accept=accept).status == 200


@pytest.mark.parametrize("accept", ["text/html", "application/octet-stream", "application/vnd.other+json", ""])
def test_whoever_takes_no_json_is_not(ask: Any, accept: str) -> None:
    assert ask("/me", accept=accept).error[:2] == (406, "media_type_not_acceptable")


@pytest.mark.parametrize("version", ["2.0", "2.14", "2.17", "Preview"])
def test_other_versions_do_not_have_these_resources(ask: Any, version: str) -> None:
    assert ask("/users", version=version).error == NOT_AVAILABLE


@pytest.mark.parametrize("version", ["1.0", "1.4"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/contacts/search"),
        ("POST", "/companies/list"),
        ("GET", "/articles"),
        ("GET", "/tickets/1"),
        ("GET", "/subscription_types"),
        ("GET", "/contacts/1/tags"),
        ("GET", "/macros"),
        ("GET", "/tags/1"),
    ],
)
def test_what_later_versions_have_is_not_available_before(ask: Any, version: str, method: str, path: str) -> None:
    assert ask(path, method, version=version).error == NOT_AVAILABLE


@pytest.mark.parametrize(
    "path", ["/admins/activity_logs?created_at_after=1", "/events?type=user", "/visitors", "/notes"]
)
def test_what_1_4_has_but_the_simulator_does_not_is_an_unknown_path(ask: Any, path: str) -> None:
    assert ask(path).error == (404, "not_found", "Resource Not Found")


@pytest.mark.parametrize("version", ["3.0", "1.44", "latest"])
def test_an_unknown_version_is_said_to_be_unknown(ask: Any, version: str) -> None:
    assert ask("/users", version=version).error == UNKNOWN


@pytest.mark.parametrize(
    ("version", "nearest", "path"),
    [
        *((f"1.{minor}", "1.4", "/users") for minor in range(4)),
        *((f"2.{minor}", "2.7", "/contacts") for minor in range(7)),
        *((version, "2.16", "/macros") for version in ("2.17", "Preview", "Unstable")),
    ],
)
def test_every_version_is_served_as_the_nearest_one_which_a_header_names(
    open_workspace: Callable[..., Any], version: str, nearest: str, path: str
) -> None:
    ask = open_workspace(mutate=0)
    near, same = ask(path, version=version), ask(path, version=nearest)
    assert (near.status, near.body) == (200, same.body)
    assert near.headers["X-Simulated-Version"] == nearest
    assert "X-Simulated-Version" not in same.headers
    by_app = open_workspace(switches={"app_version": version})(path, version=None)
    assert (by_app.body, by_app.headers["X-Simulated-Version"]) == (same.body, nearest)
    assert [line.version for line in ask.workspace.request_log.lines] == [version, nearest]


def test_without_a_version_the_apps_own_counts(ask: Any, open_workspace: Callable[..., Any]) -> None:
    assert ask("/users", version=None).error == NOT_AVAILABLE
    assert ask("/brands", version=None).status == 200
    assert open_workspace(switches={"app_version": "1.4"})("/users", version=None).status == 200
    assert open_workspace(switches={"app_version": "2.11"})("/brands", version=None).error == NOT_AVAILABLE


@pytest.mark.parametrize(("answer", "error"), [("refused", NOT_AVAILABLE), ("unknown", UNKNOWN)])
@pytest.mark.parametrize("version", ["1.4", "1.0", None])
@pytest.mark.parametrize("path", ["/tags", "/me", "/users/scroll", "/nothing", "/export/content/data"])
def test_1_4_can_be_switched_off_altogether(
    open_workspace: Callable[..., Any], path: str, version: str | None, answer: str, error: tuple[int, str, str]
) -> None:
    ask = open_workspace(switches={"version_1_4": answer, "app_version": "1.4"})
    assert ask(path, version=version).error == error
    assert ask("/me", version="2.16").status == 200


def test_data_attributes_by_path_belong_to_former_versions(ask: Any) -> None:
    assert ask("/data_attributes/company").error == NOT_AVAILABLE
    assert ask("/data_attributes?model=company", version="1.3").error == NOT_AVAILABLE
    former = ask("/data_attributes/company", version="1.3").json
    assert former == ask("/data_attributes?model=company").json
    assert ask("/data_attributes/moon", version="1.3").status == 404


@pytest.mark.parametrize(
    ("style", "by_query", "by_path"), [("query", 200, 400), ("path", 400, 200), ("both", 200, 200)]
)
def test_how_1_4_knows_data_attributes_is_a_switch(
    open_workspace: Callable[..., Any], style: str, by_query: int, by_path: int
) -> None:
    ask = open_workspace(switches={"data_attributes_path": style})
    assert ask("/data_attributes?model=customer").status == by_query
    assert ask("/data_attributes/customer").status == by_path


@pytest.mark.parametrize("path", ["/", "/nothing", "/users/x/y", "/conversations/1/parts", "/me/too"])
def test_an_unknown_path_is_not_found(ask: Any, path: str) -> None:
    assert ask(path).error[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/users/x", (404, "not_found", "User Not Found")),
        ("/contacts/x", (404, "not_found", "Contact not found")),
        ("/companies/x", (404, "company_not_found", "Company Not Found")),
        ("/conversations/x", (404, "not_found", "Resource Not Found")),
        ("/admins/x", (404, "admin_not_found", "Admin not found")),
        ("/teams/x", (404, "team_not_found", "Team not found")),
    ],
)
def test_an_unknown_record_is_not_found_in_its_own_words(ask: Any, path: str, error: tuple[int, str, str]) -> None:
    assert ask(path).error == error


def test_a_method_that_is_not_there_is_not_found_or_not_allowed(ask: Any, open_workspace: Callable[..., Any]) -> None:
    assert ask("/users", method="PATCH").status == 404
    assert open_workspace(switches={"wrong_method": "405"})("/users", method="PATCH").status == 405


def test_unknown_parameters_are_ignored_or_refused(ask: Any, open_workspace: Callable[..., Any]) -> None:
    assert ask("/users?colour=red").status == 200
    strict = open_workspace(switches={"unknown_parameters": "reject"})
    assert strict("/users?colour=red").error == (400, "parameter_invalid", "unknown parameter 'colour'")
    assert strict("/users?page=1&per_page=5&sort=updated_at&order=asc&updated_since=3").status == 200


def test_a_plan_can_leave_resources_out(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"plan_restricted": "conversations,companies"})
    for path in ("/conversations", "/conversations/1", "/companies/scroll"):
        assert ask(path).error == (403, "api_plan_restricted", "Active subscription needed.")
    assert ask("/users").status == 200


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("403", (403, "api_plan_restricted", "Active subscription needed.")),
        ("402", (402, "api_plan_restricted", "Active subscription needed.")),
        ("404", (404, "not_found", "Resource Not Found")),
    ],
)
def test_every_resource_of_2_x_can_be_left_out_of_the_plan(
    open_workspace: Callable[..., Any], answer: str, error: tuple[int, str, str]
) -> None:
    ask, switches = open_workspace(), changed_behaviours(Behaviours(), {"plan_restricted_answer": answer})
    for (method, *path), route in routes.ROUTES.items():
        ask.workspace.set_behaviours(changed_behaviours(switches, {"plan_restricted": route.resource}))
        assert ask("/" + "/".join(path), method, version="2.16", accept="*/*").error == error


def test_scopes_and_plans_can_leave_out_single_paths(open_workspace: Callable[..., Any]) -> None:
    paths = "/conversations/*/side_conversations, /admins/activity_logs"
    ask = open_workspace(switches={"scope_missing": paths, "scope_missing_answer": "403"})
    assert ask("/conversations/1/side_conversations", version="2.16").status == 403
    assert ask("/admins/activity_logs?created_at_after=1", version="2.16").status == 403
    assert ask("/admins", version="2.16").status == ask("/conversations", version="2.16").status == 200


def test_the_scope_of_macros_is_that_of_conversations(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"scope_missing": "macros", "scope_missing_answer": "403"})
    message = "You do not have the required scope (read_conversations) to access this resource"
    assert ask("/macros", version="2.16").error == (403, "forbidden", message)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("401", (401, "token_unauthorized", "Not authorized to access resource")),
        ("403", (403, "forbidden", "You do not have the required scope (read_admins) to access this resource")),
    ],
)
def test_a_token_can_lack_a_scope(open_workspace: Callable[..., Any], answer: str, error: tuple[int, str, str]) -> None:
    ask = open_workspace(switches={"scope_missing": "admins", "scope_missing_answer": answer})
    assert ask("/admins").error == error
    assert ask("/teams").status == 200


def test_json_can_be_indented(open_workspace: Callable[..., Any], ask: Any) -> None:
    pretty = open_workspace(switches={"pretty": "true"})("/tags")
    assert pretty.body.count(b"\n") > 100
    assert pretty.json == ask("/tags").json


def test_tags_can_have_numbers_for_ids(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"tag_ids": "int"})
    assert all(isinstance(tag["id"], int) for tag in ask("/tags").json["tags"])
    for resource in ("users", "companies", "conversations"):
        tags = [tag for item in ask.pages(f"/{resource}", resource) for tag in (item["tags"] or {"tags": []})["tags"]]
        assert tags
        assert all(isinstance(tag["id"], int) for tag in tags)


def test_tags_can_be_switched_to_be_null_for_some(open_workspace: Callable[..., Any]) -> None:
    readme = open_workspace(world="readme", quota=0, switches={"tags_null": "true"})
    target = next(
        f"/users/{entry.id}"
        for entry in readme.workspace.world.users
        if readme(f"/users/{entry.id}").json["tags"] is None
    )
    ask = open_workspace(world="readme")
    assert ask(target).json["tags"] == {"type": "tag.list", "tags": []}


def test_times_that_callers_supply_can_be_switched_to_be_odd(open_workspace: Callable[..., Any]) -> None:
    usual, odd = open_workspace(), open_workspace(switches={"odd_times": "true"})
    texts = 0
    for resource in ("users", "companies"):
        supplied = [item.get("remote_created_at") for item in odd.scroll(f"/{resource}/scroll", resource)]
        plain = [item.get("remote_created_at") for item in usual.scroll(f"/{resource}/scroll", resource)]
        texts += sum(isinstance(moment, str) for moment in supplied)
        assert all(moment is None or 0 < moment < 2_000_000_000 for moment in plain)
        different = sum(one != other for one, other in zip(supplied, plain, strict=True))
        assert 0 < different < len(plain) / 8
    assert texts


def test_the_parts_of_a_conversation_can_be_capped_to_the_most_recent(open_workspace: Callable[..., Any]) -> None:
    whole, capped = open_workspace(), open_workspace(switches={"part_cap": "50"})
    parts = whole("/conversations/9999998000").json["conversation_parts"]
    served = capped("/conversations/9999998000").json["conversation_parts"]
    assert parts["total_count"] == served["total_count"] == len(parts["conversation_parts"]) == 120
    assert served["conversation_parts"] == parts["conversation_parts"][-50:]
