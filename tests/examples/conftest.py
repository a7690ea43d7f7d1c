"""What the tests of the examples share: a copy of an example, whose README is run as it is printed."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Simulator
from shell import ROOT, Shell

PORT = "8787"  # at which the examples find the simulator


class Example(Shell):
    """A copy of an example beside a simulator on another port; `home` is what the copy of the repository would be."""

    def __init__(self, home: Path, name: str, simulator: Simulator) -> None:
        self._port = simulator.url.rpartition(":")[2]
        shutil.copytree(ROOT / "examples", home / "examples", ignore=shutil.ignore_patterns(*ignored()))
        super().__init__(home / "examples" / name)
        for file in (file for file in (home / "examples").rglob("*") if file.is_file()):
            file.write_text(file.read_text().replace(PORT, self._port))
        tools = re.findall(r"scripts/tool\.py ([\w-]+)\)", self.read("README.md"))
        for tool in tools:
            self.install(tool)

    def blocks(self, heading: str) -> list[str]:
        """Give the commands that the README prints under a heading."""
        section = self.read("README.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
        return re.findall(r"^```bash\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def ignored() -> set[str]:
    """Name what a run of an example leaves in its folder."""
    lines = (line for file in (ROOT / "examples").rglob(".gitignore") for line in file.read_text().split())
    return {os.path.basename(line.rstrip("/")) for line in lines}  # noqa: PTH119 - a pattern is no path


@pytest.fixture
def example(simulator: Simulator, tmp_path: Path) -> Callable[[str], Example]:
    return lambda name: Example(tmp_path, name, simulator)
