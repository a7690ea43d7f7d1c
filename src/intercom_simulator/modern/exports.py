"""Exports: what was sent, and reports of conversations and tickets, each a job that ends in a compressed table."""

import csv
import gzip
from io import StringIO

import msgspec

from intercom_simulator.answers import Answer, Call, Refusal
from intercom_simulator.desk import Desk
from intercom_simulator.dice import mix, pick
from intercom_simulator.modern.finding import body_of
from intercom_simulator.modern.holdings import Holdings
from intercom_simulator.modern.jobs import KEPT_SECONDS, UNDER_WAY, Job, Subject, Table
from intercom_simulator.modern.look import Record

CONTENT_COLUMNS = (
    "user_id", "user_external_id", "company_id", "email", "name", "ruleset_id", "content_id", "content_type",
    "content_title", "ruleset_version_id", "receipt_id", "received_at", "series_id", "series_title",
)  # fmt: skip
DATASETS: dict[str, tuple[str, ...]] = {
    "conversation": ("conversation_id", "conversation_created_at", "state", "parts"),
    "ticket": ("ticket_id", "ticket_created_at", "ticket_state"),
}


def order_content(desk: Desk, call: Call) -> bytes:
    """POST /export/content/data: what was sent between two moments."""
    asked = body_of(call)
    after, before = (_moment(asked, name) for name in ("created_at_after", "created_at_before"))
    return _told(desk, call, desk.jobs.order("content", lambda: sent(desk.holdings, after, before)))


def order_report(desk: Desk, call: Call) -> bytes:
    """POST /export/reporting_data/enqueue: chosen columns of a dataset."""
    asked = body_of(call)
    for name in ("dataset_id", "attribute_ids"):
        if name not in asked:
            raise Refusal(400, "bad_request", f"'{name}' is a required parameter")
    dataset, columns = asked["dataset_id"], asked["attribute_ids"]
    if dataset not in DATASETS:
        raise Refusal(400, "bad_request", f"{dataset} is not a valid dataset_id")
    if not isinstance(columns, list):
        raise Refusal(400, "bad_request", "'attribute_ids' not an array must be of type Array")
    if not columns:
        raise Refusal(400, "bad_request", "attribute_ids must contain at least one attribute_id")
    strange = [column for column in columns if column not in DATASETS[dataset]]
    if strange:
        raise Refusal(400, "bad_request", f"attribute_ids invalid for {dataset} dataset: {', '.join(strange)}")
    start, end = (_moment(asked, name) for name in ("start_time", "end_time"))
    job = desk.jobs.order("reporting", lambda: reported(desk.holdings, dataset, columns, (start, end)))
    job.rows = [columns, *job.write()]
    return _told(desk, call, job)


def content_job(desk: Desk, call: Call) -> bytes:
    """GET /export/content/data/{job}."""
    return _told(desk, call, desk.jobs.find(call.segments[-1], "content"))


def report_job(desk: Desk, call: Call) -> bytes:
    """GET /export/reporting_data/{job}."""
    return _told(desk, call, desk.jobs.find(call.segments[-1], "reporting"))


def cancel(desk: Desk, call: Call) -> bytes:
    """POST /export/cancel/{job}."""
    job = desk.jobs.find(call.segments[-1], "content")
    job.canceled = desk.jobs.status(job) in UNDER_WAY
    return _told(desk, call, job)


def datasets(desk: Desk, call: Call) -> bytes:
    """GET /export/reporting_data/get_datasets."""
    del desk, call
    data = [
        {
            "id": name,
            "name": name.capitalize(),
            "description": "",
            "default_time_attribute_id": columns[1],
            "attributes": [{"id": one, "qualified_id": f"{name}.{one}", "name": one} for one in columns],
        }
        for name, columns in DATASETS.items()
    ]
    return msgspec.json.encode({"type": "list", "data": data})


def download(desk: Desk, call: Call) -> Answer:
    """GET /download/…/{job}: the table, compressed."""
    subject: Subject = "content" if call.segments[1] == "content" else "reporting"
    job = desk.jobs.find(call.segments[-1], subject)
    if desk.jobs.status(job) not in ("completed", "complete"):
        raise Refusal(404, "not_found", f"Export job not found for identifier: {job.identity}")
    text, rows = StringIO(), desk.jobs.table(job)
    csv.writer(text).writerows([CONTENT_COLUMNS, *rows] if subject == "content" else rows)
    return Answer(body=gzip.compress(text.getvalue().encode(), mtime=0), content_type="application/octet-stream")


def sent(holdings: Holdings, after: int, before: int) -> Table:
    """Return what was sent to users between two moments; what is sent to one follows from who it is."""
    rows: Table = []
    for entry in holdings.world.users:
        bits = mix(holdings.world.seed, 181, entry.ordinal)
        received = entry.created_at + 3600 + bits % 86400
        if bits >> 20 & 3 or not after <= received <= before:
            continue
        person, kind = holdings.world.users.content(entry), pick(bits >> 24, ("email", "tour", "push"))
        about = (entry.id, person["user_id"], "", person["email"], person["name"], 21, 63, kind, "Quoi de “neuf” ?")
        rows.append((*about, 51, f"2{bits:019d}", received, "", ""))
    return rows


def reported(holdings: Holdings, dataset: str, columns: list[str], window: tuple[int, int]) -> Table:
    """Return the chosen columns of conversations or tickets that were made in the window."""
    collection = holdings.world.streams[f"{dataset}s"]
    rows: Table = []
    for entry in collection:
        if window[0] <= entry.created_at <= window[1]:
            content: Record = collection.content(entry)
            state = content["state"] if dataset == "conversation" else content["ticket_state"]["category"]
            values = dict(zip(DATASETS[dataset], (entry.id, entry.created_at, state, entry.parts), strict=False))
            rows.append([values[column] for column in columns])
    return rows


def _moment(asked: Record, name: str) -> int:
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal(400, "bad_request", f"'{name}' is a required parameter")
    return value


def _told(desk: Desk, call: Call, job: Job) -> bytes:
    status = desk.jobs.status(job)
    done = status in ("completed", "complete")
    kind = "content/data" if job.subject == "content" else "reporting_data"
    return msgspec.json.encode(
        {
            "job_identifier": job.identity,
            "status": status,
            "download_url": f"http://{call.host}/download/{kind}/{job.identity}" if done else "",
            "download_expires_at": str(int(job.ordered_at + KEPT_SECONDS)) if done else "",
        }
    )
