from datetime import UTC, datetime, timedelta

import pytest

from tap_intercom.config import Config
from tap_intercom.errors import ConfigError
from tap_intercom.floors import EPOCH, floor_of, refuse_the_future, use_of_start_date
from tap_intercom.stream import Stream

START = datetime(2020, 1, 1, tzinfo=UTC)
BOOKMARK = datetime(2024, 5, 1, tzinfo=UTC)
STREAM = Stream(name="messages", scope="", lookback_seconds=600)


def config(lookback: int | None = None) -> Config:
    return Config(access_token="t", start_date=START, lookback_window=lookback)  # noqa: S106 - no password


def test_a_stream_begins_at_the_start_date_and_then_behind_its_bookmark() -> None:
    assert floor_of(STREAM, None, config()) == START
    assert floor_of(STREAM, BOOKMARK, config()) == BOOKMARK - timedelta(seconds=600)
    assert floor_of(STREAM, BOOKMARK, config(0)) == BOOKMARK
    assert floor_of(STREAM, datetime(1, 1, 1, tzinfo=UTC), config(5)) == EPOCH - timedelta(seconds=5)


def test_the_future_is_refused_by_the_name_of_what_has_it() -> None:
    refuse_the_future("messages", BOOKMARK, BOOKMARK, BOOKMARK - timedelta(minutes=4))
    with pytest.raises(ConfigError, match="start_date is 2024-05-01"):
        refuse_the_future("messages", BOOKMARK, None, START)
    with pytest.raises(ConfigError, match="state: the bookmark of messages is 2024-05-01"):
        refuse_the_future("messages", BOOKMARK, BOOKMARK, START)


def test_a_start_date_that_does_not_count_for_all_streams_is_said_in_one_line() -> None:
    assert use_of_start_date({}) is None
    assert use_of_start_date({"users": False, "leads": False}) is None
    assert use_of_start_date({"users": True, "leads": False, "tickets": False, "calls": True}) == (
        "start_date counts for leads, tickets; streams that have a bookmark go on from there: 2"
    )
    assert use_of_start_date({"users": True}) == (
        "start_date does not count: all streams go on from their bookmarks; "
        "to read one from start_date again, remove its bookmark from the state"
    )
