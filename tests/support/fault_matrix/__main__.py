"""Runs every fault in every way of paging and writes docs/faults.md (`make nightly KIND=faults`)."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from conftest import Simulator
from fault_matrix.document import Table, write
from fault_matrix.faults import FAULTS
from fault_matrix.matrix import WORLD, both
from fault_matrix.paginations import PAGINATIONS, Pagination


async def meet(cases: Iterator[tuple[str, Pagination]], table: Table) -> int:
    """Meet the next fault until there is none, in a workspace of one's own; say how many things were amiss."""
    amiss = 0
    simulator = await asyncio.to_thread(Simulator)
    try:
        for fault, shape in cases:
            simulator.reset(**WORLD)
            with tempfile.TemporaryDirectory() as folder:
                outcomes = await both(Path(folder), simulator, shape, fault)
            table[fault, shape.name] = (outcomes[0].end, outcomes[1].end)
            for times, outcome in zip(("once", "always"), outcomes, strict=True):
                amiss += len(outcome.amiss)
                took = f"{outcome.requests} requests, {outcome.megabytes} MB"
                lines = [f"{shape.name}, {fault}, {times}: {outcome.end}, {took}", *outcome.said]
                print("\n  ".join([*lines, *(f"AMISS: {what}" for what in outcome.amiss)]), flush=True)  # noqa: T201
    finally:
        simulator.close()
    return amiss


async def meet_all() -> int:
    """Meet them all, as many at once as there are processors; say how many things were amiss."""
    table: Table = {}
    cases = ((fault, shape) for shape in PAGINATIONS for fault in FAULTS)
    amiss = sum(await asyncio.gather(*(meet(cases, table) for _ in range(os.cpu_count() or 1))))
    write(table)
    return amiss


sys.exit(min(1, asyncio.run(meet_all())))
