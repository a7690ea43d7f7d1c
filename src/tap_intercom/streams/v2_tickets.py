"""The streams of API 2.x about tickets, one row each."""

from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.streams.builders import ASSIGNEES, inline_child, list_stream, search_stream
from tap_intercom.streams.model import Permission, Stream, Translation

_TICKET_FIELDS = {"ticket_id": "id", "ticket_updated_at": "updated_at"}

STREAMS: tuple[Stream, ...] = (
    inline_child(
        "ticket_contacts",
        Permission.TICKETS,
        parent="tickets",
        records_at=("contacts", "contacts"),
        inherit=_TICKET_FIELDS,
        key=("ticket_id", "id"),
        is_link=True,
    ),
    inline_child(
        "ticket_parts",
        Permission.TICKETS,
        parent="tickets",
        records_at=("ticket_parts", "ticket_parts"),
        inherit={**_TICKET_FIELDS, "ticket_created_at": "created_at", "ticket_total_parts": "ticket_parts.total_count"},
    ),
    list_stream(
        "ticket_states",
        Permission.TICKETS,
        PageNumberPaginator(path="/ticket_states"),
        unwrap={"ticket_types": "data"},
        other_streams_fields=frozenset({"ticket_types.ticket_type_attributes", "ticket_types.ticket_states"}),
        first_version="2.12",
    ),
    inline_child(
        "ticket_type_attributes",
        Permission.TICKETS,
        parent="ticket_types",
        records_at=("ticket_type_attributes", "data"),
        inherit={"ticket_type_id": "id"},
    ),
    list_stream(
        "ticket_types",
        Permission.TICKETS,
        PageNumberPaginator(path="/ticket_types"),
        unwrap={"ticket_type_attributes": "data", "ticket_states": "data"},
    ),
    search_stream(
        "tickets",
        Permission.TICKETS,
        records_at=("tickets",),
        # Up to 2.11 the state is a text: the category.
        translation=Translation(cases=ASSIGNEES, wrapped_texts={"ticket_state": "category"}),
        attribute_streams={"ticket_attributes": "ticket_type_attributes"},
        unwrap={"contacts": "contacts", "linked_objects": "data"},
        other_streams_fields=frozenset(
            {"ticket_parts", "ticket_type.ticket_type_attributes", "ticket_type.ticket_states"}
        ),
    ),
)
