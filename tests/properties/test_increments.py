"""Ten syncs in a row lose nothing: days begin elsewhere, a search lags, and the workspace never rests."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conftest import Output, Simulator, Tap
from record_checks_v2 import compare, key_of
from tap_intercom.streams.table import streams_of

SEARCHED = ("contacts", "conversations", "leads", "tickets", "users")
CHILDREN = {
    **dict.fromkeys(("contact_companies", "contact_notes", "contact_tags"), "contact_id"),
    **dict.fromkeys(("conversation_contacts", "conversation_parts", "conversation_tags"), "conversation_id"),
    **dict.fromkeys(("ticket_contacts", "ticket_parts"), "ticket_id"),
}
STREAMS = [stream for stream in streams_of("2.16") if stream.name in (*SEARCHED, *CHILDREN)]
LAG_SECONDS = 400
LOOKBACK_SECONDS = 600
SYNCS = 10
# The day at whose noon the world begins: summer time begins and ends in the night that follows, and a year.
PLACES = [
    ("America/Los_Angeles", "2026-03-07"),
    ("Asia/Kolkata", "2026-06-10"),
    ("Pacific/Kiritimati", "2026-12-31"),
]
MORE_PLACES = [
    ("UTC", "2026-02-28"),
    ("America/Los_Angeles", "2026-10-31"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("America/Santiago", "2026-09-05"),
    ("Pacific/Pago_Pago", "2026-06-10"),
]
CASES = [
    pytest.param(zone, day, seed, marks=[] if (zone, day) == PLACES[0] and not seed else pytest.mark.soak)
    for seed in range(4)
    for zone, day in (PLACES + MORE_PLACES if seed else PLACES)
]


class Target:
    """Keeps the last row of each key, as a target does that loads by key."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[tuple[str, ...], dict[str, Any]]] = {stream.name: {} for stream in STREAMS}
        self.state: dict[str, Any] = {}

    def load(self, output: Output) -> None:
        for stream in STREAMS:
            self.rows[stream.name] |= {key_of(stream.key, row): row for row in output.records(stream.name)}
        self.state = output.state or self.state

    def unlike(self, truth: dict[str, list[dict[str, Any]]]) -> list[str]:
        """Name what is not here as it is in the truth.

        Contacts do not count as updated when a company of theirs is deleted, so their companies are left aside.
        """
        complaints = []
        for stream in STREAMS:
            if stream.name in truth:
                complaints += compare(stream, truth[stream.name], self.rows[stream.name].values())
        return [complaint for complaint in complaints if ": .companies" not in complaint]


class Workspace:
    """A simulated workspace in a zone, in which things change around midnight; of its streams, `names` are read."""

    def __init__(self, simulator: Simulator, zone: str, day: str, seed: int, **options: Any) -> None:
        self.names = options.pop("names", (*SEARCHED, *CHILDREN))
        self.simulator = simulator
        self.zone = ZoneInfo(zone)
        self.dice = random.Random(f"{zone} {day} {seed}")
        noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=self.zone)
        switches = {"timezone": zone, "search_lag_seconds": LAG_SECONDS}
        simulator.reset(**{"seed": seed, "mutate": 40, "now": noon.timestamp(), "switches": switches, **options})

    def live(self, *, beyond_midnight: bool) -> None:
        """Change things, some of them in the last seconds before a midnight, and the first after it."""
        self._change()
        self.simulator.advance(self.dice.choice([1, 20, LAG_SECONDS, 4000]))
        self._change()
        now = datetime.fromtimestamp(self.simulator.now(), UTC).astimezone(self.zone)
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), self.zone)
        self.simulator.advance(midnight.timestamp() - now.timestamp() - self.dice.randrange(1, 30))
        self._change()
        if beyond_midnight:
            self.simulator.advance(self.dice.choice([30, LAG_SECONDS]))
            self._change()

    def rest(self) -> None:
        self.simulator.stop_mutating()
        self.simulator.advance(LAG_SECONDS + 1)

    def _change(self) -> None:
        self.simulator.mutate(self.dice.randrange(1, 12))
        self.simulator.mutate(self.dice.randrange(1, 4), resource="tickets")
        self.simulator.mutate(1, resource="merges")

    def truth(self) -> dict[str, list[dict[str, Any]]]:
        return {name: self.simulator.truth(name, "2.16") for name in self.names}

    def claimed(self, state: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        """Give what must have come by a state: what was updated before its bookmarks, the lookback left aside.

        Children come when their parents are updated.
        """
        truth = self.truth()
        updated = {record["id"]: record["updated_at"] for name in SEARCHED for record in truth[name]}
        until = {
            name: datetime.fromisoformat(state["bookmarks"][name]).timestamp() - LOOKBACK_SECONDS for name in truth
        }
        return {
            name: [record for record in records if updated[record[CHILDREN.get(name, "id")]] <= until[name]]
            for name, records in truth.items()
        }


@pytest.mark.parametrize(("zone", "day", "seed"), CASES)
def test_ten_syncs_around_midnight_lose_nothing(simulator: Simulator, tap: Tap, zone: str, day: str, seed: int) -> None:
    assert_nothing_is_lost(Workspace(simulator, zone, day, seed), tap, SYNCS)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2))
def test_syncs_in_many_parts_at_once_lose_nothing(simulator: Simulator, tap: Tap, seed: int) -> None:
    workspace = Workspace(
        simulator, "America/Los_Angeles", "2026-10-31", seed, world="readme", scale=1.2, mutate=300, names=SEARCHED
    )
    assert_nothing_is_lost(workspace, tap, syncs=3)


@pytest.mark.parametrize(("settings", "comes"), [({}, True), ({"lookback_window": 0}, False)])
def test_only_looking_back_finds_what_a_search_did_not_know_yet(
    simulator: Simulator, tap: Tap, settings: dict[str, int], *, comes: bool
) -> None:
    simulator.reset(switches={"search_lag_seconds": LAG_SECONDS})
    settings = {**settings, **wanted(tap, "contacts")}
    state = tap(**settings).state
    late, early = (record["id"] for record in simulator.truth("users", "2.16")[:2])
    touch(simulator, early)
    simulator.advance(LAG_SECONDS + 5)
    touch(simulator, late)
    simulator.advance(5)
    touch(simulator, early)  # it is found by its former time, and shown with the present one, which is then claimed
    simulator.advance(5)
    second = tap(**settings, state=state)
    simulator.advance(LAG_SECONDS + 5)
    third = tap(**settings, state=second.state)
    come = {record["id"] for output in (second, third) for record in output.records("contacts")}
    assert early in come
    assert (late in come) is comes


def touch(simulator: Simulator, user: str) -> None:
    simulator.change("users", user, updated_at=int(simulator.now()))


def assert_nothing_is_lost(workspace: Workspace, tap: Tap, syncs: int) -> None:
    """Check every claim of so many syncs in a row, and that all is there once nothing changes any more."""
    target, settings = Target(), wanted(tap, *workspace.names)
    for number in range(syncs):
        workspace.live(beyond_midnight=number % 3 == 2)
        target.load(tap(**settings, state=target.state))
        assert not target.unlike(workspace.claimed(target.state))
    workspace.rest()
    target.load(tap(**settings, state=target.state))
    assert not target.unlike(workspace.truth())


def wanted(tap: Tap, *names: str) -> dict[str, Any]:
    return {"api_version": "2.16", "catalog": tap.catalog(*names, api_version="2.16")}
