"""Contacts, users and leads come from one reading, and each has what a reading of its own would give it."""

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Output, Simulator, Tap

PARTS = ("leads", "users")
OTHERS = ("contact_tags", "contacts")
SEEDS = [*range(3), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(3, 60))]


def rows(output: Output, stream: str) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in output.records(stream))


def searches(simulator: Simulator) -> int:
    return sum(request["path"] == "/contacts/search" for request in simulator.requests())


@pytest.mark.parametrize("seed", SEEDS)
def test_each_stream_has_what_a_reading_of_its_own_gives(simulator: Simulator, tap: Tap, seed: int) -> None:
    """Also where one of them goes on from a later bookmark than another, or has none."""
    dice = random.Random(seed)
    version = dice.choice(["2.7", "2.11", "2.16"])
    simulator.reset(
        seed=dice.randrange(2**31),
        scale=dice.choice([0.1, 0.3]),
        switches={"page_most": dice.choice([0, 7, 20]), "tags_null": False},
    )
    names = [*dice.sample(PARTS, dice.randint(1, 2)), *dice.sample(OTHERS, dice.randint(1, 2))]
    state = state_of(simulator, dice, names, version)

    def run(*chosen: str, given: dict[str, Any] = state) -> Output:
        simulator.forget_requests()
        return tap(api_version=version, catalog=tap.catalog(*chosen, api_version=version), state=given)

    together = run(*names)
    requests, requests_alone = len(simulator.requests()), 0
    for name in names:
        alone = run(name)
        requests_alone += len(simulator.requests())
        assert rows(together, name) == rows(alone, name)
        assert together.state["bookmarks"][name] >= alone.state["bookmarks"][name]
    if not state["bookmarks"]:
        assert requests < requests_alone
    simulator.advance(2 * 86_400)
    simulator.mutate(20)
    later = run(*names, given=together.state)
    for name in PARTS:
        if name in names:
            assert {row["id"] for row in run(name, given=together.state).records(name)} <= {
                row["id"] for row in later.records(name)
            }


def state_of(simulator: Simulator, dice: random.Random, names: list[str], version: str) -> dict[str, Any]:
    """Give a state in which each stream has a bookmark of its own, or none."""
    times = sorted(contact["updated_at"] for contact in simulator.truth("contacts", version))
    moments = {name: dice.choice([None, *times[:: max(1, len(times) // 8)], times[-1] + 60]) for name in names}
    return {
        "bookmarks": {
            name: datetime.fromtimestamp(moment, UTC).isoformat()
            for name, moment in moments.items()
            if moment is not None
        }
    }


def test_three_streams_take_the_requests_of_one(simulator: Simulator, tap: Tap) -> None:
    simulator.forget_requests()
    tap(api_version="2.16", catalog=tap.catalog("contacts", api_version="2.16"))
    alone = searches(simulator)
    for names in (("contacts", "users", "leads"), ("contacts", "users"), ("contact_tags", "leads")):
        catalog = tap.catalog(*names, api_version="2.16")
        simulator.forget_requests()
        output = tap(api_version="2.16", catalog=catalog)
        assert searches(simulator) == alone
        assert output.counts() == {name: simulator.counts("2.16")[name] for name in names}


def test_users_are_read_on_their_own_where_no_contacts_are(simulator: Simulator, tap: Tap) -> None:
    """The segments of contacts are read by their members."""
    for names in (("contact_segments", "users", "leads"), ("users", "leads")):
        catalog = tap.catalog(*names, api_version="2.16")
        simulator.forget_requests()
        output = tap(api_version="2.16", catalog=catalog)
        assert output.counts() == {name: simulator.counts("2.16")[name] for name in names}
