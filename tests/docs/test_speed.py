"""What the README says of speed is what was measured."""

import re
from typing import TYPE_CHECKING

from shell import ROOT

if TYPE_CHECKING:
    from docs.conftest import Document

RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def test_every_figure_of_the_speed_is_in_the_results(readme: "Document") -> None:
    goals = RESULTS.read_text().split("## Goals")[1].split("\n## ")[0]
    figures = re.findall(r"\*\*(\d.*?)\*\*", readme.section("Speed"))
    assert len(figures) >= 8
    for figure in figures:
        assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.])", goals), figure


def test_the_picture_of_the_speed_is_one_of_the_results(readme: "Document") -> None:
    pictures = re.findall(r'(?:srcset|src)="(benchmarks/[\w-]+\.svg)"', readme.section("Speed"))
    assert len(pictures) == 2
    for picture in pictures:
        assert (ROOT / picture).read_text().startswith("<?xml")
