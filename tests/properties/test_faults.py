"""Whatever goes wrong with one answer in twenty, while records change: nothing is missing after the next sync."""

import random

import pytest

from conftest import Simulator, Tap
from long_run import OFTEN
from record_checks import unfaithful
from tap_intercom.streams.table import STREAMS_V1

SLOW = {"http-429"}  # each one waits for the end of its window of ten seconds
SCROLLS = ("scroll-500", "scroll-expired", "scroll-short", "scroll-empty")
FAULTS = ("http-429", "http-429-bare", *OFTEN, "http-401-token", "http-403", *SCROLLS, "gone-404")
CASES = [
    pytest.param(fault, seed, marks=[pytest.mark.soak] if fault in SLOW or seed else [], id=f"{fault}-{seed}")
    for fault in FAULTS
    for seed in range(5)
]


@pytest.mark.parametrize(("fault", "seed"), CASES)
def test_a_fault_at_one_in_twenty_costs_no_record(simulator: Simulator, tap: Tap, fault: str, seed: int) -> None:
    simulator.reset(seed=seed, scale=0.5, mutate=10, faults={fault: 0.05})
    dice = random.Random(f"{fault} {seed}")
    outputs = [tap.attended(simulator.let_scrolls_expire, max_concurrency=dice.choice([1, 4, 64]))]
    assert outputs[0].code in {0, 3, 5}, outputs[0].stderr
    simulator.faults()
    simulator.stop_mutating()
    simulator.advance(5)
    outputs.append(tap(state=outputs[0].state))
    assert not any("Traceback" in output.stderr for output in outputs)
    for stream in STREAMS_V1:
        rows = [row for output in outputs for row in output.records(stream.name)]
        assert not unfaithful(stream.name, simulator.truth(stream.name), rows)
