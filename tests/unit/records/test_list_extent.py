import json
from typing import Any

import pytest

from tap_intercom.records.list_extent import (
    Extent,
    extent_of,
    extent_reader,
    ids_in,
    incomplete,
    is_complete,
    known_ids,
    needs_request,
)
from tap_intercom.streams.model import Detail, Layout, Stream

CONTACTS = Stream(
    name="contacts",
    permission="",
    replication_key="updated_at",
    layout=Layout(records_at=("data",), unwrap=dict.fromkeys(("tags", "notes", "companies"), "data")),
)
TAGS = Detail(path="/contacts/{id}/tags", inline_lists=("tags",))
BOTH = Detail(path="/contacts/{id}/both", inline_lists=("tags", "notes"))
NOTES = Detail(path="/companies/{id}/notes", inline_lists=("notes",))
MERGES = Detail(path="/contacts/{id}/merge_history", inline_lists=("merge_history",))
USERS = Detail(path="/contacts/{id}/merge_history", parent_filter={"role": frozenset({"user"})})


def outline(**contact: Any) -> Any:
    reader = extent_reader(CONTACTS, [TAGS, BOTH, USERS], ["companies"])
    body = json.dumps({"data": [{"id": "1", "updated_at": 7, "name": "Zoë", **contact}]})
    return reader.read(body.encode()).records[0]


def listing(count: int, **said: Any) -> dict[str, Any]:
    return {"type": "list", "data": [{"id": str(number)} for number in range(count)], "url": "/contacts/1/tags", **said}


EMPTY, WHOLE, CUT = (
    listing(0, total_count=0, has_more=False),
    listing(2, total_count=2, has_more=False),
    listing(10, total_count=13, has_more=True),
)


@pytest.mark.parametrize(
    ("tags", "extent"),
    [
        (EMPTY, Extent.EMPTY),
        (WHOLE, Extent.WHOLE),
        (CUT, Extent.CUT),
        (listing(0, total_count=0), Extent.EMPTY),
        (listing(0, has_more=False), Extent.EMPTY),
        (listing(1, has_more=False), Extent.UNKNOWN),
        (listing(1, has_more=True), Extent.CUT),
        (listing(1, total_count=2, has_more=False), Extent.CUT),
        (listing(0, total_count=1), Extent.CUT),
        (listing(1, total_count="1", has_more="false"), Extent.WHOLE),
        (listing(2), Extent.UNKNOWN),
        ({"total_count": 0, "has_more": False}, Extent.UNKNOWN),
        ({**EMPTY, "data": None}, Extent.UNKNOWN),
        ({}, Extent.UNKNOWN),
        ([], Extent.UNKNOWN),
        ("none", Extent.UNKNOWN),
        (None, Extent.UNKNOWN),
    ],
)
def test_a_list_is_whole_where_its_wrapper_says_so(tags: Any, extent: Extent) -> None:
    assert extent_of(outline(tags=tags), "tags") is extent


@pytest.mark.parametrize(
    ("merges", "extent"),
    [
        ([], Extent.EMPTY),
        ([{"source_contact_id": "2"}], Extent.WHOLE),
        ([{}] * 9, Extent.WHOLE),
        ([{}] * 10, Extent.UNKNOWN),  # as many as Intercom shows of other lists
        ([None, 7], Extent.WHOLE),
        (None, Extent.UNKNOWN),
        ({}, Extent.UNKNOWN),
        ("none", Extent.UNKNOWN),
    ],
)
def test_a_bare_list_is_whole_where_it_is_shorter_than_lists_that_are_cut_off(merges: Any, extent: Extent) -> None:
    body = json.dumps({"data": [{"id": "1", "merge_history": merges}]}).encode()
    (record,) = extent_reader(CONTACTS, [MERGES]).read(body).records
    assert extent_of(record, "merge_history") is extent


@pytest.mark.parametrize("key", ["data", "notes"])
def test_a_list_may_have_one_of_several_keys(key: str) -> None:
    """That of the notes of a company in real answers, and in the OpenAPI file."""
    companies = Stream(
        name="companies", permission="", layout=Layout(records_at=("data",), unwrap={"notes": "data|notes"})
    )
    reader = extent_reader(companies, [NOTES])
    for count, said, extent in (
        (0, {"total_count": 0}, Extent.EMPTY),
        (1, {"total_count": 1, "has_more": False}, Extent.WHOLE),
        (10, {"total_count": 12, "has_more": False}, Extent.CUT),
        (1, {}, Extent.UNKNOWN),
    ):
        notes = {"type": "note.list", key: [{"id": str(number)} for number in range(count)], **said}
        (record,) = reader.read(json.dumps({"data": [{"id": "1", "notes": notes}]}).encode()).records
        assert extent_of(record, "notes") is extent
        assert known_ids(record, "notes") == {str(number) for number in range(count)}


@pytest.mark.parametrize(
    ("items", "whole"),
    [
        ([{"id": "1", "body": "<p>a</p>"}, {"id": "2", "body": "b"}], True),
        ([], True),
        ([{"id": "1", "body": "a"}, {"id": "2", "url": "/notes/2"}], False),
        ([{"id": "1", "body": None}], False),
        ([{"id": "1", "body": ""}], False),
        ([None], False),
    ],
)
def test_items_that_lack_a_field_are_references(items: list[Any], whole: bool) -> None:
    notes = Detail(path="/contacts/{id}/notes", inline_lists=("notes",), whole_item_fields=("body",))
    said = {"data": items, "total_count": len(items)}
    body = json.dumps({"data": [{"id": "1", "updated_at": 7, "notes": said}]}).encode()
    (record,) = extent_reader(CONTACTS, [notes]).read(body).records
    assert is_complete(record, notes.inline_lists, notes.whole_item_fields) is whole
    assert needs_request(record, notes, inline=True) is not whole


def test_the_lists_that_are_cut_off_are_found_by_their_places() -> None:
    outlines = [outline(tags=tags) for tags in (WHOLE, CUT, EMPTY, CUT)]
    assert incomplete([*outlines, outline()], "tags") == [1, 3]


def test_the_ids_of_what_a_list_begins_with_are_texts() -> None:
    tags = {"data": [{"id": "4"}, {"id": 5}, {"name": "no id"}, None], "has_more": True}
    assert known_ids(outline(tags=tags), "tags") == {"4", "5"}


@pytest.mark.parametrize(
    ("tags", "notes", "ids"),
    [
        (EMPTY, EMPTY, []),
        (WHOLE, {"data": [{"id": 1}, {"id": "7"}], "total_count": 2}, ["0", "1", "7"]),
        (WHOLE, CUT, None),
        (None, WHOLE, None),
        (WHOLE, {"data": [{"id": "7"}, None], "total_count": 2}, None),
        (WHOLE, {"data": [{"name": "no id"}], "total_count": 1}, None),
    ],
)
def test_all_ids_of_lists_are_known_where_each_list_is_whole_and_each_item_has_one(
    tags: Any, notes: Any, ids: list[str] | None
) -> None:
    assert ids_in(outline(tags=tags, notes=notes), ("tags", "notes")) == ids


def test_a_list_that_is_not_there_is_unknown() -> None:
    assert extent_of(outline(), "tags") is Extent.UNKNOWN


def test_an_outline_has_what_is_to_be_known_and_no_more() -> None:
    known = outline(tags=WHOLE, role="lead")
    assert (known.id, known.role, known.updated_at.timestamp()) == ("1", "lead", 7)
    assert known.__struct_fields__[:2] == ("id", "updated_at")
    assert set(known.__struct_fields__) == {"id", "updated_at", "role", "tags", "notes", "companies"}


@pytest.mark.parametrize(("tags", "whole"), [(EMPTY, True), (WHOLE, True), (CUT, False), (None, False)])
def test_lists_are_whole_where_each_is(tags: Any, whole: bool) -> None:
    assert is_complete(outline(tags=tags, notes=EMPTY), ("tags", "notes")) is whole
    assert is_complete(outline(tags=EMPTY, notes=tags), ("tags", "notes")) is whole


@pytest.mark.parametrize(
    ("tags", "notes", "asked", "asked_inline"),
    [
        (EMPTY, EMPTY, False, False),
        (WHOLE, EMPTY, True, False),
        (EMPTY, WHOLE, True, False),
        (EMPTY, CUT, True, True),
        (None, EMPTY, True, True),
        (EMPTY, None, True, True),
    ],
)
def test_a_record_is_asked_for_what_it_does_not_hold(tags: Any, notes: Any, asked: bool, asked_inline: bool) -> None:
    known = outline(tags=tags, notes=notes)
    assert needs_request(known, BOTH, inline=False) is asked
    assert needs_request(known, BOTH, inline=True) is asked_inline


@pytest.mark.parametrize(("role", "asked"), [("user", True), ("lead", False), (None, False)])
def test_a_record_is_asked_for_what_its_kind_has(role: str | None, asked: bool) -> None:
    assert needs_request(outline(role=role), USERS, inline=False) is asked


def test_a_stream_with_a_time_of_its_own_is_outlined_by_it() -> None:
    logs = Stream(name="logs", permission="", replication_key="created_at", layout=Layout(records_at=("logs",)))
    record = extent_reader(logs, []).read(b'{"logs": [{"id": "1", "created_at": 7}]}').records[0]
    assert (record.created_at.timestamp(), record.updated_at) == (7, None)


def test_an_odd_item_is_counted_with_the_others() -> None:
    for odd in (None, 7, "x", {}, []):
        tags = {"type": "list", "data": [odd, {"id": "1"}], "total_count": 2, "has_more": False}
        assert extent_of(outline(tags=tags), "tags") is Extent.WHOLE
