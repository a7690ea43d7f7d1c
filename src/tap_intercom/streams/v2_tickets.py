"""The streams of API 2.x about tickets, one row each."""

from tap_intercom.streams.builders import ASSIGNEES, listed, searched, within
from tap_intercom.streams.model import Stream, Translation

TICKETS = "Read tickets"

_OF_TICKET = {"ticket_id": "id", "ticket_updated_at": "updated_at"}

STREAMS: tuple[Stream, ...] = (
    within("ticket_contacts", TICKETS, "tickets", ("contacts", "contacts"), _OF_TICKET, key=("ticket_id", "id")),
    within(
        "ticket_parts",
        TICKETS,
        "tickets",
        ("ticket_parts", "ticket_parts"),
        {**_OF_TICKET, "ticket_created_at": "created_at", "ticket_total_parts": "ticket_parts.total_count"},
    ),
    listed(
        "ticket_states",
        TICKETS,
        "/ticket_states",
        denest={"ticket_types": "data"},
        elsewhere=frozenset({"ticket_types.ticket_type_attributes", "ticket_types.ticket_states"}),
        since="2.12",
    ),
    within(
        "ticket_type_attributes",
        TICKETS,
        "ticket_types",
        ("ticket_type_attributes", "data"),
        {"ticket_type_id": "id"},
    ),
    listed(
        "ticket_types", TICKETS, "/ticket_types", denest={"ticket_type_attributes": "data", "ticket_states": "data"}
    ),
    searched(
        "tickets",
        TICKETS,
        at="tickets",
        # Up to 2.11 the state is a text: the category.
        translation=Translation(cases=ASSIGNEES, wraps={"ticket_state": "category"}),
        attributes={"ticket_attributes": "ticket_type_attributes"},
        denest={"contacts": "contacts", "linked_objects": "data"},
        elsewhere=frozenset({"ticket_parts", "ticket_type.ticket_type_attributes", "ticket_type.ticket_states"}),
    ),
)
