"""What every writer of a sync's output can do (`Writer`), and a writer that works in a thread (`BackgroundWriter`)."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from tap_intercom.errors import OutputError

T = TypeVar("T")


class Writer(Protocol):
    """What takes the output of a sync; an asynchronous context manager that writes what is left when it ends.

    Once something could not be written, `failed` is set, `failure` says why, and every call raises it.
    `keeps_shared_keys`: whether it is known that all records are kept where several have the same key.
    """

    failed: asyncio.Event
    keeps_shared_keys: bool

    @property
    def failure(self) -> OutputError | None:
        """Why nothing can be written any more."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def room(self) -> None:
        """Wait until something can be given without waiting, or until nothing can be written any more."""

    async def schema(
        self, stream: str, schema: Mapping[str, Any], key: Sequence[str], replication_key: str | None
    ) -> None:
        """Write the schema of a stream; it comes before the records."""

    async def records(
        self, stream: str, records: Sequence[Any], extracted: datetime, version: int | None = None
    ) -> None:
        """Write records of a stream, with a version where one is given."""

    async def activate(self, stream: str, version: int) -> None:
        """Say that all records of the stream have come with this version, and others are gone."""

    async def state(self, value: Mapping[str, Any]) -> None:
        """Write a state: the records that it covers must have been given before."""

    async def given_state(self, value: Mapping[str, Any]) -> None:
        """Write the state that the run was given, at once: it covers no record of this run."""


class BackgroundWriter(ABC, Generic[T]):
    """Keeps what it is given and hands it to a thread, in the order in which it came, so that the event loop goes on.

    A caller waits while more than `most_waiting_bytes` are unwritten: memory stays flat behind a slow target. The
    thread gets all that is there when it is free, but nothing while less than `least_bytes` are there and the first of
    it has waited for less than `longest_wait_seconds`.
    """

    most_waiting_bytes: ClassVar[int] = 4 * 1024 * 1024
    longest_wait_seconds: ClassVar[float] = 0.0

    def __init__(self) -> None:
        self._items: list[T] = []
        self.keeps_shared_keys = False
        self._waiting = 0  # bytes given and not yet written
        self._changed = asyncio.Condition()
        self._closing = False
        self.failure: OutputError | None = None
        self.failed = asyncio.Event()
        self._task: asyncio.Task[None]

    @property
    @abstractmethod
    def least_bytes(self) -> int:
        """How many bytes the thread is woken for."""

    @abstractmethod
    def write(self, items: Sequence[T]) -> None:
        """Write what was given; called in a thread. Raises OutputError."""

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
        await self._task

    async def room(self) -> None:
        """Wait until something can be given without waiting, or until nothing can be written any more."""
        async with self._changed:
            while self._waiting > self.most_waiting_bytes and self.failure is None:
                await self._changed.wait()

    async def put(self, item: T, size: int) -> None:
        """Give something of `size` bytes to the thread."""
        async with self._changed:
            while self._waiting > self.most_waiting_bytes and self.failure is None:
                await self._changed.wait()
            if self.failure is not None:
                raise self.failure
            self._items.append(item)
            self._waiting += size
            self._changed.notify_all()

    async def _drain(self) -> None:
        while batch := await self._next_batch():
            items, size = batch
            try:
                await asyncio.to_thread(self.write, items)
            except OutputError as failure:
                self._fail(failure)
                return
            except BaseException:
                self._fail(OutputError("nothing more is written after a mistake of the tap itself"))
                raise
            finally:
                async with self._changed:
                    self._waiting -= size
                    self._changed.notify_all()

    def _fail(self, failure: OutputError) -> None:
        self.failure = failure
        self.failed.set()

    async def _next_batch(self) -> tuple[list[T], int] | None:
        """Wait until there is something to write, and take it, with its size; None where all is written at the end."""
        async with self._changed:
            while not self._items and not self._closing:
                await self._changed.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.longest_wait_seconds):
                    while self._waiting < self.least_bytes and not self._closing:
                        await self._changed.wait()
            items, self._items = self._items, []
            return (items, self._waiting) if items else None
