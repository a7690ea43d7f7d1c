"""The report of a run as a file, JSON or HTML as its name ends: written whole or not at all, however the run ended."""

import contextlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from tap_intercom.config.config import Config
from tap_intercom.exit_codes import meaning_of
from tap_intercom.observability.counters import Counters
from tap_intercom.observability.log import Log
from tap_intercom.observability.run_report import RunReport

OMITTED_SETTINGS: Final = frozenset({"access_token", "report", "stream_map_config"})  # of the settings


class ReportFile:
    """A context manager around a run: when the run is over, its report is written where the configuration wants one.

    A file that cannot be written costs a warning, and nothing else.
    """

    def __init__(self, config: Config, counters: Counters, log: Log) -> None:
        self._config = config
        self._counters = counters
        self._log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        path = self._config.report
        if path is None:
            return
        run_report = _concealed(make_run_report(self._config, self._counters, datetime.now(UTC)), self._log)
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


def make_run_report(config: Config, counters: Counters, ended: datetime) -> RunReport:
    """Give the report of a run that ended at `ended`; nothing that it quotes is concealed yet."""
    seconds = counters.clock() - counters.began
    total = counters.total(counters.clock())
    exit_code = counters.exit_code or 0
    meaning = meaning_of(exit_code)
    settings = msgspec.to_builtins(config)
    return RunReport(
        exit_code=exit_code,
        outcome=meaning.outcome,
        advice=meaning.advice,
        began=ended - timedelta(seconds=seconds),
        ended=ended,
        seconds=seconds,
        settings={name: value for name, value in settings.items() if name not in OMITTED_SETTINGS},
        records=total.records,
        requests=total.requests,
        retries=counters.retries,
        throttled=counters.throttled,
        waited_seconds=counters.waited_seconds,
        streams=counters.stream_reports(),
        errors=counters.errors,
        warnings=list(counters.warnings),
        warnings_left_out=counters.warnings_left_out,
        fields=counters.fields(),
        quota=counters.quota_windows(),
        slowest=counters.slowest(),
        waits=counters.waits(),
    )


def encoded(run_report: RunReport, path: str) -> bytes:
    """Encode a report as JSON or HTML, as the name of its file ends."""
    if path.lower().endswith(".json"):
        return msgspec.json.format(msgspec.json.encode(run_report), indent=2) + b"\n"
    from tap_intercom.observability.html_report import html_report  # noqa: PLC0415 - only where a page is wanted

    return html_report(run_report)


def write_file(path: str, content: bytes) -> None:
    """Replace the file by `content` in one step: whoever reads it finds the old file or the new one, never a part.

    Raises OSError, and ValueError for a path that no file can have.
    """
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def _concealed(run_report: RunReport, log: Log) -> RunReport:
    """Give the report without what the log hides, in any of its texts."""
    return msgspec.convert(_conceal(msgspec.to_builtins(run_report), log), RunReport)


def _conceal(value: Any, log: Log) -> Any:
    if isinstance(value, str):
        return log.conceal(value)
    if isinstance(value, dict):
        return {name: _conceal(part, log) for name, part in value.items()}
    return [_conceal(part, log) for part in value] if isinstance(value, list | tuple) else value
