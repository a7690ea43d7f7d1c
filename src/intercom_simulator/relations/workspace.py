"""Links of what a workspace has set up: admins of teams, and items of newsfeeds."""

from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.v2_records import knowledge
from intercom_simulator.v2_search.searchable import SearchableRecords

NEWEST = ViewOptions(NEWEST_MINOR)


def admins_of_team(searchable: SearchableRecords, team: str) -> list[str]:
    """Return the ids of a team's admins."""
    return [str(one) for one in _record(searchable, "teams", team)["admin_ids"]]


def set_admins_of_team(searchable: SearchableRecords, team: str, ids: list[str]) -> None:
    """Give a team exactly these admins; the admins name the team, too."""
    world, before = searchable.world, admins_of_team(searchable, team)
    for admin in sorted({*before} ^ {*ids}):
        kept = [one for one in _record(searchable, "admins", admin)["team_ids"] if str(one) != team]
        fields = {"team_ids": [*kept, int(team)] if admin in ids else kept}
        world.streams["admins"].change(world.streams["admins"].entries[admin], fields)
    world.streams["teams"].change(world.streams["teams"].entries[team], {"admin_ids": [int(one) for one in ids]})


def newsfeeds(searchable: SearchableRecords) -> list[str]:
    """Return the ids of the newsfeeds."""
    return [feed["id"] for feed in knowledge.newsfeeds(searchable, NEWEST)]


def items_of_newsfeed(searchable: SearchableRecords, newsfeed: str) -> list[str]:
    """Return the ids of a newsfeed's items."""
    return [item["id"] for item in knowledge.newsfeed_items(searchable, NEWEST, newsfeed)]


def live_items(searchable: SearchableRecords, newsfeed: str) -> list[str]:
    """Return the ids of the news items that a newsfeed can have."""
    del newsfeed
    return [item["id"] for item in knowledge.present_news_items(searchable, NEWEST) if item["state"] == "live"]


def set_items_of_newsfeed(searchable: SearchableRecords, newsfeed: str, ids: list[str]) -> None:
    """Give a newsfeed exactly these items."""
    changed = {*items_of_newsfeed(searchable, newsfeed)} ^ {*ids}
    for item in knowledge.present_news_items(searchable, NEWEST):
        if item["id"] in changed:
            kept = [one for one in item["newsfeed_assignments"] if str(one["newsfeed_id"]) != newsfeed]
            new = {"newsfeed_id": int(newsfeed), "published_at": item["updated_at"]}
            fields = {"newsfeed_assignments": [*kept, new] if item["id"] in ids else kept}
            searchable.edits.edit("news_items", item["id"], fields)


def _record(searchable: SearchableRecords, stream: str, identity: str) -> Record:
    collection = searchable.world.streams[stream]
    return collection.content(collection.entries[identity])
