"""The tables in docs/names.md say what comes of each field: one at a time, and nothing of any other."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from shell import ROOT
from slow.docs.conftest import Document
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import load_schema, streams_of, v1_streams_on_v2
from v1_columns import TOLD

WRAPPED = (
    "companies",
    "notes",
    "opted_in_subscription_types",
    "opted_out_subscription_types",
    "social_profiles",
    "tags",
)
# What follows from the kind of record, not from one of its fields.
OF_PEOPLE = {"id", "type", "anonymous", "location_data.type"}
OF_ATTRIBUTES = {"name", "model"}
NAMES = Document(ROOT / "docs" / "names.md")
CONTACTS = {"type": "contact.list", "contacts": [{"type": "contact", "id": "1"}, {"type": "contact", "id": "2"}]}
ROWS = {row.name: row for row in streams_of("2.16")}


def table(heading: str) -> dict[str, str]:
    """Give the source of each column, "" where there is none."""
    rows = NAMES.rows(heading)
    return {column.strip("`"): "" if source == "none" else source.strip("`") for column, source, _ in rows}


PEOPLE = table("`users` and `leads`")
ATTRIBUTES = table("`customer_attributes`")
RENAMED = [[cell.strip("`") for cell in row] for row in NAMES.rows("The names of standard attributes")]


def leaves(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give each field that holds no other, with a value that it may have; in a list, those of its items."""
    for name, part in schema["properties"].items():
        kinds = part.get("type", "string")
        inner = part.get("items", part)
        if "properties" in inner:
            yield from leaves(inner, (*path, name))
        elif "array" in kinds:
            yield (*path, name), ["text"]
        elif "object" in kinds:
            yield (*path, name), {"any": 1}
        elif "boolean" in kinds:
            yield (*path, name), True
        else:
            yield (*path, name), 1_600_000_000 if name.endswith("_at") else "text"


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    inner = value if len(path) == 1 else nested(path[1:], value)
    if path[0] in WRAPPED or path[0] == "merge_history":
        inner = {"type": "list", "data": [inner]} if path[0] in WRAPPED else [inner]
    return {path[0]: inner}


def filled(row: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Name the columns in which there is something."""
    for name, value in row.items():
        here = (*path, name)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from filled(value[0], here)
        elif isinstance(value, dict) and name != "custom_attributes":
            yield from filled(value, here)
        elif value is not None:
            yield ".".join(here)


def read(stream: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return read_by(ROWS[stream], record)


def read_by(row: Stream, record: Mapping[str, Any]) -> dict[str, Any]:
    reader = Reader(row.layout, load_schema(row.schema_name), watch=not row.layout.is_partial)
    page = reader.read(msgspec.json.encode({row.layout.records_at[0]: [record]}))
    assert not reader.unknown
    assert not reader.coerced
    told: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(page.records[0]))
    return told


def columns(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, part in schema.get("properties", {}).items():
        yield ".".join((*path, name))
        yield from columns(part.get("items", part), (*path, name))


@pytest.mark.parametrize("stream", ["users", "leads"])
def test_every_column_of_a_person_has_its_row(stream: str) -> None:
    assert list(PEOPLE) == list(columns(load_schema(stream)))


def test_every_column_of_an_attribute_has_its_row() -> None:
    assert list(ATTRIBUTES) == list(columns(load_schema("customer_attributes")))


@pytest.mark.parametrize("stream", ["users", "leads"])
@pytest.mark.parametrize(
    ("path", "value"),
    list(leaves(load_schema("v2/contacts"))),
)
def test_a_field_of_a_contact_fills_the_columns_that_the_table_says(
    stream: str, path: tuple[str, ...], value: Any
) -> None:
    row = read(stream, {"id": "1", **nested(path, value)})
    expected = {column for column, source in PEOPLE.items() if source == ".".join(path)}
    assert set(filled(row)) - OF_PEOPLE == expected - OF_PEOPLE


@pytest.mark.parametrize(("path", "value"), list(leaves(load_schema("v2/contact_attributes"))))
def test_a_field_of_an_attribute_fills_the_column_of_its_name(path: tuple[str, ...], value: Any) -> None:
    row = read("customer_attributes", {"name": "a", "model": "contact", **nested(path, value)})
    expected = {column for column, source in ATTRIBUTES.items() if source == ".".join(path)}
    assert set(filled(row)) - OF_ATTRIBUTES == expected - OF_ATTRIBUTES


@pytest.mark.parametrize(("was", "full_name", "name"), RENAMED)
def test_an_attribute_is_called_what_the_table_says(was: str, full_name: str, name: str) -> None:
    row = read("customer_attributes", {"name": was.rpartition(".")[2], "full_name": was, "model": "contact"})
    assert (row["full_name"], row["name"]) == (full_name, name)
    assert was in {*PEOPLE.values(), "location.timezone"}
    assert full_name in PEOPLE


def test_other_attributes_keep_their_names() -> None:
    renamed = {was for was, *_ in RENAMED}
    for path, _ in leaves(load_schema("v2/contacts")):
        if (full_name := ".".join(path)) not in renamed:
            row = read("customer_attributes", {"name": path[-1], "full_name": full_name, "model": "contact"})
            assert (row["full_name"], row["name"]) == (full_name, path[-1])


def test_who_a_contact_is_follows_from_the_stream() -> None:
    contact = {"id": "1", "type": "contact", "location": {"type": "location"}}
    user, lead = read("users", {**contact, "role": "user"}), read("leads", {**contact, "role": "lead"})
    assert (user["type"], user["anonymous"], user["location_data"]["type"]) == ("user", False, "location_data")
    assert (lead["type"], lead["anonymous"], lead["location_data"]["type"]) == ("contact", True, "location_data")


@pytest.mark.parametrize("nobody", [0, "0", None])
def test_nobody_owns_a_contact_of_owner_0(nobody: object) -> None:
    assert read("users", {"id": "1", "owner_id": nobody})["owner_id"] is None


@pytest.mark.parametrize("owner", [814865, "814865"])
def test_an_owner_is_told_as_text(owner: object) -> None:
    assert read("users", {"id": "1", "owner_id": owner})["owner_id"] == "814865"


TALKS = table("`conversations`")
FORMER = {row.name: row for row in v1_streams_on_v2("2.16")}


def test_the_other_streams_are_read_from_where_the_table_says() -> None:
    rows = NAMES.rows("The other streams of 1.4")
    said = {name.strip("`"): source.strip("`").removesuffix("/scroll") for name, source, _ in rows}
    assert said.keys() == FORMER.keys() - TOLD.keys()
    for name, source in said.items():
        path, _, query = source.partition("?")
        row = FORMER[name]
        assert (row.detail.path if row.parent and row.detail else row.full_read[0].path) == path
        if query:
            assert query in {"=".join(pair) for pair in getattr(row.full_read[0], "query", ())}


def test_the_columns_of_conversations_are_those_of_2_x_or_in_the_table() -> None:
    old, new = (set(columns(load_schema(name))) for name in ("conversations", "v2/conversations"))
    told = {column for column in old - new if any(column == name or column.startswith(f"{name}.") for name in TALKS)}
    assert told == old - new
    assert TALKS.keys() <= old


def test_a_conversation_fills_the_columns_that_the_table_says() -> None:
    rating = {"rating": 5, "contact": {"type": "contact", "id": "1"}}
    row = read_by(
        FORMER["conversations"],
        {
            "id": "9",
            "source": {"id": "7", "subject": "Chat"},
            "contacts": CONTACTS,
            "first_contact_reply": {"type": "conversation", "created_at": 1_600_000_000},
            "admin_assignee_id": 0,
            "team_assignee_id": 12,
            "conversation_rating": rating,
        },
    )
    assert row["sent_at"] is None
    assert (row["conversation_message"]["id"], row["conversation_message"]["subject"]) == ("7", "Chat")
    assert row["user"] == {"type": "contact", "id": "1"}
    assert [customer["id"] for customer in row["customers"]] == ["1", "2"]
    assert row["customer_first_reply"]["created_at"] == "2020-09-13T12:26:40Z"
    assert row["assignee"] == {"type": "team", "id": "12"}
    assert row["conversation_rating"]["customer"] == {"type": "contact", "id": "1"}
