"""Whatever is read, however it is paged, whatever changes meanwhile, wherever a run is killed: nothing is lost.

Each schedule reads a stream of every shape that a version has. The seed in the name of a test makes it again; with
SEEDS=5000 in the environment, `make nightly KIND=soak` tries as many of each kind and version.
"""

import os
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookmark_checks import BookmarkChecks, parents_of
from conftest import Simulator, Tap
from forked_command import ForkServer
from random_syncs import Schedule

VERSIONS = ("1.4", "2.16")
BOUNDED = 20
SEEDS = int(os.environ.get("SEEDS", "1000"))
CASES = [
    pytest.param(version, seed, marks=[pytest.mark.soak] if seed >= BOUNDED else [])
    for seed in range(SEEDS)
    for version in VERSIONS
]
CASES += [pytest.param("2.11", seed, marks=pytest.mark.soak) for seed in range(SEEDS // 10)]
KILLED = [pytest.param(version, seed, marks=pytest.mark.soak) for seed in range(SEEDS) for version in VERSIONS]


def schedule(simulator: Simulator, tap: Tap, version: str, seed: int, *, changing: bool) -> Schedule:
    return Schedule(simulator, tap, version, Random(f"{version} {seed} {changing}"), changing=changing)


@pytest.mark.parametrize(("version", "seed"), CASES)
def test_what_changes_while_it_is_read_is_there_after_the_next_sync(
    simulator: Simulator, tap: Tap, version: str, seed: int
) -> None:
    assert_nothing_is_stale(schedule(simulator, tap, version, seed, changing=True), kills=False)


@pytest.mark.parametrize(("version", "seed"), KILLED)
def test_killed_while_everything_changes_nothing_is_missing_after_the_next_sync(
    simulator: Simulator, tap: Tap, version: str, seed: int
) -> None:
    assert_nothing_is_stale(schedule(simulator, tap, version, seed, changing=True), kills=True)


@pytest.mark.parametrize(("version", "seed"), KILLED)
def test_killed_after_any_line_nothing_is_missing(simulator: Simulator, tap: Tap, version: str, seed: int) -> None:
    assert_every_claim_is_true(schedule(simulator, tap, version, seed, changing=False))


@pytest.fixture(scope="module")
def shared(simulator_process: Simulator, tmp_path_factory: pytest.TempPathFactory, nursery: ForkServer) -> Tap:
    return Tap(tmp_path_factory.mktemp("schedules"), simulator_process.url, nursery)


bounded = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@bounded
@given(version=st.sampled_from(VERSIONS), dice=st.randoms(use_true_random=False))
def test_killed_after_a_random_line_and_resumed_nothing_is_missing(
    simulator_process: Simulator, shared: Tap, version: str, dice: Random
) -> None:
    assert_every_claim_is_true(Schedule(simulator_process, shared, version, dice, changing=False))


@bounded
@given(version=st.sampled_from(VERSIONS), dice=st.randoms(use_true_random=False))
def test_killed_while_everything_changes_nothing_is_missing_in_the_end(
    simulator_process: Simulator, shared: Tap, version: str, dice: Random
) -> None:
    assert_nothing_is_stale(Schedule(simulator_process, shared, version, dice, changing=True), kills=True)


def assert_nothing_is_stale(schedule: Schedule, *, kills: bool) -> None:
    """Sync, or be killed, while everything changes; what is there after the sync that follows is as Intercom has it."""
    for _ in range(schedule.dice.randint(1, 2)):
        if kills:
            schedule.be_killed()
        else:
            schedule.sync()
        schedule.live()
    schedule.rest()
    schedule.sync()
    assert not schedule.amiss()
    assert not schedule.surplus()


def assert_every_claim_is_true(schedule: Schedule) -> None:
    """Kill runs, where nothing changes: all is there in the end, no STATE is ahead of it, and little comes again."""
    for _ in range(schedule.dice.randint(1, 4)):
        schedule.be_killed()
    schedule.sync()
    assert not schedule.amiss()
    names = {stream.name for stream in schedule.streams} | parents_of(schedule.streams)
    truth = {name: schedule.simulator.truth(name, schedule.version) for name in names}
    claims = BookmarkChecks(schedule.version, schedule.streams, truth)
    assert not list(claims.untrue(schedule.outputs))
    for output, bookmarks in zip(schedule.outputs, schedule.floors, strict=True):
        assert not list(claims.again(output, bookmarks))
    assert not schedule.surplus()
