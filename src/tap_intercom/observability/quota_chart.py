"""The chart of the quota over time, as SVG: what this run and others used of each window, and its limit."""

import math
from collections.abc import Sequence
from itertools import groupby
from statistics import fmean
from typing import Final

import msgspec

from tap_intercom.api.rate_limit import WINDOW_SECONDS
from tap_intercom.observability.html_elements import Markup, element, join
from tap_intercom.observability.run_report import WindowReport

WIDTH, HEIGHT = 900, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 30
MOST_BARS: Final = 240  # more would be too thin to see
MOST_TICKS: Final = 8
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
STEPS: Final = (
    *(1, 2, 5, 10, 20, 30),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 20, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 28)),
)


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of the chart: a window, or the mean of several that follow one another."""

    begun: float
    seconds: float
    limit: float
    own: float
    others: float

    @property
    def left(self) -> float:
        """The requests that nobody used."""
        return max(0, self.limit - self.own - self.others)


def bars(windows: Sequence[WindowReport]) -> list[Bar]:
    """Make the bars of windows, which are in order; one bar is the mean of several where MOST_BARS are too few."""
    together = math.ceil((windows[-1].begun - windows[0].begun) / WINDOW_SECONDS / MOST_BARS) or 1
    seconds = together * WINDOW_SECONDS
    groups = [list(group) for _, group in groupby(windows, lambda window: (window.begun - windows[0].begun) // seconds)]
    return [
        Bar(
            begun=group[0].begun,
            seconds=group[-1].begun - group[0].begun + WINDOW_SECONDS,
            limit=fmean(window.limit for window in group),
            own=fmean(window.own for window in group),
            others=fmean(window.others for window in group),
        )
        for group in groups
    ]


def ticks(seconds: float) -> list[float]:
    """Give the times that are written below the axis: round ones, at most MOST_TICKS and the first."""
    step = next((step for step in STEPS if seconds / step <= MOST_TICKS), STEPS[-1] * 4)
    return [float(time) for time in range(0, math.floor(seconds) + 1, step)]


def time_text(seconds: float) -> str:
    """Format a time of the run, in seconds after its beginning, without parts that are zero: 1 h 30 min."""
    whole = round(seconds)
    parts = ((whole // _HOUR, "h"), (whole % _HOUR // _MINUTE, "min"), (whole % _MINUTE, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


class ChartFrame(msgspec.Struct, frozen=True):
    """The scales of the chart: `seconds` fill its width, and `requests` its height."""

    seconds: float
    requests: float

    def x(self, at: float) -> float:
        """Give the place of a time."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * max(at, 0) / self.seconds, 1)

    def y(self, requests: float) -> float:
        """Give the place of a number of requests."""
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(requests, self.requests) / self.requests, 1)

    def column(self, bar: Bar) -> Markup:
        """Draw a bar, with its numbers as a tooltip."""

        def part(low: float, high: float, kind: str) -> Markup:
            x, top = self.x(bar.begun), self.y(high)
            width = self.x(bar.begun + bar.seconds) - x
            width = round(max(1.0, width - min(1.0, width / 10)), 1)  # a gap before the next bar
            return element("rect", x=x, y=top, width=width, height=round(self.y(low) - top, 1), class_=kind)

        many = "" if bar.seconds <= WINDOW_SECONDS else ", the mean of several windows"
        tooltip = (
            f"from {time_text(max(round(bar.begun), 0))}: {bar.own:,.0f} of our own, {bar.others:,.0f} of others, "
            f"of {bar.limit:,.0f}{many}"
        )
        return element(
            "g",
            element("title", tooltip),
            part(0, self.requests, "air"),
            part(0, bar.own, "own"),
            part(bar.own, bar.own + bar.others, "others"),
        )

    def level(self, requests: float, kind: str, label: str = "") -> Markup:
        """Draw a horizontal line at a number of requests."""
        y = self.y(requests)
        line = element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_=kind)
        return join(line, element("text", label, x=LEFT - 8, y=y + 4, text_anchor="end") if label else None)

    def tick(self, at: float) -> Markup:
        """Write a time below the axis."""
        anchor = "end" if self.x(at) > WIDTH - 2 * BOTTOM else "middle" if at else "start"
        return element("text", time_text(at), x=self.x(at), y=HEIGHT - 10, text_anchor=anchor)


def quota_chart(windows: Sequence[WindowReport], seconds: float, share: float) -> Markup:
    """Draw the quota over a run of so many seconds; `share` is the part of it that the run may use, at most 1."""
    drawn = bars(windows)
    most = max(bar.limit for bar in drawn)
    frame = ChartFrame(max(seconds, *(bar.begun + bar.seconds for bar in drawn)), most)
    return element(
        "svg",
        frame.level(0, "axis", "0"),
        frame.level(most / 2, "grid", f"{most / 2:,.0f}"),
        frame.level(most, "grid", f"{most:,.0f}"),
        *map(frame.column, drawn),
        frame.level(most * share, "share"),
        *map(frame.tick, ticks(frame.seconds)),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label="Requests in each window of the quota: our own, those of others, and how many there may be",
    )
