"""Single records that cannot be read, while others of their kind can: they are set aside and asked for in later runs.

A record is set aside in three cases: its request has failed for GIVE_UP_SECONDS while others were answered, an answer
about it cannot be understood, or Intercom refuses that one request. Its id is then kept in the state, so that bookmarks
may move past it. Where many records fail, Intercom has an outage: nothing is set aside, and the stream fails.
"""

import math
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from tap_intercom.api.types import ME_REQUEST, Answer, Reason, Refused, Request
from tap_intercom.errors import ApiError, ContractError, RecordUnavailable, TapError, Unavailable
from tap_intercom.stream_io.context import RunContext, StreamClient
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.refusals import explain

T = TypeVar("T")

GIVE_UP_SECONDS: Final = 60.0  # for which a request about one record may fail while others are answered
MOST_IN_A_ROW: Final = 10  # records that fail without an answer between them; more are an outage
MOST_PER_STREAM: Final = 100  # records of one stream that wait in the state; more are an outage
MOST_NAMED: Final = 20
# Refusals that say nothing of other records.
SINGLE_RECORD_REASONS: Final = frozenset({Reason.INVALID, Reason.PAGE_LIMIT})

Failed = Refused | RecordUnavailable | ContractError


class RecordFailures:
    """The records that failed in one kind of request about single records, in this run and in former ones.

    `outputs`: the streams that are read from the answers. `records_of`: the stream whose records are requested, as
    messages name it. `remembers`: whether failed ids are kept in the state; a full table needs none.
    """

    def __init__(
        self, outputs: Collection[StreamOutput], context: RunContext, *, records_of: str, remembers: bool
    ) -> None:
        self._outputs = {output.stream.name: output for output in outputs}
        self._records_of = records_of
        self._context = context
        self._client = StreamClient(context.client, context.monitor, next(iter(self._outputs)))
        self._remembers = remembers
        self._before = {name: context.state.failed_records(name) if remembers else {} for name in self._outputs}
        self._failed: dict[str, dict[str, TapError]] = {name: {} for name in self._outputs}
        self._in_a_row = 0
        self.in_flight = 0
        self.answers = 0

    def client_for(self, identifier: str) -> "RecordClient":
        """Give the client for the requests about one record."""
        return RecordClient(self, self._client, identifier)

    def is_known(self, identifier: str) -> bool:
        """Say whether a record failed in a former run, and has not come since."""
        return any(identifier in before for before in self._before.values())

    def waiting(self) -> dict[str, tuple[datetime | None, frozenset[str]]]:
        """Give the ids of records that failed in former runs, and have neither come nor failed in this one.

        With each go the time of its last update, and the streams that wait for it.
        """
        found: dict[str, tuple[datetime | None, frozenset[str]]] = {}
        for name, before in self._before.items():
            for identifier in before.keys() - self._failed[name].keys():
                time, names = found.get(identifier, (before[identifier], frozenset()))
                found[identifier] = time, names | {name}
        return found

    def note_received(self, identifier: str, names: Collection[str]) -> None:
        """Note that a record was written for these streams, or is gone: it leaves the state, unless it failed too."""
        for name in names:
            if identifier in self._before[name] and identifier not in self._failed[name]:
                del self._before[name][identifier]
                self._context.state.remove_failed_record(name, identifier)

    def note_answer(self) -> None:
        """Note that a request was answered."""
        self.answers += 1
        self._in_a_row = 0

    def set_aside(self, identifier: str, updated_at: datetime | None, names: Collection[str], error: Failed) -> None:
        """Note that a record could not be read for these streams, and tell of it.

        Raises the error itself where it is not about this record alone, or where too many failed.
        """
        self._in_a_row += 1
        first = self._outputs[next(iter(names))].stream
        is_about_one = not isinstance(error, Refused) or error.reason in SINGLE_RECORD_REASONS
        most = max(len(self._before[name].keys() | self._failed[name].keys()) for name in names)
        if (
            not is_about_one
            or self._in_a_row > MOST_IN_A_ROW
            or (most >= MOST_PER_STREAM and not self.is_known(identifier))
        ):
            raise error
        cause = _without_traceback(explain(error, first) if isinstance(error, Refused) else error)
        for name in names:
            self._failed[name][identifier] = cause
            self._outputs[name].is_whole = False
            if self._remembers:
                self._context.state.add_failed_record(name, identifier, updated_at)
        reason = str(cause).removeprefix(f"{first.name}: ")
        self._context.monitor.warn(
            first.name, f"{self._records_of} {identifier} is set aside, for it cannot be read: {reason}"
        )

    def conclude(self) -> None:
        """Say of each stream what is missing; the run then ends with the code of the first cause."""
        for name, failed in self._failed.items():
            if failed:
                self._context.fail(name, _summary(name, self._records_of, failed))

    async def is_reached(self) -> bool:
        """Say whether Intercom answers at all."""

        async def immediately(_seconds: float) -> bool:
            return True

        try:
            await self._client.ask(ME_REQUEST, bytes, immediately)
        except Unavailable:
            return False
        except Refused:
            pass
        return True


class RecordClient(msgspec.Struct, frozen=True):
    """The client for requests about one record, which gives up sooner where only this record fails."""

    failures: RecordFailures
    client: StreamClient
    identifier: str

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> Answer[T]:
        """Send a request; see Client.ask. Raises RecordUnavailable where others are answered meanwhile."""
        failures = self.failures
        answers_before: int | None = None

        async def give_up(seconds: float) -> bool:
            nonlocal answers_before
            if answers_before is None:
                answers_before = failures.answers
            if seconds < GIVE_UP_SECONDS:
                return False
            if failures.answers > answers_before or failures.is_known(self.identifier):
                return True
            return (failures.in_flight == 1 or seconds == math.inf) and await failures.is_reached()

        failures.in_flight += 1
        try:
            answer = await self.client.ask(request, read, give_up)
        except Refused as refused:
            if refused.reason is Reason.GONE:
                failures.note_answer()
            raise
        finally:
            failures.in_flight -= 1
        failures.note_answer()
        return answer

    async def pause(self, seconds: float, reason: str) -> None:
        """Wait, and log the reason."""
        await self.client.pause(seconds, reason)


def _without_traceback(error: TapError) -> TapError:
    """Give an error of the same kind and text without a traceback, which would keep an answer of 100 MB in memory."""
    kind = next(kind for kind in (Unavailable, ContractError, ApiError, TapError) if isinstance(error, kind))
    return kind(str(error))


def _summary(name: str, records_of: str, failed: dict[str, TapError]) -> TapError:
    """Say which records are missing, and why the first is, as an error of the kind of that cause."""
    shown = ", ".join(list(failed)[:MOST_NAMED])
    more = f" and {len(failed) - MOST_NAMED} more" if len(failed) > MOST_NAMED else ""
    cause = next(iter(failed.values()))
    return type(cause)(
        f"{name}: all came but what belongs to {records_of} {shown}{more}, which the next run asks for again: "
        + str(cause).removeprefix(f"{name}: ")
    )
