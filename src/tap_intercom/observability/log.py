"""Lines on stderr in singer-python's format, and never the token."""

import contextlib
import logging
from collections.abc import Callable
from typing import Final, TextIO

from tap_intercom.redaction import LONGEST_QUOTED_VALUE, conceal, shape_of

VARIABLE: Final = "TAP_INTERCOM_LOGLEVEL"
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class Formatter(logging.Formatter):
    """Formats a record as singer-python does, in one line and without secrets."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(message)s")
        self._secrets: list[str] = []

    def hide(self, secret: str) -> None:
        """Show neither `secret` nor the beginning of it in a line from now on."""
        self._secrets.append(secret)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Keep control characters, which Intercom's words may hold, from the terminal and its lines."""
        line = super().formatMessage(record)
        return line if line.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)

    def format(self, record: logging.LogRecord) -> str:
        """Hide secrets in the line and in a traceback below it."""
        return self.conceal(super().format(record))

    def conceal(self, text: str) -> str:
        """Give a text without the secrets."""
        for secret in self._secrets:
            text = conceal(text, secret)
        return text


class Handler(logging.Handler):
    """Hands each line to `write`; where the terminal or the reader behind it is gone, nobody is left to tell."""

    def __init__(self, write: Callable[[str], object]) -> None:
        super().__init__()
        self.write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        with contextlib.suppress(OSError):
            self.write(self.format(record))


class Log(logging.Logger):
    """Writes lines to a stream, without what it was told to hide."""

    def __init__(self, stream: TextIO | None, level: str = "INFO") -> None:
        """`stream` is None where stderr is closed. An unknown level is INFO, and said so."""
        known = level.upper() in LEVELS
        super().__init__("tap_intercom", level.upper() if known else "INFO")
        self.stream = stream
        self.handler = Handler(self._write)
        self._formatter = Formatter()
        self.handler.setFormatter(self._formatter)
        self.addHandler(self.handler)
        if not known:
            found = level if level.isprintable() and len(level) <= LONGEST_QUOTED_VALUE else shape_of(level)
            self.warning("%s is %s, not one of %s; INFO is taken", VARIABLE, found, ", ".join(LEVELS))

    def hide(self, secret: object) -> None:
        """Show `secret` in no line from now on."""
        if isinstance(secret, str) and secret.strip():
            self._formatter.hide(secret.strip())

    def conceal(self, text: str) -> str:
        """Give a text without what is to be hidden, for where it is shown in another way."""
        return self._formatter.conceal(text)

    def hide_details(self) -> None:
        """Say nothing but warnings and errors."""
        self.setLevel(max(self.level, logging.WARNING))

    def take_over_loggers(self) -> None:
        """Let the warnings of libraries come the same way."""
        logging.basicConfig(level=logging.WARNING, handlers=[self.handler], force=True)

    def redirect(self, write: Callable[[str], object] | None) -> None:
        """Write lines by another way, or by the usual one again."""
        self.handler.write = write or self._write

    def _write(self, line: str) -> None:
        if self.stream is not None:
            print(line, file=self.stream, flush=True)
