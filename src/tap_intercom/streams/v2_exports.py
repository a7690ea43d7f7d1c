"""The streams of API 2.x that Intercom makes files of, one row each."""

from tap_intercom.config.settings import NEWEST_API_VERSION
from tap_intercom.exports.job import Export
from tap_intercom.streams.builders import ALL_OF_V2
from tap_intercom.streams.model import Layout, Permission, Stream

WEEK_SECONDS = 7 * 86_400

STREAMS: tuple[Stream, ...] = (
    Stream(
        name="message_content_export",
        schema="v2/message_content_export",
        permission=Permission.CONTENT_EXPORT,
        key=("receipt_id",),
        replication_key="received_at",
        versions=ALL_OF_V2,
        layout=Layout(records_at=("data",)),
        # What has been done with a message counts in the window of the job, so a message is read again for a week.
        lookback_seconds=WEEK_SECONDS,
        by_default=False,
        export=Export(
            order_path="/export/content/data",
            status_path="/export/content/data/{job}",
            file_path="/download/content/data/{job}",
            bounds=("created_at_after", "created_at_before"),
            sample_path="/export/content/data/none",
            days=90,
            absent_values=(("company_id", "-1"), ("series_id", "-1")),
        ),
    ),
    Stream(
        name="reporting_exports",
        schema="v2/reporting_exports",
        permission=Permission.REPORTING_EXPORT,
        key=("dataset_id", "window_start", "position"),
        replication_key="window_end",
        versions=("2.14", NEWEST_API_VERSION),
        layout=Layout(records_at=("data",)),
        # The values of a conversation change for as long as it is open.
        lookback_seconds=WEEK_SECONDS,
        by_default=False,
        export=Export(
            order_path="/export/reporting_data/enqueue",
            status_path="/export/reporting_data/{job}",
            file_path="/download/reporting_data/{job}",
            bounds=("start_time", "end_time"),
            sample_path="/export/reporting_data/get_datasets",
            days=30,
            aligned=True,
            # The OpenAPI file wants a client_id and does not say whose; Intercom answers without any of these.
            status_query=(("app_id", "{app}"), ("client_id", "tap-intercom"), ("job_identifier", "{job}")),
            file_query=(("app_id", "{app}"), ("job_identifier", "{job}")),
        ),
    ),
)
