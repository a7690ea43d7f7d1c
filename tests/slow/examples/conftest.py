"""What the tests of the examples share: a copy of an example, whose README is run as it is printed."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from conftest import Simulator
from shell import ROOT, Shell

SIMULATOR_PORT = "8787"  # at which the examples find the simulator
POSTGRES_PORT = "5433"


class Example(Shell):
    """A copy of an example with other ports; its README's tools are installed."""

    def __init__(self, home: Path, name: str, ports: Mapping[str, str]) -> None:
        shutil.copytree(ROOT / "examples", home / "examples", ignore=shutil.ignore_patterns(*ignored()))
        super().__init__(home / "examples" / name)
        for file in (file for file in (home / "examples").rglob("*") if file.is_file()):
            text = file.read_text()
            for printed, free in ports.items():
                text = text.replace(printed, free)
            file.write_text(text)
        for tool in re.findall(r"scripts/tool\.py ([\w-]+)\)", self.read("README.md")):
            self.install(tool)

    def blocks(self, heading: str) -> list[str]:
        """Give the commands that the README prints under a heading."""
        section = self.read("README.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
        return re.findall(r"^```bash\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def ignored(examples: Path = ROOT / "examples") -> set[str]:
    """Name what a run of an example leaves in its folder."""
    # Not deeper: Meltano keeps a .gitignore of its own in the folder that a run of it makes, and it says "*".
    lines = (line for file in examples.glob("*/.gitignore") for line in file.read_text().split())
    return {"__pycache__", *(os.path.basename(line.rstrip("/")) for line in lines)}  # noqa: PTH119 - a pattern is no path


@pytest.fixture
def example(simulator: Simulator, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], Example]:
    ports = {SIMULATOR_PORT: simulator.url.rpartition(":")[2]}
    if "postgres" in request.fixturenames:
        ports[POSTGRES_PORT] = request.getfixturevalue("postgres")
    return lambda name: Example(tmp_path, name, ports)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, str(ROOT / "scripts" / "postgres.py"), "--port", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "listening on" in server.stdout.readline()
        try:
            yield port
        finally:
            server.terminate()
