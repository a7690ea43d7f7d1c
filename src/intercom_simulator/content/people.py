# ruff: noqa: PLR2004 - chances and bit masks of an invented world, each used once
# ruff: noqa: RUF001 - letters of many alphabets are the point
"""Users and leads of API 1.4; all about a person follows from the seed and the person's number."""

from collections.abc import Sequence
from random import Random

import msgspec

from intercom_simulator.content.names import APP_ID, FIRST_NAMES, LAST_NAMES, TOWNS, Town, pseudonym
from intercom_simulator.store.collection import Record
from intercom_simulator.store.randomness import hex_id, pick, random_bits, random_for

YEAR_ONE = -62135596800
FAR_FUTURE = 2738966400


class Person(msgspec.Struct, frozen=True):
    """The fields of a person that other records mention."""

    type: str
    id: str
    name: str
    email: str


class RecordTimes(msgspec.Struct, frozen=True):
    """The times of a record that Intercom sets, in unix seconds."""

    created_at: int
    updated_at: int
    last_request_at: int | None


class PersonLinks(msgspec.Struct, frozen=True):
    """A person's companies and tags; `tags` is None for the few whose tags come as null."""

    companies: list[Record]
    tags: list[Record] | None


def user(seed: int, ordinal: int) -> Person:
    """Return the user of this number."""
    bits = random_bits(seed, 11, ordinal)
    name = f"{pick(bits, FIRST_NAMES)} {pick(bits >> 8, LAST_NAMES)}"
    email = f"user{ordinal}@{pick(bits >> 16, ('example.com', 'example.org', 'müller.example', 'mail.example.co.uk'))}"
    return Person("user", hex_id(seed, "user", ordinal), name, email)


def lead(seed: int, ordinal: int) -> Person:
    """Return the lead of this number, as conversations mention it: often without name and email."""
    bits = random_bits(seed, 13, ordinal)
    known = bits % 5 < 3
    return Person("lead", hex_id(seed, "lead", ordinal), "", f"lead{ordinal}@example.net" if known else "")


def user_record(seed: int, ordinal: int, times: RecordTimes, owners: Sequence[str], links: PersonLinks) -> Record:
    """Return the user as API 1.4 shows it; some of the times that callers supply are odd."""
    person, random = user(seed, ordinal), random_for(seed, "user", ordinal)
    town = pick(random.getrandbits(16), TOWNS)
    return {
        "type": "user",
        "id": person.id,
        "user_id": _external_id(random, ordinal),
        "anonymous": False,
        "email": person.email if random.random() < 0.97 else "",
        "phone": f"+{random.randrange(10**9, 10**11)}" if random.random() < 0.3 else None,
        "name": person.name if random.random() < 0.95 else None,
        "pseudonym": None,
        **_profile(random, person, town, links),
        "last_request_at": times.last_request_at,
        "created_at": times.created_at,
        "remote_created_at": _supplied_time(random, times.created_at),
        "signed_up_at": _signed_up_at(random, times.created_at),
        "updated_at": times.updated_at,
        **_activity(random, person, _owner(random, owners), links),
        "custom_attributes": _custom_attributes(random, times.created_at),
        **_campaign(random),
    }


def lead_record(seed: int, ordinal: int, times: RecordTimes, owners: Sequence[str], links: PersonLinks) -> Record:
    """Return the lead as API 1.4 shows it: a user object of type contact."""
    person, random = lead(seed, ordinal), random_for(seed, "lead", ordinal)
    town = pick(random.getrandbits(16), TOWNS)
    digits = f"{random.getrandbits(128):032x}"
    return {
        "type": "contact",
        "id": person.id,
        "user_id": f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}",
        "anonymous": True,
        "email": person.email,
        "phone": None,
        "name": pick(random.getrandbits(16), FIRST_NAMES) if person.email and random.random() < 0.5 else None,
        "pseudonym": f"{pseudonym(random.getrandbits(16))} from {town.city}",
        **_profile(random, person, town, links),
        "last_request_at": times.last_request_at,
        "created_at": times.created_at,
        "remote_created_at": None,
        "signed_up_at": None,
        "updated_at": times.updated_at,
        **_activity(random, person, _owner(random, owners), links),
        "custom_attributes": {},
        **_campaign(random),
    }


def _external_id(random: Random, ordinal: int) -> str:
    return str(ordinal + 25) if random.random() < 0.9 else f"külső/{ordinal}"


def _profile(random: Random, person: Person, town: Town, links: PersonLinks) -> Record:
    image = f"https://static.intercomassets.com/avatars/{person.id}/square_128/a.jpg" if random.random() < 0.4 else None
    return {
        "avatar": {"type": "avatar", "image_url": image},
        "app_id": APP_ID,
        "companies": {"type": "company.list", "companies": links.companies},
        "location_data": town.location(random.random()) if random.random() < 0.94 else {},
    }


def _activity(random: Random, person: Person, owner: str | int | None, links: PersonLinks) -> Record:
    return {
        "session_count": int(random.expovariate(1 / 40)),
        "social_profiles": {"type": "social_profile.list", "social_profiles": _profiles(random, person)},
        "owner_id": owner,
        "unsubscribed_from_emails": random.random() < 0.08,
        "marked_email_as_spam": random.random() < 0.01,
        "has_hard_bounced": random.random() < 0.02,
        "tags": None if links.tags is None else {"type": "tag.list", "tags": links.tags},
        "segments": {"type": "segment.list", "segments": []},
    }


def _profiles(random: Random, person: Person) -> list[Record]:
    if random.random() < 0.8:
        return []
    handle = f"th1s_{random.getrandbits(20):x}"
    twitter = {"name": "Twitter", "id": person.id[:9], "username": handle, "url": f"http://twitter.com/{handle}"}
    linkedin = {"name": "LinkedIn", "id": None, "username": None, "url": f"https://www.linkedin.com/in/{handle}"}
    profiles: list[Record] = [twitter, linkedin] if random.random() < 0.3 else [twitter]
    return [{"type": "social_profile", **profile} for profile in profiles]


def _owner(random: Random, owners: Sequence[str]) -> str | int | None:
    chance, owner = random.random(), pick(random.getrandbits(16), owners)
    if chance < 0.6:
        return None
    return owner if chance < 0.9 else int(owner)


def _supplied_time(random: Random, created_at: int) -> int | None:
    chance = random.random()
    if chance < 0.3:
        return None
    if chance < 0.32:
        return YEAR_ONE
    return (created_at - 3000) * 1000 if chance < 0.34 else created_at - 3000


def _signed_up_at(random: Random, created_at: int) -> int | None:
    chance = random.random()
    if chance < 0.2:
        return None
    if chance < 0.21:
        return FAR_FUTURE
    return created_at * 1000 if chance < 0.22 else created_at - 60


def _custom_attributes(random: Random, created_at: int) -> Record:
    plan = pick(random.getrandbits(8), ("free", "pro", "Entreprise — “Gold”", "10", None))
    attributes: Record = {
        "paid_subscriber": random.random() < 0.4,
        "monthly_spend": round(random.random() * 900, 2),
        "team_mates": random.randrange(40),
        "last_order_at": created_at + 86400,
        "plan_name": plan,
        "note": None,
    }
    chance = random.random()
    if chance < 0.02:
        attributes["last_order_at"] = (created_at + 86400) * 1000
    elif chance < 0.03:
        attributes["last_order_at"] = "2019-03-23T22:20:18.253+00:00"
    elif chance < 0.05:
        attributes["team_mates"] = "many"
    elif chance < 0.07:
        attributes["big number"] = 221397574667
    elif chance < 0.2:
        attributes["old_score"] = 7  # the attribute is archived, its values stay
    return attributes


def _campaign(random: Random) -> Record:
    came_by_campaign = random.random() < 0.15
    return {
        "referrer": "https://example.org/?q=çırak" if random.random() < 0.3 else None,
        "utm_campaign": "spring & sale" if came_by_campaign else None,
        "utm_content": None,
        "utm_medium": "cpc" if came_by_campaign else None,
        "utm_source": "google" if came_by_campaign else None,
        "utm_term": None,
        "do_not_track": None,
    }
