"""The report of a run as an HTML page: one document that loads nothing, for readers who do not know the tap."""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from tap_intercom.observability.html_elements import Content, Markup, element, join
from tap_intercom.observability.quota_chart import bars, quota_chart, time_text
from tap_intercom.observability.run_report import Remark, RunReport, StreamReport

_MINUTE, _HOUR = 60, 3600
_TENTHS_BELOW: Final = 10
MOST_SHOWN: Final = 6  # errors or warnings that are not folded away
TIME_LINE_WIDTH: Final = 120
STATE_CLASSES: Final = {"complete": "good", "nothing read": "idle"}  # of CSS; "bad" for other states
ODD_FIELDS: Final = {
    "unknown": "not in the schema: add it to the catalog to get it",
    "bent": "bent to the schema, or null",
    "left out": "items of a list that could not be used",
}


def html_report(run_report: RunReport) -> bytes:
    """Make the page, in UTF-8."""
    title = f"Intercom, {run_report.began:%Y-%m-%d %H:%M} UTC: {_verdict(run_report)}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(_style())),
    )
    sections = (_remarks, _numbers, _streams, _quota, _fields, _slowest, _waits, _settings)
    parts = [section(run_report) for section in sections]
    body = element("body", element("main", _header(run_report), *parts, _footer(run_report)))
    return join(Markup("<!doctype html>\n"), element("html", head, body, lang="en"), Markup("\n")).encode()


def duration_text(seconds: float) -> str:
    """Format a duration by its length: 1.5 s, 42 s, 3 min 5 s, 2 h 10 min."""
    if seconds < _TENTHS_BELOW:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


@cache
def _style() -> str:
    return resources.files("tap_intercom.observability").joinpath("page.css").read_text()


def _verdict(run_report: RunReport) -> str:
    if run_report.exit_code:
        return "not complete"
    return "complete, with warnings" if run_report.warnings else "complete"


def _verdict_class(run_report: RunReport) -> str:
    return "bad" if run_report.exit_code else "odd" if run_report.warnings else "good"


def _header(run_report: RunReport) -> Markup:
    began, ended = run_report.began, run_report.ended
    until = f"{ended:%H:%M:%S}" if began.date() == ended.date() else f"{ended:%Y-%m-%d %H:%M:%S}"
    return element(
        "header",
        element("p", "tap-intercom ", run_report.version, class_="kicker"),
        element("h1", "Sync of Intercom: ", element("span", _verdict(run_report), class_=_verdict_class(run_report))),
        element("p", f"{began:%Y-%m-%d %H:%M:%S} to {until} UTC, ", duration_text(run_report.seconds), class_="when"),
        element(
            "p",
            element("strong", run_report.outcome),
            " ",
            run_report.advice if run_report.exit_code else "",
            element("span", f" Exit code {run_report.exit_code}.", class_="quiet"),
            class_=f"verdict {_verdict_class(run_report)}",
        ),
    )


def _numbers(run_report: RunReport) -> Markup:
    rate = run_report.records / max(run_report.seconds, 0.1)
    complete = sum(stream.state == "complete" for stream in run_report.streams)
    numbers = [
        (f"{run_report.records:,}", "records"),
        (f"{complete} of {len(run_report.streams)}", "streams complete"),
        (duration_text(run_report.seconds), "in all"),
        (f"{rate:,.0f}", "records per second"),
        (f"{run_report.requests:,}", "requests"),
        (f"{run_report.retries:,}", "asked again"),
        (f"{run_report.throttled:,}", "told to slow down (429)"),
        (duration_text(run_report.waited_seconds), "waited, all added up"),
    ]
    cards = [element("div", element("dd", number), element("dt", label)) for number, label in numbers]
    return element("dl", *cards, class_="figures")


def _remarks(run_report: RunReport) -> Markup:
    left_out = run_report.warnings_left_out
    more = element("p", f"{left_out:,} more warnings stand in the log.", class_="quiet") if left_out else None
    warnings, errors = _listed(run_report.warnings, "odd"), _listed(run_report.errors, "bad")
    return join(
        _section("What went wrong, and what to do", *errors) if errors else None,
        _section("Warnings", *warnings, more) if warnings else None,
    )


def _listed(remarks: Sequence[Remark], kind: str) -> list[Markup]:
    """List messages, each once with all its streams; those beyond MOST_SHOWN are folded away."""
    streams: dict[str, list[str]] = {}
    for remark in remarks:
        streams.setdefault(remark.message, []).extend([remark.stream] if remark.stream else [])
    items = [
        element("li", *(join(element("code", name), " ") for name in names), message)
        for message, names in streams.items()
    ]
    shown, rest = items[:MOST_SHOWN], items[MOST_SHOWN:]
    fold = [element("details", element("summary", f"and {len(rest):,} more"), element("ul", *rest, class_=kind))]
    return [*([element("ul", *shown, class_=kind)] if shown else []), *(fold if rest else [])]


def _streams(run_report: RunReport) -> Markup:
    ordered = sorted(run_report.streams, key=lambda one: (STATE_CLASSES.get(one.state, ""), -one.records, one.stream))
    rows = [_stream(stream, run_report.seconds) for stream in ordered]
    heads = ("stream", "state", "records", "requests", "per request", "took", "when")
    return _section("Streams", _table(heads, rows, numbers=(2, 3, 4, 5))) if rows else join()


def _stream(stream: StreamReport, seconds: float) -> list[Content]:
    mean = None if stream.request_seconds is None else f"{1000 * stream.request_seconds:,.0f} ms"
    return [
        element("code", stream.stream),
        element("span", stream.state, class_=f"state {STATE_CLASSES.get(stream.state, 'bad')}"),
        f"{stream.records:,}",
        f"{stream.requests:,}",
        mean,
        duration_text(stream.seconds),
        _time_line(stream, max(seconds, 0.1)),
    ]


def _time_line(stream: StreamReport, seconds: float) -> Markup:
    """Draw the time in which a stream was read, on a line that is the run."""
    x, wide = (round(TIME_LINE_WIDTH * part / seconds, 1) for part in (stream.begun, stream.seconds))
    return element(
        "svg",
        element("title", f"from {duration_text(stream.begun)} to {duration_text(stream.begun + stream.seconds)}"),
        element("rect", x=0, y=3, width=TIME_LINE_WIDTH, height=2, class_="rail"),
        element("rect", x=min(x, TIME_LINE_WIDTH - 2), y=0, width=max(wide, 2), height=8, rx=2, class_="own"),
        viewBox=f"0 0 {TIME_LINE_WIDTH} 8",
        class_="track",
    )


def _quota(run_report: RunReport) -> Markup:
    if not run_report.quota:
        return _section("Quota", element("p", "Intercom told of no quota.", class_="quiet"))
    share = run_report.settings.get("quota_share")
    legend = element(
        "p",
        *(
            element("span", element("i", class_=kind), what)
            for kind, what in (
                ("own", "our own requests"),
                ("others", "other integrations'"),
                ("share", "quota_share: as far as we go"),
            )
        ),
        class_="legend",
    )
    drawn = quota_chart(run_report.quota, run_report.seconds, share if isinstance(share, float) else 1.0)
    rows = [
        [time_text(max(bar.begun, 0)), *(f"{number:,.0f}" for number in (bar.own, bar.others, bar.left, bar.limit))]
        for bar in bars(run_report.quota)
    ]
    heads = ("from", "our own", "others", "left over", "limit")
    numbers = element("details", element("summary", "The same in numbers"), _table(heads, rows, numbers=range(5)))
    lead = "Requests in each window of 10 seconds, as Intercom counted them."
    return _section("Quota over time", element("p", lead, class_="quiet"), legend, _wide(drawn, "plot"), numbers)


def _fields(run_report: RunReport) -> Markup:
    rows = [
        [
            element("code", odd.stream),
            element("code", odd.field, class_="long"),
            ODD_FIELDS[odd.what],
            odd.values and f"{odd.values:,}",
        ]
        for odd in run_report.fields
    ]
    heads = ("stream", "field", "what of it", "values")
    return _section("Fields that do not fit", _table(heads, rows, numbers=(3,))) if rows else join()


def _slowest(run_report: RunReport) -> Markup:
    rows = [
        [
            element("code", slow.request, class_="long"),
            element("code", slow.stream),
            f"{1000 * slow.seconds:,.0f} ms",
            f"{slow.attempts:,}",
            duration_text(slow.ended),
        ]
        for slow in run_report.slowest
    ]
    heads = ("request", "for", "took", "attempts", "answered at")
    return _section("Slowest requests", _table(heads, rows, numbers=(2, 3, 4))) if rows else join()


def _waits(run_report: RunReport) -> Markup:
    rows = [
        [wait.reason, f"{wait.times:,}", duration_text(wait.longest), duration_text(wait.seconds)]
        for wait in run_report.waits
    ]
    heads = ("reason", "times", "longest", "added up")
    return _section("Waits", _table(heads, rows, numbers=(1, 2, 3))) if rows else join()


def _settings(run_report: RunReport) -> Markup:
    given = [(name, value) for name, value in run_report.settings.items() if value not in (None, [])]
    rows = [
        [element("code", name), value if isinstance(value, str) else msgspec.json.encode(value).decode()]
        for name, value in given
    ]
    return _section("Settings", _table(("setting", "value"), rows)) if rows else join()


def _footer(run_report: RunReport) -> Markup:
    return element("footer", f"Written by {run_report.tap} {run_report.version}. The access token is not in this file.")


def _section(heading: str, *content: Content) -> Markup:
    return element("section", element("h2", heading), *content)


def _wide(content: Markup, kind: str) -> Markup:
    """Make content scroll sideways where it is wider than the screen."""
    return element("div", content, class_=f"wide {kind}", tabindex="0")


def _table(heads: Sequence[str], rows: Sequence[Sequence[Content]], numbers: Sequence[int] = ()) -> Markup:
    def line(tag: str, cells: Sequence[Content]) -> Markup:
        kinds = ["number" if place in numbers else None for place in range(len(cells))]
        return element("tr", *(element(tag, cell, class_=kind) for cell, kind in zip(cells, kinds, strict=True)))

    head = element("thead", line("th", heads))
    return _wide(element("table", head, element("tbody", *(line("td", row) for row in rows))), "table")
