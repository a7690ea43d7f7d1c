"""Airbyte's source from PyPI with another address in a copy of its manifest: airbyte.py URL ARGUMENTS…"""

import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

NAME = "source_intercom"
URL = sys.argv.pop(1)


def main() -> None:
    """Run a copy of the package, which is gone afterwards."""
    found = find_spec(NAME)
    if found is None or found.origin is None:
        sys.exit(f"{NAME} is not installed")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, NAME)
        shutil.copytree(Path(found.origin).parent, copy)
        manifest = copy / "manifest.yaml"
        manifest.write_text(manifest.read_text().replace("https://api.intercom.io", URL))
        sys.path.insert(0, folder)
        from source_intercom.run import run  # noqa: PLC0415 - the copy is there only now

        run()


main()
