"""What callers write where a whole number belongs."""

MAX_DIGITS = 18  # digits: no id, page or moment has more, and all that has fits 64 bits


def parse_integer(text: str) -> int | None:
    """Return the whole number that a text is in decimal digits; None where it is anything else, or too long."""
    return int(text) if len(text) <= MAX_DIGITS and text.isdecimal() else None
