"""Standard output and standard error: writing a result, and what kind of terminal they are."""

import os
import sys
from collections.abc import Mapping
from typing import Final

from tap_intercom.errors import OutputError

USUAL_COLUMNS: Final = 80  # of a terminal that does not say


def write_stdout(text: str) -> None:
    """Write the result of a command to stdout; raises OutputError if stdout is closed or full."""
    require_stdout()
    try:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {error.strerror}; see what reads it") from None


def require_stdout() -> None:
    """Raise OutputError if there is no stdout."""
    if sys.stdout is None:
        raise OutputError("standard output is closed; redirect it to a file or a program")


def stdout_columns(environ: Mapping[str, str]) -> int | None:
    """Give how many columns the terminal has that stdout is; None if stdout is none, or one that only prints."""
    if sys.stdout is None or not sys.stdout.isatty() or not _can_draw(environ):
        return None
    return os.get_terminal_size(sys.stdout.fileno()).columns or USUAL_COLUMNS


def can_show_progress(environ: Mapping[str, str], *, is_stdout_free: bool = False) -> bool:
    """Say whether stderr is a terminal on which lines can be drawn anew; not if Singer messages go there as well."""
    if sys.stderr is None or not sys.stderr.isatty():
        return False
    return (is_stdout_free or not sys.stdout.isatty()) and _can_draw(environ)


def _can_draw(environ: Mapping[str, str]) -> bool:
    return environ.get("TERM", "dumb") not in {"", "dumb"}


def abandon_stdout() -> None:
    """Let the interpreter's last flush succeed, which would report the closed stdout a second time."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
