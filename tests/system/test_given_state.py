"""The state that a run is given: written before anything else, gone on from where it is understood, told where not."""

import json
from typing import Any

import pytest

from conftest import Simulator, Tap

MODERN = {"api_version": "2.16"}


def states(output: Any) -> list[Any]:
    return [message["value"] for message in output.messages if message["type"] == "STATE"]


@pytest.mark.parametrize("given", [{}, {"bookmarks": {"users": "2019-09-27"}, "note": [1]}, {"users": "2019"}])
def test_the_state_that_was_given_is_the_first_message(tap: Tap, given: dict[str, Any]) -> None:
    catalog = tap.catalog("tags")
    for state in (given, {"singer_state": given}, {"type": "STATE", "value": given}):
        output = tap(catalog=catalog, state=state)
        assert output.messages[0] == {"type": "STATE", "value": given}


def test_without_a_state_none_is_written_first(tap: Tap) -> None:
    assert tap(catalog=tap.catalog("tags")).messages[0]["type"] == "SCHEMA"


def test_a_run_that_fails_at_once_hands_the_state_on(tap: Tap) -> None:
    given = {"bookmarks": {"users": "2019-09-27T22:34:39.000000Z"}}
    output = tap(catalog=tap.catalog("users"), state=given, code=3, access_token="wrong")  # noqa: S106 - no password
    assert states(output)
    assert all(state["bookmarks"] == given["bookmarks"] for state in states(output))
    nobody = {"base_url": "http://127.0.0.1:9", "retry_timeout": 0}
    output = tap(catalog=tap.catalog("users"), state=given, code=5, **nobody)
    assert states(output)[0] == given
    assert states(output)[-1]["bookmarks"] == given["bookmarks"]


def test_a_state_that_is_refused_is_not_handed_on(tap: Tap) -> None:
    assert tap(state={"bookmarks": {"users": "soon"}}, code=2).stdout == b""


def test_a_state_of_singer_sdk_is_gone_on_from(simulator: Simulator, tap: Tap) -> None:
    newest = max(contact["updated_at"] for contact in simulator.truth("contacts", "2.16"))
    stored = {"replication_key": "updated_at", "replication_key_value": newest}
    catalog = tap.catalog("contacts", **MODERN)
    output = tap(catalog=catalog, state={"bookmarks": {"contacts": stored}}, lookback_window=0, **MODERN)
    changed = [contact for contact in simulator.truth("contacts", "2.16") if contact["updated_at"] >= newest]
    assert {record["id"] for record in output.records("contacts")} == {contact["id"] for contact in changed}
    assert "WARNING" not in output.stderr
    assert isinstance(output.state["bookmarks"]["contacts"], str | dict)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"users": "2019"}, 'the state has no "bookmarks", so all streams begin at start_date'),
        ({"completed": {"singer_state": {}}}, 'the state has no "bookmarks", so all streams begin at start_date'),
        ({"bookmarks": {"users": {"progress_markers": {"x": 1}}}}, "so these begin at start_date: users"),
        ({"bookmarks": {"conversation_parts": {"partitions": [1]}}}, "begin at start_date: conversation_parts"),
        ({"bookmarks": {"tags": "2019-01-01"}}, "read whole every time, and they are kept as they are: tags"),
    ],
)
def test_what_is_not_understood_of_a_state_is_told_once(tap: Tap, given: dict[str, Any], said: str) -> None:
    output = tap(catalog=tap.catalog("tags"), state=given)
    (warning,) = [line for line in output.stderr.splitlines() if line.startswith("WARNING")]
    assert said in warning


@pytest.mark.parametrize("name", ["team_admins", "ticket_type_attributes", "teams"])
def test_a_bookmark_of_a_stream_that_has_none_is_kept_whatever_it_is(tap: Tap, name: str) -> None:
    output = tap(catalog=tap.catalog(name, **MODERN), state={"bookmarks": {name: "soon"}}, **MODERN)
    (warning,) = [line for line in output.stderr.splitlines() if line.startswith("WARNING")]
    assert f"read whole every time, and they are kept as they are: {name}" in warning
    assert output.state["bookmarks"] == {name: "soon"}


def test_a_list_of_states_as_airbyte_has_it_is_refused_in_one_line(tap: Tap) -> None:
    path = tap.folder / "airbyte.json"
    stream = {"stream_descriptor": {"name": "contacts"}, "stream_state": {"updated_at": 1695820339}}
    path.write_text(json.dumps([{"type": "STREAM", "stream": stream}]))
    output = tap("--state", str(path), code=2)
    (line,) = output.stderr.splitlines()
    assert "it holds a list where an object is needed; restore the last state that a run wrote" in line
