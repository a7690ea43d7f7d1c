"""The configuration of a run: settings of files and environment variables, checked against the table in `settings`.

Whoever has a `Config` need not check a setting again.
"""

import re
from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from tap_intercom.config.nested_parsers import MISSING, BatchConfig, WrongPart
from tap_intercom.config.settings import ENVIRONMENT_PREFIX, REGIONS, SETTINGS, USER_AGENT, Setting
from tap_intercom.errors import ConfigError, nearest_names
from tap_intercom.redaction import LONGEST_QUOTED_VALUE, is_quotable, quote_name, shape_of

LARGEST_QUOTED_NUMBER: Final = 10**LONGEST_QUOTED_VALUE
LONGEST_PROBE_SECONDS: Final = 60.0  # for which --test and --discover repeat a request
TOKEN_SETTINGS: Final = ("access_token", "access_token_file")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one run; its repr does not show the token.

    `start_date` is in UTC, `request_timeout`, `retry_timeout` and `lookback_window` are seconds, `base_url` has no
    trailing slash, and `quota_share` is above 0 and at most 1. Without an `api_version`, 1.4 is asked for.
    """

    access_token: str
    start_date: datetime
    request_timeout: float = 300.0
    retry_timeout: float = 900.0
    user_agent: str = USER_AGENT
    api_version: str | None = None
    base_url: str = REGIONS["us"]
    streams: tuple[str, ...] = ()
    max_concurrency: int = 64
    quota_share: float = 0.9
    lookback_window: int | None = None
    reporting_datasets: tuple[str, ...] = ()
    activate_version: bool = False
    relations: str = "changed"
    whole_every: int | None = None
    custom_object_types: tuple[str, ...] = ()
    report: str | None = None
    metrics: str | None = None
    batch_config: BatchConfig | None = None
    stream_maps: dict[str, Any] | None = None
    stream_map_config: dict[str, Any] | None = None
    flattening_enabled: bool = False
    flattening_max_depth: int = 1

    @property
    def keeps_versions(self) -> bool:
        """Whether the state says of streams when they were last read whole."""
        return self.activate_version or self.whole_every is not None

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"Config({shown})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        hidden = {"access_token": "(hidden)"}
        return [(name, hidden.get(name) or getattr(self, name)) for name in self.__struct_fields__]


def _describe(value: object, setting: Setting) -> str:
    """Describe the value of a setting for a message, without what may be a secret; base_url may hold a password."""
    if value is MISSING:
        return "missing"
    quotable = (setting.kind != "string" or bool(setting.allowed)) and not setting.secret
    if quotable and isinstance(value, str) and not value.strip():
        return "blank" if value else "empty"
    if quotable and isinstance(value, str) and value.isprintable() and is_quotable(value):
        return f'the string "{value}"'
    if quotable and isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {value}" if abs(value) < LARGEST_QUOTED_NUMBER else "a number"
    return shape_of(value)


def configure(settings: Mapping[str, object]) -> Config:
    """Check every setting and return the configuration; null and "" in an optional setting mean its default.

    Raises ConfigError, one line that names everything that is wrong.
    """
    values: dict[str, object] = {}
    problems: list[str] = []
    for setting in SETTINGS:
        value = settings.get(setting.name)
        if value is None or value == "":
            if setting.required:
                problems.append(_complain(setting, "is empty" if value == "" else "is missing"))
            continue
        try:
            values[setting.name] = setting.read(value)
        except WrongPart as wrong:
            problems.append(_complain(setting, f"is {_describe(wrong.value, setting)} and must be {wrong}", wrong.part))
        except ValueError as wrong:
            problems.append(_complain(setting, f"is {_describe(value, setting)} and must be {wrong}"))
    if values.get("activate_version") and values.get("batch_config"):
        problems.append("batch_config has no place for the versions of activate_version; remove one of them")
    if problems:
        raise ConfigError(
            f"the configuration is not usable: {'; '.join(problems)}; "
            f"correct the file given with --config, or with --config ENV the {ENVIRONMENT_PREFIX}… variables"
        )
    region = values.pop("region", "us")
    values.setdefault("base_url", REGIONS[str(region)])
    return msgspec.convert(values, Config)


def with_short_timeouts(config: Config) -> Config:
    """Return the configuration for `--test` and `--discover`, which give requests up sooner: somebody waits."""
    return msgspec.structs.replace(config, retry_timeout=min(config.retry_timeout, LONGEST_PROBE_SECONDS))


def _complain(setting: Setting, what: str, part: str = "") -> str:
    """Return what is wrong with a setting, or a part of it, with an example of a right one."""
    example = f'"{setting.name}": {msgspec.json.encode(setting.example).decode()}'
    return f"{setting.name}{part} {what} (for example {example})"


def override(settings: Mapping[str, object], by: Mapping[str, object]) -> dict[str, object]:
    """Return the settings of two sources together; those in `by` win. A token there also replaces the file of one.

    Raises ConfigError if `by` has both settings for the token.
    """
    given = [name for name in TOKEN_SETTINGS if by.get(name)]
    if len(given) > 1:
        raise ConfigError(
            f"the configuration is not usable: it has {' and '.join(given)}; remove one of them "
            '(for example, keep "access_token_file": "/run/secrets/intercom")'
        )
    kept = {name: value for name, value in settings.items() if not given or name not in TOKEN_SETTINGS}
    return {**kept, **by}


def unknown_settings(settings: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names in `settings` that this tap does not know, each with the nearest that it knows."""
    known = {setting.name for setting in SETTINGS}
    return tuple(_with_nearest(name) for name in settings if name not in known)


def unknown_variables(environ: Mapping[str, str], others: Container[str]) -> tuple[str, ...]:
    """Return the names of TAP_INTERCOM_… variables that are set, belong to no setting and are not in `others`.

    Each comes with the nearest that a setting has. Variables that begin with TAP_INTERCOM__ are Meltano's own.
    """
    known = {setting.variable for setting in SETTINGS}
    ours = (name for name, value in environ.items() if value and re.match(f"{ENVIRONMENT_PREFIX}(?!_)", name))
    return tuple(
        _with_nearest(name, ENVIRONMENT_PREFIX) for name in sorted(ours) if name not in known and name not in others
    )


def _with_nearest(name: str, prefix: str = "") -> str:
    """Return an unknown name as `quote_name` shows it, with those that it may be a misspelling of.

    `prefix` is what all names begin with, and says nothing of how near they are.
    """
    names = {setting.name: setting.variable if prefix else setting.name for setting in SETTINGS}
    near = nearest_names(name.removeprefix(prefix).lower(), names, names.__getitem__)
    return f"{quote_name(name)} ({near})" if near else quote_name(name)


def from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    """Return the settings in environment variables such as TAP_INTERCOM_ACCESS_TOKEN; an empty one is not set."""
    return {setting.name: environ[setting.variable] for setting in SETTINGS if environ.get(setting.variable)}
