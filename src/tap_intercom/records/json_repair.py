"""What is nearly JSON is made JSON; what cannot be mended stays broken, for the reader to refuse."""

import re
from typing import Final

# A string, whatever it holds, or one of the numbers that JSON does not have.
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN', re.DOTALL)
# What may stand in a string besides plain characters: a right escape (a surrogate only before its other half), half a
# surrogate pair, a backslash that begins no escape, a raw control character.
_INVALID_PIECE: Final = re.compile(
    r"(?P<right>"
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}"
    r'|\\["\\/bfnrt])'
    r"|(?P<half>\\u[0-9a-fA-F]{4})"
    r"|(?P<stray>\\)"
    r"|[\x00-\x1f]"
)
_NUL_ESCAPE: Final = re.compile(rb"\\u0000")
_ESCAPE: Final = re.compile(rb"\\(?:(u0000)|.)", re.DOTALL)
FEW_BACKSLASHES: Final = 100
_UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"


def repair(body: bytes) -> tuple[bytes, int]:
    """Escape raw control characters and stray backslashes; replace broken UTF-8 and half surrogate pairs by U+FFFD.

    Numbers that JSON does not have (NaN, Infinity) become null. Returns the text, and how much of it was replaced:
    what is merely escaped is not lost. Raw control characters were seen in live answers (2026).
    """
    text = body.decode("utf-8-sig", "replace")
    replaced = text.count(_UNREADABLE) - body.count(_UNREADABLE.encode())

    def mend_token(match: re.Match[str]) -> str:
        nonlocal replaced
        if match[0].startswith('"'):
            return _INVALID_PIECE.sub(mend_oddity, match[0])
        replaced += 1
        return "null"

    def mend_oddity(match: re.Match[str]) -> str:
        nonlocal replaced
        if match.lastgroup == "half":
            replaced += 1
            return _UNREADABLE
        if match.lastgroup == "stray":
            return r"\\"
        return match[0] if match.lastgroup else f"\\u{ord(match[0]):04x}"

    return _TOKEN.sub(mend_token, text).encode(), replaced


def without_nul(body: bytes) -> tuple[bytes, int]:
    """Take the character NUL, escaped or not, out of all texts and names; PostgreSQL, for one, cannot hold it.

    Returns the rest, and how many there were.
    """
    if b"\x00" not in body and not _holds_escaped_nul(body):
        return body, 0
    removed = body.count(b"\x00")

    def keep(match: re.Match[bytes]) -> bytes:
        nonlocal removed
        removed += match[1] is not None
        return match[0] if match[1] is None else b""

    return _ESCAPE.sub(keep, body.replace(b"\x00", b"")), removed


def _holds_escaped_nul(body: bytes) -> bool:
    """Say whether an escaped NUL is in a body: going from backslash to backslash is fastest while they are few."""
    place = -1
    for _ in range(FEW_BACKSLASHES):
        place = body.find(b"\\", place + 1)
        if place < 0 or body.startswith(b"u0000", place + 1):
            return place >= 0
    return _NUL_ESCAPE.search(body, place) is not None
