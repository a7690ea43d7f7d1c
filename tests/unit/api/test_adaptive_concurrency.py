"""How many requests are under way with a server that tells of no quota: time is a number, and the server a rule."""

from collections.abc import Callable

from tap_intercom.api.adaptive_concurrency import AdaptiveConcurrency
from tap_intercom.api.rate_limit import RateLimiter

Service = Callable[[int], float]


def play(crowd: AdaptiveConcurrency, seconds_of: Service, rounds: int, began: float = 0.0) -> list[int]:
    """Have as many requests under way as there may be, and answered together; give the sizes, round after round."""
    sizes = [crowd.size]
    now = began
    for _ in range(rounds):
        size = crowd.size
        crowd.press()
        for _ in range(size):
            crowd.answered(now, now + seconds_of(size))
        now += seconds_of(size)
        sizes.append(crowd.size)
    return sizes


def side_by_side(size: int) -> float:
    del size
    return 0.1


def one_by_one(size: int) -> float:
    return 0.1 * size


class TestGrowing:
    def test_it_grows_while_more_are_answered_as_fast(self) -> None:
        assert play(AdaptiveConcurrency(), side_by_side, 7) == [4, 6, 9, 14, 21, 32, 48, 72]

    def test_where_one_is_served_at_a_time_it_goes_back(self) -> None:
        assert play(AdaptiveConcurrency(), one_by_one, 5) == [4, 6, 6, 4, 4, 4]

    def test_what_did_not_help_is_tried_again_later(self) -> None:
        crowd = AdaptiveConcurrency()
        play(crowd, one_by_one, 3)
        assert play(crowd, one_by_one, 1, began=3.1) == [4, 4]
        assert play(crowd, one_by_one, 3, began=3.6) == [4, 6, 6, 4]

    def test_it_grows_no_further_than_the_server_has_room(self) -> None:
        assert play(AdaptiveConcurrency(), lambda size: 0.1 * max(1, size / 7), 5) == [4, 6, 9, 9, 6, 6]

    def test_a_server_that_gained_by_many_is_asked_for_more_without_looking(self) -> None:
        assert play(AdaptiveConcurrency(), lambda size: 0.1 * max(1, size / 14), 6) == [4, 6, 9, 14, 21, 32, 48]

    def test_a_moment_in_which_the_server_is_busy_is_passed_over(self) -> None:
        crowd = AdaptiveConcurrency()
        play(crowd, side_by_side, 1)
        assert play(crowd, one_by_one, 1, began=1.0) == [6, 6]
        assert play(crowd, side_by_side, 2, began=2.0) == [6, 9, 14]

    def test_requests_that_take_longer_are_no_sign_of_too_many(self) -> None:
        crowd = AdaptiveConcurrency()
        play(crowd, side_by_side, 1)
        assert play(crowd, lambda _: 1.0, 6, began=1.0) == [6, 6, 4, 6, 9, 14, 21]

    def test_without_work_that_waits_nothing_is_learned(self) -> None:
        crowd = AdaptiveConcurrency()
        for _ in range(100):
            crowd.answered(0.0, 0.1)
        assert crowd.size == 4

    def test_half_as_many_answers_as_requests_are_a_round(self) -> None:
        crowd = AdaptiveConcurrency()
        crowd.press()
        crowd.answered(0.0, 0.1)
        assert crowd.size == 4
        crowd.answered(0.0, 0.1)
        assert crowd.size == 6

    def test_what_was_sent_before_says_nothing_of_now(self) -> None:
        crowd = AdaptiveConcurrency()
        play(crowd, side_by_side, 1)
        crowd.press()
        for _ in range(10):
            crowd.answered(0.05, 0.2)
        assert crowd.size == 6

    def test_answers_in_no_time_are_fast(self) -> None:
        assert play(AdaptiveConcurrency(), lambda _: 0.0, 2) == [4, 6, 9]


class TestShrinking:
    def test_where_no_connection_comes_about_it_halves_down_to_one(self) -> None:
        crowd = AdaptiveConcurrency()
        sizes = []
        for now in (1.0, 2.0, 3.0):
            crowd.shrink(now, now + 0.5)
            sizes.append(crowd.size)
        assert sizes == [2, 1, 1]

    def test_those_that_were_under_way_together_are_one_sign(self) -> None:
        crowd = AdaptiveConcurrency()
        for _ in range(3):
            crowd.shrink(0.0, 10.0)
        assert crowd.size == 2

    def test_it_grows_again_after_a_minute(self) -> None:
        crowd = AdaptiveConcurrency()
        crowd.shrink(0.0, 10.0)
        assert play(crowd, side_by_side, 2, began=69.8) == [2, 2, 2]
        assert play(crowd, side_by_side, 2, began=70.0) == [2, 4, 6]

    def test_one_tries_out_whether_there_is_room_and_a_few_follow(self) -> None:
        crowd = AdaptiveConcurrency()
        play(crowd, side_by_side, 4)
        crowd.probe(1.0)
        assert play(crowd, side_by_side, 3, began=1.0) == [1, 4, 6, 9]


class TestOfTheQuota:
    def test_no_connection_halves_what_is_under_way(self) -> None:
        quota = RateLimiter(1.0)
        grants = [quota.take(0.0, waited=True) for _ in range(4)]
        for grant in grants:
            assert grant is not None
            quota.note_unconnected(grant, 10.0)
        assert quota.take(10.0, waited=True)
        assert quota.take(10.0, waited=True)
        assert quota.take(10.0, waited=True) is None

    def test_after_a_429_that_tells_of_no_window_one_goes_first(self) -> None:
        quota = RateLimiter(1.0)
        grants = [quota.take(0.0, waited=True) for _ in range(4)]
        for grant in grants:
            assert grant is not None
            quota.note_throttled(grant, 0.1, None, None)
        first = quota.take(1.1, waited=True)
        assert first is not None
        assert quota.take(1.1, waited=True) is None
        quota.note_answered(first, 1.2, None)
        assert sum(quota.take(1.2, waited=True) is not None for _ in range(9)) == 4
