"""The report of a run as a page: one document that needs nothing else, for a reader who need not know the tap."""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from tap_intercom.observability.html_elements import Content, Markup, element, join
from tap_intercom.observability.quota_chart import bars, moment, plot
from tap_intercom.observability.run_report import Account, Remark, StreamAccount

_MINUTE, _HOUR = 60, 3600
_TENTHS_BELOW: Final = 10
MOST_SHOWN: Final = 6  # errors, or warnings, without a click
TRACK: Final = 120  # how wide the line of a stream's time is
STATES: Final = {"complete": "good", "nothing read": "idle"}
KINDS: Final = {
    "unknown": "not in the schema: add it to the catalog to get it",
    "bent": "bent to the schema, or null",
    "left out": "items of a list that could not be used",
}


def page(account: Account) -> bytes:
    """Write the page."""
    title = f"Intercom, {account.began:%Y-%m-%d %H:%M} UTC: {_verdict(account)}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(_style())),
    )
    sections = (_remarks, _figures, _streams, _quota, _fields, _slowest, _waits, _settings)
    parts = [section(account) for section in sections]
    body = element("body", element("main", _header(account), *parts, _footer(account)))
    return join(Markup("<!doctype html>\n"), element("html", head, body, lang="en"), Markup("\n")).encode()


def span_of(seconds: float) -> str:
    """Say how long something took, in words that fit its length."""
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


def _verdict(account: Account) -> str:
    if account.exit_code:
        return "not complete"
    return "complete, with warnings" if account.warnings else "complete"


def _kind(account: Account) -> str:
    return "bad" if account.exit_code else "odd" if account.warnings else "good"


def _header(account: Account) -> Markup:
    began, ended = account.began, account.ended
    until = f"{ended:%H:%M:%S}" if began.date() == ended.date() else f"{ended:%Y-%m-%d %H:%M:%S}"
    return element(
        "header",
        element("p", "tap-intercom ", account.version, class_="kicker"),
        element("h1", "Sync of Intercom: ", element("span", _verdict(account), class_=_kind(account))),
        element("p", f"{began:%Y-%m-%d %H:%M:%S} to {until} UTC, ", span_of(account.seconds), class_="when"),
        element(
            "p",
            element("strong", account.outcome),
            " ",
            account.advice if account.exit_code else "",
            element("span", f" Exit code {account.exit_code}.", class_="quiet"),
            class_=f"verdict {_kind(account)}",
        ),
    )


def _figures(account: Account) -> Markup:
    rate = account.records / max(account.seconds, 0.1)
    complete = sum(stream.state == "complete" for stream in account.streams)
    figures = [
        (f"{account.records:,}", "records"),
        (f"{complete} of {len(account.streams)}", "streams complete"),
        (span_of(account.seconds), "in all"),
        (f"{rate:,.0f}", "records per second"),
        (f"{account.requests:,}", "requests"),
        (f"{account.retries:,}", "asked again"),
        (f"{account.throttled:,}", "told to slow down (429)"),
        (span_of(account.waited_seconds), "waited, all added up"),
    ]
    cards = [element("div", element("dd", figure), element("dt", what)) for figure, what in figures]
    return element("dl", *cards, class_="figures")


def _remarks(account: Account) -> Markup:
    left_out = account.warnings_left_out
    more = element("p", f"{left_out:,} more warnings stand in the log.", class_="quiet") if left_out else None
    warnings, errors = _listed(account.warnings, "odd"), _listed(account.errors, "bad")
    return join(
        _section("What went wrong, and what to do", *errors) if errors else None,
        _section("Warnings", *warnings, more) if warnings else None,
    )


def _listed(remarks: Sequence[Remark], kind: str) -> list[Markup]:
    """List what was said, once for all streams of which it was; many of them are behind a fold."""
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


def _streams(account: Account) -> Markup:
    ordered = sorted(account.streams, key=lambda one: (STATES.get(one.state, ""), -one.records, one.stream))
    rows = [_stream(stream, account.seconds) for stream in ordered]
    heads = ("stream", "state", "records", "requests", "per request", "took", "when")
    return _section("Streams", _table(heads, rows, numbers=(2, 3, 4, 5))) if rows else join()


def _stream(stream: StreamAccount, seconds: float) -> list[Content]:
    mean = None if stream.request_seconds is None else f"{1000 * stream.request_seconds:,.0f} ms"
    return [
        element("code", stream.stream),
        element("span", stream.state, class_=f"state {STATES.get(stream.state, 'bad')}"),
        f"{stream.records:,}",
        f"{stream.requests:,}",
        mean,
        span_of(stream.seconds),
        _track(stream, max(seconds, 0.1)),
    ]


def _track(stream: StreamAccount, seconds: float) -> Markup:
    """Draw when in the run a stream was read."""
    x, wide = (round(TRACK * part / seconds, 1) for part in (stream.begun, stream.seconds))
    return element(
        "svg",
        element("title", f"from {span_of(stream.begun)} to {span_of(stream.begun + stream.seconds)}"),
        element("rect", x=0, y=3, width=TRACK, height=2, class_="rail"),
        element("rect", x=min(x, TRACK - 2), y=0, width=max(wide, 2), height=8, rx=2, class_="own"),
        viewBox=f"0 0 {TRACK} 8",
        class_="track",
    )


def _quota(account: Account) -> Markup:
    if not account.quota:
        return _section("Quota", element("p", "Intercom told of no quota.", class_="quiet"))
    share = account.settings.get("quota_share")
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
    drawn = plot(account.quota, account.seconds, share if isinstance(share, float) else 1.0)
    rows = [
        [moment(max(bar.begun, 0)), *(f"{number:,.0f}" for number in (bar.own, bar.others, bar.left, bar.limit))]
        for bar in bars(account.quota)
    ]
    heads = ("from", "our own", "others", "left over", "limit")
    numbers = element("details", element("summary", "The same in numbers"), _table(heads, rows, numbers=range(5)))
    lead = "Requests in each window of 10 seconds, as Intercom counted them."
    return _section("Quota over time", element("p", lead, class_="quiet"), legend, _wide(drawn, "plot"), numbers)


def _fields(account: Account) -> Markup:
    rows = [
        [
            element("code", odd.stream),
            element("code", odd.field, class_="long"),
            KINDS[odd.what],
            odd.values and f"{odd.values:,}",
        ]
        for odd in account.fields
    ]
    heads = ("stream", "field", "what of it", "values")
    return _section("Fields that do not fit", _table(heads, rows, numbers=(3,))) if rows else join()


def _slowest(account: Account) -> Markup:
    rows = [
        [
            element("code", slow.request, class_="long"),
            element("code", slow.stream),
            f"{1000 * slow.seconds:,.0f} ms",
            f"{slow.attempts:,}",
            span_of(slow.ended),
        ]
        for slow in account.slowest
    ]
    heads = ("request", "for", "took", "attempts", "answered at")
    return _section("Slowest requests", _table(heads, rows, numbers=(2, 3, 4))) if rows else join()


def _waits(account: Account) -> Markup:
    rows = [[wait.reason, f"{wait.times:,}", span_of(wait.longest), span_of(wait.seconds)] for wait in account.waits]
    heads = ("reason", "times", "longest", "added up")
    return _section("Waits", _table(heads, rows, numbers=(1, 2, 3))) if rows else join()


def _settings(account: Account) -> Markup:
    given = [(name, value) for name, value in account.settings.items() if value not in (None, [])]
    rows = [
        [element("code", name), value if isinstance(value, str) else msgspec.json.encode(value).decode()]
        for name, value in given
    ]
    return _section("Settings", _table(("setting", "value"), rows)) if rows else join()


def _footer(account: Account) -> Markup:
    return element("footer", f"Written by {account.tap} {account.version}. The access token is not in this file.")


def _section(heading: str, *content: Content) -> Markup:
    return element("section", element("h2", heading), *content)


def _wide(content: Markup, kind: str) -> Markup:
    """Let what is wider than a phone be moved under the finger."""
    return element("div", content, class_=f"wide {kind}", tabindex="0")


def _table(heads: Sequence[str], rows: Sequence[Sequence[Content]], numbers: Sequence[int] = ()) -> Markup:
    def line(tag: str, cells: Sequence[Content]) -> Markup:
        kinds = ["number" if place in numbers else None for place in range(len(cells))]
        return element("tr", *(element(tag, cell, class_=kind) for cell, kind in zip(cells, kinds, strict=True)))

    head = element("thead", line("th", heads))
    return _wide(element("table", head, element("tbody", *(line("td", row) for row in rows))), "table")
