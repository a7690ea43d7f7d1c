"""`--test`: one look at every stream, and what is missing where it cannot be read."""

import subprocess
from typing import Any

import pytest

from conftest import Simulator, Tap, command
from tap_intercom.streams.table import STREAMS_V1, streams_of


def tried(tap: Tap, **settings: Any) -> tuple[int, dict[str, str], str]:
    done = subprocess.run(
        command(*tap.arguments("--test", **settings)), capture_output=True, text=True, timeout=300, check=False
    )
    table, _, _ = done.stdout.partition("\n\n")
    rows = [line.split(maxsplit=1) for line in table.splitlines()[1:]]
    return done.returncode, {name: rest for name, rest in rows}, done.stderr  # noqa: C416 - rows of two


def test_every_stream_is_asked_for_and_no_scroll_is_opened(simulator: Simulator, tap: Tap) -> None:
    code, verdicts, _ = tried(tap)
    assert code == 0
    assert verdicts == {stream.name: "ok" for stream in STREAMS_V1}
    requests = simulator.requests()
    assert len(requests) == len(STREAMS_V1) + 1  # which version is agreed to; the parts' conversation is there already
    assert not any("scroll" in request["path"] for request in requests)


@pytest.mark.parametrize("answer", ["401", "403"])
def test_a_missing_permission_is_named(simulator: Simulator, tap: Tap, answer: str) -> None:
    simulator.reset(switches={"scope_missing": "conversations", "scope_missing_answer": answer})
    code, verdicts, errors = tried(tap)
    assert code == 3
    assert {name for name, verdict in verdicts.items() if verdict != "ok"} == {"conversations", "conversation_parts"}
    assert 'give the app the permission "Read conversations"' in verdicts["conversations"]
    assert "Traceback" not in errors


def test_a_version_that_is_not_served_is_named(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(switches={"version_1_4": "refused"})
    code, verdicts, _ = tried(tap, api_version="1.4")
    assert code == 3
    assert all("intercom_version_invalid" in verdict for verdict in verdicts.values())


def test_what_does_not_answer_is_missing_and_the_rest_is_tried(simulator: Simulator, tap: Tap) -> None:
    simulator.fail("reset-before", "/tags")
    code, verdicts, _ = tried(tap, retry_timeout=0)
    assert (code, {name for name, verdict in verdicts.items() if verdict != "ok"}) == (5, {"tags"})
    assert "GET /tags got no usable answer from Intercom in 1 attempt" in verdicts["tags"]


def test_a_refused_token_is_said_once(tap: Tap) -> None:
    code, verdicts, errors = tried(tap, access_token="wrong")  # noqa: S106 - no password
    assert (code, verdicts) == (3, {})
    assert errors.count("CRITICAL") == 1


def test_a_conversation_that_goes_meanwhile_is_no_complaint(simulator: Simulator, tap: Tap) -> None:
    simulator.fail("gone-404", "/conversations/*")
    assert tried(tap)[0] == 0


def test_a_workspace_without_conversations_is_no_complaint(simulator: Simulator, tap: Tap) -> None:
    for conversation in simulator.truth("conversations"):
        simulator.delete("conversations", conversation["id"])
    code, verdicts, _ = tried(tap)
    assert (code, verdicts["conversation_parts"]) == (0, "ok")


def test_streams_of_2_x_share_their_looks(simulator: Simulator, tap: Tap) -> None:
    code, verdicts, _ = tried(tap, api_version="2.16")
    assert (code, set(verdicts)) == (0, {stream.name for stream in streams_of("2.16") if stream.by_default})
    assert set(verdicts.values()) == {"ok"}
    requests = [(request["method"], request["path"], request["query"]) for request in simulator.requests()]
    searches = [request for request in requests if request[0] == "POST"]
    assert len(searches) == 4  # contacts, conversations, tickets, and the log of admins
    asked = [request for request in requests if request[0] == "GET"]
    assert len(set(asked)) == len(asked)


def test_the_table_is_aligned_and_the_advice_below_it_names_what_is_missing(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(switches={"scope_missing": "conversations"})
    lines = tap("--test", code=3).stdout.decode().splitlines()
    heads, *rows = lines[: len(STREAMS_V1) + 1]
    assert heads == "stream               verdict  what to do"
    assert {row[19:21] for row in rows} == {"  "}
    assert {row[21:28].strip() for row in rows} == {"ok", "missing"}
    assert lines[len(STREAMS_V1) + 1 :] == [
        "",
        "10 of 12 streams can be read.",
        "In Intercom's Developer Hub, under Configure, Authentication, give the app these permissions:",
        "  Read conversations (for conversations, conversation_parts)",
    ]


def test_programs_get_the_verdicts_as_json(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(switches={"scope_missing": "conversations"})
    found = tap("--test", "--format", "json", code=3).document
    assert found["exit_code"] == 3
    verdicts = {verdict["stream"]: verdict for verdict in found["streams"]}
    assert list(verdicts) == [stream.name for stream in STREAMS_V1]
    assert verdicts["tags"] == {
        "stream": "tags",
        "readable": True,
        "denied": False,
        "permission": "Read tags",
        "message": "",
    }
    assert verdicts["conversations"]["denied"] is True
    assert "give the app the permission" in verdicts["conversations"]["message"]


def test_a_stream_of_which_no_setting_names_anything_says_so(tap: Tap) -> None:
    catalog = tap.catalog("custom_object_instances", api_version="2.16")
    _, verdicts, _ = tried(tap, api_version="2.16", catalog=catalog)
    assert verdicts == {"custom_object_instances": "ok       nothing is asked for: custom_object_types names nothing"}
