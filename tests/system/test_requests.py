"""What passes between the tap and the simulator is what Intercom's OpenAPI file of that version describes."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from conftest import Simulator, Tap
from forked_command import ForkServer
from full_sync import whole
from openapi_validator import SERVED_OTHERWISE, Specification
from recording_proxy import Exchange, relayed
from shell import ROOT
from tables import path_of
from tap_intercom.streams.table import streams_of

VERSIONS = ("2.11", "2.14", "2.16")
FILES = Path(os.environ.get("TAP_INTERCOM_SAMPLES", ROOT.parent / "shared" / "samples")).parent / "api"

# What the tap knowingly asks for though the files do not say it: the problem, and the source.
KNOWN = {
    r"^POST /(contacts|conversations|tickets)/search body \$\.sort$": "Intercom-OpenAPI issue 114: searches take a "
    "sort; the files describe it for contacts only, from 2.16 on",
    r"^GET /(articles|help_center/collections) query per_page$": "Intercom answers 'Per Page is too big' to more than "
    "250; the files' own examples of answers have pages.per_page",
    r"^GET /admins/activity_logs query page$": "Intercom's own addresses of next pages, in pages.next, have it",
    r"^GET /segments query type$": "the reference of 1.x: those of companies; whether 2.x knows it is found out",
    r"^GET /events query before$": "Intercom's own addresses of next pages, in pages.next, have it",
    r"^GET /(companies|contacts)/{\w+}/(companies|contacts|notes) query (page|per_page)$": "the files' own "
    "examples of answers have pages.per_page and pages.next; lists of people and companies take up to 60",
    r"^GET /(news/|internal_articles|articles|help_center/|admins/activity_logs).* query (page|per_page)$": "the files "
    "describe pages, but no way to the next: it is Intercom's own address of it that is asked",
}

# Where the files describe another answer than that of a list: of events they describe the summary.
COMPONENTS = {"/events": "data_event_list"}
# Not JSON, and of no schema in the OpenAPI files.
FILES_OF_THEIR_OWN = {
    "/calls/{call_id}/transcript",
    "/download/content/data/{job_identifier}",
    "/download/reporting_data/{job_identifier}",
}

pytestmark = [
    pytest.mark.skipif(not FILES.is_dir(), reason="Intercom's OpenAPI files are not here"),
    pytest.mark.xdist_group("exchanges"),
]


@pytest.fixture(scope="module")
def specifications() -> dict[str, Specification]:
    return {version: Specification(FILES / f"openapi-{version}.yaml", KNOWN) for version in VERSIONS}


@pytest.fixture(scope="module")
def runs(
    simulator_process: Simulator, tmp_path_factory: pytest.TempPathFactory, nursery: ForkServer
) -> dict[str, list[Exchange]]:
    """Give what passed in a first sync of everything, in the next one and in discovery, by version."""
    found = {}
    for version in VERSIONS:
        simulator_process.reset(scale=0.5)
        with relayed(simulator_process.url) as (url, exchanges):
            tap = Tap(tmp_path_factory.mktemp("exchanges"), url, nursery)
            everything = whole(tap, version)
            first = tap(**everything)
            simulator_process.advance(1000)
            simulator_process.mutate(30)
            tap(state=first.state, **everything)
            del everything["catalog"]
            tap("--discover", **everything)
        found[version] = exchanges
    return found


def test_syncs_and_discovery_ask_only_for_what_is_described(
    runs: dict[str, list[Exchange]], specifications: dict[str, Specification]
) -> None:
    for version, exchanges in runs.items():
        requests = [exchange.request for exchange in exchanges]
        assert {request["version"] for request in requests} == {version}
        problems = {what for request in requests for what in specifications[version].request_problems(request)}
        assert not problems, version
        asked = {request["path"] for request in requests}
        for stream in streams_of(version):
            path = path_of(stream)
            place = re.compile(re.sub(r"{\w+}", "[^/]+", path) + "(/scroll)?")
            assert path.startswith("within ") or any(map(place.fullmatch, asked)), stream.name
    used = {pattern for specification in specifications.values() for pattern in specification.used}
    assert used == set(KNOWN)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_answer_to_them_is_as_described(runs: dict[str, list[Exchange]], version: str) -> None:
    specification = Specification(FILES / f"openapi-{version}.yaml", SERVED_OTHERWISE)
    exchanges = runs[version]
    assert {exchange.status for exchange in exchanges} <= {200, 404}  # 404: what is gone meanwhile
    problems = set()
    for request, status, body in exchanges:
        method, template = request["method"], specification.template(request["path"])
        if status == 200 and template not in FILES_OF_THEIR_OWN:
            problems |= {f"{template}: {what}" for what in specification.problems(method, template, json.loads(body))}
    assert not problems
    assert len(exchanges) > 400


def test_what_is_not_described_is_noticed(specifications: dict[str, Specification]) -> None:
    def problems(method: str, path: str, query: str = "", **body: Any) -> list[str]:
        request = {"method": method, "path": path, "query": query, "version": "2.16", **body}
        return specifications["2.16"].request_problems(request)

    assert problems("GET", "/users") == ["GET /users is not described"]
    assert problems("GET", "/tags", "size=xl") == ["GET /tags query size is not described"]
    assert problems("GET", "/calls", "page=two") == ["GET /calls query page: 'two' is not of type 'integer'"]
    assert problems("GET", "/admins/activity_logs") == ["GET /admins/activity_logs lacks the query created_at_after"]
    assert problems("GET", "/download/reporting_data/1", "app_id=a&job_identifier=1") == [
        "GET /download/reporting_data/{job_identifier} lacks the header Accept"
    ]
    assert problems("POST", "/tickets/search") == []
    assert problems("POST", "/tickets/search", body={"pagination": {"per_page": 5}, "color": "red"}) == [
        "POST /tickets/search body $.color is not described",
        "POST /tickets/search body $: 'query' is a required property",
    ]
