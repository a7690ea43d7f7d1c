"""Standard output and standard error: whether they are there, and whether somebody watches."""

import os
import sys
from collections.abc import Mapping

from tap_intercom.errors import OutputError


def write_stdout(text: str) -> None:
    """Write the result of an errand to stdout; raises OutputError where nobody takes it."""
    require_stdout()
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {error.strerror}; see what reads it") from None


def require_stdout() -> None:
    """Raise OutputError where there is no stdout."""
    if sys.stdout is None:
        raise OutputError("standard output is closed; redirect it to a file or a program")


def is_watched(environ: Mapping[str, str]) -> bool:
    """Say whether somebody reads stdout itself."""
    return sys.stdout is not None and sys.stdout.isatty() and environ.get("TERM", "dumb") not in {"", "dumb"}


def is_screen(environ: Mapping[str, str]) -> bool:
    """Say whether there is somebody to watch: stderr is a terminal that messages do not go to as well."""
    return (
        sys.stderr is not None
        and sys.stderr.isatty()
        and not sys.stdout.isatty()
        and environ.get("TERM", "dumb") not in {"", "dumb"}
    )


def abandon_stdout() -> None:
    """Let the interpreter's last flush succeed, which would complain a second time."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
