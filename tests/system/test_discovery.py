"""`--discover` on API 2.x: what this token may read of this workspace."""

import functools
import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from conftest import Output, Simulator, Tap
from full_sync import SETTINGS, amiss
from tap_intercom.singer.catalog import UNSUPPORTED_REASON
from tap_intercom.streams.table import streams_of

FORMATS = Draft7Validator.FORMAT_CHECKER
# Where custom attributes are, and which stream says what they are.
HOLDERS = (
    ("contacts", "custom_attributes", "contact_attributes"),
    ("users", "custom_attributes", "contact_attributes"),
    ("leads", "custom_attributes", "contact_attributes"),
    ("companies", "custom_attributes", "company_attributes"),
    ("conversations", "custom_attributes", "conversation_attributes"),
    ("conversations", "company.custom_attributes", "company_attributes"),
    ("tickets", "ticket_attributes", "ticket_type_attributes"),
)
KINDS = {
    **dict.fromkeys(("string", "list"), "string"),
    "integer": "integer",
    **dict.fromkeys(("float", "decimal"), "number"),
    "boolean": "boolean",
    **dict.fromkeys(("date", "datetime"), "date-time"),
    "files": "array",
    "relationship": "object",
}
TICKETS = {"tickets", "ticket_contacts", "ticket_parts"}


def discovered(tap: Tap, *more: str, code: int = 0, **settings: Any) -> Output:
    return tap("--discover", *more, code=code, **{"api_version": "2.16", **settings})


def roots(catalog: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["tap_stream_id"]: entry["metadata"][0]["metadata"] for entry in catalog["streams"]}


def kind(schema: dict[str, Any]) -> str:
    """Name what a schema allows besides null."""
    if "anyOf" in schema:
        return str(schema["anyOf"][0]["format"])
    return str(schema["type"][1])


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
        assert marks[name][UNSUPPORTED_REASON].startswith(f"{name}: Intercom answered {answer}")
        assert 'give the app the permission "Read tickets"' in marks[name][UNSUPPORTED_REASON]
        assert "request" not in marks[name][UNSUPPORTED_REASON]
    assert sorted(line.split()[1].rstrip(":") for line in output.stderr.splitlines()) == sorted(TICKETS)
    assert all(line.startswith("WARNING ") for line in output.stderr.splitlines())


def test_what_the_plan_leaves_out_is_unsupported(simulator: Simulator, tap: Tap) -> None:
    simulator.reset(switches={"plan_restricted": "companies"})
    marks = roots(discovered(tap).document)
    unsupported = {name for name, root in marks.items() if root["inclusion"] == "unsupported"}
    assert {"companies", "company_tags", "company_notes"} <= unsupported
    assert "Active subscription needed" in marks["companies"][UNSUPPORTED_REASON]


def test_a_sync_names_what_discovery_left_out_and_why(simulator: Simulator, tap: Tap, tmp_path: Path) -> None:
    simulator.reset(switches={"scope_missing": "tickets"})
    catalog = discovered(tap).document
    tickets, report = roots(catalog)["tickets"], tmp_path / "report.json"
    for selected in (None, True):
        tickets["selected"] = selected
        output = tap(api_version="2.16", catalog=catalog, report=str(report))
        assert not TICKETS & output.counts().keys()
        lines = output.stderr.splitlines()
        (warning,) = [line for line in lines if line.startswith("WARNING tickets: left out: ")]
        assert 'permission "Read tickets"' in warning
        assert "make a new catalog with --discover" in warning
        told = warning.removeprefix("WARNING tickets: ")
        assert f"INFO warned of tickets: {told}" in lines
        assert {"stream": "tickets", "message": told} in json.loads(report.read_text())["warnings"]
    tickets["selected"] = False
    assert "tickets: left out" not in tap(api_version="2.16", catalog=catalog).stderr


def test_children_without_parents_are_offered(simulator: Simulator, tap: Tap) -> None:
    for conversation in simulator.truth("conversations", "2.16"):
        simulator.delete("conversations", conversation["id"])
    assert roots(discovered(tap).document)["conversation_parts"]["inclusion"] == "available"


def test_a_refused_token_ends_it(tap: Tap) -> None:
    output = discovered(tap, code=3, access_token="wrong")  # noqa: S106 - no password
    assert (output.stdout, output.stderr.count("CRITICAL")) == (b"", 1)


def test_where_nothing_can_be_read_there_is_no_catalog(simulator: Simulator, tap: Tap) -> None:
    discovered(tap)
    resources = {"activity_logs", *(request["path"].split("/")[1] for request in simulator.requests())}
    simulator.reset(switches={"scope_missing": ",".join(resources)})
    output = discovered(tap, code=3)
    (line,) = output.stderr.splitlines()
    assert line.startswith("CRITICAL admin")
    assert ": Intercom answered 401 " in line
    assert output.stdout == b""


def test_where_nobody_answers_there_is_no_catalog_but_offline(simulator: Simulator, tap: Tap) -> None:
    nowhere = {"base_url": "http://127.0.0.1:9", "retry_timeout": 0}
    output = discovered(tap, code=5, **nowhere)
    (line,) = output.stderr.splitlines()
    assert line.startswith("CRITICAL ")
    assert line.endswith("To discover without asking Intercom, add --offline.")
    assert output.stdout == b""
    offline = discovered(tap, "--offline", **nowhere)
    assert (offline.stderr, simulator.requests()) == ("", [])
    assert list(roots(offline.document)) == [stream.name for stream in streams_of("2.16")]


@pytest.fixture
def another_server(tmp_path: Path) -> Iterator[str]:
    """Serve files, and nothing of Intercom's."""

    class Files(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    handler = functools.partial(Files, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_where_another_server_answers_there_is_no_catalog(tap: Tap, another_server: str) -> None:
    output = discovered(tap, code=5, base_url=another_server, retry_timeout=0)
    (line,) = output.stderr.splitlines()
    assert "see that base_url, or the proxy, leads to Intercom's API" in line
    assert output.stdout == b""


def test_one_path_that_is_ill_does_not_keep_the_rest_from_being_discovered(simulator: Simulator, tap: Tap) -> None:
    healthy = discovered(tap).document
    simulator.fail("http-503", "/tickets/search")
    output = discovered(tap, retry_timeout=0)
    assert roots(output.document) == roots(healthy)
    for entry, well in zip(output.document["streams"], healthy["streams"], strict=True):
        assert entry == well or entry["stream"] in TICKETS
    warned = [line.removeprefix("WARNING ").partition(": ") for line in output.stderr.splitlines()]
    assert {name for name, _, _ in warned} == TICKETS
    silence, consequence = (said for name, _, said in warned if name == "tickets")
    assert silence.startswith(
        "POST /tickets/search got no usable answer from Intercom in 1 attempt, in the end for this reason"
    )
    assert consequence == "it is offered as this version of the tap knows it; discover again to learn more of it"


# What the workspace has made of it


def selected(catalog: dict[str, Any]) -> dict[str, Any]:
    """Select everything that is offered, what is off by default too."""
    for root in roots(catalog).values():
        root["selected"] = True
    return catalog


def invalid(output: Output) -> list[str]:
    """Name what does not fit the schema that was sent before it."""
    validators: dict[str, Draft7Validator] = {}
    complaints = []
    for message in output.messages:
        if message["type"] == "SCHEMA":
            validators[message["stream"]] = Draft7Validator(message["schema"], format_checker=FORMATS)
        elif message["type"] == "RECORD":
            errors = validators[message["stream"]].iter_errors(message["record"])
            complaints += [f"{message['stream']}: {error.json_path}: {error.message}" for error in errors]
    return complaints


def put_back(row: Any) -> None:
    """Put the values that are not of their attribute's type where they came from."""
    held = row and (row.get("custom_attributes") or row.get("ticket_attributes"))
    for name in [name for name in held or () if name.endswith("__text")]:
        held[name.removesuffix("__text")] = held.pop(name)


@pytest.mark.parametrize("version", ["2.7", "2.11", "2.16"])
def test_a_sync_by_what_was_discovered_brings_everything_as_declared(
    simulator: Simulator, tap: Tap, version: str
) -> None:
    settings = {**SETTINGS, "api_version": version}
    discovery = discovered(tap, **settings)
    assert discovery.stderr == ""
    output = tap(catalog=selected(discovery.document), **settings)
    assert not invalid(output)
    for message in output.messages:
        put_back(message.get("record"))
    assert not amiss(simulator, output, version)


@pytest.mark.parametrize("version", ["2.7", "2.16"])
def test_attributes_are_typed_as_the_workspace_says(simulator: Simulator, tap: Tap, version: str) -> None:
    schemas = {entry["stream"]: entry["schema"] for entry in discovered(tap, api_version=version).document["streams"]}
    for stream, holder, source in HOLDERS:
        held = schemas[stream]
        for name in holder.split("."):
            held = held["properties"][name]
        assert held["additionalProperties"] is True
        described = simulator.truth(source, version)
        custom = [row for row in described if row.get("custom", True) and not row["archived"]]
        assert custom
        kinds: dict[str, set[str]] = {}
        for row in custom:
            kinds.setdefault(row["name"], set()).add(KINDS[row["data_type"]])
        # Tickets of two types may have attributes of the same name.
        expected = {name: found.pop() if len(found) == 1 else "string" for name, found in sorted(kinds.items())}
        assert [(name, kind(schema)) for name, schema in held["properties"].items()] == list(expected.items())


def test_attributes_unknown_at_discovery_come_and_changed_ones_are_not_lost(simulator: Simulator, tap: Tap) -> None:
    catalog = discovered(tap).document
    properties = next(
        entry["schema"]["properties"]["custom_attributes"]["properties"]
        for entry in catalog["streams"]
        if entry["stream"] == "companies"
    )
    number = next(name for name, schema in properties.items() if kind(schema) in {"integer", "number"})
    moment = next(name for name, schema in properties.items() if kind(schema) == "date-time")
    company = simulator.truth("companies", "2.16")[0]
    attributes = {"brand new": {"a": [1]}, number: "a few", moment: 1397574667}
    simulator.change("companies", company["id"], custom_attributes=attributes)
    output = tap(api_version="2.16", catalog=catalog)
    (row,) = [row for row in output.records("companies") if row["id"] == company["id"]]
    assert row["custom_attributes"] == {
        **dict.fromkeys(properties),
        "brand new": {"a": [1]},
        number: None,
        f"{number}__text": "a few",
        moment: "2014-04-15T15:11:07Z",
    }
    assert f"companies: custom_attributes.{number}: 1 values did not fit" in output.stderr
    assert not invalid(output)


def test_fields_that_the_schema_files_lack_are_one_discovery_away(simulator: Simulator, tap: Tap) -> None:
    before = discovered(tap)
    parts = simulator.truth("conversation_parts", "2.16")
    for stream in ("companies", "tickets", "teams"):
        for record in simulator.truth(stream, "2.16"):
            simulator.change(stream, record["id"], loyalty={"tier": "gold", "granted_at": 1397574667, "notes": None})
    for part in parts:
        simulator.change("conversation_parts", part["id"], votes=[{"admin_id": 5}])
    after = discovered(tap)
    added = {
        line.partition(": ")[0].split()[-1]: line.rpartition(": ")[2]
        for line in after.stderr.splitlines()
        if "are added: " in line
    }
    assert added == {"companies": "loyalty", "tickets": "loyalty", "teams": "loyalty", "conversation_parts": "votes"}
    schemas = {entry["stream"]: entry["schema"]["properties"] for entry in after.document["streams"]}
    text = {"type": ["null", "string"]}
    assert schemas["tickets"]["loyalty"] == {
        "type": ["null", "object"],
        "additionalProperties": False,
        "properties": {
            "granted_at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "tier": text,
        },
    }
    assert schemas["conversation_parts"]["votes"]["items"]["properties"] == {"admin_id": text}
    output = tap(api_version="2.16", catalog=after.document)
    loyalty = {"tier": "gold", "granted_at": "2014-04-15T15:11:07Z"}
    assert all(row["loyalty"] == loyalty for name in ("companies", "tickets", "teams") for row in output.records(name))
    assert all(row["votes"] == [{"admin_id": "5"}] for row in output.records("conversation_parts"))
    assert not invalid(output)
    for line in tap(api_version="2.16", catalog=before.document).stderr.splitlines():
        assert "the schema lacks" not in line or line.partition(": ")[0].split()[-1] in added


def test_a_stream_whose_first_record_cannot_be_used_is_offered_as_it_is_known(simulator: Simulator, tap: Tap) -> None:
    catalog = discovered(tap).document
    simulator.change("teams", simulator.truth("teams", "2.16")[0]["id"], id=None)
    assert discovered(tap).document == catalog
