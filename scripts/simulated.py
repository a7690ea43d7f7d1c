"""A local Intercom for as long as somebody needs it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent


@contextmanager
def simulator(*options: str) -> Iterator[str]:
    """Run a simulated Intercom on a free port, with these options; yield its address."""
    command = [str(BIN / "intercom-simulator"), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if "listening on " not in line:
                sys.exit(f"the simulator did not start; it said {line!r}")
            yield line.split("listening on ")[1].strip()
        finally:
            process.terminate()
