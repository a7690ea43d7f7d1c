"""The endpoints of what belongs to one record of a list, of notes by their ids, and of searches of articles."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.protocol.view_options import Record, read_view_options
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_api.lists import find_record, rows_of
from intercom_simulator.v2_api.paging import Paging, cursor_page, numbered_page
from intercom_simulator.v2_api.single import find_contact
from intercom_simulator.v2_records import belongings
from intercom_simulator.v2_search.searchable import SearchableRecords

Endpoint = Callable[[Context, Request], bytes]
Rows = Callable[[SearchableRecords, Record], list[Record]]

LIST_KEYS = ("list", "data")
VERSIONS_PAGING = Paging("absent", 25, 250)
REDIRECTS_PAGING = Paging("absent", 50, 150)
RESULTS_PAGING = Paging("cursor", 10, 30)
SEARCH_PAGING = Paging("absent", 10, 150)


def whole(parents: str, rows: Rows, kind: str) -> Endpoint:
    """Return the endpoint of a list without pages, of one record of the list `parents`."""

    def endpoint(context: Context, request: Request) -> bytes:
        found = rows(context.searchable, find_record(context, request, parents, request.segments[-2]))
        return envelope(kind, "data", list(map(msgspec.json.encode, found)))

    return endpoint


def one(parents: str, rows: Rows) -> Endpoint:
    """Return the endpoint of one of these records."""

    def endpoint(context: Context, request: Request) -> bytes:
        for row in rows(context.searchable, find_record(context, request, parents, request.segments[-3])):
            if row["id"] == request.segments[-1]:
                return msgspec.json.encode(row)
        raise ApiError(404, "not_found", "Resource Not Found")

    return endpoint


def article_versions(context: Context, request: Request) -> bytes:
    """GET /articles/{id}/versions: a page, newest first, without bodies."""
    versions = belongings.article_versions(
        context.searchable, find_record(context, request, "articles", request.segments[1])
    )
    return numbered_page(request, list(map(belongings.listed_version, versions)), LIST_KEYS, VERSIONS_PAGING)


def article_draft(context: Context, request: Request) -> bytes:
    """GET /articles/{id}/draft."""
    draft = belongings.article_draft(find_record(context, request, "articles", request.segments[1]))
    if draft is None:
        raise ApiError(404, "not_found", "Resource Not Found")
    return msgspec.json.encode(draft)


def redirects(context: Context, request: Request) -> bytes:
    """GET /help_center/help_centers/{id}/redirects: a page."""
    help_center = find_record(context, request, "help_centers", request.segments[2])
    return numbered_page(request, belongings.redirects(context.searchable, help_center), LIST_KEYS, REDIRECTS_PAGING)


def execution_results(context: Context, request: Request) -> bytes:
    """GET /data_connectors/{id}/execution_results: a page by cursor, newest first, within start_ts and end_ts."""
    connector = find_record(context, request, "data_connectors", request.segments[1])
    start, end = _timestamp(request, "start_ts"), _timestamp(request, "end_ts")
    success = request.parameters.get("success")

    def is_wanted(result: Record) -> bool:
        moment = datetime.fromisoformat(result["created_at"]).timestamp()
        is_within = (start is None or moment >= start) and (end is None or moment <= end)
        return is_within and (success is None or str(result["success"]).lower() == success)

    found = list(filter(is_wanted, belongings.execution_results(context.searchable, connector)))
    return cursor_page(request, found, context.searchable.cursors, RESULTS_PAGING, "created_at")


def banners(context: Context, request: Request) -> bytes:
    """GET /contacts/{id}/banners."""
    entry = find_contact(context, request)
    found = belongings.banners(context.searchable, entry.id, entry.created_at)
    return envelope(*LIST_KEYS, list(map(msgspec.json.encode, found)))


def note(context: Context, request: Request) -> bytes:
    """GET /notes/{id}: a note on a contact or company."""
    searchable, wanted = context.searchable, request.segments[1]
    for kind, entries in (("contact", searchable.contacts), ("company", searchable.companies)):
        for entry in entries:
            for found in searchable.links.notes_about(entry, kind):
                if found["id"] == wanted:
                    return msgspec.json.encode(found)
    raise ApiError(404, "not_found", "Resource Not Found")


def job(context: Context, request: Request) -> bytes:
    """GET /jobs/status/{id}: there are none, since nothing is written."""
    del context, request
    raise ApiError(404, "job_not_found", "Job Not Found")


def articles_search(context: Context, request: Request) -> bytes:
    """GET /articles/search: the articles whose title or body has the phrase, of this state."""
    phrase, state = request.parameters.get("phrase", "").lower(), request.parameters.get("state", "all")
    records = rows_of(context.searchable, "articles", read_view_options(request, context.behaviours))
    found = [
        record
        for record in records
        if phrase in f"{record['title']} {record['body']}".lower() and state in ("all", record["state"])
    ]
    return _search_page(request, found, {"articles": b"", "highlights": b"[]"})


def internal_articles_search(context: Context, request: Request) -> bytes:
    """GET /internal_articles/search: all of them, since folders are not simulated."""
    records = rows_of(context.searchable, "internal_articles", read_view_options(request, context.behaviours))
    found = records if not request.parameters.get("folder_id") else []
    return _search_page(request, found, {"internal_articles": b""})


def _search_page(request: Request, found: list[Record], data: dict[str, bytes]) -> bytes:
    """Encode a page whose records stand one level deeper, under the first key of `data`."""
    page = msgspec.json.decode(numbered_page(request, found, LIST_KEYS, SEARCH_PAGING), type=dict[str, msgspec.Raw])
    inner = {key: msgspec.Raw(value) if value else page["data"] for key, value in data.items()}
    return msgspec.json.encode({**page, "data": inner})


def _timestamp(request: Request, name: str) -> int | None:
    text = request.parameters.get(name)
    moment = None if not text else parse_integer(text)
    if text and moment is None:
        raise ApiError(400, "parameter_invalid", f"{name} must be a Unix timestamp (integer)")
    return moment
