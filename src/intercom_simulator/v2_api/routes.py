"""THE TABLE of API 2.x: each method and path with its resource, endpoint and versions."""

from collections.abc import Callable

import msgspec

from intercom_simulator.protocol.access import version_error
from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.responses import ApiError, Request, Response
from intercom_simulator.protocol.view_options import OLDEST_MINOR, minor_of
from intercom_simulator.v1_api import routes as v1_routes
from intercom_simulator.v1_api import unpaged
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_api import (
    activity_logs,
    belongings,
    calls,
    companies,
    custom_objects,
    events,
    exports,
    lists,
    per_record,
    search,
    single,
)
from intercom_simulator.v2_records import belongings as records

Endpoint = Callable[[Context, Request], bytes | Response]

ANY = "*"


class Route(msgspec.Struct, frozen=True):
    """One row; `resource` is the name by which a scope or a plan may leave it out; 2.`since` is the first version."""

    resource: str
    endpoint: Endpoint
    since: int = OLDEST_MINOR


def _search(name: str) -> Endpoint:
    return lambda context, request: search.search(context, request, name)


def _cursor_list(name: str) -> Endpoint:
    return lambda context, request: search.cursor_list(context, request, name)


def _list(name: str) -> Route:
    listing = lists.LISTS[name]
    return Route(
        listing.path.partition("/")[0], lambda context, request: lists.list_page(context, request, name), listing.since
    )


def _one(name: str) -> Route:
    listing = lists.LISTS[name]
    return Route(
        listing.path.partition("/")[0], lambda context, request: lists.one_record(context, request, name), listing.since
    )


ROUTES: dict[tuple[str, ...], Route] = {
    ("GET", "me"): Route("me", unpaged.me),
    ("POST", "contacts", "search"): Route("contacts", _search("contacts")),
    ("GET", "contacts"): Route("contacts", _cursor_list("contacts")),
    ("GET", "contacts", ANY): Route("contacts", single.contact),
    ("GET", "contacts", "find_by_external_id", ANY): Route("contacts", single.contact_by_external_id, 14),
    ("POST", "conversations", "search"): Route("conversations", _search("conversations")),
    ("GET", "conversations"): Route("conversations", _cursor_list("conversations")),
    ("GET", "conversations", ANY): Route("conversations", single.conversation),
    ("POST", "tickets", "search"): Route("tickets", _search("tickets")),
    ("GET", "tickets", ANY): Route("tickets", single.ticket),
    ("GET", "companies"): Route("companies", companies.companies),
    ("POST", "companies", "list"): Route("companies", companies.company_list),
    ("GET", "companies", "scroll"): Route("companies", companies.scroll),
    ("GET", "companies", ANY): Route("companies", companies.company),
    ("GET", "companies", ANY, "contacts"): Route("companies", companies.company_contacts),
    ("GET", "companies", ANY, "segments"): Route("companies", companies.company_segments),
    ("GET", "companies", ANY, "notes"): Route("companies", companies.company_notes, 15),
    ("GET", "contacts", ANY, "companies"): Route("contacts", companies.contact_companies),
    ("GET", "contacts", ANY, "notes"): Route("contacts", companies.contact_notes),
    ("GET", "contacts", ANY, "segments"): Route("contacts", companies.contact_segments),
    ("GET", "contacts", ANY, "subscriptions"): Route("contacts", companies.contact_subscriptions),
    ("GET", "contacts", ANY, "tags"): Route("contacts", companies.contact_tags),
    ("GET", "segments"): Route("segments", lists.segments),
    ("GET", "segments", ANY): Route("segments", lists.one_segment),
    ("GET", "ip_allowlist"): Route("ip_allowlist", lists.ip_allowlist, 14),
    ("GET", "admins", "activity_log_event_types"): Route("activity_logs", activity_logs.event_types, 16),
    ("POST", "admins", "activity_logs", "search"): Route("activity_logs", activity_logs.search, 16),
    ("GET", "data_attributes"): Route("data_attributes", lists.data_attributes),
    ("GET", "news", "newsfeeds", ANY, "items"): Route("news", lists.newsfeed_items),
    ("POST", "calls", "search"): Route("calls", calls.search, 14),
    ("GET", "calls", ANY, "transcript"): Route("calls", calls.transcript, 14),
    ("GET", "calls", ANY, "recording"): Route("calls", calls.recording, 14),
    ("GET", "contacts", ANY, "merge_history"): Route("contacts", per_record.merge_history, 16),
    ("GET", "conversations", ANY, "handling_events"): Route("conversations", per_record.handling_events, 15),
    ("GET", "conversations", ANY, "side_conversations"): Route("conversations", per_record.side_conversations, 16),
    ("GET", "office_hours_schedules", ANY, "office_hours_exceptions"): Route(
        "office_hours_schedules",
        belongings.whole("office_hours_schedules", records.office_hours_exceptions, "office_hours_exception.list"),
        16,
    ),
    ("GET", "office_hours_schedules", ANY, "office_hours_exceptions", ANY): Route(
        "office_hours_schedules", belongings.one("office_hours_schedules", records.office_hours_exceptions), 16
    ),
    ("GET", "articles", "search"): Route("articles", belongings.articles_search),
    ("GET", "articles", ANY, "draft"): Route("articles", belongings.article_draft, 16),
    ("GET", "articles", ANY, "versions"): Route("articles", belongings.article_versions, 16),
    ("GET", "articles", ANY, "versions", ANY): Route(
        "articles", belongings.one("articles", records.article_versions), 16
    ),
    ("GET", "internal_articles", "search"): Route("internal_articles", belongings.internal_articles_search, 14),
    ("GET", "help_center", "help_centers", ANY, "redirects"): Route("help_center", belongings.redirects, 16),
    ("GET", "help_center", "help_centers", ANY, "redirects", ANY): Route(
        "help_center", belongings.one("help_centers", records.redirects), 16
    ),
    ("GET", "data_connectors", ANY, "execution_results"): Route("data_connectors", belongings.execution_results, 16),
    ("GET", "data_connectors", ANY, "execution_results", ANY): Route(
        "data_connectors", belongings.one("data_connectors", records.execution_results), 16
    ),
    ("GET", "teams", ANY, "metrics"): Route(
        "teams", belongings.whole("teams", records.team_metrics, "team_metric.list"), 16
    ),
    ("GET", "contacts", ANY, "banners"): Route("contacts", belongings.banners, 16),
    ("GET", "notes", ANY): Route("notes", belongings.note),
    ("GET", "jobs", "status", ANY): Route("jobs", belongings.job, 14),
    ("GET", "events"): Route("events", events.events),
    ("GET", "custom_object_instances", ANY): Route(
        "custom_object_instances", custom_objects.instances, custom_objects.SINCE
    ),
    ("GET", "custom_object_instances", ANY, ANY): Route(
        "custom_object_instances", custom_objects.instance, custom_objects.SINCE
    ),
    ("POST", "export", "content", "data"): Route("export", exports.create_content_export),
    ("GET", "export", "content", "data", ANY): Route("export", exports.content_job),
    ("POST", "export", "cancel", ANY): Route("export", exports.cancel),
    ("GET", "download", "content", "data", ANY): Route("export", exports.download),
    ("GET", "export", "reporting_data", "get_datasets"): Route("export", exports.datasets, 14),
    ("POST", "export", "reporting_data", "enqueue"): Route("export", exports.create_report_export, 14),
    ("GET", "export", "reporting_data", ANY): Route("export", exports.report_job, 14),
    ("GET", "download", "reporting_data", ANY): Route("export", exports.download, 14),
    **{("GET", *listing.path.split("/")): _list(name) for name, listing in lists.LISTS.items()},
    ("GET", "admins", "activity_logs"): Route("activity_logs", activity_logs.list_logs),
    **{
        ("GET", *listing.path.split("/"), ANY): _one(name)
        for name, listing in lists.LISTS.items()
        if name not in lists.LISTS_WITHOUT_DETAIL
    },
}


def find_route(request: Request, behaviours: Behaviours) -> Route:
    """Return the row of this request. Raises ApiError for what its version does not have."""
    minor, route = minor_of(request.version or behaviours.app_version), _match_route(request)
    if route is not None and route.since <= minor:
        return route
    if route is not None or _known_to_1_4(request):
        raise version_error()
    raise _unknown()


def missing_error(request: Request) -> ApiError:
    """Return the error for a path that 1.x does not have: of another version, or unknown."""
    of_1_x = request.segments in v1_routes.NOT_SERVED
    return version_error() if is_known(request) and not of_1_x else _unknown()


def is_known(request: Request) -> bool:
    """Tell whether a version from 2.7 on has this path."""
    return _match_route(request) is not None


def is_file(request: Request) -> bool:
    """Tell whether the answer is a file rather than JSON."""
    return request.segments[0] == "download" or request.segments[-1] in ("transcript", "recording")


def _match_route(request: Request) -> Route | None:
    asked = (request.method, *request.segments)
    route = ROUTES.get(asked)
    if route is not None:
        return route
    for pattern, row in ROUTES.items():
        if len(pattern) == len(asked) and all(a in (ANY, b) for a, b in zip(pattern, asked, strict=True)):
            return row
    return None


def _known_to_1_4(request: Request) -> bool:
    path = request.segments
    return request.method == "GET" and (path in v1_routes.ROUTES or (*path[:-1], ANY) in v1_routes.ROUTES)


def _unknown() -> ApiError:
    return ApiError(404, "not_found", "Resource Not Found")
