"""The whole command on API 2.x: every stream that a version has, and exactly what Intercom holds."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from full_sync import amiss, whole
from record_checks_v2 import compare
from recording_proxy import relayed
from tap_intercom.streams.table import streams_of

# A tenth of the founding document's customers, and all else that it has.
TENTH = {"world": "readme", "scale": 0.1}
WORLDS = [
    ("2.7", {"world": "small"}),
    ("2.11", {"world": "small"}),
    ("2.14", {"world": "small"}),
    ("2.16", TENTH),
    ("2.16", {"world": "small", "switches": {"admin_avatar": "text"}}),
    pytest.param("2.11", TENTH, marks=pytest.mark.soak),
    pytest.param("2.11", {"world": "readme"}, marks=pytest.mark.soak),
    pytest.param("2.16", {"world": "readme"}, marks=pytest.mark.soak),
]


@pytest.mark.parametrize(("version", "world"), WORLDS)
def test_a_first_sync_brings_everything_that_the_version_has(
    simulator: Simulator, tap: Tap, version: str, world: dict[str, Any]
) -> None:
    simulator.reset(**world)
    output = tap(**whole(tap, version))
    assert not amiss(simulator, output, version)
    assert {request["status"] for request in simulator.requests()} == {200}
    assert "Intercom sends fields that the schema lacks" not in output.stderr


def test_discovery_offers_what_the_version_has(tap: Tap) -> None:
    offered = {version: tap("--discover", api_version=version) for version in ("1.4", "2.11", "2.16")}
    for version, output in offered.items():
        names = [entry["stream"] for entry in output.document["streams"]]
        assert names == [stream.name for stream in streams_of(version)]


def test_what_changed_since_comes_with_the_next_sync(simulator: Simulator, tap: Tap) -> None:
    settings = whole(tap, "2.16")
    outputs = [tap(**settings)]
    simulator.advance(1000)
    simulator.mutate(60)
    outputs.append(tap(**settings, state=outputs[0].state))
    assert_complete(simulator, outputs)
    assert outputs[1].counts()["contacts"] < outputs[0].counts()["contacts"]
    assert outputs[1].counts()["conversation_parts"] < outputs[0].counts()["conversation_parts"]


def test_the_pages_of_lists_are_asked_for_before_the_details_of_records(simulator: Simulator, tap: Tap) -> None:
    details = ("conversation_parts", "conversation_handling_events", "side_conversations", "contact_notes")
    catalog = tap.catalog(*details, "internal_articles", "news_items", api_version="2.16")
    tap(api_version="2.16", catalog=catalog, max_concurrency=1)
    asked = [request["path"] for request in simulator.requests()]
    first_detail = next(place for place, path in enumerate(asked) if re.fullmatch(r"/conversations/\d+", path))
    pages = [place for place, path in enumerate(asked) if path in {"/internal_articles", "/news/news_items"}]
    # The next page of a list is asked for when the one before has come; one detail may leave meanwhile.
    assert len(pages) > 4
    assert pages[-1] - first_detail <= 2 * len(pages)


def test_children_come_without_their_parents_being_selected(simulator: Simulator, tap: Tap) -> None:
    names = ("contact_tags", "ticket_parts", "conversation_parts", "newsfeed_items")
    output = tap(api_version="2.16", catalog=tap.catalog(*names, api_version="2.16"))
    assert output.counts() == {name: simulator.counts("2.16")[name] for name in names}


def test_what_lies_within_parts_is_read_by_the_request_for_the_parts(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("conversation_parts", "part_attachments", api_version="2.16")
    output = tap(api_version="2.16", catalog=catalog)
    assert output.counts()["part_attachments"] == simulator.counts("2.16")["part_attachments"] > 0
    details = [request for request in simulator.requests() if request["path"].startswith("/conversations/")]
    assert len(details) == simulator.counts("2.16")["conversations"] + 1  # and the search


def merge_history_ignored(path: str, _asked: bytes, body: bytes) -> bytes:
    """Answer as a server that does not know the parameter."""
    return re.sub(rb'"merge_history":\[[^]]*\]', b'"other":[]', body) if path == "/contacts/search" else body


def test_whom_a_contact_was_merged_from_is_read_with_it(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("contacts", "contact_merge_history", api_version="2.16")
    inline, plain = tap(api_version="2.16", catalog=catalog), None
    histories = [request for request in simulator.requests() if request["path"].endswith("/merge_history")]
    long = Counter(row["contact_id"] for row in inline.records("contact_merge_history"))
    assert {request["path"].split("/")[2] for request in histories} == {one for one, count in long.items() if count > 9}
    with relayed(simulator.url, edit=merge_history_ignored) as (url, _):
        tap.url = url
        plain = tap(api_version="2.16", catalog=catalog)
    tap.url = simulator.url
    assert rows(inline, "contact_merge_history") == rows(plain, "contact_merge_history")
    held = {row["id"]: row["merge_history"] for row in inline.records("contacts") if row["merge_history"]}
    assert {one: len(history) for one, history in held.items()} == long


def rows(output: Output, stream: str) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in output.records(stream))


def test_only_users_are_asked_whom_they_were_merged_from(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("contacts", "contact_merge_history", api_version="2.16")
    for entry in catalog["streams"]:
        for piece in entry["metadata"]:
            if piece["breadcrumb"] == ["properties", "role"]:
                piece["metadata"]["selected"] = False
    simulator.forget_requests()
    with relayed(simulator.url, edit=merge_history_ignored) as (url, _):
        tap.url = url
        output = tap(api_version="2.16", catalog=catalog)
    tap.url = simulator.url
    assert output.counts()["contact_merge_history"] == simulator.counts("2.16")["contact_merge_history"] > 0
    asked = {request["path"] for request in simulator.requests() if request["path"].endswith("/merge_history")}
    assert len(asked) == simulator.counts("2.16")["users"]
    assert "deleted before" not in output.stderr


def test_a_log_is_read_period_by_period_and_then_from_its_bookmark_on(simulator: Simulator, tap: Tap) -> None:
    settings = {"api_version": "2.16", "catalog": tap.catalog("admin_activity_logs", api_version="2.16")}
    first = tap(**settings)
    truth = [log["id"] for log in simulator.truth("admin_activity_logs", "2.16")]
    assert sorted(log["id"] for log in first.records("admin_activity_logs")) == sorted(truth)
    bookmarks = [
        message["value"]["bookmarks"]["admin_activity_logs"]
        for message in first.messages
        if message["type"] == "STATE" and message["value"]["bookmarks"]
    ]
    assert len(set(bookmarks)) > 5
    assert bookmarks == sorted(bookmarks)
    assert len(tap(state=first.state, **settings).records("admin_activity_logs")) < len(truth) / 10
    middle = {"bookmarks": {"admin_activity_logs": bookmarks[len(bookmarks) // 2]}}
    later = tap(state=middle, **settings).records("admin_activity_logs")
    assert {log["id"] for log in later} >= {
        log["id"] for log in first.records("admin_activity_logs") if log["created_at"] > bookmarks[len(bookmarks) // 2]
    }


@pytest.mark.parametrize("name", ["articles", "collections", "macros"])
def test_what_is_listed_last_update_first_is_read_from_its_bookmark_on(
    simulator: Simulator, tap: Tap, name: str
) -> None:
    settings = {"api_version": "2.16", "catalog": tap.catalog(name, api_version="2.16"), "lookback_window": 0}
    rows = sorted(tap(**settings).records(name), key=lambda row: str(row["updated_at"]))
    assert len(rows) == simulator.counts("2.16")[name]
    middle = rows[len(rows) // 2]["updated_at"]
    output = tap(state={"bookmarks": {name: middle}}, **settings)
    assert {row["id"] for row in output.records(name)} == {row["id"] for row in rows if row["updated_at"] >= middle}
    assert output.state["bookmarks"][name] >= middle


def test_events_are_read_only_where_they_are_selected_and_then_of_contacts_that_changed(
    simulator: Simulator, tap: Tap
) -> None:
    assert "data_events" not in tap(api_version="2.16").counts()
    simulator.reset()
    settings = {"api_version": "2.16", "catalog": tap.catalog("data_events", api_version="2.16"), "lookback_window": 0}
    first = tap(**settings)
    assert first.counts()["data_events"] == simulator.counts("2.16")["data_events"]
    contacts = sorted(simulator.truth("contacts", "2.16"), key=lambda contact: int(contact["updated_at"]))
    since = contacts[-10]["updated_at"]
    simulator.forget_requests()
    tap(state={"bookmarks": {"data_events": datetime.fromtimestamp(since, UTC).isoformat()}}, **settings)
    asked = {
        request["query"].partition("&before")[0] for request in simulator.requests() if request["path"] == "/events"
    }
    changed = {contact["id"] for contact in contacts if contact["updated_at"] >= since}
    assert asked == {f"type=user&intercom_user_id={identifier}" for identifier in changed}


def test_a_transcript_is_asked_for_where_a_call_has_one_and_changed(simulator: Simulator, tap: Tap) -> None:
    settings = {"api_version": "2.16", "catalog": tap.catalog("call_transcripts", api_version="2.16")}
    first = tap(**settings)
    calls = {call["id"]: call for call in simulator.truth("calls", "2.16") if call["transcription_url"]}
    assert {row["call_id"] for row in first.records("call_transcripts")} == calls.keys()
    assert {request["status"] for request in simulator.requests()} == {200}
    since = sorted(int(call["updated_at"]) for call in calls.values())[-3]
    state = {"bookmarks": {"call_transcripts": datetime.fromtimestamp(since, UTC).isoformat()}}
    again = tap(state=state, **settings).records("call_transcripts")
    assert {row["call_id"] for row in again} == {
        identifier for identifier, call in calls.items() if call["updated_at"] >= since - 86_400
    }


def test_custom_objects_of_the_types_that_are_named_are_read(simulator: Simulator, tap: Tap) -> None:
    name = "custom_object_instances"
    catalog = tap.catalog(name, api_version="2.16")
    truth = simulator.truth(name, "2.16")
    both = tap(api_version="2.16", catalog=catalog, custom_object_types="Order, Test_Object").records(name)
    assert {(row["type"], row["id"]) for row in both} == {(row["type"], row["id"]) for row in truth}
    one = tap(api_version="2.16", catalog=catalog, custom_object_types=["Order"]).records(name)
    assert {row["id"] for row in one} == {row["id"] for row in truth if row["type"] == "Order"}
    assert "custom_object_types is not set" in tap(api_version="2.16", catalog=catalog, code=2).stderr
    unknown = tap(api_version="2.16", catalog=catalog, custom_object_types=["Moon"], code=2).stderr
    assert "`Moon` not found" in unknown
    assert "correct custom_object_types" in unknown


def assert_complete(simulator: Simulator, outputs: list[Output]) -> None:
    """Check that what can be read by its updates is as Intercom has it."""
    parts = ("conversation_parts", "ticket_parts")
    searched = ("contacts", "users", "leads", "conversations", "tickets", "companies", *parts)
    for stream in streams_of("2.16"):
        if stream.name in searched:
            rows = [row for output in outputs for row in output.records(stream.name)]
            assert not compare(stream, simulator.truth(stream.name, "2.16"), rows)
