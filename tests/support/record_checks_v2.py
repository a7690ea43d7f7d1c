"""Whether the rows of API 2.x say what Intercom holds: keys as the table names them, fields as Intercom sends them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from record_checks import different
from tap_intercom.streams.model import Stream
from v1_columns import TOLD

# What another stream has, or what says where the rest of a list is.
ELSEWHERE = {
    "tickets": {"ticket_parts", "ticket_type"},
    "conversations": {"conversation_parts", "company"},
    "conversation_attributes": {"options"},  # up to 2.15 the options are texts, which become their labels
    "ticket_states": {"ticket_types"},
    "ticket_types": {"ticket_type_attributes", "ticket_states"},
    "company_contacts": None,  # an outline
    "contact_companies": None,
}
# What tells the records of the truth apart, where that is not the key of the stream.
IDENTITIES = {
    "customer_attributes": ("full_name",),
    "data_events": ("id",),
    "newsfeed_items": ("id",),
    "reporting_exports": ("dataset_id", "attributes"),
}


def identity(stream: Stream) -> tuple[str, ...]:
    return IDENTITIES.get(stream.name, stream.key)


def key_of(key: Sequence[str], row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[field]) for field in key)


def told(stream: Stream, truth: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Name the fields of the truth as rows do: a link's second id is that of what is linked, and lists are counted."""
    places: dict[str, int] = {}
    rows = []
    for record in truth:
        row = cells(record) if stream.export else TOLD.get(stream.name, dict)(record)
        if len(row) == 2 and all(field.endswith("_id") for field in row):
            row = dict(zip(stream.key, row.values(), strict=True))
        for field in {"admin_assignee_id", "team_assignee_id"} & row.keys():
            row[field] = None if row[field] in {0, "0"} else row[field]  # nobody
        if stream.name == "data_events":
            row["contact_id"] = row["intercom_user_id"]
        if stream.name == "admins" and isinstance(row["avatar"], str):  # a switch: an avatar is its address
            row["avatar"] = {"image_url": row["avatar"]}
        if stream.name == "tickets" and isinstance(row["ticket_state"], str):  # up to 2.11 a state is its category
            row["ticket_state"] = {"category": row["ticket_state"]}
        if "position" in stream.key and not stream.export:
            owner = row[stream.key[0]]
            place = places.setdefault(owner, 0)
            places[owner] = place + 1
            row["position"] = place
        rows.append(row)
    return rows


def cells(record: Mapping[str, Any]) -> dict[str, Any]:
    """Read the row of a table: an empty cell says nothing, and neither does the -1 of a company or a series."""
    told = {field: None if value in ("", "-1") else value for field, value in record.items()}
    if "dataset_id" in told:
        return {"dataset_id": told.pop("dataset_id"), "attributes": told}
    moments = {
        field: int(value) for field, value in told.items() if value and field.startswith(("first_", "received_"))
    }
    return told | moments


def compare(stream: Stream, truth: Iterable[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name what is missing, and what is not as Intercom has it."""
    key = identity(stream)
    latest = {key_of(key, row): row for row in rows}
    complaints = []
    for record in told(stream, truth):
        row = latest.get(key_of(key, record))
        left_out = ELSEWHERE.get(stream.name, set())
        if row is None:
            complaints.append(f"{stream.name} {key_of(key, record)} is missing")
        elif left_out is not None:
            said = {field: value for field, value in record.items() if field not in left_out}
            complaints += [f"{stream.name} {key_of(key, record)}: {what}" for what in different(said, row)]
    return complaints
