"""The quota against an Intercom of a few lines, with other integrations beside us, in time that passes at once."""

import heapq
import itertools
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_intercom.api.rate_limit import Grant, QuotaHeaders, RateLimiter, read_quota_headers


def seeded(seed: int) -> random.Random:
    return random.Random(seed)


@dataclass
class Intercom:
    """Fixed windows on a clock of its own, and other integrations that use the same quota."""

    limit: int
    ahead: float
    others: list[float] = field(default_factory=list)
    counted: Counter[int] = field(default_factory=Counter)
    arrived: Counter[int] = field(default_factory=Counter)
    accepted: Counter[int] = field(default_factory=Counter)

    def serve(self, now: float) -> tuple[bool, QuotaHeaders | None]:
        while self.others and self.others[0] <= now:
            self.count(self.window(self.others.pop(0)))
        window = self.window(now)
        self.arrived[window] += 1
        fits = self.count(window)
        self.accepted[window] += fits
        told = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.limit - self.counted[window]),
            "X-RateLimit-Reset": str(10 * (window + 1)),
        }
        return fits, read_quota_headers(told, math.floor(now + self.ahead))

    def window(self, now: float) -> int:
        return int((now + self.ahead) // 10)

    def count(self, window: int) -> bool:
        fits = self.counted[window] < self.limit
        self.counted[window] += fits
        return fits


@dataclass
class Trial:
    """Work without end, `concurrency` requests at a time, for `seconds` that pass in no time."""

    quota: RateLimiter
    intercom: Intercom
    concurrency: int
    way: Callable[[], float]  # the seconds that one request or answer travels
    fate: Callable[[], str] = lambda: "answered"
    lost: int = 0

    def run(self, seconds: float) -> None:
        order = itertools.count()
        agenda: list[tuple[float, int, str, Grant | None, tuple[bool, QuotaHeaders | None]]] = []
        nothing = (False, None)
        under_way = 0
        now = 0.0
        while now < seconds:
            while under_way < self.concurrency and (grant := self.quota.take(now)):
                under_way += 1
                heapq.heappush(agenda, (now + self.way(), next(order), "arrives", grant, nothing))
            if under_way < self.concurrency and (wake := self.quota.next_opening(now)) < math.inf:
                heapq.heappush(agenda, (wake, next(order), "wake", None, nothing))
            now, _, event, grant, answer = heapq.heappop(agenda)
            if event == "arrives":
                event, answer = self.arrive(now)
                heapq.heappush(agenda, (now + self.way(), next(order), event, grant, answer))
            elif grant:
                under_way -= 1
                self.give_back(event, grant, now, answer)

    def arrive(self, now: float) -> tuple[str, tuple[bool, QuotaHeaders | None]]:
        fate = self.fate()
        return fate, (False, None) if fate == "unsent" else self.intercom.serve(now)

    def give_back(self, event: str, grant: Grant, now: float, answer: tuple[bool, QuotaHeaders | None]) -> None:
        fits, reading = answer
        if event == "lost":
            self.lost += 1
            self.quota.note_lost(grant)
        elif event == "unsent":
            self.quota.note_unsent(grant)
        elif fits:
            self.quota.note_answered(grant, now, reading)
        else:
            self.quota.note_throttled(grant, now, reading, None)

    def whole_windows(self) -> list[int]:
        return sorted(self.intercom.arrived)[1:-1]


clocks = st.floats(-50_000, 50_000) | st.floats(0, 10)
seeds = st.integers(0, 2**32)


@given(
    limit=st.sampled_from([34, 167, 500]),
    share=st.sampled_from([0.25, 0.5, 0.9, 1.0]),
    latency=st.sampled_from([0.001, 0.02, 0.05, 0.1, 0.3]),
    jitter=st.floats(0, 0.95),
    ahead=clocks,
    seed=seeds,
)
@settings(max_examples=60)
def test_all_of_our_share_is_used_and_nothing_is_refused(  # noqa: PLR0913 - each is an axis of the same claim
    *, limit: int, share: float, latency: float, jitter: float, ahead: float, seed: int
) -> None:
    chance = seeded(seed)
    intercom = Intercom(limit, 1_000_000 + ahead)
    trial = Trial(RateLimiter(share), intercom, 64, lambda: latency / 2 * chance.uniform(1 - jitter, 1 + jitter))
    trial.run(45)
    assert trial.quota.throttled == 0
    ours = math.floor(limit * share + 1e-9)
    assert {intercom.arrived[window] for window in trial.whole_windows()} == {ours}


@pytest.mark.parametrize("latency", [0.0, 0.02, 0.05, 0.1, 0.3])
def test_a_full_size_quota_is_used_at_any_latency(latency: float) -> None:
    intercom = Intercom(1667, 7_200.4)
    trial = Trial(RateLimiter(1.0), intercom, 64, lambda: latency / 2)
    trial.run(65)
    assert trial.quota.throttled == 0
    assert {intercom.accepted[window] for window in trial.whole_windows()} == {1667}


@given(
    share=st.sampled_from([0.5, 1.0]),
    latency=st.sampled_from([0.001, 0.05, 0.3]),
    others=st.integers(0, 300),
    concurrency=st.integers(1, 100),
    ahead=clocks,
    seed=seeds,
)
@settings(max_examples=60)
def test_beside_others_we_take_what_they_leave_and_only_they_can_cause_a_429(  # noqa: PLR0913 - as above
    *, share: float, latency: float, others: int, concurrency: int, ahead: float, seed: int
) -> None:
    chance = seeded(seed)
    busy = sorted(chance.uniform(0, 40) for _ in range(others))
    intercom = Intercom(100, 1_000_000 + ahead, busy)
    trial = Trial(RateLimiter(share), intercom, concurrency, lambda: latency / 2 * chance.uniform(0.7, 1.3))
    trial.run(45)
    for window in trial.whole_windows():
        theirs = intercom.counted[window] - intercom.accepted[window]
        ours = min(100 * share, 100 - theirs)
        assert intercom.arrived[window] <= 100 * share
        assert intercom.accepted[window] >= min(0.97 * ours, 7 * concurrency / latency)
    assert trial.quota.throttled <= others


@given(
    fates=st.lists(st.sampled_from(["answered", "answered", "lost", "unsent"]), min_size=1, max_size=20),
    slow=st.sampled_from([0.0, 3.0, 14.0]),
    seed=seeds,
)
@settings(max_examples=60)
def test_requests_that_fail_neither_break_the_share_nor_stop_us(fates: list[str], slow: float, seed: int) -> None:
    chance = seeded(seed)
    intercom = Intercom(50, 7_200.4)
    trial = Trial(
        RateLimiter(0.5),
        intercom,
        16,
        lambda: slow if chance.random() < 0.02 else 0.05,
        lambda: chance.choice([*fates, "answered"]),
    )
    trial.run(60)
    assert max(intercom.arrived.values()) <= 25 + trial.lost
    assert len(trial.whole_windows()) >= 3
