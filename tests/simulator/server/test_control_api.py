"""The control API shows what the simulator holds and has received, and changes it while it runs."""

import json
import sys
from types import FrameType
from typing import Any

import pytest

from intercom_simulator.expected.v1 import STREAMS
from intercom_simulator.server.dispatcher import Workspace
from intercom_simulator.server.options import read_options
from intercom_simulator.world import manual_changes


def test_truth_counts_and_lines_agree_for_every_stream(server: Any) -> None:
    counts = server.control("GET", "truth")
    assert list(counts) == list(STREAMS)
    for stream in STREAMS:
        assert len(server.ask(f"/_simulator/truth/{stream}").body.splitlines()) == counts[stream]


def test_truth_has_admins_in_full_parts_with_their_conversation_and_plain_text(server: Any) -> None:
    def first(path: str) -> Any:
        return json.loads(server.ask(f"/_simulator/truth/{path}").body.splitlines()[0])

    assert "job_title" in first("admins")
    assert first("conversation_parts")["conversation_id"] == "9999998000"
    assert "count" in first("segments")
    html = server.ask("/_simulator/truth/conversation_parts?display_as=html").body
    assert b"<p>" in html
    assert b"<p>" not in server.ask("/_simulator/truth/conversation_parts").body


def test_the_journal_lists_requests_and_can_be_emptied(server: Any) -> None:
    before = server.control("GET", "clock")["now"]
    server.ask("/users?page=2")
    after = server.control("GET", "clock")["now"]
    server.ask("/_simulator/truth")
    (line,) = server.control("GET", "requests")
    assert (line["method"], line["path"], line["query"], line["version"]) == ("GET", "/users", "page=2", "1.4")
    assert (line["status"], line["fault"]) == (200, None)
    assert before <= line["time"] <= after
    server.control("DELETE", "requests")
    assert server.control("GET", "requests") == []


def test_stats_count_requests_by_window_against_the_quota(server: Any) -> None:
    server.control("POST", "reset", {"quota": 3})
    statuses = [server.ask("/me").status for _ in range(5)]
    stats = server.control("GET", "stats")
    assert (stats["quota"], stats["requests"], stats["refused"]) == (3, 5, statuses.count(429))
    assert set(statuses) <= {200, 429}
    for window in stats["windows"]:
        assert window["start"] % 10 == 0
        assert window["requests"] - window["refused"] <= 3
    assert sum(window["requests"] for window in stats["windows"]) == 5
    assert stats["max_in_flight"] == 1


def test_a_record_can_be_changed_made_and_deleted(server: Any) -> None:
    user = server.ask("/users").json["users"][5]
    server.control("PATCH", f"records/users/{user['id']}", {"updated_at": 1_234_567_890, "name": "Zoë"})
    assert server.ask(f"/users/{user['id']}").json == {**user, "updated_at": 1_234_567_890, "name": "Zoë"}
    made = server.control("PUT", "records/users/5f00", {"updated_at": 7})
    assert server.ask("/users/5f00").json == made
    assert set(made) == set(user)
    server.control("DELETE", "records/users/5f00")
    assert server.ask("/users/5f00").status == 404
    assert server.control("GET", "deleted")["users"] == ["5f00"]


@pytest.mark.parametrize("stream", [stream for stream in STREAMS if stream != "conversation_parts"])
def test_every_stream_can_be_changed_by_hand(server: Any, stream: str) -> None:
    server.control("PUT", f"records/{stream}/new%20one", {"name": "by hand"})
    server.control("PATCH", f"records/{stream}/new%20one", {"name": "changed"})
    key = "full_name" if stream.endswith("_attributes") else "id"
    lines = [json.loads(line) for line in server.ask(f"/_simulator/truth/{stream}").body.splitlines()]
    (record,) = (line for line in lines if line[key] == "new one")
    assert record["name"] == "changed"
    server.control("PUT", f"records/{stream}/new%20one", {"name": "again"})
    server.control("DELETE", f"records/{stream}/new%20one")
    assert server.control("GET", "truth")[stream] == len(lines) - 1


def test_a_part_can_be_added_changed_and_deleted(server: Any) -> None:
    path = "records/conversation_parts/77"
    server.control(
        "PUT", path, {"conversation_id": "9999998013", "body": "<p>a &amp; b</p>", "updated_at": 1_700_000_000}
    )
    server.control("PATCH", path, {"part_type": "note"})
    detail = server.ask("/conversations/9999998013?display_as=plaintext").json
    part = detail["conversation_parts"]["conversation_parts"][-1]
    assert (part["id"], part["body"], part["part_type"], detail["updated_at"]) == ("77", "a & b", "note", 1_700_000_000)
    server.control("DELETE", path)
    assert server.ask(f"/_simulator/{path}", "DELETE").status == 404
    after = server.ask("/conversations/9999998013").json["conversation_parts"]
    assert after["total_count"] == detail["conversation_parts"]["total_count"] - 1


def test_links_can_be_given_and_taken(server: Any) -> None:
    user = server.ask("/users").json["users"][5]
    path = f"links/contact_notes/{user['id']}/my%20note"
    assert "my note" in server.control("PUT", path)
    rows = [json.loads(line) for line in server.ask("/_simulator/truth/contact_notes?version=2.16").body.splitlines()]
    assert ("my note", user["id"]) in {(row["id"], row["contact_id"]) for row in rows}
    assert "my note" not in server.control("DELETE", path)
    assert server.ask(f"/_simulator/{path}", "DELETE").status == 404
    assert server.ask("/_simulator/links/contact_tags/nobody/1", "PUT").json == {
        "error": "no nobody that has contact_tags"
    }
    assert server.ask(f"/users/{user['id']}").json == user


def test_many_links_can_change_at_once(server: Any) -> None:
    changed = server.control("POST", "links", {"add": 3, "remove": 2, "seed": 4})
    assert {name: len(pairs["added"]) for name, pairs in changed.items()}["contact_tags"] == 3
    some = server.control("POST", "links", {"streams": ["company_tags"], "remove": 2})
    assert {name: [len(pairs["added"]), len(pairs["removed"])] for name, pairs in some.items()} == {
        "company_tags": [0, 2]
    }
    for mistake, status in (({"add": -1}, 400), ({"zzz": 1}, 400), ({"streams": ["users"]}, 404)):
        assert server.ask("/_simulator/links", "POST", mistake).status == status


@pytest.mark.parametrize("stream", ["users", "leads", "companies", "conversations", "tickets"])
def test_some_records_can_be_deleted_by_a_seed(server: Any, stream: str) -> None:
    version = "2.16" if stream == "tickets" else "1.4"
    before = server.control("GET", f"truth?version={version}")[stream]
    gone = server.control("DELETE", f"records/{stream}", {"count": 7, "seed": 2})
    assert len(set(gone)) == 7
    assert server.control("GET", "deleted")[stream] == gone
    server.control("POST", "reset")
    assert server.control("DELETE", f"records/{stream}", {"count": 7, "seed": 2}) == gone
    server.control("DELETE", f"records/{stream}", {"count": 10_000})
    assert server.control("GET", f"truth?version={version}")[stream] == 1 < before
    assert server.ask("/_simulator/records/zzz", "DELETE").status == 404


def test_changes_and_their_rate_can_be_ordered(server: Any) -> None:
    assert sum(server.control("POST", "mutate", {"count": 30}).values()) == 30
    assert sum(server.control("POST", "mutate", {"count": 5, "resource": "leads"}).values()) == 35
    server.control("POST", "mutate", {"rate": 100})
    server.ask("/me")
    assert sum(server.control("POST", "mutate", {"rate": 0}).values()) == 36
    assert server.ask("/_simulator/mutate", "POST", {"resource": "tags"}).status == 400


def test_faults_and_switches_can_be_set_while_it_runs(server: Any) -> None:
    server.control("POST", "faults", {"rates": {"http-500": 1}})
    assert server.ask("/me").status == 500
    server.control("DELETE", "faults")
    assert server.ask("/me").status == 200
    assert server.control("POST", "switches", {"tag_ids": "int"})["tag_ids"] == "int"
    assert isinstance(server.ask("/tags").json["tags"][0]["id"], int)
    assert server.control("GET", "switches")["tag_ids"] == "int"


def test_a_reset_begins_anew_with_the_options_of_the_start(server: Any) -> None:
    server.control("POST", "reset", {"seed": 3, "quota": 5, "switches": {"tag_ids": "int"}})
    assert server.ask("/tags").headers["X-RateLimit-Limit"] == "5"
    server.control("POST", "reset", {})
    assert server.ask("/tags").headers["X-RateLimit-Limit"] == "1667"
    assert isinstance(server.ask("/tags").json["tags"][0]["id"], str)
    assert len(server.control("GET", "requests")) == 2


def test_a_small_world_is_made_in_few_steps() -> None:
    steps = {"small": 0, "readme": 0}
    for world in steps:

        def count(frame: FrameType, event: str, argument: object, world: str = world) -> None:
            del frame, argument
            steps[world] += event == "call"

        options = read_options({"world": world})
        sys.setprofile(count)
        try:
            Workspace(options)
        finally:
            sys.setprofile(None)
    assert steps["small"] < 10_000
    assert steps["readme"] < 40 * steps["small"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "reset", {"world": "moon"}, 400),
        ("POST", "reset", {"colour": 1}, 400),
        ("POST", "reset", [1], 400),
        ("POST", "switches", {"nothing": 1}, 400),
        ("POST", "faults", {"script": [{"fault": "http-418"}]}, 400),
        ("POST", "faults", {"rates": {"http-418": 1}}, 400),
        ("POST", "faults", {"rates": {"http-429": 0.6, "http-500": 0.6}}, 400),
        ("POST", "clock", {"advance": 1e20}, 400),
        ("POST", "clock", {"advance": -1e12}, 400),
        ("POST", "reset", {"now": 1e12}, 400),
        ("POST", "switches", {"timezone": "Mars/Olympus"}, 400),
        ("POST", "switches", {"app_version": "9.9"}, 400),
        ("POST", "mutate", {"rate": 1e300}, 400),
        ("PATCH", "records/users/none", {}, 404),
        ("PATCH", "records/moons/1", {}, 404),
        ("PATCH", "records/tags/9700", {"updated_at": "now"}, 400),
        ("PUT", "records/conversation_parts/1", {"conversation_id": "9999998000", "updated_at": []}, 400),
        ("PUT", "records/conversation_parts/x", {"conversation_id": "9999998000"}, 400),
        ("PUT", "records/conversation_parts/1", {}, 404),
        ("GET", "truth/moons", None, 404),
        ("GET", "nothing", None, 404),
        ("POST", "truth", None, 404),
    ],
)
def test_mistakes_are_told(server: Any, method: str, path: str, body: object, status: int) -> None:
    reply = server.ask(f"/_simulator/{path}", method, body)
    assert reply.status == status
    assert reply.json["error"]


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("field", ["created_at", "updated_at", "last_request_at"])
@pytest.mark.parametrize("stream", ["users", "leads", "companies", "conversations", "tickets", "tags", "admins"])
@pytest.mark.parametrize("time", ["2024-01-01", [], {}, True])
def test_a_record_with_no_time_where_lists_are_sorted_by_it_is_refused(
    ask: Any, method: str, stream: str, field: str, time: object
) -> None:
    world = ask.workspace.world
    collection = world.streams[stream]
    for name in ("created_at", "updated_at", "last_request_at"):
        collection.ordered(name)
    identity, before = next(iter(collection)).id, len(collection)
    write = manual_changes.change if method == "PATCH" else manual_changes.put
    with pytest.raises(ValueError, match=f"^{field} is unix seconds or null, not "):
        write(world, stream, identity, {field: time})
    assert (len(collection), identity in collection.entries) == (before, True)


def test_the_control_api_needs_no_token_and_costs_no_quota(server: Any) -> None:
    server.control("POST", "reset", {"quota": 1, "faults": {"http-500": 1}})
    for _ in range(5):
        assert server.ask("/_simulator/truth").status == 200
    assert server.control("GET", "stats")["requests"] == 0


def test_the_truth_can_be_told_of_any_version(server: Any) -> None:
    counts = server.control("GET", "truth?version=2.16")
    assert counts["contacts"] == counts["users"] + counts["leads"]
    assert "macros" not in server.control("GET", "truth?version=2.11")
    assert server.control("GET", "truth")["users"] == counts["users"]
    lines = server.ask("/_simulator/truth/contact_tags?version=2.16").body.splitlines()
    assert len(lines) == counts["contact_tags"]
    assert set(json.loads(lines[0])) == {"contact_id", "tag_id"}
    assert server.ask("/_simulator/truth/macros?version=2.11").status == 404
    assert server.ask("/_simulator/truth?version=3.0").status == 404


def test_the_journal_keeps_the_body_of_a_search(server: Any) -> None:
    server.ask("/contacts/search", "POST", {"query": {}})
    server.ask("/tags")
    searched, listed = server.control("GET", "requests")[-2:]
    assert searched["body"] == {"query": {}}
    assert "body" not in listed
