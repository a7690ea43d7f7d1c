"""Knock at each door of the tap with inputs that a fuzzer learns to make; exit 1 where one of them lets a mistake in.

`fuzz.py SECONDS [DOOR …]`: the doors are those of `tests/support/fuzz_targets.py`, all of them where none is named,
each for so many seconds. atheris has an environment of its own and borrows everything else from `.venv`. What it learns
is kept in `.fuzz`, and so is the input that made a door fail: the next run of the tests meets it again.
"""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, given, settings

from tool import ROOT, install

KEPT: Final = ROOT / ".fuzz"
LARGEST_INPUT: Final = 4096  # bytes that choices are drawn from
LONGEST_SECONDS: Final = 20  # for one input: more is an endless loop


def main(seconds: str, names: Sequence[str]) -> int:
    """Let the fuzzer loose on one door after the other; give the exit code."""
    interpreter = install("atheris") / "python"
    paths = [ROOT / "src", ROOT / "tests" / "support", ROOT / "tests", Path(sysconfig.get_path("purelib"))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    failed = []
    for name in names or _doors():
        kept = KEPT / name.replace(" ", "-")
        kept.mkdir(parents=True, exist_ok=True)
        print(f"{name}: {seconds} s", flush=True)
        limits = [f"-max_total_time={seconds}", f"-max_len={LARGEST_INPUT}", f"-timeout={LONGEST_SECONDS}"]
        knocking = ["--knock", name, *limits, f"-artifact_prefix={kept}/failed-", str(kept)]
        done = subprocess.run(
            [interpreter, __file__, *knocking], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            failed.append(name)
            print(done.stdout[-4000:], done.stderr[-8000:], sep="\n", file=sys.stderr)
        else:
            print(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    print(f"Failed: {', '.join(failed)}" if failed else "No door let a mistake in.")
    return 1 if failed else 0


def _doors() -> list[str]:
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    return list(import_module("fuzz_targets").TARGETS)


def knock(name: str, arguments: Sequence[str]) -> None:
    """Knock at one door until the time is over; within the fuzzer's own environment."""
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["tap_intercom"]):
        door, anything = import_module("fuzz_targets").TARGETS[name]
    patient = settings(deadline=None, suppress_health_check=list(HealthCheck))
    test: Any = given(anything)(door)  # type: ignore[no-untyped-call]
    atheris.Setup([sys.argv[0], *arguments], patient(test).hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1] == "--knock":
        knock(sys.argv[2], sys.argv[3:])
    sys.exit(main(sys.argv[1], sys.argv[2:]))
