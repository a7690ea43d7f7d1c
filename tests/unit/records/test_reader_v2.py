"""What Intercom shows of API 2.x, in its examples and in real workspaces, arrives whole through the schemas of 2.x."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator, FormatChecker

from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Layout, Stream
from tap_intercom.streams.table import STREAMS_V2, load_schema

ROOT = Path(__file__).resolve().parents[3]
ENVELOPE = {"type", "url", "total_count", "has_more"}  # of a wrapped list: dropped with the wrapper
# Other requests that show the same records, by the request that the stream is read by; one record where it is single.
SAME_LIST = {
    "/companies": "/companies/scroll",
    "/companies/list": "/companies/scroll",
    "/contacts": "/contacts/search",
    "/conversations": "/conversations/search",
    "/admins/activity_logs/search": "/admins/activity_logs",
}
SINGLE = {
    "/admins/{id}": "/admins",
    "/ai/content_import_sources/{id}": "/ai/content_import_sources",
    "/ai/external_pages/{id}": "/ai/external_pages",
    "/articles/{id}": "/articles",
    "/articles/{id}/draft": "/articles",
    "/audiences/{id}": "/audiences",
    "/brands/{id}": "/brands",
    "/calls/{id}": "/calls",
    "/companies/{id}": "/companies/scroll",
    "/contacts/find_by_external_id/{id}": "/contacts/search",
    "/contacts/{id}": "/contacts/search",
    "/content_snippets/{id}": "/content_snippets",
    "/conversations/attributes/{id}": "/conversations/attributes",
    "/conversations/{id}": "/conversations/search",
    "/custom_object_instances/{id}/{id}": "/custom_object_instances/{id}",
    "/data_connectors/{id}": "/data_connectors",
    "/emails/{id}": "/emails",
    "/help_center/collections/{id}": "/help_center/collections",
    "/help_center/help_centers/{id}": "/help_center/help_centers",
    "/internal_articles/{id}": "/internal_articles",
    "/macros/{id}": "/macros",
    "/news/news_items/{id}": "/news/news_items",
    "/news/newsfeeds/{id}": "/news/newsfeeds",
    "/notes/{id}": "/contacts/{id}/notes",
    "/office_hours_schedules/{id}": "/office_hours_schedules",
    "/segments/{id}": "/segments",
    "/tags/{id}": "/tags",
    "/teams/{id}": "/teams",
    "/ticket_types/{id}": "/ticket_types",
    "/tickets/{id}": "/tickets/search",
}
# No stream of the table is read from these.
UNREAD = {
    "/admins/activity_log_event_types",
    "/articles/search",
    "/articles/{id}/versions",
    "/articles/{id}/versions/{id}",
    "/calls/{id}/recording",
    "/calls/search",
    "/companies/{id}/contacts",
    "/contacts/{id}/banners",
    "/content/search",
    "/data_connectors/{id}/execution_results",
    "/data_connectors/{id}/execution_results/{id}",
    "/export/cancel/{id}",
    "/export/content/data",
    "/export/content/data/{id}",
    "/export/reporting_data/enqueue",
    "/export/reporting_data/{id}",
    "/export/workflows/{id}",
    "/help_center/help_centers/{id}/redirects",
    "/help_center/help_centers/{id}/redirects/{id}",
    "/internal_articles/search",
    "/jobs/status/{id}",
    "/me",
    "/messages/status",
    "/messages/whatsapp/status",
    "/office_hours_schedules/{id}/office_hours_exceptions",
    "/office_hours_schedules/{id}/office_hours_exceptions/{id}",
    "/teams/{id}/metrics",
    "/visitors",
}
# Of these, the examples hold no JSON of a record: a text, an empty list, the address of a file, or none at all.
WITHOUT_EXAMPLE = {
    "away_status_reasons",
    "call_transcripts",
    "company_segments",
    "company_tags",
    "conversation_ai_content_sources",
    "conversation_attachments",
    "conversation_teammates",
    "conversation_topics",
    "data_events",
    "message_content_export",
    "newsfeed_items",
    "part_attachments",
    "reporting_exports",
    "team_admins",
}
# The names that others gave to the streams that they captured.
NAMES = {"activity_logs": "admin_activity_logs"}
# A scalar where an object belongs goes into that field of it.
IDENTITIES = {"avatar": "image_url", "ticket_state": "category"}
# Where 0 is nobody, which arrives as null.
ASSIGNEES = {"admin_assignee_id", "team_assignee_id"}

MOMENTS = FormatChecker(formats=())

Facts = dict[str, Any]


@MOMENTS.checks("date-time", raises=ValueError)
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or (value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None)


@pytest.fixture(scope="module")
def table() -> dict[str, Facts]:
    command = [sys.executable, ROOT / "scripts" / "schemas.py", "--facts"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {facts["name"]: facts for facts in map(json.loads, lines)}


@pytest.fixture
def sample_folder() -> Path:
    folder = Path(os.environ.get("TAP_INTERCOM_SAMPLES", ROOT.parent / "shared" / "samples"))
    if not folder.is_dir():
        pytest.skip("the samples are not at hand")
    return folder


def plain(path: str) -> str:
    """Give a path without its query and the names of its parameters."""
    return re.sub(r"\{[^}]*\}", "{id}", path.split("?", maxsplit=1)[0])


def readers(table: dict[str, Facts], path: str) -> list[Facts]:
    """Give the streams that are read by a request."""
    return [facts for facts in table.values() if plain(facts["calls"].split()[1]) == path]


def found(answer: Any, steps: list[str]) -> Iterator[Any]:
    """Give the objects of the list at the end of a path; lists on the way are gone through."""
    if isinstance(answer, list):
        for item in answer:
            yield from found(item, steps)
    elif steps and isinstance(answer, dict):
        yield from found(answer.get(steps[0]), steps[1:])
    elif isinstance(answer, dict) and answer:
        yield answer


def examples(folder: Path) -> Iterator[tuple[str, Any]]:
    """Give the successful answers of the OpenAPI files' examples, with their path."""
    for file in sorted(folder.glob("openapi-2.*/*.json")):
        operation = json.loads(file.read_text())
        for title, answer in operation["examples"].items():
            if title.startswith("2") and isinstance(answer, dict):
                yield plain(operation["path"]), answer


def answer_records(table: dict[str, Facts], folder: Path) -> Iterator[tuple[Stream, Reader, bytes, list[Any]]]:
    """Give the rows of the table with their readers, the examples of answers to their requests, and what is in those.

    What lies within a parent is read from the parent's own records.
    """
    rows = {stream.name: stream for stream in STREAMS_V2 if stream.schema_name == f"v2/{stream.name}"}
    for path, answer in examples(folder):
        for facts in readers(table, path):
            stream = rows.get(facts["name"])
            layout = stream and (stream.detail.layout if stream.detail else stream.inline or stream.layout)
            if stream is None or layout is None or layout.value_field or layout.link_field or layout.inner:
                continue
            held = [answer]
            steps = way(facts)
            if layout is stream.inline and stream.parent is not None:
                held = list(found(answer, [key.split("|")[0] for key in rows[stream.parent].layout.records_at]))
                steps = steps[len(rows[stream.parent].layout.records_at) :]
            reader = Reader(layout, load_schema(stream.schema_name), key=stream.key, watch=not facts["only"])
            for holder in held:
                yield stream, reader, json.dumps(holder).encode(), list(found(holder, steps))


def way(facts: Facts) -> list[str]:
    """Give the keys that lead to the records of an answer; none where it is itself the record."""
    return facts["records_at"].split(".") if facts["records_at"] else []


def example_records(table: dict[str, Facts], folder: Path) -> Iterator[tuple[Facts, Any]]:
    for path, answer in examples(folder):
        is_single = path in SINGLE and answer.get("type") != "list"
        shown_by = SINGLE[path] if is_single else SAME_LIST.get(path, path)
        for facts in readers(table, shown_by):
            steps = way(facts)
            for record in found(answer, steps[1:] if is_single else steps):
                yield facts, record
        if is_single:
            for facts in readers(table, path):
                for record in found(answer, way(facts)):
                    yield facts, record


def real_records(table: dict[str, Facts], folder: Path) -> Iterator[tuple[Facts, Any]]:
    captured = json.loads((folder / "real" / "records-2.11-a.json").read_text())
    captured += [
        (sample["stream"], sample["data"])
        for sample in map(json.loads, (folder / "real" / "records-2.11-b.jsonl").read_text().splitlines())
    ]
    for source, record in captured:
        name = source.rsplit("/", 1)[-1]
        facts = table[NAMES.get(name, name)]
        # What the other connectors added, or took from the parent.
        yield facts, {field: value for field, value in record.items() if field not in {"_meta", *facts["given"]}}
        inner = table.get({"tickets": "ticket_parts", "conversations": "conversation_parts"}.get(name, ""))
        for part in found(record, way(inner)[-2:]) if inner else ():
            yield inner or {}, part
    for line in (folder / "real" / "answers-2026-10-02.jsonl").read_text().splitlines():
        exchange = json.loads(line)
        if exchange["status"] == 200:
            for facts in readers(table, plain(exchange["request"].split()[1])):
                for record in found(exchange["response"], way(facts)):
                    yield facts, record


def reader_of(facts: Facts) -> Reader:
    given = {name: f"parent.{name}" for name in facts["given"]}
    layout = Layout(records_at=("items",), unwrap=facts["lists"], inherit=given)
    unselected = [tuple(path.split(".")) for path in facts["elsewhere"]]
    return Reader(layout, load_schema(f"v2/{facts['name']}"), unselected, key=facts["key"], watch=not facts["only"])


def arrived(reader: Reader, facts: Facts, record: Any) -> Any:
    kinds = {"string": "12", "date-time": 1734537800, "integer": 3}
    parent = {name: kinds[kind] for name, (kind, _) in facts["given"].items()}
    page = reader.read(json.dumps({"items": [record], "parent": parent}).encode())
    return json.loads(msgspec.json.encode(page.records))[0]


def expected(facts: Facts, record: dict[str, Any]) -> dict[str, Any]:
    """Give the record without what another stream has, its lists taken out of their wrappers."""
    kept = json.loads(json.dumps(record))
    for path in facts["elsewhere"]:
        *above, name = path.split(".")
        for holder in found(kept, above):
            holder.pop(name, None)
    for name in facts["lists"]:
        if isinstance(kept.get(name), dict):
            lists = [value for key, value in kept[name].items() if key not in ENVELOPE]
            assert len(lists) <= 1, (name, kept[name])
            kept[name] = lists[0] if lists else []
    return {name: value for name, value in kept.items() if not facts["only"] or name in facts["only"]}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    elif value is not None:
        yield path, value


def spellings(value: Any) -> list[Any]:
    """Give the forms in which a value may arrive: itself, as text, and as a moment."""
    forms: list[Any] = [value, str(value)]
    if isinstance(value, int) and not isinstance(value, bool):
        forms.append(datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z"))
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        forms.append(datetime.fromisoformat(value).astimezone(UTC).isoformat().replace("+00:00", "Z"))
    return forms


def lost(sent: Any, came: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """Give the values of `sent` that `came` does not have in the same place."""
    there = dict(leaves(came))
    missing = []
    for path, value in leaves(sent):
        place = path if path in there else (*path, IDENTITIES.get(path[-1]))
        if path[-1] in ASSIGNEES and value in {0, "0"} and path not in there:
            continue
        # An empty text is nothing where a moment or a number belongs.
        if there.get(place) not in spellings(value) and value != "":
            missing.append((path, value))
    return missing


def test_every_example_belongs_to_a_stream_or_to_none_of_the_table(
    table: dict[str, Facts], sample_folder: Path
) -> None:
    read = {plain(facts["calls"].split()[1]) for facts in table.values()}
    assert {path for path, _ in examples(sample_folder)} <= read | SAME_LIST.keys() | SINGLE.keys() | UNREAD
    assert not UNREAD & (read | SAME_LIST.keys() | SINGLE.keys())


FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(
    lambda value: not isinstance(value, str) or datetime.fromisoformat(value) is not None
)


@pytest.mark.parametrize("records", [example_records, real_records])
def test_the_samples_pass_without_losing_a_value(records: Any, table: dict[str, Facts], sample_folder: Path) -> None:
    failures = []
    streams = set()
    for facts, record in records(table, sample_folder):
        reader = reader_of(facts)
        came = arrived(reader, facts, record)
        if missing := lost(expected(facts, record), came):
            failures.append((facts["name"], missing))
        if reader.unknown or reader.coerced.keys() - {"ticket_state"}:
            failures.append((facts["name"], reader.unknown, reader.coerced))
        validator = Draft7Validator(load_schema(f"v2/{facts['name']}"), format_checker=FORMATS)
        failures.extend((facts["name"], error.message) for error in validator.iter_errors(came))
        streams.add(facts["name"])
    assert failures == []
    assert len(streams) > 10
    assert records is not example_records or streams == table.keys() - WITHOUT_EXAMPLE


def test_whole_answers_pass_through_the_rows_of_the_table(table: dict[str, Facts], sample_folder: Path) -> None:
    failures, streams = [], set()
    for stream, reader, body, records in answer_records(table, sample_folder):
        page = reader.read(body)
        reader.complete(page.records, id="12", updated_at=datetime.fromtimestamp(0, UTC))
        came = json.loads(msgspec.json.encode(page.records))
        assert len(came) == len(records), stream.name
        for record, row in zip(records, came, strict=True):
            if missing := lost(expected(table[stream.name], record), row):
                failures.append((stream.name, missing))
            streams.add(stream.name)
    assert failures == []
    assert len(streams) > 40


@pytest.mark.parametrize(
    ("stream", "field", "older", "came"),
    [
        ("tickets", "ticket_state", "submitted", {"category": "submitted"}),
        ("conversation_attributes", "options", ["a", "b"], [{"label": "a"}, {"label": "b"}]),
        ("admins", "avatar", "https://example.com/a.png", {"image_url": "https://example.com/a.png"}),
        ("contacts", "owner_id", 123, "123"),
        ("conversations", "admin_assignee_id", 0, "0"),
        ("conversations", "topics", {}, []),
        ("calls", "created_at", "2026-10-02T10:00:00+02:00", "2026-10-02T08:00:00Z"),
    ],
)
def test_what_older_or_newer_versions_write_otherwise_arrives_in_one_form(
    stream: str, field: str, older: Any, came: Any, table: dict[str, Facts]
) -> None:
    record = {"id": "1", "name": "a", field: older}
    arrival = arrived(reader_of(table[stream]), table[stream], record)[field]
    assert set(leaves(arrival)) == set(leaves(came))
