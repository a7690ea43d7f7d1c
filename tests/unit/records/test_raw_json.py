"""Lists of values that the schema does not describe, and answers that hold no records where some should be."""

import json
from typing import Any

import msgspec
import pytest

from tap_intercom.errors import ContractError
from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Layout


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, **properties}}


def things(items: dict[str, Any], *lists: list[Any]) -> list[Any]:
    """Give what becomes of the lists, each of them of a record."""
    reader = Reader(Layout(records_at=("items",)), schema(things={"type": ["null", "array"], "items": items}))
    body = {"items": [{"id": str(number), "things": found} for number, found in enumerate(lists)]}
    read = reader.read(json.dumps(body).encode())
    return [json.loads(msgspec.json.encode(record))["things"] for record in read.records]


def test_an_item_of_another_kind_costs_itself() -> None:
    found = things({"type": ["null", "object"]}, [{"a": 1}, 5, None, "x"], [{"b": 1}], [[1]])
    assert found == [[{"a": 1}], [{"b": 1}], []]


def test_an_item_that_should_be_a_list_becomes_one() -> None:
    assert things({"type": ["null", "array"]}, [{"a": 1}, 5, None], [[1]]) == [[[{"a": 1}], [5]], [[1]]]


@pytest.mark.parametrize("body", [b"[1]", b"7", b'"x"'])
def test_an_answer_that_should_be_a_record_and_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ContractError, match=r"^An answer is not an object; check that `api_version`"):
        Reader(Layout(records_at=()), schema()).read(body)
