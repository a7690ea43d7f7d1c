import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tap_intercom.api.types import InvalidBody
from tap_intercom.errors import ConfigError, ContractError
from tap_intercom.exports.job import ExportPeriod
from tap_intercom.exports.reporting_datasets import (
    Attribute,
    Dataset,
    Datasets,
    read_app,
    read_datasets,
    select_datasets,
)

WINDOW = ExportPeriod(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 31, tzinfo=UTC))
ID = Attribute("conversation_id", "standard.conversation_id", "Conversation ID")
BRAND = Attribute("brand", "conversation.brand", "Brand")
OTHER_BRAND = Attribute("brand", "people.brand", "Brand of the person")
CONVERSATION = Dataset("conversation", (ID, BRAND, OTHER_BRAND))
TICKET = Dataset("ticket", (Attribute("ticket_id"), Attribute("state", name="State")))


def body(**content: Any) -> bytes:
    return json.dumps(content).encode()


def test_datasets_are_read_with_their_attributes_in_the_words_of_any_version() -> None:
    listed = [
        {"id": "conversation", "name": "Conversation", "attributes": [{"id": "a", "qualified_id": "x.a", "name": "A"}]},
        {"id": "ticket", "attributes": [{"id": "b"}]},
        {"id": "nothing"},
    ]
    assert read_datasets(body(type="list", data=listed)) == Datasets(
        (
            Dataset("conversation", (Attribute("a", "x.a", "A"),)),
            Dataset("ticket", (Attribute("b"),)),
            Dataset("nothing"),
        )
    )


def test_datasets_and_attributes_that_cannot_be_used_are_left_out_and_counted() -> None:
    listed = [None, {"id": "ticket", "attributes": [{"id": "b"}, None, {"name": "B"}, "b"]}, {"name": "x"}, 7]
    assert read_datasets(body(type="list", data=listed)) == Datasets((Dataset("ticket", (Attribute("b"),)),), 6)


def test_the_workspace_is_read_from_what_it_says_of_itself() -> None:
    assert read_app(body(type="admin", app={"id_code": "abc", "name": "x"})) == "abc"


@pytest.mark.parametrize("read", [read_app, read_datasets])
def test_what_is_another_thing_is_refused(read: Any) -> None:
    with pytest.raises(ContractError, match="of another shape"):
        read(b'{"type":"error.list"}')
    with pytest.raises(InvalidBody):
        read(b"<html>")
    with pytest.raises(ContractError, match="nested too deeply"):
        read(b'{"strange":' + b"[" * 100_000)


def test_datasets_are_found_by_name_once_each() -> None:
    assert select_datasets([CONVERSATION, TICKET], ("ticket", "ticket"), "reporting_exports") == [TICKET]


def test_an_unknown_dataset_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError) as caught:
        select_datasets([CONVERSATION, TICKET], ("ticket", "moon"), "reporting_exports")
    assert str(caught.value) == (
        "reporting_exports: reporting_datasets names moon; name some of those that the workspace has: "
        "conversation, ticket "
        '(for example "reporting_datasets": ["conversation","ticket"])'
    )
    with pytest.raises(ConfigError, match="reporting_datasets is not set; name some of"):
        select_datasets([CONVERSATION, TICKET], (), "reporting_exports")


def test_all_columns_are_ordered_by_their_qualified_ids_where_they_have_one() -> None:
    assert CONVERSATION.order_body == {
        "dataset_id": "conversation",
        "attribute_ids": ["standard.conversation_id", "conversation.brand", "people.brand"],
    }
    assert TICKET.order_body == {"dataset_id": "ticket", "attribute_ids": ["ticket_id", "state"]}
    assert (CONVERSATION.part, TICKET.part) == ("conversation", "ticket")


@pytest.mark.parametrize(
    "header",
    [
        ["standard.conversation_id", "conversation.brand", "people.brand"],
        ["conversation_id", "brand", "brand"],
        ["Conversation ID", "Brand", "Brand of the person"],
    ],
)
def test_columns_are_named_by_their_ids_whatever_the_header_says(header: list[str]) -> None:
    assert CONVERSATION.titles(header) == ["conversation_id", "conversation.brand", "people.brand"]


def test_a_title_that_says_too_little_stays_as_it_is() -> None:
    assert CONVERSATION.titles(["brand", "strange"]) == ["brand", "strange"]
    assert TICKET.titles(["State", "ticket_id"]) == ["state", "ticket_id"]


def test_columns_of_one_title_have_names_of_their_own() -> None:
    assert TICKET.titles(["x", "x", "x_", "x"]) == ["x", "x_", "x__", "x___"]
    unclear = Dataset("d", (Attribute("a", name="b"), Attribute("b", name="c")))
    assert unclear.titles(["b", "c", "a", "b_", "b"]) == ["b_", "b", "a", "b__", "b___"]


def test_rows_are_told_by_their_place() -> None:
    rows = CONVERSATION.records(WINDOW, ["conversation_id", "brand", "brand"], [["1", "x", ""], ["2", "", "y"]], 500)
    about = {"dataset_id": "conversation", "window_start": WINDOW.start, "window_end": WINDOW.end}
    assert rows == [
        {
            **about,
            "position": 500,
            "attributes": {"conversation_id": "1", "conversation.brand": "x", "people.brand": None},
        },
        {
            **about,
            "position": 501,
            "attributes": {"conversation_id": "2", "conversation.brand": None, "people.brand": "y"},
        },
    ]
    odd, sound = CONVERSATION.records(WINDOW, ["conversation_id"], [["1", "x"], ["2"]], 0)
    assert odd is None
    assert sound == {**about, "position": 1, "attributes": {"conversation_id": "2"}}
