"""Filters of searches: what each finds and refuses, by the kind of its field."""

import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from intercom_simulator.protocol.filters import FilterContext, read_filter
from intercom_simulator.protocol.responses import ApiError

SECONDS = FilterContext({"age": "number", "born": "date", "id": "numeric_id"})
DAYS = FilterContext({"born": "date"}, ZoneInfo("Europe/Berlin"))
SPEND = "custom_attributes.spend"


def found(field: str, operator: str, value: Any, held: Any, language: FilterContext = SECONDS) -> bool:
    return read_filter(field, operator, value, language)({field: held}.get)


def refused(field: str, operator: str, value: Any, language: FilterContext = SECONDS) -> str:
    with pytest.raises(ApiError) as refusal:
        read_filter(field, operator, value, language)
    assert refusal.value.status == 400
    return refusal.value.code


@pytest.mark.parametrize("field", ["age", "born", SPEND])
def test_a_number_may_be_written_as_text(field: str) -> None:
    for value in (100, 100.0, "100", "100.0"):
        assert [found(field, ">", value, held) for held in (99, 100, 100.5)] == [False, False, True]
        assert [found(field, "<=", value, held) for held in (99, 100, 100.5)] == [True, True, False]
    assert found(field, "<", "-1.5", -2)
    assert found(field, "<", "1" * 300, 5)


@pytest.mark.parametrize("field", ["age", "born", SPEND])
@pytest.mark.parametrize("value", ["many", "", "1e5", "nan", "1_000", "1" * 301, None, True, [], {}, [1]])
def test_what_is_no_number_is_not_compared_as_one(field: str, value: Any) -> None:
    for operator in ("<", "<=", ">", ">="):
        assert refused(field, operator, value) == "type_mismatch"


def test_only_numbers_are_before_and_after_others() -> None:
    assert [found(SPEND, ">", 0, held) for held in ("9", True, None, [9])] == [False] * 4


@pytest.mark.parametrize("value", [False, [], {}])
def test_only_the_empty_id_is_before_all_others(value: Any) -> None:
    assert found("id", ">", "", "1")
    assert found("id", ">", None, "1")
    assert refused("id", ">", value) == "type_mismatch"


@pytest.mark.parametrize("operator", ["<", ">"])
def test_nothing_is_before_or_after_no_day(operator: str) -> None:
    assert refused("born", operator, None, DAYS) == "type_mismatch"
    assert [found("born", "=", None, held, DAYS) for held in (None, 5)] == [True, False]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("contacts", "created_at"),
        ("contacts", "last_seen_at"),
        ("conversations", "created_at"),
        ("tickets", "ticket_attribute.214"),
    ],
)
def test_a_search_for_what_lies_after_nothing_is_refused(ask: Any, name: str, field: str) -> None:
    body = {"query": {"field": field, "operator": ">", "value": None}, "sort": {"field": field}}
    assert ask(f"/{name}/search", "POST", body, version="2.16").error[:2] == (400, "type_mismatch")


@pytest.mark.parametrize(
    ("name", "key", "attribute"),
    [("contacts", "data", "monthly_spend"), ("conversations", "conversations", "Seats")],
)
def test_custom_numbers_are_found_by_a_number_or_by_text(ask: Any, name: str, key: str, attribute: str) -> None:
    def among(value: Any, operator: str) -> set[str]:
        query = {"field": f"custom_attributes.{attribute}", "operator": operator, "value": value}
        return {item["id"] for page in ask.search(name, query=query) for item in page[key]}

    held = sorted(
        value
        for page in ask.search(name)
        for item in page[key]
        if isinstance(value := item["custom_attributes"].get(attribute), int | float)
    )
    middle = held[len(held) // 2]
    for operator in ("<", "<=", ">", ">="):
        assert among(middle, operator) == among(str(middle), operator) != set()


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("=", "support", True),
        ("=", "SUPPORT", True),
        ("=", "don't", True),
        ("=", "größe", True),
        ("=", "need support", False),
        ("=", "p", False),
        ("!=", "support", False),
        ("!=", "supp", True),
        ("IN", ["billing", "support"], True),
        ("NIN", ["billing", "help"], True),
        ("~", "supp", True),
        ("^", "supp", True),
        ("$", "port", True),
        ("!~", "supp", False),
    ],
)
def test_a_message_is_searched_word_by_word(operator: str, value: Any, expected: bool) -> None:
    language = FilterContext({"body": "message"})
    assert found("body", operator, value, "<p>I don't need&nbsp;<b>Support</b>: Größe</p>", language) is expected


@pytest.mark.parametrize("held", [None, "", "<p></p>"])
def test_a_message_without_words_holds_nothing(held: str | None) -> None:
    assert found("body", "=", None, held, FilterContext({"body": "message"}))


def test_a_conversation_is_found_by_one_word_of_its_message(ask: Any) -> None:
    bodies = {
        item["id"]: item["source"]["body"] for page in ask.search("conversations") for item in page["conversations"]
    }
    word = next(word for body in bodies.values() for word in re.findall(r"\b[a-z]{5,}\b", body or ""))
    query = {"field": "source.body", "operator": "=", "value": word}
    met = {item["id"] for page in ask.search("conversations", query=query) for item in page["conversations"]}
    assert met == {one for one, body in bodies.items() if re.search(rf"\b{word}\b", body or "", re.IGNORECASE)}


def test_tags_of_contacts_are_there_or_not(ask: Any) -> None:
    everything = [item for page in ask.search("contacts") for item in page["data"]]
    tag = next(item["tags"]["data"][0]["id"] for item in everything if item["tags"]["data"])
    sizes = {}
    for operator in ("=", "!="):
        query = {"field": "tag_id", "operator": operator, "value": tag}
        sizes[operator] = next(ask.search("contacts", query=query))["total_count"]
    assert sizes["="] > 0 < sizes["!="]
    assert sum(sizes.values()) == len(everything)
    for operator, value in (("IN", [tag]), ("NIN", [tag]), ("~", tag), ("!~", tag), ("^", tag), ("$", tag), (">", tag)):
        query = {"query": {"field": "tag_id", "operator": operator, "value": value}}
        assert ask("/contacts/search", "POST", query, version="2.16").error[:2] == (400, "parameter_invalid")
