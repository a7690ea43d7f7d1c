"""A shell as an operator's: it runs command lines as documents print them, with third-party tools on its path."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 600


class Shell:
    """Runs lines in a folder of its own; every part of a pipe must succeed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = [str(Path(sys.executable).parent), os.environ["PATH"]]
        # A token of the developer's own must not get into a test.
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("TAP_INTERCOM_")}

    def install(self, name: str) -> Path:
        """Put a tool's commands on the path and give their folder; the tool is installed when it is first asked for."""
        made = subprocess.run(
            [sys.executable, ROOT / "scripts" / "tool.py", name], capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr
        folder = Path(made.stdout.strip())
        self._path.insert(1, str(folder))
        return folder

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file."""
        (self.folder / name).write_text(json.dumps(content))

    def read(self, name: str) -> str:
        """Read a file."""
        return (self.folder / name).read_text()

    def run(self, lines: str) -> subprocess.CompletedProcess[str]:
        """Run lines; a line that fails ends them, and the test."""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", lines],
            cwd=self.folder,
            env={**self.environment, "PATH": os.pathsep.join(self._path)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{lines}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done


def checked(table: str) -> dict[str, int]:
    """Give the records of each stream in the table of singer-check-tap, in which each must have one schema."""
    return {name: int(count) for name, count in re.findall(r"^\| (\w+) +\| (\d+) +\| 1 +\|$", table, re.MULTILINE)}
