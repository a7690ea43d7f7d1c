"""Every request that the tap sends is one that Intercom's OpenAPI file of that version describes."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from conftest import Simulator, Tap
from openapi import Specification
from shell import ROOT
from tap_intercom.streams import streams_of
from whole import whole

VERSIONS = ("2.11", "2.14", "2.16")
FILES = Path(os.environ.get("TAP_INTERCOM_SAMPLES", ROOT.parent / "shared" / "samples")).parent / "api"

# What the tap knowingly asks for though the files do not say it: the problem, and the source.
KNOWN = {
    r"^POST /(contacts|conversations|tickets)/search body \$\.sort$": "Intercom-OpenAPI issue 114: searches take a "
    "sort; the files describe it for contacts only, from 2.16 on",
    r"^GET /(articles|help_center/collections) query per_page$": "Intercom answers 'Per Page is too big' to more than "
    "250; the files' own examples of answers have pages.per_page",
    r"^GET /admins/activity_logs query page$": "Intercom's own addresses of next pages, in pages.next, have it",
    r"^GET /events query before$": "Intercom's own addresses of next pages, in pages.next, have it",
    r"^GET /(companies|contacts)/{\w+}/(companies|contacts|notes) query (page|per_page)$": "the files' own "
    "examples of answers have pages.per_page and pages.next; lists of people and companies take up to 60",
    r"^GET /(news/|internal_articles|articles|help_center/|admins/activity_logs).* query (page|per_page)$": "the files "
    "describe pages, but no way to the next: it is Intercom's own address of it that is asked",
}

pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason="Intercom's OpenAPI files are not here")


@pytest.fixture(scope="module")
def specifications() -> dict[str, Specification]:
    return {version: Specification(FILES / f"openapi-{version}.yaml", KNOWN) for version in VERSIONS}


@pytest.fixture
def sent(simulator: Simulator, tap: Tap) -> dict[str, list[dict[str, Any]]]:
    """Give the requests of a first sync of everything and of the next one, by version."""
    requests = {}
    for version in VERSIONS:
        simulator.reset()
        everything = whole(tap, version)
        first = tap(**everything)
        simulator.advance(1000)
        simulator.mutate(30)
        tap(state=first.state, **everything)
        requests[version] = simulator.requests()
    return requests


def test_a_first_sync_and_the_next_ask_only_for_what_is_described(
    sent: dict[str, list[dict[str, Any]]], specifications: dict[str, Specification]
) -> None:
    for version, requests in sent.items():
        assert {request["version"] for request in requests} == {version}
        problems = {what for request in requests for what in specifications[version].request_problems(request)}
        assert not problems, version
        asked = {request["path"] for request in requests}
        for stream in streams_of(version):
            place = re.compile(re.sub(r"{\w+}", "[^/]+", stream.endpoint) + "(/scroll)?")
            assert stream.endpoint.startswith("within ") or any(map(place.fullmatch, asked)), stream.name
    used = {pattern for specification in specifications.values() for pattern in specification.used}
    assert used == set(KNOWN)


def test_what_is_not_described_is_noticed(specifications: dict[str, Specification]) -> None:
    def problems(method: str, path: str, query: str = "", **body: Any) -> list[str]:
        request = {"method": method, "path": path, "query": query, "version": "2.16", **body}
        return specifications["2.16"].request_problems(request)

    assert problems("GET", "/users") == ["GET /users is not described"]
    assert problems("GET", "/tags", "size=xl") == ["GET /tags query size is not described"]
    assert problems("GET", "/calls", "page=two") == ["GET /calls query page: 'two' is not of type 'integer'"]
    assert problems("GET", "/admins/activity_logs") == ["GET /admins/activity_logs lacks the query created_at_after"]
    assert problems("POST", "/tickets/search") == []
    assert problems("POST", "/tickets/search", body={"pagination": {"per_page": 5}, "color": "red"}) == [
        "POST /tickets/search body $.color is not described",
        "POST /tickets/search body $: 'query' is a required property",
    ]
