"""`--discover` on API 2.x: what this token may read of this workspace."""

from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from tap_intercom.catalog import HINDRANCE
from tap_intercom.streams import streams_of

TICKETS = {"tickets", "ticket_contacts", "ticket_parts"}


def discovered(tap: Tap, *more: str, code: int = 0, **settings: Any) -> Output:
    return tap("--discover", *more, code=code, **{"api_version": "2.16", **settings})


def roots(catalog: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["tap_stream_id"]: entry["metadata"][0]["metadata"] for entry in catalog["streams"]}


@pytest.mark.parametrize("version", ["2.7", "2.16"])
def test_every_stream_is_offered_in_the_order_of_the_table_and_always_alike(tap: Tap, version: str) -> None:
    output = discovered(tap, api_version=version)
    assert list(roots(output.document)) == [stream.name for stream in streams_of(version)]
    assert {root["inclusion"] for root in roots(output.document).values()} == {"available"}
    assert output.stdout == discovered(tap, api_version=version).stdout


@pytest.mark.parametrize("answer", ["401", "403"])
def test_what_the_token_may_not_read_is_unsupported_with_the_reason(
    simulator: Simulator, tap: Tap, answer: str
) -> None:
    simulator.reset(switches={"scope_missing": "tickets", "scope_missing_answer": answer})
    output = discovered(tap)
    marks = roots(output.document)
    assert {name for name, root in marks.items() if root["inclusion"] == "unsupported"} == TICKETS
    for name in TICKETS:
        assert marks[name]["selected-by-default"] is False
        assert marks[name][HINDRANCE].startswith(f"{name}: Intercom answered {answer}")
        assert 'give the app the permission "Read tickets"' in marks[name][HINDRANCE]
        assert "request" not in marks[name][HINDRANCE]
    assert sorted(line.split()[1].rstrip(":") for line in output.stderr.splitlines()) == sorted(TICKETS)
    assert all(line.startswith("WARNING ") for line in output.stderr.splitlines())


def test_what_the_plan_leaves_out_is_unsupported(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(switches={"plan_restricted": "companies"})
    marks = roots(discovered(tap).document)
    unsupported = {name for name, root in marks.items() if root["inclusion"] == "unsupported"}
    assert {"companies", "company_tags", "company_notes"} <= unsupported
    assert "Active subscription needed" in marks["companies"][HINDRANCE]


def test_a_sync_passes_over_what_is_unsupported(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(switches={"scope_missing": "tickets"})
    catalog = discovered(tap).document
    output = tap(api_version="2.16", catalog=catalog)
    assert not TICKETS & output.counts().keys()
    assert "passed over" not in output.stderr
    roots(catalog)["tickets"]["selected"] = True
    output = tap(api_version="2.16", catalog=catalog)
    assert not TICKETS & output.counts().keys()
    (warning,) = [line for line in output.stderr.splitlines() if "passed over" in line]
    assert warning.startswith("WARNING tickets: passed over, though it is selected: ")
    assert 'permission "Read tickets"' in warning


def test_children_without_parents_are_offered(simulator: Simulator, tap: Tap) -> None:
    for conversation in simulator.truth("conversations", "2.16"):
        simulator.delete("conversations", conversation["id"])
    assert roots(discovered(tap).document)["conversation_parts"]["inclusion"] == "available"


def test_a_refused_token_ends_it(tap: Tap) -> None:
    output = discovered(tap, code=3, access_token="wrong")  # noqa: S106 - no password
    assert (output.stdout, output.stderr.count("CRITICAL")) == (b"", 1)


def test_where_nothing_can_be_read_there_is_no_catalog(simulator: Simulator, tap: Tap) -> None:
    discovered(tap)
    resources = {request["path"].split("/")[1] for request in simulator.requests()}
    simulator.reset(switches={"scope_missing": ",".join(resources)})
    output = discovered(tap, code=3)
    (line,) = output.stderr.splitlines()
    assert line.startswith("CRITICAL admin")
    assert ": Intercom answered 401 " in line
    assert output.stdout == b""


def test_where_nobody_answers_there_is_no_catalog_but_offline(simulator: Simulator, tap: Tap) -> None:
    nowhere = "https://nowhere..invalid"
    output = discovered(tap, code=5, base_url=nowhere)
    (line,) = output.stderr.splitlines()
    assert line.startswith("CRITICAL ")
    assert line.endswith("To discover without asking Intercom, add --offline.")
    assert output.stdout == b""
    offline = discovered(tap, "--offline", base_url=nowhere)
    assert (offline.stderr, simulator.requests()) == ("", [])
    assert list(roots(offline.document)) == [stream.name for stream in streams_of("2.16")]
