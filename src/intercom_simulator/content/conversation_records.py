# ruff: noqa: PLR2004 - chances and bit masks of an invented world, each used once
"""Conversations of API 1.4 without their parts, as HTML or as plain text."""

from random import Random

from intercom_simulator.content.participants import (
    BOT,
    ConversationOutline,
    Participants,
    admin_author,
    attachment,
    author_of,
    customer_of,
)
from intercom_simulator.content.people import Person, RecordTimes, user
from intercom_simulator.content.text import SUBJECTS, body
from intercom_simulator.protocol.plaintext import to_plain_text
from intercom_simulator.store.collection import Record
from intercom_simulator.store.randomness import pick, random_for

YEAR_4018 = 64654125776
STATES = ("open", "open", "closed", "closed", "closed", "snoozed")
FIRST_CONVERSATION = 9_999_998_000  # ids grow from ten to eleven digits: text order is not number order
NO_RATING = {
    "rating": None,
    "remark": None,
    "created_at": None,
    "customer": {"type": None, "id": None},
    "teammate": {"type": None, "id": None},
}
DELIVERED_AS = ("customer_initiated",) * 5 + (
    "automated",
    "campaigns_initiated",
    "admin_initiated",
    "operator_initiated",
)
CHANNELS = ("conversation",) * 12 + ("email", "email", "push", "facebook", "twitter")


def conversation_id(ordinal: int) -> str:
    """Return a numeric text; ids grow with the ordinal, not with updated_at."""
    return str(FIRST_CONVERSATION + 13 * ordinal)


def conversation_record(participants: Participants, outline: ConversationOutline, *, plaintext: bool) -> Record:
    """Return the conversation as the list shows it, and its rating, which only the single record has."""
    random = random_for(participants.seed, "conversation", outline.ordinal)
    customer = customer_of(participants, outline.ordinal)
    mention = {"type": customer.type, "id": customer.id}
    customers = _customers(random, participants, mention)
    state, times = pick(random.getrandbits(16), STATES), outline.times
    return {
        "type": "conversation",
        "id": conversation_id(outline.ordinal),
        "created_at": times.created_at,
        "updated_at": times.updated_at,
        "waiting_since": _waiting_since(random, state, times),
        "snoozed_until": times.updated_at + 86400 * 30 if state == "snoozed" else None,
        "sent_at": times.created_at,
        "conversation_message": _message(random, participants, outline, customer, plaintext=plaintext),
        "user": mention,
        "customers": customers,
        "customer_first_reply": _first_reply(random, outline),
        "assignee": _assignee(random, participants),
        "open": state != "closed",
        "state": state,
        "read": random.random() < 0.8,
        "tags": {"type": "tag.list", "tags": _tags(random, participants, times)},
        "conversation_rating": _rating(random, participants, outline, mention),
    }


def _customers(random: Random, participants: Participants, first: Record) -> list[Record]:
    if random.random() > 0.03:
        return [first]
    other = user(participants.seed, random.randrange(participants.users))
    return [first] if other.id == first["id"] else [first, {"type": other.type, "id": other.id}]


def _waiting_since(random: Random, state: str, times: RecordTimes) -> int | None:
    chance = random.random()
    if chance < 0.02:
        return YEAR_4018
    if state == "closed" or chance < 0.5:
        return None
    return times.updated_at - int(random.random() * (times.updated_at - times.created_at))


def _message(
    random: Random, participants: Participants, outline: ConversationOutline, customer: Person, *, plaintext: bool
) -> Record:
    delivered, bits = pick(random.getrandbits(16), DELIVERED_AS), random.getrandbits(32)
    channel, subject = pick(random.getrandbits(16), CHANNELS), pick(random.getrandbits(16), SUBJECTS)
    admin, chance = pick(random.getrandbits(16), participants.admins), random.random()
    author = author_of(customer.type, customer.id, customer.name, customer.email)
    if delivered in {"campaigns_initiated", "admin_initiated", "automated"}:
        author = admin_author(admin)
    elif delivered == "operator_initiated":
        author = BOT
    if channel == "twitter":
        author = {**author, "name": "", "email": ""}
    return {
        "type": channel,
        "id": str(55_951_247 + 3 * outline.ordinal),
        "delivered_as": delivered,
        "subject": to_plain_text(subject) if plaintext else subject,
        "body": None if chance < 0.02 else body(bits, plaintext=plaintext),
        "author": author,
        "attachments": [attachment(bits)] if chance > 0.97 else [],
        "url": "https://app.example.com/pipeline?id=7&tab=überblick" if chance < 0.6 else None,
    }


def _first_reply(random: Random, outline: ConversationOutline) -> Record | None:
    if outline.part_count == 0 or random.random() < 0.1:
        return None
    url = "https://app.example.com/loading-reports" if random.random() < 0.8 else None
    return {"created_at": outline.times.created_at + 21, "type": "conversation", "url": url}


def _assignee(random: Random, participants: Participants) -> Record:
    chance = random.random()
    if chance < 0.3:
        return {"type": "nobody_admin", "id": None}
    if chance < 0.45:
        return {"type": "team", "id": pick(random.getrandbits(16), participants.teams)["id"]}
    return {"type": "admin", "id": pick(random.getrandbits(16), participants.admins)["id"]}


def _tags(random: Random, participants: Participants, times: RecordTimes) -> list[Record]:
    chance = random.random()
    if chance < 0.7 or not participants.tags:
        return []
    chosen = [pick(random.getrandbits(16), participants.tags) for _ in range(1 + int(chance * 100) % 3)]
    applied = [
        {**tag, "applied_at": times.created_at + 60, "applied_by": _tagger(random, participants)} for tag in chosen
    ]
    if chance > 0.97:
        applied.append({**applied[0], "applied_at": times.updated_at})
    return applied


def _tagger(random: Random, participants: Participants) -> Record:
    return {"type": "admin", "id": pick(random.getrandbits(16), participants.admins)["id"]}


def _rating(random: Random, participants: Participants, outline: ConversationOutline, customer: Record) -> Record:
    chance, teammate = random.random(), int(pick(random.getrandbits(16), participants.admins)["id"])
    if chance > 0.15:
        return NO_RATING
    return {
        "rating": 1 + int(chance * 1000) % 5,
        "remark": "Très bien, merci ! 👍" if chance < 0.05 else None,
        "created_at": outline.times.updated_at,
        "customer": customer,
        "teammate": {"type": "admin", "id": teammate},
    }
