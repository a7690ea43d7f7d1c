"""What may be shown: of a text what is no secret, of a value that is wrong no more than its shape."""

import re
from collections.abc import Iterable, Mapping
from itertools import takewhile
from typing import Final

HIDDEN: Final = "(hidden)"
# A secret as short as this may be part of a word by chance.
SHORT_SECRET: Final = 8
# As much of the beginning of a secret is one itself: a message may have been cut off in the middle of it.
LENGTH_SHOWN: Final = 12
# What is longer may be a secret in the wrong place. Secrets that stand where names do are tokens, which are longer.
LONGEST_QUOTED_VALUE: Final = LENGTH_SHOWN - 1
LONGEST_QUOTED_NAME: Final = 40
_TIME: Final = re.compile(r"\d{4}-\d\d[-+0-9:.TtZz ]{0,28}")


def conceal(text: str, secret: str) -> str:
    """Give `text` without `secret`, which is not empty."""
    if len(secret) < SHORT_SECRET:
        return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    kept, rest = [], text
    while (start := rest.find(secret[:LENGTH_SHOWN])) >= 0:
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(rest[start:], secret, strict=False))
        kept += [rest[:start], HIDDEN]
        rest = rest[start + sum(1 for _ in alike) :]
    return "".join([*kept, rest])


def quote_name(name: str) -> str:
    """Give a name as it is, unless it is so long that it may be a secret."""
    return name if len(name) <= LONGEST_QUOTED_NAME else f"one with a name of {len(name)} characters"


def quote_names(names: Iterable[str], most: int = 10) -> str:
    """List names as `quote_name` gives them, no more than `most`, and how many more there are."""
    quoted = list(map(quote_name, names))
    return ", ".join(quoted[:most]) + (f" and {len(quoted) - most} more" if len(quoted) > most else "")


def quote_field(name: str) -> str:
    """Give the name of a field as it is, unless it is so long that it may be a secret."""
    return name if len(name) <= LONGEST_QUOTED_NAME else f"({shape_of(name)})"


def without_long_words(text: str) -> str:
    """Give a text of somebody else's, which may quote what it is about; a word as long as a token is described."""
    return re.sub(rf"\S{{{LONGEST_QUOTED_NAME + 1},}}", lambda word: f"({shape_of(word[0])})", text)


def is_quotable(value: str) -> bool:
    """Say whether a value is too short for a secret, or looks like a time."""
    return len(value) <= LONGEST_QUOTED_VALUE or _TIME.fullmatch(value) is not None


def shape_of(found: object) -> str:
    """Say what kind of JSON value was found, without the value: it may be a secret in the wrong place."""
    match found:
        case None:
            return "null"
        case bool():
            return str(found).lower()
        case str():
            return f"a string of {len(found)} character{'s' * (len(found) != 1)}"
        case int() | float():
            return "a number"
        case Mapping():
            return "an object"
    return "a list"
