"""Build the wheel and the source distribution, prove them, and put them into `dist`; exit 1 where something is amiss.

Each is built twice, and must be the same to the byte; the wheel that is built from the source distribution must be that
wheel, too. Their metadata is checked as the package index does. Then the wheel is installed into a new environment,
away from the checkout, with what `requirements/runtime.lock` pins, and does the demo there.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tool import ROOT, add, install, make_environment

DIST: Final = ROOT / "dist"
PACKAGES: Final = ("*.whl", "*.tar.gz")


def main() -> int:
    """Do all of it; give the exit code."""
    with tempfile.TemporaryDirectory(prefix="tap-intercom-dist-") as folder:
        place = Path(folder)
        built = [build(ROOT, place / name) for name in ("first", "second")]
        if sums(built[0]) != sums(built[1]):
            sys.exit("two builds of the same files differ")
        wheel, source = built[0]
        with tarfile.open(source) as archive:
            archive.extractall(place, filter="data")
        again, _ = build(place / source.name.removesuffix(".tar.gz"), place / "from the source")
        if sums([again]) != sums([wheel]):
            sys.exit("the wheel that is built from the source distribution is another one")
        run([install("twine") / "twine", "check", "--strict", *built[0]])
        keep(built[0])
        demonstrate(wheel, place)
    report()
    return 0


def build(tree: Path, folder: Path) -> tuple[Path, Path]:
    """Build a wheel and a source distribution of a tree with this environment's hatchling; give where they are."""
    run([sys.executable, "-m", "hatchling", "build", "--directory", folder], tree)
    wheel, source = (next(folder.glob(pattern)) for pattern in PACKAGES)
    return wheel, source


def demonstrate(wheel: Path, place: Path) -> None:
    """Install a wheel where nothing of the checkout is, and run the demo with it."""
    lock = place / "demo.lock"
    lock.write_text((ROOT / "requirements" / "runtime.lock").read_text() + pinned("duckdb"))
    interpreter = make_environment(place / "environment", lock)
    add(interpreter, wheel)
    run([interpreter, "-I", "-c", "import tap_intercom; assert 'environment' in tap_intercom.__file__"], place)
    run([interpreter, ROOT / "scripts" / "demo.py", place / "demo"], place)


def pinned(name: str) -> str:
    """Give the lines that pin a package in the lock of the development environment."""
    found = re.search(rf"^{name}==(?:.*\\\n)*.*\n", (ROOT / "requirements" / "dev.lock").read_text(), re.MULTILINE)
    if found is None:
        sys.exit(f"requirements/dev.lock does not pin {name}")
    return found[0]


def sums(packages: Sequence[Path]) -> list[str]:
    """Give the SHA-256 of each file."""
    return [hashlib.sha256(package.read_bytes()).hexdigest() for package in packages]


def keep(packages: Sequence[Path]) -> None:
    """Put packages into `dist` in place of others."""
    DIST.mkdir(exist_ok=True)
    for pattern in PACKAGES:
        for old in DIST.glob(pattern):
            old.unlink()
    for package in packages:
        shutil.copy(package, DIST)


def report() -> None:
    """Write the sums to a file that `sha256sum --check` reads, and say how large everything is."""
    packages = sorted(path for pattern in PACKAGES for path in DIST.glob(pattern))
    lines = [f"{total}  {path.name}\n" for total, path in zip(sums(packages), packages, strict=True)]
    (DIST / "SHA256SUMS").write_text("".join(lines))
    for path, line in zip(packages, lines, strict=True):
        print(f"{path.stat().st_size:>9,} bytes  {line}", end="")


def run(command: Sequence[str | Path], folder: Path = ROOT) -> None:
    """Run a command; end with its words where it fails."""
    if subprocess.run(command, cwd=folder, check=False).returncode:
        sys.exit(f"this failed: {' '.join(map(str, command))}")


if __name__ == "__main__":
    sys.exit(main())
