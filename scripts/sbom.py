"""Write the bill of materials of the tap (CycloneDX, JSON) to the file given: what runs, its licences, what needs what.

It is made of an environment that holds what `requirements/runtime.lock` pins and nothing else. The same lock gives the
same bytes.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

from tool import ROOT, TOOLS, install, make_environment

LOCK: Final = ROOT / "requirements" / "runtime.lock"


def main(path: Path) -> int:
    """Write the bill; give the exit code."""
    cyclonedx = install("cyclonedx-bom") / "cyclonedx-py"
    interpreter = make_environment(TOOLS / "runtime", LOCK)
    path.parent.mkdir(parents=True, exist_ok=True)
    about = ("--pyproject", ROOT / "pyproject.toml", "--mc-type", "application", "--output-reproducible")
    subprocess.run([cyclonedx, "environment", *about, "--output-file", path, interpreter], check=True)
    print(f"The bill of materials is in {path}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
