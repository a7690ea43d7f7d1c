"""The founding document's workspace, whole: its table of records per stream comes out of other people's tools."""

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Simulator
from readme_world import COUNTS
from shell import ROOT, Shell, checked


@pytest.mark.examples
def test_singer_check_tap_prints_the_table_of_the_document(shell: Shell, simulator: Simulator) -> None:
    simulator.reset(world="readme")
    shell.install("singer-tools")
    table = shell.run("tap-intercom --config tap_config.json --catalog catalog.json | singer-check-tap").stdout
    assert "The output is valid." in table
    assert checked(table) == COUNTS


def test_the_demo_reads_the_counts_back_from_its_databases(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "demo.py", tmp_path / "demo"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    for stream, count in COUNTS.items():
        assert [stream, f"{count:,}", f"{count:,}"] in rows
    assert ["conversation_parts", "51,795", "51,795"] in rows
    assert (tmp_path / "demo" / "report-2.16.html").exists()
