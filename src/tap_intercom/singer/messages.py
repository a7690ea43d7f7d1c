"""Singer's messages, and the MessageWriter, which alone writes to stdout."""

import errno
import os
import select
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from tap_intercom.errors import OutputError
from tap_intercom.singer.writer import BackgroundWriter

# For which the thread is woken: once for each answer took a twentieth of the processor time of a sync.
LEAST_BYTES = 65_536
RECORDS_AT_ONCE = 5_000  # encoded at once: their lines are in memory beside them


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


class MessageWriter(BackgroundWriter[bytes]):
    """Writes messages to a file descriptor: whole lines, in the order in which they were given, a moment later."""

    longest_wait_seconds: ClassVar[float] = 0.05

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    @property
    def least_bytes(self) -> int:
        """How many bytes the thread is woken for."""
        return LEAST_BYTES

    def write(self, items: Sequence[bytes]) -> None:
        """Write lines. Raises OutputError."""
        try:
            _write_all(self._descriptor, b"".join(items))
        except OSError as error:
            raise _failure(error) from error

    async def schema(
        self, stream: str, schema: Mapping[str, Any], key: Sequence[str], replication_key: str | None
    ) -> None:
        """Write a SCHEMA message without the `additionalProperties: false` of its root.

        A target that makes records flat checks them against it with other fields.
        """
        opened = {name: rule for name, rule in schema.items() if (name, rule) != ("additionalProperties", False)}
        await self.put_line(SchemaMessage(stream, opened, key, (replication_key,) if replication_key else ()))

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
            lines = encoder.encode_lines(messages)
            await self.put(lines, len(lines))

    async def activate(self, stream: str, version: int) -> None:
        """Write an ACTIVATE_VERSION message: every record of the stream must have been given before."""
        await self.put_line(ActivateVersionMessage(stream, version))

    async def state(self, value: Mapping[str, Any]) -> None:
        """Write a STATE message: the records that it covers must have been given before."""
        await self.put_line(StateMessage(value))

    async def given_state(self, value: Mapping[str, Any]) -> None:
        """Write the state that the run was given as a STATE message, at once: it covers no record of this run."""
        await self.put_line(StateMessage(value))

    async def put_line(self, message: msgspec.Struct) -> None:
        """Write a message."""
        line = encoder.encode(message) + b"\n"
        await self.put(line, len(line))


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
