"""The Singer face: reads the command line, does one errand, and turns what went wrong into one line and a code."""

import os
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final

import click
import msgspec

from tap_intercom.cli.about import NAME
from tap_intercom.cli.about import describe as describe_tap
from tap_intercom.cli.options import Options, command, complaint
from tap_intercom.cli.terminal import abandon_stdout, can_show_progress, require_stdout, stdout_columns, write_stdout
from tap_intercom.config.config import (
    Config,
    configure,
    from_environment,
    override,
    unknown_settings,
    unknown_variables,
    with_short_timeouts,
)
from tap_intercom.config.files import is_same, named, read_object, read_secret
from tap_intercom.errors import ConfigError, OutputError, TapError
from tap_intercom.observability.log import VARIABLE, Log
from tap_intercom.observability.monitor import RunMonitor
from tap_intercom.observability.otel import MetricsExporter
from tap_intercom.observability.report_file import ReportFile
from tap_intercom.redaction import quote_name, shape_of
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.singer.selection import select_streams, unsupported_streams
from tap_intercom.singer.state import BOOKMARKS, warnings_about
from tap_intercom.streams.table import STREAMS, bookmark_names, is_v2, streams_of
from tap_intercom.sync.plan import SyncPlan

ENVIRONMENT: Final = "ENV"
OTHER_MESSAGES: Final = ("ACTIVATE_VERSION", "RECORD", "SCHEMA")  # an output that was cut off may end with one
MELTANO_STATE: Final = "singer_state"
TEST_FORMATS: Final = ("text", "json")


def run(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Do what the command line asks for; give the exit code. Whatever is wrong is one line on stderr."""
    log = Log(sys.stderr, environ.get(VARIABLE) or "INFO")
    log.take_over_loggers()
    log.hide(environ.get("TAP_INTERCOM_ACCESS_TOKEN"))
    _log_unexpected_errors(log)
    try:
        with command.make_context(NAME, list(arguments)) as context:
            if context.args:
                left = ", ".join(map(shape_of, context.args))
                raise click.UsageError(f"what belongs to no option ({left}) means nothing; write --config config.json")
            options: Options = command.invoke(context)
        return Command(options, environ, log).run()
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.ClickException as error:
        log.critical("%s; see %s --help", complaint(error), NAME)
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
        self._cautions: list[tuple[str | None, str]] = []

    def run(self) -> int:
        """Do what was asked for; give the exit code."""
        options = self._options
        if options.quiet:
            self._log.hide_details()
        if options.format and not (options.about or (options.test and options.format in TEST_FORMATS)):
            raise click.UsageError("--format belongs to --about, and to --test with text or json")
        if sum((options.discover, options.test, options.about)) > 1:
            raise click.UsageError("--discover, --test and --about exclude each other")
        if options.catalog and options.properties:
            raise click.UsageError("--properties is the old name of --catalog; give one of them")
        if options.about:
            write_stdout(describe_tap(options.format or "text"))
            return 0
        if options.offline and not options.discover:
            raise click.UsageError("--offline belongs to --discover")
        if options.discover:
            catalog = self._discover()
            write_stdout(msgspec.json.format(msgspec.json.encode(catalog), indent=2).decode() + "\n")
            return 0
        if not options.config:
            raise click.UsageError("--config is missing: give --config config.json, or --config ENV")
        config = self._configure()
        return self._test(config) if options.test else self._sync(config)

    def _configure(self) -> Config:
        settings: dict[str, object] = {}
        for source in self._options.config:
            found = from_environment(self._environ) if source == ENVIRONMENT else read_object(source, "configuration")
            # The token of a source that a later one overrides is a secret, too.
            self._log.hide(found.get("access_token"))
            settings = override(settings, found)
        path = settings.get("access_token_file")
        if isinstance(path, str) and path:
            settings["access_token"] = read_secret(path, "access_token_file")
            self._log.hide(settings["access_token"])
        if unknown := unknown_settings(settings):
            names = ", ".join(unknown)
            self._caution(f"the configuration has settings that this tap does not know and ignores: {names}")
        if ENVIRONMENT in self._options.config and (strange := unknown_variables(self._environ, {VARIABLE})):
            names = ", ".join(strange)
            self._caution(f"the environment has variables that this tap does not know and ignores: {names}")
        config = configure(settings)
        self._spare_what_is_read(config, path if isinstance(path, str) else "")
        return with_short_timeouts(config) if self._options.test or self._options.discover else config

    def _spare_what_is_read(self, config: Config, token_file: str) -> None:
        """Refuse a report that would take the place of a file that the run itself needs."""
        options = self._options
        needed = [*options.config, options.catalog, options.properties, options.state, token_file]
        if config.report and any(file and is_same(file, config.report) for file in needed):
            raise ConfigError(
                f"the configuration is not usable: report is {config.report}, which the run itself reads; "
                'give the report a name of its own (for example "report": "report.html")'
            )

    def _caution(self, message: str, stream: str | None = None) -> None:
        """Warn, of one stream where it is named; a report that is made later says it too."""
        self._log.warning("%s%s", f"{stream}: " if stream else "", message)
        self._cautions.append((stream, message))

    def _plan(self, config: Config) -> SyncPlan:
        path, streams = self._options.catalog or self._options.properties, streams_of(config.api_version)
        catalog = read_object(path, "catalog") if path else None
        selection = select_streams(catalog, streams)
        for name, unsupported_reason in unsupported_streams(catalog or {"streams": []}):
            why = unsupported_reason.removeprefix(f"{name}: ").rstrip(".")
            self._caution(
                f"left out: when the catalog was made, it could not be read ({why}); once it can be, make a new "
                "catalog with --discover; or deselect it",
                quote_name(name),
            )
        for selected in selection:
            for warning in selected.warnings:
                self._caution(warning, selected.stream.name)
        if not selection:
            self._caution('the catalog selects no stream; set "selected": true in the metadata of those you want')
        return SyncPlan(config, streams, selection)

    def _discover(self) -> dict[str, Any]:
        if not self._options.config:
            return describe_streams(STREAMS)
        config = self._configure()
        if self._options.offline or not is_v2(config.api_version):
            return describe_streams(streams_of(config.api_version))
        from tap_intercom.discovery import discover as discovery  # noqa: PLC0415 - the network is slow to load, and not always needed

        return discovery.discover_streams(config, self._log)

    def _test(self, config: Config) -> int:
        plan, wait = self._plan(config), RunMonitor(self._log).note_wait
        from tap_intercom.cli.connection_test import connection_test  # noqa: PLC0415 - likewise
        from tap_intercom.discovery.probe import probe  # noqa: PLC0415 - likewise
        from tap_intercom.sync.api_version import choose_api_version  # noqa: PLC0415 - the network is slow to load, and not always needed

        plan = choose_api_version(plan, self._log.warning, wait)
        probes = probe(plan.config, plan.streams, [selected.stream for selected in plan.selection], wait)
        found = connection_test(probes, self._log.conceal)
        if self._options.format == "json":
            write_stdout(found.as_json())
        else:
            columns = stdout_columns(self._environ)
            write_stdout(found.as_text(columns, colored=bool(columns) and not self._environ.get("NO_COLOR")))
        return found.exit_code

    def _sync(self, config: Config) -> int:
        monitor = RunMonitor(self._log, live=can_show_progress(self._environ) and not self._options.quiet)
        with (
            MetricsExporter(config, monitor.counters, self._log),
            ReportFile(config, monitor.counters, self._log),
            monitor,
        ):
            require_stdout()
            plan, state = self._plan(config), self._state()
            for caution in self._cautions:
                monitor.counters.add_warning(*caution)
            from tap_intercom.sync import run as sync  # noqa: PLC0415 - the network is slow to load, and not always needed

            monitor.counters.exit_code = exit_code = sync.run(plan, state, monitor)
            return exit_code

    def _state(self) -> dict[str, Any] | None:
        """Give the state that was given, if any."""
        path = self._options.state
        if not path:
            return None
        state = read_object(path, "state")
        value = _unwrap(state, path)
        for doubt in warnings_about(value, bookmark_names()):
            self._caution(doubt)
        return value


def _unwrap(state: dict[str, Any], path: str) -> dict[str, Any]:
    """Take a state out of what it may be given in. Raises ConfigError where there is none in it."""
    kind = state.get("type")
    if kind in OTHER_MESSAGES:
        raise ConfigError(
            f"{named(path, 'state')}: it is a {kind} message, not a STATE message; "
            "keep the last STATE line of the output"
        )
    # The last line of the output itself, where no target unwrapped it
    if kind == "STATE":
        return _inner(state.get("value"), path, 'a STATE message whose "value"')
    # What `meltano state get` prints
    if MELTANO_STATE in state and BOOKMARKS not in state:
        return _inner(state[MELTANO_STATE], path, f'one of Meltano\'s whose "{MELTANO_STATE}"')
    return state


def _inner(value: object, path: str, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(
            f"{named(path, 'state')}: it is {what} is {shape_of(value)}, not an object such as "
            '{"bookmarks": {}}; restore the last state'
        )
    return value


def _log_unexpected_errors(log: Log) -> None:
    """Send a traceback, which only a mistake in the tap itself can cause, through the log that hides the token."""

    def explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("this is a mistake in %s itself; please report it", NAME, exc_info=(kind, error, trace))

    sys.excepthook = explain
