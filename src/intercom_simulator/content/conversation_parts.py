# ruff: noqa: PLR2004 - chances and bit masks of an invented world, each used once
"""The parts of conversations, as HTML or as plain text."""

from collections.abc import Sequence
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
from intercom_simulator.content.text import TWITTER_NOTICE, body
from intercom_simulator.store.collection import Record
from intercom_simulator.store.randomness import pick, random_for

FIRST_PART = 999_990_000
COMMON_PARTS = ("comment",) * 20 + ("note",) * 4
OTHER_PARTS = (
    "assignment", "assignment", "assignment", "open", "close", "close", "note_and_reopen", "away_mode_assignment",
    "participant_added", "participant_removed", "conversation_rating_changed", "conversation_rating_remark_added",
    "snoozed", "unsnoozed", "assign_and_unsnooze", "timer_unsnooze", "message_strategy_assignment",
)  # fmt: skip


def parts(participants: Participants, outline: ConversationOutline, *, plaintext: bool) -> list[Record]:
    """Return all parts of the conversation, in the order of their times."""
    random = random_for(participants.seed, "parts", outline.ordinal)
    authors, assignees = _authors_and_assignees(participants, outline.ordinal, random)
    first, span = outline.times.created_at, outline.times.updated_at - outline.times.created_at
    steps = max(1, outline.part_count)
    return [
        _part(
            random.getrandbits(64),
            outline.first_part_id + number,
            first + span * (number + 1) // steps,
            authors,
            assignees,
            plaintext=plaintext,
        )
        for number in range(outline.part_count)
    ]


def make_part(
    participants: Participants, outline: ConversationOutline, identity: int, moment: int, bits: int
) -> Record:
    """Return one more part, as HTML."""
    authors, assignees = _authors_and_assignees(
        participants, outline.ordinal, random_for(participants.seed, "parts", outline.ordinal)
    )
    return _part(bits, identity, moment, authors, assignees, plaintext=False)


def _authors_and_assignees(
    participants: Participants, ordinal: int, random: Random
) -> tuple[Sequence[Record], Sequence[Record | None]]:
    """Return the authors of the conversation's parts, and those it may be assigned to."""
    customer = customer_of(participants, ordinal)
    customer_author = author_of(customer.type, customer.id, customer.name, customer.email)
    agents = [admin_author(pick(random.getrandbits(16), participants.admins)) for _ in range(2)]
    team = {"type": "team", "id": pick(random.getrandbits(16), participants.teams)["id"]}
    authors = (customer_author, agents[0], customer_author, agents[0], customer_author, agents[1], BOT, agents[0])
    return authors, (None, *({"type": "admin", "id": agent["id"]} for agent in agents), team)


def _part(  # noqa: PLR0913 - called fifty thousand times: an object per call would cost more than it says
    bits: int,
    number: int,
    moment: int,
    authors: Sequence[Record],
    assignees: Sequence[Record | None],
    *,
    plaintext: bool,
) -> Record:
    is_message = bits & 3
    kind = pick(bits >> 2, COMMON_PARTS if is_message else OTHER_PARTS)
    text = body(bits >> 12, plaintext=plaintext) if is_message and bits >> 32 & 63 else None
    assigned = None if is_message and bits >> 38 & 15 else assignees[bits >> 42 & 3]
    rare = bits >> 44 & 127
    attachments: list[Record] = [] if rare > 3 else [attachment(bits >> 51)]
    author = authors[bits >> 51 & 7]
    if rare == 64:
        author, text = {**author, "name": "", "email": ""}, TWITTER_NOTICE
    return {
        "type": "conversation_part",
        "id": str(number),
        "part_type": kind,
        "body": text,
        "created_at": moment,
        "updated_at": moment,
        "notified_at": moment,
        "assigned_to": assigned,
        "author": author,
        "attachments": attachments,
        "external_id": f"ext-{number}" if rare == 65 else None,
    }
