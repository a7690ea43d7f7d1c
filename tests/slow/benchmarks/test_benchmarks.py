"""The benchmark, small enough to be run by every test run: what it measures, computes and writes."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from benchmarks.goals import goals
from benchmarks.points import SUITES, Point
from benchmarks.record import Record, excess, middle, share_used
from benchmarks.results import write_results
from benchmarks.rounds import Run, StreamRun
from benchmarks.work import CUT, VERSIONS, WORKLOADS, default_streams, fewest_requests, streams
from benchmarks.workspace import BOUNDS

from shell import ROOT

POINT = Point(experiment="quota", workload="talks", contestants=("tap",), quota=100)
COUNTS = {"conversations": 301, "conversation_parts": 9000, "companies": 250, "users": 100, "leads": 1, "contacts": 101}


def run(point: Point = POINT, contestant: str = "tap", **figures: object) -> Run:
    known = {"code": 0, "ended": True, "wall_seconds": 2.0, "processor_seconds": 1.0, "peak_bytes": 2**25}
    return Run(**{"point": point, "contestant": contestant, "records": 1000, "written_bytes": 1, **known, **figures})


def test_a_tiny_benchmark_runs_from_end_to_end(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "tiny", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    record = msgspec.json.decode((tmp_path / "measurements.json").read_bytes(), type=Record)
    assert [one.contestant for one in record.runs] == ["tap", "tap-2.16"]
    for one in record.runs:
        assert one.code == 0, one.last_words
        assert 0 < one.expected_records <= one.records
        assert 0 < one.fewest_requests <= one.requests < 10
        assert 0 < (one.first_record_seconds or 0) < one.wall_seconds
        assert 10 < one.peak_bytes / 2**20 < 200
    results = (tmp_path / "RESULTS.md").read_text()
    assert "## Increments" in results
    assert "tap-intercom, API 2.16" in results


@pytest.mark.parametrize(
    ("version", "workload", "fewest"),
    [
        ("1.4", "talks", 6 + 301),
        ("2.16", "talks", 3 + 301),
        ("1.4", "lists", (3 + 1) + (1 + 1) + (1 + 1) + 6),
        ("2.16", "lists", (3 + 1) + 1 + 7 + 3),
        ("2.16", "tags", 1),
    ],
)
def test_the_fewest_requests_follow_from_the_counts(version: str, workload: str, fewest: int) -> None:
    assert fewest_requests(streams(workload, version), {**COUNTS, CUT: 7}, version) == fewest


def test_the_share_of_a_quota_is_that_of_the_windows_that_are_whole() -> None:
    windows = [{"start": number, "requests": count, "refused": 0} for number, count in enumerate([30, 99, 97, 5])]
    assert share_used(run(windows=windows)) == pytest.approx(0.98)
    assert share_used(run(windows=windows[:2])) is None


def test_a_run_that_failed_counts_in_no_median() -> None:
    runs = [run(requests=10, fewest_requests=10), run(requests=20, fewest_requests=10), run(code=1, requests=900)]
    assert middle(runs, excess) == 1.5
    assert middle(runs[2:], excess) is None


def test_a_goal_is_met_or_not_or_was_not_measured() -> None:
    windows = [{"start": number, "requests": 98, "refused": 0} for number in range(4)]
    runs = [run(windows=windows), run(msgspec.structs.replace(POINT, share=0.5), windows=windows)]
    met = {goal.what: goal.met for goal in goals(Record("tiny", "2026-01-01", {}, runs))}
    assert met["429s in steady state"] is True
    assert met["`quota_share`"] is False
    assert met["requests of a full sync"] is None


def test_a_whole_workspace_is_shown_stream_by_stream_and_held_against_its_goals(tmp_path: Path) -> None:
    point = Point(experiment="workspace", workload="everything", contestants=("tap-2.16",), quota=1667)
    streams = [StreamRun("tags", 25, 1, 0.25, 0.5), StreamRun("contacts", 6711, 45, 0.2, 9.0)]
    whole = run(point, "tap-2.16", requests=12_999, wall_seconds=80.5, processor_seconds=3.9, streams=streams)
    alone = run(
        Point(experiment="apart", workload="tags", contestants=("tap-2.16",)), "tap-2.16", processor_seconds=0.3
    )
    record = Record("full", "2026-01-01", {}, [whole, alone])
    found = {goal.what.partition(" of a whole")[0]: goal for goal in goals(record) if " of a whole" in goal.what}
    assert {what: goal.met for what, goal in found.items()} == {
        "requests": True,
        "wall time": False,
        "processor time": True,
    }
    assert found["requests"].goal == "13,000 at most"
    assert found["wall time"].measured == "2.16: 80.5 s"
    write_results(record, tmp_path / "RESULTS.md")
    lines = (tmp_path / "RESULTS.md").read_text().splitlines()
    rows = lines[
        lines.index("| stream | records | requests | from s | to s | processor s alone | what bounds it |") + 2 :
    ][:2]
    assert rows == [
        f"| contacts | 6,711 | 45 | 0.2 | 9.2 | – | {BOUNDS['tap-2.16']['contacts']} |",  # noqa: RUF001 - a dash
        "| tags | 25 | 1 | 0.2 | 0.8 | 0.30 |  |",
    ]


def test_what_bounds_a_stream_is_said_of_those_that_are_read() -> None:
    for tap, bounds in BOUNDS.items():
        assert bounds.keys() <= {*default_streams(VERSIONS[tap])}


def test_every_point_names_what_there_is() -> None:
    from benchmarks.contestants import CONTESTANTS  # noqa: PLC0415 - it needs no environment to be named

    for point in (point for suite in SUITES.values() for point in suite):
        assert set(point.contestants) <= CONTESTANTS.keys()
        for name in point.contestants:
            version = CONTESTANTS[name].version
            assert point.workload in WORKLOADS or point.workload in default_streams(version)
