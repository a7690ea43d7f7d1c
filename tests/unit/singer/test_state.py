from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tap_intercom.errors import ConfigError
from tap_intercom.singer.state import State, bookmarked_names, timestamp, warnings_about

STREAMS = {"users": "updated_at", "companies": "updated_at", "conversations": "updated_at", "logs": "created_at"}
MOMENT = datetime(2019, 9, 27, 22, 34, 39, tzinfo=UTC)


def test_the_documents_state_is_read_and_written_as_it_is() -> None:
    value = {
        "currently_syncing": "teams",
        "bookmarks": {
            "users": "2019-09-27T22:34:39.000000Z",
            "companies": "2019-09-28T15:30:26.000000Z",
            "conversations": "2019-09-28T18:23:53Z",
        },
    }
    state = State(value, STREAMS)
    assert state.bookmark("users") == MOMENT
    assert state.bookmark("conversations") == datetime(2019, 9, 28, 18, 23, 53, tzinfo=UTC)
    assert state.current == "teams"
    assert state.value() == value


def test_an_empty_state_knows_nothing() -> None:
    state = State({}, STREAMS)
    assert state.bookmark("users") is None
    assert state.value() == {"bookmarks": {}}


@pytest.mark.parametrize(
    "stored",
    [
        "2019-09-27T22:34:39.000000Z",
        " 2019-09-27T22:34:39Z ",
        "2019-09-27T22:34:39",
        "2019-09-28T00:34:39+02:00",
        {"updated_at": "2019-09-27T22:34:39.000000Z"},
    ],
)
def test_a_bookmark_is_read_in_every_form_that_was_ever_written(stored: Any) -> None:
    bookmark = State({"bookmarks": {"users": stored}}, STREAMS).bookmark("users")
    assert bookmark is not None
    assert (bookmark, bookmark.tzinfo) == (MOMENT, UTC)


@pytest.mark.parametrize("stored", [None, {"updated_at": None}, {}])
def test_a_bookmark_without_a_time_is_no_bookmark(stored: Any) -> None:
    assert State({"bookmarks": {"users": stored}}, STREAMS).bookmark("users") is None


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("yesterday", "'yesterday'"),
        (1569623679, "a number"),
        (["2019"], "a list"),
        ("0001-01-01T00:00:00+23:00", "'0001-"),
        ("2019-13-27T22:34:39.000000Z", "'2019-13-27T22:34:39.000000Z'"),
        ("x" * 11, "'xxxxxxxxxxx'"),
        ("x" * 12, "a string of 12 characters"),
    ],
)
def test_a_bookmark_that_cannot_be_read_is_named(stored: Any, shown: str) -> None:
    with pytest.raises(ConfigError, match=f"the bookmark of users is {shown}"):
        State({"bookmarks": {"users": stored}}, STREAMS)


def test_a_bookmark_that_cannot_be_read_is_to_be_mended_or_removed() -> None:
    state = State({"bookmarks": {"reports": {"ticket": True}}}, STREAMS)
    with pytest.raises(ConfigError) as caught:
        state.bookmark("reports", "ticket")
    assert str(caught.value) == (
        "state: the bookmark of reports is true, not a time like 2019-09-27T22:34:39.000000Z; "
        "mend it, or remove it to read reports again from start_date."
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            {"bookmarks": []},
            (
                'state: "bookmarks" is a list, not an object such as {"users": "2019-09-27T22:34:39.000000Z"}; '
                "restore the last state that a run wrote, or remove it to read everything again."
            ),
        ),
        (
            {"currently_syncing": 5},
            'state: "currently_syncing" is a number, not the name of a stream such as "users"; remove it.',
        ),
    ],
)
def test_a_state_of_another_shape_is_refused(value: Any, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        State(value, STREAMS)
    assert str(caught.value) == said


def test_a_bookmark_moves_forwards_only() -> None:
    state = State({}, STREAMS)
    assert state.advance("users", MOMENT)
    assert not state.advance("users", MOMENT)
    assert not state.advance("users", MOMENT - timedelta(seconds=1))
    assert state.value()["bookmarks"] == {"users": "2019-09-27T22:34:39.000000Z"}


def test_a_state_without_bookmarks_is_warninged_unless_it_is_empty() -> None:
    assert warnings_about({}, {"users"}) == []
    assert warnings_about({"bookmarks": {}}, {"users"}) == []
    (warning,) = warnings_about({"users": "2019-09-27T22:34:39Z"}, {"users"})
    assert warning.startswith('the state has no "bookmarks", so all streams begin at start_date')


def test_bookmarks_of_streams_that_are_not_known_are_named() -> None:
    assert warnings_about({"bookmarks": {"users": "2019-09-27T22:34:39Z"}}, {"users"}) == []
    assert warnings_about({"bookmarks": ["usrs"]}, {"users"}) == []  # refused elsewhere
    (warning,) = warnings_about({"bookmarks": {"users": "", "usrs": "", "x" * 41: ""}}, {"users"})
    assert warning.endswith("they are kept as they are: usrs, one with a name of 41 characters")
    (warning,) = warnings_about({"bookmarks": {str(number): "" for number in range(12)}}, {"users"})
    assert warning.endswith(": 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more")


def test_what_the_state_does_not_know_it_keeps() -> None:
    value = {
        "note": "mine",
        "bookmarks": {"users": {"updated_at": "2019-01-01T00:00:00Z", "version": 7}, "unknown": {"x": [1]}},
    }
    state = State(value, STREAMS)
    assert state.value() == value
    state.advance("users", MOMENT)
    assert state.value()["bookmarks"] == {
        "users": {"updated_at": "2019-09-27T22:34:39.000000Z", "version": 7},
        "unknown": {"x": [1]},
    }
    assert state.value()["note"] == "mine"


def test_the_object_form_becomes_the_documents_form_when_it_moves() -> None:
    state = State({"bookmarks": {"users": {"updated_at": "2019-01-01T00:00:00Z"}}}, STREAMS)
    state.advance("users", MOMENT)
    assert state.value()["bookmarks"] == {"users": "2019-09-27T22:34:39.000000Z"}


def test_a_value_once_given_does_not_change_with_the_state() -> None:
    state = State({}, STREAMS)
    before = state.value()
    state.advance("users", MOMENT)
    assert before == {"bookmarks": {}}


def test_a_moment_is_written_in_utc() -> None:
    assert timestamp(datetime(2019, 9, 28, 0, 34, 39, tzinfo=timezone(timedelta(hours=2)))) == (
        "2019-09-27T22:34:39.000000Z"
    )


def test_a_bookmark_in_an_object_is_under_the_streams_own_field() -> None:
    other = {"created_at": "2019-01-01T00:00:00Z", "updated_at": "2021-01-01T00:00:00Z"}
    state = State({"bookmarks": {"logs": other}}, STREAMS)
    assert state.bookmark("logs") == datetime(2019, 1, 1, tzinfo=UTC)
    state.advance("logs", datetime(2020, 1, 1, tzinfo=UTC))
    assert state.value()["bookmarks"]["logs"] == {**other, "created_at": "2020-01-01T00:00:00.000000Z"}


def test_a_stream_in_parts_has_a_moment_for_each() -> None:
    state = State({"bookmarks": {"reports": {"conversation": "2019-09-27T22:34:39Z"}, "users": "2019-01-01"}}, STREAMS)
    assert state.bookmark("reports", "conversation") == MOMENT
    assert state.bookmark("reports", "ticket") is None
    assert state.bookmark("users", "ticket") is None
    assert not state.advance("reports", MOMENT, "conversation")
    assert state.advance("reports", MOMENT, "ticket")
    assert state.advance("reports", MOMENT + timedelta(seconds=1), "conversation")
    assert state.advance("users", MOMENT, "ticket")
    assert state.value()["bookmarks"] == {
        "reports": {"conversation": "2019-09-27T22:34:40.000000Z", "ticket": "2019-09-27T22:34:39.000000Z"},
        "users": {"ticket": "2019-09-27T22:34:39.000000Z"},
    }


def test_a_bookmark_may_have_a_name_that_is_not_its_streams() -> None:
    stored = {"bookmarks": {"company_segments": "2024-01-01T00:00:00Z"}}
    state = State(stored, {"company_segments": "updated_at"}, {"company_segments": "segments_of_companies"})
    assert state.bookmark("company_segments") is None
    assert state.advance("company_segments", datetime(2020, 1, 1, tzinfo=UTC))
    assert state.value()["bookmarks"] == {
        "company_segments": "2024-01-01T00:00:00Z",
        "segments_of_companies": "2020-01-01T00:00:00.000000Z",
    }
    assert not state.advance("company_segments", datetime(2019, 1, 1, tzinfo=UTC))


def test_a_claim_of_the_run_can_be_withdrawn() -> None:
    stored = {"bookmarks": {"users": {"updated_at": "2019-09-27T22:34:39.000000Z", "page": 7}}}
    state = State(stored, STREAMS)
    assert not state.withdraw("users")
    assert not state.withdraw("companies")
    for stream in ("users", "companies"):
        assert state.advance(stream, MOMENT + timedelta(days=1))
    assert state.withdraw("users")
    assert state.withdraw("companies")
    assert state.value() == stored
    assert (state.bookmark("users"), state.bookmark("companies")) == (MOMENT, None)
    assert state.advance("users", MOMENT + timedelta(hours=1))


def test_records_that_failed_are_kept_beside_the_bookmarks() -> None:
    stored = {"failed_records": {"parts": {"5": "2019-09-27T22:34:39.000000Z", "6": None}}, "bookmarks": {}}
    state = State(stored, STREAMS, {"company_segments": "segments_of_companies"})
    assert state.value() == stored
    assert state.failed_records("parts") == {"5": MOMENT, "6": None}
    assert state.failed_records("users") == {}
    state.add_failed_record("company_segments", "7", MOMENT)
    state.remove_failed_record("parts", "6")
    state.remove_failed_record("parts", "8")
    state.remove_failed_record("users", "8")
    assert state.value()["failed_records"] == {
        "parts": {"5": "2019-09-27T22:34:39.000000Z"},
        "segments_of_companies": {"7": "2019-09-27T22:34:39.000000Z"},
    }
    assert state.failed_records("company_segments") == {"7": MOMENT}
    state.remove_failed_record("parts", "5")
    state.remove_failed_record("company_segments", "7")
    assert state.value() == {"bookmarks": {}}


@pytest.mark.parametrize("stored", [[], "5", {"parts": ["5"]}, {"parts": {"5": 7}}, {"parts": {"5": "yesterday"}}])
def test_records_that_failed_in_a_form_that_is_not_known_are_refused(stored: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        State({"failed_records": stored}, STREAMS)
    assert str(caught.value) == (
        'state: "failed_records" is not an object such as '
        '{"conversation_parts": {"500": "2019-09-27T22:34:39.000000Z"}}; '
        "restore the last state that a run wrote, or remove it where those records are not wanted."
    )


def test_versions_are_kept_under_the_name_of_the_bookmark() -> None:
    stored = {"versions": {"users": 1_764_433_000_123}, "bookmarks": {}}
    state = State(stored, STREAMS, {"company_segments": "segments_of_companies"})
    assert state.value() == stored
    assert (state.version("users"), state.version("company_segments")) == (1_764_433_000_123, None)
    state.set_version("company_segments", 1_764_433_000_124)
    assert state.newest_version == 1_764_433_000_124
    assert state.value()["versions"] == {"users": 1_764_433_000_123, "segments_of_companies": 1_764_433_000_124}
    assert stored == {"versions": {"users": 1_764_433_000_123}, "bookmarks": {}}
    assert State({}, STREAMS).newest_version == 0
    assert "versions" not in State({"versions": {}}, STREAMS).value()


@pytest.mark.parametrize("stored", [[], 5, {"users": "5"}, {"users": None}, {"users": True}, {"users": 1.5}])
def test_versions_in_a_form_that_is_not_known_are_refused(stored: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        State({"versions": stored}, STREAMS)
    assert str(caught.value) == (
        'state: "versions" is not an object such as {"contacts": 1764433000123}; restore the last state that a run '
        "wrote, or remove it."
    )


SDK = {"replication_key": "updated_at", "replication_key_value": "2019-09-27T22:34:39+00:00"}


@pytest.mark.parametrize(
    "stored",
    [
        SDK,
        {**SDK, "replication_key_value": 1569623679},
        {**SDK, "replication_key_value": 1569623679.9},
        {**SDK, "updated_at": None},
        {**SDK, "starting_replication_value": "2015-01-01", "replication_key_signpost": "2030-01-01T00:00:00Z"},
        # How far a run was that never ended says nothing of what is complete.
        {**SDK, "progress_markers": {"replication_key": "updated_at", "replication_key_value": "2025-01-01T00:00:00Z"}},
    ],
)
def test_a_bookmark_of_singer_sdk_is_gone_on_from_and_becomes_the_documents_form(stored: Any) -> None:
    state = State({"bookmarks": {"users": stored}}, STREAMS)
    assert state.bookmark("users") == MOMENT
    assert state.warnings((), ()) == []
    assert state.value()["bookmarks"] == {"users": stored}
    assert state.advance("users", MOMENT + timedelta(seconds=1))
    assert state.value()["bookmarks"] == {"users": "2019-09-27T22:34:40.000000Z"}


def test_a_bookmark_of_its_own_is_gone_on_from_before_one_of_singer_sdk() -> None:
    state = State({"bookmarks": {"users": {**SDK, "updated_at": "2018-01-01"}}}, STREAMS)
    assert state.bookmark("users") == datetime(2018, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "stored",
    [
        {"replication_key": "created_at", "replication_key_value": "2019-09-27T22:34:39Z"},
        {"replication_key": ["updated_at"], "replication_key_value": "2019-09-27T22:34:39Z"},
        {"progress_markers": {"replication_key": "updated_at", "replication_key_value": "2019-09-27T22:34:39Z"}},
        {"partitions": [{"context": {"id": "1"}, **SDK}]},
        {"version": 7},
    ],
)
def test_a_bookmark_that_is_not_understood_is_told(stored: Any) -> None:
    state = State({"bookmarks": {"users": stored}}, STREAMS)
    assert state.bookmark("users") is None
    (warning,) = state.warnings((), ())
    assert "does not understand, so these begin at start_date: users; a bookmark is a time" in warning


@pytest.mark.parametrize("value", ["soon", 1569623679000, -1, True, [], 999_999_999])
def test_a_value_of_singer_sdk_that_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match="the bookmark of users is"):
        State({"bookmarks": {"users": {**SDK, "replication_key_value": value}}}, STREAMS)


def test_bookmarks_that_say_nothing_are_not_told() -> None:
    empty: list[Any] = [None, {}, {"updated_at": None, "version": None}]
    for stored in empty:
        assert State({"bookmarks": {"users": stored, "tags": stored}}, STREAMS).warnings((), ["tags"]) == []


def test_bookmarks_of_streams_that_have_none_are_told() -> None:
    state = State({"bookmarks": {"tags": {"updated_at": "2019"}, "teams": "2019", "admins": {}}}, STREAMS)
    assert state.warnings((), ["admins", "tags", "teams"]) == [
        "the state has bookmarks of streams that are read whole every time, and they are kept as they are: tags, teams"
    ]


def test_a_stream_in_parts_needs_a_bookmark_in_parts() -> None:
    parts = State({"bookmarks": {"logs": {"conversation": "2019-09-27"}}}, STREAMS)
    assert parts.warnings({"logs"}, ()) == []
    (warning,) = parts.warnings((), ())
    assert "start_date: logs; " in warning
    (warning,) = State({"bookmarks": {"logs": "2019-09-27"}}, STREAMS).warnings({"logs"}, ())
    assert "start_date: logs; " in warning


def test_a_bookmark_that_is_too_late_is_brought_back_and_stays_so_when_a_claim_is_withdrawn() -> None:
    stored = {"bookmarks": {"users": "2019-09-27T23:00:00Z", "reports": {"ticket": "2019-09-27T23:00:00Z"}}}
    state = State(stored, STREAMS)
    state.set_back("users", MOMENT)
    state.set_back("reports", MOMENT, "ticket")
    expected = {"users": "2019-09-27T22:34:39.000000Z", "reports": {"ticket": "2019-09-27T22:34:39.000000Z"}}
    assert state.value()["bookmarks"] == expected
    assert state.advance("users", MOMENT + timedelta(minutes=1))
    assert state.withdraw("users")
    assert state.value()["bookmarks"] == expected
    assert state.bookmark("users") == MOMENT


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"bookmarks": {"users": "2019-09-27", "tags": None}}, {"users", "tags"}),
        ({"bookmarks": {}}, set()),
        ({"bookmarks": "users"}, set()),
        ({"users": "2019-09-27"}, set()),
    ],
)
def test_the_names_of_the_bookmarks_in_a_state(value: dict[str, Any], names: set[str]) -> None:
    assert bookmarked_names(value) == names
