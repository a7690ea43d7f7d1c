"""The quota over time, drawn."""

import re

import pytest

from run_reports import window
from tap_intercom.observability.quota_chart import MOST_BARS, MOST_TICKS, bars, quota_chart, ticks, time_text


def columns(drawn: str, kind: str) -> list[tuple[float, float, float, float]]:
    """Give x, y, width and height of each rectangle of a kind."""
    found = re.findall(rf'<rect x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)" class="{kind}">', drawn)
    return [(float(x), float(y), float(wide), float(high)) for x, y, wide, high in found]


def test_each_window_is_a_bar_of_our_own_requests_and_those_of_others() -> None:
    drawn = quota_chart([window(-4.0, 500, 250, 1000), window(6.0, 900, 100, 1000)], seconds=16.0, share=0.9)
    (first, second), others = columns(drawn, "own"), columns(drawn, "others")
    assert first[0] == 52.0  # what began before the run is cut off at its beginning
    assert first[3] == pytest.approx(103.0)  # half of 206
    assert second[2] == pytest.approx(1.667 * first[2], rel=0.01)
    assert [round(high, 1) for *_, high in others] == [51.5, 0.0]
    assert "from 6 s: 900 of our own, 0 of others, of 1,000" in drawn


def test_the_axis_goes_to_the_limit_and_the_share_has_its_line() -> None:
    drawn = quota_chart([window(0.0, 5, 5, 10)], seconds=60.0, share=0.5)
    assert re.findall(r">([\d,]+)</text>", drawn) == ["0", "5", "10"]
    assert re.search(r'y1="117.0" y2="117.0" class="share"', drawn)


def test_what_is_more_than_the_limit_does_not_leave_the_picture() -> None:
    drawn = quota_chart([window(0.0, 50, 0, 10)], seconds=10.0, share=1.0)
    assert columns(drawn, "own") == columns(drawn, "air")


def test_many_windows_are_drawn_together_and_gaps_stay_gaps() -> None:
    windows = [window(10.0 * n, n % 2 * 100, 0, 100) for n in range(2000) if not 500 <= n < 1500]
    drawn = bars(windows)
    assert len(drawn) <= MOST_BARS
    assert all(bar.seconds <= 100 for bar in drawn)
    assert drawn[0].own == pytest.approx(50, abs=10)
    assert not any(5000 <= bar.begun < 15_000 for bar in drawn)
    assert "the mean of several windows" in quota_chart(windows, seconds=20_000, share=1)


@pytest.mark.parametrize("seconds", [0.3, 8, 9, 61, 3599, 86_400, 10_000_000, 300_000_000])
def test_the_axis_has_a_few_round_moments_however_long_the_run_was(seconds: float) -> None:
    assert 1 <= len(ticks(seconds)) <= MOST_TICKS + 1 or seconds > 200_000_000
    assert ticks(seconds)[0] == 0


@pytest.mark.parametrize(
    ("at", "said"), [(0, "0 s"), (50, "50 s"), (60, "1 min"), (4200, "1 h 10 min"), (61, "1 min 1 s")]
)
def test_a_moment_is_said_in_few_words(at: float, said: str) -> None:
    assert time_text(at) == said
