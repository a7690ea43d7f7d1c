"""What may be shown: of a text what is no secret, of a value that is wrong no more than its shape."""

import re
from collections.abc import Mapping
from itertools import takewhile
from typing import Final

HIDDEN: Final = "(hidden)"
# A secret as short as this may be part of a word by chance.
SHORT_SECRET: Final = 8
# As much of the beginning of a secret is one itself: a message may have been cut off in the middle of it.
TELLING_LENGTH: Final = 12
LONGEST_QUOTED_NAME: Final = 40


def conceal(text: str, secret: str) -> str:
    """Give `text` without `secret`, which is not empty."""
    if len(secret) < SHORT_SECRET:
        return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)
    kept, rest = [], text
    while (start := rest.find(secret[:TELLING_LENGTH])) >= 0:
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(rest[start:], secret, strict=False))
        kept += [rest[:start], HIDDEN]
        rest = rest[start + sum(1 for _ in alike) :]
    return "".join([*kept, rest])


def quote_name(name: str) -> str:
    """Give a name as it is, unless it is so long that it may be a secret."""
    return name if len(name) <= LONGEST_QUOTED_NAME else f"one with a name of {len(name)} characters"


def shape(found: object) -> str:
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
