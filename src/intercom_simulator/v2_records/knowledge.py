# ruff: noqa: PLR2004 - versions and chances, each used once
"""Articles, collections, help centers, internal articles, news items and newsfeeds."""

from typing import TYPE_CHECKING

from intercom_simulator.content.names import APP_ID
from intercom_simulator.content.text import SUBJECTS, body
from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.store.randomness import pick, random_bits

if TYPE_CHECKING:
    from intercom_simulator.v2_search.searchable import SearchableRecords

TAGS_SINCE = 14  # the first OpenAPI file whose articles have tags
_YEAR = 365 * 86400
AVAILABLE = ("ai_chatbot_availability", "ai_copilot_availability", "ai_sales_agent_availability")


def bits_and_times(searchable: "SearchableRecords", salt: int, number: int) -> tuple[int, int, int]:
    """Return random bits, created_at and updated_at; one record in three has the updated_at of another."""
    bits = random_bits(searchable.world.seed, salt, number)
    age = bits % (2 * _YEAR)
    changed = searchable.world.newest_at - (age >> 1)
    if number % 3 == 0:
        changed = searchable.world.newest_at - 40 * 86400 - number // 30 * 86400
    return bits, min(searchable.world.newest_at - age, changed), changed


def newest_first(records: list[Record]) -> list[Record]:
    """Return the records in the order of their lists: last changed first."""
    return sorted(records, key=lambda record: (record["updated_at"], int(record["id"])), reverse=True)


def pick_author(searchable: "SearchableRecords", bits: int) -> int:
    """Choose the id of an admin."""
    return int(pick(bits >> 8, searchable.world.setup.admin_ids))


def articles(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the articles, last changed first."""
    return newest_first([_article(searchable, options, number) for number in range(searchable.scaled_count(340, 30))])


def _article(searchable: "SearchableRecords", options: ViewOptions, number: int) -> Record:
    bits, created, changed = bits_and_times(searchable, 103, number)
    parents = [] if bits & 3 == 0 else [159 + number % searchable.scaled_count(48)]
    draft = bits >> 2 & 7 == 0
    content = {
        "title": f"{pick(bits >> 20, SUBJECTS) or 'How to'} {number}",
        "description": "" if bits >> 5 & 1 else "Kurz & gut",
        "body": None if bits >> 6 & 31 == 0 else body(bits >> 30, plaintext=False),
        "author_id": pick_author(searchable, bits),
        "state": "draft" if draft else "published",
        "created_at": created,
        "updated_at": changed,
        "url": None if draft else f"http://help.example.org/en/articles/{39 + number}",
    }
    record = {
        "id": str(39 + number),
        "type": "article",
        "workspace_id": APP_ID,
        "parent_ids": parents,
        **({"tags": {"type": "tag.list", "tags": []}} if options.minor >= TAGS_SINCE else {}),
        **content,
        "default_locale": "en",
        "translated_content": _translated(content, bits),
    }
    if options.minor < NEWEST_MINOR:
        record |= {"parent_id": parents[0] if parents else None, "parent_type": "collection" if parents else None}
    else:
        record |= dict.fromkeys(AVAILABLE, bits >> 50 & 1 == 0) | {"created_by_id": content["author_id"]}
    return record


def _translated(content: Record, bits: int) -> Record | None:
    if bits >> 40 & 3 == 0:
        return None
    known = {"type": "article_content", **{key: value or "" for key, value in content.items()}}
    return {"type": "article_translated_content", "en": known, "fr": {**known, "title": f"Ça : {content['title']}"}}


def collections(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the collections of articles, last changed first."""
    del options
    records = []
    for number in range(searchable.scaled_count(260)):
        bits, created, changed = bits_and_times(searchable, 107, number)
        records.append(
            {
                "id": str(159 + number),
                "workspace_id": APP_ID,
                "name": f"Rubrique {number}",
                "url": f"http://help.example.org/collection-{159 + number}",
                "order": number,
                "created_at": created,
                "updated_at": changed,
                "description": None if bits & 3 == 0 else "Alles über “X”",
                "icon": "bookmark",
                "parent_id": str(159 + number // 2) if number % 4 == 3 else None,
                "help_center_id": None if number % 4 == 3 else 79 + number % 2,
            }
        )
    return newest_first(records)


def help_centers(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the help centers."""
    newer_fields = {"default": False, "locales": ["en", "fr"]} if options.minor >= NEWEST_MINOR else {}
    return [
        {
            "id": str(79 + number),
            "workspace_id": APP_ID,
            "created_at": searchable.world.newest_at - _YEAR,
            "updated_at": searchable.world.newest_at - _YEAR + number,
            "identifier": f"help-center-{number}",
            "website_turned_on": number == 0,
            "display_name": f"Aide № {number}",
            "url": f"https://help{number}.example.org",
            "custom_domain": "help.example.org" if number else None,
            **newer_fields,
        }
        for number in range(2)
    ]


def internal_articles(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the internal articles."""
    records = []
    for number in range(searchable.scaled_count(260, 30)):
        bits, created, changed = bits_and_times(searchable, 109, number)
        newer_fields = {**dict.fromkeys(AVAILABLE, True), "audience_ids": [95]} if options.minor >= NEWEST_MINOR else {}
        records.append(
            {
                "type": "internal_article",
                "id": str(390 + number),
                "title": f"Intern {number}",
                "body": body(bits >> 30, plaintext=False),
                "owner_id": pick_author(searchable, bits),
                "author_id": pick_author(searchable, bits >> 3),
                "created_at": created,
                "updated_at": changed,
                "locale": "en",
                **newer_fields,
            }
        )
    return records


def news_items(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the news items."""
    del options
    records = []
    for number in range(searchable.scaled_count(220, 60)):
        bits, created, changed = bits_and_times(searchable, 113, number)
        live = bits & 3 != 0
        feeds = [{"newsfeed_id": 68 + number % 3, "published_at": changed}] if live else []
        records.append(
            {
                "id": str(29 + number),
                "type": "news-item",
                "workspace_id": APP_ID,
                "title": f"Neuigkeit {number} 🎉",
                "body": body(bits >> 30, plaintext=False),
                "sender_id": pick_author(searchable, bits),
                "state": "live" if live else "draft",
                "labels": ["Produkt", None][: bits >> 4 & 1],
                "cover_image_url": "https://example.org/cover.png" if bits >> 5 & 1 else None,
                "reactions": [None, "😆", "👍", None],
                "deliver_silently": bool(bits >> 6 & 1),
                "created_at": created,
                "updated_at": changed,
                "newsfeed_assignments": feeds,
            }
        )
    return records


def newsfeeds(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the newsfeeds."""
    del options
    created_at = searchable.world.newest_at - _YEAR
    return [
        {
            "id": str(68 + number),
            "type": "newsfeed",
            "name": ("Visitor Feed", "Kunden", "Équipe")[number],
            "created_at": created_at + number,
            "updated_at": created_at + 86400 * number,
        }
        for number in range(3)
    ]


def newsfeed_items(searchable: "SearchableRecords", options: ViewOptions, newsfeed: str) -> list[Record]:
    """Return the live items of a newsfeed."""
    wanted = int(newsfeed)
    return [
        item
        for item in present_news_items(searchable, options)
        if wanted in (feed["newsfeed_id"] for feed in item["newsfeed_assignments"])
    ]


def present_news_items(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the news items as they are now."""
    return searchable.edits.applied("news_items", searchable.cached_list("news_items", options, news_items))
