from typing import Any

import msgspec
import pytest

from tap_intercom.api.types import InvalidBody
from tap_intercom.errors import ContractError
from tap_intercom.records.nested_reader import NestedReader
from tap_intercom.streams.model import Layout

EACH = Layout(records_at=("attachments",), may_be_missing=True, inherit={"part_id": "id"}, position="position")
LAYOUT = Layout(records_at=("parts", "parts"), from_parent={"conversation_id": "id"}, inner=EACH)
FIELDS = {
    "part_id": {"type": "string"},
    "position": {"type": "integer"},
    "conversation_id": {"type": ["null", "string"]},
    "name": {"type": ["null", "string"]},
}
ANSWER = b"""{"parts": {"parts": [
    {"id": "1", "attachments": [{"name": "a"}, {"name": "b"}]},
    {"id": "2"},
    {"id": "3", "attachments": [{"name": "c", "more": 1}]}]}}"""


@pytest.fixture
def reader() -> NestedReader:
    return NestedReader(LAYOUT, EACH, {"type": "object", "properties": FIELDS}, key=("part_id", "position"))


def test_records_are_found_a_list_deeper_and_know_where_they_were(reader: NestedReader) -> None:
    records = reader.read(ANSWER).records
    reader.complete(records, id="7", updated_at=None)
    assert msgspec.to_builtins(records) == [
        {"part_id": "1", "position": 0, "conversation_id": "7", "name": "a"},
        {"part_id": "1", "position": 1, "conversation_id": "7", "name": "b"},
        {"part_id": "3", "position": 0, "conversation_id": "7", "name": "c"},
    ]
    assert reader.unknown == {"more": 1}


def test_what_is_not_wanted_is_left_out_a_list_deeper_too() -> None:
    schema = {"type": "object", "properties": FIELDS}
    reader = NestedReader(LAYOUT, EACH, schema, [("name",)], key=("part_id", "position"), watch=False)
    records = msgspec.to_builtins(reader.read(ANSWER).records)
    assert records[2] == {"part_id": "3", "position": 0, "conversation_id": None}
    assert reader.unknown == {}


def test_what_the_schema_lacks_is_counted_a_list_deeper_page_after_page(reader: NestedReader) -> None:
    for times in (1, 2, 3):
        reader.read(ANSWER)
        assert reader.unknown == {"more": times}


def test_what_is_no_answer_is_none_here_either(reader: NestedReader) -> None:
    with pytest.raises(InvalidBody):
        reader.read(b"null")
    with pytest.raises(InvalidBody):
        reader.read(b"<html>")
    with pytest.raises(ContractError):
        reader.read(b'{"type": "error.list", "errors": []}')


def test_a_layout_names_what_both_its_levels_add() -> None:
    assert LAYOUT.added_fields == {"conversation_id", "part_id", "position"}


TAGS = Layout(
    records_at=("tags", "data"),
    may_be_missing=True,
    inherit={"contact_id": "id", "changed": "updated_at"},
    is_partial=True,
)
CONTACTS = Layout(records_at=("data",))
LINK = {
    "contact_id": {"type": "string"},
    "id": {"type": "string"},
    "changed": {"type": ["null", "string"], "format": "date-time"},
}


@pytest.fixture
def links() -> NestedReader:
    return NestedReader(CONTACTS, TAGS, {"type": "object", "properties": LINK}, key=("contact_id", "id"), watch=False)


def contacts(*tags: str) -> bytes:
    records = (f'{{"id": "{number}", "updated_at": 7, "tags": {one}}}' for number, one in enumerate(tags, start=1))
    return f'{{"data": [{", ".join(records)}]}}'.encode()


def pairs(records: list[Any]) -> list[tuple[str, str]]:
    return [(record.contact_id, record.id) for record in records]


@pytest.mark.parametrize("odd", [b"", b"\xff"])  # the second is decoded by nobody until it is mended
def test_only_what_lies_in_chosen_records_is_read(links: NestedReader, odd: bytes) -> None:
    one, two, none = '{"data": [{"id": "4"}, {"id": "5", "url": "ODD"}]}', '{"data": [{"id": "6"}]}', "null"
    body = contacts(one, two, none).replace(b"ODD", odd)
    assert pairs(links.read_within(body)) == [("1", "4"), ("1", "5"), ("2", "6")]
    assert pairs(links.read_within(body, [True, False, True])) == [("1", "4"), ("1", "5")]
    assert links.read_within(body)[0].changed.timestamp() == 7


def test_what_is_not_chosen_may_be_of_any_shape(links: NestedReader) -> None:
    body = contacts('{"data": [{"id": 4}]}', '["x"]', '"x"')
    assert pairs(links.read_within(body, [True, False, False])) == [("1", "4")]
    assert pairs(links.read_within(body)) == [("1", "4")]
    assert links.left_out == {"(records)": 2}
    assert links.examples == {"(records)": "item 1 in the object with the id 2"}


def test_an_answer_without_records_has_none_within(links: NestedReader) -> None:
    assert links.read_within(contacts()) == []
    assert links.read(contacts()).records == []


def test_an_answer_that_is_nested_too_deeply_is_one_that_is_understood_by_nobody(links: NestedReader) -> None:
    with pytest.raises(ContractError, match="nested too deeply"):
        links.read(contacts('{"data": [{"id": "4", "more": ' + "[" * 100_000 + "]" * 100_000 + "}]}"))


def test_bare_values_lie_within_records_too() -> None:
    fields = {"team_id": {"type": "string"}, "admin_id": {"type": "string"}}
    each = Layout(records_at=("admin_ids",), may_be_missing=True, inherit={"team_id": "id"}, value_field="admin_id")
    schema = {"type": "object", "properties": fields}
    bare = NestedReader(Layout(records_at=("teams",)), each, schema, key=("team_id", "admin_id"))
    records = bare.read(b'{"teams": [{"id": "1", "admin_ids": [4, 5]}, {"id": "2"}]}').records
    assert [(record.team_id, record.admin_id) for record in records] == [("1", "4"), ("1", "5")]


def test_places_within_records_do_not_go_on_from_page_to_page(reader: NestedReader) -> None:
    records = reader.read(ANSWER).records
    reader.complete(records, 100, id="7", updated_at=None)
    assert [record.position for record in records] == [0, 1, 0]


@pytest.mark.parametrize("outer", ["{}", '{"id": null}', '{"id": []}', '{"id": ""}'])
def test_what_lies_in_a_record_without_the_key_is_left_out(links: NestedReader, outer: str) -> None:
    members = outer[1:-1] + ("," if outer != "{}" else "")
    body = f'{{"data": [{{{members} "tags": {{"data": [{{"id": "4"}}, {{"id": "5"}}]}}}}, '.encode()
    assert pairs(links.read_within(body + contacts('{"data": [{"id": "6"}]}')[10:])) == [("1", "6")]
    assert (links.left_out, links.examples) == ({"(records)": 2}, {"(records)": "item 1 of its page"})


def test_places_count_what_is_left_out(reader: NestedReader) -> None:
    body = b'{"parts": {"parts": [null, {"id": "1", "attachments": [null, {"name": "a"}, 7, {"name": "b"}]}]}}'
    assert [(record.position, record.name) for record in reader.read(body, "7").records] == [(1, "a"), (3, "b")]
    assert (reader.left_out, reader.examples) == (
        {"(records)": 3},
        {"(records)": "item 1 in the object with the id 7"},
    )
