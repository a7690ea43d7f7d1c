"""After links changed without any `updated_at` moving, a target has the links that Intercom has, and no others.

Each seed makes a random workspace, on a server of some kind, and changes links of every stream of links in it.
"""

import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from conftest import Simulator, Tap
from random_syncs import segments_of
from record_checks_v2 import key_of, told
from tap_intercom.streams.table import streams_of
from versioned_target import VersionedTarget

BEGIN = 1_750_000_000  # when the worlds begin: the tap's own clock is ahead of them
BOUNDED = 12
SEEDS = int(os.environ.get("SEEDS", "200"))
CASES = [pytest.param(seed, marks=[pytest.mark.soak] if seed >= BOUNDED else []) for seed in range(SEEDS)]


class Workspace:
    """A random workspace, and a target with its links."""

    def __init__(self, simulator: Simulator, tap: Tap, dice: Random) -> None:
        self.simulator = simulator
        self.tap = tap
        self.dice = dice
        served = {
            "page_most": dice.choice([0, 0, 2, 7, 20]),
            **segments_of(dice),
            "timezone": dice.choice(["America/Los_Angeles", "UTC", "Pacific/Kiritimati"]),
        }
        self.version = dice.choice(["2.7", "2.11", "2.16", "2.16", "2.16"])
        self.links = [stream for stream in streams_of(self.version) if stream.is_link]
        simulator.reset(
            world="random",
            seed=dice.randrange(2**31),
            now=BEGIN,
            switches=served,
        )
        self.in_every_run = ["company_tags", "newsfeed_items", "team_admins"]
        if (served["member_filters"], served["segment_type"]) == ("served", "served"):
            self.in_every_run += [] if served["segment_counts"] == "absent" else ["company_segments"]
        names = [stream.name for stream in self.links]
        beside = dice.choice([(), ("contacts", "companies"), ("contacts", "companies", "conversations", "tickets")])
        self.settings: dict[str, Any] = {
            "api_version": self.version,
            "activate_version": True,
            "max_concurrency": dice.choice([1, 8, 64]),
            "catalog": tap.catalog(*names, *beside, api_version=self.version),
        }
        self.target = VersionedTarget()

    def sync(self, *arguments: str, **settings: Any) -> None:
        self.target.load(self.tap(*arguments, state=self.target.state, **self.settings, **settings).messages)

    def change(self) -> None:
        """Change links of all kinds that the simulator can change, and let time pass."""
        changes = {name: self.dice.choice([0, 1, 5, 20]) for name in ("add", "remove")}
        self.simulator.change_links(**changes, seed=self.dice.randrange(2**31))
        self.simulator.advance(self.dice.choice([1, 700, 90_000]))

    def amiss(self, *names: str) -> Iterator[str]:
        """Name the links of these streams, or of all, that the target lacks, or that it has and Intercom has not."""
        for stream in (stream for stream in self.links if not names or stream.name in names):
            rows = told(stream, self.simulator.truth(stream.name, self.version))
            truth = {key_of(stream.key, row) for row in rows}
            found = self.target.keys(stream.name)
            yield from (f"{stream.name} {key} is missing" for key in sorted(truth - found))
            yield from (f"{stream.name} {key} is gone" for key in sorted(found - truth))


@pytest.mark.parametrize("seed", CASES)
def test_after_relations_were_read_whole_a_target_has_those_that_intercom_has(
    simulator: Simulator, tap: Tap, seed: int
) -> None:
    workspace = Workspace(simulator, tap, Random(f"relations {seed}"))
    workspace.sync()
    assert not list(workspace.amiss())
    for _ in range(workspace.dice.randint(1, 2)):
        workspace.change()
    workspace.sync()
    assert not list(workspace.amiss(*workspace.in_every_run))
    workspace.change()
    workspace.sync(relations="whole")
    assert not list(workspace.amiss())
