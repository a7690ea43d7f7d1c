"""Every fault, in every way in which Intercom hands out records, ends as docs/faults.md says."""

import asyncio
from itertools import cycle
from pathlib import Path

import pytest

from conftest import Simulator
from fault_matrix.document import read
from fault_matrix.faults import FAULTS
from fault_matrix.matrix import WORLD, run
from fault_matrix.paginations import PAGINATIONS, Pagination
from fault_matrix.proxy import FOREVER

ONCE, ALWAYS = 1, FOREVER
# Every fifth fault, each in another way of paging; a server that repeats itself has to do so more than once.
FEW = [
    pytest.param(fault, paginator, ALWAYS if "again and again" in fault else ONCE, id=f"{fault} in {paginator.name}")
    for fault, paginator in [*zip(FAULTS, cycle(PAGINATIONS), strict=False)][::5]
]
ALL = [
    pytest.param(fault, paginator, times, id=f"{fault} in {paginator.name}, {'once' if times == ONCE else 'always'}")
    for fault in FAULTS
    for paginator in PAGINATIONS
    for times in (ONCE, ALWAYS)
]


def test_the_table_has_every_fault_in_every_shape() -> None:
    assert list(read()) == [(fault, paginator.name) for fault in FAULTS for paginator in PAGINATIONS]


@pytest.mark.parametrize(("fault", "paginator", "times"), FEW)
def test_a_fault_ends_as_the_table_says(
    simulator: Simulator, tmp_path: Path, fault: str, paginator: Pagination, times: int
) -> None:
    simulator.reset(**WORLD)
    outcome = asyncio.run(run(tmp_path, simulator, paginator, fault, times=times))
    assert outcome.amiss == ()
    assert outcome.end == read()[fault, paginator.name][times != ONCE]


@pytest.mark.soak
@pytest.mark.parametrize(("fault", "paginator", "times"), ALL)
def test_every_fault_in_every_shape_ends_as_the_table_says(
    simulator: Simulator, tmp_path: Path, fault: str, paginator: Pagination, times: int
) -> None:
    test_a_fault_ends_as_the_table_says(simulator, tmp_path, fault, paginator, times)
