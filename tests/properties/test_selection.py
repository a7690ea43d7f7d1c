"""Whatever is selected in which run, and from whichever start date: what a stream's bookmark claims has come."""

import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from full_sync import SETTINGS
from merged_runs import unlike
from record_checks import SILENT, same, seconds, unfaithful
from record_checks_v2 import compare
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import streams_of

DAY = 86_400
LASTING = ("companies", "conversation_parts", "conversations", "leads", "users")  # that 1.4 and 2.x have

OWNERS = {
    "calls": "call_id",
    "companies": "company_id",
    "contacts": "contact_id",
    "conversations": "conversation_id",
    "tickets": "ticket_id",
}
# An event does not update its contact; exports have tests of their own.
UNTOLD = {"custom_object_instances", "data_events", "message_content_export", "reporting_exports"}
STARTS = ["2015-01-01T00:00:00Z", "2021-03-01T00:00:00Z", "2024-02-29T12:00:00Z", "2026-06-01T00:00:00Z"]
RUNS = 6
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 40))]


class History:
    """A workspace, a state that is kept, and selections that change from run to run."""

    def __init__(self, simulator: Simulator, tap: Tap, version: str, seed: int) -> None:
        self.simulator = simulator
        self.tap = tap
        self.version = version
        self.dice = random.Random(f"{version} {seed}")
        self.streams = {stream.name: stream for stream in streams_of(version) if stream.name not in UNTOLD}
        self.outputs: list[Output] = []
        self.state: dict[str, Any] = {}
        self.since: dict[str, str] = {}
        simulator.reset(seed=seed, scale=0.4)

    def run(self, *, everything: bool) -> None:
        """Read some of the streams from some start date on; some runs are killed."""
        count = len(self.streams) if everything else self.dice.randrange(1, len(self.streams))
        names = self.dice.sample(list(self.streams), count)
        start = self.dice.choice(STARTS)
        before = self.state.get("bookmarks", {})
        self.since |= {name: start for name in names if (self.streams[name].bookmark_name or name) not in before}
        settings = {"api_version": self.version, "start_date": start, "state": self.state}
        settings["catalog"] = self.tap.catalog(*names, api_version=self.version)
        if everything or self.dice.random() < 0.7:
            output = self.tap(**settings)
            assert_deselected_bookmarks_stay(
                before, output, {self.streams[name].bookmark_name or name for name in names}
            )
        else:
            output = self.tap.killed(self.dice.randrange(1, 800), **settings)
        self.outputs.append(output)
        self.state = output.state or self.state
        self.simulator.advance(self.dice.choice([61, 4000, 90_000]))

    def amiss(self) -> list[str]:
        """Name what was updated since a stream's start and has not come as it is."""
        complaints: list[str] = []
        truth = {name: self.simulator.truth(name, self.version) for name in self.streams}
        for name, stream in self.streams.items():
            rows = [row for output in self.outputs for row in output.records(name)]
            start = datetime.fromisoformat(self.since[name]).timestamp()
            due = [record for record in truth[name] if updated(stream, record, truth) >= start]
            if self.version == "1.4":
                complaints += unfaithful(name, due, rows)
            else:
                complaints += compare(stream, [told(name, record) for record in due], rows)
        # A contact does not count as updated when a company of its own is deleted.
        return [complaint for complaint in complaints if ": .companies" not in complaint]


def told(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in record.items() if field not in SILENT.get(name, set())}


def updated(stream: Stream, record: Mapping[str, Any], truth: Mapping[str, list[dict[str, Any]]]) -> float:
    """Say when a record was updated, or what it hangs on; a full table is always due."""
    if stream.parent in OWNERS:
        owner = record[OWNERS[stream.parent]]
        times = [parent["updated_at"] for parent in truth[stream.parent] if str(parent["id"]) == str(owner)]
        return max((seconds(time) or 0 for time in times), default=0)
    return float("inf") if stream.replication_key is None else seconds(record[stream.replication_key]) or 0


def assert_deselected_bookmarks_stay(before: Mapping[str, Any], output: Output, selected: set[str]) -> None:
    after = output.state["bookmarks"]
    for name, bookmark in before.items():
        assert after[name] >= bookmark
        assert name in selected or after[name] == bookmark


@pytest.mark.parametrize("version", ["1.4", "2.16"])
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_was_selected_when_nothing_is_missing_once_everything_is(
    simulator: Simulator, tap: Tap, version: str, seed: int
) -> None:
    history = History(simulator, tap, version, seed)
    for _ in range(RUNS):
        history.run(everything=False)
        simulator.mutate(15)
        simulator.advance(700)
    history.run(everything=True)
    assert not history.amiss()


def narrowed(tap: Tap, *names: str, version: str = "2.16", without: str = "", **options: Any) -> dict[str, Any]:
    """Give the settings of a run that reads these streams, `without` a field."""
    catalog = tap.catalog(*names, api_version=version)
    for piece in (piece for entry in catalog["streams"] for piece in entry["metadata"]):
        if piece["breadcrumb"] == ["properties", without]:
            piece["metadata"]["selected"] = False
    return {"api_version": version, "catalog": catalog, **SETTINGS, **options}


@pytest.mark.parametrize("version", ["1.4", "2.16"])
@pytest.mark.parametrize("first", ["parents", "children"])
def test_what_hangs_on_something_begins_at_the_start_date_whichever_is_selected_first(
    simulator: Simulator, tap: Tap, version: str, first: str
) -> None:
    simulator.reset(scale=0.3)
    streams = streams_of(version)
    late = {stream.name for stream in streams if stream.parent or stream.export}
    kinds = [sorted(late), sorted({str(stream.parent) for stream in streams if stream.parent})]
    before, after = kinds if first == "children" else reversed(kinds)
    state = tap(**narrowed(tap, *before, version=version)).state
    output = tap(**narrowed(tap, *after, version=version, state=state))
    assert not unlike(simulator, version, after, output)
    assert set(output.state["bookmarks"]) >= set(state["bookmarks"])


def test_a_stream_that_was_deselected_goes_on_from_its_bookmark(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(now=1_709_251_200, scale=2)
    pair, alone = ("contacts", "contact_tags", "message_content_export"), ("contacts",)
    outputs = [tap(**narrowed(tap, *pair))]
    for names in (alone, alone, pair):
        simulator.advance(5 * DAY)
        simulator.mutate(30)
        simulator.advance(1000)
        outputs.append(tap(**narrowed(tap, *names, state=outputs[-1].state)))
        kept = outputs[-1].state["bookmarks"]["contact_tags"] == outputs[0].state["bookmarks"]["contact_tags"]
        assert kept is (names == alone)
    assert not unlike(simulator, "2.16", ("contacts", "contact_tags"), *outputs)
    assert 0 < outputs[-1].counts()["contact_tags"] < outputs[0].counts()["contact_tags"]
    sent = {row["receipt_id"] for output in outputs for row in output.records("message_content_export")}
    assert sent == {record["receipt_id"] for record in simulator.truth("message_content_export", "2.16")}


@pytest.mark.parametrize("start", ["2015-01-01T00:00:00Z", "2026-11-01T00:00:00Z"])
def test_another_start_date_changes_nothing_where_there_is_a_bookmark_and_the_log_says_so(
    simulator: Simulator, tap: Tap, start: str
) -> None:
    names = ("companies", "users")
    begun = narrowed(tap, *names, version="1.4", start_date="2024-02-29T12:00:00Z")
    first = tap(**begun)
    assert not first.stderr.count("start_date")
    simulator.mutate(40)
    same, other = (tap(**begun | {"state": first.state, "start_date": one}) for one in (begun["start_date"], start))
    for name in names:
        came, comes = ({row["id"]: row for row in output.records(name)} for output in (same, other))
        assert came == comes != {}
    assert other.stderr.count("start_date does not count: all streams go on from their bookmarks") == 1
    removed = {"bookmarks": {"users": first.state["bookmarks"]["users"]}}
    again = tap(**begun | {"state": removed, "start_date": "2015-01-01T00:00:00Z"})
    assert "start_date counts for companies; streams that have a bookmark go on from there: 1" in again.stderr
    assert not unlike(simulator, "1.4", ["companies"], again)


def test_a_field_that_is_selected_later_comes_with_what_is_updated_from_then_on(simulator: Simulator, tap: Tap) -> None:
    state = tap(**narrowed(tap, "users", version="1.4", without="email")).state
    simulator.advance(1000)
    user = simulator.truth("users")[0]
    simulator.change("users", user["id"], updated_at=int(simulator.now()))
    simulator.advance(5)
    later = tap(**narrowed(tap, "users", version="1.4", state=state)).records("users")
    assert user["email"] in {row["email"] for row in later}
    assert len(later) < simulator.counts()["users"]
    whole = tap(**narrowed(tap, "users", version="1.4", state={"bookmarks": {}})).records("users")
    assert len(whole) == simulator.counts()["users"]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 20))])
def test_a_state_is_carried_from_version_to_version_and_back(simulator: Simulator, tap: Tap, seed: int) -> None:
    simulator.reset(seed=seed, scale=0.4)
    dice = random.Random(seed)
    outputs: list[Output] = []
    state: dict[str, Any] = {}
    for version in (
        "1.4",
        dice.choice(["2.11", "2.16"]),
        *dice.sample(["1.4", "2.7", "2.14", "2.16"], 3),
        "1.4",
        "2.16",
    ):
        outputs.append(tap(**narrowed(tap, *LASTING, version=version, state=state)))
        assert all(outputs[-1].state["bookmarks"][name] >= mark for name, mark in state.get("bookmarks", {}).items())
        state = outputs[-1].state
        simulator.advance(dice.choice([61, 4000]))
        simulator.mutate(20)
        simulator.advance(700)
    outputs.append(tap(**narrowed(tap, *LASTING, state=state)))
    for name in LASTING:
        rows = {row["id"]: row for output in outputs for row in output.records(name)}
        for record in simulator.truth(name, "2.16"):
            assert same(record["updated_at"], rows[record["id"]]["updated_at"])
