import msgspec
import pytest

from tap_intercom.errors import ContractError
from tap_intercom.inner import InnerReader
from tap_intercom.stream import Layout
from tap_intercom.wire import Garbled

EACH = Layout(records_at=("attachments",), may_lack=True, inherit={"part_id": "id"}, position="position")
LAYOUT = Layout(records_at=("parts", "parts"), given={"conversation_id": "id"}, each=EACH)
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
def reader() -> InnerReader:
    return InnerReader(LAYOUT, EACH, {"type": "object", "properties": FIELDS, "required": ["part_id", "position"]})


def test_records_are_found_a_list_deeper_and_know_where_they_were(reader: InnerReader) -> None:
    records = reader.read(ANSWER).records
    reader.complete(records, id="7", updated_at=None)
    assert msgspec.to_builtins(records) == [
        {"part_id": "1", "position": 0, "conversation_id": "7", "name": "a"},
        {"part_id": "1", "position": 1, "conversation_id": "7", "name": "b"},
        {"part_id": "3", "position": 0, "conversation_id": "7", "name": "c"},
    ]
    assert reader.unknown == {"more": 1}


def test_records_a_list_deeper_are_given_as_they_came(reader: InnerReader) -> None:
    assert reader.raw(ANSWER) == [b'{"name":"a"}', b'{"name":"b"}', b'{"name":"c","more":1}']


def test_what_is_no_answer_is_none_here_either(reader: InnerReader) -> None:
    with pytest.raises(Garbled):
        reader.read(b"null")
    with pytest.raises(Garbled):
        reader.read(b"<html>")
    with pytest.raises(ContractError):
        reader.read(b'{"type": "error.list", "errors": []}')


def test_a_layout_names_what_both_its_levels_add() -> None:
    assert LAYOUT.added == {"conversation_id", "part_id", "position"}
