"""Which streams and fields patterns choose and leave out."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.errors import ConfigError
from tap_intercom.json_schema import Path, fields
from tap_intercom.singer.catalog import automatic_fields, describe_streams
from tap_intercom.singer.selection import narrowed, select_streams
from tap_intercom.singer.stream_patterns import StreamPatterns
from tap_intercom.streams.table import load_schema, streams_of

TABLE = streams_of("2.16")
SCHEMAS = {stream.name: load_schema(stream.schema_name) for stream in TABLE}
TEXT: dict[str, Any] = {"type": ["null", "string"]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "email": TEXT,
        "location": {"type": "object", "properties": {"city": TEXT, "country": TEXT, "region": TEXT}},
        "tags": {"type": "array", "items": {"type": "object", "properties": {"id": TEXT, "name": TEXT}}},
    },
}


def chosen(*patterns: str) -> list[str]:
    return [selected.stream.name for selected in select_streams(None, TABLE, StreamPatterns(patterns))]


def left_out(*patterns: str, stream: str = "contacts") -> list[str]:
    return [".".join(path) for path in StreamPatterns(patterns).left_out(stream, SCHEMA)]


def test_names_choose_these_streams_and_no_others() -> None:
    assert chosen("contacts", "tags") == ["contacts", "tags"]


def test_a_star_stands_for_any_characters() -> None:
    assert chosen("ticket*") == [name for name in SCHEMAS if name.startswith("ticket")]


def test_a_name_chooses_a_stream_that_is_not_read_by_default() -> None:
    assert chosen("data_events") == ["data_events"]


def test_what_is_left_out_is_left_out_of_the_default() -> None:
    default = [stream.name for stream in TABLE if stream.by_default]
    assert chosen("!ticket*", "!contacts.avatar") == [name for name in default if not name.startswith("ticket")]


def test_what_leaves_out_counts_more_in_any_order() -> None:
    assert chosen("!contact_tags", "contact_*") == chosen("contact_*", "!contact_tags")
    assert "contact_tags" not in chosen("!contact_tags", "contact_*")


@pytest.mark.parametrize(
    ("patterns", "gone"),
    [
        ((), []),
        (("contacts",), []),
        (("contacts.*",), []),
        (("contacts", "contacts.email"), []),
        (("companies.email",), []),
        (("!contacts.email",), ["email"]),
        (("!contacts.location.c*",), ["location.city", "location.country"]),
        (("!contacts.location",), ["location"]),
        (("!contacts.tags.name",), ["tags.name"]),
        (("!*.email",), ["email"]),
        (("contacts.email",), ["id", "location", "tags"]),
        (("contacts.location.city",), ["id", "email", "location.country", "location.region", "tags"]),
        (("contacts.location", "!contacts.location.city"), ["id", "email", "location.city", "tags"]),
        (("c*.tags", "c*.id"), ["email", "location"]),
    ],
)
def test_fields(patterns: tuple[str, ...], gone: list[str]) -> None:
    assert left_out(*patterns) == gone


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("contcts", '"contcts" matches nothing, for no stream is called contcts; did you mean contacts or '),
        ("!contcts", '"!contcts" matches nothing, for no stream is called contcts; did you mean contacts or '),
        ("contacts.avatr", "for contacts has no field avatr; did you mean avatar or "),
        ("zzz*", 'for no stream is called zzz*; write one such as "streams": ["contacts", '),
        ("!", "for no stream is called ; write one such as "),
        ("a" * 60, "one with a name of 60 characters"),
    ],
)
def test_a_pattern_that_matches_nothing_is_refused_with_the_nearest_names(pattern: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        chosen("tags", pattern)
    assert words in str(refused.value)
    assert "a" * 60 not in str(refused.value)


def test_a_catalog_is_narrowed_and_nothing_is_added_to_it() -> None:
    catalog = describe_streams(stream for stream in TABLE if stream.name in {"contacts", "tags", "teams"})
    catalog["streams"][0]["metadata"][0]["metadata"]["selected"] = False
    patterns = StreamPatterns(["contacts", "t*", "!teams", "!tags.name"])
    (tags,) = select_streams(catalog, TABLE, patterns)
    assert tags.stream.name == "tags"
    assert tags.unselected == {("name",)}
    assert patterns.unmatched(["tags"]) == ["contacts"]


def test_a_field_of_the_catalog_alone_can_be_left_out() -> None:
    catalog = describe_streams(stream for stream in TABLE if stream.name == "tags")
    catalog["streams"][0]["schema"]["properties"]["shade"] = TEXT
    (tags,) = select_streams(catalog, TABLE, StreamPatterns(["!tags.shade"]))
    assert "shade" not in tags.schema["properties"]


def test_what_is_always_written_stays_with_a_warning() -> None:
    (contacts,) = select_streams(None, TABLE, StreamPatterns(["contacts.email", "!contacts.id"]))
    assert list(contacts.schema["properties"]) == ["id", "email", "updated_at"]
    assert contacts.warnings == ("streams leaves out fields that are always written: id",)


def test_a_discovered_catalog_has_what_is_chosen_selected() -> None:
    found = narrowed(describe_streams(TABLE), StreamPatterns(["data_events", "tags", "!tags.id", "!tags.name"]))
    assert [entry["stream"] for entry in found["streams"]] == ["data_events", "tags"]
    events, tags = found["streams"]
    assert events["metadata"][0]["metadata"]["selected"] is True
    selections = {tuple(piece["breadcrumb"]): piece["metadata"].get("selected") for piece in tags["metadata"]}
    assert selections[()] is True
    assert selections["properties", "name"] is False
    assert selections["properties", "id"] is None
    assert narrowed(found, StreamPatterns()) is found
    with pytest.raises(ConfigError):
        narrowed(found, StreamPatterns(["contacts"]))


PATTERNS = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "!"]),
        st.sampled_from(["contacts", "contact*", "t*", "*", "tags"]),
        st.sampled_from(["", ".id", ".n*", ".*", ".*.id"]),
    ),
    max_size=4,
)


def kept(selected: Any) -> set[Path]:
    return {path for path, *_ in fields(selected.schema)}


@given(PATTERNS)
def test_a_sync_and_a_catalog_that_was_discovered_with_the_same_patterns_read_the_same(texts: list[str]) -> None:
    patterns = StreamPatterns(texts)
    direct = select_streams(None, TABLE, patterns)
    catalog = narrowed(describe_streams(TABLE), patterns)
    assert select_streams(catalog, TABLE) == tuple(msgspec.structs.replace(one, warnings=()) for one in direct)
    for one in direct:
        assert {(name,) for name in automatic_fields(one.stream)} <= kept(one)
