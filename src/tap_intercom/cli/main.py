"""The command: reads the command line, does what it asks for, and turns errors into one line and an exit code."""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import click
import msgspec

from tap_intercom.cli.about import NAME, describe
from tap_intercom.cli.inputs import Inputs
from tap_intercom.cli.options import Options, parse, usage_message
from tap_intercom.cli.terminal import (
    abandon_stdout,
    can_show_progress,
    require_stdout,
    stdout_columns,
    write_stdout,
)
from tap_intercom.config.config import Config
from tap_intercom.errors import ConfigError, OutputError, TapError
from tap_intercom.observability.log import VARIABLE, Log
from tap_intercom.observability.monitor import RunMonitor
from tap_intercom.observability.otel import MetricsExporter
from tap_intercom.observability.report_file import ReportFile
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.singer.selection import narrowed
from tap_intercom.streams.table import is_v2, streams_of

# What asks Intercom is imported inside of functions: the HTTP library is slow to load, and not every command needs it.


def run(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Do what the command line asks for; give the exit code. Whatever is wrong is one line on stderr."""
    log = Log(sys.stderr, environ.get(VARIABLE) or "INFO")
    log.take_over_loggers()
    log.hide(environ.get("TAP_INTERCOM_ACCESS_TOKEN"))
    _log_unexpected_errors(log)
    try:
        return Command(parse(arguments), environ, log).run()
    except click.exceptions.Exit as stopped:  # after --help or --version
        return stopped.exit_code
    except click.ClickException as error:
        log.critical("%s; see %s --help", usage_message(error), NAME)
        return ConfigError.exit_code
    except TapError as error:
        log.critical("%s", error)
        if isinstance(error, OutputError):
            abandon_stdout()
        return error.exit_code


class Command:
    """One call of the command."""

    def __init__(self, options: Options, environ: Mapping[str, str], log: Log) -> None:
        self._options = options
        self._environ = environ
        self._log = log

    def run(self) -> int:
        """Do what the options ask for; give the exit code."""
        options = self._options
        if options.quiet:
            self._log.hide_details()
        if options.ignored:
            self._log.warning("%s: this command reads no such file and ignores it", ", ".join(options.ignored))
        if options.about:
            write_stdout(describe(options.format or "text"))
            return 0
        if options.discover:
            write_stdout(msgspec.json.format(msgspec.json.encode(self._catalog()), indent=2).decode() + "\n")
            return 0
        return self._test() if options.test else self._sync()

    def _catalog(self) -> dict[str, Any]:
        """Discover the catalog; Intercom is asked if there is a configuration for it, and a version 2.x."""
        inputs = self._inputs(RunMonitor(self._log))
        if not self._options.config:
            return narrowed(describe_streams(streams_of(None)), inputs.patterns(None))
        config = inputs.config()
        patterns = inputs.patterns(config)
        if self._options.offline or not is_v2(config.api_version):
            return narrowed(describe_streams(streams_of(config.api_version)), patterns)
        from tap_intercom.discovery.discover import discover_streams  # noqa: PLC0415

        return narrowed(discover_streams(config, patterns, self._log), patterns)

    def _test(self) -> int:
        from tap_intercom.cli.connection_test import connection_test  # noqa: PLC0415
        from tap_intercom.discovery.probe import probe_streams  # noqa: PLC0415
        from tap_intercom.sync.start import choose_api_version  # noqa: PLC0415

        monitor = RunMonitor(self._log)
        inputs = self._inputs(monitor)
        plan = inputs.plan(inputs.config())
        plan = choose_api_version(plan, self._log.warning, monitor.note_wait)
        probes = probe_streams(
            plan.config, plan.streams, [selected.stream for selected in plan.selection], monitor.note_wait
        )
        result = connection_test(probes, self._log.conceal)
        if self._options.format == "json":
            write_stdout(result.as_json())
        else:
            columns = stdout_columns(self._environ)
            write_stdout(result.as_text(columns, colored=bool(columns) and not self._environ.get("NO_COLOR")))
        return result.exit_code

    def _sync(self) -> int:
        options = self._options
        shows_progress = can_show_progress(self._environ, is_stdout_free=options.load is not None)
        monitor = RunMonitor(self._log, live=shows_progress and not options.quiet)
        inputs = self._inputs(monitor)
        config, counters = inputs.config(), monitor.counters
        with MetricsExporter(config, counters, self._log), ReportFile(config, counters, self._log), monitor:
            if options.load is not None:
                counters.exit_code = self._load(options.load, inputs, config, monitor)
                return counters.exit_code
            require_stdout()
            state = inputs.state()
            plan = inputs.plan(config, state)
            from tap_intercom.sync.run import sync_streams  # noqa: PLC0415

            counters.exit_code = sync_streams(plan, state, monitor)
            return counters.exit_code

    def _load(self, path: str, inputs: Inputs, config: Config, monitor: RunMonitor) -> int:
        """Sync into a database; where no catalog is given, it is discovered."""
        from tap_intercom.load.contents import describe_contents  # noqa: PLC0415
        from tap_intercom.load.database import Database  # noqa: PLC0415
        from tap_intercom.sync.run import sync_streams  # noqa: PLC0415

        with Database(path) as database:
            discovered = None
            if not self._options.catalog_path and is_v2(config.api_version):
                from tap_intercom.discovery.discover import discover_streams  # noqa: PLC0415

                discovered = discover_streams(config, inputs.patterns(config), self._log)
            given = inputs.state()
            state = database.state if given is None else given
            exit_code = sync_streams(inputs.plan(config, state, discovered), state, monitor, database)
            monitor.close()
            if not self._options.quiet and sys.stdout is not None:
                with contextlib.suppress(OutputError):
                    write_stdout(describe_contents(database))
            return exit_code

    def _inputs(self, monitor: RunMonitor) -> Inputs:
        return Inputs(self._options, self._environ, self._log, monitor)


def _log_unexpected_errors(log: Log) -> None:
    """Send a traceback, which only a mistake in the tap itself can cause, through the log that hides the token."""

    def explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("this is a mistake in %s itself; please report it", NAME, exc_info=(kind, error, trace))

    sys.excepthook = explain
