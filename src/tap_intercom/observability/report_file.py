"""The report that is left of a run in a file: a page or JSON, as its name ends, however the run ended."""

from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from tap_intercom.config.config import Config
from tap_intercom.errors import TapError
from tap_intercom.exit_codes import ending
from tap_intercom.observability.atomic_file import file
from tap_intercom.observability.log import Log
from tap_intercom.observability.reporter import Report
from tap_intercom.observability.run_report import Account

INTERRUPTED: Final = 130
KEPT_BACK: Final = frozenset({"access_token", "report", "stream_map_config"})  # of the settings


class Closing:
    """A context manager around a run: when it is over, its report is written where the configuration wants one.

    A file that cannot be written costs a warning, and nothing else.
    """

    def __init__(self, config: Config, report: Report, log: Log) -> None:
        self._config = config
        self._report = report
        self._log = log

    def end(self, exit_code: int) -> int:
        """Note what the run ends with, and give it back."""
        self._report.ledger.exit_code = exit_code
        return exit_code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._report.ledger.exit_code = _exit_code(error)
            self._report.ledger.fail(None, str(error) if isinstance(error, TapError) else type(error).__name__)
        path = self._config.report
        if path is None:
            return
        account = self._account(datetime.now(UTC))
        try:
            file(path, encoded(account, path))
        except (OSError, ValueError) as failure:
            reason = getattr(failure, "strerror", None) or str(failure)
            self._log.warning(
                "the report %s cannot be written: %s; the run is as good without it. "
                "Check the folder and its permissions, or correct report",
                path,
                reason,
            )

    def _account(self, ended: datetime) -> Account:
        """Account for the run, with nothing in it that is to be hidden."""
        ledger = self._report.ledger
        now = ledger.clock()
        total = ledger.total(now)
        exit_code = ledger.exit_code or 0
        end = ending(exit_code)
        settings = msgspec.to_builtins(self._config)
        account = Account(
            exit_code=exit_code,
            outcome=end.outcome,
            advice=end.advice,
            began=ended - timedelta(seconds=now - ledger.began),
            ended=ended,
            seconds=now - ledger.began,
            settings={name: value for name, value in settings.items() if name not in KEPT_BACK},
            records=total.records,
            requests=total.requests,
            retries=ledger.network.retries,
            throttled=ledger.network.throttled,
            waited_seconds=ledger.network.waited_seconds,
            streams=ledger.streams(now),
            errors=ledger.errors,
            warnings=list(ledger.warnings),
            warnings_left_out=ledger.warnings_left_out,
            fields=ledger.fields(),
            quota=ledger.windows(),
            slowest=ledger.slowest(),
            waits=ledger.waits(),
        )
        return msgspec.convert(_concealed(msgspec.to_builtins(account), self._log), Account)


def encoded(account: Account, path: str) -> bytes:
    """Write an account in the form that the end of a path asks for."""
    if path.lower().endswith(".json"):
        return msgspec.json.format(msgspec.json.encode(account), indent=2) + b"\n"
    from tap_intercom.observability.html_report import page  # noqa: PLC0415 - only where a page is wanted

    return page(account)


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
