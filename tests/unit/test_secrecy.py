"""What is shown has no secret in it, nor much of one."""

import io

import pytest

from tap_intercom.log import Log
from tap_intercom.secrecy import conceal, shape

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
    assert shape(found) == said
