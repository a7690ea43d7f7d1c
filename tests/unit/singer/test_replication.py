"""What a catalog asks of replication is done, refused or told."""

from typing import Any

import pytest

from tap_intercom.errors import ConfigError
from tap_intercom.singer.replication import replication_method_of, replication_warnings
from tap_intercom.streams.model import Stream

USERS = Stream(name="users", permission="Read users", replication_key="updated_at")
TAGS = Stream(name="tags", permission="Read tags")
PARTS = Stream(name="parts", permission="Read conversations", parent="conversations")


@pytest.mark.parametrize(
    ("stream", "entry", "marks", "method"),
    [
        (USERS, {}, {}, None),
        (USERS, {"replication_method": "INCREMENTAL"}, {"forced-replication-method": "INCREMENTAL"}, None),
        (USERS, {"replication_method": None}, {"replication-method": None}, None),
        (USERS, {"replication_method": "FULL_TABLE"}, {}, "FULL_TABLE"),
        (USERS, {"replication_method": "INCREMENTAL"}, {"replication-method": "FULL_TABLE"}, "FULL_TABLE"),
        (USERS, {"replication_method": "FULL_TABLE"}, {"replication-method": "INCREMENTAL"}, "INCREMENTAL"),
        (USERS, {"replication_method": "INCREMENTAL"}, {"forced-replication-method": "FULL_TABLE"}, "FULL_TABLE"),
        # Discovery says FULL_TABLE of what hangs on other records; only the metadata can ask for it.
        (PARTS, {"replication_method": "FULL_TABLE"}, {"forced-replication-method": "FULL_TABLE"}, None),
        (PARTS, {}, {"replication-method": "FULL_TABLE"}, "FULL_TABLE"),
        (PARTS, {"replication_method": "INCREMENTAL"}, {}, "INCREMENTAL"),
    ],
)
def test_the_method_is_the_metadatas_or_else_what_is_not_discoverys(
    stream: Stream, entry: dict[str, Any], marks: dict[str, Any], method: str | None
) -> None:
    assert replication_method_of(stream, entry, marks) == method


@pytest.mark.parametrize(
    ("found", "shown"),
    [("LOG_BASED", "LOG_BASED"), ("full_table", "full_table"), (5, "a number"), ([], "none"), ([1], "a list")],
)
def test_another_method_is_refused_wherever_it_stands(found: object, shown: str) -> None:
    for place in ("replication-method", "forced-replication-method"):
        with pytest.raises(ConfigError, match=f'users has a "{place}" that is {shown}, not "FULL_TABLE"'):
            replication_method_of(USERS, {}, {place: found})
    with pytest.raises(ConfigError, match=f'users has a "replication_method" that is {shown}, not "FULL_TABLE"'):
        replication_method_of(USERS, {"replication_method": found}, {})


@pytest.mark.parametrize(
    ("stream", "entry", "marks", "said"),
    [
        (USERS, {}, {"replication-key": "created_at"}, "replication key created_at, but it is read by updated_at"),
        (USERS, {"replication_key": ["a", 5]}, {}, "replication key a list, but it is read by updated_at"),
        (TAGS, {"replication_key": "id"}, {"replication-key": "id"}, "key id, but it is read whole every time"),
        (PARTS, {"replication_key": "id"}, {}, "key id, but it is read by the times of conversations"),
        (USERS, {}, {"valid-replication-keys": ["id"]}, '"valid-replication-keys" that are id, but it is read by'),
        (USERS, {"key_properties": []}, {}, '"key_properties" that are none, but its key stays id'),
        (USERS, {}, {"table-key-properties": list("abcdefg")}, "that are a, b, c, d, e and 2 more, but its key"),
        (USERS, {}, {"view-key-properties": "email"}, '"view-key-properties" that are email, but its key stays id'),
        (USERS, {"stream": "people"}, {}, '"stream" that is people, but its messages say users'),
        (USERS, {"stream_alias": {}}, {}, '"stream_alias" that is an object, but its messages say users'),
    ],
)
def test_what_is_done_in_another_way_is_told_once(
    stream: Stream, entry: dict[str, Any], marks: dict[str, Any], said: str
) -> None:
    (warning,) = replication_warnings(stream, None, entry, marks, has_bookmark=stream is not TAGS)
    assert said in warning


def test_what_discovery_writes_asks_for_nothing() -> None:
    entry = {"stream": "users", "key_properties": ["id"], "replication_key": "updated_at"}
    marks = {"table-key-properties": ["id"], "valid-replication-keys": ["updated_at"]}
    assert not list(replication_warnings(USERS, "INCREMENTAL", entry, marks, has_bookmark=True))
    assert not list(replication_warnings(TAGS, "FULL_TABLE", {"valid-replication-keys": []}, {}, has_bookmark=False))


def test_incremental_without_a_time_is_told() -> None:
    (warning,) = replication_warnings(TAGS, "INCREMENTAL", {}, {}, has_bookmark=False)
    assert warning.endswith("Intercom tells no time to go on from: it is read whole every time")
