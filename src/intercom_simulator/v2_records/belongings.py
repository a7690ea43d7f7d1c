# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""What belongs to one record of a list in API 2.16: exceptions, versions, redirects, results, metrics and banners."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from intercom_simulator.content.text import body
from intercom_simulator.protocol.view_options import Record
from intercom_simulator.store.randomness import pick, random_bits
from intercom_simulator.v2_records.ai_content import iso_time

if TYPE_CHECKING:
    from intercom_simulator.v2_search.searchable import SearchableRecords

_HOLIDAYS = (("Weihnachten", 12, 25), ("Jour de l’an", 1, 1), ("Inventory", 6, 30))  # noqa: RUF001 - as people write
_DETAILS_OF_VERSIONS = ("body", "body_markdown", "updated_at")


def office_hours_exceptions(searchable: "SearchableRecords", schedule: Record) -> list[Record]:
    """Return the exceptions of a schedule; the second schedule has none."""
    count = 3 - 3 * (int(schedule["id"]) % 2 == 0)
    year = datetime.fromtimestamp(searchable.world.newest_at, UTC).year
    return [
        {
            "type": "office_hours_exception",
            "id": str(int(schedule["id"]) * 10 + number),
            "office_hours_schedule_id": schedule["id"],
            "exception_date": f"{year}-{month:02}-{day:02}",
            "exception_type": "custom_hours" if number == 2 else "closed",
            "name": None if number == 1 else name,
            "time_intervals": [{"start_minute": 540, "end_minute": 780, "day_of_week": 3}] if number == 2 else None,
            "recurring_annually": number != 2,
            "created_at": schedule["created_at"],
            "updated_at": schedule["created_at"] + number,
        }
        for number, (name, month, day) in enumerate(_HOLIDAYS[:count])
    ]


def article_versions(searchable: "SearchableRecords", article: Record) -> list[Record]:
    """Return the versions of an article, newest first, in full."""
    number, versions = int(article["id"]), []
    count = 60 if number % 50 == 40 else 1 + number % 4
    span = article["updated_at"] - article["created_at"]
    for step in range(count, 0, -1):
        bits = random_bits(searchable.world.seed, 191, number * 64 + step)
        moment = article["created_at"] + span * step // count
        versions.append(
            {
                "type": "article_version",
                "id": str(number * 1000 + step),
                "article_id": article["id"],
                "title": article["title"] if step == count else f"{article['title']} ({step})",
                "description": article["description"],
                "body": body(bits, plaintext=False),
                "body_markdown": body(bits, plaintext=True),
                "author_id": str(article["author_id"]),
                "created_by_id": pick(bits >> 8, searchable.world.setup.admin_ids) if bits & 7 else None,
                "created_via": pick(bits >> 16, ("web", "api")),
                "from_version_id": str(number * 1000 + step - 1) if step > 1 else None,
                "state": article["state"],
                "created_at": moment,
                "updated_at": moment,
            }
        )
    return versions


def listed_version(version: Record) -> Record:
    """Return a version as a list shows it."""
    return {key: value for key, value in version.items() if key not in _DETAILS_OF_VERSIONS}


def article_draft(article: Record) -> Record | None:
    """Return the article with its unpublished changes; None for one without."""
    if int(article["id"]) % 3:
        return None
    moment = article["updated_at"]
    changed = {"title": f"{article['title']} (draft)", "has_unpublished_changes": True, "draft_updated_at": moment}
    return {**article, **changed}


def redirects(searchable: "SearchableRecords", help_center: Record) -> list[Record]:
    """Return the redirects of a help center; the second one has none."""
    number = int(help_center["id"])
    count = searchable.scaled_count(70, 55) if number % 2 else 0
    return [
        {
            "id": str(2600 + step),
            "type": "help_center_redirect",
            "from_url": f"{help_center['url']}/old-page-{step}?é",
            "locale": ("en", "fr")[step % 2],
            "help_center_id": help_center["id"],
            "target_type": ("article", "collection")[step % 4 == 3],
            "target_id": str((159 if step % 4 == 3 else 39) + step % 3),
            "created_at": help_center["created_at"] + step,
            "updated_at": help_center["created_at"] + 2 * step,
        }
        for step in range(count)
    ]


def execution_results(searchable: "SearchableRecords", connector: Record) -> list[Record]:
    """Return what came of a data connector's requests, newest first; their times are texts."""
    number, results = int(connector["id"]), []
    for step in range((0, 1, 3, 35)[number % 4]):
        bits = random_bits(searchable.world.seed, 193, number * 64 + step)
        success = bits & 3 != 0
        failure = {"error_type": "3rd_party_error", "error_message": "Connection refused – “504”"}  # noqa: RUF001 - as people write
        results.append(
            {
                "type": "data_connector.execution",
                "id": str(number * 100 + 99 - step),
                "data_connector_id": connector["id"],
                "success": success,
                "http_status": 200 if success else None,
                "http_method": connector["http_method"],
                "request_url": f"https://api.example.org/orders/{step}",
                "execution_time_ms": bits >> 8 & 1023,
                "source_type": pick(bits >> 20, ("workflow", "inbox", "fin")),
                "source_id": str(5000 + step) if bits >> 24 & 1 else None,
                "conversation_id": pick(bits >> 28, searchable.first_conversations) if bits >> 25 & 1 else None,
                "created_at": iso_time(searchable.world.newest_at - 3600 * (step - step % 5)),
                **({} if success else failure),
            }
        )
    return results


def team_metrics(searchable: "SearchableRecords", team: Record) -> list[Record]:
    """Return how many conversations each admin of a team has: open, idle and snoozed."""
    metrics = []
    for admin in map(str, team["admin_ids"]):
        bits = random_bits(searchable.world.seed, 197, int(admin))
        counts = {"open": bits & 15, "idle": bits & 15 & bits >> 4, "snoozed": bits >> 8 & 3}
        metrics.append({"type": "team_metric", "admin_id": admin, **counts})
    return metrics


def banners(searchable: "SearchableRecords", contact: str, moment: int) -> list[Record]:
    """Return the banners that a contact sees."""
    bits = random_bits(searchable.world.seed, 199, int(contact[-14:], 16))
    return [
        {
            "type": "banner",
            "id": str(486_000 + number),
            "view_id": str(bits >> 8 & 0xFFFFFFF),
            "title": None if number else "Grüße",
            "body": body(bits >> 20, plaintext=False),
            "style": "inline",
            "position": "top",
            "show_dismiss_button": bool(number),
            "action": None,
            "client_targeting": None,
            "created_at": moment + number,
        }
        for number in range((0, 0, 1, 2)[bits & 3])
    ]
