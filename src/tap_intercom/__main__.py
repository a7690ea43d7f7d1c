"""`python -m tap_intercom`, and the command `tap-intercom`."""

import os
import sys
from typing import Final

WRONG_SYSTEM: Final = (
    "CRITICAL tap-intercom runs on POSIX systems only, such as Linux and macOS; on Windows, run it in WSL"
)


def main(system: str = os.name) -> int:
    """Run the command; give the exit code. `system` is the kind of operating system."""
    if system != "posix":
        print(WRONG_SYSTEM, file=sys.stderr)  # noqa: T201 - what the log needs may not be there
        return 2
    try:
        # Imported here, so that an interrupt while it loads is no traceback either.
        from tap_intercom.cli.main import run  # noqa: PLC0415

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        print("WARNING interrupted", file=sys.stderr)  # noqa: T201 - the log may not be there yet
        return 130


if __name__ == "__main__":
    sys.exit(main())
