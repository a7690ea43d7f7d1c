"""Paging of the lists of API 2.x without search: page numbers with URLs, or cursors."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from intercom_simulator.protocol.cursors import Cursors, page_indices, sort_key_of
from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.protocol.view_options import Record
from intercom_simulator.v1_api.page_numbers import positive_integer

Style = Literal["whole", "null", "absent", "bare", "top", "cursor"]


class Paging(NamedTuple):
    """How a list is paged: its style, the default and largest per_page, and whether there is a total_count.

    Styles with page numbers: `null` or `absent` (`pages.next` on the last page), `bare` (no `pages.next` at all), `top`
    (the numbers stand beside the data). `cursor`: by starting_after. `whole`: all records in one answer.
    """

    style: Style = "whole"
    default_per_page: int = 0
    max_per_page: int = 0
    counted: bool = True


def numbered_page(
    request: Request,
    items: Sequence[Any],
    list_keys: tuple[str, str],
    paging: Paging,
    encode: Callable[[Any], bytes] = msgspec.json.encode,
) -> bytes:
    """Encode the page of page and per_page; `list_keys`: the list's type and the key of its records."""
    page, per_page = positive_integer(request.parameters, "page", 1), _per_page(request, paging)
    total_pages = -(-len(items) // per_page)
    encoded = [encode(item) for item in items[(page - 1) * per_page : page * per_page]]
    numbers: Record = {"page": page, "per_page": per_page, "total_pages": total_pages}
    if paging.style == "top":
        return envelope(*list_keys, encoded, total_count=len(items), **numbers)
    next_page: Record = {"next": None} if paging.style == "null" else {}
    if page < total_pages and paging.style != "bare":
        next_page = {"next": request.with_parameters(per_page=per_page, page=page + 1)}
    metadata: Record = {"pages": {"type": "pages", **next_page, **numbers}}
    if paging.counted:
        metadata["total_count"] = len(items)
    return envelope(*list_keys, encoded, **metadata)


def cursor_page(
    request: Request, records: Sequence[Record], cursors: Cursors, paging: Paging, field: str = "updated_at"
) -> bytes:
    """Encode the page after the cursor; the records are sorted by the time in `field`, newest first."""
    per_page = _per_page(request, paging)
    cursor = cursors.read(request.parameters.get("starting_after") or None)
    records = records[::-1]
    sort_keys = [sort_key_of(record[field], record["id"]) for record in records]
    page = page_indices(sort_keys, cursor and cursor.sort_key, per_page, descending=True)
    pages: dict[str, Any] = {"type": "pages", "per_page": per_page, "next": None}
    if page.more:
        last = records[page.indices[-1]]
        pages["next"] = {"starting_after": cursors.issue(last[field], last["id"], 0)}
    items = [msgspec.json.encode(records[number]) for number in page.indices]
    return envelope("list", "data", items, pages=pages)


def _per_page(request: Request, paging: Paging) -> int:
    per_page = positive_integer(request.parameters, "per_page", paging.default_per_page)
    if per_page > paging.max_per_page:
        raise ApiError(400, "parameter_invalid", "Per Page is too big")
    return per_page
