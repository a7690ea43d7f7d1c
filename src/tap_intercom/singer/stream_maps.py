"""Stream maps as Meltano's SDK has them, by its own mapper, loaded only where they are wanted; flattening behind them.

What is mapped is what goes out. What is read, and what is claimed of it, stays the same: bookmarks are of the tap's own
streams, whatever their records are called or lack.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatch
from types import TracebackType
from typing import Any, Final

import msgspec

from tap_intercom.config.config import Config
from tap_intercom.errors import ConfigError
from tap_intercom.redaction import quote_name, without_long_words
from tap_intercom.singer.batch_files import BatchWriter
from tap_intercom.singer.flattening import Flattening
from tap_intercom.singer.messages import MessageWriter
from tap_intercom.singer.selection import SelectedStream

ELSE: Final = "__else__"
SOURCE: Final = "__source__"
# What an expression of somebody else's may raise.
OF_AN_EXPRESSION: Final = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    *(NotImplementedError, RecursionError, SyntaxError),
)
LEFT_OUT: Final = (
    "what stream_maps make is left out where it has no column in flat records: {}; compute it under a name that no "
    "field has"
)
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True)
class MappedStream:
    """A stream that is written of one of the tap's own, its `source`.

    `transform` makes a record of the source's, or None where there is to be none.
    """

    source: str
    name: str
    schema: Mapping[str, Any]
    key: Sequence[str]
    transform: Callable[[dict[str, Any]], dict[str, Any] | None] | None = None
    flattening: Flattening | None = None

    def records(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Give what becomes of records of the source. Raises ConfigError where a map fails."""
        if self.transform is not None:
            with _explained(self.source):
                made = [self.transform(record) for record in records]
            records = [record for record in made if record is not None]
        return records if self.flattening is None else [self.flattening.flatten(record) for record in records]


def mapped_streams(
    config: Config, streams: Iterable[str], selection: Iterable[SelectedStream]
) -> dict[str, list[MappedStream]]:
    """Give what is written of each of the `selection`.

    Raises ConfigError where maps are wanted and cannot be had, name a stream that is none of `streams`, or do not fit
    the schemas of the `selection`.
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
    made = {selected.stream.name: _made_of(selected, mapper) for selected in selection}
    return {name: [_flat(one, depth) if depth else one for one in parts] for name, parts in made.items()}


def _made_of(selected: SelectedStream, mapper: Any) -> list[MappedStream]:
    name, schema, key = selected.stream.name, selected.schema, list(selected.stream.key)
    if mapper is None:
        return [MappedStream(name, name, schema, key)]
    from singer_sdk.mapper import RemoveRecordTransform  # noqa: PLC0415 - optional

    with _explained(name):
        mapper.register_raw_stream_schema(name, dict(schema), key)
    return [
        MappedStream(
            *(name, mapped.stream_alias, mapped.transformed_schema, mapped.transformed_key_properties or ()),
            transform=mapped.transform,
        )
        for mapped in mapper.stream_maps[name]
        if not isinstance(mapped, RemoveRecordTransform)
    ]


def _flat(made: MappedStream, depth: int) -> MappedStream:
    flattening = Flattening(made.schema, depth)
    return replace(made, schema=flattening.schema, flattening=flattening)


def writer_of(
    config: Config, made: Mapping[str, Sequence[MappedStream]], descriptor: int, warn: Callable[[str, str], None]
) -> MessageWriter:
    """Make the MessageWriter that the configuration wants, for these streams; it says by `warn` what it leaves out of
    one.
    """
    batches = config.batch_config
    if config.stream_maps is None and not config.flattening_enabled:
        return MessageWriter(descriptor) if batches is None else BatchWriter(descriptor, batches)
    if batches is None:
        return MappedWriter(made, warn, descriptor)
    return _MappedBatchWriter(made, warn, descriptor, batches)


class MappedWriter(MessageWriter):
    """A Writer of what is made of streams and their records. Raises ConfigError where that fails."""

    def __init__(
        self, made: Mapping[str, Sequence[MappedStream]], warn: Callable[[str, str], None], *more: Any
    ) -> None:
        """`more` is what the MessageWriter takes that has the mapped records."""
        super().__init__(*more)
        self._made = made
        self._warn = warn

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say what had no place in flat records, and stop."""
        for stream, parts in self._made.items():
            left_out = {name for one in parts if one.flattening for name in one.flattening.left_out}
            if left_out:
                self._warn(stream, LEFT_OUT.format(", ".join(sorted(left_out))))
        await super().__aexit__(kind, error, trace)

    async def schema(
        self,
        stream: str,
        schema: Mapping[str, Any],  # noqa: ARG002 - of the tap's own stream
        key: Sequence[str],  # noqa: ARG002 - likewise
        replication_key: str | None,
    ) -> None:
        """Write the SCHEMA message of each stream that is made of this one."""
        for one in self._made[stream]:
            fields = one.schema["properties"]
            keys = [field for field in one.key if field in fields]
            await super().schema(one.name, one.schema, keys, replication_key if replication_key in fields else None)

    async def records(
        self, stream: str, records: Sequence[Any], extracted: datetime, version: int | None = None
    ) -> None:
        """Write what becomes of the records."""
        lines = [_encoder.encode(record) for record in records]
        for one in self._made[stream]:
            made = one.records([msgspec.json.decode(line) for line in lines])
            await super().records(one.name, made, extracted, version)

    async def activate(self, stream: str, version: int) -> None:
        """Write an ACTIVATE_VERSION message for each stream that is made of this one."""
        for one in self._made[stream]:
            await super().activate(one.name, version)


class _MappedBatchWriter(MappedWriter, BatchWriter):
    """A Writer that puts mapped records into files."""


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
            "the configuration is not usable: stream_maps needs singer-sdk, which is not installed; "
            'install the tap with it (for example pip install ".[maps]"), or remove it'
        ) from None
    wanted: Any = {
        "stream_maps": dict(config.stream_maps or {}),
        "stream_map_config": config.stream_map_config or {},
    }
    with _explained():
        return PluginMapper(wanted, logging.getLogger("singer_sdk.mapper"))
