"""The records that a complete sync of API 2.x must have read: each stream, as the API serves it at this moment."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from intercom_simulator.expected import v2_children
from intercom_simulator.expected.v2_children import Rows
from intercom_simulator.protocol.view_options import NEWEST_MINOR, OLDEST_MINOR, Record, ViewOptions, minor_of
from intercom_simulator.v2_api import per_record
from intercom_simulator.v2_api.lists import LISTS, rows_of
from intercom_simulator.v2_records import data_attributes, workspace_setup
from intercom_simulator.v2_search.searchable import SearchableRecords


class Expected(NamedTuple):
    """The rows of a stream, and the first minor version that has it."""

    rows: Rows
    since: int = OLDEST_MINOR


def expected_lines(searchable: SearchableRecords, stream: str, version: str, *, plaintext: bool) -> Iterator[bytes]:
    """Encode each row of the stream; children have their parent's id, links both ids."""
    options = ViewOptions(minor_of(version), plaintext=plaintext)
    return map(msgspec.json.encode, EXPECTED[stream].rows(searchable, options))


def streams_of(version: str) -> tuple[str, ...]:
    """Return the names of the streams that exist in the version."""
    return tuple(stream for stream, expected in EXPECTED.items() if expected.since <= minor_of(version))


def expected_counts(searchable: SearchableRecords, version: str, wanted: str = "") -> dict[str, int]:
    """Return the number of rows of each stream of the version, or of those named in `wanted`, separated by commas."""
    options, names = ViewOptions(minor_of(version)), wanted.split(",")
    return {
        stream: _count(searchable, stream, options) for stream in streams_of(version) if not wanted or stream in names
    }


def _count(searchable: SearchableRecords, stream: str, options: ViewOptions) -> int:
    if stream in searchable.targets:
        return len(searchable.targets[stream].view)
    return sum(1 for _ in EXPECTED[stream].rows(searchable, options))


def _view(name: str) -> Rows:
    def rows(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
        view = searchable.targets[name].view
        return (view.record(entry, options) for entry in view)

    return rows


def _contacts(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    return _view("contacts")(searchable, options._replace(merge_history=options.minor >= NEWEST_MINOR))


def _role(role: str) -> Rows:
    return lambda searchable, options: (row for row in _view("contacts")(searchable, options) if row["role"] == role)


def _list(name: str) -> Rows:
    return lambda searchable, options: iter(rows_of(searchable, name, options))


def _rows(write: Callable[[SearchableRecords, ViewOptions], list[Record]]) -> Rows:
    return lambda searchable, options: iter(write(searchable, options))


def _active(write: Callable[[SearchableRecords, ViewOptions], list[Record]]) -> Rows:
    return lambda searchable, options: (row for row in write(searchable, options) if not row["archived"])


def _companies(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    return (searchable.companies.record(entry, options) for entry in searchable.companies)


def _segments(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    for segment in workspace_setup.segments(searchable, options):
        yield {**segment, "count": len(searchable.links.members(segment["id"]))}


def _admins_in_full(searchable: SearchableRecords, options: ViewOptions) -> list[Record]:
    return workspace_setup.admins(searchable, options._replace(is_single=True))


EXPECTED: dict[str, Expected] = {
    "contacts": Expected(_contacts),
    "users": Expected(_role("user")),
    "leads": Expected(_role("lead")),
    "conversations": Expected(_view("conversations")),
    "conversation_parts": Expected(v2_children.parts),
    "tickets": Expected(_view("tickets")),
    "ticket_parts": Expected(v2_children.ticket_parts),
    "companies": Expected(_companies),
    "segments": Expected(_segments),
    "company_segments": Expected(v2_children.company_segments),
    "contact_attributes": Expected(_active(data_attributes.contact_attributes)),
    "customer_attributes": Expected(_active(data_attributes.contact_attributes)),
    "company_attributes": Expected(_active(data_attributes.company_attributes)),
    "contact_tags": Expected(v2_children.of_contacts("tags", "tag_id")),
    "contact_companies": Expected(v2_children.of_contacts("companies", "company_id")),
    "contact_segments": Expected(v2_children.of_contacts("segments", "segment_id")),
    "contact_subscriptions": Expected(v2_children.of_contacts("subscriptions", "subscription_type_id")),
    "contact_notes": Expected(v2_children.notes("contact")),
    "company_tags": Expected(v2_children.company_tags),
    "company_contacts": Expected(v2_children.company_contacts),
    "company_notes": Expected(v2_children.notes("company"), 15),
    "conversation_tags": Expected(v2_children.of_conversations(("tags", "tags"), "tag_id")),
    "conversation_contacts": Expected(v2_children.of_conversations(("contacts", "contacts"), "contact_id")),
    "conversation_teammates": Expected(v2_children.of_conversations(("teammates", "teammates"), "admin_id")),
    "conversation_topics": Expected(v2_children.of_conversations(("topics", "topics"), "topic_id")),
    "conversation_attachments": Expected(v2_children.of_conversations(("source", "attachments"))),
    "conversation_ai_content_sources": Expected(v2_children.content_sources),
    "part_attachments": Expected(v2_children.part_attachments),
    "ticket_contacts": Expected(v2_children.ticket_contacts),
    "team_admins": Expected(v2_children.team_admins),
    "ticket_type_attributes": Expected(v2_children.type_attributes),
    "newsfeed_items": Expected(v2_children.newsfeed_items),
    "call_transcripts": Expected(v2_children.transcripts, 14),
    "contact_merge_history": Expected(v2_children.merge_history, 16),
    "conversation_handling_events": Expected(v2_children.of_each_conversation(per_record.handling_event_records), 15),
    "side_conversations": Expected(v2_children.of_each_conversation(per_record.side_conversation_records), 16),
    "data_events": Expected(v2_children.data_events),
    "message_content_export": Expected(v2_children.content_export),
    "reporting_exports": Expected(v2_children.reporting_exports, 14),
    "ip_allowlist": Expected(_rows(workspace_setup.ip_allowlist), 14),
    "custom_object_instances": Expected(v2_children.custom_objects, 16),
    **{
        "office_hours" if name == "office_hours_schedules" else name: Expected(_list(name), listing.since)
        for name, listing in LISTS.items()
    },
    "admins": Expected(_rows(_admins_in_full)),
    "conversation_attributes": Expected(_active(data_attributes.conversation_attributes)),
}
