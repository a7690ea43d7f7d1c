"""Markup that is made of values: text is escaped, whoever said it, and only markup is not."""

from html import escape
from typing import Final

VOID: Final = frozenset({"meta", "link", "br", "hr"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Content = str | float | None


def text(said: Content) -> Markup:
    """Escape what is no markup yet; control characters and marks that turn text around become visible."""
    if isinstance(said, Markup):
        return said
    shown = "" if said is None else str(said)
    if not shown.isprintable():
        shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in shown)
    return Markup(escape(shown))


def join(*parts: Content) -> Markup:
    """Put parts behind one another."""
    return Markup("".join(map(text, parts)))


def element(tag: str, *content: Content, **attributes: Content) -> Markup:
    """Make an element; `_` in the name of an attribute is `-`, one at its end nothing, and None leaves it out."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{given}>" if tag in VOID else f"<{tag}{given}>{join(*content)}</{tag}>")
