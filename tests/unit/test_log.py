"""What is logged is one line, and no secret."""

import io

import pytest

from tap_intercom.log import Log

SECRET = "dG9rOmxvZzo0MmZhYjE3Yw"  # noqa: S105 - of nobody's


def logged(*said: str, secret: str = SECRET) -> list[str]:
    stream = io.StringIO()
    log = Log(stream)
    log.hide(secret)
    for words in said:
        log.warning("%s", words)
    return stream.getvalue().splitlines()


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
    assert logged(said) == [f"WARNING {shown}"]


def test_a_secret_as_short_as_a_word_is_hidden_where_it_stands_alone() -> None:
    assert logged("tok, token", secret="tok") == ["WARNING (hidden), token"]  # noqa: S106 - an example


def test_a_line_stays_one_line() -> None:
    assert logged("two\nlines\x1b[31m\u2028") == ["WARNING two\\nlines\\x1b[31m\\u2028"]
