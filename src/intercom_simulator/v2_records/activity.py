# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""Activity logs of admins, and deleted conversations."""

from typing import TYPE_CHECKING

from intercom_simulator.protocol.view_options import Record, ViewOptions
from intercom_simulator.store.randomness import pick, random_bits

if TYPE_CHECKING:
    from intercom_simulator.v2_search.searchable import SearchableRecords

_ACTIVITIES = (
    ("app_name_change", "changed your app name from before to after.", {"before": "before", "after": "after"}),
    ("admin_away_mode_change", "set themselves as away.", {"away_mode": True, "reassign_conversations": False}),
    ("admin_login_success", "successfully logged in.", {"sign_in_method": "google"}),
    (
        "app_team_creation",
        "created a new team, Équipe.",
        {"team": {"id": 5077733, "name": "Équipe", "member_count": 1}},
    ),
)
ACTIVITY_TYPES = tuple(kind for kind, _, _ in _ACTIVITIES)
_LOGGED_SECONDS = 400 * 86400


def activity_logs(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the activity logs, newest first; every tenth has the same second as the one before."""
    del options
    count, setup, records = searchable.scaled_count(1200, 270), searchable.world.setup, []
    for number in range(count):
        bits = random_bits(searchable.world.seed, 151, number)
        admin, (kind, words, metadata) = pick(bits, setup.admins), pick(bits >> 8, _ACTIVITIES)
        moment = searchable.world.newest_at - _LOGGED_SECONDS * (number - (number % 10 == 9)) // count
        records.append(
            {
                "id": f"{bits:016x}-4b72-4dce",
                "performed_by": {"type": "admin", "id": admin["id"], "email": admin["email"], "ip": "192.0.2.30"},
                "metadata": metadata,
                "created_at": moment,
                "activity_type": kind,
                "activity_description": f"{admin['name']} {words}",
            }
        )
    return records


def deleted_conversations(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the deleted conversations, newest first."""
    del options
    newest, count = searchable.world.newest_at, searchable.scaled_count(90, 65)
    earlier = [(str(3000 + 7 * number), newest - 86400 * (number + 2)) for number in range(count)]
    return [
        {"type": "conversation", "id": identity, "metrics_retained": int(identity) % 2 == 0, "deleted_at": moment}
        for identity, moment in (*reversed(searchable.deleted_conversations), *earlier)
    ]
