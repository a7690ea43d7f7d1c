"""FULL_TABLE on a stream with a bookmark: all of it comes, the bookmark goes on, and with a version, what is gone."""

import copy
from typing import Any

import pytest

from bookmark_checks import without_times_of_reading
from conftest import Output, Simulator, Tap
from tap_intercom.streams.table import streams_of

VERSIONS = ["1.4", "2.16"]


def asking(tap: Tap, version: str, **methods: str) -> dict[str, Any]:
    """Give settings with a catalog of these streams, each with the method that its metadata asks for, if any."""
    catalog = tap.catalog(*methods, api_version=version)
    for entry in catalog["streams"]:
        if method := methods.get(entry["tap_stream_id"]):
            entry["metadata"][0]["metadata"]["replication-method"] = method
    return {"api_version": version, "catalog": catalog}


def dated(version: str) -> dict[str, str]:
    """Ask FULL_TABLE of every stream with a bookmark, but for exports and histories, and of what hangs on it."""
    rows = {row.name: row for row in streams_of(version) if not (row.export or row.append_only)}
    return {
        name: "FULL_TABLE"
        for name, row in rows.items()
        if row.replication_key or rows[row.parent or name].replication_key
    }


def activated(output: Output) -> set[str]:
    return {message["stream"] for message in output.messages if message["type"] == "ACTIVATE_VERSION"}


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_comes_again_whatever_bookmark_and_start_date_say(tap: Tap, version: str) -> None:
    methods = dated(version)
    first = tap(**asking(tap, version, **dict.fromkeys(methods, "")))
    second = tap(**asking(tap, version, **methods), state=first.state, start_date="2025-01-01T00:00:00Z")
    assert second.counts() == first.counts()
    assert without_times_of_reading(second.state, version) == without_times_of_reading(first.state, version)
    assert not [line for line in second.stderr.split("\n") if line.startswith("WARNING") and "bent to it" not in line]


@pytest.mark.parametrize("version", VERSIONS)
def test_back_to_incremental_it_goes_on_from_the_bookmark_that_moved_meanwhile(
    simulator: Simulator, tap: Tap, version: str
) -> None:
    full, less = (asking(tap, version, **dict.fromkeys(dated(version), method)) for method in ("FULL_TABLE", ""))
    state = tap(**full).state
    again = tap(**less, state=state)
    assert again.state["bookmarks"].keys() == state["bookmarks"].keys()
    assert sum(again.counts().values()) < sum(simulator.counts(version).values()) / 4


@pytest.mark.parametrize("version", VERSIONS)
def test_with_a_version_a_target_is_told_what_is_gone(tap: Tap, version: str) -> None:
    methods = dated(version)
    output = tap(**asking(tap, version, **methods), activate_version=True)
    told = activated(output)
    for message in output.messages:
        if message["type"] == "RECORD":
            assert message["version"]
    lines = [line.split() for line in output.stderr.split("\n") if "what is gone is not told this time" in line]
    unsure = {words[1].rstrip(":") for words in lines if words[0] == "WARNING"}
    assert told | unsure == set(methods)
    assert not told & unsure
    assert {"companies", "conversations", "conversation_parts", "segments"} <= told, unsure


def test_children_are_read_whole_with_their_parent_unless_they_are_to_be_incremental(tap: Tap) -> None:
    names = ("conversations", "conversation_parts", "conversation_tags")
    first = tap(**asking(tap, "2.16", **dict.fromkeys(names, "")))
    given = {"conversations": "FULL_TABLE", "conversation_parts": "INCREMENTAL", "conversation_tags": ""}
    second = tap(**asking(tap, "2.16", **given), state=first.state)
    assert second.counts()["conversations"] == first.counts()["conversations"]
    assert second.counts()["conversation_tags"] == first.counts()["conversation_tags"]
    assert second.counts()["conversation_parts"] < first.counts()["conversation_parts"]


def test_a_child_is_read_whole_though_its_parent_is_not(tap: Tap) -> None:
    names = ("conversations", "conversation_parts")
    first = tap(**asking(tap, "2.16", **dict.fromkeys(names, "")))
    given = {"conversations": "", "conversation_parts": "FULL_TABLE"}
    second = tap(**asking(tap, "2.16", **given), state=first.state, activate_version=True)
    assert second.counts()["conversation_parts"] == first.counts()["conversation_parts"]
    assert second.counts()["conversations"] < first.counts()["conversations"]
    assert activated(second) == {"conversation_parts"}
    alone = tap(**asking(tap, "2.16", conversation_parts="FULL_TABLE"), state=first.state, activate_version=True)
    assert alone.counts() == {"conversation_parts": first.counts()["conversation_parts"]}
    assert activated(alone) == {"conversation_parts"}


def test_an_export_is_read_from_the_start_date(tap: Tap) -> None:
    first = tap(**asking(tap, "2.16", message_content_export=""), start_date="2024-01-01T00:00:00Z")
    again = {**asking(tap, "2.16", message_content_export="FULL_TABLE"), "state": first.state}
    second = tap(**again, start_date="2024-01-01T00:00:00Z")
    assert second.counts() == first.counts()


@pytest.mark.parametrize("name", ["contacts", "companies", "segments"])
def test_a_run_that_is_killed_tells_nothing_gone(tap: Tap, name: str) -> None:
    options = {**asking(tap, "2.16", **{name: "FULL_TABLE"}), "activate_version": True}
    lines = len(tap(**options).messages)
    assert "ACTIVATE_VERSION" not in [message["type"] for message in tap.killed(lines - 4, **options).messages]


def test_where_as_many_do_not_come_as_are_counted_nothing_is_told_gone(simulator: Simulator, tap: Tap) -> None:
    options = {**asking(tap, "2.16", contacts="FULL_TABLE"), "activate_version": True}
    simulator.mutate(1, rate=200)
    try:
        output = tap(**options)
    finally:
        simulator.stop_mutating()
    assert bool(activated(output)) != ("what is gone is not told this time" in output.stderr)


def test_what_has_no_bookmark_stays_as_it_is(tap: Tap) -> None:
    options = asking(tap, "2.16", tags="INCREMENTAL")
    output = tap(**options)
    (warning,) = [line for line in output.stderr.split("\n") if line.startswith("WARNING")]
    assert warning.startswith("WARNING tags: the catalog asks for INCREMENTAL, but Intercom tells no time")
    plain = copy.deepcopy(options)
    plain["catalog"]["streams"][0]["metadata"][0]["metadata"].pop("replication-method", None)
    assert tap(**plain).counts() == output.counts()
