"""What a tap that misses nothing must have read of API 2.x: each stream as the API serves it at this moment."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from intercom_simulator.expected import v2_children
from intercom_simulator.expected.v2_children import Rows
from intercom_simulator.protocol.view_options import OLDEST, Look, Record, minor_of
from intercom_simulator.v2_api import per_record
from intercom_simulator.v2_api.lists import LISTS, rows_of
from intercom_simulator.v2_records import data_attributes, workspace_setup
from intercom_simulator.v2_search.searchable import Holdings


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
    for number, segment in enumerate(workspace_setup.segments(holdings, look)):
        yield {**segment, "count": total // (number + 2)}


def _admins_in_full(holdings: Holdings, look: Look) -> list[Record]:
    return workspace_setup.admins(holdings, look._replace(alone=True))


TRUTHS: dict[str, Truth] = {
    "contacts": Truth(_view("contacts")),
    "users": Truth(_role("user")),
    "leads": Truth(_role("lead")),
    "conversations": Truth(_view("conversations")),
    "conversation_parts": Truth(v2_children.parts),
    "tickets": Truth(_view("tickets")),
    "ticket_parts": Truth(v2_children.ticket_parts),
    "companies": Truth(_companies),
    "segments": Truth(_segments),
    "company_segments": Truth(v2_children.company_segments),
    "contact_attributes": Truth(_active(data_attributes.contact_attributes)),
    "customer_attributes": Truth(_active(data_attributes.contact_attributes)),
    "company_attributes": Truth(_active(data_attributes.company_attributes)),
    "contact_tags": Truth(v2_children.of_contacts("tags", "tag_id")),
    "contact_companies": Truth(v2_children.of_contacts("companies", "company_id")),
    "contact_segments": Truth(v2_children.of_contacts("segments", "segment_id")),
    "contact_subscriptions": Truth(v2_children.of_contacts("subscriptions", "subscription_type_id")),
    "contact_notes": Truth(v2_children.notes("contact")),
    "company_tags": Truth(v2_children.company_tags),
    "company_contacts": Truth(v2_children.company_contacts),
    "company_notes": Truth(v2_children.notes("company"), 15),
    "conversation_tags": Truth(v2_children.of_conversations(("tags", "tags"), "tag_id")),
    "conversation_contacts": Truth(v2_children.of_conversations(("contacts", "contacts"), "contact_id")),
    "conversation_teammates": Truth(v2_children.of_conversations(("teammates", "teammates"), "admin_id")),
    "conversation_topics": Truth(v2_children.of_conversations(("topics", "topics"), "topic_id")),
    "conversation_attachments": Truth(v2_children.of_conversations(("source", "attachments"))),
    "conversation_ai_content_sources": Truth(v2_children.content_sources),
    "part_attachments": Truth(v2_children.part_attachments),
    "ticket_contacts": Truth(v2_children.ticket_contacts),
    "team_admins": Truth(v2_children.team_admins),
    "ticket_type_attributes": Truth(v2_children.type_attributes),
    "newsfeed_items": Truth(v2_children.newsfeed_items),
    "call_transcripts": Truth(v2_children.transcripts, 14),
    "contact_merge_history": Truth(v2_children.merge_history, 16),
    "conversation_handling_events": Truth(v2_children.of_each_conversation(per_record.events_of), 15),
    "side_conversations": Truth(v2_children.of_each_conversation(per_record.sides_of), 16),
    "data_events": Truth(v2_children.data_events),
    "message_content_export": Truth(v2_children.content_export),
    "reporting_exports": Truth(v2_children.reporting_exports, 14),
    "ip_allowlist": Truth(_rows(workspace_setup.ip_allowlist), 14),
    "custom_object_instances": Truth(v2_children.custom_objects, 16),
    **{
        "office_hours" if name == "office_hours_schedules" else name: Truth(_list(name), listing.since)
        for name, listing in LISTS.items()
    },
    "admins": Truth(_rows(_admins_in_full)),
    "conversation_attributes": Truth(_active(data_attributes.conversation_attributes)),
}
