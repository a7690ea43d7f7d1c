"""The machine: which core serves, which one works, and what to name beside every figure."""

import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORES = sorted(os.sched_getaffinity(0))
SERVING, WORKING = CORES[0], CORES[-1]
# Everybody runs as Python comes: PYTHONUNBUFFERED or PYTHONDONTWRITEBYTECODE of a developer's shell cost some more.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def stay() -> None:
    """Keep this process, and those that it starts, on the core that serves."""
    os.sched_setaffinity(0, {SERVING})


def facts() -> dict[str, str]:
    """Name the machine, and the versions of what is measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": str(len(CORES)),
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "tap-intercom": f"{version('singer-tap-intercom')} ({_commit()})",
        **{name: version(name) for name in ("aiohttp", "msgspec")},
        **dict(pin.split("==") for pin in map(_pin, ("requests", "singer-sdk", "orjson", "matplotlib"))),
        "singer-io tap-intercom": _pin("singer-io-tap-intercom").partition("==")[2],
        "airbyte-source-intercom": _pin("airbyte-source-intercom").partition("==")[2],
    }


def tool(name: str) -> Path:
    """Install what `requirements/tools/NAME.lock` pins into an environment of its own; give its interpreter."""
    command = [sys.executable, str(ROOT / "scripts" / "tool.py"), name]
    made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(made.stdout.strip()) / "python"


def _pin(name: str) -> str:
    return (ROOT / "requirements" / "tools" / f"{name}.in").read_text().split()[0]


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "no commit"
