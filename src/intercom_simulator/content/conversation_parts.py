# ruff: noqa: PLR2004 - chances and bit masks of an invented world, each used once
"""The parts of conversations, each as HTML or, from the same dice, as plain text."""

from collections.abc import Sequence
from random import Random
from typing import Any

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
from intercom_simulator.store.randomness import pick, random_for

Record = dict[str, Any]

FIRST_PART = 999_990_000
COMMON_PARTS = ("comment",) * 20 + ("note",) * 4
OTHER_PARTS = (
    "assignment", "assignment", "assignment", "open", "close", "close", "note_and_reopen", "away_mode_assignment",
    "participant_added", "participant_removed", "conversation_rating_changed", "conversation_rating_remark_added",
    "snoozed", "unsnoozed", "assign_and_unsnooze", "timer_unsnooze", "message_strategy_assignment",
)  # fmt: skip


def parts(participants: Participants, outline: ConversationOutline, *, plaintext: bool) -> list[Record]:
    """Write all parts of the conversation, in the order of their times."""
    random = random_for(participants.seed, "parts", outline.ordinal)
    voices, places = _table(participants, outline.ordinal, random)
    first, span = outline.moments.created_at, outline.moments.updated_at - outline.moments.created_at
    steps = max(1, outline.parts)
    return [
        _part(
            random.getrandbits(64),
            outline.first_part + number,
            first + span * (number + 1) // steps,
            voices,
            places,
            plaintext=plaintext,
        )
        for number in range(outline.parts)
    ]


def next_part(
    participants: Participants, outline: ConversationOutline, identity: int, moment: int, bits: int
) -> Record:
    """Write one more part, as HTML."""
    voices, places = _table(participants, outline.ordinal, random_for(participants.seed, "parts", outline.ordinal))
    return _part(bits, identity, moment, voices, places, plaintext=False)


def _table(
    participants: Participants, ordinal: int, random: Random
) -> tuple[Sequence[Record], Sequence[Record | None]]:
    """Tell who speaks in the conversation and to whom it may be assigned."""
    customer = customer_of(participants, ordinal)
    speaker = author_of(customer.type, customer.id, customer.name, customer.email)
    agents = [admin_author(pick(random.getrandbits(16), participants.admins)) for _ in range(2)]
    team = {"type": "team", "id": pick(random.getrandbits(16), participants.teams)["id"]}
    voices = (speaker, agents[0], speaker, agents[0], speaker, agents[1], BOT, agents[0])
    return voices, (None, *({"type": "admin", "id": agent["id"]} for agent in agents), team)


def _part(  # noqa: PLR0913 - called fifty thousand times: an object per call would cost more than it says
    bits: int, number: int, moment: int, voices: Sequence[Record], places: Sequence[Record | None], *, plaintext: bool
) -> Record:
    talk = bits & 3
    kind = pick(bits >> 2, COMMON_PARTS if talk else OTHER_PARTS)
    text = body(bits >> 12, plaintext=plaintext) if talk and bits >> 32 & 63 else None
    assigned = None if talk and bits >> 38 & 15 else places[bits >> 42 & 3]
    rare = bits >> 44 & 127
    attachments: list[Record] = [] if rare > 3 else [attachment(bits >> 51)]
    author = voices[bits >> 51 & 7]
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
