"""What the operator hands over: the configuration, catalog and state, read and checked, with warnings about them."""

from collections.abc import Mapping
from typing import Any, Final

from tap_intercom.cli.options import Options
from tap_intercom.config.config import (
    Config,
    configure,
    from_environment,
    override,
    unknown_settings,
    unknown_variables,
    with_short_timeouts,
)
from tap_intercom.config.files import describe_file, is_same, read_object, read_secret
from tap_intercom.errors import ConfigError
from tap_intercom.observability.log import VARIABLE, Log
from tap_intercom.observability.monitor import RunMonitor
from tap_intercom.redaction import quote_name, shape_of
from tap_intercom.singer.selection import select_streams, unsupported_streams
from tap_intercom.singer.state import BOOKMARKS, bookmarked_names, warnings_about
from tap_intercom.singer.stream_patterns import EXAMPLE, StreamPatterns
from tap_intercom.stream_io.context import SyncPlan
from tap_intercom.streams.table import bookmark_names, streams_of

ENVIRONMENT: Final = "ENV"
OTHER_MESSAGES: Final = ("ACTIVATE_VERSION", "RECORD", "SCHEMA")  # an output that was cut off may end with one
MELTANO_STATE: Final = "singer_state"


class Inputs:
    """The configuration, catalog and state that the options name; each method reads and checks one of them.

    Methods raise ConfigError for what cannot be used, and warn through the monitor of what is ignored. The log hides
    each token from the moment on in which it is read.
    """

    def __init__(self, options: Options, environ: Mapping[str, str], log: Log, monitor: RunMonitor) -> None:
        self._options = options
        self._environ = environ
        self._log = log
        self._warn = monitor.warn_before_sync

    def config(self) -> Config:
        """Read the configuration; what only asks around, `--test` and `--discover`, gives up sooner."""
        settings = self._settings()
        if unknown := unknown_settings(settings):
            names = ", ".join(unknown)
            self._warn(f"the configuration has settings that this tap does not know and ignores: {names}")
        if ENVIRONMENT in self._options.config and (unknown := unknown_variables(self._environ, {VARIABLE})):
            names = ", ".join(unknown)
            self._warn(f"the environment has variables that this tap does not know and ignores: {names}")
        if self._options.load:
            _adapt_to_load(settings)
        config = configure(settings)
        self._check_report(config.report, settings.get("access_token_file"))
        return with_short_timeouts(config) if self._options.test or self._options.discover else config

    def plan(
        self, config: Config, state: Mapping[str, Any] | None = None, discovered: Mapping[str, Any] | None = None
    ) -> SyncPlan:
        """Read the catalog, if there is one, and give the plan of its selected streams.

        Without a catalog, these are the streams that are read by default and those that go on from the state.
        `discovered`: a catalog that has just been made, from which they take their schemas.
        """
        path, streams = self._options.catalog_path, streams_of(config.api_version)
        catalog = read_object(path, "catalog") if path else None
        patterns = self.patterns(config)
        selection = select_streams(catalog, streams, patterns, bookmarked_names(state or {}))
        if discovered is not None:
            known = {selected.stream.name: selected for selected in select_streams(discovered, streams, patterns)}
            selection = tuple(known.get(selected.stream.name, selected) for selected in selection)
        for name, unsupported_reason in unsupported_streams(catalog or {"streams": []}):
            reason = unsupported_reason.removeprefix(f"{name}: ").rstrip(".")
            self._warn(
                f"left out: when the catalog was made, it could not be read ({reason}); once it can be, make a new "
                "catalog with --discover; or deselect it",
                quote_name(name),
            )
        for selected in selection:
            for warning in selected.warnings:
                self._warn(warning, selected.stream.name)
        if unmatched := patterns.unmatched([selected.stream.name for selected in selection]):
            self._warn(f"streams names what the catalog does not select, so it is not read: {', '.join(unmatched)}")
        if not selection and patterns:
            self._warn(f"streams leaves no stream to read; write it as in {EXAMPLE}")
        elif not selection:
            self._warn('the catalog selects no stream; set "selected": true in the metadata of those you want')
        if config.relations == "whole" and not any(selected.stream.is_link for selected in selection):
            self._warn('relations is "whole", but no stream of links is selected, so it changes nothing')
        return SyncPlan(config, streams, selection, self._options.full_refresh)

    def patterns(self, config: Config | None) -> StreamPatterns:
        """Give the patterns that choose streams: those of `--streams`, or else those of the configuration, if any."""
        return StreamPatterns(self._options.streams or (config.streams if config else ()))

    def state(self) -> dict[str, Any] | None:
        """Read the state, if there is one."""
        path = self._options.state
        if not path:
            return None
        state = _unwrapped(read_object(path, "state"), path)
        for warning in warnings_about(state, bookmark_names()):
            self._warn(warning)
        return state

    def _settings(self) -> dict[str, object]:
        """Join the settings of all sources, a later one over those before it; the token is read from its file."""
        settings: dict[str, object] = {}
        for source in self._options.config:
            found = from_environment(self._environ) if source == ENVIRONMENT else read_object(source, "configuration")
            # Hidden now: a token that a later source overrides is secret, too.
            self._log.hide(found.get("access_token"))
            settings = override(settings, found)
        token_file = settings.get("access_token_file")
        if isinstance(token_file, str) and token_file:
            settings["access_token"] = read_secret(token_file, "access_token_file")
            self._log.hide(settings["access_token"])
        return settings

    def _check_report(self, report: str | None, token_file: object) -> None:
        """Refuse a report that would take the place of a file that the run reads."""
        options = self._options
        read = [*options.config, options.catalog_path, options.state, options.load, token_file]
        if report and any(isinstance(path, str) and path and is_same(path, report) for path in read):
            raise ConfigError(
                f"the configuration is not usable: report is {report}, which the run itself reads; "
                'give the report a name of its own (for example "report": "report.html")'
            )


def _adapt_to_load(settings: dict[str, object]) -> None:
    """Let deletions be told, unless they are not wanted. Raises ConfigError for files of records beside a database."""
    if settings.get("batch_config"):
        raise ConfigError(
            "the configuration is not usable: batch_config and --load exclude each other, for records go into files or "
            "into the database; remove one of them"
        )
    if settings.get("activate_version") in (None, ""):
        settings["activate_version"] = True


def _unwrapped(state: dict[str, Any], path: str) -> dict[str, Any]:
    """Take a state out of a STATE message, or out of what `meltano state get` prints.

    Raises ConfigError where there is none in it.
    """
    kind = state.get("type")
    if kind in OTHER_MESSAGES:
        raise ConfigError(
            f"{describe_file(path, 'state')}: it is a {kind} message, not a STATE message; "
            "keep the last STATE line of the output"
        )
    if kind == "STATE":
        return _object(state.get("value"), path, 'a STATE message whose "value"')
    if MELTANO_STATE in state and BOOKMARKS not in state:
        return _object(state[MELTANO_STATE], path, f'one of Meltano\'s whose "{MELTANO_STATE}"')
    return state


def _object(value: object, path: str, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(
            f"{describe_file(path, 'state')}: it is {what} is {shape_of(value)}, not an object such as "
            '{"bookmarks": {}}; restore the last state'
        )
    return value
