"""The report that is left of a run in a file, however the run ended."""

import json
import os
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import TOKEN, Simulator, Tap, command
from tap_intercom.observability.run_report import RunReport


def told(tap: Tap) -> RunReport:
    content = (tap.folder / "report.json").read_bytes()
    assert TOKEN.encode()[:12] not in content
    return msgspec.json.decode(content, type=RunReport)


def names(tap: Tap) -> set[str]:
    return {path.name for path in tap.folder.iterdir()}


def written(tap: Tap, name: str = "report.json") -> str:
    return str(tap.folder / name)


def test_the_report_has_what_the_run_had(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(quota=100_000)
    output = tap(report=written(tap))
    report = told(tap)
    counts = {stream.stream: stream.records for stream in report.streams}
    assert {name: count for name, count in counts.items() if count} == output.counts()
    assert (report.form, report.exit_code, report.errors) == (1, 0, [])
    assert {stream.state for stream in report.streams} == {"complete"}
    assert report.records == sum(counts.values())
    assert sum(stream.requests for stream in report.streams) == report.requests
    assert 0 <= sum(window.own for window in report.quota) - report.requests <= 2
    assert {window.limit for window in report.quota} == {100_000}
    assert len(report.slowest) == 10
    assert report.settings["base_url"] == tap.url
    assert not {"access_token", "report"} & set(report.settings)
    assert {(odd.stream, odd.what) for odd in report.fields} >= {("users", "bent")}
    assert any("signed_up_at" in remark.message for remark in report.warnings if remark.stream == "users")
    assert report.began < report.ended


def test_the_page_has_what_the_run_had(tap: Tap) -> None:
    tap(report=written(tap, "report.html"))
    page = (tap.folder / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "Everything that is selected was read." in page
    assert "conversation_parts" in page
    assert TOKEN[:12] not in page


def test_no_file_is_written_but_the_report_that_the_configuration_names(tap: Tap) -> None:
    before = names(tap)
    places = {name: str(tap.folder) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    output = subprocess.run(
        command(*tap.arguments(report="report.html")),
        cwd=tap.folder,
        env={**os.environ, **places},
        capture_output=True,
        check=True,
    )
    assert output.stdout
    assert names(tap) - before - {"config.json"} == {"report.html"}
    assert not stat.S_IMODE((tap.folder / "report.html").stat().st_mode) & 0o111


def test_a_stream_that_fails_is_in_the_report_with_what_to_do(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(switches={"scope_missing": "conversations", "scope_missing_answer": "403"})
    tap(code=3, report=written(tap))
    report = told(tap)
    assert report.exit_code == 3
    assert "permission" in report.advice
    failed = {stream.stream for stream in report.streams if stream.state == "failed"}
    assert "conversations" in failed
    assert any('give the app the permission "Read conversations"' in error.message for error in report.errors)


def test_a_refused_token_leaves_a_report(tap: Tap) -> None:
    tap(code=3, report=written(tap), access_token="wrong-token-wrong-token")  # noqa: S106 - no password
    report = told(tap)
    assert report.exit_code == 3
    assert "check access_token" in report.errors[-1].message
    assert "wrong-token" not in Path(written(tap)).read_text()


def test_a_state_that_is_none_leaves_a_report(tap: Tap) -> None:
    tap(code=2, report=written(tap), state={"type": "STATE", "value": 5})
    report = told(tap)
    assert (report.exit_code, report.requests, report.streams) == (2, 0, [])
    assert "STATE message" in report.errors[0].message


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_leaves_a_report(simulator: Simulator, tap: Tap, number: signal.Signals, code: int) -> None:
    simulator.reset(latency_ms=100)
    process = subprocess.Popen(
        command(*tap.arguments(report=written(tap), max_concurrency=2)),
        bufsize=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    process.send_signal(number)
    process.communicate(timeout=300)
    report = told(tap)
    assert (process.returncode, report.exit_code) == (code, code)
    assert "goes on where this one stopped" in report.advice
    assert "not complete" in {stream.state for stream in report.streams}


def test_a_target_that_dies_leaves_a_report(tap: Tap) -> None:
    with subprocess.Popen(
        command(*tap.arguments(report=written(tap))), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
    assert (process.returncode, told(tap).exit_code) == (7, 7)


@pytest.mark.parametrize("name", ["missing/report.html", "folder.json"])
def test_a_report_that_cannot_be_written_costs_one_warning_and_nothing_else(tap: Tap, name: str) -> None:
    (tap.folder / "folder.json").mkdir()
    output = tap(report=written(tap, name))
    (line,) = [line for line in output.stderr.splitlines() if "cannot be written" in line]
    assert line.startswith(f"WARNING the report {written(tap, name)} cannot be written: ")
    assert output.counts()["users"]
    assert not [name for name in names(tap) if name.endswith(".tmp")]


@pytest.mark.parametrize("report", ["report.txt", "report", 5])
def test_a_report_of_another_form_is_refused_before_anything_is_asked(
    simulator: Simulator, tap: Tap, report: Any
) -> None:
    output = tap(code=2, report=report)
    assert output.stderr.count("\n") == 1
    assert "must be the path of a file that ends with .html or .json" in output.stderr
    assert simulator.requests() == []


@pytest.mark.parametrize("name", ["config.json", "./state.json", "catalog.json"])
def test_a_report_that_would_replace_what_the_run_reads_is_refused(simulator: Simulator, tap: Tap, name: str) -> None:
    catalog = tap.catalog("tags")
    output = tap(code=2, report=str(tap.folder / name), state={}, catalog=catalog)
    assert "which the run itself reads" in output.stderr
    assert json.loads((tap.folder / "catalog.json").read_text()) == catalog
    assert simulator.requests() == []


def test_a_test_and_a_discovery_leave_no_report(tap: Tap) -> None:
    tap("--test", report=written(tap))
    tap("--discover", report=written(tap))
    assert not Path(written(tap)).exists()


def test_the_warnings_before_the_run_are_in_its_report_too(tap: Tap) -> None:
    tap(report=written(tap), catalog={"streams": []}, unheard_of=1)
    messages = [remark.message for remark in told(tap).warnings]
    assert any("unheard_of" in message for message in messages)
    assert any("selects no stream" in message for message in messages)
