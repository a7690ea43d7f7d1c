"""Every command in the README works as printed, against the simulator; none is passed over silently."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest import TOKEN, Simulator, Tap
from shell import ROOT, Shell
from tap_intercom.streams.table import STREAMS_V1

if TYPE_CHECKING:
    from slow.docs.conftest import Document

TOOLS = ("meltanolabs-target-csv", "singer-tools", "target-json", "target-jsonl", "target-stitch")
PLACEHOLDER = "YOUR_API_ACCESS_TOKEN"


@pytest.fixture
def shell(simulator: Simulator, tmp_path: Path) -> Shell:
    """Give a shell in which the README's configuration speaks to the simulator."""
    shell = Shell(tmp_path)
    shell.environment["TAP_INTERCOM_BASE_URL"] = simulator.url
    shell.write("target_config.json", {"client_id": 1, "token": "none"})
    for name in TOOLS:
        shell.install(name)
    return shell


def test_every_command_that_runs_the_tap_works_as_printed(
    readme: "Document", shell: Shell, simulator: Simulator
) -> None:
    config = json.loads(readme.blocks("json")[0].replace(PLACEHOLDER, TOKEN))
    shell.write("config.json", {**config, "base_url": simulator.url})
    lines = [line for block in readme.blocks("bash") for line in block.splitlines()]
    ran = [line for line in lines if not line.startswith(("make ", "pip "))]
    shell.run("\n".join(ran).replace(PLACEHOLDER, TOKEN))
    assert len(ran) > 10
    assert "bookmarks" in json.loads(shell.read("state.json").splitlines()[-1])


def test_the_package_installs_as_printed_and_brings_its_schemas(readme: "Document", tmp_path: Path) -> None:
    assert "pip install .\n" in readme.blocks("bash")
    source = tmp_path / "clone"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests"))
    uv = [sys.executable, "-m", "uv", "--quiet"]
    subprocess.run([*uv, "venv", "--python", sys.executable, tmp_path / "venv"], check=True)
    interpreter = tmp_path / "venv" / "bin" / "python"
    subprocess.run([*uv, "pip", "install", "--python", interpreter, "."], cwd=source, check=True)
    catalog = subprocess.run(
        [interpreter.with_name("tap-intercom"), "--discover"], check=True, capture_output=True
    ).stdout
    assert [entry["tap_stream_id"] for entry in json.loads(catalog)["streams"]] == [row.name for row in STREAMS_V1]
    file = "r.files('tap_intercom.observability') / 'page.css'"
    style = f"import sys, importlib.resources as r; sys.stdout.write(({file}).read_text())"
    assert (
        "prefers-color-scheme"
        in subprocess.run([interpreter, "-c", style], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    )


def test_the_selection_that_is_printed_does_what_it_says(readme: "Document", tap: Tap) -> None:
    printed = json.loads(readme.blocks("json")[2])
    catalog = tap.catalog(printed["tap_stream_id"])
    entry = next(entry for entry in catalog["streams"] if entry["tap_stream_id"] == printed["tap_stream_id"])
    merge(entry["metadata"], printed["metadata"])
    users = tap(catalog=catalog).records("users")
    assert users
    assert not any("email" in user for user in users)
    located = [user["location_data"] for user in users if user["location_data"]]
    assert located
    assert not any("city_name" in place for place in located)


def test_the_state_that_is_printed_is_a_state(readme: "Document", tap: Tap) -> None:
    printed = json.loads(readme.blocks("json")[1])
    output = tap(state=printed)
    assert output.code == 0, output.stderr
    assert printed["bookmarks"].keys() <= output.state["bookmarks"].keys()


def merge(metadata: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
    """Set in a catalog's metadata what the README sets; each place must be there."""
    for change in changes:
        (piece,) = (piece for piece in metadata if piece["breadcrumb"] == change["breadcrumb"])
        piece["metadata"].update(change["metadata"])
