"""Stream maps and flattening as Meltano's SDK has them: by its own mapper, loaded only where one of them is wanted.

What is mapped is what goes out. What is read, and what is claimed of it, stays the same: bookmarks are of the tap's own
streams, whatever their records are called or lack.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from fnmatch import fnmatch
from typing import Any, Final

import msgspec

from tap_intercom.batches import BatchWriter
from tap_intercom.catalog import Choice
from tap_intercom.config import Config
from tap_intercom.errors import ConfigError
from tap_intercom.messages import Writer
from tap_intercom.secrecy import quote_name, without_long_words

ELSE: Final = "__else__"
SOURCE: Final = "__source__"
# What an expression of somebody else's may raise.
OF_AN_EXPRESSION: Final = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(NotImplementedError, RecursionError, SyntaxError),
)
_encoder = msgspec.json.Encoder()


def writer_of(config: Config, streams: Iterable[str], choices: Iterable[Choice], descriptor: int) -> Writer:
    """Make the Writer that the configuration wants.

    Raises ConfigError where maps are wanted and cannot be had, name a stream that is none of `streams`, or do not fit
    the schemas of the `choices`.
    """
    batches = config.batch_config
    if config.stream_maps is None and not config.flattening_enabled:
        return Writer(descriptor) if batches is None else BatchWriter(descriptor, batches)
    known = list(streams)
    for name, rule in (config.stream_maps or {}).items():
        source = rule.get(SOURCE, name) if isinstance(rule, Mapping) else name
        if name != ELSE and not any(fnmatch(stream, str(source)) for stream in known):
            raise _unusable(
                f"{quote_name(str(source))} is no stream of this version of the API; correct its name (see --discover)"
            )
    mapper = _mapper(config)
    for choice in choices:
        _register(mapper, choice.stream.name, choice.schema, choice.stream.key)
    return MappedWriter(mapper, descriptor) if batches is None else _MappedBatchWriter(mapper, descriptor, batches)


class MappedWriter(Writer):
    """A Writer of what a mapper of singer_sdk makes of schemas and records. Raises ConfigError where it fails."""

    def __init__(self, mapper: Any, *more: Any) -> None:
        """`more` is what the Writer takes that has the mapped records."""
        super().__init__(*more)
        self._mapper = mapper

    async def schema(self, stream: str, schema: Mapping[str, Any], key: Sequence[str], cursor: str | None) -> None:
        """Write the SCHEMA message of each stream that is made of this one."""
        _register(self._mapper, stream, schema, key)
        for mapped in self._maps(stream):
            fields = mapped.transformed_schema["properties"]
            keys = [field for field in mapped.transformed_key_properties or () if field in fields]
            await super().schema(
                mapped.stream_alias, mapped.transformed_schema, keys, cursor if cursor in fields else None
            )

    async def records(
        self, stream: str, records: Sequence[Any], extracted: datetime, version: int | None = None
    ) -> None:
        """Write what becomes of the records."""
        lines = [_encoder.encode(record) for record in records]
        for mapped in self._maps(stream):
            with _explained(stream):
                made = [mapped.transform(msgspec.json.decode(line)) for line in lines]
            kept = [record for record in made if record is not None]
            await super().records(mapped.stream_alias, kept, extracted, version)

    async def activate(self, stream: str, version: int) -> None:
        """Write an ACTIVATE_VERSION message for each stream that is made of this one."""
        for mapped in self._maps(stream):
            await super().activate(mapped.stream_alias, version)

    def _maps(self, stream: str) -> list[Any]:
        from singer_sdk.mapper import RemoveRecordTransform  # noqa: PLC0415 - optional

        return [mapped for mapped in self._mapper.stream_maps[stream] if not isinstance(mapped, RemoveRecordTransform)]


class _MappedBatchWriter(MappedWriter, BatchWriter):
    """A Writer that puts mapped records into files."""


def _register(mapper: Any, stream: str, schema: Mapping[str, Any], key: Sequence[str]) -> None:
    with _explained(stream):
        mapper.register_raw_stream_schema(stream, dict(schema), list(key))


@contextmanager
def _explained(stream: str | None = None) -> Iterator[None]:
    """Say in one line what singer_sdk complains of, and of which stream."""
    from singer_sdk.exceptions import ConfigurationError, MappingError  # noqa: PLC0415 - optional

    try:
        yield
    except (ConfigurationError, MappingError, *OF_AN_EXPRESSION) as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        where = f"the map of {stream} fails: " if stream else ""
        said = without_long_words(" ".join(f"{error}{cause}".split()))
        raise _unusable(f"{where}{said.rstrip('.')}; correct it") from error


def _unusable(what: str) -> ConfigError:
    return ConfigError(f"the configuration is not usable: stream_maps: {what}")


def _mapper(config: Config) -> Any:
    try:
        from singer_sdk.mapper import PluginMapper  # noqa: PLC0415 - optional
    except ImportError:
        raise ConfigError(
            "the configuration is not usable: stream_maps and flattening_enabled need singer-sdk, which is not "
            'installed; install the tap with it (for example pip install ".[maps]"), or remove them'
        ) from None
    wanted: Any = {
        "stream_maps": dict(config.stream_maps or {}),
        "stream_map_config": config.stream_map_config or {},
        "flattening_enabled": config.flattening_enabled,
        "flattening_max_depth": config.flattening_max_depth,
    }
    with _explained():
        return PluginMapper(wanted, logging.getLogger("singer_sdk.mapper"))
