# ruff: noqa: PLR2004 - versions and chances, each used once
"""What a workspace has set up, as API 2.x lists it: admins, teams, tags, types, states, brands, hours and addresses."""

from typing import TYPE_CHECKING

from intercom_simulator.content.ticket_types import STATES, TICKET_TYPES
from intercom_simulator.content.tickets import STATES_SINCE
from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.store.randomness import pick, random_bits

if TYPE_CHECKING:
    from intercom_simulator.v2_search.searchable import SearchableRecords

LISTED_ADMIN = (
    "type", "email", "id", "name", "job_title", "away_mode_enabled", "away_mode_reassign", "has_inbox_seat", "team_ids",
)  # fmt: skip
_SUBSCRIPTION_TYPES = (
    ("Newsletters", "opt_out", "email"),
    ("Ankündigungen", "opt_in", "email"),
    ("SMS", "opt_in", "sms_message"),
)


def admins(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the admins; their avatars only when they are asked for, or with an admin alone."""
    as_text = searchable.world.behaviours.admin_avatar == "text"
    return [admin(record, options, as_text=as_text) for record in _fixed_records(searchable, "admins")]


def admin(record: Record, options: ViewOptions, *, as_text: bool) -> Record:
    """Return an admin.

    `as_text`: from 2.12 on the avatar is its URL, as the OpenAPI files of 2.14 and 2.16 say.
    """
    fields = {key: record[key] for key in LISTED_ADMIN if record[key] is not None}
    fields["team_priority_level"] = {"primary_team_ids": record["team_ids"][:1]} if record["team_ids"] else {}
    if options.minor >= 14:
        fields["away_status_reason_id"] = 7 if record["away_mode_enabled"] else None
    if options.minor >= NEWEST_MINOR:
        fields["role"] = {"type": "role", "id": "31", "name": "Équipe"}
    if options.is_single:
        avatar = {"type": "avatar", **record["avatar"]}
        fields["avatar"] = avatar["image_url"] if as_text and options.minor >= STATES_SINCE else avatar
    return fields


def teams(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the teams."""
    records = []
    for record in _fixed_records(searchable, "teams"):
        primary, secondary = record["admin_ids"][:1], record["admin_ids"][1:]
        levels = {"primary_admin_ids": primary, "secondary_admin_ids": secondary} if secondary else {}
        newer_fields = (
            {"assignment_limit": None, "distribution_method": "round_robin"} if options.minor >= STATES_SINCE else {}
        )
        records.append({**record, "admin_priority_level": levels, **newer_fields})
    return records


def tags(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the tags."""
    del options
    return _fixed_records(searchable, "tags")


def segments(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the segments of people."""
    del options
    return _fixed_records(searchable, "segments")


def company_segments(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the segments of companies."""
    del options
    return [{**record, "person_type": "user"} for record in _fixed_records(searchable, "company_segments")]


def subscription_types(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the subscription types."""
    del searchable, options
    records = []
    for number, (name, consent, content) in enumerate(_SUBSCRIPTION_TYPES):
        translation = {"name": name, "description": "Lorem ipsum – dolor", "locale": "en"}  # noqa: RUF001 - as people write
        records.append(
            {
                "type": "subscription",
                "id": str(135 + number),
                "state": "archived" if number == 2 else "live",
                "consent_type": consent,
                "default_translation": translation,
                "translations": [translation, {**translation, "locale": "fr", "name": f"{name} (fr)"}][: number + 1],
                "content_types": [content],
            }
        )
    return records


def ticket_types(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the ticket types with their attributes and, from 2.12 on, their states."""
    del searchable
    if options.minor < STATES_SINCE:
        return list(TICKET_TYPES)
    return [{**kind, "ticket_states": {"type": "list", "data": list(STATES)}} for kind in TICKET_TYPES]


def ticket_states(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the ticket states, each with its ticket types."""
    del searchable, options
    keys = ("type", "id", "name", "description", "icon", "archived", "is_internal", "category")
    types = {"type": "list", "data": [{key: kind[key] for key in keys} for kind in TICKET_TYPES]}
    return [{**state, "archived": number == 4, "ticket_types": types} for number, state in enumerate(STATES)]


def away_status_reasons(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the away status reasons."""
    del options
    named = (("Pause déjeuner", "🍽️"), ("Meeting", "📅"), ("Sick", "🤒"))
    created_at = searchable.world.newest_at - 86400 * 300
    return [
        {
            "type": "away_status_reason",
            "id": str(6 + number),
            "label": label,
            "emoji": emoji,
            "order": number + 1,
            "deleted": number == 2,
            "created_at": created_at,
            "updated_at": created_at + number,
        }
        for number, (label, emoji) in enumerate(named)
    ]


def brands(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the brands."""
    del options
    created_at = searchable.world.newest_at - 86400 * 900
    return [
        {
            "type": "brand",
            "id": ("tlkp1d91", "3")[number],
            "name": ("Blue Sun", "Søns & Töchter")[number],
            "is_default": number == 0,
            "created_at": created_at + number,
            "updated_at": created_at + 86400 + number,
            "help_center_id": str(79 + number),
            "default_address_settings_id": str(13 + number),
        }
        for number in range(2)
    ]


def emails(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the email settings."""
    del options
    created_at = searchable.world.newest_at - 86400 * 700
    return [
        {
            "type": "email_setting",
            "id": str(number + 1),
            "email": f"support{number}@example.com",
            "verified": number != 2,
            "domain": "example.com",
            "brand_id": ("tlkp1d91", "3", "3")[number],
            "forwarding_enabled": number == 0,
            "forwarded_email_last_received_at": created_at + 5 if number == 0 else None,
            "created_at": created_at,
            "updated_at": created_at + number,
        }
        for number in range(3)
    ]


def office_hours(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the office hours schedules."""
    del options
    created_at = searchable.world.newest_at - 86400 * 200
    return [
        {
            "type": "office_hours_schedule",
            "id": str(123 + number),
            "name": ("Standard Support Hours", "Nachtschicht")[number],
            "time_zone_name": ("America/New_York", "Europe/Berlin")[number],
            "time_intervals": [
                {"start_minute": 540 + 1440 * day, "end_minute": 1020 + 1440 * day, "day_of_week": day}
                for day in range(5)
            ],
            "twenty_four_seven": number == 1,
            "created_at": created_at,
            "updated_at": created_at + number,
        }
        for number in range(2)
    ]


def ip_allowlist(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the IP allowlist, one object."""
    del searchable, options
    return [{"type": "ip_allowlist", "enabled": True, "ip_allowlist": ["192.0.2.0/24", "2001:db8::/32"]}]


def audiences(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the audiences."""
    del options
    seed, created_at = searchable.world.seed, searchable.world.newest_at - 86400 * 250
    return [
        {
            "type": "audience",
            "id": str(95 + number),
            "name": f"Zielgruppe {number + 1}",
            "predicates": [
                {"attribute": "company.name", "type": "string", "comparison": "contains", "value": f"Acme {number}"}
            ],
            "role_predicates": [
                {
                    "attribute": "role",
                    "type": "role",
                    "comparison": "eq",
                    "value": pick(random_bits(seed, 97, number), ("user", "lead")),
                }
            ],
            "created_at": created_at + number,
            "updated_at": created_at + 2 * number,
        }
        for number in range(searchable.scaled_count(70, 55))
    ]


def _fixed_records(searchable: "SearchableRecords", stream: str) -> list[Record]:
    collection = searchable.world.streams[stream]
    return [collection.content(entry) for entry in collection]
