"""What is known to have broken other connectors, and what the server may do that no document promises."""

import http.client
import json
import os
from collections import Counter
from typing import Any

import pytest

from conftest import TOKEN, Simulator, Tap
from record_checks import unfaithful


def test_tags_that_are_null_are_null(simulator: Simulator, tap: Tap) -> None:
    user = simulator.truth("users")[0]
    simulator.change("users", user["id"], tags=None)
    (row,) = [row for row in tap(catalog=tap.catalog("users")).records("users") if row["id"] == user["id"]]
    assert row["tags"] is None


def test_a_last_tag_that_was_removed_leaves_an_empty_list(simulator: Simulator, tap: Tap) -> None:
    user = simulator.truth("users")[0]
    simulator.change("users", user["id"], tags={"type": "tag.list", "tags": []})
    (row,) = [row for row in tap(catalog=tap.catalog("users")).records("users") if row["id"] == user["id"]]
    assert row["tags"] == []


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("1401970114", "2014-06-05T12:08:34Z"),
        (1401970114, "2014-06-05T12:08:34Z"),
        (1401970114000, "2014-06-05T12:08:34Z"),
        ("2014-06-05T14:08:34+02:00", "2014-06-05T12:08:34Z"),
        (-62135596800, "0001-01-01T00:00:00Z"),
        (64654125776, "4018-10-22T15:22:56Z"),
        (None, None),
    ],
)
def test_a_company_time_comes_out_as_one_form(simulator: Simulator, tap: Tap, sent: Any, written: Any) -> None:
    company = simulator.truth("companies")[0]
    simulator.change("companies", company["id"], remote_created_at=sent)
    rows = tap(catalog=tap.catalog("companies")).records("companies")
    assert [row["remote_created_at"] for row in rows if row["id"] == company["id"]] == [written]


@pytest.mark.parametrize("sent", [51313, "51313"])
def test_ids_are_strings_whatever_the_server_sends(simulator: Simulator, tap: Tap, sent: Any) -> None:
    tag = simulator.truth("tags")[0]
    simulator.change("tags", tag["id"], id=sent)
    rows = tap(catalog=tap.catalog("tags")).records("tags")
    assert "51313" in [row["id"] for row in rows]
    assert all(isinstance(row["id"], str) for row in rows)


def test_a_field_that_the_schema_lacks_is_named_once_in_a_warning_and_in_the_summary(
    simulator: Simulator, tap: Tap
) -> None:
    for user in simulator.truth("users")[:3]:
        simulator.change("users", user["id"], horoscope="Leo")
    output = tap(catalog=tap.catalog("users"))
    warnings = [line for line in output.stderr.splitlines() if "horoscope" in line]
    assert [line.split()[0] for line in warnings] == ["WARNING", "INFO"]
    assert output.counts()["users"] == simulator.counts()["users"]


def test_a_field_added_to_the_catalog_is_extracted(simulator: Simulator, tap: Tap) -> None:
    user = simulator.truth("users")[0]
    simulator.change("users", user["id"], horoscope={"sign": "Leo", "since": 1401970114})
    catalog = tap.catalog("users")
    schema = next(entry["schema"] for entry in catalog["streams"] if entry["stream"] == "users")
    moment = {"anyOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]}
    schema["properties"]["horoscope"] = {
        "type": ["null", "object"],
        "properties": {"sign": {"type": ["null", "string"]}, "since": moment},
    }
    rows = tap(catalog=catalog).records("users")
    (row,) = [row for row in rows if row["id"] == user["id"]]
    assert row["horoscope"] == {"sign": "Leo", "since": "2014-06-05T12:08:34Z"}


def test_two_attributes_with_one_name_are_both_written_and_named(simulator: Simulator, tap: Tap) -> None:
    output = tap(catalog=tap.catalog("company_attributes"))
    names = [row["name"] for row in output.records("company_attributes")]
    (shared,) = {name for name in names if names.count(name) > 1}
    assert len(names) == simulator.counts()["company_attributes"]
    assert any("records share their key" in line and shared in line for line in output.stderr.splitlines())


@pytest.mark.parametrize("style", ["query", "path", "both"])
def test_attributes_are_found_wherever_the_server_has_them(simulator: Simulator, tap: Tap, style: str) -> None:
    simulator.reset(switches={"data_attributes_path": style})
    output = tap(catalog=tap.catalog("company_attributes", "customer_attributes"))
    expected = {name: simulator.counts()[name] for name in ("company_attributes", "customer_attributes")}
    assert output.counts() == expected


def test_users_beyond_the_page_limit_are_scrolled(simulator: Simulator, tap: Tap) -> None:
    first = tap(catalog=tap.catalog("users"))
    simulator.switch(page_cap=60, users_updated_since=False)
    output = tap(state=first.state, catalog=tap.catalog("users"))
    assert any(request["path"] == "/users/scroll" for request in simulator.requests())
    rows = [*first.records("users"), *output.records("users")]
    assert not unfaithful("users", simulator.truth("users"), rows)


def test_a_server_that_refuses_large_pages_is_asked_for_smaller_ones(simulator: Simulator, tap: Tap) -> None:
    simulator.switch(max_per_page=50)
    output = tap(catalog=tap.catalog("conversations"))
    assert output.counts() == {"conversations": simulator.counts()["conversations"]}


def test_a_scroll_that_somebody_else_has_open_is_waited_for(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("companies")
    connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"))
    headers = {"Authorization": f"Bearer {TOKEN}", "Intercom-Version": "1.4", "Accept": "application/json"}
    connection.request("GET", "/users/scroll", headers=headers)
    assert connection.getresponse().status == 200
    connection.close()
    report = tap.folder / "report.json"
    output = tap.attended(simulator.let_scrolls_expire, catalog=catalog, report=str(report))
    assert output.code == 0, output.stderr
    assert output.counts() == {"companies": simulator.counts()["companies"]}
    account = json.loads(report.read_text())
    (wait,) = [wait for wait in account["waits"] if wait["reason"].startswith("another scroll that is open")]
    assert wait["seconds"] >= 0.25
    assert account["waited_seconds"] >= wait["seconds"]


def test_our_own_scrolls_never_overlap(simulator: Simulator, tap: Tap) -> None:
    tap(catalog=tap.catalog("companies", "leads", "users"))
    requests = simulator.requests()
    assert {request["status"] for request in requests} == {200}
    scrolled = [request["path"] for request in requests if request["path"].endswith("/scroll")]
    assert sorted(scrolled, key=scrolled.index) == scrolled


def test_an_admin_that_has_gone_keeps_the_lists_version(simulator: Simulator, tap: Tap) -> None:
    admin = simulator.truth("admins")[0]
    simulator.fail("scroll-expired", f"/admins/{admin['id']}")
    rows = tap(catalog=tap.catalog("admins")).records("admins")
    assert len(rows) == simulator.counts()["admins"]


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Auckland"])
def test_the_zone_of_the_machine_changes_nothing(simulator: Simulator, tap: Tap, zone: str) -> None:
    environment = {**os.environ, "TZ": zone}
    first = tap.raw(tap.arguments(start_date="2020-06-01T05:30:00+05:30"), env=environment)
    assert first.code == 0
    expected = [user["id"] for user in simulator.truth("users") if int(user["updated_at"]) >= 1590969600]
    assert sorted(row["id"] for row in first.records("users")) == sorted(expected)
    assert first.state["bookmarks"]["users"].endswith("Z")


def test_a_bookmark_with_an_offset_is_the_same_moment(simulator: Simulator, tap: Tap) -> None:
    moment = 1590969600
    expected = [company["id"] for company in simulator.truth("companies") if int(company["updated_at"]) >= moment]
    for written in ("2020-06-01T00:00:00Z", "2020-06-01T05:30:00+05:30", "2020-05-31T17:00:00-07:00"):
        output = tap(state={"bookmarks": {"companies": written}}, catalog=tap.catalog("companies"))
        assert sorted(row["id"] for row in output.records("companies")) == sorted(expected)


@pytest.mark.parametrize("switches", [{"pretty": True}, {"rate_limit_headers": False}, {"last_page_next": "absent"}])
def test_the_form_of_an_answer_changes_nothing(simulator: Simulator, tap: Tap, switches: dict[str, Any]) -> None:
    simulator.reset(switches=switches)
    assert tap().counts() == simulator.counts()


def test_the_lookback_window_reads_again_what_came_shortly_before_the_bookmark(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("companies")
    state = tap(catalog=catalog).state
    near = tap(catalog=catalog, state=state)
    far = tap(catalog=catalog, state=state, lookback_window=10 * 365 * 86400)
    assert near.counts()["companies"] < far.counts()["companies"] == simulator.counts()["companies"]
    assert far.state == near.state == state


def test_a_quota_of_167_is_kept_to(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(quota=167)
    tap()
    assert simulator.stats()["refused"] == 0


def test_children_that_no_parent_has_are_no_empty_stream(simulator: Simulator, tap: Tap) -> None:
    simulator.fail("gone-404", "/conversations/*", times=1000)
    output = tap(code=4, catalog=tap.catalog("conversations", "conversation_parts"))
    assert "conversation_parts: not complete: Intercom answered 404" in output.stderr
    assert "conversation_parts" not in output.state["bookmarks"]
    assert output.counts().keys() == {"conversations"}


@pytest.mark.parametrize(("version", "switch"), [("1.4", "part_cap"), ("2.16", "newest_parts")])
def test_parts_that_intercom_keeps_back_are_named_by_conversation(
    simulator: Simulator, tap: Tap, version: str, switch: str
) -> None:
    simulator.switch(**{switch: 5})
    output = tap(api_version=version, catalog=tap.catalog("conversation_parts", api_version=version))
    short = {
        record["conversation_id"]: record["conversation_total_parts"]
        for record in output.records("conversation_parts")
        if record["conversation_total_parts"] > 5
    }
    assert short
    for conversation, total in short.items():
        line = f"conversations {conversation}: Intercom gave 5 of {total} conversation_parts"
        assert line in output.stderr


@pytest.mark.parametrize(
    ("name", "version", "lacks"),
    [
        ("conversation_parts", "1.4", "conversation_total_parts"),
        ("conversation_parts", "2.16", "conversation_total_parts"),
        ("part_attachments", "2.16", ""),
        ("ticket_parts", "2.16", "ticket_total_parts"),
    ],
)
def test_parts_that_intercom_keeps_back_are_named_whatever_is_selected(
    simulator: Simulator, tap: Tap, name: str, version: str, lacks: str
) -> None:
    parts = "ticket_parts" if name == "ticket_parts" else "conversation_parts"
    parent = parts.replace("_parts", "_id")
    totals = Counter(part[parent] for part in simulator.truth(parts, "2.16" if version == "2.16" else ""))
    simulator.switch(part_cap=2, newest_parts=2)
    catalog = tap.catalog(name, api_version=version)
    for entry in catalog["streams"]:
        for piece in entry["metadata"]:
            if piece["breadcrumb"] == ["properties", lacks]:
                piece["metadata"]["selected"] = False
    output = tap(api_version=version, catalog=catalog)
    for record in output.records(name):
        assert lacks not in record
    warned = {line for line in output.stderr.splitlines() if line.startswith(f"WARNING {name}: ") and " gave " in line}
    assert warned == {
        f"WARNING {name}: {parent.replace('_id', 's')} {identifier}: Intercom gave 2 of {total} {parts}"
        for identifier, total in totals.items()
        if total > 2
    }


def test_a_child_that_fails_on_its_own_is_named_once_and_begun_with_next(simulator: Simulator, tap: Tap) -> None:
    simulator.fail("gone-404", "/conversations/*", times=1000)
    output = tap(code=4, catalog=tap.catalog("conversations", "conversation_parts"))
    assert output.stderr.count("ERROR conversation_parts") == 1
    assert output.state["currently_syncing"] == "conversation_parts"
