"""`python -m tap_intercom`, and the command `tap-intercom`."""

import sys


def main() -> int:
    """Run the command; give the exit code."""
    try:
        # Imported here, so that an interrupt while it loads is no traceback either.
        from tap_intercom.cli.main import run  # noqa: PLC0415

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        print("WARNING interrupted", file=sys.stderr)  # noqa: T201 - the log may not be there yet
        return 130


if __name__ == "__main__":
    sys.exit(main())
