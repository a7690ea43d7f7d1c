import pytest

from tap_intercom.api.types import Reason
from tap_intercom.config.settings import API_VERSIONS
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.streams.model import Layout, Stream
from tap_intercom.streams.table import (
    STREAMS_V1,
    STREAMS_V2,
    load_schema,
    streams_of,
    streams_with_bookmark,
    v1_streams_on_v2,
    with_parent_queries,
)


def test_api_1_has_the_streams_of_the_document() -> None:
    assert streams_of("1.4") is STREAMS_V1
    assert streams_of(None) is STREAMS_V1
    assert len(STREAMS_V1) == 12


@pytest.mark.parametrize(
    ("version", "there", "missing"),
    [
        ("2.7", "contacts", "ticket_states"),
        ("2.11", "tickets", "calls"),
        ("2.12", "ticket_states", "calls"),
        ("2.14", "calls", "brands"),
        ("2.15", "brands", "macros"),
    ],
)
def test_a_version_has_what_it_has(version: str, there: str, missing: str) -> None:
    names = [stream.name for stream in streams_of(version)]
    assert there in names
    assert missing not in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("version", [version for version in API_VERSIONS if version != "1.4"])
def test_the_names_of_the_document_are_in_every_version(version: str) -> None:
    rows = {stream.name: stream for stream in streams_of(version)}
    assert {stream.name for stream in STREAMS_V1} <= rows.keys()
    for name in ("users", "leads", "customer_attributes"):
        former = next(stream for stream in STREAMS_V1 if stream.name == name)
        assert rows[name].schema_name == former.schema_name
        assert rows[name].key == former.key
        assert rows[name].replication_key == former.replication_key


@pytest.mark.parametrize("version", [version for version in API_VERSIONS if version != "1.4"])
def test_what_1_4_has_is_told_alike_by_every_version(version: str) -> None:
    rows = v1_streams_on_v2(version)
    assert [row.name for row in rows] == [stream.name for stream in STREAMS_V1]
    for row, stream in zip(rows, STREAMS_V1, strict=True):
        assert (row.schema_name, row.key, row.replication_key) == (
            stream.schema_name,
            stream.key,
            stream.replication_key,
        )
        assert (row.parent, row.permission) == (stream.parent, stream.permission)
        assert row.layout.is_partial
        assert row.detail is None or row.detail.layout.is_partial


@pytest.mark.parametrize("stream", STREAMS_V2, ids=lambda stream: stream.name)
def test_every_row_has_a_way_to_its_records(stream: Stream) -> None:
    assert sum(map(bool, (stream.full_read, stream.parent, stream.export))) == 1
    if stream.parent:
        assert stream.parent in {row.name for row in STREAMS_V2}
        lists = stream.detail.inline_lists if stream.detail else ()
        assert bool(stream.inline) is not bool(stream.detail) or lists
        denest = next(row for row in STREAMS_V2 if row.name == stream.parent).layout.unwrap
        assert {denest.get(field) for field in lists} <= ({None} if stream.parent_query else {"data", "data|notes"})
    assert {stream.layout.unwrap[field] for field in stream.full_lists} <= {"data"}
    properties = load_schema(stream.schema_name)["properties"]
    assert {*stream.key, *([stream.replication_key] if stream.replication_key else [])} <= properties.keys()
    for layout in (stream.layout, stream.inline, stream.detail.layout if stream.detail else None):
        if layout is not None:
            assert layout.added_fields | layout.unwrap.keys() <= properties.keys()


def test_an_inline_child_knows_where_its_parents_time_is() -> None:
    inline = Layout(records_at=("tags",), inherit={"contact_id": "id", "contact_updated_at": "updated_at"})
    child = Stream(name="contact_tags", permission="", parent="contacts", inline=inline)
    assert child.parent_time_field == "contact_updated_at"
    assert Stream(name="tags", permission="").parent_time_field is None


def test_an_inline_child_of_a_list_that_is_completed_knows_its_items_by_id() -> None:
    completed = {(stream.name, field) for stream in STREAMS_V2 for field in stream.full_lists}
    inline = [
        stream for stream in STREAMS_V2 if stream.inline and (stream.parent, stream.inline.records_at[0]) in completed
    ]
    assert inline
    assert all("id" in stream.key for stream in inline)


def test_what_is_gone_from_a_whole_read_is_gone() -> None:
    rows = {row.name: row for row in STREAMS_V2}
    assert rows["tags"].detects_deletions
    assert rows["team_admins"].detects_deletions
    assert not rows["contacts"].detects_deletions
    assert not rows["deleted_conversations"].detects_deletions
    assert not rows["data_connectors"].detects_deletions
    assert not any(row.detects_deletions for row in STREAMS_V2 if row.export)


def test_streams_of_one_name_and_two_meanings_have_two_bookmarks() -> None:
    (linked,) = (row for row in STREAMS_V2 if row.name == "company_segments")
    assert linked.bookmark_name == "segments_of_companies"
    assert not any(row.bookmark_name for row in (*STREAMS_V1, *v1_streams_on_v2("2.16")))
    assert linked.bookmark_name not in {row.name for row in STREAMS_V2}


def test_a_child_stream_has_a_bookmark_where_its_parent_has_a_replication_key() -> None:
    assert streams_with_bookmark(STREAMS_V1) == {
        *("companies", "company_segments", "conversations", "conversation_parts", "leads", "segments", "users"),
    }
    rows = {stream.name: stream for stream in streams_of("2.16")}
    full_tables = {name for name, row in rows.items() if row.parent} - streams_with_bookmark(rows.values())
    assert full_tables == {"newsfeed_items", "team_admins", "ticket_type_attributes"}


def test_a_search_asks_for_what_its_children_need_and_without_it_where_that_is_refused() -> None:
    rows = {row.name: row for row in STREAMS_V2}
    contacts, history, tags = (rows[name] for name in ("contacts", "contact_merge_history", "contact_tags"))
    assert with_parent_queries(contacts, [tags]) is contacts
    asking, plain = with_parent_queries(contacts, [tags, history]).full_read
    assert plain is contacts.full_read[0]
    assert isinstance(asking, SearchPaginator)
    assert asking.query == (("include_merge_history", "true"),)
    assert asking.fallback_on == {Reason.INVALID}
    assert asking.sample().query == asking.query
