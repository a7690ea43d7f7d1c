"""A table in lines of text."""

from tap_intercom.observability.text_table import aligned


def test_columns_are_aligned_and_no_line_ends_with_a_space() -> None:
    assert aligned([("a", "12", ""), ("bcd", "3", "x")], right=(1,)) == ["a    12", "bcd   3  x"]
