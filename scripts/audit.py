"""Ask a vulnerability service about everything that the locks pin; exit 1 where it knows of a vulnerability.

Where the service cannot be asked, or does not know a package, that is said, and is no failure: a network without PyPI
is not a vulnerability. Arguments go to pip-audit, such as `--vulnerability-service osv` for another service.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

from tool import ROOT, install

# All that runs: what the tap needs, what tests it, and what builds both.
LOCK: Final = ROOT / "requirements" / "dev.lock"
SECONDS: Final = 300


def main(arguments: Sequence[str]) -> int:
    """Audit, and say what came of it; give the exit code."""
    line = [str(install("pip-audit") / "pip-audit"), "--requirement", str(LOCK), "--require-hashes", "--disable-pip"]
    form = ["--format", "json", "--desc", "off", "--progress-spinner", "off", "--timeout", "15"]
    try:
        done = subprocess.run([*line, *form, *arguments], capture_output=True, text=True, check=False, timeout=SECONDS)
        found = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired:
        return _not_made(f"no answer within {SECONDS} s")
    except ValueError:
        said = done.stderr.strip().splitlines() or ["pip-audit said nothing"]
        return _not_made(said[-1])
    return _report(found)


def _not_made(reason: str) -> int:
    print(f"THE AUDIT COULD NOT BE MADE: {reason}", file=sys.stderr)
    return 0


def _report(found: Sequence[dict[str, Any]]) -> int:
    unknown = [package["name"] for package in found if "skip_reason" in package]
    if len(unknown) == len(found):
        return _not_made("the service knows none of the packages; run it where PyPI itself is reached")
    if unknown:
        print(f"Could not be audited, since the service does not know them: {', '.join(unknown)}", file=sys.stderr)
    vulnerable = [package for package in found if package.get("vulns")]
    for package in vulnerable:
        for flaw in package["vulns"]:
            remedy = f"mended in {' and '.join(flaw['fix_versions'])}" if flaw["fix_versions"] else "not mended yet"
            names = ", ".join([flaw["id"], *flaw["aliases"]])
            print(f"VULNERABLE {package['name']} {package['version']}: {names}; {remedy}", file=sys.stderr)
    if not vulnerable:
        print(f"No vulnerability is known of {len(found) - len(unknown)} packages.")
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
