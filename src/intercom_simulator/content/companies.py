# ruff: noqa: PLR2004 - chances and bit masks of an invented world, each used once
"""Companies of API 1.4; unset keys are left out, never null."""

from random import Random

import msgspec

from intercom_simulator.content.names import APP_ID, company_name
from intercom_simulator.content.people import YEAR_ONE, RecordTimes
from intercom_simulator.store.collection import Record
from intercom_simulator.store.randomness import hex_id, pick, random_bits, random_for

INDUSTRIES = ("Manufacturing", "Bäckerei & Café", "Software", "金融", "Non-profit")


class CompanyLinks(msgspec.Struct, frozen=True):
    """A company's tags and segments, and whether it has people; without people it is in no list."""

    tags: list[Record]
    segments: list[Record]
    has_people: bool


def company_mention(seed: int, ordinal: int) -> Record:
    """Return the company as a user's record has it."""
    return {
        "type": "company",
        "company_id": company_id(ordinal),
        "id": hex_id(seed, "company", ordinal),
        "name": company_name(random_bits(seed, 29, ordinal)),
    }


def company_id(ordinal: int) -> str:
    """Return the id that the customer gave the company."""
    return str(ordinal + 6) if ordinal % 11 else f"acme/{ordinal} é"


def company_record(seed: int, ordinal: int, times: RecordTimes, links: CompanyLinks) -> Record:
    """Return the company as API 1.4 shows it."""
    random = random_for(seed, "company", ordinal)
    return {
        "type": "company",
        "company_id": company_id(ordinal),
        "id": hex_id(seed, "company", ordinal),
        "app_id": APP_ID,
        **_optional(random, seed, ordinal, times),
        "created_at": times.created_at,
        "updated_at": times.updated_at,
        "monthly_spend": int(random.expovariate(1 / 300)),
        "session_count": int(random.expovariate(1 / 90)),
        "user_count": 1 + int(random.expovariate(1 / 6)) if links.has_people else 0,
        "tags": {"type": "tag.list", "tags": links.tags},
        "segments": {"type": "segment.list", "segments": links.segments},
        "plan": {"type": "plan", "id": str(150_154 + ordinal % 4), "name": f"plan{ordinal % 4}"}
        if random.random() < 0.4
        else {},
        "custom_attributes": _custom_attributes(random, times),
    }


def _optional(random: Random, seed: int, ordinal: int, times: RecordTimes) -> Record:
    chosen: Record = {}
    if random.random() < 0.97:
        chosen["name"] = company_name(random_bits(seed, 29, ordinal))
    if random.random() < 0.8:
        chosen["remote_created_at"] = _remote_created_at(random, times.created_at)
    if times.last_request_at is not None:
        chosen["last_request_at"] = times.last_request_at
    if random.random() < 0.3:
        chosen["size"] = random.randrange(1, 5000)
    if random.random() < 0.35:
        chosen["website"] = f"http://www.example.com/{ordinal}?ref=a&b"
    if random.random() < 0.3:
        chosen["industry"] = pick(random.getrandbits(16), INDUSTRIES)
    return chosen


def _remote_created_at(random: Random, created_at: int) -> int | str:
    chance = random.random()
    if chance < 0.02:
        return str(created_at - 7200)
    if chance < 0.04:
        return YEAR_ONE
    return (created_at - 7200) * 1000 if chance < 0.06 else created_at - 7200


def _custom_attributes(random: Random, times: RecordTimes) -> Record:
    if random.random() < 0.3:
        return {}
    return {
        "truthy_typed": random.random() < 0.5,
        "floatly_typed": round(random.random() * 200, 1),
        "stringly_typed": pick(random.getrandbits(16), ("data", "O'Data", "", "数据", "10")),
        "dately_typed_at": times.created_at * (1000 if random.random() < 0.02 else 1),
        "nully_typed": None,
    }
