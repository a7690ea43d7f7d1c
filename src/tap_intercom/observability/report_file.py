"""The report of a run as a file, JSON or HTML as its name ends: written whole or not at all, however the run ended."""

import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from tap_intercom.config.config import Config
from tap_intercom.errors import TapError
from tap_intercom.exit_codes import meaning_of
from tap_intercom.observability.log import Log
from tap_intercom.observability.monitor import RunMonitor
from tap_intercom.observability.run_report import RunReport

INTERRUPTED: Final = 130
OMITTED_SETTINGS: Final = frozenset({"access_token", "report", "stream_map_config"})  # of the settings


class ReportFile:
    """A context manager around a run: when it is over, its report is written where the configuration wants one.

    A file that cannot be written costs a warning, and nothing else.
    """

    def __init__(self, config: Config, monitor: RunMonitor, log: Log) -> None:
        self._config = config
        self._monitor = monitor
        self._log = log

    def end(self, exit_code: int) -> int:
        """Note what the run ends with, and give it back."""
        self._monitor.counters.exit_code = exit_code
        return exit_code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._monitor.counters.exit_code = _exit_code(error)
            self._monitor.counters.add_error(None, str(error) if isinstance(error, TapError) else type(error).__name__)
        path = self._config.report
        if path is None:
            return
        run_report = self._run_report(datetime.now(UTC))
        try:
            write_file(path, encoded(run_report, path))
        except (OSError, ValueError) as failure:
            reason = getattr(failure, "strerror", None) or str(failure)
            self._log.warning(
                "the report %s cannot be written: %s; the run is as good without it. "
                "Check the folder and its permissions, or correct report",
                path,
                reason,
            )

    def _run_report(self, ended: datetime) -> RunReport:
        """Account for the run, with nothing in it that is to be hidden."""
        counters = self._monitor.counters
        now = counters.clock()
        total = counters.total(now)
        exit_code = counters.exit_code or 0
        end = meaning_of(exit_code)
        settings = msgspec.to_builtins(self._config)
        run_report = RunReport(
            exit_code=exit_code,
            outcome=end.outcome,
            advice=end.advice,
            began=ended - timedelta(seconds=now - counters.began),
            ended=ended,
            seconds=now - counters.began,
            settings={name: value for name, value in settings.items() if name not in OMITTED_SETTINGS},
            records=total.records,
            requests=total.requests,
            retries=counters.retries,
            throttled=counters.throttled,
            waited_seconds=counters.waited_seconds,
            streams=counters.stream_reports(now),
            errors=counters.errors,
            warnings=list(counters.warnings),
            warnings_left_out=counters.warnings_left_out,
            fields=counters.fields(),
            quota=counters.quota_windows(),
            slowest=counters.slowest(),
            waits=counters.waits(),
        )
        return msgspec.convert(_concealed(msgspec.to_builtins(run_report), self._log), RunReport)


def encoded(run_report: RunReport, path: str) -> bytes:
    """Encode a report as JSON or HTML, as the name of its file ends."""
    if path.lower().endswith(".json"):
        return msgspec.json.format(msgspec.json.encode(run_report), indent=2) + b"\n"
    from tap_intercom.observability.html_report import html_report  # noqa: PLC0415 - only where a page is wanted

    return html_report(run_report)


def _exit_code(error: BaseException) -> int:
    if isinstance(error, TapError):
        return error.exit_code
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else TapError.exit_code


def _concealed(value: Any, log: Log) -> Any:
    """Hide what is to be hidden in every text within a value."""
    if isinstance(value, str):
        return log.conceal(value)
    if isinstance(value, dict):
        return {name: _concealed(part, log) for name, part in value.items()}
    return [_concealed(part, log) for part in value] if isinstance(value, list | tuple) else value


def write_file(path: str, content: bytes) -> None:
    """Put `content` in the place of the file, as the last thing; whoever reads it never finds half of it.

    Raises OSError, and ValueError for what can be no path.
    """
    aim = Path(path)
    draft = aim.with_name(f".{aim.name}.{os.urandom(4).hex()}.tmp")
    try:
        with draft.open("xb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        draft.replace(aim)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
