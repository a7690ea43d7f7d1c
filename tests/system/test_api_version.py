"""Where Intercom refuses API 1.4 and no version was asked for, its streams come from the newest one, as they were."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from clients import config
from conftest import Output, Simulator, Tap
from record_checks import SILENT, different, key_of
from scripted_server import Act, ScriptedServer, answer, reset
from tap_intercom.errors import Unavailable
from tap_intercom.singer.selection import select_streams
from tap_intercom.stream_io.context import SyncPlan
from tap_intercom.streams.table import STREAMS_V1, load_schema
from tap_intercom.sync.start import SHORT_RETRY, choose_api_version
from v1_columns import TOLD
from v1_v2_columns import shared

NAMES = [stream.name for stream in STREAMS_V1]
SAID = "Intercom refuses API 1.4"
WARNING = (
    "WARNING Intercom refuses API 1.4, so its streams are read from 2.16 in the columns of 1.4; "
    'to get all that it has, set api_version to "2.16" and make a new catalog with --discover'
)


def refuse(simulator: Simulator, words: str = "refused") -> None:
    simulator.switch(version_1_4=words)


def versions(simulator: Simulator) -> set[str]:
    return {request["version"] for request in simulator.requests()}


def rows(output: Output, stream: str) -> dict[str, dict[str, Any]]:
    key = "full_name" if stream.endswith("attributes") else key_of(stream)
    return {row[key]: row for row in output.records(stream)}


@pytest.mark.parametrize("words", ["refused", "unknown"])
def test_the_streams_of_1_4_come_from_the_newest_version(simulator: Simulator, tap: Tap, words: str) -> None:
    refuse(simulator, words)
    output = tap()
    assert [line for line in output.stderr.splitlines() if SAID in line] == [WARNING]
    first, *others = simulator.requests()
    assert (first["path"], first["version"]) == ("/me", "1.4")
    assert {request["version"] for request in others} == {"2.16"}
    schemas = {message["stream"]: message for message in output.messages if message["type"] == "SCHEMA"}
    assert schemas.keys() == set(NAMES)
    for stream in STREAMS_V1:
        assert {**schemas[stream.name]["schema"], "additionalProperties": False} == load_schema(stream.name)
        assert schemas[stream.name]["key_properties"] == list(stream.key)
    expected = {**simulator.counts("1.4"), "customer_attributes": simulator.counts("2.16")["customer_attributes"]}
    assert output.counts() == expected
    assert "schema lacks" not in output.stderr


def test_people_and_attributes_are_told_as_docs_say(simulator: Simulator, tap: Tap) -> None:
    refuse(simulator)
    output = tap()
    for stream, tell in TOLD.items():
        told = rows(output, stream)
        for record in map(tell, simulator.truth(stream, "2.16")):
            assert not list(different(record, told[record["full_name" if "full_name" in record else "id"]]))


def test_a_catalog_and_a_state_of_1_4_go_on(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog(*NAMES)
    state = tap(catalog=catalog).state
    simulator.advance(3 * 86400)
    later = datetime.fromisoformat(max(state["bookmarks"].values())) + timedelta(hours=1)
    changed = {name: simulator.truth(name)[0]["id"] for name in ("users", "leads", "companies", "conversations")}
    for name, one in changed.items():
        simulator.change(name, one, updated_at=int(later.timestamp()))
    refuse(simulator)
    output = tap(catalog=catalog, state=state)
    for name, one in changed.items():
        assert one in rows(output, name)
        assert len(rows(output, name)) < simulator.counts("1.4")[name]
        assert output.state["bookmarks"][name] > state["bookmarks"][name]
    talk = changed["conversations"]
    parts = {part["id"] for part in simulator.truth("conversation_parts") if part["conversation_id"] == talk}
    assert parts
    assert parts <= rows(output, "conversation_parts").keys()
    assert output.state["bookmarks"].keys() == state["bookmarks"].keys()


def test_only_what_the_catalog_selects_is_read(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("conversation_parts", "tags")
    for entry in catalog["streams"]:
        if entry["stream"] == "conversation_parts":
            entry["metadata"].append({"breadcrumb": ["properties", "body"], "metadata": {"selected": False}})
    refuse(simulator)
    output = tap(catalog=catalog)
    assert output.counts() == {name: simulator.counts("1.4")[name] for name in ("conversation_parts", "tags")}
    assert not any("body" in part for part in output.records("conversation_parts"))


def test_the_trial_is_made_with_the_newest_version(simulator: Simulator, tap: Tap) -> None:
    refuse(simulator)
    output = tap("--test")
    assert [line.split() for line in output.stdout.decode().splitlines()[1:-2]] == [[name, "ok"] for name in NAMES]
    assert output.stderr.count(SAID) == 1


def test_discovery_offers_what_will_be_read(simulator: Simulator, tap: Tap) -> None:
    offered = tap("--discover").document
    refuse(simulator)
    assert tap("--discover").document == offered


@pytest.mark.parametrize("version", ["1.4", "2.11"])
def test_a_version_that_was_asked_for_is_kept(simulator: Simulator, tap: Tap, version: str) -> None:
    refuse(simulator)
    output = tap(code=4 if version == "1.4" else 0, api_version=version)
    assert SAID not in output.stderr
    assert versions(simulator) == {version}


@pytest.mark.parametrize("fault", ["http-401-token", "http-403"])
def test_a_refusal_for_another_reason_says_nothing_of_the_version(simulator: Simulator, tap: Tap, fault: str) -> None:
    simulator.fail(fault, "/me")
    output = tap(catalog=tap.catalog("tags"))
    assert output.counts() == {"tags": simulator.counts("1.4")["tags"]}
    assert versions(simulator) == {"1.4"}
    assert SAID not in output.stderr


UNTOLD = "whether Intercom serves API 1.4 is not known"
SILENCES: dict[str, tuple[Act, str]] = {
    "500": (answer(b"boom", 500), "500 boom"),
    "501": (answer(b"", 501), "501 Not Implemented"),
    "nothing": (answer(b"", 204), "204 with an empty body"),
    "an empty body": (answer(b""), "200 with an empty body"),
    "a text": (answer(b"ok"), "200 with a body that is no JSON object"),
    "a broken connection": (reset(), "a broken connection"),
    "429": (answer(b"", 429, Retry_After="0"), "429 to 3 requests"),
}
AT_ONCE = msgspec.structs.replace(SHORT_RETRY, first_wait=0.001, jitter=0.0)


def settle(act: Act, seconds: float) -> tuple[SyncPlan, list[str], list[str]]:
    """Give what is agreed on with a server that answers so, what it was asked, and what the operator was told."""
    told: list[str] = []

    async def story() -> tuple[SyncPlan, list[str], list[str]]:
        async with ScriptedServer(then=act) as server:
            plan = SyncPlan(config(server.url, retry_timeout=seconds), STREAMS_V1, select_streams(None, STREAMS_V1))
            settled = await asyncio.to_thread(choose_api_version, plan, told.append, briefly=AT_ONCE)
            return settled, server.targets, told

    return asyncio.run(story())


@pytest.mark.parametrize("silence", SILENCES)
def test_where_intercom_does_not_say_1_4_is_read(silence: str) -> None:
    act, reason = SILENCES[silence]
    plan, asked, told = settle(act, 900)
    assert (plan.config.api_version, plan.streams) == (None, STREAMS_V1)
    assert told == [f"{UNTOLD} ({reason} to GET /me), so it is taken to; if the streams say otherwise, run again later"]
    assert asked == ["/me"] * (3 if silence == "429" else 2)


def test_where_nothing_is_to_be_asked_again_the_version_is_not_either() -> None:
    _, asked, told = settle(answer(b"", 500), 0)
    assert (len(asked), len(told)) == (1, 1)


def test_the_streams_are_read_though_the_version_is_not_told(simulator: Simulator, tap: Tap) -> None:
    simulator.fail("http-500", "/me", times=9)
    output = tap()
    assert output.counts() == simulator.counts("1.4")
    assert output.stderr.count(UNTOLD) == 1
    assert versions(simulator) == {"1.4"}


def test_a_token_that_is_refused_ends_the_run_though_the_version_is_not_told(simulator: Simulator, tap: Tap) -> None:
    simulator.fail("http-500", "/me", times=9)
    tap(code=3, access_token="another")  # noqa: S106 - of nobody's


def test_where_no_connection_comes_about_nothing_is_agreed_on() -> None:
    told: list[str] = []
    plan = SyncPlan(config("http://127.0.0.1:9", retry_timeout=0), STREAMS_V1, select_streams(None, STREAMS_V1))
    with pytest.raises(Unavailable, match=r"GET /me got no usable answer .* no connection"):
        choose_api_version(plan, told.append)
    assert told == []


def latest(outputs: list[Output], stream: str) -> dict[str, dict[str, Any]]:
    """Give the last row of each record."""
    return {key: row for output in outputs for key, row in rows(output, stream).items()}


@pytest.mark.parametrize("stream", NAMES)
def test_the_same_workspace_reads_the_same(simulator: Simulator, tap: Tap, stream: str) -> None:
    catalog = tap.catalog(stream)
    former = rows(tap(catalog=catalog), stream)
    refuse(simulator)
    newest = rows(tap(catalog=catalog), stream)
    assert newest.keys() - former.keys() <= ({"role"} if stream == "customer_attributes" else set())
    for key, row in former.items():
        assert shared(stream, newest[key]) == shared(stream, row)


@pytest.mark.parametrize("lag", [0, 300])
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_on_the_way_from_1_4_to_the_newest_version_and_back(
    simulator: Simulator, tap: Tap, seed: int, lag: int
) -> None:
    simulator.reset(seed=seed, switches={"search_lag_seconds": lag})
    outputs = [tap()]
    for words in ("served", "refused", "refused", "served"):
        simulator.advance(seed * 1000)
        simulator.mutate(40)
        simulator.advance(lag)
        refuse(simulator, words)
        outputs.append(tap(state=outputs[-1].state))
    truth = tap()
    for stream in NAMES:
        found = latest(outputs, stream)
        for key, row in latest([truth], stream).items():
            assert told(stream, found[key]) == told(stream, row)


def told(stream: str, row: dict[str, Any]) -> dict[str, Any]:
    """Tell what both versions say, but for what changes without an update."""
    return {column: value for column, value in shared(stream, row).items() if column not in SILENT.get(stream, ())}
