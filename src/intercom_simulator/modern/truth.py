"""What a tap that misses nothing must have read of API 2.x: each stream as the API serves it at this moment."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from intercom_simulator.collection import Entry
from intercom_simulator.modern import books, calls, offshoots, premises, vocabulary
from intercom_simulator.modern.forms import TICKET_TYPES
from intercom_simulator.modern.holdings import Holdings
from intercom_simulator.modern.lists import LISTS
from intercom_simulator.modern.look import OLDEST, Look, Record, minor_of

Rows = Callable[[Holdings, Look], Iterator[Record]]


class Truth(NamedTuple):
    """The rows of a stream, and the first minor version that has it."""

    rows: Rows
    since: int = OLDEST


def truth_lines(holdings: Holdings, stream: str, version: str, *, plaintext: bool) -> Iterator[bytes]:
    """Encode each row of the stream; children bear their parent's id, links both ids."""
    look = Look(minor_of(version), plaintext=plaintext)
    return map(msgspec.json.encode, TRUTHS[stream].rows(holdings, look))


def streams_of(version: str) -> tuple[str, ...]:
    """Name the streams that exist in the version."""
    return tuple(stream for stream, truth in TRUTHS.items() if truth.since <= minor_of(version))


def truth_counts(holdings: Holdings, version: str) -> dict[str, int]:
    """Count the rows of each stream that exists in the version."""
    look = Look(minor_of(version))
    return {stream: sum(1 for _ in TRUTHS[stream].rows(holdings, look)) for stream in streams_of(version)}


def _view(name: str) -> Rows:
    def rows(holdings: Holdings, look: Look) -> Iterator[Record]:
        view = holdings.searched[name].view
        return (view.record(entry, look) for entry in view)

    return rows


def _role(role: str) -> Rows:
    return lambda holdings, look: (row for row in _view("contacts")(holdings, look) if row["role"] == role)


def _list(name: str) -> Rows:
    return lambda holdings, look: iter(LISTS[name].rows(holdings, look))


def _active(write: Callable[[Holdings, Look], list[Record]]) -> Rows:
    return lambda holdings, look: (row for row in write(holdings, look) if not row["archived"])


def _companies(holdings: Holdings, look: Look) -> Iterator[Record]:
    del look
    collection = holdings.world.companies
    return (collection.content(entry) for entry in collection)


def _segments(holdings: Holdings, look: Look) -> Iterator[Record]:
    total = len(holdings.world.users)
    for number, segment in enumerate(premises.segments(holdings, look)):
        yield {**segment, "count": total // (number + 2)}


def _parts(holdings: Holdings, look: Look) -> Iterator[Record]:
    for entry in holdings.world.conversations:
        for part in holdings.talks.parts(entry, look):
            yield {**part, "conversation_id": entry.id}


def _ticket_parts(holdings: Holdings, look: Look) -> Iterator[Record]:
    for entry in holdings.world.tickets:
        for part in holdings.cases.parts(entry, look):
            yield {**part, "ticket_id": entry.id}


def _of_contacts(name: str, key: str) -> Rows:
    def rows(holdings: Holdings, look: Look) -> Iterator[Record]:
        del look
        for entry in holdings.contacts:
            ids = getattr(holdings.links, name)(entry)
            if name == "subscriptions":
                ids = dict.fromkeys([*ids[0], *ids[1]])
            yield from ({"contact_id": entry.id, key: one} for one in ids)

    return rows


def _notes(kind: str) -> Rows:
    def rows(holdings: Holdings, look: Look) -> Iterator[Record]:
        del look
        for entry in holdings.contacts if kind == "contact" else holdings.world.companies:
            yield from ({**note, f"{kind}_id": entry.id} for note in holdings.links.notes_about(entry, kind))

    return rows


def _company_segments(holdings: Holdings, look: Look) -> Iterator[Record]:
    segments = premises.company_segments(holdings, look)
    for entry in holdings.world.companies:
        ids = holdings.links.company_segments(entry)
        yield from ({**segment, "company_id": entry.id} for segment in segments if segment["id"] in ids)


def _company_tags(holdings: Holdings, look: Look) -> Iterator[Record]:
    for company in _companies(holdings, look):
        ids = dict.fromkeys(str(tag["id"]) for tag in company["tags"]["tags"])
        yield from ({"company_id": company["id"], "tag_id": one} for one in ids)


def _company_contacts(holdings: Holdings, look: Look) -> Iterator[Record]:
    del look
    for entry in holdings.world.companies:
        ids = holdings.links.employees(entry.id)
        yield from ({"company_id": entry.id, "contact_id": one} for one in ids)


def _of_conversations(path: tuple[str, str], key: str = "") -> Rows:
    """Rows of a list inside a conversation: links when a key is given, else the objects with their parent's id."""
    outer, inner = path

    def rows(holdings: Holdings, look: Look) -> Iterator[Record]:
        for conversation in _view("conversations")(holdings, look):
            items: list[Any] = (conversation[outer] or {}).get(inner) or []
            identity = {"conversation_id": conversation["id"]}
            if key:
                yield from ({**identity, key: one} for one in dict.fromkeys(item["id"] for item in items))
            else:
                yield from ({**identity, **item} for item in items)

    return rows


def _content_sources(holdings: Holdings, look: Look) -> Iterator[Record]:
    for conversation in _view("conversations")(holdings, look):
        sources = (conversation["ai_agent"] or {"content_sources": {"content_sources": []}})["content_sources"]
        yield from ({"conversation_id": conversation["id"], **source} for source in sources["content_sources"])


def _part_attachments(holdings: Holdings, look: Look) -> Iterator[Record]:
    for part in _parts(holdings, look):
        identity = {"conversation_id": part["conversation_id"], "part_id": part["id"]}
        yield from ({**identity, **attachment} for attachment in part["attachments"])


def _ticket_contacts(holdings: Holdings, look: Look) -> Iterator[Record]:
    for ticket in _view("tickets")(holdings, look):
        yield from ({"ticket_id": ticket["id"], "contact_id": one["id"]} for one in ticket["contacts"]["contacts"])


def _team_admins(holdings: Holdings, look: Look) -> Iterator[Record]:
    for team in premises.teams(holdings, look):
        yield from ({"team_id": team["id"], "admin_id": str(one)} for one in team["admin_ids"])


def _type_attributes(holdings: Holdings, look: Look) -> Iterator[Record]:
    del holdings, look
    for kind in TICKET_TYPES:
        yield from kind["ticket_type_attributes"]["data"]


def _newsfeed_items(holdings: Holdings, look: Look) -> Iterator[Record]:
    for feed in books.newsfeeds(holdings, look):
        items = books.newsfeed_items(holdings, look, feed["id"])
        yield from ({**item, "newsfeed_id": feed["id"]} for item in items)


def _merge_history(holdings: Holdings, look: Look) -> Iterator[Record]:
    del look
    for entry in holdings.world.users:
        yield from ({**item, "contact_id": entry.id} for item in holdings.links.merges(entry))


def _of_each_conversation(write: Callable[[Holdings, Entry], list[Record]]) -> Rows:
    def rows(holdings: Holdings, look: Look) -> Iterator[Record]:
        del look
        for entry in holdings.world.conversations:
            yield from ({**item, "conversation_id": entry.id} for item in write(holdings, entry))

    return rows


def _data_events(holdings: Holdings, look: Look) -> Iterator[Record]:
    del look
    for entry in holdings.world.users:
        yield from offshoots.data_events(holdings, entry)


def _transcripts(holdings: Holdings, look: Look) -> Iterator[Record]:
    for call in calls.calls(holdings, look):
        text = calls.transcript_of(call)
        if text is not None:
            yield {"call_id": call["id"], "transcript": text}


TRUTHS: dict[str, Truth] = {
    "contacts": Truth(_view("contacts")),
    "users": Truth(_role("user")),
    "leads": Truth(_role("lead")),
    "conversations": Truth(_view("conversations")),
    "conversation_parts": Truth(_parts),
    "tickets": Truth(_view("tickets")),
    "ticket_parts": Truth(_ticket_parts),
    "companies": Truth(_companies),
    "segments": Truth(_segments),
    "company_segments": Truth(_company_segments),
    "contact_attributes": Truth(_active(vocabulary.contact_attributes)),
    "customer_attributes": Truth(_active(vocabulary.contact_attributes)),
    "company_attributes": Truth(_active(vocabulary.company_attributes)),
    "contact_tags": Truth(_of_contacts("tags", "tag_id")),
    "contact_companies": Truth(_of_contacts("companies", "company_id")),
    "contact_segments": Truth(_of_contacts("segments", "segment_id")),
    "contact_subscriptions": Truth(_of_contacts("subscriptions", "subscription_type_id")),
    "contact_notes": Truth(_notes("contact")),
    "company_tags": Truth(_company_tags),
    "company_contacts": Truth(_company_contacts),
    "company_notes": Truth(_notes("company"), 15),
    "conversation_tags": Truth(_of_conversations(("tags", "tags"), "tag_id")),
    "conversation_contacts": Truth(_of_conversations(("contacts", "contacts"), "contact_id")),
    "conversation_teammates": Truth(_of_conversations(("teammates", "teammates"), "admin_id")),
    "conversation_topics": Truth(_of_conversations(("topics", "topics"), "topic_id")),
    "conversation_attachments": Truth(_of_conversations(("source", "attachments"))),
    "conversation_ai_content_sources": Truth(_content_sources),
    "part_attachments": Truth(_part_attachments),
    "ticket_contacts": Truth(_ticket_contacts),
    "team_admins": Truth(_team_admins),
    "ticket_type_attributes": Truth(_type_attributes),
    "newsfeed_items": Truth(_newsfeed_items),
    "call_transcripts": Truth(_transcripts, 14),
    "contact_merge_history": Truth(_merge_history, 16),
    "conversation_handling_events": Truth(_of_each_conversation(offshoots.events_of), 15),
    "side_conversations": Truth(_of_each_conversation(offshoots.sides_of), 16),
    "data_events": Truth(_data_events),
    "custom_object_instances": Truth(lambda holdings, _look: iter(offshoots.orders(holdings)), 16),
    **{
        "office_hours" if name == "office_hours_schedules" else name: Truth(_list(name), listing.since)
        for name, listing in LISTS.items()
    },
    "conversation_attributes": Truth(_active(vocabulary.conversation_attributes)),
}
