"""With `activate_version`, a target is told what of a stream is there, and only where all of it was read."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clients import story
from conftest import Output, Simulator, Tap
from forked_command import ForkServer
from full_sync import whole
from scripted_server import ScriptedServer, answer
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.streams.table import streams_of

ON = {"activate_version": True}
MODERN = {**ON, "api_version": "2.16"}
UNCOUNTED = {"macros"}  # of which Intercom does not say how many there are


def versioned(version: str, *, is_dated: bool | None = None) -> set[str]:
    """Name the streams whose records are gone when a whole read does not bring them; `is_dated`: have a bookmark."""
    rows = {row.name: row for row in streams_of(version)}
    dated = {name for name, row in rows.items() if rows[row.parent or name].replication_key and not row.export}
    full = {name for name, row in rows.items() if row.detects_deletions and rows[row.parent or name].detects_deletions}
    chosen = {None: dated | full, True: dated, False: full}[is_dated]
    return {name for name in chosen if not rows[name].append_only}


def carried(output: Output) -> dict[str, set[int]]:
    """Give the versions that the records of each stream carry."""
    found: dict[str, set[int]] = {}
    for message in output.messages:
        if message["type"] == "RECORD" and "version" in message:
            found.setdefault(message["stream"], set()).add(message["version"])
    return found


def versions(output: Output) -> dict[str, int]:
    """Give what was activated, and check that each version comes once, behind all records of its stream."""
    found: dict[str, int] = {}
    for message in output.messages:
        name = message.get("stream")
        if message["type"] == "RECORD":
            assert name not in found
        if message["type"] == "ACTIVATE_VERSION":
            assert message.keys() == {"type", "stream", "version"}
            assert name not in found
            found[str(name)] = message["version"]
    return found


@pytest.mark.parametrize("version", ["1.4", "2.11", "2.16"])
def test_records_carry_the_version_that_is_activated_at_the_end_of_their_stream(tap: Tap, version: str) -> None:
    output = tap(**whole(tap, version), **ON)
    activated = versions(output)
    (run,) = set(activated.values())
    assert 1_700_000_000_000 < run < 4_000_000_000_000
    assert carried(output) == {name: {run} for name in versioned(version)}
    assert versioned(version) - activated.keys() == UNCOUNTED.intersection(versioned(version))
    assert not any("version" in message for message in output.messages if message["type"] == "SCHEMA")


@pytest.mark.parametrize("version", ["1.4", "2.16"])
def test_what_goes_on_from_a_bookmark_carries_the_version_of_its_last_whole_read_and_activates_none(
    simulator: Simulator, tap: Tap, version: str
) -> None:
    options = {**whole(tap, version), **ON}
    first = tap(**options)
    places = {row.name: row.bookmark_name or row.name for row in streams_of(version)}
    in_every_run = {"company_tags", *(["company_segments"] if version == "2.16" else [])}
    dated = versioned(version, is_dated=True) - in_every_run
    assert first.state["versions"].keys() - {places.get(name) for name in in_every_run} == {
        places[name] for name in dated
    }
    simulator.mutate(40)
    simulator.advance(1000)
    second = tap(**options, state=first.state)
    assert {**second.state["versions"], **first.state["versions"]} == first.state["versions"]
    activated = versions(second)
    assert not activated.keys() & dated
    kept = {name: first.state["versions"][places[name]] for name in dated}
    assert carried(second).keys() & dated
    assert all({activated.get(name) or kept[name]} == found for name, found in carried(second).items())


def test_a_first_read_that_does_not_begin_at_the_beginning_activates_nothing_and_keeps_its_version(
    simulator: Simulator, tap: Tap
) -> None:
    options = {**MODERN, "catalog": tap.catalog("contacts", **MODERN), "start_date": middle(simulator)}
    first = tap(**options)
    (version,) = carried(first)["contacts"]
    assert 0 < first.counts()["contacts"] < simulator.counts("2.16")["contacts"]
    assert not versions(first)
    assert first.state["versions"] == {"contacts": version}
    simulator.mutate(40)
    simulator.advance(1000)
    assert carried(tap(**options, state=first.state)) == {"contacts": {version}}


def middle(simulator: Simulator) -> str:
    """Give the time before which half of the contacts were updated."""
    times = sorted(contact["updated_at"] for contact in simulator.truth("contacts", "2.16"))
    return datetime.fromtimestamp(times[len(times) // 2], UTC).isoformat()


def test_a_child_that_begins_at_the_start_date_is_not_whole_because_its_parent_is(
    simulator: Simulator, tap: Tap
) -> None:
    catalog = tap.catalog("contacts", "contact_tags", **MODERN)
    for entry in catalog["streams"]:
        method = {"contacts": "FULL_TABLE", "contact_tags": "INCREMENTAL"}.get(entry["stream"])
        entry["metadata"][0]["metadata"]["replication-method"] = method
    output = tap(**MODERN, catalog=catalog, start_date=middle(simulator))
    assert versions(output).keys() == {"contacts"}
    assert carried(output).keys() == {"contacts", "contact_tags"}


def test_a_first_read_that_is_interrupted_keeps_its_version(simulator: Simulator, tap: Tap) -> None:
    simulator.switch(page_most=7)
    options = {**MODERN, "catalog": tap.catalog("conversations", **MODERN), "max_concurrency": 1}
    killed = tap.killed(100, **options)
    assert killed.state["bookmarks"]
    (version,) = carried(killed)["conversations"]
    assert killed.state["versions"] == {"conversations": version}
    assert carried(tap(**options, state=killed.state)) == {"conversations": {version}}


def test_a_whole_read_has_a_new_version_that_enters_the_state_when_it_is_activated(tap: Tap) -> None:
    options = {**MODERN, "catalog": tap.catalog("contacts", "contact_tags", **MODERN)}
    state = tap(**options).state
    for entry in options["catalog"]["streams"]:
        entry["metadata"][0]["metadata"]["replication-method"] = "FULL_TABLE"
    ahead = {**state, "versions": dict.fromkeys(state["versions"], 10**15)}
    killed = tap.killed(100, **options, state=ahead)
    assert killed.state["versions"] == ahead["versions"]
    assert carried(killed)["contacts"] == {10**15 + 1}
    output = tap(**options, state=killed.state)
    assert versions(output) == output.state["versions"] == dict.fromkeys(("contacts", "contact_tags"), 10**15 + 1)
    kinds = [message["type"] for message in output.messages]
    for place, kind in enumerate(kinds):
        if kind == "ACTIVATE_VERSION":
            assert kinds[place + 1] == "STATE"


def test_each_run_has_a_later_version(tap: Tap) -> None:
    catalog = tap.catalog("tags")
    first, second = (versions(tap(**ON, catalog=catalog))["tags"] for _ in range(2))
    assert first < second


@pytest.mark.parametrize("settings", [{}, {"activate_version": False}, {"activate_version": "false"}])
def test_without_the_setting_there_is_no_version(tap: Tap, settings: dict[str, Any]) -> None:
    output = tap(**settings)
    assert not versions(output)
    assert not any("version" in message for message in output.messages)


def test_a_stream_that_cannot_be_read_activates_nothing(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("tags", "teams", "team_admins", **MODERN)
    simulator.switch(scope_missing="teams")
    assert versions(tap(code=3, **MODERN, catalog=catalog)).keys() == {"tags"}


def test_a_stream_that_breaks_off_activates_nothing(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("calls", "tags", **MODERN)
    simulator.fail("http-403", "/calls*", nth=3, times=100)  # the first asks for the count
    output = tap(code=3, **MODERN, catalog=catalog)
    assert output.counts()["calls"] > 0
    assert versions(output).keys() == {"tags"}


def test_children_that_may_not_be_read_activate_nothing(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("newsfeeds", "newsfeed_items", **MODERN)
    simulator.fail("http-403", "/news/newsfeeds/*/items", nth=2)
    assert versions(tap(code=3, **MODERN, catalog=catalog)).keys() == {"newsfeeds"}


@story
async def test_children_of_a_parent_that_went_meanwhile_activate_nothing(tmp_path: Path, nursery: ForkServer) -> None:
    newsfeeds = {"type": "list", "data": [{"type": "newsfeed", "id": "1"}, {"type": "newsfeed", "id": "2"}]}
    items = {"type": "list", "data": [{"type": "news-item", "id": "7"}]}
    gone = {"type": "error.list", "errors": [{"code": "not_found", "message": "Newsfeed not found"}]}
    script = [answer(json.dumps(newsfeeds).encode()), answer(json.dumps(items).encode())]
    async with ScriptedServer(script, answer(json.dumps(gone).encode(), 404)) as server:
        tap = Tap(tmp_path, server.url, nursery)
        output = await asyncio.to_thread(lambda: tap(**MODERN, catalog=selecting("newsfeeds", "newsfeed_items")))
    assert output.counts() == {"newsfeeds": 2, "newsfeed_items": 1}
    assert versions(output).keys() == {"newsfeeds"}


def selecting(*names: str) -> dict[str, Any]:
    catalog = describe_streams(streams_of("2.16"))
    for entry in catalog["streams"]:
        entry["metadata"][0]["metadata"]["selected"] = entry["stream"] in names
    return catalog


def test_a_run_that_is_killed_activates_only_what_was_read_whole(simulator: Simulator, tap: Tap) -> None:
    for lines in range(100, 900, 200):
        output = tap.killed(lines, **MODERN)
        for name in versions(output):
            assert len(output.records(name)) == simulator.counts("2.16")[name]
