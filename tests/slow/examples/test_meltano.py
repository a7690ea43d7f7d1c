"""Meltano runs the tap as its example says: the plugin's definition is the code's, and the state is Meltano's."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from conftest import Simulator
from record_checks import unfaithful
from shell import ROOT, Shell

if TYPE_CHECKING:
    from slow.examples.conftest import Example

WHOLE = {"admins", "company_attributes", "customer_attributes", "tags", "teams"}  # read whole every time
PROJECT = ROOT / "examples" / "meltano"


def rows(shell: Shell) -> dict[str, list[Any]]:
    files = (shell.folder / "output").glob("*.jsonl")
    return {file.stem: [json.loads(line) for line in file.read_text().split("\n") if line] for file in files}


def told(simulator: Simulator, stream: str) -> list[Mapping[str, Any]]:
    """Give the truth of a stream without what the project leaves out."""
    return [
        {field: value for field, value in record.items() if (stream, field) != ("users", "avatar")}
        for record in simulator.truth(stream)
    ]


def test_the_definition_is_that_of_the_code() -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "plugin.py", "--check"], check=True)


def test_the_definition_tells_what_the_tap_tells() -> None:
    about = json.loads(
        subprocess.run(
            [sys.executable, "-m", "tap_intercom", "--about", "--format", "json"], check=True, capture_output=True
        ).stdout
    )
    definition = yaml.safe_load((PROJECT / "tap-intercom.yml").read_text())
    assert set(definition["capabilities"]) == set(about["capabilities"]) - {"properties"}
    properties = about["settings"]["properties"]
    assert [setting["name"] for setting in definition["settings"]] == list(properties)
    sensitive = {setting["name"] for setting in definition["settings"] if setting.get("sensitive")}
    assert (
        sensitive
        == {name for name, schema in properties.items() if schema.get("secret")}
        == {"access_token", "stream_map_config"}
    )


@pytest.mark.examples
def test_meltano_reads_everything_and_then_what_changed(
    example: Callable[[str], "Example"], simulator: Simulator
) -> None:
    meltano = example("meltano")
    first, second, asked = meltano.blocks("Run")

    meltano.run(first)
    everything = rows(meltano)
    counts = simulator.counts()
    del counts["company_segments"]  # as the project's metadata says
    assert {stream: len(records) for stream, records in everything.items()} == counts
    assert not any("avatar" in user for user in everything["users"])
    for stream, records in everything.items():
        assert not unfaithful(stream, told(simulator, stream), records)

    simulator.forget_requests()
    done = meltano.run(second)
    state = json.loads(done.stdout.splitlines()[-1])["singer_state"]
    assert set(state["bookmarks"]) == {
        "companies",
        "conversations",
        "conversation_parts",
        "leads",
        "segments",
        "users",
    }
    for stream, records in rows(meltano).items():
        assert not unfaithful(stream, told(simulator, stream), records)
        added = len(records) - len(everything[stream])
        assert added == len(simulator.truth(stream)) if stream in WHOLE else added < len(everything[stream]) / 2, stream

    listed = meltano.run(asked).stdout
    assert re.search(r"\[automatic *\] users\.id$", listed, re.MULTILINE)
    assert re.search(r"\[excluded *\] users\.avatar\b", listed)


@pytest.mark.examples
def test_meltano_keeps_the_state_on_bad_days(example: Callable[[str], "Example"], simulator: Simulator) -> None:
    meltano = example("meltano")
    first, *_ = meltano.blocks("Run")
    meltano.run(first)
    before = bookmarks(meltano)
    simulator.mutate(60)
    simulator.switch(scope_missing="/conversations*", scope_missing_answer="403")
    with pytest.raises(AssertionError, match="Extractor failed"):
        meltano.run(first)
    after = bookmarks(meltano)
    assert after["users"] > before["users"]
    assert after["conversations"] == before["conversations"]

    simulator.switch(scope_missing="")
    (meltano.folder / "ill").mkdir()
    (meltano.folder / "ill" / "target-jsonl").symlink_to("/bin/false")
    with pytest.raises(AssertionError, match="Loader failed"):
        meltano.run('export PATH="$PWD/ill:$PATH"\n' + first)
    assert bookmarks(meltano) == after

    meltano.run(first)
    for stream, records in rows(meltano).items():
        assert not unfaithful(stream, told(simulator, stream), records)


def bookmarks(meltano: Shell) -> dict[str, str]:
    """Give the bookmarks of the state that Meltano keeps."""
    printed = meltano.run("meltano --environment=dev state get dev:tap-intercom-to-target-jsonl").stdout
    return dict(json.loads(printed.splitlines()[-1])["singer_state"]["bookmarks"])


@pytest.mark.examples
def test_meltano_takes_the_definition(example: Callable[[str], "Example"]) -> None:
    meltano = example("meltano")
    schema = next((meltano.install("meltano").parent / "lib").glob("python*/site-packages/meltano/schemas/*.json"))
    plugin = yaml.safe_load(meltano.read("tap-intercom.yml"))
    whole = json.loads(schema.read_text())
    setting = Draft202012Validator({"$ref": "#/$defs/base_setting", "$defs": whole["$defs"]})
    assert not [error.message for one in plugin["settings"] for error in setting.iter_errors(one)]

    project = yaml.safe_load(meltano.read("meltano.yml"))
    del project["plugins"]["extractors"], project["jobs"]
    (meltano.folder / "meltano.yml").write_text(yaml.safe_dump(project))
    (meltano.folder / "plugins" / "extractors" / "tap-intercom--original.lock").unlink()
    (added,) = meltano.blocks("In your own project")
    meltano.run(added)
    (extractor,) = yaml.safe_load(meltano.read("meltano.yml"))["plugins"]["extractors"]
    assert (extractor["settings"], extractor["capabilities"]) == (plugin["settings"], plugin["capabilities"])
    settings = meltano.run("meltano config list tap-intercom").stdout
    assert "TAP_INTERCOM_ACCESS_TOKEN" in settings
