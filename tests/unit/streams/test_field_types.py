"""Fields that Intercom sends in another type from version to version arrive in one."""

from typing import Any

import msgspec
import pytest

from tap_intercom.records.reader import Reader
from tap_intercom.streams.table import load_schema, streams_of

VERSIONS = ("2.7", "2.11", "2.14", "2.16")
STATE = {
    "type": "ticket_state",
    "id": "7493",
    "category": "submitted",
    "internal_label": "New",
    "external_label": "New",
}
AVATAR = {"type": "avatar", "image_url": "https://a/b.png"}

# The stream, the way to the field, what it holds in each of the versions, and what arrives. Where several forms are
# known of one version, each has a row of its own.
FLIPS: list[tuple[str, str, tuple[Any, ...], str]] = [
    ("contacts", "owner_id", (127, 127, 127, "127"), "127"),
    ("contacts", "owner_id", (None, None, None, None), "null"),
    ("conversations", "id", (391, "391", "391", "391"), "391"),
    ("conversations", "admin_assignee_id", (991267715, 991267715, "991267715", 991267715), "991267715"),
    ("conversations", "admin_assignee_id", (None, None, None, 0), "null"),
    ("conversations", "team_assignee_id", ("5017691", 5017691, 5017691, 5017691), "5017691"),
    ("conversations", "team_assignee_id", (None, None, "0", 0), "null"),
    ("conversations", "waiting_since", (1663597260, "1663597260", 1663597260, 1663597260), "2022-09-19T14:21:00Z"),
    ("conversations", "waiting_since", (None, None, None, None), "null"),
    ("conversations", "statistics.last_closed_by_id", ("394051", 394051, 394051, "394051"), "394051"),
    ("conversations", "conversation_rating.teammate.id", (25, 25, "25", "25"), "25"),
    ("conversations", "priority", ("not_priority", "not_priority", "priority", "urgent"), ""),
    ("tickets", "admin_assignee_id", ("1295", "1295", "1295", 1295), "1295"),
    ("tickets", "admin_assignee_id", ("0", "0", "0", 0), "null"),
    ("tickets", "team_assignee_id", ("0", "0", 0, 0), "null"),
    ("tickets", "ticket_state.category", ("submitted", "submitted", STATE, STATE), "submitted"),
    ("tickets", "ticket_type.id", (53, "53", "53", "53"), "53"),
    ("articles", "author_id", (5017691, 5017691, "5017691", 5017691), "5017691"),
    ("articles", "parent_id", ("125685", 125685, 125685, None), ""),
    ("calls", "conversation_id", (None, None, 456, "456"), "456"),
    ("calls", "admin_id", (None, None, "789", 789), "789"),
    ("deleted_conversations", "id", (None, None, None, 512), "512"),
    ("admins", "avatar.image_url", (AVATAR, AVATAR, "https://a/b.png", "https://a/b.png"), "https://a/b.png"),
    ("admins", "id", (991267715, "991267715", "991267715", "991267715"), "991267715"),
    ("tags", "id", (12, "12", "12", "12"), "12"),
]


def record(way: list[str], value: Any, identifier: str) -> dict[str, Any]:
    """Nest a value, save where it is itself the object that leads to it."""
    if way[-1] in {"category", "image_url"}:
        way = way[:-1]
    for name in reversed(way):
        value = {name: value}
    return {"id": identifier, **value}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("stream", "path", "sent", "arrives"), FLIPS, ids=lambda part: str(part)[:24])
def test_a_field_whose_type_flips_arrives_in_one(
    version: str, stream: str, path: str, sent: tuple[Any, ...], arrives: str
) -> None:
    row = next((one for one in streams_of(version) if one.name == stream), None)
    if row is None:
        return
    value = sent[VERSIONS.index(version)]
    reader = Reader(row.layout, load_schema(row.schema_name))
    answer: Any = [record(path.split("."), value, "1")]
    for key in reversed(row.layout.records_at):
        answer = {key: answer}
    found = msgspec.to_builtins(reader.read(msgspec.json.encode(answer)).records[0])
    for name in path.split("."):
        found = found[name]
    assert msgspec.to_builtins(found) == (None if arrives == "null" else arrives or (value and str(value)))
    assert not reader.coerced
    assert not reader.unknown
