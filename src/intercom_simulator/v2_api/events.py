# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""Data events of users and leads: listed for one person at a time, ninety days back."""

from datetime import UTC, datetime

import msgspec

from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.protocol.view_options import Record
from intercom_simulator.store.collection import Entry
from intercom_simulator.store.randomness import pick, random_bits
from intercom_simulator.v1_api.context import Context, filter_by_value, first_entry
from intercom_simulator.v1_api.page_numbers import positive_integer
from intercom_simulator.v2_search.searchable import SearchableRecords

PER_PAGE = 50
MAX_AGE_SECONDS = 90 * 86400
_NAMES = ("invited-friend", "ordered-größe-XL", "updated-plan")


def events(context: Context, request: Request) -> bytes:
    """GET /events?type=user: a page of one person's events, newest first; with summary=true their counts."""
    parameters = request.parameters
    if parameters.get("type") != "user":
        raise ApiError(400, "parameter_invalid", "type must be user")
    entry = _find_contact(context, request)
    records = data_events(context.searchable, entry)
    contact_ids = _contact_ids(context.searchable, entry)
    if parameters.get("summary") == "true":
        return envelope(
            "event.summary", "events", [msgspec.json.encode(one) for one in _summary(records)], **contact_ids
        )
    before, since = _milliseconds(request, "before"), _milliseconds(request, "since")
    filtered = [
        event
        for event in records
        if (before is None or event["created_at"] * 1000 < before)
        and (since is None or event["created_at"] * 1000 >= since)
    ]
    per_page = positive_integer(parameters, "per_page", PER_PAGE)
    page = [msgspec.json.encode(event) for event in filtered[:per_page]]
    return envelope("event.list", "events", page, pages=_pages(request, filtered, per_page), **contact_ids)


def data_events(searchable: SearchableRecords, entry: Entry) -> list[Record]:
    """Return a contact's events of the last ninety days, newest first; no two share a second."""
    world, bits = searchable.world, random_bits(searchable.world.seed, 173, int(entry.id[-14:], 16))
    count = 60 if entry.ordinal % 101 == 3 else (0, 0, 0, 0, 1, 2, 3, 5)[bits & 7]
    earliest, contact_ids = world.clock.now() - MAX_AGE_SECONDS, _contact_ids(searchable, entry)
    moments = (world.newest_at - MAX_AGE_SECONDS * number // (count + 1) - 1 for number in range(count))
    return [
        {
            "type": "event",
            "id": f"{bits >> 8:014x}-{number}",
            "created_at": moment,
            "event_name": pick(bits >> 16 + number % 8, _NAMES),
            **contact_ids,
            "metadata": {"invite_code": f"ADDÄ{number}"} if number % 2 else {},
        }
        for number, moment in enumerate(moments)
        if moment > earliest
    ]


def _contact_ids(searchable: SearchableRecords, entry: Entry) -> Record:
    v1_record = searchable.contact_writer.v1_record(entry)
    return {"user_id": v1_record["user_id"], "email": v1_record["email"], "intercom_user_id": entry.id}


def _pages(request: Request, filtered: list[Record], per_page: int) -> Record:
    """Return the URL of the next page, which is older, and the URL under which newer events will be found."""
    pages: Record = {}
    if len(filtered) > per_page:
        pages["next"] = request.with_parameters(before=filtered[per_page - 1]["created_at"] * 1000)
    if filtered:
        without_before = msgspec.structs.replace(request, pairs=[pair for pair in request.pairs if pair[0] != "before"])
        pages["since"] = without_before.with_parameters(since=filtered[0]["created_at"] * 1000 + 1)
    return pages


def _milliseconds(request: Request, name: str) -> int | None:
    text = request.parameters.get(name)
    if not text:
        return None
    moment = parse_integer(text)
    if moment is None:
        raise ApiError(400, "parameter_invalid", f"'{name}' is no moment")
    return moment


def _find_contact(context: Context, request: Request) -> Entry:
    users, missing = context.world.users, ApiError(404, "not_found", "User Not Found")
    for name, field in (("intercom_user_id", "id"), ("user_id", "user_id"), ("email", "email")):
        value = request.parameters.get(name) or request.parameters.get(f"filter[{name}]")
        if value and field == "id":
            found = context.searchable.contacts.find(value)
            return first_entry([found] if found else [], missing)
        if value:
            return first_entry(filter_by_value(users, list(users), field, value), missing)
    raise ApiError(400, "parameter_not_found", "user_id, intercom_user_id or email is required")


def _summary(records: list[Record]) -> list[Record]:
    named: dict[str, list[int]] = {}
    for event in records:
        named.setdefault(event["event_name"], []).append(event["created_at"])
    return [
        {
            "name": name,
            "first": iso_time(min(moments)),
            "last": iso_time(max(moments)),
            "count": len(moments),
            "description": "",
        }
        for name, moments in named.items()
    ]


def iso_time(moment: int) -> str:
    """Return a time as ISO 8601 text, in whole seconds."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
