"""What a tap that misses nothing must have read of API 2.x: each stream as the API serves it at this moment."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from intercom_simulator.modern import children, offshoots, premises, vocabulary
from intercom_simulator.modern.children import Rows
from intercom_simulator.modern.holdings import Holdings
from intercom_simulator.modern.lists import LISTS, rows_of
from intercom_simulator.modern.look import OLDEST, Look, Record, minor_of


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


def truth_counts(holdings: Holdings, version: str, wanted: str = "") -> dict[str, int]:
    """Count the rows of each stream that exists in the version, or of those that are wanted, joined by commas."""
    look, names = Look(minor_of(version)), wanted.split(",")
    return {stream: _count(holdings, stream, look) for stream in streams_of(version) if not wanted or stream in names}


def _count(holdings: Holdings, stream: str, look: Look) -> int:
    if stream in holdings.searched:
        return len(holdings.searched[stream].view)
    return sum(1 for _ in TRUTHS[stream].rows(holdings, look))


def _view(name: str) -> Rows:
    def rows(holdings: Holdings, look: Look) -> Iterator[Record]:
        view = holdings.searched[name].view
        return (view.record(entry, look) for entry in view)

    return rows


def _role(role: str) -> Rows:
    return lambda holdings, look: (row for row in _view("contacts")(holdings, look) if row["role"] == role)


def _list(name: str) -> Rows:
    return lambda holdings, look: iter(rows_of(holdings, name, look))


def _rows(write: Callable[[Holdings, Look], list[Record]]) -> Rows:
    return lambda holdings, look: iter(write(holdings, look))


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


def _admins_in_full(holdings: Holdings, look: Look) -> list[Record]:
    return premises.admins(holdings, look._replace(alone=True))


TRUTHS: dict[str, Truth] = {
    "contacts": Truth(_view("contacts")),
    "users": Truth(_role("user")),
    "leads": Truth(_role("lead")),
    "conversations": Truth(_view("conversations")),
    "conversation_parts": Truth(children.parts),
    "tickets": Truth(_view("tickets")),
    "ticket_parts": Truth(children.ticket_parts),
    "companies": Truth(_companies),
    "segments": Truth(_segments),
    "company_segments": Truth(children.company_segments),
    "contact_attributes": Truth(_active(vocabulary.contact_attributes)),
    "customer_attributes": Truth(_active(vocabulary.contact_attributes)),
    "company_attributes": Truth(_active(vocabulary.company_attributes)),
    "contact_tags": Truth(children.of_contacts("tags", "tag_id")),
    "contact_companies": Truth(children.of_contacts("companies", "company_id")),
    "contact_segments": Truth(children.of_contacts("segments", "segment_id")),
    "contact_subscriptions": Truth(children.of_contacts("subscriptions", "subscription_type_id")),
    "contact_notes": Truth(children.notes("contact")),
    "company_tags": Truth(children.company_tags),
    "company_contacts": Truth(children.company_contacts),
    "company_notes": Truth(children.notes("company"), 15),
    "conversation_tags": Truth(children.of_conversations(("tags", "tags"), "tag_id")),
    "conversation_contacts": Truth(children.of_conversations(("contacts", "contacts"), "contact_id")),
    "conversation_teammates": Truth(children.of_conversations(("teammates", "teammates"), "admin_id")),
    "conversation_topics": Truth(children.of_conversations(("topics", "topics"), "topic_id")),
    "conversation_attachments": Truth(children.of_conversations(("source", "attachments"))),
    "conversation_ai_content_sources": Truth(children.content_sources),
    "part_attachments": Truth(children.part_attachments),
    "ticket_contacts": Truth(children.ticket_contacts),
    "team_admins": Truth(children.team_admins),
    "ticket_type_attributes": Truth(children.type_attributes),
    "newsfeed_items": Truth(children.newsfeed_items),
    "call_transcripts": Truth(children.transcripts, 14),
    "contact_merge_history": Truth(children.merge_history, 16),
    "conversation_handling_events": Truth(children.of_each_conversation(offshoots.events_of), 15),
    "side_conversations": Truth(children.of_each_conversation(offshoots.sides_of), 16),
    "data_events": Truth(children.data_events),
    "message_content_export": Truth(children.content_export),
    "reporting_exports": Truth(children.reporting_exports, 14),
    "ip_allowlist": Truth(_rows(premises.ip_allowlist), 14),
    "custom_object_instances": Truth(children.custom_objects, 16),
    **{
        "office_hours" if name == "office_hours_schedules" else name: Truth(_list(name), listing.since)
        for name, listing in LISTS.items()
    },
    "admins": Truth(_rows(_admins_in_full)),
    "conversation_attributes": Truth(_active(vocabulary.conversation_attributes)),
}
