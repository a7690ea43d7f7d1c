"""How a run starts: with which version of the API, and from which time each stream is read."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from tap_intercom.api.client import Client
from tap_intercom.api.retry import RetryPolicy
from tap_intercom.api.types import EPOCH, ME_REQUEST, Reason, Refused
from tap_intercom.config.config import Config
from tap_intercom.config.settings import DEFAULT_API_VERSION, NEWEST_API_VERSION
from tap_intercom.errors import ConfigError, ContractError, Unavailable
from tap_intercom.singer.state import timestamp
from tap_intercom.stream_io.context import RunContext, SyncPlan
from tap_intercom.streams.model import Stream

REFUSED: Final = (
    f"Intercom refuses API {DEFAULT_API_VERSION}, so its streams are read from {NEWEST_API_VERSION} in the columns of "
    f'{DEFAULT_API_VERSION}; to get all that it has, set api_version to "{NEWEST_API_VERSION}" and make a new catalog '
    "with --discover"
)
NOT_ANSWERED: Final = (
    f"whether Intercom serves API {DEFAULT_API_VERSION} is not known ({{reason}} to GET {ME_REQUEST.path}), so it is "
    "taken to; if the streams say otherwise, run again later"
)
# No stream needs the answer, and each has a patience of its own.
SHORT_RETRY: Final = RetryPolicy(max_attempts=2, seconds=30.0, max_throttled=3)
EXAMPLE: Final = "2019-01-01T00:00:00Z"
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
MOST_AHEAD: Final = timedelta(hours=1)  # of a bookmark that is not taken for a mistake


def choose_api_version(
    plan: SyncPlan,
    warn: Callable[[str], object],
    on_wait: Callable[[str, float], None] = lambda _reason, _seconds: None,
    briefly: RetryPolicy = SHORT_RETRY,
) -> SyncPlan:
    """Give the plan in the API version that Intercom serves; warn where it is another one, or where that is not known.

    Costs one request, and none where `api_version` is set. A refusal for another reason is left for the streams to
    meet. Raises Unavailable where no connection comes about.
    """
    settled = plan.config.api_version is not None or not plan.selection
    if settled or not asyncio.run(_is_refused(plan.config, warn, on_wait, briefly)):
        return plan
    warn(REFUSED)
    return plan.in_newest_version()


async def _is_refused(
    config: Config, warn: Callable[[str], object], on_wait: Callable[[str, float], None], briefly: RetryPolicy
) -> bool:
    """Ask with few retries; where no connection comes about, ask again with all of them, as the streams would."""
    brief = msgspec.structs.replace(config, request_timeout=min(config.request_timeout, briefly.seconds))
    briefly = msgspec.structs.replace(briefly, seconds=min(config.retry_timeout, briefly.seconds))
    try:
        try:
            return await _refuses(Client(brief, on_wait, briefly))
        except Unavailable as unavailable:
            if unavailable.reached:
                raise
        return await _refuses(Client(config, on_wait))
    except Unavailable as unavailable:
        if not unavailable.reached:
            raise
        warn(NOT_ANSWERED.format(reason=unavailable.reason))
    except ContractError as error:
        warn(NOT_ANSWERED.format(reason=error))
    return False


async def _refuses(client: Client) -> bool:
    async with client:
        try:
            await client.ask(ME_REQUEST, bytes)
        except Refused as refused:
            return refused.reason is Reason.VERSION
    return False


def lookback_of(stream: Stream, config: Config) -> timedelta:
    """Give how far before its bookmark a stream is read again."""
    return timedelta(seconds=stream.lookback_seconds if config.lookback_window is None else config.lookback_window)


def start_of(stream: Stream, bookmark: datetime | None, config: Config) -> datetime:
    """Give the time from which a stream is read: its bookmark less its lookback, or `start_date`."""
    return config.start_date if bookmark is None else max(bookmark, EPOCH) - lookback_of(stream, config)


def start_date_note(bookmarked: Mapping[str, bool]) -> str | None:
    """Say for which streams `start_date` counts; `bookmarked` says of each that may start there if it has a bookmark.

    None where it counts for all: that is what everybody expects.
    """
    begun = [name for name, known in bookmarked.items() if known]
    new = [name for name, known in bookmarked.items() if not known]
    if not begun:
        return None
    if not new:
        return (
            "start_date does not count: all streams go on from their bookmarks; "
            "to read one from start_date again, remove its bookmark from the state"
        )
    return f"start_date counts for {', '.join(new)}; streams that have a bookmark go on from there: {len(begun)}"


def refuse_a_future_start_date(start_date: datetime, present: datetime) -> None:
    """Raise ConfigError where a start date is later than Intercom's clock, `present`."""
    if start_date > present + CLOCK_TOLERANCE:
        late = f"{timestamp(start_date)}, later than Intercom's clock, {timestamp(present)}"
        raise ConfigError(f'start_date is {late}; set an earlier one (for example "start_date": "{EXAMPLE}").')


def bookmark_set_back(name: str, bookmark: datetime | None, present: datetime) -> datetime | None:
    """Give an earlier bookmark where that of a stream is later than Intercom's clock; None where it is not.

    Another program may have written it, by a clock that was up to MOST_AHEAD ahead: it goes back by as much, so that
    nothing is missed. Raises ConfigError where it is further ahead, and nobody knows what was read.
    """
    if bookmark is None or bookmark <= present:
        return None
    if bookmark <= present + MOST_AHEAD:
        return bookmark - MOST_AHEAD
    late = f"{timestamp(bookmark)}, later than Intercom's clock, {timestamp(present)}"
    raise ConfigError(
        f"state: the bookmark of {name} is {late}; set an earlier one such as {EXAMPLE}, "
        f"or remove it to read {name} again from start_date."
    )


def set_back_warning(bookmark: datetime, present: datetime, moment: datetime) -> str:
    """Warn that a bookmark was set back to `moment`."""
    return (
        f"the bookmark is {timestamp(bookmark)}, later than Intercom's clock, {timestamp(present)}, so the stream goes "
        f"on from {timestamp(moment)}; see that the clock of what wrote the state is right"
    )


class StreamStarts:
    """The times at which a stream and its child streams start, by name.

    Each starts at its bookmark less its lookback, or at `start_date`; where the catalog wants all of it, at EPOCH.
    """

    def __init__(self, stream: Stream, names: Sequence[str], context: RunContext) -> None:
        self._stream = stream
        self._context = context
        self._bookmarks = {name: None if name in context.whole else context.state.bookmark(name) for name in names}
        self._times = {name: EPOCH if name in context.whole else self._start(name) for name in names}

    def _start(self, name: str) -> datetime:
        return start_of(self._stream, self._bookmarks[name], self._context.config)

    def __getitem__(self, name: str) -> datetime:
        return self._times[name]

    @property
    def earliest(self) -> datetime:
        """The time at which the first of the streams starts."""
        return min(self._times.values())

    def is_bookmarked(self, name: str) -> bool:
        """Say whether a stream starts at its bookmark."""
        return self._bookmarks[name] is not None

    @property
    def are_all_bookmarked(self) -> bool:
        """Whether every stream starts at its bookmark."""
        return all(self._bookmarks.values())

    @property
    def is_any_bookmarked(self) -> bool:
        """Whether any stream starts at its bookmark."""
        return any(self._bookmarks.values())

    def set_back(self, present: datetime) -> bool:
        """Set back the bookmarks that are later than Intercom's clock; say whether a stream starts at one of them.

        Raises ConfigError where one is too late for that, or `start_date` is in the future.
        """
        if self._stream.replication_key is None:
            return False
        is_back = False
        for name, start in self._bookmarks.items():
            if start is None:
                refuse_a_future_start_date(self._times[name], present)
            bookmark = self._context.state.bookmark(name)
            moment = bookmark_set_back(name, bookmark, present)
            if bookmark is None or moment is None:
                continue
            self._context.monitor.warn(name, set_back_warning(bookmark, present, moment))
            self._context.state.set_back(name, moment)
            if start is not None:
                self._bookmarks[name] = moment
                self._times[name] = self._start(name)
                is_back = True
        return is_back


def refuse_a_future_start(
    config: Config, bookmarked: Mapping[str, bool], on_wait: Callable[[str, float], None]
) -> None:
    """Refuse a start date in the future, where it counts for a stream: one that has no bookmark. Raises ConfigError.

    This machine's clock may be wrong, so its doubt costs a request: Intercom's clock decides. Where nothing is
    answered, the streams meet that.
    """
    if all(bookmarked.values()) or config.start_date <= datetime.now(UTC) + CLOCK_TOLERANCE:
        return
    present = asyncio.run(_intercoms_clock(config, on_wait))
    if present is not None:
        refuse_a_future_start_date(config.start_date, present)


async def _intercoms_clock(config: Config, on_wait: Callable[[str, float], None]) -> datetime | None:
    async with Client(config, on_wait) as client:
        try:
            return (await client.ask(ME_REQUEST, bytes)).served
        except (Refused, Unavailable):
            return None
