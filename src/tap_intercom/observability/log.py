"""The log: lines on stderr in singer-python's format, without secrets."""

import contextlib
import logging
from collections.abc import Callable
from typing import Final, TextIO

from tap_intercom.redaction import LONGEST_QUOTED_VALUE, conceal, shape_of

VARIABLE: Final = "TAP_INTERCOM_LOGLEVEL"
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def printable(text: str) -> str:
    """Show control characters and marks of direction as Python does, so that no text steers a terminal."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


class Formatter(logging.Formatter):
    """Formats a record as singer-python does, in one line and without secrets."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(message)s")
        self._secrets: list[str] = []

    def hide(self, secret: str) -> None:
        """Hide `secret`, and the beginning of it, from now on."""
        self._secrets.append(secret)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Format the line, in which texts of Intercom may stand."""
        return printable(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        """Format the line and the traceback below it, without secrets."""
        return self.conceal(super().format(record))

    def conceal(self, text: str) -> str:
        """Give a text without the secrets."""
        for secret in self._secrets:
            text = conceal(text, secret)
        return text


class Handler(logging.Handler):
    """Passes each line to `write`; an OSError is ignored, since it means that nobody reads the log any more."""

    def __init__(self, write: Callable[[str], object]) -> None:
        super().__init__()
        self.write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        with contextlib.suppress(OSError):
            self.write(self.format(record))


class Log(logging.Logger):
    """A logger that writes to one stream and hides the secrets that it knows."""

    def __init__(self, stream: TextIO | None, level: str = "INFO") -> None:
        """`stream` is None where stderr is closed. An unknown level means INFO, with a warning."""
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
        """Hide `secret` from now on; what is no text, or blank, is no secret."""
        if isinstance(secret, str) and secret.strip():
            self._formatter.hide(secret.strip())

    def conceal(self, text: str) -> str:
        """Give a text without the secrets, for output that does not go through the log."""
        return self._formatter.conceal(text)

    def hide_details(self) -> None:
        """Write only warnings and errors from now on."""
        self.setLevel(max(self.level, logging.WARNING))

    def take_over_loggers(self) -> None:
        """Write the warnings of libraries as well."""
        logging.basicConfig(level=logging.WARNING, handlers=[self.handler], force=True)

    def redirect(self, write: Callable[[str], object] | None) -> None:
        """Pass lines to `write` from now on, or write them to the stream again if it is None."""
        self.handler.write = write or self._write

    def _write(self, line: str) -> None:
        if self.stream is not None:
            print(line, file=self.stream, flush=True)
