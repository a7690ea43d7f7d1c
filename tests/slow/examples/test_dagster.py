"""The Dagster example syncs many workspaces, each in a task of its own; one that fails fails alone."""

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Simulator

if TYPE_CHECKING:
    from slow.examples.conftest import Example

WORKSPACES = ("acme", "globex", "initech")


def ask(here: "Example", query: str) -> list[Any]:
    """Give what PostgreSQL answers, a JSON value for each row."""
    (address,) = set(re.findall(r"postgresql://\S+", here.read("README.md")))
    lines = here.run(f'psql {address} -At -c "SELECT to_jsonb(t) FROM ({query}) AS t"').stdout.splitlines()  # noqa: S608 - ours
    return [json.loads(line) for line in lines]


def states(here: "Example") -> dict[str, dict[str, str]]:
    rows = ask(here, "SELECT workspace, state FROM intercom_states")
    return {row["workspace"]: row["state"]["bookmarks"] for row in rows}


@pytest.mark.examples
def test_many_workspaces_are_synced_each_by_itself(
    example: Callable[[str], "Example"], simulator: Simulator, postgres: str
) -> None:
    del postgres
    here = example("dagster")
    first, again = here.blocks("Run")
    assert "(3 rows)" in here.run(first).stdout
    before = states(here)
    assert set(before) == set(WORKSPACES)
    for workspace in WORKSPACES:
        (found,) = ask(here, f"SELECT count(*) AS users FROM {workspace}.users")  # noqa: S608 - ours
        assert found == {"users": simulator.counts()["users"]}

    (here.folder / "secrets" / "globex").write_text("wrong")
    known = {user["id"] for user in simulator.truth("users")}
    with pytest.raises(AssertionError, match="globex: exit codes"):
        here.run(again)
    after = states(here)
    assert after["globex"] == before["globex"]
    for workspace in ("acme", "initech"):
        assert after[workspace]["users"] > before[workspace]["users"]
        loaded = {row["id"] for row in ask(here, f"SELECT id FROM {workspace}.users")}  # noqa: S608 - ours
        assert loaded == known | {user["id"] for user in simulator.truth("users")}


CUT_OFF = """#!/bin/sh
cat > /dev/null
echo '{"bookmarks": {"users": "2020-01-01T00:00:00.000000Z"}}'
printf '{"bookmarks": {"users": "2020-02-0'
exit 1
"""


@pytest.mark.examples
def test_a_state_that_is_cut_off_takes_no_place(
    example: Callable[[str], "Example"], simulator: Simulator, postgres: str
) -> None:
    del simulator, postgres
    here = example("dagster")
    (here.folder / "ill").mkdir()
    (here.folder / "ill" / "target-postgres").write_text(CUT_OFF)
    (here.folder / "ill" / "target-postgres").chmod(0o755)
    first, _ = here.blocks("Run")
    said = r"exit codes \{'tap-intercom': 0, 'target-postgres': 1\}"
    with pytest.raises(AssertionError, match=said):
        here.run('export PATH="$PWD/ill:$PATH"\n' + first)
    assert states(here) == {name: {"users": "2020-01-01T00:00:00.000000Z"} for name in WORKSPACES}
