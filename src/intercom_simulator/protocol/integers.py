"""Whole numbers in parameters."""

MAX_DIGITS = 18  # no id, page or time has more digits, and all numbers of so many digits fit 64 bits


def parse_integer(text: str) -> int | None:
    """Return the whole number that a text of decimal digits stands for; None for other texts, or longer ones."""
    return int(text) if len(text) <= MAX_DIGITS and text.isdecimal() else None
