"""Links to segments, read by the members of each segment, give the rows that the details of the parents give."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from clients import story
from conftest import Output, Simulator, Tap
from recording_proxy import relayed
from scripted_server import Act, Asked, ScriptedServer, answer

LINKS = ("contact_segments", "company_segments")
PLACES = {"contact_segments": "contact_segments", "company_segments": "segments_of_companies"}
ASKED_ALL = "it is asked of each of the"


def asking(tap: Tap, *names: str, version: str = "2.16") -> dict[str, Any]:
    return {"api_version": version, "catalog": tap.catalog(*names, api_version=version)}


def rows(output: Output, *names: str) -> Counter[str]:
    return Counter(json.dumps([name, row], sort_keys=True) for name in names for row in output.records(name))


def activated(output: Output) -> dict[str, int]:
    return {one["stream"]: one["version"] for one in output.messages if one["type"] == "ACTIVATE_VERSION"}


def asked(simulator: Simulator) -> Counter[str]:
    """Count the requests by their method and path, without ids; the journal is begun anew."""
    paths = [re.sub(r"/[0-9a-f]{24}\b", "/{id}", request["path"]) for request in simulator.requests()]
    simulator.forget_requests()
    return Counter(paths)


@pytest.mark.parametrize("version", ["2.7", "2.11", "2.14", "2.16"])
@pytest.mark.parametrize("start_date", ["2015-01-01T00:00:00Z", "2024-06-01T00:00:00Z"])
def test_both_ways_give_the_same_rows(simulator: Simulator, tap: Tap, version: str, start_date: str) -> None:
    settings = asking(tap, *LINKS, version=version) | {"start_date": start_date}

    def is_recent(row: str) -> bool:  # of companies all come
        return str(json.loads(row)[1]["company_updated_at"]) >= start_date

    simulator.forget_requests()
    by_members = tap(**settings)
    few = asked(simulator)
    simulator.switch(member_filters="refused")
    by_parents = tap(**settings)
    many = asked(simulator)
    assert rows(by_members, "contact_segments") == rows(by_parents, "contact_segments")
    companies = Counter({row: count for row, count in rows(by_members, "company_segments").items() if is_recent(row)})
    assert companies == rows(by_parents, "company_segments")
    assert set(rows(by_members, *LINKS).values()) == {1}
    assert by_members.counts()["company_segments"] == simulator.counts(version)["company_segments"]
    assert by_members.counts().keys() == set(LINKS)
    assert few["/contacts/{id}/segments"] + few["/companies/{id}/segments"] <= 6
    assert many["/contacts/{id}/segments"] + many["/companies/{id}/segments"] > 100
    assert by_members.stderr.count(ASKED_ALL) == 0
    assert by_parents.stderr.count(ASKED_ALL) == 2
    assert by_members.state["bookmarks"].keys() == by_parents.state["bookmarks"].keys()


ODD_SERVERS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "ignores the filter": (
        {"member_filters": "ignored"},
        dict.fromkeys(LINKS, "the server does not filter by segment_id"),
    ),
    "refuses the filter": (
        {"member_filters": "refused"},
        dict.fromkeys(LINKS, "400 parameter_invalid: segment_id is not a filter"),
    ),
    "refuses unknown segments": ({"unknown_members": "refused"}, {}),
    "refuses the filter, and unknown segments": (
        {"member_filters": "refused", "unknown_members": "refused"},
        dict.fromkeys(LINKS, "400 parameter_invalid: segment_id is not a filter"),
    ),
    "ignores the filter, and refuses unknown segments": (
        {"member_filters": "ignored", "unknown_members": "refused"},
        dict.fromkeys(LINKS, "the server does not filter by segment_id"),
    ),
    "has no counts": (
        {"segment_counts": "absent"},
        {"company_segments": "the server does not count the members of the records of /segments"},
    ),
    "has stale counts": ({"segment_counts": "stale"}, {}),
    "has one list of segments": (
        {"segment_type": "ignored"},
        {"company_segments": "the server does not tell the records of /segments from others, or has none"},
    ),
    "has short pages": ({"page_most": "7"}, {}),
    "ends its pages early": ({"page_cap": "60"}, {"company_segments": "400 bad_request: page limit reached"}),
}


@pytest.mark.parametrize("server", ODD_SERVERS)
def test_an_odd_server_is_noticed_and_the_rows_are_the_same(simulator: Simulator, tap: Tap, server: str) -> None:
    switches, reasons = ODD_SERVERS[server]
    settings = asking(tap, *LINKS)
    plain = tap(**settings)
    simulator.switch(**switches)
    output = tap(**settings)
    assert set(rows(output, *LINKS)) == set(rows(plain, *LINKS))
    said = [line for line in output.stderr.split("\n") if ASKED_ALL in line]
    assert len(said) == len(reasons)
    for name, reason in reasons.items():
        assert any(line.startswith(f"INFO {name}: {reason}") for line in said), said
    assert output.state["bookmarks"].keys() == plain.state["bookmarks"].keys()
    again = tap(**settings, state=output.state)
    assert set(rows(again, "contact_segments")) <= set(rows(plain, "contact_segments"))
    assert again.counts().get("contact_segments", 0) <= 5  # of contacts that were updated in the last ten minutes


def change_users(simulator: Simulator, count: int) -> set[str]:
    """Update the first users; give their ids."""
    ids = [row["id"] for row in simulator.truth("users", "2.16")[:count]]
    for identifier in ids:
        simulator.change("users", identifier, updated_at=int(simulator.now()))
    return set(ids)


def links_of(simulator: Simulator, contacts: set[str]) -> set[tuple[str, str]]:
    truth = simulator.truth("contact_segments", "2.16")
    return {(row["contact_id"], row["segment_id"]) for row in truth if row["contact_id"] in contacts}


@pytest.mark.parametrize(
    ("scale", "changed", "way"), [(1, 3, "parents"), (1, 60, "all members"), (20, 12, "changed members")]
)
def test_the_way_is_the_one_that_costs_least(
    simulator: Simulator, tap: Tap, scale: int, changed: int, way: str
) -> None:
    simulator.reset(scale=scale)
    settings = asking(tap, "contact_segments")
    first = tap(**settings)
    simulator.advance(4000)
    ids = change_users(simulator, changed)
    simulator.forget_requests()
    output = tap(**settings, state=first.state)
    requests = asked(simulator)
    one_by_one = requests["/contacts/{id}/segments"]
    # A few were updated in the ten minutes before the bookmark, and are read again.
    assert changed <= one_by_one <= changed + 3 if way == "parents" else not one_by_one
    assert requests.total() <= changed + 8
    found = {(row["contact_id"], row["id"]) for row in output.records("contact_segments")}
    assert links_of(simulator, ids)
    if way == "all members":
        assert len(found) == simulator.counts("2.16")["contact_segments"]
    else:
        assert links_of(simulator, ids) <= found
        assert len(found) < 3 * changed


@pytest.mark.parametrize("name", LINKS)
def test_what_may_not_be_read_fails_as_it_does_elsewhere(simulator: Simulator, tap: Tap, name: str) -> None:
    settings = asking(tap, name)
    simulator.switch(scope_missing="contacts,companies,segments")
    denied = tap(code=3, **settings)
    simulator.switch(member_filters="refused")
    assert denied.counts() == {}
    assert not denied.state["bookmarks"]

    def errors(output: Output) -> list[str]:
        lines = [line for line in output.stderr.split("\n") if line.startswith(("ERROR", "CRITICAL"))]
        return [re.sub(r"\(request \S+\)", "", line) for line in lines]

    assert errors(denied) == errors(tap(code=3, **settings)) != []


@pytest.mark.parametrize("name", LINKS)
def test_segments_that_may_not_be_listed_are_asked_of_each_parent(simulator: Simulator, tap: Tap, name: str) -> None:
    settings = asking(tap, name)
    plain = tap(**settings)
    simulator.switch(scope_missing="/segments")
    output = tap(**settings)
    assert rows(output, name) == rows(plain, name)
    assert output.stderr.count(ASKED_ALL) == 1


def test_a_run_that_is_killed_claims_nothing_and_the_next_brings_all(simulator: Simulator, tap: Tap) -> None:
    settings = asking(tap, *LINKS)
    killed = tap.killed(120, **settings)
    assert killed.counts()
    assert not killed.state.get("bookmarks")
    output = tap(**settings, state=killed.state)
    assert output.counts() == {name: simulator.counts("2.16")[name] for name in LINKS}
    assert set(output.state["bookmarks"]) == {"contact_segments", "segments_of_companies"}


@pytest.mark.parametrize("name", LINKS)
def test_a_search_that_fails_costs_the_way_and_no_link(simulator: Simulator, tap: Tap, name: str) -> None:
    settings = asking(tap, name) | {"retry_timeout": 0}
    plain = tap(**settings)
    path = "/contacts/search" if name == "contact_segments" else "/companies"
    simulator.fail("http-500", path, nth=3, times=1)
    output = tap(**settings)
    assert rows(output, name).keys() == rows(plain, name).keys()


@pytest.mark.parametrize("odd", [None, {}, {"id": None}, "text", []])
def test_an_odd_member_costs_itself(simulator: Simulator, tap: Tap, odd: object) -> None:
    settings = asking(tap, *LINKS)
    plain = tap(**settings)

    def spoil(path: str, asked: bytes, body: bytes) -> bytes:
        if path != "/companies" and b"segment_id" not in asked:
            return body
        answer = json.loads(body)
        return json.dumps({**answer, "data": [odd, *answer["data"]]}).encode()

    simulator.forget_requests()
    with relayed(simulator.url, edit=spoil) as (url, _):
        tap.url = url
        output = tap(**settings)
    assert asked(simulator)["/contacts/{id}/segments"] <= 3
    assert rows(output, *LINKS) == rows(plain, *LINKS)
    assert "WARNING contact_segments: (contacts): " in output.stderr


def test_what_was_set_aside_in_a_former_run_is_asked_for(simulator: Simulator, tap: Tap) -> None:
    settings = asking(tap, "contact_segments") | {"retry_timeout": 0}
    simulator.switch(member_filters="refused")
    plain = tap(**settings)
    sick = plain.records("contact_segments")[0]["contact_id"]
    simulator.fail("http-500", f"/contacts/{sick}/segments", times=10**6)
    ill = tap(code=5, **settings)
    assert list(ill.state["failed_records"]["contact_segments"]) == [sick]
    simulator.heal()
    simulator.switch(member_filters="served")
    simulator.forget_requests()
    well = tap(**settings, state=ill.state)
    assert "failed_records" not in well.state
    assert rows(well, "contact_segments") <= rows(plain, "contact_segments")
    assert sick in {row["contact_id"] for row in well.records("contact_segments")}
    assert asked(simulator)["/contacts/{id}/segments"] <= 3


def methods(settings: dict[str, Any], method: str) -> dict[str, Any]:
    """Give the settings with a replication method of all streams in the catalog."""
    for entry in settings["catalog"]["streams"]:
        entry["metadata"][0]["metadata"]["replication-method"] = method
    return settings


@pytest.mark.parametrize("method", ["FULL_TABLE", "INCREMENTAL"])
def test_with_a_version_a_target_is_told_which_links_are_gone(simulator: Simulator, tap: Tap, method: str) -> None:
    settings = methods(asking(tap, *LINKS), method) | {"activate_version": True}
    first = tap(**settings)
    assert first.counts() == {name: simulator.counts("2.16")[name] for name in LINKS}
    assert activated(first).keys() == set(LINKS)
    second = tap(**settings, state=first.state)
    assert activated(second).keys() == (set(LINKS) if method == "FULL_TABLE" else set())
    for output in (first, second):
        told = output.state["versions"]
        versions = [(one["stream"], one["version"]) for one in output.messages if one["type"] == "RECORD"]
        assert set(versions) <= {(name, told[PLACES[name]]) for name in LINKS}


def test_company_segments_are_read_whole_in_every_run(simulator: Simulator, tap: Tap) -> None:
    settings = asking(tap, *LINKS) | {"activate_version": True}
    first = tap(**settings)
    second = tap(**settings, state=first.state)
    assert second.counts()["company_segments"] == simulator.counts("2.16")["company_segments"]
    assert second.state["versions"] != first.state["versions"]
    assert activated(second) == {"company_segments": second.state["versions"]["segments_of_companies"]}


class Segments:
    """A server with segments of people, which does something at each request that it answers."""

    def __init__(self, segments: Mapping[str, dict[str, Any]], members: Mapping[str, list[str]]) -> None:
        self.segments = dict(segments)
        self.members = dict(members)
        self.requests: list[str] = []
        self.at: dict[int, Any] = {}
        self.gone_status = 200

    def act(self) -> Act:
        async def act(writer: asyncio.StreamWriter, request: Asked) -> None:
            body, status = self.respond(request)
            await answer(json.dumps(body).encode(), status)(writer, request)

        return act

    def respond(self, request: Asked) -> tuple[Any, int]:
        path = request.target.partition("?")[0]
        if path == "/me":
            return {"type": "admin"}, 200
        self.requests.append(path)
        self.at.pop(len(self.requests), lambda: None)()
        if path == "/segments":
            return {"type": "segment.list", "segments": list(self.segments.values())}, 200
        if path == "/contacts/search":
            return self.search(json.loads(request.body))
        contact = path.split("/")[2]
        own = [self.segments[one] for one, ids in self.members.items() if contact in ids and one in self.segments]
        return {"type": "list", "data": own}, 200

    def search(self, body: dict[str, Any]) -> tuple[Any, int]:
        terms = {term["field"]: term["value"] for term in body["query"]["value"]}
        wanted = terms.get("segment_id")
        if wanted in self.members and wanted not in self.segments and self.gone_status != 200:
            return {"type": "error.list", "errors": [{"code": "not_found", "message": "Segment not found"}]}, 404
        ids = sorted({one for each in self.members.values() for one in each}) if wanted is None else []
        ids = self.members.get(wanted, ids) if wanted in self.segments or wanted is None else []
        data = [{"type": "contact", "id": one, "updated_at": 1_700_000_000} for one in ids]
        return {"type": "list", "data": data, "total_count": len(data), "pages": {"type": "pages"}}, 200


def segment(identifier: str, **fields: Any) -> dict[str, Any]:
    return {"type": "segment", "id": identifier, "name": f"S{identifier}", "count": 1, **fields}


async def read(tap: Tap, server: Segments) -> Output:
    async with ScriptedServer(then=server.act()) as scripted:
        tap.url = scripted.url
        settings = await asyncio.to_thread(asking, tap, "contact_segments")
        return await asyncio.to_thread(lambda: tap(**settings))


def links(output: Output) -> set[tuple[str, str, str]]:
    return {(row["contact_id"], row["id"], row["name"]) for row in output.records("contact_segments")}


def two_segments() -> Segments:
    return Segments({one: segment(one) for one in "ab"}, {"a": ["1", "2"], "b": ["2", "3"]})


@story
async def test_a_segment_that_changes_while_it_is_read_is_read_again(tap: Tap) -> None:
    calm = two_segments()
    assert links(await read(tap, calm)) == {("1", "a", "Sa"), ("2", "a", "Sa"), ("2", "b", "Sb"), ("3", "b", "Sb")}
    first_list = 1 + next(at for at, path in reversed(list(enumerate(calm.requests[:-1]))) if path == "/segments")
    server = two_segments()

    def change() -> None:
        server.segments["b"] = segment("b", name="Renamed", updated_at=1_700_000_001)
        server.members["b"] = ["2", "3", "4"]
        server.segments["c"] = segment("c")
        server.members["c"] = ["5"]

    server.at[first_list + 1] = change
    found = links(await read(tap, server))
    assert {("2", "b", "Renamed"), ("3", "b", "Renamed"), ("4", "b", "Renamed"), ("5", "c", "Sc")} <= found
    assert {("1", "a", "Sa"), ("2", "a", "Sa")} <= found


@pytest.mark.parametrize("gone_status", [200, 404])
@story
async def test_a_segment_that_is_deleted_while_it_is_read_is_passed_over(tap: Tap, gone_status: int) -> None:
    calm = two_segments()
    await read(tap, calm)
    last_list = 1 + next(at for at, path in reversed(list(enumerate(calm.requests[:-1]))) if path == "/segments")
    server = two_segments()
    server.gone_status = gone_status
    server.at[last_list + 1] = lambda: server.segments.pop("b")
    output = await read(tap, server)
    assert {("1", "a", "Sa"), ("2", "a", "Sa")} <= links(output)
    assert ASKED_ALL not in output.stderr
    assert output.state["bookmarks"].keys() == {"contact_segments"}


@story
async def test_segments_that_are_not_listed_are_asked_of_each_contact(tap: Tap) -> None:
    server = two_segments()
    respond = server.respond

    def without_b(request: Asked) -> tuple[Any, int]:
        body, status = respond(request)
        if request.target.startswith("/segments"):
            body["segments"] = [one for one in body["segments"] if one["id"] != "b"]
        return body, status

    server.respond = without_b  # type: ignore[method-assign] # a list that is not whole
    output = await read(tap, server)
    assert links(output) == {("1", "a", "Sa"), ("2", "a", "Sa"), ("2", "b", "Sb"), ("3", "b", "Sb")}
    assert (
        "INFO contact_segments: the server does not list all records of /segments; it is asked of each" in output.stderr
    )


@story
async def test_a_workspace_without_segments_has_no_links(tap: Tap) -> None:
    output = await read(tap, Segments({}, {"gone": ["1"]}))
    assert output.counts() == {}
    assert output.state["bookmarks"].keys() == {"contact_segments"}
