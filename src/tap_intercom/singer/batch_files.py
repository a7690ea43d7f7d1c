"""Records in files instead of messages, told of in BATCH messages as Meltano's SDK has them."""

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

from tap_intercom.config.config import BatchConfig
from tap_intercom.errors import ConfigError, OutputError
from tap_intercom.singer.messages import MessageWriter

ENCODING: Final = {"format": "jsonl", "compression": "gzip"}
COMPRESSION_LEVEL: Final = 1  # gzip's level: what is saved by others is not worth the processor
_encoder = msgspec.json.Encoder()


class Batch(msgspec.Struct, tag_field="type", tag="BATCH"):
    """A BATCH message: the records of a stream are in these files."""

    stream: str
    encoding: Mapping[str, str]
    manifest: Sequence[str]


class BatchWriter(MessageWriter):
    """A Writer that puts records into files, and claims nothing before those that it speaks of are handed over.

    Files are handed over when there are so many records in all of them as a batch may have, and at the end; the newest
    state follows them. They stay where they are: whoever loads them removes them. Raises ConfigError where there can
    be no files.
    """

    def __init__(self, descriptor: int, batches: BatchConfig) -> None:
        super().__init__(descriptor)
        self._batches = batches
        self._root = Path(batches.root)
        self._files: dict[str, tuple[Path, gzip.GzipFile]] = {}
        self._records = 0
        self._number = 0
        self._run = os.urandom(4).hex()
        self._claim: Mapping[str, Any] | None = None
        self._turn = asyncio.Lock()
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(batches.root, error) from None
        if not os.access(self._root, os.W_OK):
            raise _unusable(batches.root, PermissionError(0, "no permission to write"))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hand over what is left, then stop; after a failure, remove the files that nobody was told of."""
        async with self._turn:
            if self.failure is None:
                with suppress(OutputError):  # which is kept as the failure
                    await self._hand_over()
            if self.failure is not None:
                await asyncio.to_thread(_discard, self._files.values())
        await super().__aexit__(kind, error, trace)

    async def schema(
        self, stream: str, schema: Mapping[str, Any], key: Sequence[str], replication_key: str | None
    ) -> None:
        """Write a SCHEMA message, behind the records that were of another one."""
        async with self._turn:
            await self._hand_over()
            await super().schema(stream, schema, key, replication_key)

    async def records(
        self,
        stream: str,
        records: Sequence[Any],
        extracted: datetime,  # noqa: ARG002 - a file has no place for it
        version: int | None = None,  # noqa: ARG002 - likewise
    ) -> None:
        """Put records into the stream's file."""
        if not records:
            return
        lines = _encoder.encode_lines(records)
        async with self._turn:
            await self._work(self._write, stream, lines)
            self._records += len(records)
            if self._records >= self._batches.size:
                await self._hand_over()

    async def state(self, value: Mapping[str, Any]) -> None:
        """Keep a claim until the files that it speaks of are handed over."""
        async with self._turn:
            self._claim = value

    def _write(self, stream: str, lines: bytes) -> None:
        if stream not in self._files:
            self._number += 1
            path = self._root / f"{self._batches.prefix}{stream}-{self._run}-{self._number}.json.gz"
            self._files[stream] = path, gzip.GzipFile(path, "xb", COMPRESSION_LEVEL)
        self._files[stream][1].write(lines)

    async def _hand_over(self) -> None:
        for stream, (path, file) in tuple(self._files.items()):
            await self._work(file.close)
            await self._give(_encoder.encode(Batch(stream, ENCODING, [path.resolve().as_uri()])) + b"\n")
            del self._files[stream]
        self._records = 0
        if self._claim is not None:
            await super().state(self._claim)
            self._claim = None

    async def _work(self, act: Callable[..., object], *given: object) -> None:
        """Work on a file to the end, also for a caller that is cancelled: half of a page would spoil it.

        Where that fails, nothing more is told or claimed. Raises OutputError.
        """
        if self.failure is None:
            work = asyncio.create_task(asyncio.to_thread(act, *given))
            try:
                await asyncio.wait([work])
            finally:
                await asyncio.wait([work])
                if isinstance(error := work.exception(), OSError):
                    self.failure = _full(error)
                    self.failed.set()
            if self.failure is None:
                work.result()
        if self.failure is not None:
            raise self.failure


def _discard(files: Iterable[tuple[Path, gzip.GzipFile]]) -> None:
    for path, file in files:
        with suppress(OSError):
            file.close()
        path.unlink(missing_ok=True)


def _full(error: OSError) -> OutputError:
    return OutputError(
        f"A file of batch_config cannot be written: {error.strerror}. Make room or correct its storage; "
        "the next run goes on from the last state the target kept."
    )


def _unusable(root: str, error: OSError) -> ConfigError:
    return ConfigError(
        f"the configuration is not usable: batch_config: its root {root} cannot be written to: {error.strerror}; "
        'correct it (for example "storage": {"root": "file:///var/lib/intercom"})'
    )
