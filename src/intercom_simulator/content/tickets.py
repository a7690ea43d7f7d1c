# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""Tickets: made as the newest version shows them, then changed for older versions."""

from collections.abc import Callable

import msgspec

from intercom_simulator.content.participants import attachment
from intercom_simulator.content.people import user
from intercom_simulator.content.text import body
from intercom_simulator.content.ticket_types import STATES, TICKET_TYPES, has_text_amount
from intercom_simulator.content.workspace import WorkspaceSetup
from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.plaintext import to_plain_text
from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions, value_at, without_keys
from intercom_simulator.store.collection import Entry
from intercom_simulator.store.randomness import pick, random_bits, random_for

STATES_SINCE = 12
SOURCES_SINCE = 14  # the first OpenAPI file whose parts say which integration they came from
FIRST_TICKET = 9_900  # ids grow from four to five digits
FIRST_PART = 99_000
PARTS_EACH = 40  # ids reserved for the parts of a ticket
_CATEGORY_WORDS = {"Customer": "request", "Back-office": "task", "Tracker": "tracker"}


def ticket_id(ordinal: int) -> str:
    """Return the id of the ticket of this number."""
    return str(FIRST_TICKET + 3 * ordinal)


def ticket_record(
    seed: int, entry: Entry, setup: WorkspaceSetup, sizes: tuple[int, Callable[[int], str], int]
) -> Record:
    """Return a ticket with all its parts.

    `sizes`: the number of users, what returns a conversation's id, and the number of conversations.
    """
    random, users = random_for(seed, "ticket", entry.ordinal), sizes[0]
    kind, state = pick(random.getrandbits(16), TICKET_TYPES), pick(random.getrandbits(16), STATES)
    staff, chance = setup.admin_ids, random.random()
    contacts = [user(seed, random.randrange(users)).id for _ in range(1 if chance < 0.9 else 2)]
    linked = sizes[1](random.randrange(sizes[2])) if random.random() < 0.4 and sizes[2] else None
    record = {
        "type": "ticket",
        "id": entry.id,
        "ticket_id": str(entry.ordinal + 1),
        "category": kind["category"],
        "ticket_attributes": _values(random.getrandbits(32), entry, kind),
        "ticket_state": state,
        "ticket_type": kind,
        "contacts": {
            "type": "contact.list",
            "contacts": [{"type": "contact", "id": one, "external_id": None} for one in dict.fromkeys(contacts)],
        },
        "admin_assignee_id": int(pick(random.getrandbits(16), staff)) if random.random() < 0.6 else 0,
        "team_assignee_id": int(pick(random.getrandbits(16), setup.teams)["id"]) if random.random() < 0.3 else 0,
        "created_at": entry.created_at,
        "updated_at": entry.updated_at,
        "open": state["category"] != "resolved",
        "linked_objects": _links([] if linked is None else [linked]),
        "is_shared": kind["category"] != "Back-office",
        "previous_ticket_state_id": pick(random.getrandbits(16), STATES)["id"] if random.random() < 0.5 else None,
        "ticket_parts": ticket_parts(seed, entry, setup, contacts[0]),
    }
    if random.random() < 0.1:
        record["snoozed_until"] = entry.updated_at + 86400
    return record


def ticket_parts(seed: int, entry: Entry, setup: WorkspaceSetup, contact: str) -> Record:
    """Return the parts of a new ticket, spread evenly from created_at to updated_at."""
    count = (1, 1, 2, 2, 3, 4, 6, 12)[random_bits(seed, 89, entry.ordinal) & 7]
    span = entry.updated_at - entry.created_at
    parts = [
        ticket_part(
            random_bits(seed, 91, entry.ordinal * PARTS_EACH + number),
            str(FIRST_PART + entry.ordinal * PARTS_EACH + number),
            entry.created_at + span * (number + 1) // count,
            setup,
            contact,
        )
        for number in range(count)
    ]
    return {"type": "ticket_part.list", "ticket_parts": parts, "total_count": len(parts)}


def ticket_part(bits: int, identity: str, moment: int, setup: WorkspaceSetup, contact: str) -> Record:
    """Return one part of a ticket."""
    admin = pick(bits >> 4, setup.admins)
    author = {"type": "admin", "id": admin["id"], "name": admin["name"], "email": admin["email"]}
    if bits & 3 == 0:
        author = {"type": "user", "id": contact, "name": None, "email": ""}
    is_comment = bits >> 2 & 1
    return {
        "type": "ticket_part",
        "id": identity,
        "part_type": "comment" if is_comment else "ticket_state_updated_by_admin",
        "body": body(bits >> 12, plaintext=False) if is_comment else None,
        **(
            {}
            if is_comment
            else {"ticket_state": pick(bits >> 8, STATES)["category"], "previous_ticket_state": "submitted"}
        ),
        "created_at": moment,
        "updated_at": moment,
        "author": author,
        "attachments": [attachment(bits >> 20)] if bits >> 40 & 15 == 0 else [],
        "external_id": None,
        "redacted": False,
        "updated_attribute_data": None,
        **(
            {"app_package_code": "test-integration"} if bits >> 44 & 7 == 0 else {}
        ),  # of parts that came through the API
    }


class TicketWriter(msgspec.Struct, frozen=True):
    """Makes tickets as a version shows them."""

    content: Callable[[Entry], Record]
    behaviours: Callable[[], Behaviours]
    external_id: Callable[[str], str | None]

    def write(self, entry: Entry, options: ViewOptions) -> Record:
        """Return a ticket: its state a word or an object, its assignees texts or numbers, by version."""
        ticket = dict(self.content(entry))
        ticket["contacts"] = {
            "type": "contact.list",
            "contacts": [{**one, "external_id": self.external_id(one["id"])} for one in ticket["contacts"]["contacts"]],
        }
        ticket["ticket_parts"] = {**ticket["ticket_parts"], "ticket_parts": self.parts(entry, options)}
        if options.minor < STATES_SINCE:
            state = ticket["ticket_state"]
            ticket |= {"ticket_state": state["category"], "ticket_state_internal_label": state["internal_label"]}
            ticket["ticket_state_external_label"] = state["external_label"]
        if options.minor < NEWEST_MINOR:
            ticket |= {key: str(ticket[key]) for key in ("admin_assignee_id", "team_assignee_id")}
            del ticket["previous_ticket_state_id"]
        return ticket

    def parts(self, entry: Entry, options: ViewOptions) -> list[Record]:
        """Return the parts that are served: the most recent ones, up to the switch `newest_parts`."""
        parts = self.content(entry)["ticket_parts"]["ticket_parts"][-self.behaviours().newest_parts :]
        if options.plaintext:
            parts = [{**part, "body": to_plain_text(part["body"])} for part in parts]
        if options.minor < STATES_SINCE:
            parts = [without_keys(part, "updated_attribute_data", "app_package_code") for part in parts]
        elif options.minor < SOURCES_SINCE:
            parts = [without_keys(part, "app_package_code") for part in parts]
        return list(parts)


def field_lookup(writer: TicketWriter, entry: Entry) -> Callable[[str], object]:
    """Return a function from a search field to its value."""
    written: Record = {}

    def lookup(field: str) -> object:
        if field in ("id", "created_at", "updated_at"):
            return getattr(entry, field)
        if not written:
            written.update(writer.content(entry))
            written["category"] = _CATEGORY_WORDS[written["category"]]
            written["ticket_type_id"] = written["ticket_type"]["id"]
            written["contact_ids"] = [contact["id"] for contact in written["contacts"]["contacts"]]
            written["title"] = written["ticket_attributes"]["_default_title_"]
            written["description"] = written["ticket_attributes"]["_default_description_"]
            written["state"] = written["ticket_state"]["category"]
            written["teammate_ids"] = _teammates(written["ticket_parts"]["ticket_parts"])
            written["ticket_attribute"] = _by_id(written)
        return value_at(written, field)

    return lookup


def _teammates(parts: list[Record]) -> list[str]:
    """Return the ids of the admins who wrote a part."""
    return list(dict.fromkeys(part["author"]["id"] for part in parts if part["author"]["type"] == "admin"))


def _by_id(ticket: Record) -> Record:
    """Return a ticket's attributes by the ids that its type gives them, since searches name them by id."""
    attributes, values = ticket["ticket_type"]["ticket_type_attributes"]["data"], ticket["ticket_attributes"]
    return {attribute["id"]: values.get(attribute["name"]) for attribute in attributes}


def _values(bits: int, entry: Entry, kind: Record) -> Record:
    amount = round((bits >> 8 & 0xFFFF) / 7, 2)
    return {
        "_default_title_": f"Ticket № {entry.ordinal + 1}",
        "_default_description_": None if bits & 3 == 0 else body(bits, plaintext=True),
        "Priorité": pick(bits >> 4, ("1", "2", None)),
        "Due date": entry.created_at + 86400 * 7 if bits >> 6 & 1 else None,
        "Amount": f"{amount} €" if has_text_amount(TICKET_TYPES.index(kind)) else amount,
        "Urgent?": bool(bits >> 7 & 1),
        "Stück": bits >> 9 & 15 if bits >> 8 & 1 else None,
        "Pièces jointes": [attachment(bits >> 12)] if bits >> 10 & 7 == 0 else [],
    }


def _links(conversations: list[str]) -> Record:
    data = [{"type": "conversation", "id": one, "category": None} for one in conversations]
    return {"type": "list", "data": data, "total_count": len(data), "has_more": False}
