"""Stream maps, as Meltano's SDK has them: streams and records are changed on their way out, and then made flat.

The SDK's own mapper is used; it is loaded only where the configuration has `stream_maps`. Only what is written changes:
what is read, and the bookmarks, are those of the tap's own streams.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatch
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from tap_intercom.config.config import Config
from tap_intercom.errors import ConfigError, OutputError
from tap_intercom.redaction import quote_name, without_long_words
from tap_intercom.singer.batch_files import BatchWriter
from tap_intercom.singer.flattening import Flattening
from tap_intercom.singer.messages import MessageWriter, encoder
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.singer.writer import Writer

ELSE: Final = "__else__"
SOURCE: Final = "__source__"
MOST_EXACT_CHARACTERS: Final = 17  # fewer, with a point, are at most 15 digits, which a float holds
# What the expressions of a map may raise.
EXPRESSION_ERRORS: Final = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(NotImplementedError, RecursionError, SyntaxError),
)
LEFT_OUT_WARNING: Final = (
    "what stream_maps make is left out where it has no column in flat records: {}; compute it under a name that no "
    "field has"
)


def _number(text: str) -> float | Decimal:
    """Give a number that is written with the value of `text`."""
    number = float(text)
    is_exact = len(text) < MOST_EXACT_CHARACTERS and not {"e", "E"}.intersection(text)
    return number if is_exact or Decimal(repr(number)) == Decimal(text) else Decimal(text)


_decoder = msgspec.json.Decoder(float_hook=_number)


@dataclass(frozen=True)
class MappedStream:
    """A stream that is written, made of one of the tap's own.

    `source`: the name of the tap's stream.
    `name`: the name of the stream that is written.
    `transform`: makes a record to write of a record of the source; None where it is not written.
    """

    source: str
    name: str
    schema: Mapping[str, Any]
    key: Sequence[str]
    transform: Callable[[dict[str, Any]], dict[str, Any] | None] | None = None
    flattening: Flattening | None = None

    def records(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make the records to write of records of the source. Raises ConfigError where a map fails."""
        if self.transform is not None:
            with _config_errors(self.source):
                transformed = [self.transform(record) for record in records]
            records = [record for record in transformed if record is not None]
        return records if self.flattening is None else [self.flattening.flatten(record) for record in records]


def mapped_streams(
    config: Config, streams: Iterable[str], selection: Iterable[SelectedStream]
) -> dict[str, list[MappedStream]]:
    """Give the streams that are written of each selected stream, by its name.

    `streams`: the names of all streams. Raises ConfigError where the mapper is not installed, or where a map is of
    none of `streams`, or does not fit the schema of its stream.
    """
    known = list(streams)
    for name, rule in (config.stream_maps or {}).items():
        source = rule.get(SOURCE, name) if isinstance(rule, Mapping) else name
        if name != ELSE and not any(fnmatch(stream, str(source)) for stream in known):
            raise _unusable(
                f"{quote_name(str(source))} is no stream of this version of the API; correct its name (see --discover)"
            )
    mapper = None if config.stream_maps is None else _mapper(config)
    depth = config.flattening_max_depth if config.flattening_enabled else 0
    mapped = {selected.stream.name: _mapped(selected, mapper) for selected in selection}
    return {name: [_flattened(one, depth) if depth else one for one in several] for name, several in mapped.items()}


def _mapped(selected: SelectedStream, mapper: Any) -> list[MappedStream]:
    name, schema, key = selected.stream.name, selected.schema, list(selected.stream.key)
    if mapper is None:
        return [MappedStream(name, name, schema, key)]
    from singer_sdk.mapper import RemoveRecordTransform  # noqa: PLC0415 - optional

    with _config_errors(name):
        mapper.register_raw_stream_schema(name, dict(schema), key)
    return [
        MappedStream(
            *(name, mapped.stream_alias, mapped.transformed_schema, mapped.transformed_key_properties or ()),
            transform=mapped.transform,
        )
        for mapped in mapper.stream_maps[name]
        if not isinstance(mapped, RemoveRecordTransform)
    ]


def _flattened(mapped: MappedStream, depth: int) -> MappedStream:
    flattening = Flattening(mapped.schema, depth)
    return replace(mapped, schema=flattening.schema, flattening=flattening)


def make_writer(config: Config, descriptor: int) -> MessageWriter:
    """Make the writer to a descriptor that the configuration wants."""
    batches = config.batch_config
    return MessageWriter(descriptor) if batches is None else BatchWriter(descriptor, batches)


def with_maps(
    config: Config, mapped: Mapping[str, Sequence[MappedStream]], writer: Writer, warn: Callable[[str, str], None]
) -> Writer:
    """Give a writer of the mapped streams and records, where the configuration changes any; `writer` itself if not.

    `warn` is told, of a stream, what is left out.
    """
    has_maps = config.stream_maps is not None or config.flattening_enabled
    return MappedWriter(writer, mapped, warn) if has_maps else writer


class MappedWriter:
    """Gives mapped streams and records to another writer. Raises ConfigError where a map fails."""

    def __init__(
        self, writer: Writer, mapped: Mapping[str, Sequence[MappedStream]], warn: Callable[[str, str], None]
    ) -> None:
        self._writer = writer
        self._mapped = mapped
        self._warn = warn
        self.failed = writer.failed
        self.keeps_shared_keys = writer.keeps_shared_keys
        self.room = writer.room
        self.state = writer.state
        self.given_state = writer.given_state

    @property
    def failure(self) -> OutputError | None:
        """Why nothing can be written any more."""
        return self._writer.failure

    async def __aenter__(self) -> Self:
        await self._writer.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Warn of values that had no column in flat records, and stop."""
        for stream, several in self._mapped.items():
            left_out = {name for one in several if one.flattening for name in one.flattening.left_out}
            if left_out:
                self._warn(stream, LEFT_OUT_WARNING.format(", ".join(sorted(left_out))))
        await self._writer.__aexit__(kind, error, trace)

    async def schema(
        self,
        stream: str,
        schema: Mapping[str, Any],  # noqa: ARG002 - of the tap's own stream
        key: Sequence[str],  # noqa: ARG002 - likewise
        replication_key: str | None,
    ) -> None:
        """Write the SCHEMA message of each stream that is made of this one."""
        for one in self._mapped[stream]:
            fields = one.schema["properties"]
            keys = [field for field in one.key if field in fields]
            cursor = replication_key if replication_key in fields else None
            await self._writer.schema(one.name, one.schema, keys, cursor)

    async def records(
        self, stream: str, records: Sequence[Any], extracted: datetime, version: int | None = None
    ) -> None:
        """Write the records of each stream that is made of this one."""
        lines = [encoder.encode(record) for record in records]
        for one in self._mapped[stream]:
            mapped = one.records([_decoder.decode(line) for line in lines])
            await self._writer.records(one.name, mapped, extracted, version)

    async def activate(self, stream: str, version: int) -> None:
        """Write an ACTIVATE_VERSION message for each stream that is made of this one."""
        for one in self._mapped[stream]:
            await self._writer.activate(one.name, version)


@contextmanager
def _config_errors(stream: str | None = None) -> Iterator[None]:
    """Turn what singer_sdk and the expressions of a map raise into a ConfigError of one line, with the stream."""
    from singer_sdk.exceptions import ConfigurationError, MappingError  # noqa: PLC0415 - optional

    try:
        yield
    except (ConfigurationError, MappingError, *EXPRESSION_ERRORS) as error:
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
            "the configuration is not usable: stream_maps needs singer-sdk, which is not installed; "
            'install the tap with it (for example pip install ".[maps]"), or remove it'
        ) from None
    wanted: Any = {
        "stream_maps": dict(config.stream_maps or {}),
        "stream_map_config": config.stream_map_config or {},
    }
    with _config_errors():
        return PluginMapper(wanted, logging.getLogger("singer_sdk.mapper"))
