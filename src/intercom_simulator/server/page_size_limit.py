"""A limit on the page size (switch `page_most`), whatever size a request asks for."""

from collections.abc import Mapping
from typing import Any

import msgspec

from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.responses import Request


def with_limited_page_size(request: Request, limit: int) -> Request:
    """Return the request with `per_page` cut to `limit` records; 0: unchanged."""
    if not limit:
        return request
    request = msgspec.structs.replace(request, parameters=_limited(request.parameters, limit))
    if request.segments[-1] != "search":
        return request
    try:
        body = msgspec.json.decode(request.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return request
    paging = body.get("pagination", {})
    body["pagination"] = _limited(paging, limit) if isinstance(paging, dict) else paging
    return msgspec.structs.replace(request, body=msgspec.json.encode(_limited(body, limit)))


def _limited(parameters: Mapping[str, Any], limit: int) -> dict[str, Any]:
    per_page = parse_integer(str(parameters.get("per_page") or limit))
    return {**parameters} if per_page is None else {**parameters, "per_page": str(min(per_page, limit))}
