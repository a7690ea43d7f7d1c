import json

import pytest

from tap_intercom.load.json_lines import (
    add_members,
    is_exact,
    long_numbers,
    may_have_long_number,
    rename_members,
)


@pytest.mark.parametrize(
    ("number", "exact"),
    [
        ("0.1", True),
        ("1e3", True),
        ("9007199254740992", True),
        ("9007199254740993", False),
        ("0.1234567890123456", True),
        ("0.12345678901234567890", False),
        ("1e-400", False),
        ("2.5e-308", True),
        ("1e400", False),
    ],
)
def test_a_double_holds_a_number_or_does_not(number: str, exact: bool) -> None:
    assert is_exact(number) is exact
    assert exact or may_have_long_number(number.encode()) or number == "1e400"  # DuckDB keeps it as it is


@pytest.mark.parametrize(
    "text", ["2019-09-27T22:34:39.000000Z", "255.255.255.255", "123456789012345", "e-mail", "1e-99"]
)
def test_usual_texts_have_no_long_number(text: str) -> None:
    assert not may_have_long_number(text.encode())


def test_the_lines_with_long_numbers_are_found_with_their_fields() -> None:
    lines = b'{"a":1,"b":{"x":0.12345678901234567}}\n{"a":1}\n{"a":12345678901234567890,"c":"12345678901234567890"}\n'
    assert list(long_numbers(lines, ["a", "b"])) == [
        (lines.index(b"\n"), {"b": '{"x":0.12345678901234567}'}),
        (len(lines) - 1, {"a": "12345678901234567890"}),
    ]
    assert list(long_numbers(lines, [])) == []
    assert list(long_numbers(b'{"c":"12345678901234567890"}\n', ["a"])) == []
    assert list(long_numbers(b'{"a":1}\n', ["a"])) == []


def test_members_are_added_and_renamed() -> None:
    lines = b'{"a":1}\n{"a":2}\n'
    added = add_members(lines, {7: {}, 15: {"more": '{"x":"é"}'}})
    assert [json.loads(line) for line in added.split(b"\n") if line] == [{"a": 1}, {"a": 2, "more": '{"x":"é"}'}]
    assert rename_members(b'{"Plan":1e3,"plan":"x"}\n', {"plan": "plan_2"}) == b'{"Plan":1e3,"plan_2":"x"}\n'
