"""Links that are read by members and links that are asked of each parent are the same, in random workspaces."""

import json
import os
from random import Random
from typing import Any

import pytest

from conftest import Output, Simulator, Tap

LINKS = {"contact_segments": ("contact_id", "segment_id"), "company_segments": ("company_id", "id")}
BEGIN = 1_750_000_000  # when the worlds begin: the tap's own clock is ahead of them
BOUNDED = 8
SEEDS = int(os.environ.get("SEEDS", "1000"))
CASES = [pytest.param(seed, marks=[pytest.mark.soak] if seed >= BOUNDED else []) for seed in range(SEEDS)]


class Workspace:
    """A random workspace on a random server, and the settings of its syncs."""

    def __init__(self, simulator: Simulator, tap: Tap, dice: Random, *, mutate: int = 0) -> None:
        self.simulator = simulator
        self.tap = tap
        self.dice = dice
        self.version = dice.choice(["2.7", "2.11", "2.16", "2.16"])
        self.served = {
            "page_most": dice.choice([0, 0, 2, 7, 20]),
            "segment_counts": dice.choice(["current", "stale", "absent"]),
            "unknown_members": dice.choice(["none", "refused"]),
            "timezone": dice.choice(["America/Los_Angeles", "UTC", "Pacific/Kiritimati"]),
            "search_lag_seconds": dice.choice([0, 60, 400]) if mutate else 0,
        }
        simulator.reset(
            seed=dice.randrange(2**31),
            now=BEGIN,
            scale=dice.choice([0.02, 0.05, 0.2, 0.5]),
            mutate=mutate,
            switches=self.served,
        )
        start_date = dice.choice(["2015-01-01T00:00:00Z", "2024-06-01T00:00:00Z", "2025-05-01T00:00:00Z"])
        self.settings: dict[str, Any] = {
            "api_version": self.version,
            "start_date": start_date if not mutate else "2015-01-01T00:00:00Z",
            "max_concurrency": dice.choice([1, 2, 64]),
            "catalog": tap.catalog(*LINKS, *dice.choice([(), ("contacts", "companies")]), api_version=self.version),
        }

    def sync(self, filters: str, state: dict[str, Any] | None = None) -> Output:
        self.simulator.switch(member_filters=filters)
        return self.tap(**self.settings, state=state)

    def rows(self, output: Output) -> list[str]:
        """Give the rows of what was updated since `start_date`: companies come whole where all members are read."""
        start = self.settings["start_date"]
        return sorted(
            json.dumps([name, row], sort_keys=True)
            for name, (owner, _) in LINKS.items()
            for row in output.records(name)
            if row[owner.replace("_id", "_updated_at")] >= start
        )

    def missing(self, outputs: list[Output]) -> list[tuple[str, ...]]:
        """Give the links that Intercom has and no output brought."""
        missing = []
        for name, (owner, other) in LINKS.items():
            found = {(row[owner], row["id"]) for output in outputs for row in output.records(name)}
            truth = {(row[owner], row[other]) for row in self.simulator.truth(name, self.version)}
            missing += [(name, *link) for link in sorted(truth - found)]
        return missing


@pytest.mark.parametrize("seed", CASES)
def test_both_ways_give_the_same_rows(simulator: Simulator, tap: Tap, seed: int) -> None:
    dice = Random(f"ways {seed}")
    workspace = Workspace(simulator, tap, dice)
    by_members = workspace.sync("served")
    by_parents = workspace.sync(dice.choice(["ignored", "refused"]))
    assert workspace.rows(by_members) == workspace.rows(by_parents)
    assert by_members.state["bookmarks"].keys() == by_parents.state["bookmarks"].keys()


@pytest.mark.parametrize("seed", CASES)
def test_whichever_way_a_run_takes_links_of_what_changed_are_there_after_it(
    simulator: Simulator, tap: Tap, seed: int
) -> None:
    dice = Random(f"changes {seed}")
    workspace = Workspace(simulator, tap, dice, mutate=dice.choice([20, 100, 400]))
    outputs: list[Output] = []
    state: dict[str, Any] = {}
    for _ in range(dice.randint(1, 3)):
        outputs.append(workspace.sync(dice.choice(["served", "served", "ignored", "refused"]), state))
        state = outputs[-1].state
        simulator.mutate(dice.choice([0, 5, 60]))
        simulator.advance(dice.choice([1, 70, 4000, 90_000]))
    simulator.stop_mutating()
    simulator.advance(402)
    outputs.append(workspace.sync("served", state))
    assert not workspace.missing(outputs)
