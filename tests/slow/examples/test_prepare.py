"""What an example prints under "Prepare" leads, from the root of a checkout, to a shell in which its commands run."""

import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shell import ROOT
from slow.examples.conftest import POSTGRES_PORT, SIMULATOR_PORT, Example

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/README.md"))
OF_A_CHECKOUT = (".venv", "requirements", "scripts")
COMMAND = re.compile(
    r"(?:^|[|(;] *|&& |do )(?:PGTZ=UTC )?((?:tap|target)-\w+|meltano|dbt|dagster|psql|curl|python)\b", re.MULTILINE
)


def free_ports() -> "Mapping[str, str]":
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return {SIMULATOR_PORT: str(one.getsockname()[1]), POSTGRES_PORT: str(other.getsockname()[1])}


@pytest.mark.examples
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_commands_of_an_example_are_found_once_it_is_prepared(name: str, tmp_path: Path) -> None:
    here = Example(tmp_path, name, ports := free_ports())
    for part in OF_A_CHECKOUT:
        (tmp_path / part).symlink_to(ROOT / part)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "make").symlink_to("/bin/true")  # what runs this is an environment that is set up
    (prepare,) = here.blocks("Prepare")
    commands = set(COMMAND.findall("".join(here.blocks("Run"))))
    assert "tap-intercom" in commands or name in {"dagster", "meltano"}
    clock = f"http://127.0.0.1:{ports[SIMULATOR_PORT]}/_simulator/clock"
    asked = (
        f"command -v {' '.join(sorted(commands))} && curl -sf --retry 60 --retry-connrefused --retry-delay 1 {clock}"
    )
    if "postgres.py" in prepare:
        asked += f" && until pg_isready --quiet --host=127.0.0.1 --port={ports[POSTGRES_PORT]}; do sleep 0.2; done"
    with subprocess.Popen(
        ["bash", "-e", "-o", "pipefail", "-c", f'{prepare}\n[ "$PWD" = {here.folder} ]\n{asked}'],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as bash:
        try:
            code = bash.wait(300)
        finally:
            os.killpg(bash.pid, signal.SIGTERM)  # and the servers that it started
        said = bash.stdout.read() if bash.stdout else ""
    assert code == 0, said
    for command in commands:
        assert f"/{command}\n" in said
    assert '"now"' in said
