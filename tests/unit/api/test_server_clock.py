from datetime import UTC, datetime, timedelta, timezone

from tap_intercom.api.server_clock import ServerClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = datetime(2031, 1, 1, tzinfo=timezone(timedelta(hours=5)))


def test_an_answer_is_dated_as_it_says() -> None:
    clock = ServerClock()
    assert clock.read(NOON, 100.0, HERE) == NOON
    assert clock.read(NOON - timedelta(hours=1), 101.0, HERE) == NOON - timedelta(hours=1)
    assert clock.undated == 0


def test_an_answer_that_has_no_date_is_dated_by_the_one_before_it() -> None:
    clock = ServerClock()
    clock.read(NOON, 100.0, HERE)
    assert clock.read(None, 107.9, HERE) == NOON + timedelta(seconds=7)
    assert clock.read(None, 110.0, HERE) == NOON + timedelta(seconds=10)
    assert clock.undated == 2


def test_this_machines_clock_is_believed_until_intercom_has_told_its_own() -> None:
    clock = ServerClock()
    assert clock.read(None, 1.0, HERE) == HERE
    assert clock.read(None, 1.0, HERE).tzinfo is UTC
    assert clock.read(NOON, 2.0, HERE) == NOON
    assert clock.read(None, 3.0, HERE) == NOON + timedelta(seconds=1)
