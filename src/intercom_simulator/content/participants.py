"""The participants of conversations: customers, authors and attachments."""

from collections.abc import Sequence

import msgspec

from intercom_simulator.content.people import Person, RecordTimes, lead, user
from intercom_simulator.content.text import FILES
from intercom_simulator.store.collection import Record
from intercom_simulator.store.randomness import pick, random_bits

BOT = {"id": "1274497", "type": "bot", "name": "Operator", "email": "operator@intercom2.com"}


class Participants(msgspec.Struct, frozen=True):
    """Those who may take part: the numbers of users and leads, the admins, teams and tags."""

    seed: int
    users: int
    leads: int
    admins: Sequence[Record]
    teams: Sequence[Record]
    tags: Sequence[Record]


class ConversationOutline(msgspec.Struct, frozen=True):
    """What a conversation is made from: its ordinal, times, number of parts, and the id of its first part."""

    ordinal: int
    times: RecordTimes
    part_count: int
    first_part_id: int


def customer_of(participants: Participants, ordinal: int) -> Person:
    """Return the user or lead who began the conversation."""
    bits = random_bits(participants.seed, 31, ordinal)
    if bits % 5 == 0:
        return lead(participants.seed, (bits >> 8) % participants.leads)
    return user(participants.seed, (bits >> 8) % participants.users)


def attachment(bits: int) -> Record:
    """Return an attached file."""
    name, content_type = pick(bits, FILES)
    image = content_type.startswith("image/")
    return {
        "type": "upload",
        "name": name,
        "url": f"https://downloads.intercomcdn.com/i/o/{bits:x}/{name}?expires=1543372387&signature=9f",
        "content_type": content_type,
        "filesize": 147 + bits % 90_000,
        "width": 640 if image else None,
        "height": 480 if image else None,
    }


def author_of(kind: str, identity: str, name: str, email: str) -> Record:
    """Return the author of a message."""
    return {"type": kind, "id": identity, "name": name, "email": email}


def admin_author(admin: Record) -> Record:
    """Return an admin as the author of a message."""
    return author_of("admin", admin["id"], admin["name"], admin["email"])
