"""The report in a real browser: readable in both themes and on a phone, it neither runs nor asks for anything."""

import json
import os
import re
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from conftest import Tap
from run_reports import hard_run
from shell import ROOT, Shell
from tap_intercom.observability.html_report import html_report

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3

pytestmark = [
    pytest.mark.examples,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed (Debian: apt install chromium)"),
]


def looked_at(report: Path) -> dict[str, Any]:
    """Look at a page from all sides, and leave the pictures beside it."""
    python = Shell(report.parent).install("playwright") / "python"
    done = subprocess.run(
        [python, ROOT / "scripts" / "look.py", report, report.parent / "pictures"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def light(colour: str) -> float:
    """Give the relative luminance of a colour as WCAG defines it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_a_browser_finds_nothing_to_run_and_nothing_to_ask_for(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    report.write_bytes(html_report(hard_run()))
    seen = looked_at(report)
    assert set(seen["asked"]) == {report.as_uri()}
    assert seen["said"] == []
    assert seen["light wide"]["scripts"] == 0
    assert "<script>alert(1)</script>" in seen["light wide"]["text"]


def test_a_report_is_readable_in_both_themes_and_on_a_phone(tap: Tap) -> None:
    report = tap.folder / "report.html"
    tap(report=str(report))
    seen = looked_at(report)
    for theme, width in product(("light", "dark"), ("wide", "phone")):
        sight = seen[f"{theme} {width}"]
        assert sight["wider"] <= 0
        assert min(contrast(sight["paper"], sight[kind]) for kind in ("ink", "faint")) >= LEAST_CONTRAST
        assert "conversation_parts" in sight["text"]
    assert light(seen["light wide"]["paper"]) > 0.9
    assert light(seen["dark wide"]["paper"]) < 0.1
    pictures = {picture.name for picture in (tap.folder / "pictures").iterdir()}
    assert pictures == {"light-wide.png", "light-phone.png", "dark-wide.png", "dark-phone.png", "paper.pdf"}
