from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tap_intercom.config.config import Config
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.singer.selection import select_streams
from tap_intercom.singer.state import State
from tap_intercom.stream_io.context import SyncPlan
from tap_intercom.streams.table import streams_of
from tap_intercom.sync.whole_reads import EARLY_MS, whole_reads_note, with_whole_reads

CONFIG = Config(access_token="secret", start_date=datetime(2019, 1, 1, tzinfo=UTC))  # noqa: S106 - an example
STREAMS = streams_of("2.16")
NOW = 1_764_433_000_123
WEEK = 7 * 86_400
FIELDS = {"contacts": "updated_at", "contact_notes": "updated_at", "message_content_export": "updated_at"}
BOOKMARKS = dict.fromkeys(FIELDS, "2024-01-01T00:00:00Z")


def plan(
    state: dict[str, Any] | None = None,
    *,
    full_refresh: bool = False,
    settings: dict[str, Any] | None = None,
    **methods: str,
) -> SyncPlan:
    """Give the plan of the streams that are named here, each with the method of its metadata, if any."""
    catalog = describe_streams(STREAMS)
    for entry in catalog["streams"]:
        root = entry["metadata"][0]["metadata"]
        root["selected"] = entry["stream"] in methods
        root["replication-method"] = methods.get(entry["stream"]) or None
    config = msgspec.structs.replace(CONFIG, **settings or {})
    asked = SyncPlan(config, STREAMS, select_streams(catalog, STREAMS), full_refresh)
    return with_whole_reads(asked, State(state or {}, FIELDS), NOW)


def test_what_is_asked_to_be_read_whole_is_what_has_a_bookmark_and_what_hangs_on_it() -> None:
    asked = plan(contacts="FULL_TABLE", contact_tags="", contact_notes="INCREMENTAL", tickets="")
    assert asked.whole == {"contacts", "contact_tags"}
    assert (
        plan(contacts="", contact_tags="FULL_TABLE").whole == plan(contact_tags="FULL_TABLE").whole == {"contact_tags"}
    )
    assert plan(teams="FULL_TABLE", team_admins="FULL_TABLE", tickets="INCREMENTAL").whole == frozenset()


def test_a_full_refresh_is_of_everything_that_has_a_bookmark() -> None:
    names = {"contacts": "INCREMENTAL", "contact_notes": "", "tags": "", "message_content_export": ""}
    assert plan(full_refresh=True, **names).whole == names.keys() - {"tags"}


def test_whole_relations_are_all_links_but_those_that_the_catalog_wants_from_their_bookmark() -> None:
    names = {
        "contacts": "",
        "contact_tags": "",
        "contact_notes": "",
        "conversation_tags": "INCREMENTAL",
        "team_admins": "",
    }
    assert plan(**names).whole == frozenset()
    assert plan(settings={"relations": "whole"}, **names).whole == {"contact_tags"}


def test_links_that_cost_no_request_are_always_whole_and_nothing_is_said_of_them() -> None:
    asked = plan(companies="", company_tags="", company_segments="", contact_tags="")
    assert asked.whole == {"company_tags"}
    assert whole_reads_note(asked) is None
    assert plan(company_tags="INCREMENTAL").whole == frozenset()
    asked = plan(company_tags="", tickets="FULL_TABLE", contacts="FULL_TABLE")
    assert whole_reads_note(asked) == "read whole, from the beginning: contacts, tickets"


@pytest.mark.parametrize(
    ("age_ms", "is_due"),
    [
        (None, True),
        (WEEK * 1000, True),
        (WEEK * 1000 - EARLY_MS, True),
        (WEEK * 1000 - EARLY_MS - 1, False),
        (0, False),
    ],
)
def test_a_stream_is_due_when_its_last_whole_read_is_that_old(age_ms: int | None, *, is_due: bool) -> None:
    versions = {} if age_ms is None else {"contacts": NOW - age_ms}
    state = {"bookmarks": BOOKMARKS, "versions": versions}
    asked = plan(state, settings={"whole_every": WEEK}, contacts="")
    assert asked.whole == ({"contacts"} if is_due else frozenset())


def test_only_what_has_a_bookmark_and_may_change_is_due() -> None:
    names = dict.fromkeys(("contact_notes", "contacts", "message_content_export", "tickets"), "")
    settings = {"whole_every": WEEK}
    assert plan({"bookmarks": BOOKMARKS}, settings=settings, **names).whole == {"contacts", "contact_notes"}
    assert plan({"bookmarks": BOOKMARKS}, settings=settings, contacts="INCREMENTAL").whole == frozenset()
    assert plan({"bookmarks": BOOKMARKS}, **names).whole == frozenset()
