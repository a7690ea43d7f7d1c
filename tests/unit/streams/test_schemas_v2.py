"""The schemas of API 2.x, as targets and their validators need them, and as the table says they are made."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator

from tap_intercom.streams.table import STREAMS_V2, load_schema

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "scripts" / "schemas.py"
MOMENT = {"type": ["null", "string"], "format": "date-time"}
MOMENTS = ("_at", "_since", "_until", "timestamp")
MOMENTS_OF_EXPORTS = {
    *("first_reply", "first_completion", "first_series_completion", "first_series_disengagement", "first_series_exit"),
    *("window_start", "window_end"),
    *("first_goal_success", "first_open", "first_click", "first_dismisall", "first_unsubscribe", "first_hard_bounce"),
}
MOMENT_IN_AN_OBJECT = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
# Here Intercom, or who uses it, invents the members.
OPEN = {
    ("admin_activity_logs", "metadata"),
    ("content_snippets", "json_blocks"),
    ("conversation_parts", "metadata.quick_reply_options.translations"),
    ("conversations", "sales_agent.collected_data"),
    ("conversations", "ticket"),
    ("data_events", "metadata"),
    ("reporting_exports", "attributes"),
    ("side_conversations", "conversation_parts.metadata.quick_reply_options.translations"),
    ("ticket_type_attributes", "input_options"),
    ("ticket_types", "ticket_type_attributes.input_options"),
}
OPEN_NAMES = {"custom_attributes", "ticket_attributes", "translated_content"}
SINGULAR = {
    "calls": "call",
    "companies": "company",
    "contacts": "contact",
    "conversations": "conversation",
    "newsfeeds": "newsfeed",
    "teams": "team",
    "ticket_types": "ticket_type",
    "tickets": "ticket",
}
OF_PARENT = {"company_contacts": "id"}  # the field with the id of the parent, where it is another
LARGEST = 40_000  # bytes; it goes into every catalog and every SCHEMA message

FACTS = [
    json.loads(line)
    for line in subprocess.run(
        [sys.executable, SCRIPT, "--facts"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
]
every_stream = pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts["name"])


def schema_of(facts: dict[str, Any]) -> dict[str, Any]:
    return load_schema(f"v2/{facts['name']}")


def fields(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for name, part in schema.get("properties", {}).items():
        yield (*path, name), {word: value for word, value in part.items() if word != "description"}
        yield from fields(part, (*path, name))
    if "items" in schema:
        yield from fields(schema["items"], path)


def test_there_is_one_schema_for_each_stream() -> None:
    files = {entry.name for entry in (resources.files("tap_intercom.streams") / "schemas" / "v2").iterdir()}
    assert files == {f"{facts['name']}.json" for facts in FACTS} | {"LICENSE-OPENAPI.md"}


def test_no_stream_is_there_twice_and_every_parent_is_one_of_them() -> None:
    names = [facts["name"] for facts in FACTS]
    assert len(set(names)) == len(names)
    assert {facts["parent"] for facts in FACTS} - {None} <= set(names)


def test_every_stream_is_in_the_document() -> None:
    document = (ROOT / "docs" / "schemas.md").read_text()
    for facts in FACTS:
        keys = ", ".join(f"`{key}`" for key in facts["key"])
        assert f"| `{facts['name']}` | `{facts['calls']}` | `{facts['records_at']}` | {keys} |" in document


def number(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def test_the_streams_are_read_as_their_schemas_are_made() -> None:
    made = {facts["name"]: facts for facts in FACTS}
    for stream in STREAMS_V2:
        if stream.name in made and stream.schema_name.startswith("v2/"):
            facts = made[stream.name]
            assert stream.key == tuple(facts["key"]), stream.name
            # A stream that later versions list elsewhere has a row for each.
            assert number(stream.versions[0]) >= number(facts["versions"][0]), stream.name
            assert stream.layout.unwrap.keys() == facts["lists"].keys(), stream.name


@every_stream
@pytest.mark.parametrize("validator", [Draft4Validator, Draft7Validator, Draft202012Validator])
def test_the_schema_is_valid_whatever_draft_it_is_read_by(facts: dict[str, Any], validator: Any) -> None:
    validator.check_schema(schema_of(facts))


@every_stream
def test_the_key_is_required_and_all_else_may_be_null(facts: dict[str, Any]) -> None:
    schema = schema_of(facts)
    assert schema["required"] == facts["key"]
    for path, part in fields(schema):
        may_be_null = Draft7Validator(part).is_valid(None)
        assert may_be_null is (path not in {(key,) for key in facts["key"]}), path


@every_stream
def test_the_key_comes_first_and_is_made_of_texts_and_places_in_a_list(facts: dict[str, Any]) -> None:
    properties = schema_of(facts)["properties"]
    assert list(properties)[: len(facts["key"])] == facts["key"]
    for name in facts["key"]:
        assert properties[name]["type"] == ("integer" if name == "position" else "string")
        assert properties[name].get("format") == ("date-time" if name in {"created_at", "window_start"} else None)


@every_stream
def test_the_cursor_is_a_moment(facts: dict[str, Any]) -> None:
    if facts["cursor"] is not None:
        assert dict(fields(schema_of(facts)))[facts["cursor"],] == MOMENT


@every_stream
def test_a_child_holds_the_id_of_its_parent(facts: dict[str, Any]) -> None:
    properties = schema_of(facts)["properties"]
    assert facts["given"].keys() <= properties.keys()
    if facts["parent"] is not None:
        assert OF_PARENT.get(facts["name"], f"{SINGULAR[facts['parent']]}_id") in properties


@every_stream
def test_moments_are_declared_in_the_form_that_every_target_understands(facts: dict[str, Any]) -> None:
    for path, part in fields(schema_of(facts)):
        if (path[-1].endswith(MOMENTS) or path[-1] in MOMENTS_OF_EXPORTS) and path[0] not in facts["key"]:
            assert part == (MOMENT if len(path) == 1 else MOMENT_IN_AN_OBJECT), path
        else:
            assert ("format" in part) is (path in {("created_at",), ("window_start",)}), path  # in a key
            assert "anyOf" not in part, path


@every_stream
def test_ids_are_texts_save_in_lists_of_them(facts: dict[str, Any]) -> None:
    for path, part in fields(schema_of(facts)):
        if path[-1] == "id" or path[-1].endswith("_id"):
            assert part in ({"type": "string"}, {"type": ["null", "string"]}), path
        if path[-1].endswith("_ids"):
            assert part["type"] == ["null", "array"], path


@every_stream
def test_wrapped_lists_are_lists_of_objects_and_what_is_elsewhere_is_not_here(facts: dict[str, Any]) -> None:
    there = dict(fields(schema_of(facts)))
    for name in facts["lists"]:
        assert there[name,]["type"] == ["null", "array"]
        assert there[name,]["items"]["type"] == ["null", "object"]
    assert not {tuple(path.split(".")) for path in facts["elsewhere"]} & there.keys()


@every_stream
def test_only_what_somebody_invents_is_left_open(facts: dict[str, Any]) -> None:
    schema = schema_of(facts)
    assert schema["additionalProperties"] is False
    for path, part in fields(schema):
        is_open = (facts["name"], ".".join(path)) in OPEN or path[-1] in OPEN_NAMES
        inner = part.get("items", part)
        if "object" in inner.get("type", ()):
            assert inner["additionalProperties"] is is_open, path


@every_stream
def test_the_schema_is_described_in_short_plain_text(facts: dict[str, Any]) -> None:
    text = json.dumps(schema_of(facts))
    assert len(text) < LARGEST
    for line in descriptions(schema_of(facts)):
        assert 2 < len(line) <= 170
        assert not {"`", "\n", "*"} & set(line)
        assert "unix" not in line.lower()


def descriptions(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("description"), str):
            yield schema["description"]
        for part in schema.values():
            yield from descriptions(part)


def test_the_schemas_are_those_that_the_openapi_files_give() -> None:
    folder = Path(os.environ.get("TAP_INTERCOM_OPENAPI", ROOT.parent / "shared" / "api"))
    if not folder.is_dir():
        pytest.skip("Intercom's OpenAPI files are not at hand")
    comparison = subprocess.run(
        [sys.executable, SCRIPT, folder, "--check"], capture_output=True, text=True, check=False
    )
    assert (comparison.stdout, comparison.stderr, comparison.returncode) == ("", "", 0)
