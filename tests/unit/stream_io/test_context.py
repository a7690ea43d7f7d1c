from datetime import UTC, datetime

from tap_intercom.config.config import Config
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.singer.selection import select_streams
from tap_intercom.stream_io.context import SyncPlan
from tap_intercom.streams.table import STREAMS_V1, streams_of, v1_streams_on_v2

CONFIG = Config(access_token="secret", start_date=datetime(2019, 1, 1, tzinfo=UTC))  # noqa: S106 - an example


def test_the_newest_version_is_read_by_its_own_rows_into_what_was_chosen() -> None:
    catalog = describe_streams(STREAMS_V1)
    for entry in catalog["streams"]:
        entry["metadata"][0]["metadata"]["selected"] = entry["stream"] in {"company_segments", "conversations"}
    choices = select_streams(catalog, STREAMS_V1)
    plan = SyncPlan(CONFIG, STREAMS_V1, choices).in_newest_version()
    assert plan.config.api_version == "2.16"
    assert plan.config.start_date == CONFIG.start_date
    assert plan.streams == v1_streams_on_v2("2.16")
    rows = {row.name: row for row in plan.streams}
    for choice, former in zip(plan.selection, choices, strict=True):
        assert choice.stream is rows[former.stream.name]
        assert (choice.schema, choice.full_schema) == (former.schema, former.full_schema)


def test_a_catalog_of_1_4_has_all_that_the_newest_version_needs() -> None:
    former, newest = (
        select_streams(describe_streams(STREAMS_V1), STREAMS_V1),
        select_streams(describe_streams(STREAMS_V1), v1_streams_on_v2("2.16")),
    )
    assert [choice.schema for choice in newest] == [choice.schema for choice in former]


def test_what_is_asked_to_be_read_whole_is_what_has_a_bookmark_and_what_hangs_on_it() -> None:
    def whole(**methods: str) -> frozenset[str]:
        catalog = describe_streams(streams_of("2.16"))
        for entry in catalog["streams"]:
            root = entry["metadata"][0]["metadata"]
            root["selected"] = entry["stream"] in methods
            root["replication-method"] = methods.get(entry["stream"]) or None
        return SyncPlan(CONFIG, streams_of("2.16"), select_streams(catalog, streams_of("2.16"))).read_whole

    assert whole(contacts="FULL_TABLE", contact_tags="", contact_notes="INCREMENTAL", tickets="") == {
        "contacts",
        "contact_tags",
    }
    assert whole(contacts="", contact_tags="FULL_TABLE") == whole(contact_tags="FULL_TABLE") == {"contact_tags"}
    assert whole(teams="FULL_TABLE", team_admins="FULL_TABLE", tickets="INCREMENTAL") == frozenset()
