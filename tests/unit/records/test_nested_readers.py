"""Several readers of what lies within the same records decode an answer together, and read what each reads alone."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_intercom.records.list_extent import CountedList, ExtentReader, extent_of, is_complete
from tap_intercom.records.nested_reader import NestedReader, NestedReaders
from tap_intercom.streams.model import Layout

CONTACTS = Layout(records_at=("data",))
TAGS = Layout(records_at=("tags", "data"), may_be_missing=True, inherit={"contact_id": "id", "changed": "updated_at"})
PARTS = Layout(
    records_at=("parts", "parts|items"),
    may_be_missing=True,
    inherit={"contact_id": "id", "total": "parts.total_count", "name": "name"},
    position="position",
)
TEXT = {"type": ["null", "string"]}
LINK = {"contact_id": TEXT, "id": {"type": "string"}, "changed": {**TEXT, "format": "date-time"}}
PART = {
    "contact_id": TEXT,
    "position": {"type": "integer"},
    "total": {"type": ["null", "integer"]},
    "at": {**TEXT, "format": "date-time"},
    "count": {"type": ["null", "number"]},
}


def tags() -> NestedReader:
    return NestedReader(CONTACTS, TAGS, {"type": "object", "properties": LINK}, key=("contact_id", "id"), watch=False)


def parts() -> NestedReader:
    return NestedReader(CONTACTS, PARTS, {"type": "object", "properties": PART}, key=("contact_id", "position"))


def extents() -> ExtentReader:
    return ExtentReader(("data",), texts=["role"], lists=[("tags", "data")], counted=[PARTS.records_at, ("bare",), ()])


def together(*readers: tuple[NestedReader, Sequence[str]]) -> NestedReaders:
    return NestedReaders(CONTACTS, [(reader, lists, ()) for reader, lists in readers], extents())


def body(*contacts: Any) -> bytes:
    return msgspec.json.encode({"data": contacts})


def contact(identifier: Any = "1", **more: Any) -> dict[str, Any]:
    return {"id": identifier, "updated_at": 7, **more}


def listed(*items: Any, **more: Any) -> dict[str, Any]:
    return {"data": items, "total_count": len(items), **more}


def test_readers_share_a_time_that_comes_in_several_notations() -> None:
    joint = together((tags(), ["tags"]), (parts(), []))
    for _ in range(3):
        times = [1397574667250, 1397574667]
        contacts = [contact(str(time), tags=listed({"id": "4"})) | {"updated_at": time} for time in times]
        found = joint.read(body(*contacts))
        assert [tag.changed.timestamp() for tag in found.records[0]] == [1397574667.25, 1397574667]
        assert [extent.updated_at.timestamp() for extent in found.extents.records] == [1397574667.25, 1397574667]


def test_one_decoding_serves_all_readers() -> None:
    one, two = tags(), parts()
    joint = together((one, ["tags"]), (two, []))
    cut = contact("2", role="user", tags=listed({"id": "6"}, has_more=True), parts={"items": [{"count": 1}]})
    whole = contact(
        tags=listed({"id": "4"}, {"id": "5"}), parts={"parts": [{"at": 3}, {}], "total_count": 9}, role="lead"
    )
    found = joint.read(body(whole, cut))
    assert [(tag.contact_id, tag.id, tag.changed.timestamp()) for tag in found.records[0]] == [
        ("1", "4", 7),
        ("1", "5", 7),
    ]
    assert [
        (part.contact_id, part.position, part.total, part.count and bytes(part.count)) for part in found.records[1]
    ] == [
        ("1", 0, 9, None),
        ("1", 1, 9, None),
        ("2", 0, None, b"1"),
    ]
    assert [(extent.id, extent.role, len(extent.tags.data)) for extent in found.extents.records] == [
        ("1", "lead", 2),
        ("2", "user", 1),
    ]
    # The extents hold the very records that a reader took: nothing was decoded twice.
    assert found.extents.records[0].tags.data[0] is found.records[0][0]
    assert found.extents.records[0].parts.parts[1] is found.records[1][1]


def test_readers_that_want_a_value_in_two_types_read_it_each_for_itself() -> None:
    more = NestedReader(
        CONTACTS,
        Layout(records_at=("tags", "data"), may_be_missing=True, inherit={"contact_id": "id"}),
        {"type": "object", "properties": {**LINK, "name": TEXT}},
        key=("contact_id", "id"),
        watch=False,
    )
    whole = Layout(records_at=("parts",), may_be_missing=True, inherit={"contact_id": "id"})
    bare = NestedReader(CONTACTS, whole, {"type": "object", "properties": LINK}, key=("contact_id", "id"), watch=False)
    joint = together((tags(), []), (more, []), (bare, []))
    answer = body(contact(tags=listed({"id": "4", "name": "VIP"})))
    for _ in range(2):
        found = joint.read(answer)
        assert [len(records) for records in found.records] == [1, 1, 0]
        assert found.records[1][0].name == "VIP"
        assert found.extents.records[0].tags.data[0] is found.records[0][0]


def test_what_one_reader_learns_is_decoded_together_from_then_on() -> None:
    joint = together((tags(), []), (parts(), []))
    answer = body(contact(tags=listed({"id": 4}), parts={"parts": [{"unheard": 1}]}))
    for page in range(3):
        found = joint.read(answer)
        assert (found.records[0][0].id, found.extents.records[0].tags.data[0].id) == ("4", "4")
        assert (found.extents.records[0].parts.parts[0] is found.records[1][0]) is (page > 0)


ODD = st.sampled_from([None, 7, "x", "", {}, [], [None], 1.5, True, {"id": 4}, {"data": [{"id": "4"}]}])
ITEM = st.fixed_dictionaries(
    {"id": st.sampled_from(["4", "5", 6, ""])},
    optional={"at": st.sampled_from([3, "2020-01-01", None, "no"]), "count": st.sampled_from([1, 1.5, "2", "x"])},
)
ITEMS = st.lists(ITEM | ODD, max_size=3)
COUNTS = {"total_count": st.integers(0, 4) | ODD, "has_more": st.booleans() | ODD}
CONTACT = st.fixed_dictionaries(
    {"id": st.sampled_from(["1", "2", 3]) | ODD},
    optional={
        "updated_at": st.sampled_from([7, "2020-01-01T00:00:00+02:00", None]) | ODD,
        "role": st.sampled_from(["user", "lead"]) | ODD,
        "tags": ODD | st.fixed_dictionaries({}, optional={"data": ITEMS, **COUNTS}),
        "parts": ODD | st.fixed_dictionaries({}, optional={"parts": ITEMS | ODD, "items": ITEMS, **COUNTS}),
    },
)
PAGES = st.lists(st.lists(CONTACT | ODD, max_size=3).map(lambda contacts: body(*contacts)), min_size=1, max_size=3)


def plain(records: Sequence[Any]) -> Any:
    return msgspec.json.encode(records)


def known(reader: Any) -> Any:
    return reader.unknown, reader.coerced, reader.left_out, reader.examples


@settings(max_examples=300)
@given(pages=PAGES)
def test_together_all_read_what_each_reads_alone(pages: list[bytes]) -> None:
    both, alone = (tags(), parts()), (tags(), parts())
    joint, outlines, counted = together((both[0], ["tags"]), (both[1], [])), extents(), CountedList(PARTS.records_at)
    for page in pages:
        found, outlined = joint.read(page), outlines.read(page)
        chosen = [False] * outlined.count
        places = outlined.places if outlined.left_out else range(outlined.count)
        for place, outline in zip(places, outlined.records, strict=True):
            chosen[place] = is_complete(outline, ["tags"])
        assert plain(found.records[0]) == plain(alone[0].read_within(page, chosen))
        assert plain(found.records[1]) == plain(alone[1].read_within(page))
        read = found.extents.records
        assert [(one.id, one.updated_at, one.role) for one in read] == [
            (one.id, one.updated_at, one.role) for one in outlined.records
        ]
        assert [extent_of(one, "tags") for one in read] == [extent_of(one, "tags") for one in outlined.records]
        assert list(counted.kept_back(read)) == list(counted.kept_back(outlined.records))
    assert list(map(known, both)) == list(map(known, alone))


@pytest.mark.parametrize("identifier", [None, ""])
def test_an_outer_record_without_an_id_has_no_extent(identifier: str | None) -> None:
    found = together((tags(), [])).read(body(contact(identifier), contact("2", tags=listed({"id": "4"}))))
    assert [extent.id for extent in found.extents.records] == ["2"]
    assert [tag.contact_id for tag in found.records[0]] == ["2"]


def test_a_nul_within_records_is_taken_out_by_whoever_reads_them() -> None:
    answer = body(contact("1\0", tags=listed({"id": "\0004"})))
    joint = together((tags(), ["tags"]))
    assert [(tag.contact_id, tag.id) for tag in joint.read(answer).records[0]] == [("1", "4")]
    alone = tags()
    assert [(tag.contact_id, tag.id) for tag in alone.read(answer).records] == [("1", "4")]
    assert alone.coerced == {"(NUL characters)": 2}
