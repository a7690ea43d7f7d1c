"""A target that obeys versions never loses a record that Intercom holds, and after a whole read has no other.

Whole reads are killed at random lines, or the workspace changes while they go on. The seed of a failure goes to SEEDS.
"""

import os
import random

import pytest

from conftest import Simulator, Tap
from record_checks_v2 import key_of, told
from tap_intercom.streams.table import is_v2, streams_of
from versioned_target import Key, VersionedTarget

STREAMS = {
    "1.4": ("companies", "conversation_parts", "conversations", "leads", "tags", "users"),
    "2.16": (
        "articles", "companies", "company_tags", "contact_tags", "contacts", "conversation_parts", "conversation_tags",
        "conversations", "tags", "team_admins", "ticket_contacts", "tickets",
    ),
}  # fmt: skip
CHANGING = {
    "1.4": ("users", "companies", "conversations"),
    "2.16": ("contacts", "companies", "conversations", "tickets"),
}
SEEDS = range(2)
SOAK = range(100, 100 + int(os.environ.get("SEEDS", "0")))
BEGIN = 1_750_000_000
cases = [
    pytest.param(version, seed, marks=[pytest.mark.soak] if seed in SOAK else [], id=f"{version}-{seed}")
    for version in STREAMS
    for seed in (*SEEDS, *SOAK)
]


def held(simulator: Simulator, version: str, name: str) -> set[Key]:
    """Give the keys of what Intercom holds now."""
    (row,) = (row for row in streams_of(version) if row.name == name)
    truth = simulator.truth(name, version)
    return {key_of(row.key, record) for record in (told(row, truth) if is_v2(version) else truth)}


def lost(simulator: Simulator, version: str, target: VersionedTarget, had: dict[str, set[Key]]) -> list[str]:
    """Name what Intercom holds, what the target had, and what it has no more."""
    return [
        f"{name} {key}"
        for name, keys in had.items()
        for key in (keys & held(simulator, version, name)) - target.keys(name)
    ]


def live(simulator: Simulator, version: str, dice: random.Random) -> None:
    """Let records be created, changed and deleted, and time pass, so that all scrolls have ended."""
    simulator.mutate(dice.randint(5, 40))
    if version != "1.4":
        simulator.mutate(dice.randint(1, 10), resource="tickets")
    simulator.advance(dice.choice([61, 700, 90_000]))


@pytest.mark.parametrize(("version", "seed"), cases)
def test_whole_reads_that_are_killed_lose_nothing_and_the_one_that_ends_tells_all_that_is_gone(
    simulator: Simulator, tap: Tap, version: str, seed: int
) -> None:
    dice = random.Random(seed)
    page = dice.choice([3, 7, 50])
    simulator.reset(seed=seed, scale=0.2, now=BEGIN, switches={"page_most": page})
    options = {
        "api_version": version,
        "catalog": tap.catalog(*STREAMS[version], api_version=version),
        "activate_version": True,
        "whole_every": "7d",
        "max_concurrency": dice.choice([1, 8, 64]),
    }
    target = VersionedTarget()
    first = tap(**options)
    target.load(first.messages)
    had = {name: target.keys(name) for name in STREAMS[version]}
    assert had == {name: held(simulator, version, name) for name in STREAMS[version]}
    for _ in range(dice.randint(1, 4)):
        live(simulator, version, dice)
        refresh = ["--full-refresh"] if dice.random() < 0.8 else []
        target.load(tap.killed(dice.randint(1, len(first.messages)), *refresh, **options, state=target.state).messages)
        assert not lost(simulator, version, target, had)
    live(simulator, version, dice)
    target.load(tap("--full-refresh", **options, state=target.state).messages)
    assert {name: target.keys(name) for name in STREAMS[version]} == {
        name: held(simulator, version, name) for name in STREAMS[version]
    }


@pytest.mark.parametrize(("version", "seed"), cases)
def test_a_whole_read_of_a_workspace_that_changes_meanwhile_loses_nothing(
    simulator: Simulator, tap: Tap, version: str, seed: int
) -> None:
    dice = random.Random(seed)
    simulator.reset(seed=seed, scale=0.5, now=BEGIN, switches={"page_most": dice.choice([1, 7, 20])})
    names = CHANGING[version]
    options = {
        "api_version": version,
        "catalog": tap.catalog(*names, api_version=version),
        "activate_version": True,
        "max_concurrency": dice.choice([1, 64]),
    }
    target = VersionedTarget()
    target.load(tap(**options).messages)
    had = {name: target.keys(name) for name in names}
    simulator.advance(700)
    simulator.mutate(0, rate=dice.choice([20, 100, 400, 2000]))
    output = tap("--full-refresh", **options, state=target.state)
    simulator.stop_mutating()
    target.load(output.messages)
    assert not lost(simulator, version, target, had)
    activated = {message["stream"] for message in output.messages if message["type"] == "ACTIVATE_VERSION"}
    assert activated | set(unsure(output.stderr)) == set(names)
    simulator.advance(700)
    target.load(tap("--full-refresh", **options, state=target.state).messages)
    assert {name: target.keys(name) for name in names} == {name: held(simulator, version, name) for name in names}


def unsure(stderr: str) -> list[str]:
    """Name the streams of which a run says that nobody knows what of them is gone."""
    lines = [line.split() for line in stderr.split("\n") if "what is gone is not told this time" in line]
    return [words[1].rstrip(":") for words in lines if words[0] == "WARNING"]


def test_a_workspace_in_which_records_are_created_and_changed_is_still_told_whole(
    simulator: Simulator, tap: Tap
) -> None:
    names = CHANGING["2.16"]
    options = {"api_version": "2.16", "catalog": tap.catalog(*names, api_version="2.16"), "activate_version": True}
    simulator.reset(seed=5, scale=2, now=BEGIN, switches={"page_most": 20})
    state = tap(**options).state
    simulator.advance(700)
    activated = 0
    for _ in range(5):
        simulator.mutate(0, rate=50)
        activated += "contacts" not in unsure(tap("--full-refresh", **options, state=state).stderr)
        simulator.stop_mutating()
    assert activated >= 4
