"""Messages as plain text, as `display_as=plaintext` returns them."""

import re
from html import unescape
from typing import Any

_LINK = re.compile(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL | re.IGNORECASE)
_IMAGE = re.compile(r'<img\b[^>]*?src="([^"]*)"[^>]*>', re.IGNORECASE)
_ITEM = re.compile(r"<li\b[^>]*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|h[1-6]|li|ul|ol|blockquote|pre)>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_BLANK_LINES = re.compile(r"\n{3,}")


def to_plain_text(markup: str | None) -> str | None:
    """Turn HTML into text: links become `label (url)`, images `[Image "url"]`, block ends become line ends."""
    if markup is None or ("<" not in markup and "&" not in markup):
        return markup
    text = _LINK.sub(_label_and_address, markup)
    text = _IMAGE.sub(r'[Image "\1"]', text)
    text = _BREAK.sub("\n", _ITEM.sub("- ", text))
    return _BLANK_LINES.sub("\n\n", unescape(_TAG.sub("", text))).strip()


def plain_text_message(message: dict[str, Any]) -> dict[str, Any]:
    """Return a conversation_message whose subject and body are text."""
    return {**message, "subject": to_plain_text(message.get("subject")), "body": to_plain_text(message.get("body"))}


def plain_text_part(part: dict[str, Any]) -> dict[str, Any]:
    """Return a conversation part whose body is text."""
    return {**part, "body": to_plain_text(part.get("body"))}


def _label_and_address(link: re.Match[str]) -> str:
    address, label = link[1], link[2]
    return address if _TAG.sub("", label) == address else f"{label} ({address})"
