"""Change the code in many small ways, and see which changes no test notices; exit 1 where there are such.

`mutants.py [MODULE …]`: modules of `[tool.mutmut]` in `pyproject.toml`, the five that must not err where none is named.
mutmut has an environment of its own and borrows everything else from `.venv`; what it makes is in `mutants/`, made anew
by each run. A mutant that no test can notice is known by `docs/equivalent-mutants.toml`, with the reason.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tool import ROOT, install

MADE: Final = ROOT / "mutants"
EQUIVALENT: Final = ROOT / "docs" / "equivalent-mutants.toml"
FIRST: Final = ("singer.state", "api.rate_limit", "pagination.model", "api.responses", "records.reader")
KILLED, TIMEOUT, UNREACHED = {1, 3}, {-24, -9, 24, 36, 152, 255}, 33


class Mutant(NamedTuple):
    """One change: the function that it is made in, the lines that go and come, and the exit code of the tests."""

    place: str
    change: str
    outcome: int | None


def main(modules: Sequence[str]) -> int:
    """Run the tests on each mutant of the modules; give the exit code."""
    shutil.rmtree(MADE, ignore_errors=True)
    (MADE / "src").mkdir(parents=True)  # a place that is missing when mutmut begins is not looked into again
    command = install("mutmut") / "mutmut"
    paths = [MADE / "src", Path(sysconfig.get_path("purelib"))]
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, paths))
    known = {(place, change) for place, change, _ in equivalents()}
    survivors: list[Mutant] = []
    for module in modules:
        line = [str(command), "run", "--max-children", "1", f"tap_intercom.{module}.*"]
        made = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
        if made.returncode:
            print(made.stdout[-4000:], made.stderr, file=sys.stderr)
            return made.returncode
        survived = [_look(command, *each) for each in _outcomes(module) if each[1] not in KILLED | TIMEOUT]
        survivors += (mutant for mutant in survived if (mutant.place, mutant.change) not in known)
        print(_summary(module, [outcome for _, outcome in _outcomes(module)], survived, known), flush=True)
    for mutant in survivors:
        reached = "" if mutant.outcome != UNREACHED else " (no test comes here)"
        print(f"\nSURVIVED in {mutant.place}{reached}\n{mutant.change}")
    return 1 if survivors else 0


def equivalents() -> Iterable[tuple[str, str, str]]:
    """Give the place, the change and the reason of each mutant that does what the code does."""
    for entry in tomllib.loads(EQUIVALENT.read_text())["mutant"]:
        for change in entry["changes"]:
            yield entry["of"], change.strip(), entry["why"]


def _outcomes(module: str) -> list[tuple[str, int | None]]:
    found = json.loads((MADE / "src" / "tap_intercom" / f"{module.replace('.', '/')}.py.meta").read_text())
    return list(found["exit_code_by_key"].items())


def _look(command: Path, name: str, outcome: int | None) -> Mutant:
    """Find out what a mutant is: mutmut calls it by its function and a number, which says nothing."""
    shown = subprocess.run([command, "show", name], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    lines = re.findall(r"^([-+])(?![-+]{2} ) *(.*)$", shown, re.MULTILINE)
    place = re.sub(r"^tap_intercom\.|x_(?=\w)|__mutmut_\d+$", "", name).replace("xǁ", "").replace("ǁ", ".")
    return Mutant(place, "\n".join(f"{sign} {text}" for sign, text in lines), outcome)


def _summary(
    module: str, outcomes: Sequence[int | None], survived: Sequence[Mutant], known: set[tuple[str, str]]
) -> str:
    timeouts = sum(outcome in TIMEOUT for outcome in outcomes)
    killed = len(outcomes) - len(survived) - timeouts
    equivalent = sum((mutant.place, mutant.change) in known for mutant in survived)
    score = (killed + timeouts) / ((len(outcomes) - equivalent) or 1)
    return (
        f"{module}: {len(outcomes)} mutants, {killed} killed, {timeouts} timeouts, {len(survived)} survived, "
        f"{equivalent} of them equivalent; score {score:.1%} of those that can be noticed"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or FIRST))
