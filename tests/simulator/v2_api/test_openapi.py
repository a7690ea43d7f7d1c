"""Answers of API 2.x have the shapes that the OpenAPI files describe; each exception is named with its source."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.responses import ApiError, read_request
from intercom_simulator.v2_api import lists, routes
from openapi_validator import SERVED_OTHERWISE, Specification

VERSIONS = ("2.11", "2.14", "2.16")


@pytest.fixture(scope="session")
def specifications(samples: Path) -> dict[str, Specification]:
    folder = samples.parent.parent / "api"
    return {version: Specification(folder / f"openapi-{version}.yaml", SERVED_OTHERWISE) for version in VERSIONS}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["contacts", "conversations", "tickets"])
def test_searches_answer_as_described(ask: Any, specifications: Any, version: str, name: str) -> None:
    for page in ask.search(name, version, pagination={"per_page": 40}):
        assert specifications[version].problems("POST", f"/{name}/search", page) == []


def test_reviews_look_as_described(ask: Any, specifications: Any) -> None:
    body = {"query": {"field": "created_at", "operator": ">", "value": 0}, "pagination": {"per_page": 150}}
    target = "/conversations/search?include_monitors=true&include_scorecards=true"
    page = ask(target, "POST", body, version="2.16").json
    assert specifications["2.16"].problems("POST", "/conversations/search", page) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("contacts", "/contacts/{contact_id}"),
        ("conversations", "/conversations/{conversation_id}"),
        ("tickets", "/tickets/{ticket_id}"),
    ],
)
def test_single_records_look_as_described(ask: Any, specifications: Any, version: str, name: str, path: str) -> None:
    for entry in list(ask.workspace.context.searchable.targets[name].view)[:40]:
        record = ask(f"/{name}/{entry.id}?include_merge_history=true", version=version).json
        assert specifications[version].problems("GET", path, record) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_contact_that_is_found_by_its_external_id_looks_as_described(
    ask: Any, specifications: Any, version: str
) -> None:
    described = "/contacts/find_by_external_id/{external_id}"
    for entry in list(ask.workspace.world.users)[:5]:
        contact = ask(f"/contacts/{entry.id}", version=version).json
        found = ask(f"/contacts/find_by_external_id/{quote(contact['external_id'], safe='')}", version=version)
        assert (found.status == 200) is (described in specifications[version].document["paths"])
        if found.status == 200:
            assert found.json == contact
            assert specifications[version].problems("GET", described, found.json) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", ["/me", "/contacts", "/conversations"])
def test_lists_look_as_described(ask: Any, specifications: Any, version: str, path: str) -> None:
    assert specifications[version].problems("GET", path, ask(path, version=version).json) == []


BRANCHES = {
    "/contacts/{contact_id}": ("companies", "notes", "segments", "subscriptions", "tags"),
    "/companies/{company_id}": ("contacts", "notes", "segments"),
}
LISTS = (
    "/companies?per_page=60",
    "/companies/scroll",
    "/segments?include_count=true",
    "/segments?type=company",
    "/data_attributes?model=contact&include_archived=true",
    "/data_attributes?model=company",
    "/data_attributes?include_archived=true",
    "/admins?display_avatar=true",
)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_hangs_on_contacts_and_companies_looks_as_described(ask: Any, specifications: Any, version: str) -> None:
    world, described = ask.workspace.world, specifications[version].document["paths"]
    for path, names in BRANCHES.items():
        collection = world.users if "contact" in path else world.companies
        entries = [entry for entry in collection if entry.ordinal % 61 in (7, 8)]
        for template in (f"{path}/{name}" for name in names):
            for entry in entries:
                reply = ask(re.sub(r"{.*}", entry.id, template), version=version)
                assert reply.status == (200 if template in described else 400)
                assert reply.status != 200 or specifications[version].problems("GET", template, reply.json) == []
    entry = next(iter(world.companies))
    company = ask(f"/companies/{entry.id}", version=version).json
    assert specifications[version].problems("GET", "/companies/{company_id}", company) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("target", LISTS)
def test_what_is_listed_whole_looks_as_described(ask: Any, specifications: Any, version: str, target: str) -> None:
    path = target.partition("?")[0]
    assert specifications[version].problems("GET", path, ask(target, version=version).json) == []
    of_conversations = ask("/data_attributes?model=conversation", version=version)
    assert of_conversations.status == (422 if version == "2.16" else 200)
    if of_conversations.status == 200:
        assert specifications[version].problems("GET", "/data_attributes", of_conversations.json) == []
    page = ask("/companies/list?per_page=3", "POST", version=version).json
    assert specifications[version].problems("POST", "/companies/list", page) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", sorted(lists.LISTS))
def test_a_list_exists_in_the_versions_that_describe_it(ask: Any, specifications: Any, version: str, name: str) -> None:
    listing, specification = lists.LISTS[name], specifications[version]
    path = f"/{listing.path}"
    for per_page in (3, 20) if listing.paging.default_per_page else (None,):
        parameters = f"?created_at_after=1&per_page={per_page}" if per_page else ""
        reply = ask(f"{path}{parameters}", version=version)
        assert (reply.status == 200) is (path in specification.document["paths"])
        if reply.status == 200:
            assert specification.problems("GET", path, reply.json) == []
            for record in reply.json[listing.key][:3]:
                single = f"{path}/{record.get('id')}"
                (template,) = [
                    p for p in specification.document["paths"] if re.fullmatch(f"{path}/{{[a-z_]+}}", p)
                ] or [""]
                if "get" in specification.document["paths"].get(template, {}):
                    assert specification.problems("GET", template, ask(single, version=version).json) == []
        else:
            assert reply.error[:2] == (400, "intercom_version_invalid")


@pytest.mark.parametrize(
    ("template", "some"),
    [
        ("/conversations/{id}/handling_events", "conversations"),
        ("/conversations/{id}/side_conversations", "conversations"),
        ("/contacts/{id}/merge_history", "users"),
    ],
)
def test_what_hangs_on_single_records_looks_as_described(
    ask: Any, specifications: Any, template: str, some: str
) -> None:
    for entry in ask.workspace.world.streams[some]:
        target = f"{template.replace('{id}', entry.id)}?per_page=1"
        assert specifications["2.16"].problems("GET", template, ask(target, version="2.16").json) == []
        assert ask(target, version="2.14").status == 400


def test_custom_objects_and_exports_look_as_described(ask: Any, specifications: Any) -> None:
    newest = specifications["2.16"]
    kinds = "/custom_object_instances/{custom_object_type_identifier}"
    for kind in ("Order", "Test_Object"):
        page = ask(f"/custom_object_instances/{kind}?per_page=3", version="2.16").json
        assert newest.problems("GET", kinds, page) == []
        single = ask(f"/custom_object_instances/{kind}/{page['data'][0]['id']}", version="2.14").json
        old = specifications["2.14"]
        assert old.problems("GET", f"{kinds}/{{custom_object_instance_id}}", single) == []
        assert old.problems("GET", kinds, single) == []
    window = {"created_at_after": 0, "created_at_before": 2_000_000_000}
    report = {"dataset_id": "ticket", "attribute_ids": ["ticket_id"], "start_time": 0, "end_time": 2_000_000_000}
    for order, body, status in (
        ("/export/content/data", window, "/export/content/data/{job_identifier}"),
        ("/export/reporting_data/enqueue", report, "/export/reporting_data/{job_identifier}"),
    ):
        job = ask(order, "POST", body, version="2.16").json
        assert newest.problems("POST", order, job) == []
        ask.workspace.clock.advance(2)
        done = ask(status.replace("{job_identifier}", job["job_identifier"]), version="2.16").json
        assert newest.problems("GET", status, done) == []
    for version in ("2.14", "2.16"):
        datasets = ask("/export/reporting_data/get_datasets", version=version).json
        assert specifications[version].problems("GET", "/export/reporting_data/get_datasets", datasets) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_record_that_is_not_there_is_missed_in_the_described_words(
    ask: Any, specifications: Any, version: str
) -> None:
    refused, described = {}, {}
    for path, operations in specifications[version].document["paths"].items():
        single = re.fullmatch(r"(?!/export|/download|/fin_voice|/jobs)[a-z/_]+/{[a-z_]+}", path)
        missed = operations.get("get", {}).get("responses", {}).get("404", {}).get("content", {})
        if single and is_served("GET", path, version):
            for example in missed.get("application/json", {}).get("examples", {}).values():
                refused[path] = ask(re.sub("{.*}", "nothing", path), version=version).error
                described[path] = (404, *(example["value"]["errors"][0][key] for key in ("code", "message")))
    assert refused == described
    assert len(refused) > 9


@pytest.mark.parametrize("version", VERSIONS)
def test_events_look_as_described(ask: Any, specifications: Any, version: str) -> None:
    specification = specifications[version]
    for entry in ask.workspace.context.searchable.contacts:
        answer = ask(f"/events?type=user&intercom_user_id={entry.id}", version=version).json
        assert specification.component_problems("data_event_list", answer) == []
        summary = ask(f"/events?type=user&intercom_user_id={entry.id}&summary=true", version=version).json
        assert specification.problems("GET", "/events", summary) == []


def test_the_log_that_is_searched_looks_as_described(ask: Any, specifications: Any) -> None:
    newest = specifications["2.16"]
    page = ask("/admins/activity_logs/search", "POST", {"created_at_after": 1}, version="2.16").json
    assert newest.problems("POST", "/admins/activity_logs/search", page) == []
    kinds = ask("/admins/activity_log_event_types", version="2.16").json
    assert newest.problems("GET", "/admins/activity_log_event_types", kinds) == []
    addresses = ask("/ip_allowlist", version="2.16").json
    assert newest.problems("GET", "/ip_allowlist", addresses) == []


# What can be read of Intercom but not of the simulator: single records, searches of what is listed anyway, and what
# only tells of an application's own messages.
NOT_SERVED = (
    r"/notes/{note_id}",
    r"/visitors",
    r"/jobs/.*",
    r"/messages/.*",
    r"/fin_voice/.*",
    r"/content/search",
    r"/(internal_)?articles/search",
    r"/articles/.*/(versions|draft).*",
    r"/contacts/{id}/banners",
    r"/data_connectors/.*/execution_results.*",
    r"/export/workflows/.*",
    r"/help_center/help_centers/.*/redirects.*",
    r"/office_hours_schedules/.*/office_hours_exceptions.*",
    r"/teams/{team_id}/metrics",
)


@pytest.mark.parametrize("version", VERSIONS)
def test_whatever_can_be_read_is_served_or_named_as_not_served(specifications: Any, version: str) -> None:
    described = specifications[version].document["paths"]
    served = {
        (method, path)
        for path, operations in described.items()
        for method in operations
        if is_served(method.upper(), path, version)
    }
    for path, operations in described.items():
        reading = {method for method in operations if method == "get" or path.endswith(("/search", "/companies/list"))}
        left_out = any(re.fullmatch(pattern, path) for pattern in NOT_SERVED)
        for method in reading & {"get", "post"}:
            assert (method, path) in served or left_out, (method, path)


def is_served(method: str, path: str, version: str) -> bool:
    try:
        routes.find_route(read_request(method, re.sub("{.*?}", "x", path), version=version), Behaviours())
    except ApiError:
        return False
    return True


@pytest.mark.parametrize("version", ["2.14", "2.16"])
def test_calls_that_were_searched_look_as_described(ask: Any, specifications: Any, version: str) -> None:
    wanted = ask.workspace.context.searchable.first_conversations[:20]
    found = ask("/calls/search", "POST", {"conversation_ids": wanted}, version=version).json
    assert len(found["data"]) > 1
    assert specifications[version].problems("POST", "/calls/search", found) == []


def test_what_is_not_described_is_noticed(ask: Any, specifications: Any) -> None:
    page = ask("/contacts", version="2.16").json
    page["data"][0] |= {"email": 7, "shoe_size": 46}
    assert specifications["2.16"].problems("GET", "/contacts", page) == [
        "$.data[0].email: 7 is not of type 'string'",
        "$.data[0].shoe_size is not described",
    ]
