from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tap_intercom.api.types import EPOCH
from tap_intercom.config.config import Config
from tap_intercom.errors import ConfigError
from tap_intercom.singer.state import State
from tap_intercom.streams.model import Stream
from tap_intercom.sync.start import (
    MOST_AHEAD,
    StreamStarts,
    bookmark_set_back,
    refuse_a_future_start_date,
    set_back_warning,
    start_date_note,
    start_of,
)

START = datetime(2020, 1, 1, tzinfo=UTC)
BOOKMARK = datetime(2024, 5, 1, tzinfo=UTC)
STREAM = Stream(name="messages", permission="", lookback_seconds=600)


def config(lookback: int | None = None) -> Config:
    return Config(access_token="t", start_date=START, lookback_window=lookback)  # noqa: S106 - no password


def test_a_stream_begins_at_the_start_date_and_then_behind_its_bookmark() -> None:
    assert start_of(STREAM, None, config()) == START
    assert start_of(STREAM, BOOKMARK, config()) == BOOKMARK - timedelta(seconds=600)
    assert start_of(STREAM, BOOKMARK, config(0)) == BOOKMARK
    assert start_of(STREAM, datetime(1, 1, 1, tzinfo=UTC), config(5)) == EPOCH - timedelta(seconds=5)


def test_a_start_date_in_the_future_is_refused() -> None:
    refuse_a_future_start_date(BOOKMARK, BOOKMARK - timedelta(minutes=4))
    with pytest.raises(ConfigError, match="start_date is 2024-05-01"):
        refuse_a_future_start_date(BOOKMARK, START)


def test_a_bookmark_in_the_future_is_brought_back_or_refused_where_it_is_far() -> None:
    assert bookmark_set_back("messages", None, START) is None
    assert bookmark_set_back("messages", BOOKMARK, BOOKMARK) is None
    moment = BOOKMARK - timedelta(hours=1)
    for ahead in (timedelta(seconds=1), MOST_AHEAD):
        assert bookmark_set_back("messages", BOOKMARK, BOOKMARK - ahead) == moment
    with pytest.raises(ConfigError, match="state: the bookmark of messages is 2024-05-01"):
        bookmark_set_back("messages", BOOKMARK, BOOKMARK - MOST_AHEAD - timedelta(seconds=1))
    assert set_back_warning(BOOKMARK, BOOKMARK - timedelta(minutes=7), moment) == (
        "the bookmark is 2024-05-01T00:00:00.000000Z, later than Intercom's clock, 2024-04-30T23:53:00.000000Z, so the "
        "stream goes on from 2024-04-30T23:00:00.000000Z; see that the clock of what wrote the state is right"
    )


def test_a_start_date_that_does_not_count_for_all_streams_is_said_in_one_line() -> None:
    assert start_date_note({}) is None
    assert start_date_note({"users": False, "leads": False}) is None
    assert start_date_note({"users": True, "leads": False, "tickets": False, "calls": True}) == (
        "start_date counts for leads, tickets; streams that have a bookmark go on from there: 2"
    )
    assert start_date_note({"users": True}) == (
        "start_date does not count: all streams go on from their bookmarks; "
        "to read one from start_date again, remove its bookmark from the state"
    )


def starts(bookmarks: dict[str, datetime], *, whole: frozenset[str] = frozenset(), dated: bool = True) -> StreamStarts:
    """Make the starts of `users` and its child stream `notes`."""
    stored = {name: moment.isoformat() for name, moment in bookmarks.items()}
    state = State({"bookmarks": stored}, {"users": "updated_at", "notes": "updated_at"})
    monitor = SimpleNamespace(warn=lambda *_: None)
    context: Any = SimpleNamespace(config=config(), state=state, whole=whole, monitor=monitor)
    stream = Stream(name="users", permission="", replication_key="updated_at" if dated else None)
    return StreamStarts(stream, ["users", "notes"], context)


def test_a_stream_and_its_child_stream_start_at_their_own_times() -> None:
    found = starts({"users": BOOKMARK})
    assert (found["users"], found["notes"], found.earliest) == (BOOKMARK, START, START)
    assert (found.is_any_bookmarked, found.are_all_bookmarked) == (True, False)
    assert starts({"users": BOOKMARK, "notes": BOOKMARK}).are_all_bookmarked
    found = starts({"users": BOOKMARK}, whole=frozenset({"users"}))
    assert (found["users"], found["notes"], found.is_any_bookmarked) == (EPOCH, START, False)


def test_starts_are_brought_back_to_intercoms_clock_and_the_state_with_them() -> None:
    found = starts({"users": BOOKMARK, "notes": START})
    assert not found.set_back(BOOKMARK)
    assert found.set_back(BOOKMARK - timedelta(minutes=5))
    assert (found["users"], found["notes"]) == (BOOKMARK - MOST_AHEAD, START)
    assert not found.set_back(BOOKMARK - timedelta(minutes=5))
    with pytest.raises(ConfigError, match="the bookmark of users is"):
        starts({"users": BOOKMARK}).set_back(START)
    with pytest.raises(ConfigError, match="start_date is"):
        starts({}).set_back(START - timedelta(days=1))
    assert not starts({}, whole=frozenset({"users", "notes"})).set_back(START - timedelta(days=1))
    assert not starts({"users": BOOKMARK}, dated=False).set_back(START)
