"""Seeded randomness: every invented value depends only on the seed, the kind of thing and its number."""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from typing import TypeVar

Item = TypeVar("Item")
_MASK = (1 << 64) - 1


def random_for(seed: int, kind: str, ordinal: int = 0) -> Random:
    """Return a generator that yields the same numbers for the same arguments, in every process."""
    return Random(f"{seed}/{kind}/{ordinal}")  # noqa: S311 - an invented world needs repeatability, not secrecy


def random_bits(seed: int, salt: int, ordinal: int) -> int:
    """Return 64 well-mixed bits (the finaliser of splitmix64), cheaper than a generator."""
    bits = (seed * 0x9E3779B97F4A7C15 + salt * 0xD1B54A32D192ED03 + ordinal * 0x8CB92BA72F3D8DD7) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)


def hex_id(seed: int, kind: str, ordinal: int) -> str:
    """Return 24 hexadecimal digits, as Intercom names people, companies and segments."""
    return "5" + blake2b(f"{seed}/{kind}/{ordinal}".encode(), digest_size=12).hexdigest()[1:]


def pick(bits: int, pool: Sequence[Item]) -> Item:
    """Choose an item of the pool by some random bits."""
    return pool[bits % len(pool)]
