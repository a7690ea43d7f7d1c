"""Lists of single records, custom objects and export jobs of API 2.x."""

import csv
import gzip
import json
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest

from intercom_simulator.expected import v2


def get(ask: Any, target: str) -> Any:
    reply = ask(target, version="2.16")
    assert reply.status == 200, reply.body
    return reply.json


def test_merge_history_is_handed_out_by_a_cursor_of_its_own(ask: Any) -> None:
    world, found = ask.workspace.world, []
    for entry in world.users:
        cursor = ""
        while cursor is not None:
            page = get(ask, f"/contacts/{entry.id}/merge_history?per_page=1&cursor={cursor}")
            found += [{**item, "contact_id": entry.id} for item in page["data"]]
            assert page["has_more"] is (page["next_cursor"] is not None)
            cursor = page["next_cursor"]
    assert found == ask.expected("contact_merge_history")
    assert len(found) > 2
    gone = ask(f"/contacts/{found[0]['source_contact_id']}", version="2.16")
    assert (gone.status, gone.headers["Link"]) == (410, f'</contacts/{found[0]["contact_id"]}>; rel="canonical"')
    lead = next(iter(world.leads)).id
    assert ask(f"/contacts/{lead}/merge_history", version="2.16").error == (404, "not_found", "Contact not found")
    assert ask(f"/contacts/{found[0]['contact_id']}/merge_history", version="2.15").status == 400


def test_what_hangs_on_conversations_is_what_the_truth_says(ask: Any) -> None:
    events, sides = [], []
    for entry in ask.workspace.world.conversations:
        answer = get(ask, f"/conversations/{entry.id}/handling_events")
        events += [{**event, "conversation_id": entry.id} for event in answer["handling_events"]]
        page, pages = 1, 1
        while page <= pages:
            answer = get(ask, f"/conversations/{entry.id}/side_conversations?page={page}")
            sides += [{**side, "conversation_id": entry.id} for side in answer["side_conversations"]]
            page, pages = page + 1, answer["pages"]["total_pages"]
    assert events == ask.expected("conversation_handling_events") != []
    assert sides == ask.expected("side_conversations")
    assert len(sides) > 30
    assert ask("/conversations/1/handling_events", version="2.16").status == 404


@pytest.mark.parametrize("name", ["intercom_user_id", "filter[intercom_user_id]"])
def test_events_are_read_person_by_person(ask: Any, name: str) -> None:
    found = []
    for entry in ask.workspace.context.searchable.contacts:
        found += events_at(ask, f"/events?type=user&{name}={entry.id}")
    assert found == ask.expected("data_events")
    assert len(found) > 60
    leads = {entry.id for entry in ask.workspace.world.leads}
    assert {one["intercom_user_id"] in leads for one in found} == {True, False}
    busy = next(one["intercom_user_id"] for one in found if one["id"].endswith("-59"))
    summary = get(ask, f"/events?type=user&intercom_user_id={busy}&summary=true")
    assert sum(event["count"] for event in summary["events"]) == sum(one["intercom_user_id"] == busy for one in found)
    assert ask("/events?type=user", version="2.16").status == 400
    assert ask("/events?type=user&user_id=nobody", version="2.16").error == (404, "not_found", "User Not Found")
    assert ask(f"/events?type=user&intercom_user_id={busy}&before=then", version="2.16").status == 400


def test_events_come_in_pages_and_what_is_new_has_an_address_of_its_own(ask: Any) -> None:
    busy = next(one["intercom_user_id"] for one in ask.expected("data_events") if one["id"].endswith("-59"))
    first = get(ask, f"/events?type=user&intercom_user_id={busy}")
    assert (len(first["events"]), "before=" in first["pages"]["next"]) == (50, True)
    last = get(ask, first["pages"]["next"].removeprefix("http://127.0.0.1:8787"))
    assert (len(last["events"]), "next" in last["pages"]) == (10, False)
    assert get(ask, first["pages"]["since"].removeprefix("http://127.0.0.1:8787"))["events"] == []
    small = f"/events?type=user&intercom_user_id={busy}&per_page=7"
    assert events_at(ask, small) == first["events"] + last["events"]


def test_events_are_told_for_ninety_days(ask: Any) -> None:
    before = ask.expected("data_events")
    ask.workspace.clock.advance(45 * 86400)
    assert 0 < len(ask.expected("data_events")) < len(before)
    ask.workspace.clock.advance(45 * 86400)
    assert ask.expected("data_events") == []


def events_at(ask: Any, target: str) -> list[Any]:
    found = []
    while target:
        page = get(ask, target)
        found += page["events"]
        target = page["pages"].get("next", "").removeprefix("http://127.0.0.1:8787")
    return found


def test_custom_objects_are_listed_by_type(ask: Any) -> None:
    found = []
    for kind in ("Order", "Test_Object"):
        target = f"/custom_object_instances/{kind}?per_page=4"
        while target:
            page = get(ask, target)
            found += page["data"]
            target = page["pages"].get("next", "").removeprefix("http://127.0.0.1:8787")
    assert found == ask.expected("custom_object_instances")
    assert len({one["id"] for one in found}) == len(found)
    missing = (404, "not_found", "Custom object type `Moon` not found")
    assert ask("/custom_object_instances/Moon", version="2.16").error == missing


def test_custom_objects_can_be_chosen_by_what_they_refer_to(ask: Any) -> None:
    searchable = ask.workspace.context.searchable
    for name, ids in (("contact", searchable.first_users), ("conversation", searchable.first_conversations)):
        chosen = get(ask, f"/custom_object_instances/Order?references_{name}_id={ids[0]}")["data"]
        assert [one["external_id"] for one in chosen] == ["order_0/é"]


@pytest.mark.parametrize("version", ["2.14", "2.16"])
def test_a_custom_object_can_be_had_alone(ask: Any, version: str) -> None:
    path = "/custom_object_instances/Order"
    for one in ask.expected("custom_object_instances"):
        if one["type"] == "Order":
            external = quote(one["external_id"], safe="")
            assert ask(f"{path}?external_id={external}", version=version).json == one
            assert ask(f"{path}/{external}", version=version).json == ask(f"{path}/{one['id']}", version=version).json
    missing = (404, "not_found", "Custom object instance not found")
    assert ask(f"{path}/1", version=version).error == ask(f"{path}?external_id=x", version=version).error == missing
    assert ask("/custom_object_instances/Moon/1", version=version).error == (404, "not_found", "Object not found")
    assert ask(path, version="2.11").error[:2] == (400, "intercom_version_invalid")
    if version == "2.14":
        assert ask(path, version=version).error == missing


WINDOW = {"created_at_after": 0, "created_at_before": 2_000_000_000}
REPORT = {
    "dataset_id": "ticket",
    "attribute_ids": ["ticket_id", "ticket_state"],
    "start_time": 0,
    "end_time": 2 * 10**9,
}


def table(ask: Any, url: str) -> list[list[str]]:
    reply = ask(url.removeprefix("http://127.0.0.1:8787"), version="2.16", accept="application/octet-stream")
    assert reply.status == 200, reply.body
    return list(csv.reader(StringIO(gzip.decompress(reply.body).decode())))


def test_an_export_of_content_is_waited_for_and_fetched(ask: Any) -> None:
    ordered = ask("/export/content/data", "POST", WINDOW, version="2.16").json
    status = f"/export/content/data/{ordered['job_identifier']}"
    assert (ordered["status"], ordered["download_url"]) == ("pending", "")
    assert ask("/export/content/data", "POST", WINDOW, version="2.16").error == (
        429,
        "rate_limit_exceeded",
        "Exceeded rate limit of 1 pending message data export jobs",
    )
    ask.workspace.clock.advance(0.6)
    assert get(ask, status)["status"] == "in_progress"
    ask.workspace.clock.advance(0.6)
    done = get(ask, status)
    assert (done["status"], int(done["download_expires_at"])) == ("completed", 1_700_000_000 + 2 * 86400)
    head, *sent = table(ask, done["download_url"])
    assert head[0] == "user_id"
    assert [dict(zip(head, row, strict=True)) for row in sent] == ask.expected("message_content_export")
    assert len(sent) > 10
    assert {",", '"', "\n"} <= set("".join(row[head.index("content_title")] for row in sent))
    path = f"/download/content/data/{ordered['job_identifier']}"
    assert ask(path, version="2.16", accept="application/json").error[:2] == (406, "media_type_not_acceptable")
    ask.workspace.clock.advance(3 * 86400)
    assert ask(status, version="2.16").status == 404


def test_an_export_can_be_empty_fail_or_be_canceled(open_workspace: Any) -> None:
    ask = open_workspace()
    empty = {"created_at_after": 5, "created_at_before": 6}
    identity = ask("/export/content/data", "POST", empty, version="2.16").json["job_identifier"]
    ask.workspace.clock.advance(2)
    assert get(ask, f"/export/content/data/{identity}")["status"] == "no_data"
    other = ask("/export/content/data", "POST", WINDOW, version="2.16").json["job_identifier"]
    assert ask(f"/export/cancel/{other}", "POST", version="2.16").json["status"] == "canceled"
    failing = open_workspace(switches={"export_fails": "true"})
    identity = failing("/export/content/data", "POST", WINDOW, version="2.16").json["job_identifier"]
    failing.workspace.clock.advance(2)
    assert get(failing, f"/export/content/data/{identity}")["status"] == "failed"
    assert failing(f"/download/content/data/{identity}", version="2.16").status == 404


def test_a_report_has_the_columns_that_were_chosen(ask: Any) -> None:
    assert {dataset["id"] for dataset in get(ask, "/export/reporting_data/get_datasets")["data"]} == {
        "conversation",
        "ticket",
    }
    orders = [ask("/export/reporting_data/enqueue", "POST", REPORT, version="2.16") for _ in range(6)]
    assert [order.status for order in orders] == [200] * 5 + [429]
    ask.workspace.clock.advance(2)
    done = get(ask, f"/export/reporting_data/{orders[0].json['job_identifier']}?app_id=x&client_id=y")
    head, *body = table(ask, f"{done['download_url']}?app_id=x")
    assert (done["status"], head) == ("complete", REPORT["attribute_ids"])
    assert body == [[ticket["id"], ticket["ticket_state"]["category"]] for ticket in ask.expected("tickets")]


@pytest.mark.parametrize("version", ["2.15", "2.16"])
def test_a_report_of_everything_is_what_the_truth_says(ask: Any, version: str) -> None:
    lines = v2.expected_lines(ask.workspace.context.searchable, "reporting_exports", version, plaintext=False)
    expected, found = [json.loads(line) for line in lines], []
    for dataset in get(ask, "/export/reporting_data/get_datasets")["data"]:
        assert dataset["default_time_attribute_id"] in {one["id"] for one in dataset["attributes"]}
        order = {**REPORT, "dataset_id": dataset["id"]}
        order["attribute_ids"] = [one["qualified_id"] for one in dataset["attributes"]]
        job = ask("/export/reporting_data/enqueue", "POST", order, version=version).json
        ask.workspace.clock.advance(2)
        done = get(ask, f"/export/reporting_data/{job['job_identifier']}")
        head, *body = table(ask, done["download_url"])
        assert head == order["attribute_ids"]
        names = [name.removeprefix(f"{dataset['id']}.") for name in head]
        found += [{"dataset_id": dataset["id"], **dict(zip(names, row, strict=True))} for row in body]
    assert found == expected
    replied = {row["first_user_reply_at"] != "" for row in expected if row["dataset_id"] == "conversation"}
    assert replied == ({True} if version == "2.15" else {True, False})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dataset_id": "moon"}, "moon is not a valid dataset_id"),
        ({"attribute_ids": []}, "attribute_ids must contain at least one attribute_id"),
        ({"attribute_ids": "x"}, "'attribute_ids' not an array must be of type Array"),
        ({"attribute_ids": ["x"]}, "attribute_ids invalid for ticket dataset: x"),
        ({"start_time": "x"}, "'start_time' is a required parameter"),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(ask: Any, change: Any, message: str) -> None:
    reply = ask("/export/reporting_data/enqueue", "POST", {**REPORT, **change}, version="2.16")
    assert reply.error == (400, "bad_request", message)
    assert ask("/export/reporting_data/enqueue", "POST", {}, version="2.16").status == 400
    assert ask("/export/reporting_data/enqueue", "POST", REPORT, version="2.11").status == 400


def test_what_names_a_report_can_be_required(open_workspace: Any) -> None:
    ask = open_workspace(switches={"report_parameters": "required"})
    identity = ask("/export/reporting_data/enqueue", "POST", REPORT, version="2.16").json["job_identifier"]
    ask.workspace.clock.advance(2)
    status, file = f"/export/reporting_data/{identity}", f"/download/reporting_data/{identity}"
    assert ask(f"{status}?app_id=a", version="2.16").error == (
        400,
        "bad_request",
        "'client_id' is a required parameter",
    )
    assert get(ask, f"{status}?app_id=a&client_id=c&job_identifier={identity}")["status"] == "complete"
    assert ask(file, version="2.16").error == (400, "bad_request", "'app_id' is a required parameter")
    assert table(ask, f"{file}?app_id=a&job_identifier={identity}")[0] == REPORT["attribute_ids"]


def test_a_merged_contact_is_gone_by_its_external_id_too(ask: Any) -> None:
    gone, into = list(ask.workspace.world.users)[:2]
    external = ask(f"/contacts/{gone.id}", version="2.16").json["external_id"]
    target = f"/contacts/find_by_external_id/{quote(external, safe='')}"
    assert ask(target, version="2.16").json["id"] == gone.id
    ask.workspace.context.searchable.links.merge(gone, into, int(ask.workspace.clock.now()))
    reply = ask(target, version="2.16")
    assert (reply.status, reply.headers["Link"]) == (410, f'</contacts/{into.id}>; rel="canonical"')
    assert ask(target, version="2.14").error == (404, "not_found", "User Not Found")
    assert ask("/contacts/find_by_external_id/nobody", version="2.16").error == (404, "not_found", "User Not Found")
