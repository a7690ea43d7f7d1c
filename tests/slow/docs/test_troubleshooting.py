"""Each message that the document on troubleshooting quotes is one that the tap has."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tap_intercom
from shell import ROOT

DOCUMENT = (ROOT / "docs" / "troubleshooting.md").read_text()
HEADINGS = re.findall(r"^### (.*)$", DOCUMENT, re.MULTILINE)
REASONS = [
    reason
    for row in re.findall(r"^\| (.*?) \| .* \|$", DOCUMENT, re.MULTILINE)
    for reason in re.findall("`(.*?)`", row)
]
MESSAGES = [heading.strip("`") for heading in HEADINGS] + REASONS
GAP = "…"


def said(source: str) -> Iterator[str]:
    """Give every text of a module, with a gap for what is put into it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"%\.?\d*[sdf]|\{\}", GAP, node.value)


MODULES = list(Path(tap_intercom.__file__).parent.rglob("*.py"))
TEXTS = [text for module in MODULES for text in said(module.read_text())]


def test_all_rooms_are_read() -> None:
    assert len(MODULES) > 106
    assert len(TEXTS) > 1000


def test_every_heading_is_a_message() -> None:
    assert len(HEADINGS) > 30
    assert all(re.fullmatch(r"`[^`]+`", heading) for heading in HEADINGS)
    assert len(REASONS) > 5


@pytest.mark.parametrize("message", MESSAGES)
def test_what_is_quoted_is_what_the_tap_says(message: str) -> None:
    pieces = [re.escape(piece) for piece in message.split(GAP)]
    quoted = re.compile(".*".join(pieces), re.DOTALL)
    assert any(quoted.search(text) for text in TEXTS), message


def test_every_message_has_something_to_do_below_it() -> None:
    for entry in re.split(r"^### ", DOCUMENT, flags=re.MULTILINE)[1:]:
        _, _, advice = entry.partition("\n\n")
        assert len(re.split(r"^## ", advice, flags=re.MULTILINE)[0].split()) > 4, entry
