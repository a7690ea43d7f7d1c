"""The rate limit: windows of ten seconds at multiples of ten unix seconds, shown in three headers."""

from collections.abc import Callable
from typing import Any

from intercom_simulator.server.rate_limit import RateLimit


def test_windows_begin_at_whole_tens_of_unix_time() -> None:
    quota = RateLimit(2)
    assert [quota.count_request(moment).admitted for moment in (109.2, 109.9, 109.99)] == [True, True, False]
    state = quota.count_request(110.0)
    assert (state.admitted, state.remaining, state.reset) == (True, 1, 120)


def test_headers_count_down_to_the_reset() -> None:
    quota = RateLimit(3)
    answered = [quota.count_request(1487332511).headers() for _ in range(4)]
    assert [headers["X-RateLimit-Remaining"] for headers in answered] == ["2", "1", "0", "0"]
    assert {headers["X-RateLimit-Reset"] for headers in answered} == {"1487332520"}
    assert {headers["X-RateLimit-Limit"] for headers in answered} == {"3"}


def test_refused_requests_are_counted_apart() -> None:
    quota = RateLimit(1)
    for moment in (100, 101, 102, 110):
        quota.count_request(moment)
    assert [(window.start, window.requests, window.refused) for window in quota.windows] == [(100, 3, 2), (110, 1, 0)]


def test_no_quota_is_a_very_large_one() -> None:
    assert RateLimit(0).count_request(0).headers()["X-RateLimit-Limit"] == "1000000"


def test_a_refused_request_does_not_touch_the_workspace(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(quota=1)
    ask("/me")
    assert ask("/users/scroll").error == (429, "rate_limit_exceeded", "Exceeded rate limit of 1 in 10_seconds")
    ask.workspace.clock.advance(10)
    assert ask("/users/scroll").status == 200


def test_the_next_window_admits_again(open_workspace: Callable[..., Any]) -> None:
    ask = open_workspace(quota=1)
    assert [ask("/me").status, ask("/me").status] == [200, 429]
    ask.workspace.clock.advance(10)
    assert ask("/me").status == 200


def test_headers_come_with_errors_too_but_can_be_missing(open_workspace: Callable[..., Any]) -> None:
    assert set(open_workspace()("/nothing").headers) == {
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "X-Request-Id",
    }
    assert open_workspace(switches={"rate_limit_headers": "false"})("/me").headers.keys() == {"X-Request-Id"}


def test_retry_after_is_sent_only_if_switched_on(open_workspace: Callable[..., Any]) -> None:
    for value in (False, True):
        ask = open_workspace(quota=1, switches={"retry_after": value})
        ask("/me")
        assert ("Retry-After" in ask("/me").headers) is value
