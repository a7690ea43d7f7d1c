"""The line of jq that docs/report.md prints says of a report whether all is well."""

import json
import re
import subprocess

import pytest

from conftest import Tap
from shell import ROOT

ODD = {"fields": [{"stream": "users", "field": "name", "kind": "unknown", "count": 1}]}


@pytest.mark.examples
@pytest.mark.parametrize(("changed", "code"), [({"fields": []}, 0), (ODD, 1), ({"fields": [], "exit_code": 3}, 1)])
def test_the_printed_line_judges_a_report(tap: Tap, changed: dict[str, object], code: int) -> None:
    (line,) = re.findall(r"^jq .+$", (ROOT / "docs" / "report.md").read_text(), re.MULTILINE)
    report = tap.folder / "report.json"
    tap(report=str(report), catalog=tap.catalog("users"))
    written = json.loads(report.read_text())
    assert changed.keys() <= written.keys()
    report.write_text(json.dumps({**written, **changed}))
    assert subprocess.run(["sh", "-c", line], cwd=tap.folder, check=False).returncode == code
