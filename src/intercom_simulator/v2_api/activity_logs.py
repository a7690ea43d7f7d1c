"""The log of what admins did: a window of it, or a search in it by kinds of deeds."""

from typing import Any

import msgspec

from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.responses import ApiError, Request
from intercom_simulator.protocol.view_options import Record, read_view_options
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_api.paging import Paging, numbered
from intercom_simulator.v2_api.search import body_of
from intercom_simulator.v2_records import activity

SHAPE = ("activity_log.list", "activity_logs")
PAGING = Paging("null", 20, 250, counted=False)


def listed(context: Context, request: Request) -> bytes:
    """GET /admins/activity_logs: what was done in a window; its end may be left open."""
    return _page(context, request, request.parameters)


def search(context: Context, request: Request) -> bytes:
    """POST /admins/activity_logs/search: the same, only some kinds of deeds if event_types names them."""
    asked = body_of(request)
    paging = {name: str(asked[name]) for name in ("page", "per_page") if asked.get(name) is not None}
    return _page(context, msgspec.structs.replace(request, parameters={**request.parameters, **paging}), asked)


def event_types(context: Context, request: Request) -> bytes:
    """GET /admins/activity_log_event_types."""
    del context, request
    return msgspec.json.encode({"type": "activity_log_event_type.list", "event_types": sorted(activity.KINDS)})


def _page(context: Context, request: Request, asked: Any) -> bytes:
    after, before = _moment(asked, "created_at_after"), _moment(asked, "created_at_before")
    kinds = asked.get("event_types") or activity.KINDS
    if after is None:
        raise ApiError(400, "parameter_not_found", "created_at_after is a required parameter")
    if not isinstance(kinds, list | tuple):
        raise ApiError(400, "parameter_invalid", "event_types must be a list")

    def wanted(deed: Record) -> bool:
        latest = deed["created_at"] if before is None else before
        return after <= deed["created_at"] <= latest and deed["activity_type"] in kinds

    records = context.searchable.kept(
        "admin_activity_logs", read_view_options(request, context.behaviours), activity.activity_logs
    )
    return numbered(request, list(filter(wanted, records)), SHAPE, PAGING)


def _moment(asked: Any, name: str) -> int | None:
    text = str(asked.get(name) or "")
    moment = parse_integer(text)
    if text and moment is None:
        raise ApiError(400, "parameter_invalid", "created_at_after and created_at_before are unix times")
    return moment
