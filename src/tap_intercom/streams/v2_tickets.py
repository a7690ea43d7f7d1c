"""The streams of API 2.x about tickets, one row each."""

from tap_intercom.streams.builders import ASSIGNEES, inline_child, list_stream, search_stream
from tap_intercom.streams.model import Stream, Translation

TICKETS = "Read tickets"

_OF_TICKET = {"ticket_id": "id", "ticket_updated_at": "updated_at"}

STREAMS: tuple[Stream, ...] = (
    inline_child("ticket_contacts", TICKETS, "tickets", ("contacts", "contacts"), _OF_TICKET, key=("ticket_id", "id")),
    inline_child(
        "ticket_parts",
        TICKETS,
        "tickets",
        ("ticket_parts", "ticket_parts"),
        {**_OF_TICKET, "ticket_created_at": "created_at", "ticket_total_parts": "ticket_parts.total_count"},
    ),
    list_stream(
        "ticket_states",
        TICKETS,
        "/ticket_states",
        unwrap={"ticket_types": "data"},
        other_streams_fields=frozenset({"ticket_types.ticket_type_attributes", "ticket_types.ticket_states"}),
        since="2.12",
    ),
    inline_child(
        "ticket_type_attributes",
        TICKETS,
        "ticket_types",
        ("ticket_type_attributes", "data"),
        {"ticket_type_id": "id"},
    ),
    list_stream(
        "ticket_types", TICKETS, "/ticket_types", unwrap={"ticket_type_attributes": "data", "ticket_states": "data"}
    ),
    search_stream(
        "tickets",
        TICKETS,
        at="tickets",
        # Up to 2.11 the state is a text: the category.
        translation=Translation(cases=ASSIGNEES, wrapped_texts={"ticket_state": "category"}),
        attributes={"ticket_attributes": "ticket_type_attributes"},
        unwrap={"contacts": "contacts", "linked_objects": "data"},
        other_streams_fields=frozenset(
            {"ticket_parts", "ticket_type.ticket_type_attributes", "ticket_type.ticket_states"}
        ),
    ),
)
