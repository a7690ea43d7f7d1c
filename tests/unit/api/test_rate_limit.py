"""The quota walked by hand: time is a number, and Intercom's clock is 990 seconds ahead of ours."""

import math

import pytest

from tap_intercom.api.rate_limit import Grant, QuotaHeaders, QuotaWindow, RateLimiter, read_quota_headers


def headers(limit: object = 167, remaining: object = 166, reset: object = 1000) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
    }


def take(quota: RateLimiter, now: float) -> Grant:
    grant = quota.take(now)
    assert grant is not None
    return grant


def take_all(quota: RateLimiter, now: float) -> list[Grant]:
    return list(iter(lambda: quota.take(now), None))


def started(limit: int = 10, remaining: int = 9, *, share: float = 1.0) -> RateLimiter:
    """Return a quota in which one request was sent at 0 s and answered at 0.1 s; the window ends at 1000 or 10 s."""
    quota = RateLimiter(share)
    quota.note_answered(take(quota, 0.0), 0.1, QuotaHeaders(limit, remaining, 1000, 990.1))
    return quota


class TestReading:
    def test_plausible_headers_are_read(self) -> None:
        assert read_quota_headers(headers(), 995.0) == QuotaHeaders(167, 166, 1000, 995.0)

    def test_more_remaining_than_the_limit_is_the_limit(self) -> None:
        assert read_quota_headers(headers(10, 20), 995.0) == QuotaHeaders(10, 10, 1000, 995.0)

    @pytest.mark.parametrize(
        "absurd",
        [
            {},
            headers(limit="many"),
            headers(limit=0),
            headers(limit=-1),
            headers(limit=1_000_000_001),
            headers(limit=10**400),
            headers(remaining=-1),
            headers(remaining="1.5"),
            headers(reset=""),
            headers(reset=900),
            headers(reset=934),
            headers(reset=1296),
            headers(reset=5000),
            headers(reset=995_000),
        ],
    )
    def test_absurd_headers_are_ignored(self, absurd: dict[str, str]) -> None:
        assert read_quota_headers(absurd, 995.0) is None

    @pytest.mark.parametrize(
        ("limit", "remaining", "reset"), [(1, 0, 1000), (1_000_000_000, 1, 1000), (10, 9, 935), (10, 9, 1295)]
    )
    def test_what_is_just_plausible_is_read(self, limit: int, remaining: int, reset: int) -> None:
        assert read_quota_headers(headers(limit, remaining, reset), 995.0) == QuotaHeaders(
            limit, remaining, reset, 995.0
        )

    def test_the_end_of_a_window_means_nothing_without_the_clock_it_is_on(self) -> None:
        assert read_quota_headers(headers(), None) is None


class TestPlace:
    @pytest.mark.parametrize(
        ("window", "reset", "position"),
        [
            (QuotaWindow(), 1000, 1),
            (QuotaWindow(limit=10, end=1000), 998, -1),
            (QuotaWindow(limit=10, end=1000), 999, 0),
            (QuotaWindow(limit=10, end=1000), 1001, 0),
            (QuotaWindow(limit=10, end=1000), 1002, 1),
            (QuotaWindow(limit=10, previous_end=1000), 1001, -1),
            (QuotaWindow(limit=10, previous_end=1000), 1002, 0),
        ],
    )
    def test_an_answer_is_of_an_earlier_window_or_this_or_a_later_one(
        self, window: QuotaWindow, reset: int, position: int
    ) -> None:
        assert window.position_of(reset) == position

    @pytest.mark.parametrize(
        ("window", "counted", "sent", "in_flight", "before"),
        [(7, True, 5, 3, 2), (7, False, 4, 3, 2), (6, True, 6, 4, 1), (6, False, 5, 4, 1)],
    )
    def test_what_is_under_way_no_more_was_counted_here_or_elsewhere(
        self, window: int, *, counted: bool, sent: int, in_flight: int, before: int
    ) -> None:
        here = QuotaWindow(number=7, sent=5, in_flight=4, in_flight_before=2)
        here.give_back(Grant(window, 0.0), counted=counted)
        assert (here.sent, here.in_flight, here.in_flight_before) == (sent, in_flight, before)


class TestBeginning:
    def test_a_few_requests_are_sent_before_anything_is_known(self) -> None:
        quota = RateLimiter(1.0)
        assert len(take_all(quota, 0.0)) == 4
        assert quota.next_opening(0.0) == math.inf

    def test_the_first_answer_opens_the_window(self) -> None:
        quota = RateLimiter(1.0)
        first, *others = take_all(quota, 0.0)
        quota.note_answered(first, 0.1, QuotaHeaders(100, 90, 1000, 995.0))
        assert len(take_all(quota, 0.1)) == 90 - len(others)

    def test_without_headers_there_are_never_more(self) -> None:
        quota, now = RateLimiter(1.0), 0.0
        for _ in range(50):
            grants = take_all(quota, now)
            assert len(grants) == 4
            assert not quota.knows_quota
            now += 0.1
            for grant in grants:
                quota.note_answered(grant, now, None)

    def test_without_headers_what_fails_makes_room(self) -> None:
        quota = RateLimiter(1.0)
        lost, unsent, throttled, _ = take_all(quota, 0.0)
        quota.note_lost(lost)
        quota.note_unsent(unsent)
        assert len(take_all(quota, 0.1)) == 2
        quota.note_throttled(throttled, 0.2, None, None)
        assert len(take_all(quota, 1.1)) == 0
        assert len(take_all(quota, 1.2)) == 1

    def test_headers_that_come_late_are_heeded(self) -> None:
        quota = RateLimiter(1.0)
        quota.note_answered(take(quota, 0.0), 0.1, None)
        first, *others = take_all(quota, 0.1)
        quota.note_answered(first, 0.2, QuotaHeaders(100, 99, 1000, 995.0))
        assert quota.knows_quota
        assert len(take_all(quota, 0.2)) == 99 - len(others)


class TestWithinAWindow:
    def test_our_share_is_all_that_is_used(self) -> None:
        quota = started(100, 99, share=0.9)
        assert len(take_all(quota, 0.2)) == 89

    def test_the_smallest_share_still_lets_one_request_through(self) -> None:
        quota = started(10, 9, share=0.01)
        assert quota.take(0.2) is None
        assert len(take_all(quota, 10.2)) == 1

    def test_what_others_used_is_not_ours(self) -> None:
        quota = started(10, 3)
        assert len(take_all(quota, 0.2)) == 3

    def test_others_are_seen_while_we_go_on(self) -> None:
        quota = started(10, 9)
        grant = take(quota, 0.2)
        quota.note_answered(grant, 0.3, QuotaHeaders(10, 2, 1000, 990.0))
        assert len(take_all(quota, 0.3)) == 2

    def test_answers_out_of_order_cannot_raise_what_remains(self) -> None:
        quota = started(10, 9)
        first, second = take(quota, 0.2), take(quota, 0.2)
        quota.note_answered(second, 0.3, QuotaHeaders(10, 1, 1000, 990.0))
        quota.note_answered(first, 0.3, QuotaHeaders(10, 8, 1000, 990.0))
        assert len(take_all(quota, 0.3)) == 1

    def test_a_request_that_was_lost_counts_as_used(self) -> None:
        quota = started(10, 3)
        quota.note_lost(take(quota, 0.2))
        assert len(take_all(quota, 0.3)) == 2

    def test_an_answer_without_headers_counts_as_used(self) -> None:
        quota = started(10, 3)
        quota.note_answered(take(quota, 0.2), 0.3, None)
        assert len(take_all(quota, 0.3)) == 2

    def test_a_request_that_never_left_costs_nothing(self) -> None:
        quota = started(10, 3)
        quota.note_unsent(take(quota, 0.2))
        assert len(take_all(quota, 0.3)) == 3

    def test_a_request_that_was_lost_is_of_our_share(self) -> None:
        quota = started(10, 9, share=0.5)
        quota.note_lost(take(quota, 0.2))
        assert len(take_all(quota, 0.3)) == 3

    def test_a_request_that_never_left_is_not_of_our_share(self) -> None:
        quota = started(10, 9, share=0.5)
        quota.note_unsent(take(quota, 0.2))
        assert len(take_all(quota, 0.3)) == 4

    def test_a_request_that_was_answered_is_of_our_share(self) -> None:
        quota = started(10, 9, share=0.5)
        quota.note_answered(take(quota, 0.2), 0.3, QuotaHeaders(10, 8, 1000, 990.0))
        assert len(take_all(quota, 0.3)) == 3

    def test_a_used_window_is_worth_another_look_at_its_end(self) -> None:
        quota = started(10, 3)
        take_all(quota, 0.2)
        assert quota.next_opening(0.2) == pytest.approx(10.0, abs=0.01)

    def test_a_reset_that_flickers_by_a_second_is_one_window(self) -> None:
        quota = started(10, 9)
        quota.note_answered(take(quota, 0.2), 0.3, QuotaHeaders(10, 8, 1001, 990.0))
        quota.note_answered(take(quota, 0.3), 0.4, QuotaHeaders(10, 7, 1000, 990.0))
        assert len(take_all(quota, 0.4)) == 7
        assert quota.next_opening(0.4) == pytest.approx(11.0, abs=0.01)


class TestNextWindow:
    def test_it_opens_when_the_clock_of_intercom_has_surely_passed_the_end(self) -> None:
        quota = started(10, 3)
        take_all(quota, 0.2)
        assert quota.take(9.99) is None
        assert len(take_all(quota, quota.next_opening(9.99) + 0.001)) == 10 - 3

    def test_what_is_still_unanswered_counts_against_it(self) -> None:
        quota = started(10, 3)
        old = take_all(quota, 0.2)
        assert len(take_all(quota, 10.1)) == 10 - len(old)

    def test_what_never_left_in_the_window_before_frees_what_it_held(self) -> None:
        quota = started(10, 3)
        old = take(quota, 0.2)
        take(quota, 10.1)
        quota.note_unsent(old)
        assert len(take_all(quota, 10.2)) == 9

    def test_late_answers_of_the_window_before_free_what_they_held(self) -> None:
        quota = started(10, 3)
        old = take_all(quota, 0.2)
        take_all(quota, 10.1)
        for grant in old:
            quota.note_answered(grant, 10.2, QuotaHeaders(10, 0, 1000, 999.0))
        assert len(take_all(quota, 10.2)) == len(old)

    def test_late_answers_that_were_counted_in_it_stay_counted(self) -> None:
        quota = started(10, 3)
        late, *others = take_all(quota, 0.2)
        quota.note_answered(late, 10.1, QuotaHeaders(10, 9, 1010, 1000.0))
        assert len(take_all(quota, 10.1)) == 9 - len(others)

    def test_an_answer_can_open_it_earlier_than_the_clock(self) -> None:
        quota = started(10, 9)
        quota.note_answered(take(quota, 9.5), 9.9, QuotaHeaders(10, 9, 1010, 990.0))
        assert len(take_all(quota, 9.9)) == 9

    def test_requests_of_two_windows_ago_may_still_be_counted(self) -> None:
        quota = started(10, 3)
        oldest = take_all(quota, 0.2)
        quota.note_answered(take(quota, 10.1), 10.2, QuotaHeaders(10, 9, 1010, 1000.0))
        assert len(take_all(quota, 20.2)) == 10 - len(oldest)
        quota.note_answered(oldest[0], 20.3, QuotaHeaders(10, 9, 1020, 1010.0))
        assert quota.take(20.3) is None
        quota.note_answered(oldest[1], 20.3, QuotaHeaders(10, 0, 1000, 1010.0))
        assert len(take_all(quota, 20.3)) == 1

    def test_a_window_that_no_answer_told_of_ends_after_ten_seconds(self) -> None:
        quota = started(2, 0)
        assert [quota.note_lost(grant) for grant in take_all(quota, 10.2)] == [None, None]
        assert quota.take(20.1) is None
        first, _ = take_all(quota, 20.3)
        quota.note_answered(first, 20.4, QuotaHeaders(2, 0, 1020, 1010.0))
        assert quota.next_opening(20.4) == pytest.approx(30.0, abs=0.01)

    def test_it_opens_at_the_very_end_of_one_that_no_answer_told_of(self) -> None:
        quota = started(2, 0)
        for grant in take_all(quota, 10.5):
            quota.note_lost(grant)
        assert len(take_all(quota, 20.5)) == 2

    def test_the_limit_may_change(self) -> None:
        quota = started(10, 0)
        quota.note_answered(take(quota, 10.1), 10.2, QuotaHeaders(20, 19, 1010, 1000.0))
        assert len(take_all(quota, 10.2)) == 19

    def test_dates_in_whole_seconds_tell_the_clock_to_the_millisecond_in_time(self) -> None:
        quota = started(1000, 999)
        for step in range(1, 200):
            now = 0.1 + step / 100
            quota.note_answered(take(quota, now), now, QuotaHeaders(1000, 900, 1000, math.floor(990.4 + now)))
        quota.note_answered(take(quota, 2.1), 2.1, QuotaHeaders(1000, 0, 1000, 992.0))
        assert quota.next_opening(2.1) == pytest.approx(9.6, abs=0.02)

    def test_a_date_tells_the_clock_of_its_moment_however_long_we_have_run(self) -> None:
        quota = RateLimiter(1.0)
        quota.note_answered(take(quota, 1000.0), 1000.1, QuotaHeaders(10, 0, 2000, 1990.1))
        assert quota.next_opening(1000.1) == pytest.approx(1010.0, abs=0.001)

    def test_clocks_may_have_parted_since_the_last_date(self) -> None:
        quota = RateLimiter(1.0)
        quota.note_answered(take(quota, 0.0), 0.1, QuotaHeaders(10, 0, 1290, 990.1))
        assert quota.next_opening(200.0) == pytest.approx(300.02, abs=0.001)


class TestTooManyRequests:
    def test_a_429_closes_the_window(self) -> None:
        quota = started(10, 9)
        quota.note_throttled(take(quota, 0.2), 0.3, QuotaHeaders(10, 0, 1000, 990.0), None)
        assert quota.throttled == 1
        assert quota.take(9.0) is None
        assert quota.take(10.1) is not None

    def test_a_429_closes_the_window_though_its_headers_say_that_more_remains(self) -> None:
        quota = started(10, 9)
        quota.note_throttled(take(quota, 0.2), 0.3, QuotaHeaders(10, 5, 1000, 990.0), None)
        assert quota.take(0.3) is None

    def test_a_429_without_headers_closes_it_for_a_while_longer_each_time(self) -> None:
        quota, now = RateLimiter(1.0), 0.0
        for pause in (1, 2, 4, 8, 10, 10):
            quota.note_throttled(take(quota, now), now, None, None)
            assert quota.next_opening(now) == now + pause
            assert quota.take(now + pause - 0.01) is None
            now += pause

    def test_an_answer_ends_the_growing(self) -> None:
        quota = RateLimiter(1.0)
        quota.note_throttled(take(quota, 0.0), 0.0, None, None)
        quota.note_answered(take(quota, 1.0), 1.1, None)
        quota.note_throttled(take(quota, 1.1), 1.2, None, None)
        assert quota.next_opening(1.2) == 2.2

    def test_those_that_were_under_way_together_close_it_once(self) -> None:
        quota = RateLimiter(1.0)
        for grant in take_all(quota, 0.0):
            quota.note_throttled(grant, 0.1, None, None)
        assert quota.throttled == 4
        assert quota.next_opening(0.1) == 1.1

    def test_it_is_closed_for_as_long_as_intercom_asks(self) -> None:
        quota = RateLimiter(1.0)
        quota.note_throttled(take(quota, 0.0), 0.1, None, 7.0)
        assert quota.next_opening(0.1) == 7.1

    def test_a_late_429_of_the_window_before_does_not_close_this_one(self) -> None:
        quota = started(10, 3)
        late, *_ = take_all(quota, 0.2)
        take(quota, 10.1)
        quota.note_throttled(late, 10.2, QuotaHeaders(10, 0, 1000, 999.0), None)
        assert quota.take(10.2) is not None

    def test_a_window_opened_too_early_is_opened_later_from_then_on(self) -> None:
        quota = started(10, 0)
        early = take(quota, 10.1)
        quota.note_throttled(early, 10.15, QuotaHeaders(10, 0, 1000, 1000.0), None)
        assert quota.take(10.14) is None
        assert quota.next_opening(10.14) == pytest.approx(10.15)
        quota.note_throttled(take(quota, 10.15), 10.2, QuotaHeaders(10, 0, 1000, 1000.0), None)
        quota.note_answered(take(quota, 10.3), 10.4, QuotaHeaders(10, 0, 1010, 1000.0))
        assert quota.next_opening(10.4) == pytest.approx(20.25, abs=0.01)

    def test_a_request_of_the_window_before_does_not_show_that_this_one_was_opened_too_early(self) -> None:
        quota = started(10, 9)
        later, earlier = take(quota, 9.9), take(quota, 9.9)
        quota.note_answered(later, 9.9, QuotaHeaders(10, 9, 1010, 1000.0))
        quota.note_answered(earlier, 9.9, QuotaHeaders(10, 8, 1000, 999.0))
        assert quota.next_opening(9.9) == 9.9

    def test_each_lesson_is_twice_the_one_before_up_to_a_second(self) -> None:
        quota, now, steps = started(10, 0), 10.2, []
        for _ in range(7):
            quota.note_throttled(take(quota, now), now, QuotaHeaders(10, 0, 1000, 1000.0), None)
            steps.append(round(quota.next_opening(now) - now, 6))
            now += steps[-1] + 1e-9
        assert steps == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]

    def test_many_that_were_sent_too_early_together_are_one_lesson(self) -> None:
        quota = started(10, 0)
        for early in [take(quota, 10.1), take(quota, 10.1)]:
            quota.note_throttled(early, 10.12, QuotaHeaders(10, 0, 1000, 1000.0), None)
        assert quota.next_opening(10.12) == pytest.approx(10.15)

    def test_what_was_learned_of_windows_opened_too_early_is_worth_less_as_clocks_part(self) -> None:
        quota = RateLimiter(1.0)
        quota.note_answered(take(quota, 1000.0), 1000.1, QuotaHeaders(10, 0, 2000, 1990.1))
        quota.note_throttled(take(quota, 1010.2), 1010.24, QuotaHeaders(10, 0, 2000, 2000.0), None)
        quota.note_answered(take(quota, 1010.25), 1010.4, QuotaHeaders(10, 0, 2010, 2000.2))
        assert quota.next_opening(1010.4) == pytest.approx(1020.25, abs=0.001)
