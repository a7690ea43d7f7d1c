"""Lines of JSON on their way into DuckDB: numbers with more digits than it keeps, and members with other names.

DuckDB reads every number of a JSON text as a double, but for long integers. Nearly no record has a number that loses
digits by that, so whole blocks of lines are looked at first.
"""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Final

import msgspec

# A decimal number of 15 digits comes back from a double as it was; digits and a point are 16 characters then.
_LONG: Final = b"0" * 16
# 1e-100 and smaller: from 1e-308 on, a double holds fewer digits, and then none.
_SMALL: Final = b"0e-000"
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _simplified(character: int) -> int:
    """Write every digit and point as 0 and every E as e; keep the minus; write a space for all else."""
    if chr(character) in "0123456789.":
        return ord("0")
    return {"-": ord("-"), "e": ord("e"), "E": ord("e")}.get(chr(character), ord(" "))


_SIMPLIFIED: Final = bytes(map(_simplified, range(256)))


def may_have_long_number(text: bytes) -> bool:
    """Say whether a JSON text may have a number that a double does not hold exactly; digits in its texts count, too."""
    simple = text.translate(_SIMPLIFIED)
    return _LONG in simple or _SMALL in simple


def is_exact(number: str) -> bool:
    """Say whether a double holds exactly this number, in the sense that its shortest decimal form is the same."""
    return Decimal(repr(float(number))) == Decimal(number)


def long_numbers(lines: bytes, fields: Collection[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the lines of which one of the fields may have a number that a double does not hold exactly.

    Each comes with the place at which it ends, and the JSON of these fields.
    """
    simple = lines.translate(_SIMPLIFIED) if fields else b""
    places = {number: simple.find(number) for number in (_LONG, _SMALL)}
    while present := [place for place in places.values() if place >= 0]:
        start, end = lines.rfind(b"\n", 0, min(present)) + 1, lines.index(b"\n", min(present))
        members = _MEMBERS.decode(memoryview(lines)[start:end])
        found = {field: bytes(members[field]) for field in fields if field in members}
        if texts := {field: text.decode() for field, text in found.items() if may_have_long_number(text)}:
            yield end, texts
        for number, place in places.items():
            if 0 <= place < end:
                places[number] = simple.find(number, end)


def add_members(lines: bytes, members: Mapping[int, Mapping[str, str]]) -> bytes:
    """Add members with texts to the objects in the lines that end at these places."""
    pieces, done = [], 0
    for end, added in members.items():
        if added:
            pieces += [lines[done : end - 1], b",", msgspec.json.encode(added).removeprefix(b"{")]
            done = end
    return b"".join([*pieces, lines[done:]])


def rename_members(lines: bytes, names: Mapping[str, str]) -> bytes:
    """Give the members of the object in each line other names."""
    objects = (_MEMBERS.decode(line) for line in lines.split(b"\n") if line)
    return msgspec.json.Encoder().encode_lines(
        [{names.get(name, name): value for name, value in members.items()} for members in objects]
    )
