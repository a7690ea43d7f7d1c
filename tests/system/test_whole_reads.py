"""What is read whole by `--full-refresh`, `relations` and `whole_every`, and what a target then knows to be gone."""

import re
from typing import Any

import pytest

from bookmark_checks import without_times_of_reading
from conftest import Output, Simulator, Tap
from tap_intercom.streams.table import streams_of
from versioned_target import VersionedTarget

MODERN = {"api_version": "2.16"}
DAY_MS = 86_400_000
LINKS = sorted(row.name for row in streams_of("2.16") if row.is_link)


def told_whole(output: Output) -> set[str]:
    """Name the streams of which a run says that it reads them whole."""
    found = re.search(r"read whole, from the beginning: (.*)", output.stderr)
    return set(found[1].split(", ")) if found else set()


def aged(state: dict[str, Any], days: float, *names: str) -> dict[str, Any]:
    """Give a state in which the last whole reads of these streams were so many days earlier."""
    versions = state["versions"]
    older = {name: versions[name] - int(days * DAY_MS) for name in names or versions}
    return {**state, "versions": {**versions, **older}}


@pytest.mark.parametrize("version", ["1.4", "2.16"])
def test_a_full_refresh_reads_everything_again_whatever_the_state_says(
    simulator: Simulator, tap: Tap, version: str
) -> None:
    first = tap(api_version=version)
    assert sum(first.counts().values()) >= sum(simulator.counts(version)[name] for name in first.counts())
    refreshed = tap("--full-refresh", api_version=version, state=first.state, start_date="2025-01-01T00:00:00Z")
    assert refreshed.counts() == first.counts()
    assert without_times_of_reading(refreshed.state, version) == without_times_of_reading(first.state, version)
    assert told_whole(refreshed) >= {"companies", "conversations", "conversation_parts"}


def test_a_full_refresh_tells_a_target_what_is_gone(simulator: Simulator, tap: Tap) -> None:
    names = ("companies", "contacts", "contact_tags", "conversations", "tickets", "tags")
    options = {**MODERN, "activate_version": True, "catalog": tap.catalog(*names, **MODERN)}
    target = VersionedTarget()
    target.load(tap(**options).messages)
    for name in names:
        assert len(target.keys(name)) == simulator.counts("2.16")[name]
    for name, of in (("companies",) * 2, ("users", "contacts"), ("conversations",) * 2, ("tickets",) * 2):
        simulator.delete(
            name, next(one["id"] for one in simulator.truth(of, "2.16") if of != "contacts" or one["role"] == "user")
        )
    target.load(tap(**options, state=target.state).messages)
    for name in ("companies", "contacts", "conversations", "tickets"):
        assert len(target.keys(name)) == simulator.counts("2.16")[name] + 1
    target.load(tap("--full-refresh", **options, state=target.state).messages)
    for name in names:
        assert len(target.keys(name)) == simulator.counts("2.16")[name], name


def test_a_full_refresh_of_contacts_costs_a_request_for_each_150_of_them_and_few_more(
    simulator: Simulator, tap: Tap
) -> None:
    simulator.reset(scale=20)
    lists = ("companies", "notes", "opted_in_subscription_types", "opted_out_subscription_types", "tags")
    streams = ["contacts", *(f"!contacts.{name}" for name in lists)]
    output = tap("--full-refresh", **MODERN, activate_version=True, streams=streams)
    contacts = output.counts()["contacts"]
    assert contacts > 3_000
    assert "ACTIVATE_VERSION" in {message["type"] for message in output.messages}
    assert contacts / 150 <= len(simulator.requests()) <= 1.2 * contacts / 150 + 3


@pytest.mark.parametrize("option", ["--discover", "--test", "--about"])
def test_a_full_refresh_is_a_sync(tap: Tap, option: str) -> None:
    assert "--full-refresh belongs to a sync" in tap(option, "--full-refresh", code=2).stderr


def test_links_that_lie_in_a_list_that_is_read_anyway_are_whole_in_every_run(simulator: Simulator, tap: Tap) -> None:
    options = {**MODERN, "activate_version": True, "catalog": tap.catalog("companies", "company_tags", **MODERN)}
    target = VersionedTarget()
    target.load(tap(**options).messages)
    before = target.keys("company_tags")
    (company, *_) = before
    simulator.change("companies", company[0], tags={"type": "tag.list", "tags": []})
    second = tap(**options, state=target.state)
    target.load(second.messages)
    assert second.counts().get("companies", 0) < simulator.counts("2.16")["companies"] / 2
    assert target.keys("company_tags") == {key for key in before if key[0] != company[0]} != before
    assert not told_whole(second)


def test_with_whole_relations_every_link_comes_in_every_run(tap: Tap) -> None:
    options = {**MODERN, "catalog": tap.catalog("contacts", "contact_notes", *LINKS, **MODERN)}
    first = tap(**options)
    second = tap(**options, state=first.state, relations="whole")
    counts = first.counts()
    assert {name: second.counts()[name] for name in LINKS} == {name: counts[name] for name in LINKS}
    assert second.counts().get("contacts", 0) < counts["contacts"] / 2
    assert told_whole(second) == set(LINKS) - {"company_tags", "newsfeed_items", "team_admins"}
    assert without_times_of_reading(second.state, "2.16") == without_times_of_reading(first.state, "2.16")


def test_whole_relations_without_links_are_told_of(tap: Tap) -> None:
    assert 'relations is "whole", but no stream of links is selected' in tap(relations="whole").stderr


def test_a_link_of_which_the_catalog_says_incremental_goes_on_from_its_bookmark(tap: Tap) -> None:
    catalog = tap.catalog("conversation_tags", "conversation_contacts", **MODERN)
    first = tap(**MODERN, catalog=catalog)
    for entry in catalog["streams"]:
        if entry["stream"] == "conversation_tags":
            entry["metadata"][0]["metadata"]["replication-method"] = "INCREMENTAL"
    second = tap(**MODERN, catalog=catalog, state=first.state, relations="whole")
    assert second.counts()["conversation_contacts"] == first.counts()["conversation_contacts"]
    assert second.counts().get("conversation_tags", 0) < first.counts()["conversation_tags"] / 2


@pytest.mark.parametrize("activate_version", [False, True])
def test_what_was_not_read_whole_for_so_long_is_read_whole_again(tap: Tap, activate_version: bool) -> None:
    names = ("contacts", "contact_tags", "conversations", "tags", "admin_activity_logs")
    options = {
        **MODERN,
        "catalog": tap.catalog(*names, **{**MODERN, "api_version": "2.15"}),
        "api_version": "2.15",
        "whole_every": "7d",
        "activate_version": activate_version,
    }
    first = tap(**options)
    kept = ("contacts", "contact_tags", "conversations")
    assert first.state["versions"].keys() == set(kept)
    early = tap(**options, state=aged(first.state, 6.9))
    assert not told_whole(early)
    assert early.counts().get("contacts", 0) < first.counts()["contacts"] / 2
    late = aged(first.state, 7, "contacts", "contact_tags")
    again = tap(**options, state=late)
    assert told_whole(again) == {"contacts", "contact_tags"}
    whole = ("contacts", "contact_tags", "tags")
    assert {name: again.counts()[name] for name in whole} == {name: first.counts()[name] for name in whole}
    assert again.state["versions"]["conversations"] == first.state["versions"]["conversations"]
    assert again.state["versions"]["contacts"] > first.state["versions"]["contacts"]


def test_a_stream_with_a_bookmark_of_which_nobody_knows_when_it_was_whole_is_read_whole(tap: Tap) -> None:
    options = {**MODERN, "catalog": tap.catalog("contacts", **MODERN)}
    first = tap(**options)
    assert "versions" not in first.state
    second = tap(**options, state=first.state, whole_every="30d")
    assert second.counts() == first.counts()
    assert second.state["versions"].keys() == {"contacts"}


def test_a_first_read_that_is_killed_goes_on_and_does_not_begin_again(simulator: Simulator, tap: Tap) -> None:
    simulator.switch(page_most=7)
    options = {**MODERN, "catalog": tap.catalog("conversations", **MODERN), "whole_every": "7d"}
    killed = tap.killed(100, **options)
    assert killed.state["bookmarks"]
    assert not told_whole(tap(**options, state=killed.state))


def test_a_whole_read_that_is_killed_is_due_again(tap: Tap) -> None:
    options = {**MODERN, "catalog": tap.catalog("contacts", **MODERN), "whole_every": "7d", "activate_version": True}
    late = aged(tap(**options).state, 8)
    killed = tap.killed(60, **options, state=late)
    assert killed.state["versions"] == late["versions"]
    assert told_whole(tap(**options, state=killed.state)) == {"contacts"}
