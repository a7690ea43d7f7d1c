"""The JSON text of an answer, before it is decoded: its repair, its size, and its NUL characters."""

import re
from itertools import islice
from typing import Final

import msgspec

from tap_intercom.api.types import InvalidBody

# A JSON string with any content, or a number that JSON does not allow.
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN', re.DOTALL)
# The parts of a string other than plain characters: a valid escape (also a complete surrogate pair), half a surrogate
# pair, a backslash that begins no escape, a raw control character.
_INVALID_PIECE: Final = re.compile(
    r"(?P<valid>"
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}"
    r'|\\["\\/bfnrt])'
    r"|(?P<half>\\u[0-9a-fA-F]{4})"
    r"|(?P<stray>\\)"
    r"|[\x00-\x1f]"
)
_NUL_ESCAPE: Final = re.compile(rb"\\u0000")
_ESCAPE: Final = re.compile(rb"\\(?:(u0000)|.)", re.DOTALL)
BYTES_PER_BACKSLASH: Final = 4000  # looking at one backslash takes as long as searching this many bytes by the pattern
# A record may need a hundred times the memory of its JSON: {"id":"1"} becomes a record with all fields.
MOST_OBJECTS: Final = 500_000
LARGE: Final = 4_000_000  # bytes; a smaller answer is not counted, since it cannot hold many more objects
_OBJECT: Final = re.compile(rb"\{\s*[\"}]")  # not within a text: there, a quotation mark has a backslash before it
_UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"


def holds_too_much(body: bytes) -> bool:
    """Return whether a body holds more than MOST_OBJECTS objects."""
    return len(body) > LARGE and next(islice(_OBJECT.finditer(body), MOST_OBJECTS, None), None) is not None


def one_line(body: bytes) -> bytes:
    """Return JSON without line breaks between its values: a Singer message is one line, and holds raw JSON."""
    return msgspec.json.format(body, indent=-1) if b"\n" in body or b"\r" in body else body


def repaired_line(body: bytes) -> tuple[bytes, int]:
    """Return a body as one line of valid JSON, and the number of characters replaced in it.

    Raises InvalidBody if it cannot be repaired.
    """
    try:
        body.decode()
        return msgspec.json.format(body, indent=-1), 0
    except ValueError:
        repaired, replaced = repair(body)
    try:
        return msgspec.json.format(repaired, indent=-1), replaced
    except ValueError:
        raise InvalidBody("The body is not JSON") from None


def repair(body: bytes) -> tuple[bytes, int]:
    """Escape raw control characters and stray backslashes; replace broken UTF-8 and half surrogate pairs by U+FFFD.

    Numbers that JSON does not allow (NaN, Infinity) become null. Returns the text, and the number of replacements;
    escaping is not counted, since it loses nothing. Raw control characters were seen in live answers (2026).
    """
    text = body.decode("utf-8-sig", "replace")
    replaced = text.count(_UNREADABLE) - body.count(_UNREADABLE.encode())

    def repair_token(match: re.Match[str]) -> str:
        nonlocal replaced
        if match[0].startswith('"'):
            return _INVALID_PIECE.sub(repair_piece, match[0])
        replaced += 1
        return "null"

    def repair_piece(match: re.Match[str]) -> str:
        nonlocal replaced
        if match.lastgroup == "half":
            replaced += 1
            return _UNREADABLE
        if match.lastgroup == "stray":
            return r"\\"
        return match[0] if match.lastgroup else f"\\u{ord(match[0]):04x}"

    return _TOKEN.sub(repair_token, text).encode(), replaced


def without_nul(body: bytes) -> tuple[bytes, int]:
    """Remove the character NUL, escaped or not, from all texts and names; PostgreSQL, for one, cannot store it.

    Returns the body without it, and how many were removed.
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
    """Return whether a body holds an escaped NUL; looking at each backslash is fastest while there are few."""
    place = -1
    for _ in range(len(body) // BYTES_PER_BACKSLASH):
        place = body.find(b"\\", place + 1)
        if place < 0:
            return False
        if body.startswith(b"u0000", place + 1):
            return True
    return _NUL_ESCAPE.search(body, place + 1) is not None
