from datetime import UTC, datetime

from tap_intercom.config.config import Config
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.singer.selection import select_streams
from tap_intercom.stream_io.context import SyncPlan
from tap_intercom.streams.table import STREAMS_V1, v1_streams_on_v2

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
