"""The whole command against the simulator: what comes out is what Intercom holds."""

import json
from datetime import datetime

import pytest

from conftest import Simulator, Tap
from record_checks import unfaithful
from tap_intercom.streams.table import STREAMS_V1, streams_with_bookmark

NAMES = [stream.name for stream in STREAMS_V1]


def test_a_first_sync_brings_everything(simulator: Simulator, tap: Tap) -> None:
    output = tap()
    assert output.counts() == simulator.counts()
    for name in NAMES:
        assert not unfaithful(name, simulator.truth(name), output.records(name))


def test_every_stream_has_its_schema_before_its_first_record(tap: Tap) -> None:
    seen = set()
    for message in tap().messages:
        if message["type"] == "SCHEMA":
            assert message["stream"] not in seen
            seen.add(message["stream"])
        elif message["type"] == "RECORD":
            assert message["stream"] in seen
    assert seen == set(NAMES)


def test_the_state_at_the_end_names_no_stream_that_is_being_synced(tap: Tap) -> None:
    state = tap().state
    assert "currently_syncing" not in state
    assert set(state["bookmarks"]) == streams_with_bookmark(STREAMS_V1)


def test_a_second_sync_brings_only_what_is_at_or_after_the_bookmark(simulator: Simulator, tap: Tap) -> None:
    state = tap().state
    output = tap(state=state)
    for stream in STREAMS_V1:
        if stream.replication_key:
            times = [record[stream.replication_key] for record in output.records(stream.name)]
            assert times
            assert min(times) >= state["bookmarks"][stream.name].replace(".000000", "")
            assert len(times) < simulator.counts()[stream.name]
    assert output.state == state


def test_what_changed_since_comes_with_the_next_sync(simulator: Simulator, tap: Tap) -> None:
    first = tap()
    simulator.advance(100)
    simulator.mutate(60)
    second = tap(state=first.state)
    for name in NAMES:
        assert not unfaithful(name, simulator.truth(name), [*first.records(name), *second.records(name)])


def test_an_update_in_the_very_second_of_the_bookmark_comes_again(simulator: Simulator, tap: Tap) -> None:
    state = tap().state
    company = simulator.truth("companies")[0]
    bookmark = state["bookmarks"]["companies"]
    simulator.change("companies", company["id"], updated_at=_seconds(bookmark), name="in the same second")
    names = [record["name"] for record in tap(state=state).records("companies")]
    assert "in the same second" in names


def test_an_update_in_the_very_second_of_the_sync_comes_with_the_next(simulator: Simulator, tap: Tap) -> None:
    simulator.mutate(30)
    first = tap()
    simulator.mutate(30)
    second = tap(state=first.state)
    for name in NAMES:
        assert not unfaithful(name, simulator.truth(name), [*first.records(name), *second.records(name)])


def test_a_conversation_deleted_between_list_and_detail_is_passed_over(simulator: Simulator, tap: Tap) -> None:
    simulator.fail("gone-404", "/conversations/*", nth=3)
    output = tap()
    assert len({record["id"] for record in output.records("conversations")}) == 1 + simulator.counts()["conversations"]
    assert not unfaithful(
        "conversation_parts", simulator.truth("conversation_parts"), output.records("conversation_parts")
    )
    assert "were deleted or merged before their records could be read" in output.stderr


def test_a_scroll_killed_in_the_middle_is_begun_again(simulator: Simulator, tap: Tap) -> None:
    simulator.fail("scroll-500", "/companies/scroll", nth=1)
    output = tap(catalog=tap.catalog("companies"))
    assert not unfaithful("companies", simulator.truth("companies"), output.records("companies"))


@pytest.mark.parametrize("fault", ["reset-before", "cut-off-json", "cut-off-body", "empty-200", "http-502-html"])
def test_a_scroll_whose_answer_is_lost_does_not_lose_its_page(simulator: Simulator, tap: Tap, fault: str) -> None:
    catalog = tap.catalog("companies")
    simulator.fail(fault, "/companies/scroll", nth=2)
    output = tap.attended(simulator.let_scrolls_expire, catalog=catalog)
    assert output.code == 0, output.stderr
    assert not unfaithful("companies", simulator.truth("companies"), output.records("companies"))


def test_a_scroll_that_ends_with_a_404_is_complete(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(switches={"scroll_end": "404"})
    output = tap()
    assert output.counts() == simulator.counts()


def test_a_scroll_that_ends_with_a_404_behind_a_full_page_is_complete(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(world="readme", scale=0.25, switches={"scroll_end": "404"})
    assert simulator.counts()["leads"] % 100 == 20
    for lead in [lead["id"] for lead in simulator.truth("leads")][:20]:
        simulator.delete("leads", lead)
    output = tap(catalog=tap.catalog("leads"))
    assert (output.counts()["leads"], output.code) == (100, 0)


@pytest.mark.parametrize("fault", ["http-429", "http-429-bare", "empty-200"])
def test_trouble_with_the_first_request_is_waited_out(simulator: Simulator, tap: Tap, fault: str) -> None:
    simulator.fail(fault, "/tags")
    output = tap(catalog=tap.catalog("tags"))
    assert output.counts() == {"tags": simulator.counts()["tags"]}


def test_one_denied_stream_does_not_stop_the_others(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(switches={"plan_restricted": "conversations"})
    output = tap(code=3)
    expected = simulator.counts()
    del expected["conversations"], expected["conversation_parts"]
    assert output.counts() == expected
    assert "Read conversations" in output.stderr
    assert "Traceback" not in output.stderr


def test_a_refused_token_ends_the_run(tap: Tap) -> None:
    output = tap(access_token="wrong", code=3)  # noqa: S106 - no password
    assert output.counts() == {}
    assert "access_token" in output.stderr
    assert "Traceback" not in output.stderr


def test_parts_come_without_their_conversations_being_selected(simulator: Simulator, tap: Tap) -> None:
    output = tap(catalog=tap.catalog("conversation_parts"))
    assert output.counts() == {"conversation_parts": simulator.counts()["conversation_parts"]}
    assert set(output.state["bookmarks"]) == {"conversation_parts"}


def test_parts_selected_later_begin_at_the_start_date(simulator: Simulator, tap: Tap) -> None:
    first = tap(catalog=tap.catalog("conversations"))
    second = tap(state=first.state, catalog=tap.catalog("conversations", "conversation_parts"))
    assert second.counts()["conversation_parts"] == simulator.counts()["conversation_parts"]
    assert second.counts()["conversations"] < simulator.counts()["conversations"]


def test_each_part_knows_its_conversation(tap: Tap) -> None:
    parts = tap(catalog=tap.catalog("conversation_parts")).records("conversation_parts")
    totals: dict[str, int] = {}
    for part in parts:
        totals[part["conversation_id"]] = totals.get(part["conversation_id"], 0) + 1
        assert part["conversation_created_at"] is not None
        assert part["conversation_updated_at"] is not None
    assert all(part["conversation_total_parts"] == totals[part["conversation_id"]] for part in parts)


def test_users_are_complete_whether_or_not_the_server_filters_by_update(simulator: Simulator, tap: Tap) -> None:
    for honoured in (True, False):
        simulator.reset(switches={"users_updated_since": honoured})
        first = tap(catalog=tap.catalog("users"))
        simulator.advance(100)
        simulator.mutate(40, resource="users")
        second = tap(state=first.state, catalog=tap.catalog("users"))
        assert not unfaithful("users", simulator.truth("users"), [*first.records("users"), *second.records("users")])


def test_a_state_as_meltano_prints_it_is_gone_on_from(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("users")
    bookmarks = {**tap(catalog=catalog).state["bookmarks"], "usrs": "kept"}
    output = tap(catalog=catalog, state={"singer_state": {"bookmarks": bookmarks}})
    assert len(output.records("users")) < simulator.counts()["users"]
    assert output.state["bookmarks"]["usrs"] == "kept"
    assert [line for line in output.stderr.splitlines() if line.startswith("WARNING")] == [
        "WARNING the state has bookmarks of streams that this tap does not know; they are kept as they are: usrs"
    ]


def test_a_state_in_an_unknown_wrapper_is_warned_of(tap: Tap) -> None:
    output = tap(catalog=tap.catalog("tags"), state={"state": {"bookmarks": {}}})
    assert 'WARNING the state has no "bookmarks", so all streams begin at start_date; ' in output.stderr


def test_a_future_bookmark_is_refused_by_intercoms_clock(tap: Tap) -> None:
    output = tap(state={"bookmarks": {"users": "2099-01-01T00:00:00Z"}}, catalog=tap.catalog("users"), code=2)
    assert "the bookmark of users is 2099-01-01T00:00:00.000000Z, later than Intercom's clock" in output.stderr
    assert output.counts() == {}


@pytest.mark.parametrize("version", [None, "1.4", "2.16"])
def test_a_start_date_in_the_future_is_refused_before_any_stream_begins(
    simulator: Simulator, tap: Tap, version: str | None
) -> None:
    output = tap(start_date="2099-01-01T00:00:00Z", api_version=version, code=2)
    (line,) = output.stderr.splitlines()
    assert line.startswith("CRITICAL start_date is 2099-01-01T00:00:00.000000Z, later than Intercom's clock")
    assert output.stdout == b""
    assert {request["path"] for request in simulator.requests()} == {"/me"}


def test_a_start_date_in_the_future_that_counts_for_no_stream_does_no_harm(simulator: Simulator, tap: Tap) -> None:
    state = {"bookmarks": {"users": "2024-01-01T00:00:00Z"}}
    tap(start_date="2099-01-01T00:00:00Z", catalog=tap.catalog("users", "tags"), state=state)
    tap(start_date="2099-01-01T00:00:00Z", catalog=tap.catalog("tags"))
    assert simulator.requests()


def test_deselected_fields_do_not_come_and_keys_always_do(tap: Tap) -> None:
    catalog = tap.catalog("users")
    users = next(entry for entry in catalog["streams"] if entry["stream"] == "users")
    for item in users["metadata"]:
        if item["breadcrumb"] in (["properties", "email"], ["properties", "id"], ["properties", "updated_at"]):
            item["metadata"]["selected"] = False
        if item["breadcrumb"] == ["properties", "location_data", "properties", "city_name"]:
            item["metadata"]["selected"] = False
    output = tap(catalog=catalog)
    record = output.records("users")[0]
    assert "email" not in record
    assert {"id", "updated_at", "name"} <= set(record)
    assert "city_name" not in record["location_data"]
    schema = next(message["schema"] for message in output.messages if message["type"] == "SCHEMA")
    assert "email" not in schema["properties"]


def test_the_token_is_nowhere(simulator: Simulator, tap: Tap) -> None:
    output = tap()
    assert "simulator-token" not in output.stderr
    assert b"simulator-token" not in b"".join(output.lines)
    assert "simulator-token" not in json.dumps(simulator.requests())


def test_an_interrupted_run_begins_with_the_stream_that_was_being_synced(simulator: Simulator, tap: Tap) -> None:
    output = tap(state={"currently_syncing": "teams", "bookmarks": {}})
    first = next(message["stream"] for message in output.messages if message["type"] == "SCHEMA")
    assert first == "teams"
    assert output.counts() == simulator.counts()


def _seconds(bookmark: str) -> int:
    return int(datetime.fromisoformat(bookmark).timestamp())
