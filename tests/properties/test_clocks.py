"""A clock that is wrong, ours or that of the records, costs no record, and no bookmark runs ahead of Intercom's."""

import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conftest import Output, Simulator, Tap
from full_sync import SETTINGS
from merged_runs import unlike
from recording_proxy import relayed
from tap_intercom.streams.table import streams_of

HOUR, DAY = 3600, 86_400
# Which clock the workspace has, told from this machine's; and days that are not as others.
AHEAD = {f"{hours:+} hours": hours * HOUR for hours in (-365 * 24, -30, -3, 3, 30, 365 * 24)}
DAYS = {
    "a leap day": "2028-02-29T12:00:00Z",
    "the last second of 32 bits": "2038-01-19T03:14:00Z",
    "beyond 32 bits": "2038-01-20T00:00:00Z",
    "the year 4018": "4018-10-22T00:00:00Z",
}
OFTEN = [("1.4", "-30 hours"), ("1.4", "the year 4018"), ("2.16", "the last second of 32 bits")]
CASES = [
    pytest.param(version, clock, marks=[] if (version, clock) in OFTEN else pytest.mark.soak)
    for version in ("1.4", "2.16")
    for clock in (*AHEAD, *DAYS)
]
# What a later sync is not told: an event does not update its contact, and what was exported is not exported again for a
# conversation that is closed or a recipient who is renamed.
UNTOLD = {"data_events", "message_content_export", "reporting_exports"}
MOVED = ("companies", "conversations", "leads", "users")
FUTURE = 64_654_125_776  # the year 4018, as Intercom's own example has it
LAST = 253_402_300_799  # the last second of the year 9999
NEVER = 253_402_329_599  # the last second of the year 9999 in California, which no date in UTC can be


def moment_of(clock: str) -> float:
    return time.time() + AHEAD[clock] if clock in AHEAD else datetime.fromisoformat(DAYS[clock]).timestamp()


@pytest.mark.parametrize(("version", "clock"), CASES)
def test_a_clock_that_is_wrong_costs_no_record(simulator: Simulator, tap: Tap, version: str, clock: str) -> None:
    simulator.reset(now=moment_of(clock), scale=0.3)
    # The files of two thousand years are as many jobs.
    names = [stream.name for stream in streams_of(version) if not (stream.export and clock == "the year 4018")]
    settings = {**SETTINGS, "api_version": version, "catalog": tap.catalog(*names, api_version=version)}
    first = tap(**settings)
    assert not unlike(simulator, version, names, first)
    assert_no_claim_is_ahead(simulator, first)
    simulator.advance(1000)
    simulator.mutate(40)
    second = tap(**settings, state=first.state)
    assert not unlike(simulator, version, [name for name in names if name not in UNTOLD], first, second)
    assert_no_claim_is_ahead(simulator, second)


@pytest.mark.parametrize("version", ["1.4", "2.16"])
@pytest.mark.parametrize("minutes", [2, 50])
def test_a_bookmark_that_a_clock_ahead_of_intercoms_wrote_costs_no_record(
    simulator: Simulator, tap: Tap, version: str, minutes: int
) -> None:
    simulator.reset(scale=0.3, switches={"scroll_expiry_seconds": "1"})
    names = [stream.name for stream in streams_of(version)]
    settings = {**SETTINGS, "api_version": version, "catalog": tap.catalog(*names, api_version=version)}
    first = tap(**settings)
    simulator.advance(60)
    simulator.mutate(40)
    simulator.advance(30)
    # What wrote the state said "now" by its own clock, before those changes.
    skewed = datetime.fromtimestamp(simulator.now() - 90 + 60 * minutes, UTC).isoformat()
    state = {"bookmarks": {name: _said(bookmark, skewed) for name, bookmark in first.state["bookmarks"].items()}}
    second = tap(**settings, state=state)
    assert not unlike(simulator, version, [name for name in names if name not in UNTOLD], first, second)
    present = datetime.fromtimestamp(simulator.now(), UTC)
    assert all(datetime.fromisoformat(claim) <= present for claim in claims(second.state["bookmarks"]))
    told = [line for line in second.stderr.splitlines() if "later than Intercom's clock" in line]
    assert len([line for line in told if line.startswith("WARNING")]) >= len(state["bookmarks"])
    simulator.advance(3 * HOUR)
    assert "later than Intercom's clock" not in tap(**settings, state=second.state).stderr


def _said(bookmark: Any, moment: str) -> Any:
    return dict.fromkeys(bookmark, moment) if isinstance(bookmark, dict) else moment


def assert_no_claim_is_ahead(simulator: Simulator, output: Output) -> None:
    present = datetime.fromtimestamp(simulator.now(), UTC)
    for message in output.messages:
        if message["type"] == "STATE":
            for claim in claims(message["value"]["bookmarks"]):
                assert datetime.fromisoformat(claim) <= present


def claims(bookmarks: dict[str, Any]) -> list[str]:
    """Give all bookmarks, those of datasets too."""
    parts = [part.values() if isinstance(part, dict) else [part] for part in bookmarks.values()]
    return [claim for part in parts for claim in part]


def test_answers_without_a_date_are_dated_here_and_the_log_says_so(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(scale=0.3)
    settings = {"catalog": tap.catalog(*MOVED), "api_version": "1.4"}
    with relayed(simulator.url, without="date") as (url, exchanges):
        first = tap(**settings, base_url=url)
        simulator.advance(1000)
        simulator.mutate(20)
        second = tap(**settings, base_url=url, state=first.state)
    assert not unlike(simulator, "1.4", MOVED, first, second)
    said = [line for output in (first, second) for line in output.stderr.splitlines() if "was not told by" in line]
    told = [int(line.split(" of its answers")[0].split()[-1]) for line in said]
    assert len(told) == 2
    assert sum(told) == len(exchanges)
    assert "was not told" not in tap(**settings).stderr


@pytest.mark.parametrize(
    ("version", "when"),
    [
        ("1.4", "soon"),
        ("1.4", "far"),
        ("2.16", "far"),
        ("2.16", "never"),
        *(pytest.param(*case, marks=pytest.mark.soak) for case in [("1.4", "milliseconds"), ("2.16", "soon")]),
        *(pytest.param(*case, marks=pytest.mark.soak) for case in [("1.4", "never"), ("2.16", "milliseconds")]),
        *(pytest.param(version, "last", marks=pytest.mark.soak) for version in ("1.4", "2.16")),
    ],
)
def test_a_record_of_the_future_leaves_the_bookmark_in_the_present(
    simulator: Simulator, tap: Tap, version: str, when: str
) -> None:
    simulator.reset(scale=0.3)
    settings = {"api_version": version, "catalog": tap.catalog(*MOVED, api_version=version)}
    ahead = int(simulator.now()) + 2 * DAY
    later = {"soon": ahead, "far": FUTURE, "milliseconds": ahead * 1000, "never": NEVER, "last": LAST}[when]
    changed = {name: simulator.truth(name, version)[0]["id"] for name in MOVED}
    for name, identifier in changed.items():
        simulator.change(name, identifier, updated_at=later)
    outputs = [tap(**settings)]
    assert_no_claim_is_ahead(simulator, outputs[0])
    simulator.advance(1000)
    simulator.mutate(40)
    outputs.append(tap(**settings, state=outputs[0].state))
    assert not unlike(simulator, version, MOVED, *outputs)
    for name, identifier in changed.items():
        assert identifier in {row["id"] for row in outputs[1].records(name)}


@pytest.mark.parametrize("when", [-62_135_596_800, pytest.param(-1, marks=pytest.mark.soak)])
def test_a_record_of_before_the_start_date_is_left_out_however_odd_its_time(
    simulator: Simulator, tap: Tap, when: int
) -> None:
    simulator.reset(scale=0.3)
    odd = {name: simulator.truth(name)[0]["id"] for name in MOVED}
    for name, identifier in odd.items():
        simulator.change(name, identifier, updated_at=when)
    settings = {"api_version": "1.4", "catalog": tap.catalog(*MOVED), "start_date": "0001-01-01T00:00:00Z"}
    output = tap(**settings)
    assert output.counts() == {name: simulator.counts()[name] for name in MOVED}
    later = tap(**{**settings, "start_date": "1970-01-01T00:00:00Z"})
    assert later.counts() == {name: simulator.counts()[name] - 1 for name in MOVED}


PLACES = [
    ("America/Los_Angeles", "2026-03-07"),
    ("America/Los_Angeles", "2026-10-31"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("Pacific/Kiritimati", "2027-12-31"),
    ("Asia/Kolkata", "2028-02-28"),
]
# What is asked for by days, periods or windows: the users of 1.4; the log and the messages of 2.16.
BY_DAYS = {"1.4": ("users",), "2.16": ("admin_activity_logs", "message_content_export")}
MIDNIGHTS = [
    pytest.param(version, zone, day, marks=[] if (version, place) == ("1.4", 0) else pytest.mark.soak)
    for version in BY_DAYS
    for place, (zone, day) in enumerate(PLACES)
]


@pytest.mark.parametrize(("version", "zone", "day"), MIDNIGHTS)
def test_syncs_around_a_midnight_lose_nothing_of_what_is_asked_for_by_days(
    simulator: Simulator, tap: Tap, version: str, zone: str, day: str
) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=ZoneInfo(zone))
    midnight = noon.timestamp() + 12 * HOUR
    simulator.reset(now=noon.timestamp(), scale=0.3, switches={"timezone": zone})
    settings = {"api_version": version, "catalog": tap.catalog(*BY_DAYS[version], api_version=version)}
    outputs: list[Output] = []
    for moment in (noon.timestamp(), midnight - 5, midnight + 5, midnight + HOUR, midnight + 30 * HOUR):
        simulator.advance(max(0, moment - simulator.now()))
        simulator.mutate(20)
        outputs.append(tap(**settings, state=outputs[-1].state if outputs else {}))
    simulator.advance(1000)
    outputs.append(tap(**settings, state=outputs[-1].state))
    complaints = unlike(simulator, version, BY_DAYS[version], *outputs)
    # A message has the name that its recipient had when it was exported.
    assert not [complaint for complaint in complaints if ": .name is" not in complaint]


@pytest.mark.soak
@pytest.mark.parametrize("clock", ["-8760 hours", "-3 hours", "+3 hours", "beyond 32 bits"])
def test_a_clock_that_is_wrong_meets_no_429(simulator: Simulator, tap: Tap, clock: str) -> None:
    simulator.reset(now=moment_of(clock), quota=70)
    output = tap(api_version="1.4")
    assert len(simulator.requests()) > 70  # the windows of the quota were more than one
    assert {request["status"] for request in simulator.requests()} == {200}
    assert output.counts() == simulator.counts()
