"""What is counted of a run."""

import pytest

from manual_clock import ManualClock
from tap_intercom.api.rate_limit import QuotaHeaders
from tap_intercom.observability.counters import (
    MOST_FIELDS,
    MOST_REASONS,
    MOST_REMARKS,
    OTHER_REASONS,
    SLOWEST,
    Counters,
)
from tap_intercom.observability.live_display import progress_of
from tap_intercom.observability.run_report import OddField, Remark, WaitReport, WindowReport


@pytest.fixture
def counters(clock: ManualClock) -> Counters:
    return Counters(clock)


def test_the_quota_is_kept_window_by_window_in_whatever_order_answers_come(
    counters: Counters, clock: ManualClock
) -> None:
    assert counters.quota_now() is None
    clock.now += 2
    counters.add_quota(QuotaHeaders(limit=100, remaining=90, reset=5010, served=5003.0))
    counters.add_quota(QuotaHeaders(limit=100, remaining=60, reset=5010, served=5004.0))
    clock.now += 8
    counters.add_quota(QuotaHeaders(limit=120, remaining=119, reset=5020, served=5011.0))
    # One that comes late, and whose reset is a second off
    counters.add_quota(QuotaHeaders(limit=100, remaining=80, reset=5011, served=5009.0))
    assert counters.quota_windows() == [
        WindowReport(begun=-1.0, limit=100, own=3, left=60),
        WindowReport(begun=9.0, limit=120, own=1, left=119),
    ]
    assert [window.others for window in counters.quota_windows()] == [37, 0]
    assert counters.quota_now() == (1, 120)


def test_the_slowest_requests_are_kept(counters: Counters, clock: ManualClock) -> None:
    for number in range(50):
        clock.now += 1
        counters.add_request("tags", f"GET /{number}", seconds=number % 25, attempts=1)
    slowest = counters.slowest()
    assert len(slowest) == SLOWEST
    assert [slow.seconds for slow in slowest] == [24, 24, 23, 23, 22, 22, 21, 21, 20, 20]
    assert (slowest[0].request, slowest[0].ended) == ("GET /24", 25.0)


def test_a_warning_is_kept_once_and_not_without_end(counters: Counters) -> None:
    for number in range(MOST_REMARKS + 5):
        counters.add_warning("tags", f"odd {number}")
        counters.add_warning("tags", "odd 0")
    assert len(counters.warnings) == MOST_REMARKS
    assert counters.warnings_left_out == 5
    assert Remark(stream="tags", message="odd 0") in counters.warnings


def test_reasons_to_wait_are_added_up_and_not_without_end(counters: Counters) -> None:
    for number in range(MOST_REASONS + 5):
        counters.add_wait(f"reason {number}", 1.0)
    counters.add_wait("reason 0", 3.0)
    assert counters.waits()[0] == WaitReport(reason=OTHER_REASONS, times=5, longest=1.0, seconds=5.0)
    assert counters.waits()[1] == WaitReport(reason="reason 0", times=2, longest=3.0, seconds=4.0)


def test_odd_fields_are_kept_by_stream_and_not_without_end(counters: Counters) -> None:
    counters.add_odd_field("users", "x", "unknown")
    counters.add_odd_field("users", "x", "bent", 3)
    assert counters.fields() == [
        OddField(stream="users", field="x", what="bent", values=3),
        OddField(stream="users", field="x", what="unknown"),
    ]
    for number in range(MOST_FIELDS + 5):
        counters.add_odd_field("users", f"field {number}", "unknown")
    assert len(counters.fields()) == MOST_FIELDS


def test_a_stream_is_accounted_for_from_its_beginning_to_its_end(counters: Counters, clock: ManualClock) -> None:
    clock.now += 1
    users = counters.stream("users")
    users.requests, users.request_seconds = 4, 2.0
    clock.now += 3
    (stream,) = counters.stream_reports()
    assert (stream.begun, stream.seconds, stream.request_seconds) == (1.0, 3.0, 0.5)


def test_the_time_that_is_left_is_told_where_it_can_be_known(counters: Counters, clock: ManualClock) -> None:
    tags, users = counters.stream("tags"), counters.stream("users")
    tags.state = users.state = "running"
    clock.now += 10
    tags.done, tags.expected = 25, 100
    seen = progress_of(counters)
    assert [row.left for row in seen.rows] == [30.0, None]
    assert seen.total.left is None  # nobody knows how long the users take
    users.expected, users.done = 100, 50
    assert progress_of(counters).total.left == 30.0
    tags.ended = users.ended = clock()
    assert progress_of(counters).total.left is None


def test_more_than_was_expected_leaves_nothing(counters: Counters, clock: ManualClock) -> None:
    users = counters.stream("users")
    users.done, users.expected = 7, 5
    clock.now += 1
    assert users.left(clock()) == 0
