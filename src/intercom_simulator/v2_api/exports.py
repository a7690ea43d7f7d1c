"""Export jobs of message data and of reporting data, which end in a compressed CSV file."""

import csv
import gzip
from io import StringIO

import msgspec

from intercom_simulator.protocol.responses import ApiError, Request, Response
from intercom_simulator.protocol.view_options import Record, read_view_options
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_api.search import json_body
from intercom_simulator.v2_records.report_rows import CONTENT_COLUMNS, DATASETS, column_of, dataset_rows, message_rows
from intercom_simulator.world.export_jobs import EXPIRY_SECONDS, PENDING_STATES, ExportJob, Subject

ACCEPTED_TYPES = ("application/octet-stream", "application/*", "*/*", None)
QUALIFIED_SINCE = 16


def create_content_export(context: Context, request: Request) -> bytes:
    """POST /export/content/data: the messages sent between two moments."""
    body = json_body(request)
    after, before = (_timestamp(body, name) for name in ("created_at_after", "created_at_before"))
    return _job_body(
        context, request, context.jobs.create("content", lambda: message_rows(context.searchable, after, before))
    )


def create_report_export(context: Context, request: Request) -> bytes:
    """POST /export/reporting_data/enqueue: some columns of a dataset."""
    body = json_body(request)
    for name in ("dataset_id", "attribute_ids"):
        if name not in body:
            raise ApiError(400, "bad_request", f"'{name}' is a required parameter")
    dataset, attribute_ids = str(body["dataset_id"]), body["attribute_ids"]
    if dataset not in DATASETS:
        raise ApiError(400, "bad_request", f"{dataset} is not a valid dataset_id")
    if not isinstance(attribute_ids, list):
        raise ApiError(400, "bad_request", "'attribute_ids' not an array must be of type Array")
    if not attribute_ids:
        raise ApiError(400, "bad_request", "attribute_ids must contain at least one attribute_id")
    columns = [column_of(dataset, one) for one in attribute_ids]
    unknown = [str(one) for one, column in zip(attribute_ids, columns, strict=True) if column is None]
    if unknown:
        raise ApiError(400, "bad_request", f"attribute_ids invalid for {dataset} dataset: {', '.join(unknown)}")
    known = [column for column in columns if column is not None]
    period = _timestamp(body, "start_time"), _timestamp(body, "end_time")
    minor = read_view_options(request, context.behaviours).minor
    job = context.jobs.create("reporting", lambda: dataset_rows(context.searchable, minor, dataset, known, period))
    job.rows = [list(map(str, attribute_ids)), *job.write()]
    return _job_body(context, request, job)


def content_job(context: Context, request: Request) -> bytes:
    """GET /export/content/data/{job}."""
    return _job_body(context, request, context.jobs.find(request.segments[-1], "content"))


def report_job(context: Context, request: Request) -> bytes:
    """GET /export/reporting_data/{job}."""
    _check_parameters(context, request, "app_id", "client_id", "job_identifier")
    return _job_body(context, request, context.jobs.find(request.segments[-1], "reporting"))


def cancel(context: Context, request: Request) -> bytes:
    """POST /export/cancel/{job}."""
    job = context.jobs.find(request.segments[-1], "content")
    job.canceled = context.jobs.status(job) in PENDING_STATES
    return _job_body(context, request, job)


def datasets(context: Context, request: Request) -> bytes:
    """GET /export/reporting_data/get_datasets; since 2.16 attributes have a qualified_id as well."""
    qualified = read_view_options(request, context.behaviours).minor >= QUALIFIED_SINCE
    data = [
        {
            "id": name,
            "name": name.capitalize(),
            "description": "",
            "default_time_attribute_id": dataset.time,
            "attributes": [
                {"id": column, **({"qualified_id": f"{name}.{column}"} if qualified else {}), "name": words}
                for column, (words, _) in dataset.columns.items()
            ],
        }
        for name, dataset in DATASETS.items()
    ]
    return msgspec.json.encode({"type": "list", "data": data})


def download(context: Context, request: Request) -> Response:
    """GET /download/…/{job}: the CSV file, compressed; other Accept headers than octet-stream get a 406."""
    if request.accept not in ACCEPTED_TYPES:
        raise ApiError(
            406, "media_type_not_acceptable", f"The Accept header should send a media type of {ACCEPTED_TYPES[0]}"
        )
    subject: Subject = "content" if request.segments[1] == "content" else "reporting"
    if subject == "reporting":
        _check_parameters(context, request, "app_id", "job_identifier")
    job = context.jobs.find(request.segments[-1], subject)
    if context.jobs.status(job) not in ("completed", "complete"):
        raise ApiError(404, "not_found", f"Export job not found for identifier: {job.identity}")
    text, rows = StringIO(), context.jobs.table(job)
    csv.writer(text).writerows([CONTENT_COLUMNS, *rows] if subject == "content" else rows)
    return Response(body=gzip.compress(text.getvalue().encode(), mtime=0), content_type="application/octet-stream")


def _check_parameters(context: Context, request: Request, *names: str) -> None:
    missing = [name for name in names if not request.parameters.get(name)]
    if missing and context.behaviours.report_parameters == "required":
        raise ApiError(400, "bad_request", f"'{missing[0]}' is a required parameter")


def _timestamp(body: Record, name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ApiError(400, "bad_request", f"'{name}' is a required parameter")
    return value


def _job_body(context: Context, request: Request, job: ExportJob) -> bytes:
    status = context.jobs.status(job)
    done = status in ("completed", "complete")
    kind = "content/data" if job.subject == "content" else "reporting_data"
    return msgspec.json.encode(
        {
            "job_identifier": job.identity,
            "status": status,
            "download_url": f"http://{request.host}/download/{kind}/{job.identity}" if done else "",
            "download_expires_at": str(int(job.created_at + EXPIRY_SECONDS)) if done else "",
        }
    )
