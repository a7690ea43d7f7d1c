"""THE TABLE of API 1.x: each path with its resource, endpoint, parameters and versions."""

from collections.abc import Callable

import msgspec

from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.responses import ApiError, Request
from intercom_simulator.protocol.versions import EARLIER_V1_VERSIONS, V1_VERSION, V1_VERSIONS
from intercom_simulator.v1_api import lists, unpaged
from intercom_simulator.v1_api.context import Context, encoded_record, form_of

Endpoint = Callable[[Context, Request], bytes]
Path = tuple[str, ...]

ANY = "*"
PAGE_PARAMETERS = ("page", "per_page")
PERSON_PARAMETERS = (
    "order",
    "sort",
    "created_since",
    "updated_since",
    "email",
    "phone",
    "user_id",
    "segment_id",
    "tag_id",
)


class Route(msgspec.Struct, frozen=True):
    """One row; `resource` is the name by which a scope or a plan may leave it out."""

    resource: str
    endpoint: Endpoint
    parameters: tuple[str, ...] = ()
    versions: tuple[str, ...] = V1_VERSIONS


def _single_record(stream: str, code: str, message: str) -> Endpoint:
    def endpoint(context: Context, request: Request) -> bytes:
        missing_error = ApiError(404, code, message)
        return encoded_record(
            context.world.streams[stream], request.segments[1], missing_error, form_of(request, is_single=True)
        )

    return endpoint


def _unpaged_list(stream: str, kind: str, key: str) -> Endpoint:
    return lambda context, _request: unpaged.unpaged_list(context, stream, kind, key)


def _scroll(stream: str, kind: str, key: str) -> Endpoint:
    def endpoint(context: Context, request: Request) -> bytes:
        return lists.scroll(context, request, context.world.streams[stream], kind, key)

    return endpoint


ROUTES: dict[Path, Route] = {
    ("me",): Route("me", unpaged.me),
    ("admins",): Route("admins", _unpaged_list("admins", "admin.list", "admins")),
    ("admins", ANY): Route("admins", _single_record("admins", "admin_not_found", "Admin not found")),
    ("teams",): Route("teams", _unpaged_list("teams", "team.list", "teams")),
    ("teams", ANY): Route("teams", _single_record("teams", "team_not_found", "Team not found")),
    ("tags",): Route("tags", _unpaged_list("tags", "tag.list", "tags")),
    ("segments",): Route("segments", unpaged.segments, ("type", "include_count")),
    ("segments", ANY): Route("segments", unpaged.one_segment, ("include_count",)),
    ("data_attributes",): Route(
        "data_attributes", unpaged.data_attributes, ("model", "include_archived"), (V1_VERSION,)
    ),
    ("data_attributes", ANY): Route(
        "data_attributes", unpaged.data_attributes_of_model, ("include_archived",), EARLIER_V1_VERSIONS
    ),
    ("users",): Route("users", lists.users, (*PAGE_PARAMETERS, *PERSON_PARAMETERS)),
    ("users", "scroll"): Route("users", _scroll("users", "user.list", "users"), ("scroll_param",)),
    ("users", ANY): Route("users", _single_record("users", "not_found", "User Not Found")),
    ("contacts",): Route("contacts", lists.leads, (*PAGE_PARAMETERS, *PERSON_PARAMETERS)),
    ("contacts", "scroll"): Route("contacts", _scroll("leads", "contact.list", "contacts"), ("scroll_param",)),
    ("contacts", ANY): Route("contacts", _single_record("leads", "not_found", "Contact not found")),
    ("companies",): Route(
        "companies", lists.companies, (*PAGE_PARAMETERS, "order", "sort", "tag_id", "segment_id", "company_id", "name")
    ),
    ("companies", "scroll"): Route("companies", _scroll("companies", "company.list", "companies"), ("scroll_param",)),
    ("companies", ANY): Route("companies", _single_record("companies", "company_not_found", "Company Not Found")),
    ("conversations",): Route(
        "conversations",
        lists.conversations,
        (
            *PAGE_PARAMETERS,
            "order",
            "sort",
            "type",
            "admin_id",
            "open",
            "intercom_user_id",
            "user_id",
            "email",
            "unread",
            "display_as",
        ),
    ),
    ("conversations", ANY): Route(
        "conversations", _single_record("conversations", "not_found", "Resource Not Found"), ("display_as",)
    ),
    ("counts",): Route("counts", unpaged.counts, ("type", "count")),
}


# Paths that 1.4 has as well as 2.x: unknown here rather than of another version.
NOT_SERVED: tuple[Path, ...] = (("admins", "activity_logs"), ("events",), ("notes",), ("visitors",))


def find_route(request: Request) -> Route | None:
    """Return the row of this path, if there is one."""
    path = request.segments
    return None if path in NOT_SERVED else ROUTES.get(path) or ROUTES.get((*path[:-1], ANY))


def served_versions(request: Request, route: Route, behaviours: Behaviours) -> frozenset[str]:
    """Return the versions in which the path exists; for data attributes, a switch decides on 1.4."""
    served = set(route.versions)
    if route.resource == "data_attributes" and behaviours.data_attributes_path != "query":
        by_path = len(request.segments) > 1
        if by_path or behaviours.data_attributes_path == "both":
            served.add(V1_VERSION)
        else:
            served.discard(V1_VERSION)
    return frozenset(served)


def check_parameters(request: Request, route: Route, behaviours: Behaviours) -> None:
    """Refuse undocumented parameters, if the switch `unknown_parameters` says so. Raises ApiError."""
    if behaviours.unknown_parameters == "reject":
        for name in request.parameters:
            if name not in route.parameters:
                raise ApiError(400, "parameter_invalid", f"unknown parameter '{name}'")
