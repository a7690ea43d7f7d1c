"""Secrets are taken out of what is shown, also where only the beginning of one is there."""

import re
from itertools import takewhile
from typing import Final

HIDDEN: Final = "(hidden)"
# A secret as short as this may be part of a word by chance.
SHORT_SECRET: Final = 8
# As much of the beginning of a secret is one itself: a message may have been cut off in the middle of it.
TELLING_LENGTH: Final = 12


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
