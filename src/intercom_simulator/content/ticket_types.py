# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""Ticket types with their attributes, and ticket states."""

from typing import Any

from intercom_simulator.content.names import APP_ID
from intercom_simulator.protocol.view_options import Record

_BORN = 1_600_000_000
_LABELS = (
    ("submitted", "Submitted", "Submitted"),
    ("in_progress", "In progress", "In progress"),
    ("waiting_on_customer", "Waiting on customer", "Waiting on you"),
    ("resolved", "Resolved", "Resolved"),
    ("in_progress", "Eskaliert: Größe XL", "In Bearbeitung"),
)
STATES = tuple(
    {
        "type": "ticket_state",
        "id": str(8269 + number),
        "category": category,
        "internal_label": inner,
        "external_label": outer,
    }
    for number, (category, inner, outer) in enumerate(_LABELS)
)
_KINDS = (
    ("Bug Report 🐛", "Customer", "🎟️"),
    ("Rückerstattung", "Back-office", "🦁"),
    ("Known issue", "Tracker", "🌊"),
    ("Feature “request”", "Customer", "🎟️"),
)
_ATTRIBUTES: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("_default_title_", "string", {"multiline": False}),
    ("_default_description_", "string", {"multiline": True}),
    ("Priorité", "list", {"list_options": [{"label": "Haute", "id": "1"}, {"label": "Basse", "id": "2"}]}),
    ("Due date", "datetime", None),
    ("Amount", "decimal", None),
    ("Urgent?", "boolean", None),
    ("Stück", "integer", None),
    ("Pièces jointes", "files", {"allow_multiple_values": True}),
)
MIXED_TYPE_ATTRIBUTE = "Amount"  # a number in the tickets of all types but one, where it is a text


def _ticket_type(number: int) -> Record:
    name, category, icon = _KINDS[number]
    return {
        "type": "ticket_type",
        "id": str(97 + number),
        "name": name,
        "description": f"{name}: beschreibt, was passiert ist",
        "icon": icon,
        "workspace_id": APP_ID,
        "archived": number == 3,
        "created_at": _BORN + number,
        "updated_at": _BORN + 86400 * number,
        "is_internal": category != "Customer",
        "ticket_type_attributes": {
            "type": "list",
            "data": [_attribute(number, one) for one in range(len(_ATTRIBUTES))],
        },
        "category": category,
    }


def has_text_amount(kind: int) -> bool:
    """Tell whether `Amount` is a text in this ticket type (counted from 0), not a number as in the others."""
    return kind == len(_KINDS) - 1


def _attribute(kind: int, number: int) -> Record:
    name, data_type, choices = _ATTRIBUTES[number]
    return {
        "type": "ticket_type_attribute",
        "id": str(210 + 10 * kind + number),
        "workspace_id": APP_ID,
        "name": name,
        "description": "",
        "data_type": "string" if name == MIXED_TYPE_ATTRIBUTE and has_text_amount(kind) else data_type,
        "input_options": choices,
        "order": number,
        "required_to_create": number == 0,
        "required_to_create_for_contacts": False,
        "visible_on_create": True,
        "visible_to_contacts": number < 2,
        "default": number < 2,
        "ticket_type_id": 97 + kind,
        "archived": number == 5 and kind == 1,
        "created_at": _BORN,
        "updated_at": _BORN + number,
    }


TICKET_TYPES = tuple(_ticket_type(number) for number in range(len(_KINDS)))
