"""What stream maps and flattening make of the output, and that they change nothing of what is read and claimed."""

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conftest import Output, Simulator, Tap, command
from recording_proxy import relayed
from shell import ROOT

ALL = "2015-01-01T00:00:00Z"


def mapped(tap: Tap, maps: dict[str, Any], *streams: str, **settings: Any) -> Output:
    return tap(catalog=tap.catalog(*(streams or ("users", "tags"))), stream_maps=maps, **settings)


def schema(output: Output, stream: str) -> dict[str, Any]:
    (message,) = (one for one in output.messages if one["type"] == "SCHEMA" and one["stream"] == stream)
    return message


def test_fields_are_computed_dropped_and_hashed_and_the_state_is_as_ever(tap: Tap) -> None:
    plain = tap(catalog=tap.catalog("users", "tags"))
    output = mapped(tap, {"users": {"email": "md5(email)", "name": None, "domain": "email.split('@')[-1]"}})
    emails = {user["id"]: user["email"] or "" for user in plain.records("users")}
    users = output.records("users")
    assert {user["id"]: user["email"] for user in users} == {
        identity: hashlib.md5(email.encode()).hexdigest()  # noqa: S324 - what the map makes
        for identity, email in emails.items()
    }
    assert not any("name" in user for user in users)
    assert "name" not in schema(output, "users")["schema"]["properties"]
    assert schema(output, "users")["schema"]["properties"]["domain"] == {"type": ["string", "null"]}
    assert output.records("tags") == plain.records("tags")
    assert output.state == plain.state


def test_a_stream_may_have_another_name_lose_its_bookmarks_column_and_go_on(tap: Tap) -> None:
    maps = {"users": {"__alias__": "people", "updated_at": None, "__filter__": "email"}}
    first = mapped(tap, maps)
    assert {message["stream"] for message in first.messages if "stream" in message} == {"people", "tags"}
    assert schema(first, "people")["key_properties"] == ["id"]
    assert "bookmark_properties" not in schema(first, "people")
    assert first.records("people")
    again = mapped(tap, maps, state=first.state)
    assert again.state["bookmarks"]["users"] >= first.state["bookmarks"]["users"]
    assert len(again.records("people")) < len(first.records("people"))


def test_one_stream_may_become_two_and_all_others_be_left_out(tap: Tap) -> None:
    maps = {"users": {}, "contacts_of_acme": {"__source__": "users", "id": "id", "__else__": None}, "__else__": None}
    output = mapped(tap, maps)
    assert set(output.counts()) == {"users", "contacts_of_acme"}
    assert output.counts()["users"] == output.counts()["contacts_of_acme"]
    assert {frozenset(record) for record in output.records("contacts_of_acme")} == {frozenset({"id"})}


def test_versions_of_tables_follow_their_streams(tap: Tap) -> None:
    output = mapped(tap, {"tags": {"__alias__": "labels"}}, activate_version=True)
    activated = [message["stream"] for message in output.messages if message["type"] == "ACTIVATE_VERSION"]
    assert activated == ["labels", "users"]


@pytest.mark.parametrize(
    "options",
    [{}, {"flattening_enabled": True, "flattening_max_depth": 1}, {"stream_maps": {"companies": {"app_id": None}}}],
    ids=["plain", "flat", "mapped"],
)
def test_numbers_keep_their_digits_on_every_way_out(tap: Tap, simulator: Simulator, options: dict[str, Any]) -> None:
    spent = (
        rb'"monthly_spend":123456789012345678901.125,"custom_attributes":{"rate":0.12345678901234567890,"far":1e400,'
    )

    def edit(_path: str, _asked: bytes, body: bytes) -> bytes:
        without = re.sub(rb'"monthly_spend": ?[^,}]*,', b"", body)
        return re.sub(rb'"custom_attributes": ?{(?=")', spent, without)

    with relayed(simulator.url, edit=edit) as (url, _):
        tap.url = url
        output = tap(catalog=tap.catalog("companies"), **options)
    (line, *_) = (line for line in output.stdout.split(b"\n") if b"0.1234567890123456789" in line)
    assert re.search(rb'"monthly_spend":123456789012345678901.125,', line)
    assert re.search(rb'"rate\\?":0.12345678901234567890\b', line)
    assert re.search(rb'"far\\?":1[eE]\+?400\b', line)


def test_objects_become_columns(tap: Tap) -> None:
    output = tap(catalog=tap.catalog("users"), flattening_enabled=True, flattening_max_depth=2)
    user = output.records("users")[0]
    assert {"avatar__image_url", "location_data__city_name"} <= user.keys()
    assert not any(isinstance(value, dict) for value in user.values())
    assert user.keys() <= schema(output, "users")["schema"]["properties"].keys()


@pytest.mark.parametrize(
    ("version", "depth", "maps"),
    [
        ("1.4", 1, None),
        ("2.16", 2, {"contacts": {"owner": "owner_id", "location": None}, "admins": {"id": "id", "__else__": None}}),
        *(
            pytest.param(*case, marks=pytest.mark.soak)
            for case in [
                ("1.4", 3, {"users": {"avatar": None, "segments": None}}),
                ("2.16", 1, None),
                ("2.16", None, {"contacts": {"custom_attributes": None}, "tags": {"__alias__": "labels"}}),
            ]
        ),
    ],
)
def test_a_record_has_the_columns_of_its_schema_and_no_other(
    tap: Tap, version: str, depth: int | None, maps: dict[str, Any] | None
) -> None:
    catalog = tap("--discover", api_version=version).document
    flat = {"flattening_enabled": True, "flattening_max_depth": depth} if depth else {}
    output = tap(catalog=catalog, api_version=version, stream_maps=maps, **flat)
    columns = {one["stream"]: one["schema"]["properties"] for one in output.messages if one["type"] == "SCHEMA"}
    records = [(one["stream"], one["record"]) for one in output.messages if one["type"] == "RECORD"]
    assert {stream for stream, _ in records} <= columns.keys()
    assert not [(stream, record) for stream, record in records if record.keys() != columns[stream].keys()]
    if depth:
        assert not [value for _, record in records for value in record.values() if isinstance(value, dict | list)]


def test_what_attributes_have_no_column_of_their_own_is_json_in_one(tap: Tap) -> None:
    plain = tap(catalog=tap.catalog("companies"))
    output = tap(catalog=tap.catalog("companies"), flattening_enabled=True)
    told = {row["id"]: row["custom_attributes"] for row in output.records("companies")}
    held = {row["id"]: row["custom_attributes"] for row in plain.records("companies")}
    assert {key: json.loads(value) for key, value in told.items()} == held
    assert any(held.values())


def test_what_a_map_puts_where_flat_records_have_no_column_is_named_once(tap: Tap) -> None:
    output = mapped(tap, {"users": {"location_data": "name"}}, flattening_enabled=True)
    said = [line for line in output.stderr.splitlines() if line.startswith("WARNING users: ")]
    assert [line.partition(" in flat records: ")[2] for line in said if " in flat records: " in line] == [
        "location_data; compute it under a name that no field has"
    ]
    columns = schema(output, "users")["schema"]["properties"].keys()
    assert {frozenset(record) for record in output.records("users")} == {frozenset(columns)}


def test_names_that_a_target_takes_for_one_are_told_before_the_first_schema(tap: Tap) -> None:
    catalog = tap.catalog("users", "tags")
    users = next(entry for entry in catalog["streams"] if entry["tap_stream_id"] == "users")
    held = users["schema"]["properties"]["custom_attributes"]
    text = {"type": ["null", "string"]}
    held |= {"properties": {"Plan": text, "plan": text}, "additionalProperties": True}
    for is_flat, separator in ((False, "."), (True, "__")):
        output = tap(catalog=catalog, flattening_enabled=is_flat)
        said = [line for line in output.stderr.splitlines() if line.startswith("WARNING a target may take names")]
        assert len(said) == 1
        assert output.stderr.index(said[0]) < output.stderr.index(": begins")
        assert f"custom_attributes{separator}Plan and custom_attributes{separator}plan of users" in said[0]
    renamed = {"users": {"custom_attributes": None}}
    assert "may take names for one" not in tap(catalog=catalog, stream_maps=renamed).stderr


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        ({"persons": {"name": None}}, "persons is no stream of this version of the API"),
        ({"users": {"name": "email +"}}, "the map of users fails: "),
        ({"users": "nothing"}, "the map of users fails: "),
        ({"users": {"name": "__import__('os').getcwd()"}}, "the map of users fails: "),
        ({"users": {"name": "email.__class__"}}, "the map of users fails: "),
        ({"users": {"name": "1 / 0"}}, "the map of users fails: division by zero"),
        ({"users": {"name": "unheard_of(email)"}}, "the map of users fails: "),
        ({"__else__": "all"}, "Undefined transform for '__else__'"),
    ],
)
def test_a_wrong_map_is_told_in_one_line(tap: Tap, maps: dict[str, Any], said: str) -> None:
    output = tap.raw(tap.arguments(catalog=tap.catalog("users"), stream_maps=maps))
    assert output.code == 2
    told = [line for line in output.stderr.splitlines() if line.startswith(("CRITICAL", "ERROR"))]
    assert len(told) == 1, output.stderr
    assert said in told[0]
    assert "Traceback" not in output.stderr
    assert output.counts() == {}


def test_without_the_sdk_one_line_says_what_to_install_and_records_are_made_flat(tap: Tap, tmp_path: Path) -> None:
    (tmp_path / "singer_sdk.py").write_text("raise ImportError\n")

    def run(**settings: Any) -> subprocess.CompletedProcess[str]:
        arguments = command(*tap.arguments("--quiet", catalog=tap.catalog("users"), **settings))
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)

    done = run(stream_maps={"users": {}})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "CRITICAL the configuration is not usable: stream_maps needs singer-sdk, which is not installed; "
        'install the tap with it (for example pip install ".[maps]"), or remove it\n'
    )
    done = run(flattening_enabled=True)
    assert done.returncode == 0
    assert '"location_data__city_name":' in done.stdout


def test_every_map_in_the_document_works(tap: Tap) -> None:
    text = (ROOT / "docs" / "maps.md").read_text()
    blocks = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]
    assert len(blocks) >= 5
    for settings in blocks:
        assert tap(**settings).counts(), settings
