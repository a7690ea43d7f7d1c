"""A table in lines of text."""

from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.observability.text_table import LEAST_WRAPPED, aligned, wrapped

ROWS = [("stream", "verdict", "what to do"), ("tags", "missing", "give the app the permission"), ("users", "ok", "")]


def test_columns_are_aligned_and_no_line_ends_with_a_space() -> None:
    assert aligned([("a", "12", ""), ("bcd", "3", "x")], right=(1,)) == ["a    12", "bcd   3  x"]


def test_the_last_column_is_wrapped_below_itself() -> None:
    assert aligned(list(wrapped(ROWS, 37))) == [
        "stream  verdict  what to do",
        "tags    missing  give the app the",
        "                 permission",
        "users   ok",
    ]


def test_a_table_with_room_is_not_wrapped() -> None:
    assert list(map(tuple, wrapped(ROWS, 100))) == ROWS


@given(st.lists(st.text("ab -/", max_size=90), min_size=1), st.integers(0, 120))
def test_no_line_is_longer_than_the_terminal_and_no_word_is_lost(messages: list[str], width: int) -> None:
    rows = [("stream", message) for message in messages]
    lines = aligned(list(wrapped(rows, width)))
    assert all(len(line) <= max(width, len("stream  ") + LEAST_WRAPPED) for line in lines)
    shown = "".join(line.removeprefix("stream") for line in lines)
    assert shown.replace(" ", "") == "".join(messages).replace(" ", "")
