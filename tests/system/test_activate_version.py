"""With `activate_version`, a target is told what of a full table is there, and only where all of it was read."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from clients import story
from conftest import Output, Simulator, Tap
from forked_command import ForkServer
from full_sync import whole
from scripted_server import ScriptedServer, answer
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import streams_of

ON = {"activate_version": True}
MODERN = {**ON, "api_version": "2.16"}


def versioned(version: str) -> dict[str, Stream]:
    """Name the streams whose records are gone when a whole read does not bring them."""
    rows = {row.name: row for row in streams_of(version)}
    return {
        name: row for name, row in rows.items() if row.detects_deletions and rows[row.parent or name].detects_deletions
    }


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
def test_full_tables_carry_the_version_that_is_activated_at_their_end(tap: Tap, version: str) -> None:
    output = tap(**whole(tap, version), **ON)
    activated = versions(output)
    assert activated.keys() == versioned(version).keys()
    (run,) = set(activated.values())
    assert 1_700_000_000_000 < run < 4_000_000_000_000
    for message in output.messages:
        if message["type"] == "RECORD":
            assert message.get("version") == activated.get(message["stream"])
        assert message["type"] != "SCHEMA" or "version" not in message


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
    simulator.fail("http-403", "/calls*", nth=2, times=100)
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
