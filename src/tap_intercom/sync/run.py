"""One run: it reads all selected streams at the same time and decides the exit code."""

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tap_intercom.api.client import Client
from tap_intercom.api.types import Reason, Refused
from tap_intercom.errors import AccessError, OutputError, TapError, innermost
from tap_intercom.observability.counters import Bookmarks
from tap_intercom.observability.monitor import RunMonitor
from tap_intercom.singer.column_names import collision_warning
from tap_intercom.singer.messages import MessageWriter
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.singer.state import State
from tap_intercom.singer.stream_maps import MappedStream, make_writer, mapped_streams, with_maps
from tap_intercom.singer.writer import Writer
from tap_intercom.stream_io.context import RunContext, SyncPlan
from tap_intercom.streams.model import Stream
from tap_intercom.streams.refusals import explain
from tap_intercom.streams.table import streams_with_bookmark
from tap_intercom.sync.export_sync import ExportSync
from tap_intercom.sync.link_sync import LinkSync, split_links
from tap_intercom.sync.start import choose_api_version, refuse_a_future_start, start_date_note
from tap_intercom.sync.stream_sync import StreamSync
from tap_intercom.sync.whole_reads import whole_reads_note, with_whole_reads

if TYPE_CHECKING:
    from tap_intercom.load.database import Database

OBJECTS_BEFORE_A_COLLECTION: Final = 20_000
UNDATED: Final = (
    "Intercom's clock was not told by {} of its answers, so this machine's was believed: see that it is right, and "
    "that no proxy takes the Date of answers away"
)


def sync_streams(
    plan: SyncPlan, state: dict[str, Any] | None, monitor: RunMonitor, database: "Database | None" = None
) -> int:
    """Sync the chosen streams to stdout or into a database; give the exit code.

    The `state` is the one to go on from, if any.

    A stream that cannot be read is reported and passed over; the others are read to their end, and the code is that of
    the first such stream; 128 and the signal's number where a signal ended the run. Raises AccessError where the token
    is refused, OutputError where nothing can be written, ConfigError where the state cannot be understood or
    the start date lies in the future.
    """
    bookmarked = streams_with_bookmark(plan.streams)
    fields = {row.name: row.replication_key or "updated_at" for row in plan.streams if row.name in bookmarked}
    places = {stream.name: stream.bookmark_name for stream in plan.streams if stream.bookmark_name}
    bookmarks = State(state or {}, fields, places)
    for warning in _state_warnings(plan, bookmarks):
        monitor.warn_of_run(warning)
    try:
        plan = choose_api_version(plan, monitor.warn_of_run, monitor.note_wait)
        plan = with_whole_reads(plan, bookmarks, time.time_ns() // 1_000_000)
        bookmarked_streams = _bookmarked_streams(plan, bookmarks)
        refuse_a_future_start(plan.config, bookmarked_streams, monitor.note_wait)
    except TapError:
        if state is not None and database is None:
            asyncio.run(_write_given_state(state))
        raise
    if use := start_date_note(bookmarked_streams):
        monitor.info(use)
    if note := whole_reads_note(plan):
        monitor.info(note)
    _collect_rarely()
    mapped = mapped_streams(plan.config, (stream.name for stream in plan.streams), plan.selection)
    writer = with_maps(plan.config, mapped, _make_writer(plan, mapped, monitor, database), monitor.warn)
    try:
        return asyncio.run(SyncRun(plan, bookmarks, monitor).finish(writer, state))
    finally:
        if database is not None:
            gc.unfreeze()  # DuckDB complains at the end of what is never freed; for others, freeing it takes time


def _make_writer(
    plan: SyncPlan, mapped: Mapping[str, Sequence[MappedStream]], monitor: RunMonitor, database: "Database | None"
) -> Writer:
    """Make the writer of the streams that are written; warn of names that a target may take for one another."""
    if database is None:
        if collision := collision_warning((one.name, one.schema) for parts in mapped.values() for one in parts):
            monitor.warn_of_run(collision)
        return make_writer(plan.config, sys.stdout.fileno())
    from tap_intercom.load.loading import LoadedStream  # noqa: PLC0415 - only where it is wanted
    from tap_intercom.load.writer import LoadWriter  # noqa: PLC0415 - likewise

    shared = {stream.name for stream in plan.streams if stream.may_share_key}
    streams = [
        LoadedStream(name=one.name, schema=one.schema, key=tuple(one.key), has_shared_keys=source in shared)
        for source, parts in mapped.items()
        for one in parts
    ]
    return LoadWriter(database, streams, monitor.warn)


def _state_warnings(plan: SyncPlan, state: State) -> list[str]:
    """Warn of the bookmarks in a state that no stream starts at."""
    bookmarked = streams_with_bookmark(plan.streams)
    full_table = [stream.name for stream in plan.streams if stream.name not in bookmarked]
    in_parts = {stream.name for stream in plan.streams if stream.export and stream.export.has_datasets}
    return state.warnings(in_parts, full_table)


async def _write_given_state(state: dict[str, Any]) -> None:
    """Write the state that was given, where the run fails before it begins."""
    async with MessageWriter(sys.stdout.fileno()) as writer:
        await writer.given_state(state)


def _collect_rarely() -> None:
    """Collect garbage rarely, and never what is loaded now: nearly all objects are freed without it.

    A second run in one process must not keep what the first has left.
    """
    if not gc.get_freeze_count():
        gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_A_COLLECTION)


def _ending_signals() -> list[signal.Signals]:
    """Return the signals that end a run in order; SIGHUP only where it is not ignored, as nohup(1) has it."""
    is_hung_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return [signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if is_hung_up else [])]


class SyncRun:
    """One run over the chosen streams: which are still to be read, and how it stops."""

    def __init__(self, plan: SyncPlan, state: State, monitor: RunMonitor) -> None:
        self._plan = plan
        self._state = state
        self._monitor = monitor
        self._unfinished = _beginning_with(state.current, [selected.stream.name for selected in plan.selection])
        self._failures: list[TapError] = []
        self._failed: set[str] = set()
        self._stopped = asyncio.Event()
        self._signal = 0

    async def finish(self, writer: Writer, given: dict[str, Any] | None) -> int:
        """Run until everything is read, a signal comes, or nothing can go on; give the exit code.

        The state that was `given`, if any, is written first: a run that fails early leaves the target with it.
        """
        for number in _ending_signals():
            asyncio.get_running_loop().add_signal_handler(number, self._stop, number)
        async with writer:
            if given is not None:
                await writer.given_state(given)
            asked = Client(
                self._plan.config, self._monitor.note_wait, on_quota=self._monitor.note_quota, has_room=writer.room
            )
            async with asked as client:
                stopped_by = await self._work(client, writer)
            self._monitor.count_network(
                retries=client.retries, throttled=client.throttled, waited_seconds=client.waited_seconds
            )
            if undated := client.server_clock.undated:
                self._monitor.warn_of_run(UNDATED.format(undated))
            self._monitor.counters.bookmarks = self._bookmarks()
            if writer.failure is None:
                await writer.state(self._state.value())
        if writer.failure is not None:
            raise writer.failure
        if stopped_by is not None:
            raise stopped_by
        if self._signal:
            return 128 + self._signal
        return self._failures[0].exit_code if self._failures else 0

    def _bookmarks(self) -> Bookmarks:
        """Say how far each of the chosen streams is known to be complete."""
        names = (selected.stream.name for selected in self._plan.selection)
        return {name: moment for name in names if (moment := self._state.bookmark(name)) is not None}

    def _stop(self, number: int) -> None:
        """End in order at the first signal, at once at the second."""
        if self._signal:
            os._exit(128 + number)
        self._signal = number
        self._stopped.set()

    async def _work(self, client: Client, writer: Writer) -> Exception | None:
        """Read the streams until they are done, a signal comes or writing fails; give the error, if any."""
        work = asyncio.create_task(self._read_streams(client, writer))
        reasons = [asyncio.create_task(reason.wait()) for reason in (writer.failed, self._stopped)]
        await asyncio.wait([work, *reasons], return_when=asyncio.FIRST_COMPLETED)
        for task in (work, *reasons):
            task.cancel()
        (outcome, *_) = await asyncio.gather(work, *reasons, return_exceptions=True)
        if outcome is None:
            unfinished = [name for name in self._unfinished if name not in self._failed]
            if unfinished:
                raise RuntimeError(f"nothing came of {', '.join(unfinished)}")
        return innermost(outcome) if isinstance(outcome, Exception) else None

    async def _read_streams(self, client: Client, writer: Writer) -> None:
        context = RunContext(
            config=self._plan.config,
            client=client,
            writer=writer,
            state=self._state,
            monitor=self._monitor,
            scroll_lock=asyncio.Lock(),
            fail=self._fail,
            version=max(time.time_ns() // 1_000_000, self._state.newest_version + 1),
            whole=self._plan.whole,
        )
        self._state.current = next(iter(self._unfinished), None)
        async with asyncio.TaskGroup() as group:
            for reading in self._readings(context):
                group.create_task(reading)

    def _readings(self, context: RunContext) -> list[Coroutine[Any, Any, None]]:
        """Give a reading of each stream with its child streams, if any is selected; `currently_syncing` first."""
        chosen = {selected.stream.name: selected for selected in self._plan.selection}
        families = {selected.stream.parent or selected.stream.name for selected in self._plan.selection}
        readings = [
            ([selected.stream.name], self._read(ExportSync(selected, selected.stream.export, context)))
            for selected in self._plan.selection
            if selected.stream.export
        ]
        for stream in self._plan.streams:
            own = chosen.get(stream.name)
            children = [selected for selected in self._plan.selection if selected.stream.parent == stream.name]
            parts = [selected for selected in self._plan.selection if selected.stream.part_of == stream.name]
            if not (stream.parent or stream.export or stream.part_of in families) and (own or children):
                names = [selected.stream.name for selected in (own, *children, *parts) if selected]
                readings.append((names, self._read_family(stream, own, children, parts, context)))
        readings.sort(key=lambda reading: min(map(self._unfinished.index, reading[0])))
        return [reading for _, reading in readings]

    async def _read_family(
        self,
        stream: Stream,
        selected: SelectedStream | None,
        children: Sequence[SelectedStream],
        parts: Sequence[SelectedStream],
        context: RunContext,
    ) -> None:
        """Read a stream, if it is selected, its child streams and parts; links by their members, if that costs less."""
        by_members, rest = await split_links(stream, children, context)
        async with asyncio.TaskGroup() as group:
            for link_sync in by_members:
                group.create_task(self._read(link_sync))
            if selected or rest:
                parent = self._plan.with_parent_queries(stream)
                group.create_task(self._read(StreamSync(parent, selected, rest, context, parts)))
            else:
                for part in parts:
                    group.create_task(self._read(StreamSync(part.stream, part, (), context)))

    async def _read(self, stream_sync: StreamSync | LinkSync | ExportSync) -> None:
        try:
            await stream_sync.run()
        except (Refused, TapError, ExceptionGroup) as error:
            cause = innermost(error)
            failure = _failure(cause, stream_sync)
            if isinstance(failure, OutputError) or (isinstance(cause, Refused) and cause.reason is Reason.TOKEN):
                raise failure from error
            for name in self._not_failed(stream_sync):
                self._fail(name, failure)
        else:
            for name in self._not_failed(stream_sync):
                self._note_finished(name)

    def _not_failed(self, stream_sync: StreamSync | LinkSync | ExportSync) -> list[str]:
        """Give the streams of a sync that have not failed on their own."""
        return [name for name in stream_sync.names if name not in self._failed]

    def _fail(self, name: str, error: TapError) -> None:
        self._failures.append(error)
        self._failed.add(name)
        self._monitor.fail(name, error)
        if isinstance(error, AccessError):
            self._note_finished(name)

    def _note_finished(self, name: str) -> None:
        """Note that a stream is done in this run."""
        if name in self._unfinished:
            self._unfinished.remove(name)
        self._state.current = next(iter(self._unfinished), None)


def _beginning_with(current: str | None, names: list[str]) -> list[str]:
    """Rotate the names so that `current`, the `currently_syncing` of the state, comes first."""
    start = names.index(current) if current in names else 0
    return names[start:] + names[:start]


def _bookmarked_streams(plan: SyncPlan, state: State) -> dict[str, bool]:
    """Say of each chosen stream that begins at the start date whether it has a bookmark to go on from.

    What is read whole begins before it, but for exports, of which nobody knows how far they reach back.
    """
    bookmarked = streams_with_bookmark(plan.streams)
    bookmarked_streams = {}
    for stream in (selected.stream for selected in plan.selection):
        if stream.name in plan.whole:
            if stream.export:
                bookmarked_streams[stream.name] = False
        elif stream.name in bookmarked:
            parts = plan.config.reporting_datasets if stream.export and stream.export.has_datasets else (None,)
            bookmarked_streams[stream.name] = all(state.bookmark(stream.name, part) for part in parts)
    return bookmarked_streams


def _failure(error: Exception, stream_sync: StreamSync | LinkSync | ExportSync) -> TapError:
    """Give the error for the operator; raises `error` where it is a bug."""
    if isinstance(error, Refused):
        return explain(error, stream_sync.stream, stream_sync.names[0])
    if isinstance(error, TapError):
        return error
    raise error
