"""The activity logs of admins: all in a time range, or a search for certain event types."""

from typing import Any

import msgspec

from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.responses import ApiError, Request
from intercom_simulator.protocol.view_options import Record, read_view_options
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_api.paging import Paging, numbered_page
from intercom_simulator.v2_api.search import json_body
from intercom_simulator.v2_records import activity

LIST_KEYS = ("activity_log.list", "activity_logs")
PAGING = Paging("null", 20, 250, counted=False)


def list_logs(context: Context, request: Request) -> bytes:
    """GET /admins/activity_logs: the logs of a time range; its end may be left open."""
    return _page(context, request, request.parameters)


def search(context: Context, request: Request) -> bytes:
    """POST /admins/activity_logs/search: the logs of a time range and, with event_types, of these types."""
    filters = json_body(request)
    paging = {name: str(filters[name]) for name in ("page", "per_page") if filters.get(name) is not None}
    return _page(context, msgspec.structs.replace(request, parameters={**request.parameters, **paging}), filters)


def event_types(context: Context, request: Request) -> bytes:
    """GET /admins/activity_log_event_types."""
    del context, request
    return msgspec.json.encode({"type": "activity_log_event_type.list", "event_types": sorted(activity.ACTIVITY_TYPES)})


def _page(context: Context, request: Request, filters: Any) -> bytes:
    after, before = _timestamp(filters, "created_at_after"), _timestamp(filters, "created_at_before")
    kinds = filters.get("event_types") or activity.ACTIVITY_TYPES
    if after is None:
        raise ApiError(400, "parameter_not_found", "created_at_after is a required parameter")
    if not isinstance(kinds, list | tuple):
        raise ApiError(400, "parameter_invalid", "event_types must be a list")

    def wanted(log: Record) -> bool:
        latest = log["created_at"] if before is None else before
        return after <= log["created_at"] <= latest and log["activity_type"] in kinds

    records = context.searchable.cached_list(
        "admin_activity_logs", read_view_options(request, context.behaviours), activity.activity_logs
    )
    return numbered_page(request, list(filter(wanted, records)), LIST_KEYS, PAGING)


def _timestamp(filters: Any, name: str) -> int | None:
    text = str(filters.get(name) or "")
    moment = parse_integer(text)
    if text and moment is None:
        raise ApiError(400, "parameter_invalid", "created_at_after and created_at_before are unix times")
    return moment
