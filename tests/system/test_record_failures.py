"""One record that cannot be read costs itself: all else comes, bookmarks move on, and later runs ask for it again."""

import asyncio
import json
import re
from collections import Counter
from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from fault_matrix.faults import FAULTS, NAMELESS, refusal
from fault_matrix.proxy import FaultProxy
from tap_intercom.stream_io.record_failures import MOST_IN_A_ROW
from tap_intercom.streams.table import STREAMS_V1, streams_of, v1_streams_on_v2

VERSIONS = ("1.4", "former", "2.7", "2.16")
Row = tuple[str, str]


def asked_one_by_one(version: str) -> dict[str, list[str]]:
    """Give the paths of the requests about single records, each with the streams that take something from it."""
    streams = {"1.4": STREAMS_V1, "former": v1_streams_on_v2("2.16")}.get(version) or streams_of(version)
    found: dict[str, list[str]] = {}
    for stream in streams:
        details = [stream.detail] if stream.detail else [rest.detail for rest in stream.full_lists.values()]
        for detail in details:
            if "{id}" in detail.path:
                found.setdefault(detail.path, []).append(stream.name)
    return found


def rows(output: Output, names: set[str]) -> Counter[Row]:
    return Counter((name, json.dumps(row, sort_keys=True)) for name in names for row in output.records(name))


@pytest.mark.parametrize("version", VERSIONS)
def test_one_record_that_fails_in_each_kind_of_request_costs_itself(
    simulator: Simulator, tap: Tap, version: str
) -> None:
    is_former = version == "former"
    settings: dict[str, Any] = {"retry_timeout": 0} | ({} if is_former else {"api_version": version})
    if is_former:
        simulator.switch(version_1_4="refused")
    simulator.switch(member_filters="refused")  # all links are asked for one by one
    kinds = asked_one_by_one(version)
    names = {name for streams in kinds.values() for name in streams}
    catalog = tap.catalog(*names, **settings)
    simulator.forget_requests()
    healthy = tap(catalog=catalog, **settings)
    paths = [request["path"] for request in simulator.requests()]
    asked = {kind: [path for path in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", kind), path)] for kind in kinds}
    sick = {kind: found[len(found) // 2] for kind, found in asked.items() if found}
    assert len(sick) >= len(kinds) - 1, set(kinds) - set(sick)
    for path in sick.values():
        simulator.fail("http-500", path, times=10**6)
    ill = tap(catalog=catalog, code=5, **settings)
    assert ill.state["bookmarks"] == healthy.state["bookmarks"]
    lost = rows(healthy, names) - rows(ill, names)
    assert lost
    assert set(lost.values()) == {1}
    for kind, path in sick.items():
        identifier = path.split("/")[kind.split("/").index("{id}")]
        assert re.search(rf"WARNING \w+: \w+ {identifier} is set aside, for it cannot be read: GET {path} ", ill.stderr)
    waiting = {name: set(records) for name, records in ill.state["failed_records"].items()}

    again = tap(catalog=catalog, state=ill.state, code=5, **settings)
    assert {name: set(records) for name, records in again.state["failed_records"].items()} == waiting
    assert not lost & rows(again, names)

    simulator.heal()
    well = tap(catalog=catalog, state=again.state, **settings)
    assert "failed_records" not in well.state
    assert not lost - rows(well, names)
    assert well.state["bookmarks"] == healthy.state["bookmarks"]


async def between(tap: Tap, path: str, fault: Any, *, code: int, times: int = 10**9, **options: Any) -> Output:
    """Run while the requests that match `path` meet a fault."""
    elsewhere = FaultProxy(tap.url, path, fault, times=times)
    async with elsewhere.server() as server:
        output = await asyncio.to_thread(tap, code=code, base_url=server.url, **options)
    assert elsewhere.met
    return output


def a_parent(output: Output) -> str:
    """Give a conversation in the middle of what was read."""
    parents = [row["conversation_id"] for row in output.records("conversation_parts")]
    return str(parents[len(parents) // 2])


@pytest.mark.parametrize("version", ["1.4", "2.16"])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("500", 5),
        ("no answer", 5),
        ("JSON that ends early", 5),
        ("the connection breaks in the body", 5),
        ("200 with `null`", 5),
        ("422", 4),
        ("a redirect to another host", 4),
        ("a body of more than 100 MB", 6),
        ("deeply nested JSON", 6),
    ],
)
def test_whatever_ails_one_record_costs_itself_and_ends_with_its_code(
    tap: Tap, version: str, fault: str, code: int
) -> None:
    catalog = tap.catalog("conversations", "conversation_parts", "part_attachments", api_version=version)
    settings: dict[str, Any] = {"catalog": catalog, "api_version": version, "retry_timeout": 1, "request_timeout": 5}
    names = {"conversations", "conversation_parts"} | ({"part_attachments"} if version != "1.4" else set())
    healthy = tap(**settings)
    sick = a_parent(healthy)
    path = rf"GET /conversations/{sick}\?"
    ill = asyncio.run(between(tap, path, FAULTS[fault](), code=code, **settings))
    assert ill.state["bookmarks"] == healthy.state["bookmarks"]
    assert {sick} == set(ill.state["failed_records"]["conversation_parts"])
    assert "conversations" not in ill.state["failed_records"]
    (error,) = [line for line in ill.stderr.splitlines() if line.startswith("ERROR conversation_parts")]
    assert f"all came but what belongs to conversations {sick}, which the next run asks for again: " in error
    assert "req-4711" in error or fault in NAMELESS
    assert rows(ill, names) <= rows(healthy, names) or version == "1.4"
    lost = rows(healthy, names) - rows(ill, names)
    assert {json.loads(row).get("conversation_id", json.loads(row)["id"]) for _, row in lost} == {sick}

    gone = asyncio.run(between(tap, path, refusal(404, "not_found", "gone")(), code=0, state=ill.state, **settings))
    assert "failed_records" not in gone.state
    well = tap(state=ill.state, **settings)
    assert "failed_records" not in well.state
    assert not lost - rows(well, names)


@pytest.mark.parametrize("lines", [40, 120, 300, 500])
def test_a_run_that_is_killed_has_lost_nothing_of_a_record_that_failed(
    simulator: Simulator, tap: Tap, lines: int
) -> None:
    settings: dict[str, Any] = {"catalog": tap.catalog("conversation_parts"), "retry_timeout": 0}
    healthy = tap(**settings)
    parents = sorted({row["conversation_id"] for row in healthy.records("conversation_parts")})
    for sick in (parents[0], parents[len(parents) // 2]):
        simulator.fail("http-500", f"/conversations/{sick}", times=10**6)
    killed = tap.killed(lines, **settings)
    simulator.heal()
    after = tap(state=killed.state, **settings)
    assert {row["id"] for row in healthy.records("conversation_parts")} == {
        row["id"] for output in (killed, after) for row in output.records("conversation_parts")
    }


def test_where_all_fail_intercom_is_ill_and_nothing_more_is_set_aside(simulator: Simulator, tap: Tap) -> None:
    settings: dict[str, Any] = {"catalog": tap.catalog("conversations", "conversation_parts"), "retry_timeout": 0}
    simulator.fail("http-500", "/conversations/*", nth=50, times=10**6)
    ill = tap(code=5, **settings)
    assert len(ill.state.get("failed_records", {}).get("conversation_parts", {})) <= MOST_IN_A_ROW
    assert "everything came but" not in ill.stderr
    simulator.heal()
    well = tap(state=ill.state, **settings)
    parts = {row["id"] for output in (ill, well) for row in output.records("conversation_parts")}
    assert parts == {row["id"] for row in simulator.truth("conversation_parts")}
    assert "failed_records" not in well.state


@pytest.mark.parametrize(
    ("version", "name", "path"),
    [
        ("1.4", "conversation_parts", r"GET /conversations/\w+\?"),
        ("2.16", "conversation_parts", r"GET /conversations/\w+\?"),
        ("2.16", "conversation_handling_events", r"GET /conversations/\w+/handling_events"),
        ("2.16", "side_conversations", r"GET /conversations/\w+/side_conversations"),
        ("2.15", "company_notes", r"GET /companies/\w+/notes"),
        ("2.16", "contact_notes", r"GET /contacts/\w+/notes"),
        ("2.16", "data_events", r"GET /events"),
    ],
)
def test_parents_that_are_gone_say_nothing_of_those_behind_them(tap: Tap, version: str, name: str, path: str) -> None:
    settings: dict[str, Any] = {"catalog": tap.catalog(name, api_version=version), "api_version": version}
    healthy = tap(**settings)
    gone = refusal(404, "not_found", "Resource Not Found")()
    output = asyncio.run(between(tap, path, gone, times=12, code=0, **settings))
    assert output.state == healthy.state
    assert "12 parents were deleted or merged before their records could be read" in output.stderr
    assert 0 < output.counts()[name] <= healthy.counts()[name]
