# ruff: noqa: RUF001 - letters of many alphabets are the point

"""The setup of a workspace in API 1.4: admins, teams, tags, segments and data attributes."""

import msgspec

from intercom_simulator.content.attributes import AttributeOrigin, company_attributes, customer_attributes
from intercom_simulator.content.names import FIRST_NAMES, LAST_NAMES
from intercom_simulator.store.collection import Record
from intercom_simulator.store.randomness import hex_id, pick, random_bits, random_for
from intercom_simulator.store.sizes import Sizes

JOBS = ("Philosopher", "Support Lead", "Ingénieure", "Customer Success 🌟", None)
TEAMS = ("SerenityTeam", "Équipe Facturation", "Tier 2 / Escalations", "日本サポート", "Sales “EMEA”", "Nights")
TOPICS = (
    "VIP", "awesome customers", "Feature Request", "bug 🐛", "Facturación", "beta", "churn risk", "O'Reilly promo",
    "onboarding", "enterprise", "trial", "refund", "GDPR", "升级", "API", "mobile", "spam?", "follow-up", "partner",
    'quote "2019"', "événement",
)  # fmt: skip
SEGMENTS = (
    ("Active", "user"),
    ("New", "user"),
    ("Slipping Away", "user"),
    ("Anwender – DACH", "user"),
    ("New leads", "contact"),
)
COMPANY_SEGMENTS = ("All", "Grandes comptes", "Trial & unpaid")
_FIRST_ADMIN = 999_990  # admins' and teams' ids sort differently as texts and as numbers
_SEGMENT_LIFE_SECONDS = 3 * 365 * 86400


class WorkspaceSetup(msgspec.Struct, frozen=True):
    """All records of a workspace that API 1.4 lists without pages."""

    admins: list[Record]
    teams: list[Record]
    tags: list[Record]
    segments: list[Record]
    company_segments: list[Record]
    company_attributes: list[Record]
    customer_attributes: list[Record]

    @property
    def admin_ids(self) -> list[str]:
        """The admins' ids."""
        return [admin["id"] for admin in self.admins]


def make_setup(seed: int, sizes: Sizes, newest: int) -> WorkspaceSetup:
    """Return the setup; no time in it is later than `newest`."""
    admins = [_admin(seed, number) for number in range(sizes.admins)]
    teams = [_team(seed, number) for number in range(sizes.teams)]
    for number, admin in enumerate(admins):
        for team in teams[number % 3 :: 3]:
            admin["team_ids"].append(int(team["id"]))
            team["admin_ids"].append(int(admin["id"]))
    origin = AttributeOrigin(seed, newest, [admin["id"] for admin in admins])
    return WorkspaceSetup(
        admins=admins,
        teams=teams,
        tags=[_tag(number) for number in range(sizes.tags)],
        segments=[_segment(seed, number, newest) for number in range(sizes.segments)],
        company_segments=[_company_segment(seed, number, newest) for number in range(sizes.company_segments)],
        company_attributes=company_attributes(sizes, origin),
        customer_attributes=customer_attributes(sizes, origin),
    )


def _admin(seed: int, number: int) -> Record:
    bits = random_bits(seed, 19, number)
    name = f"{pick(bits, FIRST_NAMES)} {pick(bits >> 8, LAST_NAMES)}"
    away = bits >> 16 & 7 == 0
    return {
        "type": "admin",
        "id": str(_FIRST_ADMIN + 3 * number),
        "name": name,
        "email": f"admin{number}@example.com",
        "job_title": pick(bits >> 20, JOBS),
        "away_mode_enabled": away,
        "away_mode_reassign": away and bool(bits >> 24 & 1),
        "has_inbox_seat": bits >> 28 & 3 != 0,
        "team_ids": [],
        "avatar": {"image_url": f"https://static.intercomassets.com/avatars/{number}/square_128/a.jpg"},
    }


def _team(seed: int, number: int) -> Record:
    name = TEAMS[number % len(TEAMS)]
    return {
        "type": "team",
        "id": str(_FIRST_ADMIN - 100 + 97 * number + random_bits(seed, 23, 0) % 7 * 7),
        "name": name,
        "admin_ids": [],
    }


def _tag(number: int) -> Record:
    topic = TOPICS[number % len(TOPICS)]
    return {"type": "tag", "id": str(9_700 + 7 * number), "name": _numbered(topic, number // len(TOPICS))}


def _segment(seed: int, number: int, newest: int) -> Record:
    name, person_type = SEGMENTS[number % len(SEGMENTS)]
    return {
        **_named_segment(seed, "segment", _numbered(name, number // len(SEGMENTS)), newest),
        "person_type": person_type,
    }


def _company_segment(seed: int, number: int, newest: int) -> Record:
    name = COMPANY_SEGMENTS[number % len(COMPANY_SEGMENTS)]
    return _named_segment(seed, "company segment", _numbered(name, number // len(COMPANY_SEGMENTS)), newest)


def _numbered(name: str, again: int) -> str:
    return f"{name} {again + 1}" if again else name


def _named_segment(seed: int, type_of_segment: str, name: str, newest: int) -> Record:
    kind = f"{type_of_segment} {name}"
    random = random_for(seed, kind)
    age = random.randrange(86400, _SEGMENT_LIFE_SECONDS)
    return {
        "type": "segment",
        "id": hex_id(seed, kind, 0),
        "name": name,
        "created_at": newest - age,
        "updated_at": newest - random.randrange(age),
    }
