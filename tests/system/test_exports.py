"""Exports through the whole command: ordered, waited for, fetched, and read again for as long as they may change."""

import urllib.request
from typing import Any

import pytest

from conftest import TOKEN, Output, Simulator, Tap
from record_checks_v2 import compare
from tap_intercom.streams.table import streams_of

MESSAGES = "message_content_export"
REPORTS = "reporting_exports"
DATASETS = ["conversation", "ticket"]
STREAMS = {stream.name: stream for stream in streams_of("2.16")}
DAY = 86_400


def exported(tap: Tap, stream: str = MESSAGES, *, code: int = 0, **options: Any) -> Output:
    return tap(code=code, **{"api_version": "2.16", "catalog": tap.catalog(stream, api_version="2.16"), **options})


def reported(tap: Tap, **options: Any) -> Output:
    return exported(tap, REPORTS, **{"reporting_datasets": DATASETS, **options})


def amiss(simulator: Simulator, *outputs: Output, stream: str = MESSAGES) -> list[str]:
    rows = [row for output in outputs for row in output.records(stream)]
    return compare(STREAMS[stream], simulator.truth(stream, "2.16"), rows)


def asked(simulator: Simulator, path: str) -> list[dict[str, Any]]:
    return [request for request in simulator.requests() if request["path"].startswith(path)]


def test_messages_come_only_where_a_catalog_selects_them(simulator: Simulator, tap: Tap) -> None:
    assert MESSAGES not in tap(api_version="2.16").counts()
    assert not asked(simulator, "/export")
    output = exported(tap)
    assert not amiss(simulator, output)
    assert len({row["receipt_id"] for row in output.records(MESSAGES)}) == simulator.counts("2.16")[MESSAGES] > 10


def test_what_is_done_with_a_message_later_comes_with_a_later_sync(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(now=1_709_251_200, scale=5)
    outputs = [exported(tap)]
    for days in (1, 3, 5):
        simulator.advance(days * DAY)
        outputs.append(exported(tap, state=outputs[-1].state))
    assert not amiss(simulator, *outputs)
    assert amiss(simulator, outputs[0])
    assert sum(output.counts().get(MESSAGES, 0) for output in outputs[1:]) < outputs[0].counts()[MESSAGES] / 4


def test_a_job_is_waited_for(simulator: Simulator, tap: Tap) -> None:
    simulator.switch(export_seconds="3600")
    catalog = tap.catalog(MESSAGES, api_version="2.16")
    output = tap.attended(
        lambda: simulator.advance(1800), api_version="2.16", catalog=catalog, start_date="2026-09-01T00:00:00Z"
    )
    assert output.code == 0
    assert {request["status"] for request in simulator.requests()} == {200}
    assert asked(simulator, "/export/content/data/")


def test_somebody_elses_job_is_waited_for_without_slowing_down_the_rest(simulator: Simulator, tap: Tap) -> None:
    simulator.switch(export_seconds="3600")
    request = urllib.request.Request(  # noqa: S310 - the simulator's
        f"{simulator.url}/export/content/data",
        b'{"created_at_after":1700000000,"created_at_before":1700000001}',
        {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Intercom-Version": "2.16"},
    )
    with urllib.request.urlopen(request) as reply:  # noqa: S310 - the simulator's
        assert reply.status == 200
    catalog = tap.catalog(MESSAGES, "tags", api_version="2.16")

    def pass_time() -> None:
        if 429 in {request["status"] for request in asked(simulator, "/export/content/data")}:
            simulator.advance(1800)

    output = tap.attended(pass_time, api_version="2.16", catalog=catalog, start_date="2026-09-01T00:00:00Z")
    assert output.code == 0
    assert "told to slow down (429): 0" in output.stderr


@pytest.mark.parametrize("fault", ["cut-off-body", "empty-200", "html-200", "http-503", "reset-before"])
def test_a_download_that_breaks_begins_again(simulator: Simulator, tap: Tap, fault: str) -> None:
    whole = exported(tap).records(MESSAGES)
    simulator.fail(fault, "/download/*", times=2)
    assert exported(tap).records(MESSAGES) == whole


def test_a_job_that_fails_is_an_error_and_no_claim(simulator: Simulator, tap: Tap) -> None:
    simulator.switch(export_fails="true")
    output = exported(tap, code=5)
    assert f"{MESSAGES}: not complete: the export of 2015-01-01 00:00:00 to 2015-04-01 00:00:00 is failed (job " in (
        output.stderr
    )
    assert MESSAGES not in output.state["bookmarks"]
    assert "Traceback" not in output.stderr
    simulator.switch(export_fails="false")
    assert not amiss(simulator, exported(tap, state=output.state))


@pytest.mark.parametrize(("stream", "lines"), [(MESSAGES, 2), (MESSAGES, 20), (REPORTS, 30), (REPORTS, 250)])
def test_killed_and_resumed_nothing_is_missing(simulator: Simulator, tap: Tap, stream: str, lines: int) -> None:
    options = {
        "api_version": "2.16",
        "catalog": tap.catalog(stream, api_version="2.16"),
        "reporting_datasets": DATASETS,
    }
    outputs = [tap.killed(lines, **options)]
    outputs.append(tap(state=outputs[0].state, **options))
    assert not amiss(simulator, *outputs, stream=stream)


def test_a_missing_permission_is_named_by_a_look_that_orders_nothing(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog(MESSAGES, api_version="2.16")
    assert b" ok\n" in tap("--test", api_version="2.16", catalog=catalog).stdout
    simulator.reset(switches={"scope_missing": "export"})
    output = tap("--test", code=3, api_version="2.16", catalog=catalog)
    assert b'the permission "Export content data"' in output.stdout
    assert {request["method"] for request in simulator.requests()} == {"GET"}


def test_reports_come_for_the_datasets_that_are_named(simulator: Simulator, tap: Tap) -> None:
    output = reported(tap)
    rows = output.records(REPORTS)
    assert not amiss(simulator, output, stream=REPORTS)
    assert len({(row["dataset_id"], row["window_start"], row["position"]) for row in rows}) == len(rows)
    assert len(rows) == simulator.counts("2.16")[REPORTS] > 100
    assert output.state["bookmarks"][REPORTS].keys() == set(DATASETS)
    fewer = reported(tap, reporting_datasets="ticket").records(REPORTS)
    assert [row for row in rows if row["dataset_id"] == "ticket"] == [
        {**row, "window_end": mine["window_end"]}
        for row, mine in zip(fewer, (row for row in rows if row["dataset_id"] == "ticket"), strict=True)
    ]


def test_reports_are_read_again_in_the_windows_that_they_were_in(simulator: Simulator, tap: Tap) -> None:
    outputs = [reported(tap)]
    simulator.mutate(60)
    outputs.append(reported(tap, state=outputs[0].state))
    latest = {
        (row["dataset_id"], row["window_start"], row["position"]): row
        for output in outputs
        for row in output.records(REPORTS)
    }
    assert outputs[1].counts()[REPORTS] < outputs[0].counts()[REPORTS] / 2
    starts = {row["window_start"] for row in outputs[0].records(REPORTS)}
    assert {row["window_start"] for row in outputs[1].records(REPORTS)} <= starts
    recent = min(row["window_start"] for row in outputs[1].records(REPORTS))
    told = {str(row["attributes"]) for row in latest.values() if row["window_start"] >= recent}
    assert told == {str(row["attributes"]) for row in outputs[1].records(REPORTS)}


def test_a_dataset_that_is_named_later_begins_at_the_start_date(simulator: Simulator, tap: Tap) -> None:
    first = reported(tap, reporting_datasets=["ticket"])
    second = reported(tap, state=first.state)
    assert not amiss(simulator, first, second, stream=REPORTS)


@pytest.mark.parametrize(("named", "fault"), [(["moon"], "names moon"), ([], "is not set")])
def test_a_dataset_that_is_unknown_is_answered_with_those_that_there_are(
    tap: Tap, named: list[str], fault: str
) -> None:
    output = reported(tap, reporting_datasets=named, code=2)
    message = f"reporting_datasets {fault}; name some of those that the workspace has: conversation, ticket"
    assert message in output.stderr
    assert not output.records(REPORTS)


def test_reports_are_not_there_before_2_14(tap: Tap) -> None:
    names = [entry["stream"] for entry in tap("--discover", api_version="2.13").document["streams"]]
    assert MESSAGES in names
    assert REPORTS not in names
