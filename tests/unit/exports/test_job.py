from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tap_intercom.api.types import InvalidBody, Request
from tap_intercom.errors import ContractError
from tap_intercom.exports.job import (
    DEADLINE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    Export,
    ExportPeriod,
    Job,
    JobStatus,
    WholeExport,
    pauses,
    read_job,
)

NO_TIME = timedelta()
EXPORT = Export(
    order_path="/export/x",
    status_path="/export/x/{job}",
    file_path="/download/x/{job}",
    bounds=("after", "before"),
    sample_path="/export/x/none",
    days=30,
    absent_values=(("company_id", "-1"),),
)
ALIGNED = Export(
    order_path="/o", status_path="/s", file_path="/f", bounds=("a", "b"), sample_path="/x", days=30, aligned=True
)


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2024, 1, 1, hour, tzinfo=UTC) + timedelta(days=number)


def test_an_order_names_its_bounds_in_seconds() -> None:
    request = EXPORT.order_request(ExportPeriod(day(0), day(1)), {"color": "red"})
    assert request == Request(
        path="/export/x", method="POST", body=b'{"color":"red","after":1704067200,"before":1704153600}'
    )


def test_a_job_is_watched_and_fetched_by_its_name() -> None:
    assert EXPORT.status_request("j1") == Request(path="/export/x/j1")
    assert EXPORT.file_request("j1") == Request(path="/download/x/j1", accept="application/octet-stream")
    assert EXPORT.sample_request() == Request(path="/export/x/none")
    assert not EXPORT.has_datasets


def test_a_job_may_have_to_be_named_in_the_query_with_the_workspace() -> None:
    named = msgspec.structs.replace(
        EXPORT, status_query=(("app_id", "{app}"), ("job", "{job}")), file_query=(("app_id", "{app}"),)
    )
    assert named.has_datasets
    assert named.status_request("j1", "w1").query == (("app_id", "w1"), ("job", "j1"))
    assert named.file_request("j1", "w1").query == (("app_id", "w1"),)


def test_windows_follow_each_other_and_reach_back_behind_each_other() -> None:
    windows = list(EXPORT.periods(day(0), day(70), timedelta(days=7), day(0)))
    assert windows == [ExportPeriod(day(0), day(30)), ExportPeriod(day(23), day(53)), ExportPeriod(day(46), day(70))]
    assert str(windows[0]) == "2024-01-01 00:00:00 to 2024-01-31 00:00:00"


def test_windows_get_on_however_far_they_reach_back() -> None:
    windows = list(EXPORT.periods(day(0), day(60), timedelta(days=36_000), day(0)))
    assert [window.end for window in windows] == [day(30), day(45), day(60)]


def test_windows_are_whole_seconds_and_do_not_begin_before_the_earliest() -> None:
    floor, now = day(0), day(9).replace(microsecond=5)
    assert list(EXPORT.periods(floor, now, NO_TIME, day(2))) == [ExportPeriod(day(2), day(9))]
    assert list(EXPORT.periods(now, now, NO_TIME, day(2))) == []
    assert next(ALIGNED.periods(day(0), day(40), NO_TIME, day(17))) == ExportPeriod(day(17), day(40))


@pytest.mark.parametrize("export", [EXPORT, ALIGNED])
def test_no_window_is_asked_for_that_was_before_there_was_intercom(export: Export) -> None:
    long_ago = datetime(1900, 1, 1, tzinfo=UTC)
    windows = list(export.periods(long_ago, day(0), NO_TIME, long_ago))
    assert windows[0].start == datetime(2011, 1, 1, tzinfo=UTC)
    assert len(windows) < 160


def test_aligned_windows_begin_where_they_began_before() -> None:
    once = list(ALIGNED.periods(day(0), day(40), timedelta(days=7), day(0)))
    again = list(ALIGNED.periods(day(33), day(50), timedelta(days=7), day(0)))
    assert once == [ExportPeriod(day(0), day(17)), ExportPeriod(day(17), day(40))]
    assert again == [ExportPeriod(day(17), day(47)), ExportPeriod(day(47), day(50))]
    assert next(ALIGNED.periods(day(0), day(90), NO_TIME, day(89))).start == day(89)


def test_a_row_is_what_is_in_it() -> None:
    everything, window = WholeExport(EXPORT), ExportPeriod(day(0), day(1))
    assert everything.records(window, ["id", "company_id", "email"], [["1", "-1", ""]], 0) == [{"id": "1"}]
    assert everything.records(window, ["id", "email"], [["1"], ["2", "x"]], 0) == [None, {"id": "2", "email": "x"}]


@pytest.mark.parametrize(
    ("status", "progress"),
    [
        ("pending", JobStatus.UNDER_WAY),
        ("in_progress", JobStatus.UNDER_WAY),
        ("completed", JobStatus.READY),
        ("complete", JobStatus.READY),
        ("no_data", JobStatus.EMPTY),
        ("failed", JobStatus.FAILED),
        ("canceled", JobStatus.FAILED),
    ],
)
def test_every_documented_status_is_known(status: str, progress: JobStatus) -> None:
    job = read_job(b'{"job_identifier":"j","status":"%s","download_url":""}' % status.encode())
    assert (job.job_identifier, job.job_status) == ("j", progress)


def test_an_unknown_status_is_not_waited_for() -> None:
    with pytest.raises(ContractError, match='the status "asleep"'):
        _ = Job("j", "asleep").job_status


def test_what_is_no_job_is_refused() -> None:
    with pytest.raises(ContractError, match="of another shape"):
        read_job(b'{"status":"pending"}')
    with pytest.raises(InvalidBody, match="Input data was truncated"):
        read_job(b'{"status":')
    with pytest.raises(ContractError, match=r"^What Intercom says .* is nested too deeply to be read; report this\.$"):
        read_job(b'{"strange":' + b"[" * 100_000)


def test_pauses_grow_to_a_bound_and_end_with_the_deadline() -> None:
    given = list(pauses())
    assert given[:3] == [1.0, 1.5, 2.25]
    assert max(given) == LONGEST_PAUSE_SECONDS
    assert sum(given) == pytest.approx(DEADLINE_SECONDS)
    assert min(given) > 0
