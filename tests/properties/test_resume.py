"""A run that is killed after any line and resumed from the last STATE line yields every record."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from faithful import unfaithful
from tap_intercom.streams import STREAMS

MOST_RUNS = 12
SOAK = [pytest.param(seed, marks=pytest.mark.soak) for seed in range(6, 50)]


@pytest.mark.parametrize("seed", [*range(6), *SOAK])
def test_killed_after_a_random_line_and_resumed_nothing_is_missing(simulator: Simulator, tap: Tap, seed: int) -> None:
    simulator.reset(seed=seed)
    outputs = killed_and_resumed(simulator, tap, random.Random(seed))
    assert_complete(simulator, outputs)
    assert_no_state_claims_too_much(simulator, outputs)


@pytest.mark.parametrize("seed", [*range(3), *SOAK])
def test_killed_while_everything_changes_nothing_is_missing_after_the_next_sync(
    simulator: Simulator, tap: Tap, seed: int
) -> None:
    simulator.reset(seed=seed, mutate=20)
    outputs = killed_and_resumed(simulator, tap, random.Random(seed))
    simulator.stop_mutating()
    simulator.advance(5)
    outputs.append(tap(state=outputs[-1].state))
    assert_complete(simulator, outputs)


def killed_and_resumed(simulator: Simulator, tap: Tap, dice: random.Random) -> list[Output]:
    """Kill runs after a random number of lines, resuming each from the state before, until one ends by itself.

    A minute passes between them, in which Intercom forgets the scroll that a killed run leaves open.
    """
    outputs: list[Output] = []
    state: dict[str, Any] = {}
    for _ in range(MOST_RUNS):
        output = tap.killed(dice.randint(1, 1500), state=state)
        outputs.append(output)
        state = output.state or state
        if output.code == 0:
            return outputs
        simulator.advance(61)
    outputs.append(tap(state=state))
    return outputs


def assert_complete(simulator: Simulator, outputs: list[Output]) -> None:
    for stream in STREAMS:
        rows = [row for output in outputs for row in output.records(stream.name)]
        assert not unfaithful(stream.name, simulator.truth(stream.name), rows)


def assert_no_state_claims_too_much(simulator: Simulator, outputs: list[Output]) -> None:
    """Check, at every STATE line, that what it claims has been written before it."""
    truth = {stream.name: simulator.truth(stream.name) for stream in STREAMS if stream.cursor}
    written: dict[str, set[str]] = {name: set() for name in truth}
    for message in (message for output in outputs for message in output.messages):
        if message["type"] == "RECORD" and message["stream"] in written:
            written[message["stream"]].add(message["record"]["id"])
        if message["type"] == "STATE":
            for name, records in truth.items():
                bookmark = message["value"]["bookmarks"].get(name)
                if bookmark is not None:
                    claimed = {record["id"] for record in records if moment(record["updated_at"]) <= bookmark}
                    assert claimed <= written[name], name


def moment(seconds: int | str) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
