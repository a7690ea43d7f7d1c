"""Content snippets, macros, content import sources, external pages and data connectors."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from intercom_simulator.content.text import body
from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.store.randomness import pick
from intercom_simulator.v2_records.knowledge import AVAILABLE, bits_and_times, newest_first, pick_author

if TYPE_CHECKING:
    from intercom_simulator.v2_search.searchable import SearchableRecords


def iso_time(moment: int) -> str:
    """Return a time as ISO 8601 text, with milliseconds."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def content_snippets(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the content snippets."""
    del options
    records = []
    for number in range(searchable.scaled_count(80, 55)):
        bits, created, changed = bits_and_times(searchable, 127, number)
        text = body(bits >> 30, plaintext=True)
        records.append(
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
    return records


def macros(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the macros, last changed first; their times are texts."""
    del options
    records = []
    for number in range(searchable.scaled_count(260, 160)):
        bits, created, changed = bits_and_times(searchable, 131, number)
        teams = [str(team["id"]) for team in searchable.world.setup.teams[: bits & 1]]
        records.append(
            {
                "type": "macro",
                "id": str(1230 + number),
                "name": f"Vorlage {number}",
                "body": body(bits >> 30, plaintext=False),
                "body_text": body(bits >> 30, plaintext=True),
                "created_at": iso_time(created),
                "updated_at": iso_time(changed),
                "visible_to": "specific_teams" if teams else "everyone",
                "visible_to_team_ids": teams,
                "available_on": ["inbox", "messenger"][: 1 + (bits >> 1 & 1)],
            }
        )
    return newest_first(records)


def content_sources(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the content import sources."""
    newer_fields: Record = {"audience_ids": []} if options.minor >= NEWEST_MINOR else {}
    records = []
    for number in range(4):
        _, created, changed = bits_and_times(searchable, 137, number)
        records.append(
            {
                "id": 33 + number,
                "type": "content_import_source",
                "last_synced_at": changed,
                "status": "active" if number else "deactivated",
                "url": f"https://support.example.com/us/{number}",
                "sync_behavior": ("api", "automatic", "manual", "automatic")[number],
                "created_at": created,
                "updated_at": changed,
                **newer_fields,
            }
        )
    return records


def external_pages(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the external pages."""
    del options
    records = []
    for number in range(searchable.scaled_count(170, 12)):
        bits, created, changed = bits_and_times(searchable, 139, number)
        records.append(
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
    return records


def data_connectors(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the data connectors, last changed first; their times are texts."""
    del options
    records = []
    for number in range(searchable.scaled_count(65, 55)):
        bits, created, changed = bits_and_times(searchable, 149, number)
        admin = str(pick_author(searchable, bits))
        records.append(
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
                "created_at": iso_time(created),
                "updated_at": iso_time(changed),
                "execution_results_url": f"/data_connectors/{12345 + number}/execution_results",
            }
        )
    return newest_first(records)
