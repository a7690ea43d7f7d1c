# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""Lists of one record: merge history of a contact, handling events and side conversations of a conversation."""

import msgspec

from intercom_simulator.content.text import body
from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.protocol.view_options import Record
from intercom_simulator.store.collection import Entry
from intercom_simulator.store.randomness import pick, random_bits
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_api.events import iso_time
from intercom_simulator.v2_api.paging import Paging, numbered_page
from intercom_simulator.v2_api.search import page_size
from intercom_simulator.v2_api.single import find_contact
from intercom_simulator.v2_search.searchable import SearchableRecords

SIDE_PAGING = Paging("bare", 25, 50)


def merge_history(context: Context, request: Request) -> bytes:
    """GET /contacts/{id}/merge_history: of a user; its cursor is called `cursor`."""
    entry, links = find_contact(context, request, "Contact not found"), context.searchable.links
    if links.is_lead(entry):
        raise ApiError(404, "not_found", "Contact not found")
    items, per_page = links.merge_history(entry), page_size(request.parameters.get("per_page"), 50)
    if request.parameters.get("order") == "asc":
        items.reverse()
    cursor = context.searchable.cursors.read(request.parameters.get("cursor") or None)
    start = cursor.page if cursor else 0
    more = start + per_page < len(items)
    following = context.searchable.cursors.issue(None, entry.id, start + per_page) if more else None
    page = [msgspec.json.encode(item) for item in items[start : start + per_page]]
    return envelope("list", "data", page, next_cursor=following, has_more=more)


def handling_events(context: Context, request: Request) -> bytes:
    """GET /conversations/{id}/handling_events."""
    return msgspec.json.encode(
        {"handling_events": handling_event_records(context.searchable, _find_conversation(context, request))}
    )


def handling_event_records(searchable: SearchableRecords, entry: Entry) -> list[Record]:
    """Return when work on a conversation was paused and resumed."""
    bits, setup = random_bits(searchable.world.seed, 163, entry.ordinal), searchable.world.setup
    if bits & 3:
        return []
    admin = pick(bits >> 8, setup.admins)
    teammate = {"type": "admin", "id": int(admin["id"]), "name": admin["name"], "email": admin["email"]}
    return [
        {
            "teammate": teammate,
            "type": ("paused", "resumed")[number % 2],
            "timestamp": iso_time(entry.created_at + 60 * number),
            **({} if number % 2 else {"reason": "Mittagspause"}),
        }
        for number in range(1 + (bits >> 4 & 3))
    ]


def side_conversations(context: Context, request: Request) -> bytes:
    """GET /conversations/{id}/side_conversations: page numbers without pages.next."""
    sides = side_conversation_records(context.searchable, _find_conversation(context, request))
    return numbered_page(request, sides, ("side_conversation.list", "side_conversations"), SIDE_PAGING)


def side_conversation_records(searchable: SearchableRecords, entry: Entry) -> list[Record]:
    """Return the side conversations of a conversation, each with its parts."""
    bits, setup = random_bits(searchable.world.seed, 167, entry.ordinal), searchable.world.setup
    count = 60 if entry.ordinal % 97 == 5 else (0, 0, 0, 0, 0, 0, 1, 2)[bits & 7]
    sides = []
    for number in range(count):
        admin = pick(bits >> 8 + number % 16, setup.admins)
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


def _find_conversation(context: Context, request: Request) -> Entry:
    entry = context.world.conversations.entries.get(request.segments[1])
    if entry is None:
        raise ApiError(404, "not_found", "Resource Not Found")
    return entry
