"""The names of API 1.4 on API 2.x: the same people, in the same columns, with the state that 1.4 left."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from record_checks import different
from tap_intercom.streams.table import load_schema
from v1_columns import TOLD, person
from v1_v2_columns import shared

NAMES = ("users", "leads", "customer_attributes")
VERSIONS = ["2.7", "2.11", "2.16"]


def latest(outputs: list[Output], stream: str) -> dict[str, dict[str, Any]]:
    """Give the last row of each record; the attributes of a model are told apart by their full name."""
    key = "full_name" if stream == "customer_attributes" else "id"
    return {row[key]: row for output in outputs for row in output.records(stream)}


def complaints(simulator: Simulator, outputs: list[Output], stream: str, version: str) -> list[str]:
    rows, key = latest(outputs, stream), "full_name" if stream == "customer_attributes" else "id"
    found = []
    for record in map(TOLD[stream], simulator.truth(stream, version)):
        found += [f"{record[key]}: {what}" for what in different(record, rows.pop(record[key], {}))]
    return [*found, *rows]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_user_lead_and_attribute_comes_in_the_columns_of_1_4(
    simulator: Simulator, tap: Tap, version: str
) -> None:
    simulator.switch(timezone="Asia/Kathmandu")
    output = tap(api_version=version, catalog=tap.catalog(*NAMES, api_version=version))
    schemas = {message["stream"]: message for message in output.messages if message["type"] == "SCHEMA"}
    assert schemas.keys() == set(NAMES)
    for stream in NAMES:
        assert {**schemas[stream]["schema"], "additionalProperties": False} == load_schema(stream)
        assert not complaints(simulator, [output], stream, version)
        assert {tuple(row) for row in output.records(stream)} == {tuple(load_schema(stream)["properties"])}
    assert "schema lacks" not in output.stderr


def test_by_default_people_come_as_contacts_unless_the_state_knows_them_by_their_names_of_1_4(
    simulator: Simulator, tap: Tap
) -> None:
    first = tap(api_version="2.16")
    assert first.counts()["contacts"] == simulator.counts("2.16")["contacts"]
    assert not first.counts().keys() & set(NAMES)
    again = tap(api_version="2.16", state=first.state)
    assert not again.counts().keys() & set(NAMES)
    known = {"bookmarks": {"leads": first.state["bookmarks"]["contacts"]}}
    counts = tap(api_version="2.16", state=known).counts()
    assert {name: counts[name] for name in ("users", "customer_attributes")} == {
        name: simulator.counts("2.16")[name] for name in ("users", "customer_attributes")
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_what_changed_since_comes_with_the_next_sync(simulator: Simulator, tap: Tap, version: str) -> None:
    catalog = tap.catalog(*NAMES, api_version=version)
    outputs = [tap(api_version=version, catalog=catalog)]
    assert outputs[0].state["bookmarks"].keys() == {"users", "leads"}
    simulator.advance(3 * 86400)
    simulator.mutate(60)
    outputs.append(tap(api_version=version, catalog=catalog, state=outputs[0].state))
    for stream in ("users", "leads"):
        assert 0 < outputs[1].counts()[stream] < outputs[0].counts()[stream]
    deleted = {identifier for identifiers in simulator.deleted().values() for identifier in identifiers}
    for stream in ("users", "leads"):
        assert not set(complaints(simulator, outputs, stream, version)) - deleted


@pytest.mark.parametrize("stream", NAMES)
def test_the_same_workspace_reads_the_same_on_both_versions(simulator: Simulator, tap: Tap, stream: str) -> None:
    old, new = (
        latest([tap(api_version=version, catalog=tap.catalog(*NAMES, api_version=version))], stream)
        for version in ("1.4", "2.16")
    )
    assert new.keys() - old.keys() <= {"role"}
    assert simulator.counts("1.4")[stream] == len(old)
    for key, row in old.items():
        assert shared(stream, new[key]) == shared(stream, row)


def test_a_state_of_1_4_goes_on_on_2_x(simulator: Simulator, tap: Tap) -> None:
    names = ("users", "leads")
    state = tap(catalog=tap.catalog(*names)).state
    simulator.advance(3 * 86400)
    one = simulator.truth("users")[0]["id"]
    later = datetime.fromisoformat(state["bookmarks"]["users"]) + timedelta(hours=1)
    simulator.change("users", one, name="Somebody Else", updated_at=int(later.timestamp()))
    output = tap(api_version="2.16", catalog=tap.catalog(*names, api_version="2.16"), state=state)
    assert output.counts()["users"] < simulator.counts("2.16")["users"]
    assert latest([output], "users")[one]["name"] == "Somebody Else"
    assert output.state["bookmarks"]["users"] > state["bookmarks"]["users"]


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_lost_on_the_way_from_1_4_to_2_x_and_on(simulator: Simulator, tap: Tap, seed: int) -> None:
    simulator.reset(seed=seed)
    names = (*("users", "leads", "companies", "conversations", "conversation_parts"), *("segments", "company_segments"))
    catalog = tap.catalog(*names, api_version="2.16")
    outputs = [tap()]
    for _ in range(3):
        simulator.advance(seed * 1000)
        simulator.mutate(40)
        outputs.append(tap(api_version="2.16", catalog=catalog, state=outputs[-1].state))
    truth, newest = tap(api_version="2.16", catalog=catalog), outputs[1:]
    for stream in ("users", "leads"):
        found = latest(outputs, stream)
        assert all(shared(stream, found[key]) == shared(stream, row) for key, row in latest([truth], stream).items())
    for stream in ("companies", "conversations", "conversation_parts", "segments"):
        found = latest(outputs, stream)
        assert all(found[key]["updated_at"] == row["updated_at"] for key, row in latest([truth], stream).items())
    links = {(row["company_id"], row["id"]) for output in newest for row in output.records("company_segments")}
    assert {(row["company_id"], row["id"]) for row in truth.records("company_segments")} <= links
    assert outputs[-1].state["bookmarks"].keys() - outputs[0].state["bookmarks"].keys() == {"segments_of_companies"}


def test_a_field_of_2_x_that_is_added_to_the_catalog_comes(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("users", api_version="2.16")
    entry = next(entry for entry in catalog["streams"] if entry["stream"] == "users")
    entry["schema"]["properties"]["browser"] = {"type": ["null", "string"]}
    rows = latest([tap(api_version="2.16", catalog=catalog)], "users")
    truth = {contact["id"]: contact for contact in simulator.truth("users", "2.16")}
    assert {row["browser"] for row in rows.values()} > {None}
    assert all(row["browser"] == truth[key]["browser"] for key, row in rows.items())
    assert all(row["user_id"] == person(truth[key])["user_id"] for key, row in rows.items())
