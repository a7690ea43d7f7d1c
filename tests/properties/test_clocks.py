"""A clock that is wrong, ours or that of the records, costs no record, and no bookmark runs ahead of Intercom's."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from relay import relayed
from tap_intercom.streams import streams_of
from union import unlike
from whole import SETTINGS

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
# What a later sync is not told: an event does not update its contact, nor a contact the company that it joins, and what
# was exported is not exported again for a conversation that is closed or a recipient who is renamed.
UNTOLD = {"company_contacts", "data_events", "message_content_export", "reporting_exports"}
MOVED = ("companies", "conversations", "leads", "users")
FUTURE = 64_654_125_776  # the year 4018, as Intercom's own example has it


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
        *(pytest.param(*case, marks=pytest.mark.soak) for case in [("1.4", "milliseconds"), ("2.16", "soon")]),
        pytest.param("2.16", "milliseconds", marks=pytest.mark.soak),
    ],
)
def test_a_record_of_the_future_leaves_the_bookmark_in_the_present(
    simulator: Simulator, tap: Tap, version: str, when: str
) -> None:
    simulator.reset(scale=0.3)
    settings = {"api_version": version, "catalog": tap.catalog(*MOVED, api_version=version)}
    ahead = int(simulator.now()) + 2 * DAY
    later = {"soon": ahead, "far": FUTURE, "milliseconds": ahead * 1000}[when]
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
