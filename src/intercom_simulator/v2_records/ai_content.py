"""What a workspace has prepared for its teammates and its AI to say, as API 2.x lists it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from intercom_simulator.content.text import body
from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.store.randomness import pick
from intercom_simulator.v2_records.knowledge import AVAILABLE, author_of, moments_of, newest_first

if TYPE_CHECKING:
    from intercom_simulator.v2_search.searchable import SearchableRecords


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def content_snippets(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """List the content snippets."""
    del options
    listed = []
    for number in range(searchable.many(80, 55)):
        bits, created, changed = moments_of(searchable, 127, number)
        text = body(bits >> 30, plaintext=True)
        listed.append(
            {
                "type": "content_snippet",
                "id": str(123 + number),
                "title": None if bits & 7 == 0 else f"Schnipsel {number}",
                "locale": "en",
                "json_blocks": [{"type": "paragraph", "text": text}],
                "body_markdown": f"# {number}\n\n{text}\n",
                "chatbot_availability": bits >> 3 & 1,
                "copilot_availability": 1,
                **dict.fromkeys(AVAILABLE, True),
                "created_at": created,
                "updated_at": changed,
                "audience_ids": [95] if bits >> 4 & 1 else [],
            }
        )
    return listed


def macros(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """List the macros, last changed first; their times are texts."""
    del options
    listed = []
    for number in range(searchable.many(260, 160)):
        bits, created, changed = moments_of(searchable, 131, number)
        teams = [str(team["id"]) for team in searchable.world.setup.teams[: bits & 1]]
        listed.append(
            {
                "type": "macro",
                "id": str(1230 + number),
                "name": f"Vorlage {number}",
                "body": body(bits >> 30, plaintext=False),
                "body_text": body(bits >> 30, plaintext=True),
                "created_at": _iso(created),
                "updated_at": _iso(changed),
                "visible_to": "specific_teams" if teams else "everyone",
                "visible_to_team_ids": teams,
                "available_on": ["inbox", "messenger"][: 1 + (bits >> 1 & 1)],
            }
        )
    return newest_first(listed)


def content_sources(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """List where content for the AI comes from."""
    late: Record = {"audience_ids": []} if options.minor >= NEWEST_MINOR else {}
    listed = []
    for number in range(4):
        _, created, changed = moments_of(searchable, 137, number)
        listed.append(
            {
                "id": 33 + number,
                "type": "content_import_source",
                "last_synced_at": changed,
                "status": "active" if number else "deactivated",
                "url": f"https://support.example.com/us/{number}",
                "sync_behavior": ("api", "automatic", "manual", "automatic")[number],
                "created_at": created,
                "updated_at": changed,
                **late,
            }
        )
    return listed


def external_pages(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """List the pages that the AI has read."""
    del options
    listed = []
    for number in range(searchable.many(170, 12)):
        bits, created, changed = moments_of(searchable, 139, number)
        listed.append(
            {
                "id": str(19 + number),
                "type": "external_page",
                "title": f"Seite {number}",
                "html": body(bits >> 30, plaintext=False),
                "url": f"https://support.example.com/us/{number}",
                "ai_agent_availability": True,
                "ai_copilot_availability": bool(bits & 1),
                "ai_sales_agent_availability": True,
                "fin_availability": True,
                "locale": "en",
                "source_id": 33 + number % 4,
                "external_id": str(number),
                "created_at": created,
                "updated_at": changed,
                "last_ingested_at": changed,
            }
        )
    return listed


def data_connectors(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """List the data connectors, last changed first; their times are texts."""
    del options
    listed = []
    for number in range(searchable.many(65, 55)):
        bits, created, changed = moments_of(searchable, 149, number)
        admin = str(author_of(searchable, bits))
        listed.append(
            {
                "type": "data_connector",
                "id": str(12345 + number),
                "name": f"Bestellung {number}",
                "description": None if bits & 3 == 0 else "Fetches the order’s status",  # noqa: RUF001 - as people write
                "state": pick(bits >> 2, ("draft", "live")),
                "http_method": pick(bits >> 3, ("get", "post", "put", "delete", "patch")),
                "direct_fin_usage": bool(bits >> 6 & 1),
                "created_by_admin_id": admin,
                "updated_by_admin_id": admin,
                "created_at": _iso(created),
                "updated_at": _iso(changed),
                "execution_results_url": f"/data_connectors/{12345 + number}/execution_results",
            }
        )
    return newest_first(listed)
