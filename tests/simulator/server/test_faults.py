"""Injected faults: at random by rate, the same for the same seed, or scripted for certain requests."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from intercom_simulator.server.faults import FAULTS, ScriptedFault

FOUND = "/conversations/9999998000"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("http-429", (429, "rate_limit_exceeded", "Exceeded rate limit of 1667 in 10_seconds")),
        ("http-429-bare", (429, "rate_limit_exceeded", "Exceeded rate limit of 1667 in 10_seconds")),
        ("http-500", (500, "server_error", "Unknown server error")),
        ("http-503", (503, "service_unavailable", "Sorry, the API service is temporarily unavailable")),
        ("http-401-token", (401, "unauthorized", "Access Token Invalid")),
        ("http-403", (403, "forbidden", "You do not have the required scope to access this resource")),
    ],
)
def test_a_failing_server_says_so(open_workspace: Callable[..., Any], fault: str, error: tuple[int, str, str]) -> None:
    assert open_workspace(faults={fault: 1})(FOUND).error == error


@pytest.mark.parametrize(("fault", "status"), [("http-502-html", 502), ("http-504-html", 504), ("html-200", 200)])
def test_a_gateway_answers_in_html(open_workspace: Callable[..., Any], fault: str, status: int) -> None:
    reply = open_workspace(faults={fault: 1})(FOUND)
    assert (reply.status, reply.body[:6]) == (status, b"<html>")


def test_an_ordered_429_says_that_nothing_remains_and_a_bare_one_says_nothing(
    open_workspace: Callable[..., Any],
) -> None:
    full = open_workspace(faults={"http-429": 1})(FOUND).headers
    assert (full["X-RateLimit-Remaining"], full["X-RateLimit-Reset"]) == ("0", "1700000010")
    assert open_workspace(faults={"http-429-bare": 1})(FOUND).headers.keys() == {"X-Request-Id"}


def test_a_good_status_may_have_no_good_body(open_workspace: Callable[..., Any], ask: Any) -> None:
    whole = ask(FOUND).body
    assert open_workspace(faults={"empty-200": 1})(FOUND).body == b""
    assert open_workspace(faults={"null-200": 1})(FOUND).body == b"null"
    cut = open_workspace(faults={"cut-off-json": 1})(FOUND)
    assert whole.startswith(cut.body)
    assert len(cut.body) < len(whole)


def test_only_json_is_cut_off_so_that_its_reader_can_see_it(open_workspace: Callable[..., Any], ask: Any) -> None:
    calls = ask("/calls", version="2.16").json["data"]
    path = next(f"/calls/{call['id']}/transcript" for call in calls if call["transcription_url"])
    spoilt = open_workspace(faults={"cut-off-json": 1})(path, version="2.16")
    assert spoilt.body == ask(path, version="2.16").body != b""


def test_control_characters_spoil_the_json_for_strict_readers_only(
    open_workspace: Callable[..., Any], ask: Any
) -> None:
    spoilt = open_workspace(faults={"control-characters": 1})(FOUND)
    assert spoilt.body.replace(b"\x0b\x1f", b"") == ask(FOUND).body
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(spoilt.body)


def test_an_error_is_not_spoilt_further(open_workspace: Callable[..., Any]) -> None:
    assert open_workspace(faults={"empty-200": 1})("/users/none").status == 404


def test_a_conversation_can_vanish_for_good_between_list_and_detail(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(faults={"gone-404": 1})
    assert ask("/conversations?per_page=60&order=asc").status == 200
    assert ask(FOUND).error == (404, "not_found", "Resource Not Found")
    ask.workspace.faults.rates = {}
    assert ask(FOUND).status == 404
    assert "9999998000" not in [item["id"] for item in ask.pages("/conversations", "conversations")]
    assert ask.workspace.world.deleted["conversations"] == ["9999998000"]
    assert len(ask.workspace.world.deleted["conversation_parts"]) == 120
    assert ask(FOUND).status == 404


def test_a_contact_can_be_merged_between_list_and_detail(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(faults={"merged-410": 1})
    world = ask.workspace.world
    lead, user = next(iter(world.leads)).id, list(world.users)[9].id
    merged_into = next(iter(world.users)).id
    for gone, role, path in ((lead, "lead", "/tags"), (user, "user", "")):
        reply = ask(f"/contacts/{gone}{path}", version="2.16")
        message = "This contact has been merged. See the 'Link' header for the canonical contact."
        assert reply.error == (410, "contact_merged", message)
        assert reply.headers["Link"] == f'</contacts/{merged_into}>; rel="canonical"'
        ask.workspace.faults.rates = {}
        history = ask(f"/contacts/{merged_into}/merge_history", version="2.16").json["data"]
        assert (history[0]["source_contact_id"], history[0]["source_contact_role"]) == (gone, role)
        assert ask(f"/contacts/{gone}", version="2.15").status == 404
        ask.workspace.faults.rates = {"merged-410": 1}
    assert ask("/contacts", version="2.16").status == 200
    assert (world.deleted["leads"], world.deleted["users"]) == ([lead], [user])


def test_what_hangs_on_a_merged_contact_is_gone_or_not_found(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(switches={"merged_children": "404"})
    merged = next(iter(ask.workspace.context.searchable.links.merged))
    assert ask(f"/contacts/{merged}", version="2.16").status == 410
    assert ask(f"/contacts/{merged}/notes", version="2.16").status == 404


def test_rates_are_kept_and_repeatable(open_workspace: Callable[..., Any]) -> None:
    def statuses() -> list[int]:
        ask = open_workspace(quota=0, faults={"http-500": 0.1, "http-503": 0.2})
        return [ask("/me").status for _ in range(2000)]

    once = statuses()
    counts = Counter(once)
    assert once == statuses()
    assert 150 < counts[500] < 250
    assert 320 < counts[503] < 480


def test_the_named_request_gets_the_ordered_fault(ask: Any) -> None:
    ask.workspace.faults.script += [
        ScriptedFault(fault="http-500", path="/conversations/*", nth=2, times=2),
        ScriptedFault(fault="http-503", path="/users?page=3*"),
    ]
    assert [ask(FOUND).status for _ in range(5)] == [200, 500, 500, 200, 200]
    assert [ask(f"/users?page={page}&per_page=10").status for page in (1, 2, 3, 3)] == [200, 200, 503, 200]


def test_every_fault_is_written_down(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(faults={"http-500": 1})
    ask("/me")
    (line,) = ask.workspace.request_log.lines
    assert (line.path, line.status, line.fault, line.version) == ("/me", 500, "http-500", "1.4")
    assert ask.workspace.faults.counts == {"http-500": 1}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_harms_one_request_only(ask: Any, name: str) -> None:
    first = ask("/companies/scroll").json["scroll_param"]
    lead = next(iter(ask.workspace.world.leads)).id
    targets = {"conversation": FOUND, "contact": f"/contacts/{lead}"}
    target = targets.get(FAULTS[name].scope, f"/companies/scroll?scroll_param={first}")
    ask.workspace.faults.script.append(ScriptedFault(fault=name))
    spoilt = ask(target)
    assert ask.workspace.request_log.lines[-1].fault == name
    assert ask("/me").status == 200
    assert spoilt.status in (200, 401, 403, 404, 429, 500, 502, 503, 504)


def test_unknown_faults_are_refused(open_workspace: Callable[..., Any]) -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown fault http-418"):
        open_workspace(faults={"http-418": 0.5})
    with pytest.raises(msgspec.ValidationError):
        open_workspace(faults={"http-500": 2})
    assert open_workspace(faults="http-500=0.5, http-503=0.1").workspace.faults.rates == {
        "http-500": 0.5,
        "http-503": 0.1,
    }
