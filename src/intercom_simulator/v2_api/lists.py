"""THE TABLE of the lists of API 2.x without search: each with its path, records, paging and first version."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec

from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.protocol.view_options import NEWEST_MINOR, OLDEST_MINOR, Record, ViewOptions, read_view_options
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v1_api.page_numbers import positive_integer
from intercom_simulator.v2_api import activity_logs, calls
from intercom_simulator.v2_api.member_filters import member_count
from intercom_simulator.v2_api.paging import Paging, cursor_page, numbered_page
from intercom_simulator.v2_records import activity, ai_content, knowledge, workspace_setup
from intercom_simulator.v2_records import data_attributes as attribute_rows
from intercom_simulator.v2_records.record_details import DETAILS
from intercom_simulator.v2_search.searchable import SearchableRecords

Rows = Callable[[SearchableRecords, ViewOptions], list[Record]]

UNPAGED = Paging()


class Listing(NamedTuple):
    """One list: its path, the function that makes its records, how it is paged, and the first minor version."""

    path: str
    rows: Rows
    paging: Paging = UNPAGED
    since: int = OLDEST_MINOR
    kind: str = "list"
    key: str = "data"


LISTS: dict[str, Listing] = {
    "admins": Listing("admins", workspace_setup.admins, kind="admin.list", key="admins"),
    "teams": Listing("teams", workspace_setup.teams, kind="team.list", key="teams"),
    "tags": Listing("tags", workspace_setup.tags),
    "subscription_types": Listing("subscription_types", workspace_setup.subscription_types),
    "ticket_types": Listing("ticket_types", workspace_setup.ticket_types),
    "ticket_states": Listing("ticket_states", workspace_setup.ticket_states, since=12),
    "articles": Listing("articles", knowledge.articles, Paging("absent", 25, 250)),
    "collections": Listing("help_center/collections", knowledge.collections, Paging("absent", 20, 250)),
    "help_centers": Listing("help_center/help_centers", knowledge.help_centers),
    "internal_articles": Listing("internal_articles", knowledge.internal_articles, Paging("absent", 25, 250), 14),
    "news_items": Listing("news/news_items", knowledge.news_items, Paging("absent", 10, 50)),
    "newsfeeds": Listing("news/newsfeeds", knowledge.newsfeeds, Paging("absent", 10, 50)),
    "admin_activity_logs": Listing(
        "admins/activity_logs", activity.activity_logs, activity_logs.PAGING, OLDEST_MINOR, *activity_logs.LIST_KEYS
    ),
    "away_status_reasons": Listing("away_status_reasons", workspace_setup.away_status_reasons, since=14),
    "calls": Listing("calls", calls.calls, Paging("absent", 25, 25), 14),
    "brands": Listing("brands", workspace_setup.brands, since=15),
    "emails": Listing("emails", workspace_setup.emails, since=15),
    "office_hours_schedules": Listing(
        "office_hours_schedules", workspace_setup.office_hours, since=16, kind="office_hours_schedule.list"
    ),
    "audiences": Listing("audiences", workspace_setup.audiences, Paging("top", 50, 50), 16),
    "content_snippets": Listing("content_snippets", ai_content.content_snippets, Paging("top", 50, 50), 16),
    "macros": Listing("macros", ai_content.macros, Paging("cursor", 50, 150), 16),
    "data_connectors": Listing("data_connectors", ai_content.data_connectors, Paging("cursor", 20, 50), 16),
    "conversation_attributes": Listing("conversations/attributes", attribute_rows.conversation_attributes, since=16),
    "ai_content_sources": Listing(
        "ai/content_import_sources", ai_content.content_sources, Paging("absent", 50, 150), 12
    ),
    "ai_external_pages": Listing("ai/external_pages", ai_content.external_pages, Paging("absent", 50, 150), 12),
    "deleted_conversations": Listing(
        "conversations/deleted",
        activity.deleted_conversations,
        Paging("null", 20, 60),
        16,
        "conversations.list",
        "conversations",
    ),
}
UNCACHED_LISTS = ("admins", "teams", "tags", "deleted_conversations")
ARCHIVABLE = ("conversation_attributes",)
LISTS_WITHOUT_DETAIL = ("admin_activity_logs", "deleted_conversations", "away_status_reasons", "ticket_states")


def list_page(context: Context, request: Request, name: str) -> bytes:
    """GET of a list, or of a page of it."""
    listing, options = LISTS[name], read_view_options(request, context.behaviours)
    if name == "admins":
        options = options._replace(is_single=request.parameters.get("display_avatar") == "true")
    records = _filtered(name, request, rows_of(context.searchable, name, options))
    return list_body(context, request, records, listing)


def rows_of(searchable: SearchableRecords, name: str, options: ViewOptions) -> list[Record]:
    """Return the records of a list as they are now; most lists are made once, and edits applied."""
    rows = LISTS[name].rows
    return (
        rows(searchable, options)
        if name in UNCACHED_LISTS
        else searchable.edits.applied(name, searchable.cached_list(name, options, rows))
    )


def list_body(context: Context, request: Request, records: list[Record], listing: Listing) -> bytes:
    """Encode the records that the request asks for, paged as the list is."""
    if listing.paging.style == "cursor":
        return cursor_page(request, records, context.searchable.cursors, listing.paging)
    if listing.paging.style == "whole":  # a client that asks for a second page gets an empty one
        first = positive_integer(request.parameters, "page", 1) == 1
        return envelope(listing.kind, listing.key, [msgspec.json.encode(record) for record in records if first])
    return numbered_page(request, records, (listing.kind, listing.key), listing.paging)


def one_record(context: Context, request: Request, name: str) -> bytes:
    """GET of one record of a list."""
    record, detail = find_record(context, request, name, request.segments[-1]), DETAILS.get(name)
    return msgspec.json.encode({**record, **detail(context.world.seed, request, record)} if detail else record)


def find_record(context: Context, request: Request, name: str, identity: str) -> Record:
    """Return the record of this id in a list. Raises ApiError when there is none."""
    options = read_view_options(request, context.behaviours, is_single=True)
    for record in rows_of(context.searchable, name, options):
        if str(record["id"]) == identity:
            return record
    code, message = _NOT_FOUND_ERRORS.get(name, ("not_found", "Resource Not Found"))
    raise ApiError(404, code, message)


def segments(context: Context, request: Request) -> bytes:
    """GET /segments: of people or, with type=company, of companies; counted with include_count=true."""
    of_companies = request.parameters.get("type") == "company" and context.behaviours.segment_type == "served"
    rows = workspace_setup.company_segments if of_companies else workspace_setup.segments
    records = rows(context.searchable, read_view_options(request, context.behaviours))
    if request.parameters.get("include_count") == "true":
        records = [{**record, **member_count(context, record["id"])} for record in records]
    return envelope("segment.list", "segments", [msgspec.json.encode(record) for record in records])


def one_segment(context: Context, request: Request) -> bytes:
    """GET /segments/{id}: of people or of companies."""
    options = read_view_options(request, context.behaviours)
    for record in (
        *workspace_setup.segments(context.searchable, options),
        *workspace_setup.company_segments(context.searchable, options),
    ):
        if record["id"] == request.segments[1]:
            return msgspec.json.encode(record)
    raise ApiError(404, "not_found", "Resource Not Found")


def ip_allowlist(context: Context, request: Request) -> bytes:
    """GET /ip_allowlist: one object with all addresses."""
    (record,) = workspace_setup.ip_allowlist(context.searchable, read_view_options(request, context.behaviours))
    return msgspec.json.encode(record)


def data_attributes(context: Context, request: Request) -> bytes:
    """GET /data_attributes: of contacts, companies or both; of conversations only before 2.16."""
    model, options = request.parameters.get("model"), read_view_options(request, context.behaviours)
    if model == "conversation" and options.minor >= NEWEST_MINOR:
        message = "model=conversation is no longer supported. Use GET /conversations/attributes instead"
        raise ApiError(422, "parameter_invalid", message)
    if model is not None and model not in ATTRIBUTES:
        raise ApiError(400, "parameter_invalid", f"unsupported model [{model}]")
    rows = [ATTRIBUTES[model]] if model else [attribute_rows.contact_attributes, attribute_rows.company_attributes]
    records = [record for write in rows for record in write(context.searchable, options)]
    return envelope("list", "data", [msgspec.json.encode(record) for record in _without_archived(request, records)])


def newsfeed_items(context: Context, request: Request) -> bytes:
    """GET /news/newsfeeds/{id}/items."""
    options, newsfeed = read_view_options(request, context.behaviours), request.segments[2]
    if newsfeed not in {feed["id"] for feed in knowledge.newsfeeds(context.searchable, options)}:
        raise ApiError(404, "not_found", "Resource Not Found")
    records = knowledge.newsfeed_items(context.searchable, options, newsfeed)
    return list_body(context, request, records, Listing("", knowledge.news_items, Paging("absent", 20, 50)))


ATTRIBUTES: dict[str, Rows] = {
    "contact": attribute_rows.contact_attributes,
    "company": attribute_rows.company_attributes,
    "conversation": attribute_rows.conversation_attributes,
}
_NOT_FOUND_ERRORS = {
    "admins": ("admin_not_found", "Admin not found"),
    "teams": ("team_not_found", "Team not found"),
    "calls": ("not_found", "Not Found"),
    "macros": ("not_found", "Macro not found"),
    "content_snippets": ("not_found", "Content snippet not found"),
    "brands": ("not_found", "Brand not found"),
    "emails": ("not_found", "Email setting not found"),
    "conversation_attributes": ("conversation_attribute_not_found", "Conversation attribute not found"),
    "data_connectors": ("data_connector_not_found", "Data connector not found"),
}


def _filtered(name: str, request: Request, records: list[Record]) -> list[Record]:
    if name in ARCHIVABLE:
        return _without_archived(request, records)
    if name == "macros":
        return _changed_since(request, records)
    if name == "deleted_conversations" and request.parameters.get("order") == "asc":
        return records[::-1]
    return records


def _without_archived(request: Request, records: list[Record]) -> list[Record]:
    archived = request.parameters.get("include_archived") == "true"
    return [record for record in records if archived or not record["archived"]]


def _changed_since(request: Request, records: list[Record]) -> list[Record]:
    since = request.parameters.get("updated_since")
    if not since:
        return records
    moment = parse_integer(since)
    if moment is None:
        raise ApiError(400, "parameter_invalid", "Invalid updated_since timestamp")
    return [record for record in records if datetime.fromisoformat(record["updated_at"]).timestamp() >= moment]
