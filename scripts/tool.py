"""Install a third-party Singer tool, once, in an environment of its own, and print the folder of its commands.

Each tool has its own because their pins exclude each other. `requirements/tools/NAME.in` names the version,
`NAME.lock` everything that comes with it; an environment made from another lock or interpreter is made anew.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements" / "tools"
TOOLS = ROOT / ".tools"


def install(name: str) -> Path:
    """Return the folder that holds the tool's commands; processes that ask at the same time wait for one another."""
    wanted = (REQUIREMENTS / f"{name}.in").read_text().split()[0]
    lock = REQUIREMENTS / f"{name}.lock"
    home = TOOLS / wanted.replace("==", "-")
    made_of = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    stamp = home / ".made-of"
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / f"{name}.turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != made_of:
            print(f"Installing {wanted} into {home.relative_to(ROOT)} …", file=sys.stderr)
            make_environment(home, lock)
            stamp.write_text(made_of)
    return home / "bin"


def make_environment(home: Path, lock: Path) -> Path:
    """Make an environment in `home` anew, with what `lock` holds and nothing else; return its interpreter."""
    interpreter = home / "bin" / "python"
    _uv("venv", "--clear", "--python", sys.executable, str(home))
    _uv("pip", "sync", "--python", str(interpreter), "--require-hashes", str(lock))
    return interpreter


def add(interpreter: Path, wheel: Path) -> None:
    """Install a wheel beside what is there, and nothing that it needs."""
    _uv("pip", "install", "--python", str(interpreter), "--no-deps", str(wheel))


def _uv(*arguments: str) -> None:
    # Without VIRTUAL_ENV, an environment that the caller has activated is not mistaken for the tool's.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment["UV_PYTHON_DOWNLOADS"] = "never"
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *arguments], check=True, env=environment)


if __name__ == "__main__":
    print(install(sys.argv[1]))
