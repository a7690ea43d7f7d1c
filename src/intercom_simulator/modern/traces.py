# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""What happened in a workspace, as API 2.x lists it: admins' deeds, calls, conversations that were deleted."""

from typing import TYPE_CHECKING

from intercom_simulator.dice import mix, pick
from intercom_simulator.modern.look import Look, Record

if TYPE_CHECKING:
    from intercom_simulator.modern.holdings import Holdings

_DEEDS = (
    ("app_name_change", "changed your app name from before to after.", {"before": "before", "after": "after"}),
    ("admin_away_mode_change", "set themselves as away.", {"away_mode": True, "reassign_conversations": False}),
    ("admin_login_success", "successfully logged in.", {"sign_in_method": "google"}),
    (
        "app_team_creation",
        "created a new team, Équipe.",
        {"team": {"id": 5077733, "name": "Équipe", "member_count": 1}},
    ),
)
_LOGGED_SECONDS = 400 * 86400


def activity_logs(holdings: "Holdings", look: Look) -> list[Record]:
    """List what admins did, newest first; every tenth deed shares its second with the one before."""
    del look
    count, office, listed = holdings.many(1200), holdings.world.office, []
    for number in range(count):
        bits = mix(holdings.world.seed, 151, number)
        admin, (kind, words, metadata) = pick(bits, office.admins), pick(bits >> 8, _DEEDS)
        moment = holdings.world.newest - _LOGGED_SECONDS * (number - (number % 10 == 9)) // count
        listed.append(
            {
                "id": f"{bits:016x}-4b72-4dce",
                "performed_by": {"type": "admin", "id": admin["id"], "email": admin["email"], "ip": "192.0.2.30"},
                "metadata": metadata,
                "created_at": moment,
                "activity_type": kind,
                "activity_description": f"{admin['name']} {words}",
            }
        )
    return listed


def calls(holdings: "Holdings", look: Look) -> list[Record]:
    """List the calls; some were never answered."""
    del look
    listed, world = [], holdings.world
    for number in range(holdings.many(140)):
        bits = mix(world.seed, 157, number)
        began = world.newest - bits % (200 * 86400) - 600
        answered = bits >> 40 & 3 != 0
        listed.append(
            {
                "type": "call",
                "id": str(5123 + number),
                "conversation_id": pick(bits >> 8, holdings.first_conversations) if bits >> 42 & 1 else None,
                "admin_id": pick(bits >> 16, world.office.staff) if answered else None,
                "contact_id": pick(bits >> 24, holdings.first_users),
                "state": "completed" if answered else "missed",
                "initiated_at": began,
                "answered_at": began + 9 if answered else None,
                "ended_at": began + 309,
                "created_at": began,
                "updated_at": began + 310,
                "recording_url": f"https://api.intercom.io/calls/{5123 + number}/recording" if answered else None,
                "transcription_url": f"https://api.intercom.io/calls/{5123 + number}/transcript" if answered else None,
                "call_type": pick(bits >> 44, ("phone", "messenger")),
                "direction": pick(bits >> 46, ("inbound", "outbound")),
                "ended_reason": "answered" if answered else "no-answer",
                "phone": f"+1555{bits % 10_000_000:07d}" if bits >> 48 & 1 else None,
                "fin_recording_url": None,
                "fin_transcription_url": None,
            }
        )
    return listed


def transcript(call: Record) -> str | None:
    """Return what was said in the call, if it was answered."""
    if call["transcription_url"] is None:
        return None
    return (
        f'[00:00:03] Teammate 1: "Hallo, what can I do for you? ({call["id"]})"\n'
        '[00:00:09] User: "J\'ai perdu mon accès 😕"\n'
        '[00:00:15] Teammate 1: "One moment."'
    )


def deleted_conversations(holdings: "Holdings", look: Look) -> list[Record]:
    """List the conversations that were deleted, newest first."""
    del look
    former = [
        (str(3000 + 7 * number), holdings.world.newest - 86400 * (number + 2)) for number in range(holdings.many(90))
    ]
    return [
        {"type": "conversation", "id": identity, "metrics_retained": int(identity) % 2 == 0, "deleted_at": moment}
        for identity, moment in (*reversed(holdings.deleted_conversations), *former)
    ]
