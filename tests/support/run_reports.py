"""Reports of invented runs, for tests of what is made of reports."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tap_intercom.exit_codes import meaning_of
from tap_intercom.observability.run_report import (
    OddField,
    Remark,
    RunReport,
    SlowRequest,
    StreamReport,
    WaitReport,
    WindowReport,
)

BEGAN = datetime(2026, 3, 1, 23, 50, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'><img src=https://evil.example/x onerror=alert(2)>\u202e\x1b[31m\x00\udcff&amp;"


LISTS = ("streams", "errors", "warnings", "fields", "quota", "slowest", "waits")


def run_report(**given: Any) -> RunReport:
    """Give the report of a run that read nothing, with the given fields in place of its own."""
    exit_code = given.get("exit_code", 0)
    seconds = given.get("seconds", 1.5)
    nothing: dict[str, Any] = {name: [] for name in LISTS}
    numbers = dict.fromkeys(("exit_code", "records", "requests", "retries", "throttled", "warnings_left_out"), 0)
    said = {"outcome": meaning_of(exit_code).outcome, "advice": meaning_of(exit_code).advice}
    times = {"began": BEGAN, "ended": BEGAN + timedelta(seconds=seconds), "seconds": seconds, "waited_seconds": 0.0}
    return RunReport(**{"settings": {}, **nothing, **numbers, **said, **times, **given})


def stream(name: str, **given: Any) -> StreamReport:
    usual = {"state": "complete", "records": 10, "requests": 2, "begun": 0.0, "seconds": 1.0, "warnings": 0}
    return StreamReport(**{"stream": name, "request_seconds": 0.05, **usual, **given})


def window(begun: float, own: int, left: int = 0, limit: int = 1667) -> WindowReport:
    return WindowReport(begun=begun, limit=limit, own=own, left=left)


def hard_run(said: str = HOSTILE) -> RunReport:
    """Give the report of a long run in which all that can be odd was, with `said` wherever a server's text may be."""
    names = ("contacts", "conversation_parts", "companies", "tickets", "admins", "tags")
    streams = [
        stream(name, records=7 ** (8 - n), requests=40 + n, begun=3.0 * n, seconds=4000 / (n + 1))
        for n, name in enumerate(names)
    ]
    return run_report(
        exit_code=3,
        seconds=4300.0,
        records=6_725_601,
        requests=61_233,
        retries=214,
        throttled=3,
        waited_seconds=3511.2,
        settings={
            "base_url": "https://api.intercom.io",
            "quota_share": 0.75,
            "reporting_datasets": ["a", "b"],
            "report": None,
        },
        streams=[
            *streams,
            stream("calls", state="failed", records=0),
            stream("macros", state="not complete", warnings=3),
            stream("brands", state="nothing read", records=0, requests=0, request_seconds=None),
        ],
        errors=[
            Remark(stream="calls", message=f'Intercom answered 403 {said}; give the app the permission "Read calls".'),
            Remark(stream=None, message="POST /contacts/search got no answer in 8 attempts; run again later."),
        ],
        warnings=[Remark(stream="contacts", message=said), Remark(stream=None, message="A" * 300)],
        warnings_left_out=1234,
        fields=[
            OddField(stream="contacts", field=f"custom_attributes.{said}", what="unknown"),
            OddField(stream="tickets", field="created_at", what="bent", values=12_345),
        ],
        quota=[
            window(10.0 * n - 4, 700 + (n * 37) % 550, max(0, 400 - 3 * n)) for n in range(430) if not 200 < n < 220
        ],
        slowest=[
            SlowRequest(stream="contacts", request=f"GET /contacts/{said}", seconds=29.5, attempts=3, ended=4000.0),
            SlowRequest(stream="tags", request="GET /tags", seconds=0.0421, attempts=1, ended=1.0),
        ],
        waits=[
            WaitReport(reason="the quota is used up", times=380, longest=9.9, seconds=3511.2),
            WaitReport(reason=said, times=1, longest=0.5, seconds=0.5),
        ],
    )
