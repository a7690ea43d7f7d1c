"""The log of what admins did: a window of it, or a search in it by kinds of deeds."""

from typing import Any

import msgspec

from intercom_simulator.protocol.integers import whole
from intercom_simulator.protocol.responses import Call, Refusal
from intercom_simulator.protocol.view_options import Record, look_of
from intercom_simulator.v1_api.context import Desk
from intercom_simulator.v2_api.paging import Paging, numbered
from intercom_simulator.v2_api.search import body_of
from intercom_simulator.v2_records import activity

SHAPE = ("activity_log.list", "activity_logs")
PAGING = Paging("null", 20, 250, counted=False)


def listed(desk: Desk, call: Call) -> bytes:
    """GET /admins/activity_logs: what was done in a window; its end may be left open."""
    return _page(desk, call, call.parameters)


def search(desk: Desk, call: Call) -> bytes:
    """POST /admins/activity_logs/search: the same, only some kinds of deeds if event_types names them."""
    asked = body_of(call)
    paging = {name: str(asked[name]) for name in ("page", "per_page") if asked.get(name) is not None}
    return _page(desk, msgspec.structs.replace(call, parameters={**call.parameters, **paging}), asked)


def event_types(desk: Desk, call: Call) -> bytes:
    """GET /admins/activity_log_event_types."""
    del desk, call
    return msgspec.json.encode({"type": "activity_log_event_type.list", "event_types": sorted(activity.KINDS)})


def _page(desk: Desk, call: Call, asked: Any) -> bytes:
    after, before = _moment(asked, "created_at_after"), _moment(asked, "created_at_before")
    kinds = asked.get("event_types") or activity.KINDS
    if after is None:
        raise Refusal(400, "parameter_not_found", "created_at_after is a required parameter")
    if not isinstance(kinds, list | tuple):
        raise Refusal(400, "parameter_invalid", "event_types must be a list")

    def wanted(deed: Record) -> bool:
        latest = deed["created_at"] if before is None else before
        return after <= deed["created_at"] <= latest and deed["activity_type"] in kinds

    records = desk.holdings.kept("admin_activity_logs", look_of(call, desk.switches), activity.activity_logs)
    return numbered(call, list(filter(wanted, records)), SHAPE, PAGING)


def _moment(asked: Any, name: str) -> int | None:
    text = str(asked.get(name) or "")
    moment = whole(text)
    if text and moment is None:
        raise Refusal(400, "parameter_invalid", "created_at_after and created_at_before are unix times")
    return moment
