"""What the tests of the documents share: the README, taken apart into its blocks."""

import re
from pathlib import Path

import pytest

from shell import ROOT


class Document:
    """A Markdown file; its blocks are what stands between fences."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text()

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    def section(self, heading: str) -> str:
        return re.split(r"^## ", self.text.split(f"\n## {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]

    def rows(self, heading: str) -> list[list[str]]:
        """Give the cells of the tables in a section, without their heads."""
        lines = [line for line in self.section(heading).splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        return [row for row in rows[2:] if not set(row[0]) <= {"-"}]


@pytest.fixture(scope="session")
def readme() -> Document:
    return Document(ROOT / "README.md")
