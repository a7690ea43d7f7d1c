"""What is shown has no secret in it, nor much of one."""

import io

import pytest

from tap_intercom.observability.log import Log
from tap_intercom.redaction import conceal, is_quotable, quote_field, quote_names, shape_of, without_long_words

SECRET = "dG9rOmxvZzo0MmZhYjE3Yw"  # noqa: S105 - of nobody's


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"token {SECRET}.", "token (hidden)."),
        (f"{SECRET}{SECRET}", "(hidden)(hidden)"),
        (f"cut off: {SECRET[:15]}", "cut off: (hidden)"),
        (f"{SECRET[:12]}, and on", "(hidden), and on"),
        (f"{SECRET[:11]}, too short to tell", f"{SECRET[:11]}, too short to tell"),
        ("nothing", "nothing"),
    ],
)
def test_a_secret_and_the_beginning_of_it_are_hidden(said: str, shown: str) -> None:
    assert conceal(said, SECRET) == shown


def test_a_secret_as_short_as_a_word_is_hidden_where_it_stands_alone() -> None:
    assert conceal("tok, token", "tok") == "(hidden), token"


def test_a_line_of_the_log_stays_one_line_without_any_of_the_secrets() -> None:
    stream = io.StringIO()
    log = Log(stream)
    for secret in (SECRET, "another secret ", "", None):
        log.hide(secret)
    log.warning("%s\n%s\x1b[31m\u2028", SECRET, "another secret")
    assert stream.getvalue() == "WARNING (hidden)\\n(hidden)\\x1b[31m\\u2028\n"
    assert log.conceal(f"{SECRET}\n") == "(hidden)\n"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "null"),
        (True, "true"),
        ("", "a string of 0 characters"),
        ("s", "a string of 1 character"),
        (SECRET, "a string of 22 characters"),
        (1.5, "a number"),
        ({}, "an object"),
        ([], "a list"),
    ],
)
def test_of_a_value_only_its_shape_is_told(found: object, said: str) -> None:
    assert shape_of(found) == said


@pytest.mark.parametrize(
    ("value", "is_shown"),
    [
        ("", True),
        ("yesterday", True),
        ("x" * 11, True),
        ("x" * 12, False),
        ("1" * 12, False),
        ("2019-13-01T00:00:00.000000+00:00", True),
        ("2019-01 dG9rOjQ2", False),
    ],
)
def test_a_value_is_quoted_where_it_is_short_or_looks_like_a_time(value: str, is_shown: bool) -> None:
    assert is_quotable(value) is is_shown


def test_a_text_that_quotes_a_token_shows_its_length() -> None:
    assert without_long_words(f"no name {'x' * 41} in x+1") == "no name (a string of 41 characters) in x+1"
    assert without_long_words("x" * 40) == "x" * 40


def test_a_field_with_a_name_as_long_as_a_token_is_not_named() -> None:
    assert quote_field("x" * 40) == "x" * 40
    assert quote_field("x" * 41) == "(a string of 41 characters)"


def test_names_are_listed_and_the_rest_of_them_counted() -> None:
    assert quote_names(["a", "b"]) == "a, b"
    assert quote_names(("a", "x" * 41, "c"), most=2) == "a, one with a name of 41 characters and 1 more"
    assert quote_names(map(str, range(10))) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
