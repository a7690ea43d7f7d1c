"""Redaction: hiding of secrets in what is shown, and description of wrong values that may be secrets.

What was put in the wrong place may be a token, so what is longer than the lengths here is described and not quoted.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Final

HIDDEN: Final = "(hidden)"
# Characters. A secret that is shorter may be part of a word by chance: it is hidden only as a whole word.
SHORTEST_HIDDEN_IN_WORDS: Final = 8
# The beginning of a secret is hidden, too, if it is as long as this: a message may be cut off within the secret.
SHORTEST_HIDDEN_BEGINNING: Final = 12
LONGEST_QUOTED_VALUE: Final = SHORTEST_HIDDEN_BEGINNING - 1
LONGEST_QUOTED_NAME: Final = 40  # names may be longer than other values, and tokens are longer still
LONGEST_QUOTED_PATH: Final = 100  # of a request
_TIME: Final = re.compile(r"\d{4}-\d\d[-+0-9:.TtZz ]{0,28}")


def conceal(text: str, secret: str) -> str:
    """Return `text` with HIDDEN in place of `secret`, which must not be empty, and of any long beginning of it."""
    if len(secret) < SHORTEST_HIDDEN_IN_WORDS:
        return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    kept, rest = [], text
    while (start := rest.find(secret[:SHORTEST_HIDDEN_BEGINNING])) >= 0:
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(rest[start:], secret, strict=False))
        kept += [rest[:start], HIDDEN]
        rest = rest[start + sum(1 for _ in alike) :]
    return "".join([*kept, rest])


def quote_name(name: str) -> str:
    """Return a name as it is, or how long it is if it may be a secret."""
    return name if len(name) <= LONGEST_QUOTED_NAME else f"one with a name of {len(name)} characters"


def quote_names(names: Iterable[str], most: int = 10) -> str:
    """Return names as `quote_name` gives them, at most `most`, and how many more there are."""
    quoted = list(map(quote_name, names))
    return ", ".join(quoted[:most]) + (f" and {len(quoted) - most} more" if len(quoted) > most else "")


def quote_field(name: str) -> str:
    """Return the name of a field as it is, or its shape in parentheses if it may be a secret."""
    return name if len(name) <= LONGEST_QUOTED_NAME else f"({shape_of(name)})"


def without_long_words(text: str) -> str:
    """Return a library's message with every word that is as long as a token replaced by its shape."""
    return re.sub(rf"\S{{{LONGEST_QUOTED_NAME + 1},}}", lambda word: f"({shape_of(word[0])})", text)


def is_quotable(value: str) -> bool:
    """Say whether a value is too short for a secret, or looks like a time."""
    return len(value) <= LONGEST_QUOTED_VALUE or _TIME.fullmatch(value) is not None


def shape_of(value: object) -> str:
    """Return which kind of JSON value this is, without its content, such as "a string of 5 characters"."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f"a string of {len(value)} character{'s' * (len(value) != 1)}"
        case int() | float():
            return "a number"
        case Mapping():
            return "an object"
    return "a list"
