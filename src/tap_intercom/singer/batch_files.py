"""Batch files: records are written to files, and BATCH messages name the files, as Meltano's SDK has them."""

import asyncio
import gzip
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import msgspec

from tap_intercom.config.nested_parsers import BatchConfig
from tap_intercom.errors import ConfigError, OutputError
from tap_intercom.singer.messages import MessageWriter, encoder

ENCODING: Final = {"format": "jsonl", "compression": "gzip"}
COMPRESSION_LEVEL: Final = 1  # gzip's level: what is saved by others is not worth the processor


class Batch(msgspec.Struct, tag_field="type", tag="BATCH"):
    """A BATCH message: the records of a stream are in these files."""

    stream: str
    encoding: Mapping[str, str]
    manifest: Sequence[str]


class BatchWriter(MessageWriter):
    """A MessageWriter that writes records to files.

    When the files hold as many records as a batch may have, and at the end, they are flushed: a BATCH message is
    written for each, then the newest state that was given. So no state comes before the records that it covers. The
    files stay: whoever loads them removes them. Raises ConfigError where files cannot be written.
    """

    def __init__(self, descriptor: int, batches: BatchConfig) -> None:
        super().__init__(descriptor)
        self._batches = batches
        self._root = Path(batches.root)
        self._files: dict[str, tuple[Path, gzip.GzipFile]] = {}
        self._records = 0
        self._number = 0
        self._run_id = os.urandom(4).hex()
        self._state: Mapping[str, Any] | None = None
        self._lock = asyncio.Lock()
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(batches.root, error) from None
        if not os.access(self._root, os.W_OK):
            raise _unusable(batches.root, PermissionError(0, "no permission to write"))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Flush the files, then stop; after a failure, remove the files that no message has named."""
        async with self._lock:
            if self.failure is None:
                with suppress(OutputError):  # which is kept as the failure
                    await self._flush()
            if self.failure is not None:
                await asyncio.to_thread(_discard, self._files.values())
        await super().__aexit__(kind, error, trace)

    async def schema(
        self, stream: str, schema: Mapping[str, Any], key: Sequence[str], replication_key: str | None
    ) -> None:
        """Flush the files, whose records may be of another schema, and write a SCHEMA message."""
        async with self._lock:
            await self._flush()
            await super().schema(stream, schema, key, replication_key)

    async def records(
        self,
        stream: str,
        records: Sequence[Any],
        extracted: datetime,  # noqa: ARG002 - a file has no place for it
        version: int | None = None,  # noqa: ARG002 - likewise
    ) -> None:
        """Add records to the file of their stream."""
        if not records:
            return
        lines = encoder.encode_lines(records)
        async with self._lock:
            await self._run_in_thread(self._write, stream, lines)
            self._records += len(records)
            if self._records >= self._batches.size:
                await self._flush()

    async def state(self, value: Mapping[str, Any]) -> None:
        """Keep a state until the files are flushed."""
        async with self._lock:
            self._state = value

    def _write(self, stream: str, lines: bytes) -> None:
        if stream not in self._files:
            self._number += 1
            path = self._root / f"{self._batches.prefix}{stream}-{self._run_id}-{self._number}.json.gz"
            self._files[stream] = path, gzip.GzipFile(path, "xb", COMPRESSION_LEVEL)
        self._files[stream][1].write(lines)

    async def _flush(self) -> None:
        for stream, (path, file) in tuple(self._files.items()):
            await self._run_in_thread(file.close)
            await self.put_line(Batch(stream, ENCODING, [path.resolve().as_uri()]))
            del self._files[stream]
        self._records = 0
        if self._state is not None:
            await super().state(self._state)
            self._state = None

    async def _run_in_thread(self, action: Callable[..., object], *arguments: object) -> None:
        """Run an action on a file in a thread, to its end even where the caller is cancelled: half a line spoils it.

        Where it fails, no message is written any more. Raises OutputError.
        """
        if self.failure is None:
            task = asyncio.create_task(asyncio.to_thread(action, *arguments))
            try:
                await asyncio.wait([task])
            finally:
                await asyncio.wait([task])
                if isinstance(error := task.exception(), OSError):
                    self.failure = _output_error(error)
                    self.failed.set()
            if self.failure is None:
                task.result()
        if self.failure is not None:
            raise self.failure


def _discard(files: Iterable[tuple[Path, gzip.GzipFile]]) -> None:
    for path, file in files:
        with suppress(OSError):
            file.close()
        path.unlink(missing_ok=True)


def _output_error(error: OSError) -> OutputError:
    return OutputError(
        f"A file of batch_config cannot be written: {error.strerror}. Make room or correct its storage; "
        "the next run goes on from the last state the target kept."
    )


def _unusable(root: str, error: OSError) -> ConfigError:
    return ConfigError(
        f"the configuration is not usable: batch_config: its root {root} cannot be written to: {error.strerror}; "
        'correct it (for example "storage": {"root": "file:///var/lib/intercom"})'
    )
