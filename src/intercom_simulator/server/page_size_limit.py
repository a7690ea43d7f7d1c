"""Small pages: where a switch says so, a page holds no more than a few records, whatever is asked for."""

from collections.abc import Mapping
from typing import Any

import msgspec

from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.responses import Call


def with_limited_page_size(call: Call, most: int) -> Call:
    """Return the call as if it asked for at most `most` records a page; 0: for as many as it does."""
    if not most:
        return call
    call = msgspec.structs.replace(call, parameters=_cut(call.parameters, most))
    if call.segments[-1] != "search":
        return call
    try:
        body = msgspec.json.decode(call.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return call
    paging = body.get("pagination", {})
    body["pagination"] = _cut(paging, most) if isinstance(paging, dict) else paging
    return msgspec.structs.replace(call, body=msgspec.json.encode(_cut(body, most)))


def _cut(asked: Mapping[str, Any], most: int) -> dict[str, Any]:
    per_page = parse_integer(str(asked.get("per_page") or most))
    return {**asked} if per_page is None else {**asked, "per_page": str(min(per_page, most))}
