"""What the README and the document on scale say of speed is what was measured, by version of the API."""

import re
from statistics import median
from typing import TYPE_CHECKING

import msgspec
import pytest
from benchmarks.record import Record, peak, processor

from shell import ROOT

if TYPE_CHECKING:
    from slow.docs.conftest import Document

BENCHMARKS = ROOT / "benchmarks"
GOALS = (BENCHMARKS / "RESULTS.md").read_text().split("## Goals")[1].split("\n## ")[0]
RECORD = msgspec.json.decode((BENCHMARKS / "measurements.json").read_bytes(), type=Record)
MOST = {tap: f"{max(peak(run) for run in RECORD.runs if run.contestant == tap):.0f} MiB" for tap in ("tap", "tap-2.16")}
AT_ONE = f"{median(map(peak, RECORD.of('growth', contestant='tap-2.16', workload='lists', scale=1))):.0f} MiB"


@pytest.fixture
def bullets(readme: "Document") -> list[str]:
    """Give what the README says of speed, one line each."""
    return re.findall(r"^- (.*)$", re.sub(r"\n  (?=\S)", " ", readme.section("Speed")), re.MULTILINE)


def test_every_figure_of_the_speed_is_in_the_results(bullets: list[str]) -> None:
    known = " ".join([GOALS, *MOST.values(), AT_ONE])
    figures = re.findall(r"\*\*(\d.*?)\*\*", " ".join(bullets))
    assert len(figures) >= 16
    for figure in figures:
        assert re.search(rf"(?<![\d.]){re.escape(figure)}(?![\d.])", known), figure


def test_every_bullet_says_of_which_version_it_is(bullets: list[str]) -> None:
    assert len(bullets) == 5
    for bullet in bullets:
        assert re.search(r"\bAPI (1\.4|2\.16)\b", bullet), bullet


@pytest.mark.parametrize(
    "goal", ["wall time, conv", "processor time per record with", "processor time per record, l", "start-up"]
)
def test_where_both_versions_were_measured_both_figures_are_said(bullets: list[str], goal: str) -> None:
    (row,) = [line for line in GOALS.splitlines() if line.startswith(f"| {goal}")]
    figures = re.findall(r"(?:1\.4|2\.16)[^:;|]*: (.*?)(?=;| \|)", row)
    assert len(figures) in {2, 4}
    assert all(any(f"**{figure}**" in bullet for bullet in bullets) for figure in figures)


def test_memory_is_said_by_version(bullets: list[str]) -> None:
    of_1_4, of_2_16 = bullets[-1].split(" On 2.16 ")
    assert f"**{MOST['tap']}** at most" in of_1_4
    assert f"**{AT_ONE}** for the lists of one workspace, and **{MOST['tap-2.16']}** at most" in of_2_16


def test_the_document_on_scale_says_the_same() -> None:
    text = (ROOT / "docs" / "scale.md").read_text()
    assert f"{MOST['tap']} at most on API 1.4" in text
    assert f"{MOST['tap-2.16']} on 2.16" in text
    for tap, said in (("tap", "{:.1f} s for {:,} records on API 1.4"), ("tap-2.16", "{:.1f} s for {:,} on 2.16")):
        runs = RECORD.of("readme", contestant=tap)
        assert said.format(median(map(processor, runs)), runs[0].records) in text


def test_the_picture_of_the_speed_is_one_of_the_results(readme: "Document") -> None:
    pictures = re.findall(r'(?:srcset|src)="(benchmarks/[\w-]+\.svg)"', readme.section("Speed"))
    assert len(pictures) == 2
    for picture in pictures:
        assert (ROOT / picture).read_text().startswith("<?xml")
