"""Make the commit and the tag of a release: `release.py 1.2.3`; nothing is pushed or uploaded.

The version goes into the source and into what is generated from it; what is unreleased in the change log gets the
version's name and the day. Exit 2, with nothing changed, where the checkout has changes of its own, the version is not
a later one, or the change log has nothing to say.
"""

import argparse
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
CODE: Final = ROOT / "src" / "tap_intercom" / "__init__.py"
CHANGES: Final = ROOT / "CHANGELOG.md"
UNRELEASED: Final = "## Unreleased\n"
FORM: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
GENERATED: Final = ("tables.py", "plugin.py")


def main() -> int:
    """Release; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("version", help="such as 1.2.3")
    parser.add_argument("--dry-run", action="store_true", help="change nothing; say what would be done")
    asked = parser.parse_args()
    if hindrance := hindrance_to(asked.version):
        print(f"release.py: {hindrance}", file=sys.stderr)
        return 2
    if asked.dry_run:
        print(f"{present()} would become {asked.version}, with these changes:\n\n{unreleased()}")
        return 0
    write(asked.version)
    git("commit", "--all", "--quiet", "--message", f"Release {asked.version}")
    git("tag", "--annotate", f"v{asked.version}", "--message", f"tap-intercom {asked.version}")
    print(f"Release {asked.version} is committed and tagged. See docs/releasing.md for what comes next:")
    print(f"    make dist && git push origin HEAD v{asked.version}")
    print("    twine upload --repository … dist/singer_tap_intercom-*")
    return 0


def hindrance_to(version: str) -> str | None:
    """Say why there can be no such release; None where nothing speaks against it."""
    wanted = FORM.fullmatch(version)
    if wanted is None:
        return f"{version} is no version; give three numbers, such as 1.2.3"
    if git("status", "--porcelain"):
        return "the checkout has changes that are not committed; commit them, or put them away with `git stash`"
    if numbers(version) < numbers(present()) or git("tag", "--list", f"v{version}"):
        return f"{version} is not later than what was released; the source says {present()}"
    if not unreleased():
        return "CHANGELOG.md has nothing under “Unreleased”; say there what changes for whoever runs the tap"
    return None


def present() -> str:
    """Give the version that the source has."""
    return str(re.findall(r'__version__ = "(.+)"', CODE.read_text())[0])


def numbers(version: str) -> tuple[int, ...]:
    """Give a version as numbers, which have an order."""
    return tuple(map(int, version.split(".")))


def unreleased() -> str:
    """Give what the change log says of the next version."""
    return CHANGES.read_text().partition(UNRELEASED)[2].partition("\n## ")[0].strip()


def write(version: str) -> None:
    """Write the version to where it stands."""
    CODE.write_text(CODE.read_text().replace(f'"{present()}"', f'"{version}"'))
    heading = f"{UNRELEASED}\n## {version} ({datetime.now(UTC):%Y-%m-%d})\n"
    CHANGES.write_text(CHANGES.read_text().replace(UNRELEASED, heading, 1))
    for script in GENERATED:
        subprocess.run([sys.executable, ROOT / "scripts" / script], check=True, env={"PYTHONPATH": str(ROOT / "src")})


def git(*arguments: str) -> str:
    """Run git in the checkout; give what it says."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
