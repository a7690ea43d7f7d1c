"""Singer's messages, and the MessageWriter, which alone writes to stdout."""

import asyncio
import errno
import os
import select
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import msgspec

from tap_intercom.errors import OutputError

RECORDS_AT_ONCE = 5_000  # encoded at once: their lines are in memory beside them
MOST_WAITING_BYTES = 4 * 1024 * 1024  # that may wait for a slow target


class RecordMessage(msgspec.Struct, tag_field="type", tag="RECORD", gc=False):
    """A RECORD message."""

    stream: str
    record: Any
    time_extracted: datetime


class VersionedRecordMessage(RecordMessage, tag_field="type", tag="RECORD", gc=False):
    """A RECORD message of a stream that is read whole; the `version` is another one with each read."""

    version: int


class ActivateVersionMessage(msgspec.Struct, tag_field="type", tag="ACTIVATE_VERSION"):
    """An ACTIVATE_VERSION message: all records of the stream have come with this version; others are gone."""

    stream: str
    version: int


class SchemaMessage(msgspec.Struct, tag_field="type", tag="SCHEMA", omit_defaults=True):
    """A SCHEMA message."""

    stream: str
    schema: Mapping[str, Any]
    key_properties: Sequence[str]
    bookmark_properties: Sequence[str] = ()


class StateMessage(msgspec.Struct, tag_field="type", tag="STATE"):
    """A STATE message."""

    value: Mapping[str, Any]


encoder = msgspec.json.Encoder(decimal_format="number")


class MessageWriter:
    """Writes messages to a file descriptor: whole lines, in the order in which they were given.

    A thread writes, so that the event loop goes on. A caller waits while more than `MOST_WAITING_BYTES` are unwritten:
    memory stays flat behind a slow target. Once the descriptor has failed, every call raises OutputError.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._blocks: list[bytes] = []
        self._waiting = 0  # bytes given and not yet written
        self._changed = asyncio.Condition()
        self._closing = False
        self.failure: OutputError | None = None
        self.failed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._drain())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what was given, then stop."""
        async with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._task is not None:
            await self._task

    async def room(self) -> None:
        """Wait until a message can be given without waiting, or until nothing can be written any more."""
        async with self._changed:
            while self._waiting > MOST_WAITING_BYTES and self.failure is None:
                await self._changed.wait()

    async def schema(
        self, stream: str, schema: Mapping[str, Any], key: Sequence[str], replication_key: str | None
    ) -> None:
        """Write a SCHEMA message without the `additionalProperties: false` of its root.

        A target that makes records flat checks them against it with other fields.
        """
        opened = {name: rule for name, rule in schema.items() if (name, rule) != ("additionalProperties", False)}
        await self._put(_line(SchemaMessage(stream, opened, key, (replication_key,) if replication_key else ())))

    async def records(
        self, stream: str, records: Sequence[Any], extracted: datetime, version: int | None = None
    ) -> None:
        """Write a RECORD message for each of `records`, with a version where one is given."""
        if not records:
            return
        extracted = extracted.replace(microsecond=0)
        for start in range(0, len(records), RECORDS_AT_ONCE):
            some = records[start : start + RECORDS_AT_ONCE]
            messages: list[RecordMessage]
            if version is None:
                messages = [RecordMessage(stream, record, extracted) for record in some]
            else:
                messages = [VersionedRecordMessage(stream, record, extracted, version) for record in some]
            await self._put(encoder.encode_lines(messages))

    async def activate(self, stream: str, version: int) -> None:
        """Write an ACTIVATE_VERSION message: every record of the stream must have been given before."""
        await self._put(_line(ActivateVersionMessage(stream, version)))

    async def state(self, value: Mapping[str, Any]) -> None:
        """Write a STATE message: the records that it covers must have been given before."""
        await self._put(_line(StateMessage(value)))

    async def given_state(self, value: Mapping[str, Any]) -> None:
        """Write the state that the run was given as a STATE message, at once: it covers no record of this run."""
        await self._put(_line(StateMessage(value)))

    async def _put(self, block: bytes) -> None:
        async with self._changed:
            while self._waiting > MOST_WAITING_BYTES and self.failure is None:
                await self._changed.wait()
            if self.failure is not None:
                raise self.failure
            self._blocks.append(block)
            self._waiting += len(block)
            self._changed.notify_all()

    async def _drain(self) -> None:
        while block := await self._next_block():
            try:
                await asyncio.to_thread(_write_all, self._descriptor, block)
            except OSError as error:
                self.failure = _failure(error)
                self.failed.set()
            async with self._changed:
                self._waiting -= len(block)
                self._changed.notify_all()
            if self.failure is not None:
                return

    async def _next_block(self) -> bytes:
        async with self._changed:
            while not self._blocks and not self._closing:
                await self._changed.wait()
            block = b"".join(self._blocks)
            self._blocks.clear()
            return block


def _line(message: msgspec.Struct) -> bytes:
    return encoder.encode(message) + b"\n"


def _write_all(descriptor: int, block: bytes) -> None:
    """Write all of it; where another program shares the pipe and made it non-blocking, wait for room in it."""
    view = memoryview(block)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


def _failure(error: OSError) -> OutputError:
    if error.errno == errno.EPIPE:
        return OutputError(
            "Standard output was closed: the target has ended. See its messages; "
            "the next run goes on from the last state it kept."
        )
    return OutputError(
        f"Standard output cannot be written: {error.strerror}. Make room or mend the target; "
        "the next run goes on from the last state it kept."
    )
