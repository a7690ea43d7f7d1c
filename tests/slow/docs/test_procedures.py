"""Every printed procedure that keeps a state keeps it on bad days too, and the next good run brings everything."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conftest import Simulator, Tap
from record_checks import unfaithful
from shell import ROOT
from slow.docs.procedures import Procedure, procedures

PRINTED = list(procedures())
SHELLS = {"sh": ["sh", "-c"], "bash": ["bash", "-euo", "pipefail", "-c"]}
STREAMS = ("conversations", "tags", "users")
AFTER = ("dbt", "psql", "python")  # commands that follow a sync, and do not touch the state


class Day(NamedTuple):
    """What goes wrong, and the exit codes that bash may give then."""

    codes: set[int]
    config: Mapping[str, Any] = {}
    target: str = "well"
    forbidden: str = ""
    disk_full: bool = False


GOOD = Day({0})
INTERRUPTED = Day({-signal.SIGINT, 128 + signal.SIGINT}, target="interrupted")
BAD = {
    "the target is not installed": Day({127}, target="missing"),
    "the target does not start": Day({1}, target="at once"),
    "the target is killed": Day({128 + signal.SIGKILL}, target="killed"),
    "Ctrl-C": INTERRUPTED,
    "a wrong setting": Day({2}, {"start_date": "tomorrow"}),
    "a wrong token": Day({3}, {"access_token": "expired"}),
    "no network": Day({5}, {"base_url": "http://127.0.0.1:9", "retry_timeout": 0}),
    "a stream is forbidden": Day({3}, forbidden="/conversations*"),
    "the disk is full": Day({1}, disk_full=True),
}


class Place:
    """A folder in which a procedure runs, against the simulator, with the target of the tests."""

    def __init__(self, folder: Path, procedure: Procedure, tap: Tap) -> None:
        self._folder = folder
        self._procedure = procedure
        self._tap = tap
        self._file = folder / procedure.state
        for name in ("targets", "after", "loaded"):
            (folder / name).mkdir()
        self._file.parent.mkdir(exist_ok=True)
        self._file.write_text("{}")
        (folder / "catalog.json").write_text(json.dumps(tap.catalog(*STREAMS)))
        for name in procedure.targets:
            target = folder / "targets" / name
            target.write_text(f"#!{sys.executable}\n{(ROOT / 'tests' / 'support' / 'target.py').read_text()}")
            target.chmod(0o755)
        for name in AFTER:
            (folder / "after" / name).symlink_to("/bin/true")

    def run(self, shell: str, day: Day = GOOD) -> int:
        """Run the procedure on such a day; give the exit code of the shell."""
        (self._folder / "config.json").write_text(json.dumps(self._tap.settings(**day.config)))
        tools = ["after"] if day.target == "missing" else ["after", "targets"]
        path = [*(str(self._folder / name) for name in tools), str(Path(sys.executable).parent), os.environ["PATH"]]
        loading = {"TARGET_ENDS": day.target, "TARGET_FOLDER": str(self._folder / "loaded")}
        with full(self._file.with_suffix(".tmp")) if day.disk_full else contextlib.nullcontext():
            return subprocess.run(
                [*SHELLS[shell], self._procedure.lines],
                cwd=self._folder,
                env={**os.environ, **loading, "PATH": os.pathsep.join(path)},
                start_new_session=True,
                capture_output=True,
                check=False,
                timeout=100,
            ).returncode

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads(self._file.read_text()))

    def confirmed(self) -> list[dict[str, Any]]:
        """Give every state that the target has confirmed."""
        return list(lines(self._folder / "loaded" / "states.jsonl"))

    def complaints(self, simulator: Simulator) -> list[str]:
        """Name what Intercom has and the target has not."""
        rows = defaultdict(list)
        for stream, record in lines(self._folder / "loaded" / "records.jsonl"):
            rows[stream].append(record)
        return [said for stream in STREAMS for said in unfaithful(stream, simulator.truth(stream), rows[stream])]


def lines(file: Path) -> Iterator[Any]:
    return (json.loads(line) for line in file.read_text().split("\n") if line)


@contextlib.contextmanager
def full(file: Path) -> Iterator[None]:
    """Let a file have no room for anything."""
    file.unlink(missing_ok=True)
    file.symlink_to("/dev/full")
    yield
    file.unlink()


def printed() -> Iterator[Any]:
    """Give each procedure that keeps a state with each shell; all but the README's in bash run with the examples."""
    for procedure in PRINTED:
        # Not every sh has `pipefail`: a script with it is for bash, as its document says.
        for shell in SHELLS if "pipefail" not in procedure.lines else ["bash"]:
            marks = [] if (procedure.place, shell) == ("README.md", "bash") else [pytest.mark.examples]
            if procedure.state:
                yield pytest.param(procedure, shell, marks=marks, id=f"{procedure.place}-{procedure.state}-{shell}")


@pytest.mark.parametrize(("procedure", "shell"), list(printed()))
def test_a_state_survives_every_bad_day(
    procedure: Procedure, shell: str, tap: Tap, simulator: Simulator, tmp_path: Path
) -> None:
    place = Place(tmp_path, procedure, tap)
    assert place.run(shell) == 0
    for name, day in BAD.items():
        simulator.mutate(100)
        simulator.advance(5)  # a bookmark stops a second before the run began: no two runs begin in the same second
        simulator.switch(scope_missing=day.forbidden, scope_missing_answer="403")
        before, known = place.state, len(place.confirmed())
        code = place.run(shell, day)
        confirmed = place.confirmed()[known:]
        assert shell == "sh" or code in day.codes, name
        good = [before] if day.disk_full else [before, *confirmed]
        assert place.state in (good if day is INTERRUPTED else good[-1:]), name
        if day.forbidden:
            assert moved(before, place.state) == {"users"}

        simulator.switch(scope_missing="")
        assert place.run(shell) == 0, name
        assert not place.complaints(simulator), name


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Name the streams whose bookmarks differ."""
    return {stream for stream, moment in after["bookmarks"].items() if moment != before["bookmarks"].get(stream)}


def test_a_state_is_kept_in_one_way() -> None:
    (here,) = (procedure for procedure in PRINTED if procedure.place == "README.md" and procedure.state)
    assert len({procedure.place for procedure in PRINTED if procedure.state}) >= 7
    for procedure in PRINTED:
        if procedure.state:
            assert procedure.loop == here.loop, procedure.place
        else:
            assert ">" not in procedure.lines.splitlines()[0], procedure.place
