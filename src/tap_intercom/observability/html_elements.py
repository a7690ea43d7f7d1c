"""HTML elements made from values: all text in them is escaped, and only `Markup` is not."""

from html import escape
from typing import Final

from tap_intercom.observability.log import printable

VOID: Final = frozenset({"meta", "link", "br", "hr"})


class Markup(str):
    """A piece of HTML; only `element`, `join` and `text` make it of other text."""

    __slots__ = ()


Content = str | float | None


def text(content: Content) -> Markup:
    """Escape text, and show control characters and marks of direction as Python does; Markup is left as it is."""
    if isinstance(content, Markup):
        return content
    return Markup(escape(printable("" if content is None else str(content))))


def join(*parts: Content) -> Markup:
    """Join parts, escaped as `text` does."""
    return Markup("".join(map(text, parts)))


def element(tag: str, *content: Content, **attributes: Content) -> Markup:
    """Make an element. `_` in an attribute's name means `-`, or nothing at its end; None leaves an attribute out."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{text(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{given}>" if tag in VOID else f"<{tag}{given}>{join(*content)}</{tag}>")
