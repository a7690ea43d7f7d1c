# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""What one asks for record by record: merged leads, pauses of work, side conversations, events; and custom objects."""

from datetime import UTC, datetime

import msgspec

from intercom_simulator.answers import Call, Refusal, envelope
from intercom_simulator.collection import Entry
from intercom_simulator.desk import Desk, first, matching
from intercom_simulator.dice import mix, pick
from intercom_simulator.modern.finding import page_size
from intercom_simulator.modern.holdings import Holdings
from intercom_simulator.modern.look import Record
from intercom_simulator.modern.paging import Paging, numbered
from intercom_simulator.modern.single import find_contact
from intercom_simulator.pages import positive
from intercom_simulator.writing import body

SIDE = Paging("bare", 25, 50)
INSTANCES = Paging("absent", 20, 150)
OBJECT_TYPES = ("Order",)
EVENTS_PER_PAGE = 50
EVENT_SECONDS = 90 * 86400
_EVENTS = ("invited-friend", "ordered-größe-XL", "updated-plan")
_MISSING = Refusal(404, "not_found", "Resource Not Found")


def merge_history(desk: Desk, call: Call) -> bytes:
    """GET /contacts/{id}/merge_history: of a user, by a cursor of its own."""
    entry, links = find_contact(desk, call, "Contact not found"), desk.holdings.links
    if links.is_lead(entry):
        raise Refusal(404, "not_found", "Contact not found")
    items, per_page = links.merges(entry), page_size(call.parameters.get("per_page"), 50)
    if call.parameters.get("order") == "asc":
        items.reverse()
    cursor = desk.holdings.cursors.read(call.parameters.get("cursor") or None)
    start = cursor.page if cursor else 0
    more = start + per_page < len(items)
    following = desk.holdings.cursors.issue(None, entry.id, start + per_page) if more else None
    page = [msgspec.json.encode(item) for item in items[start : start + per_page]]
    return envelope("list", "data", page, next_cursor=following, has_more=more)


def handling_events(desk: Desk, call: Call) -> bytes:
    """GET /conversations/{id}/handling_events."""
    return msgspec.json.encode({"handling_events": events_of(desk.holdings, _conversation(desk, call))})


def events_of(holdings: Holdings, entry: Entry) -> list[Record]:
    """Return when work on a conversation was paused and resumed."""
    bits, office = mix(holdings.world.seed, 163, entry.ordinal), holdings.world.office
    if bits & 3:
        return []
    admin = pick(bits >> 8, office.admins)
    teammate = {"type": "admin", "id": int(admin["id"]), "name": admin["name"], "email": admin["email"]}
    return [
        {
            "teammate": teammate,
            "type": ("paused", "resumed")[number % 2],
            "timestamp": _iso(entry.created_at + 60 * number),
            **({} if number % 2 else {"reason": "Mittagspause"}),
        }
        for number in range(1 + (bits >> 4 & 3))
    ]


def side_conversations(desk: Desk, call: Call) -> bytes:
    """GET /conversations/{id}/side_conversations: numbered pages that name no next one."""
    items = [msgspec.json.encode(side) for side in sides_of(desk.holdings, _conversation(desk, call))]
    return numbered(call, items, ("side_conversation.list", "side_conversations"), SIDE)


def sides_of(holdings: Holdings, entry: Entry) -> list[Record]:
    """Return the side conversations of a conversation, each with its parts."""
    bits, office = mix(holdings.world.seed, 167, entry.ordinal), holdings.world.office
    count = 30 if entry.ordinal % 97 == 5 else (0, 0, 0, 0, 0, 0, 1, 2)[bits & 7]
    sides = []
    for number in range(count):
        admin = pick(bits >> 8 + number % 16, office.admins)
        part = {
            "type": "conversation_part",
            "id": str(800_000_000 + 64 * entry.ordinal + number),
            "part_type": "comment",
            "body": body(bits >> 20 + number % 16, plaintext=False),
            "author": {key: admin[key] for key in ("type", "id", "name", "email")},
            "created_at": entry.created_at + number,
            "updated_at": entry.created_at + number,
        }
        identity = str(70_000_000 + 64 * entry.ordinal + number)
        sides.append({"side_conversation_id": identity, "conversation_parts": [part], "total_count": 1})
    return sides


def events(desk: Desk, call: Call) -> bytes:
    """GET /events?type=user: of one user, newest first, fifty and the next URL; or with summary their counts."""
    asked, world = call.parameters, desk.world
    if asked.get("type") != "user":
        raise Refusal(400, "parameter_invalid", "type must be user")
    entry = _subject(desk, call)
    person = world.users.content(entry)
    listed = data_events(desk.holdings, entry)
    identity = {"email": person["email"], "intercom_user_id": entry.id, "user_id": person["user_id"]}
    if asked.get("summary") == "true":
        return envelope("event.summary", "events", [msgspec.json.encode(one) for one in _summary(listed)], **identity)
    before, per_page = asked.get("before", ""), positive(asked, "per_page", EVENTS_PER_PAGE)
    if before:
        listed = [event for event in listed if event["created_at"] * 1000 < int(before)]
    page = listed[:per_page]
    pages: Record = {}
    if len(listed) > per_page:
        pages["next"] = call.with_parameters(before=page[-1]["created_at"] * 1000)
    return envelope("event.list", "events", [msgspec.json.encode(event) for event in page], pages=pages, **identity)


def data_events(holdings: Holdings, entry: Entry) -> list[Record]:
    """Return a user's events of the last ninety days, newest first; no two share a second."""
    world, bits = holdings.world, mix(holdings.world.seed, 173, entry.ordinal)
    count = 60 if entry.ordinal % 101 == 3 else (0, 0, 0, 0, 1, 2, 3, 5)[bits & 7]
    person = world.users.content(entry)
    return [
        {
            "type": "event",
            "id": f"{bits >> 8:014x}-{number}",
            "created_at": world.newest - EVENT_SECONDS * number // (count + 1) - 1,
            "event_name": pick(bits >> 16 + number % 8, _EVENTS),
            "user_id": person["user_id"],
            "email": person["email"],
            "intercom_user_id": entry.id,
            "metadata": {"invite_code": f"ADDÄ{number}"} if number % 2 else {},
        }
        for number in range(count)
    ]


def instances(desk: Desk, call: Call) -> bytes:
    """GET /custom_object_instances/{type}: a page of them."""
    if call.segments[1] not in OBJECT_TYPES:
        raise Refusal(404, "not_found", "Object Type Not Found")
    items = [msgspec.json.encode(record) for record in orders(desk.holdings)]
    return numbered(call, items, ("list", "data"), INSTANCES)


def orders(holdings: Holdings) -> list[Record]:
    """Return the custom objects of type Order, newest first."""
    world, listed = holdings.world, []
    for number in range(holdings.many(170)):
        bits = mix(world.seed, 179, number)
        made = world.newest - 3600 * number
        listed.append(
            {
                "id": str(9_000 - number),
                "type": "Order",
                "custom_attributes": {"order_number": f"ORDER-{number}", "total_amount": (bits & 0xFFFF) / 100},
                "external_id": f"order_{number}/é",
                "external_created_at": None if bits >> 20 & 1 else made - 5,
                "external_updated_at": None if bits >> 20 & 1 else made - 4,
                "created_at": made,
                "updated_at": made + bits % 600,
            }
        )
    return listed


def _conversation(desk: Desk, call: Call) -> Entry:
    entry = desk.world.conversations.entries.get(call.segments[1])
    if entry is None:
        raise _MISSING
    return entry


def _subject(desk: Desk, call: Call) -> Entry:
    users, missing = desk.world.users, Refusal(404, "not_found", "User Not Found")
    for name, field in (("intercom_user_id", "id"), ("user_id", "user_id"), ("email", "email")):
        value = call.parameters.get(name) or call.parameters.get(f"filter[{name}]")
        if value and field == "id":
            return first([users.entries[value]] if value in users.entries else [], missing)
        if value:
            return first(matching(users, list(users), field, value), missing)
    raise Refusal(400, "parameter_not_found", "user_id, intercom_user_id or email is required")


def _summary(listed: list[Record]) -> list[Record]:
    named: dict[str, list[int]] = {}
    for event in listed:
        named.setdefault(event["event_name"], []).append(event["created_at"])
    return [
        {
            "name": name,
            "first": _iso(min(moments)),
            "last": _iso(max(moments)),
            "count": len(moments),
            "description": "",
        }
        for name, moments in named.items()
    ]


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
