"""Changes of links: both sides show them, the truth knows them, and no time moves."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from intercom_simulator.relations import table
from intercom_simulator.relations.random_changes import change_links
from intercom_simulator.relations.table import RELATIONS
from intercom_simulator.world.manual_changes import NoSuchRecord

DATED = ("contacts", "companies", "conversations", "tickets", "news_items", "newsfeeds", "segments")
# The keys of a row of the truth: the parent, and what it is linked to.
KEYS = {
    "contact_tags": ("contact_id", "tag_id"),
    "contact_segments": ("contact_id", "segment_id"),
    "contact_companies": ("contact_id", "company_id"),
    "contact_subscriptions": ("contact_id", "subscription_type_id"),
    "contact_notes": ("contact_id", "id"),
    "company_contacts": ("company_id", "contact_id"),
    "company_segments": ("company_id", "id"),
    "company_tags": ("company_id", "tag_id"),
    "company_notes": ("company_id", "id"),
    "conversation_tags": ("conversation_id", "tag_id"),
    "ticket_contacts": ("ticket_id", "contact_id"),
    "team_admins": ("team_id", "admin_id"),
    "newsfeed_items": ("newsfeed_id", "id"),
}
# Where API 2.16 serves the links of one parent, and the key of their ids.
SERVED: dict[str, Callable[[Any, str], list[str]]] = {
    "contact_tags": lambda ask, one: ids(ask, f"/contacts/{one}/tags"),
    "contact_segments": lambda ask, one: ids(ask, f"/contacts/{one}/segments"),
    "contact_companies": lambda ask, one: ids(ask, f"/contacts/{one}/companies?per_page=60"),
    "contact_subscriptions": lambda ask, one: ids(ask, f"/contacts/{one}/subscriptions"),
    "contact_notes": lambda ask, one: ids(ask, f"/contacts/{one}/notes?per_page=60"),
    "company_contacts": lambda ask, one: ids(ask, f"/companies/{one}/contacts?per_page=60"),
    "company_segments": lambda ask, one: ids(ask, f"/companies/{one}/segments"),
    "company_tags": lambda ask, one: ids(ask, f"/companies/{one}", "tags", "tags"),
    "company_notes": lambda ask, one: ids(ask, f"/companies/{one}/notes?per_page=60"),
    "conversation_tags": lambda ask, one: ids(ask, f"/conversations/{one}", "tags", "tags"),
    "ticket_contacts": lambda ask, one: ids(ask, f"/tickets/{one}", "contacts", "contacts"),
    "team_admins": lambda ask, one: [str(admin) for admin in get(ask, f"/teams/{one}")["admin_ids"]],
    "newsfeed_items": lambda ask, one: ids(ask, f"/news/newsfeeds/{one}/items?per_page=50"),
}


def get(ask: Any, target: str) -> Any:
    reply = ask(target, version="2.16")
    assert reply.status == 200, (target, reply.body)
    return reply.json


def ids(ask: Any, target: str, *path: str) -> list[str]:
    found: list[str] = []
    while target:
        page = get(ask, target)
        items = page["data"] if not path else page[path[0]][path[1]]
        found += [str(one["id"]) for one in items]
        target = ((page.get("pages") or {}).get("next") or "").removeprefix("http://127.0.0.1:8787")
    return found


def truth(ask: Any, stream: str) -> set[tuple[str, str]]:
    parent, target = KEYS[stream]
    return {(str(row[parent]), str(row[target])) for row in ask.expected(stream)}


def times(ask: Any) -> list[Any]:
    return [(stream, row["id"], row["updated_at"]) for stream in DATED for row in ask.expected(stream)]


def searchable_of(ask: Any) -> Any:
    return ask.workspace.context.searchable


def test_every_stream_of_links_is_in_the_table_and_in_this_test() -> None:
    assert set(RELATIONS) == set(KEYS) == set(SERVED)


@pytest.mark.parametrize("stream", KEYS)
def test_links_come_and_go_and_no_time_moves(ask: Any, stream: str) -> None:
    before, moments = truth(ask, stream), times(ask)
    ask.workspace.clock.advance(100)
    changed = change_links(searchable_of(ask), [stream], 5, add=6, remove=6)[stream]
    added, removed = {*changed["added"]}, {*changed["removed"]}
    assert 0 < len(added) == len(changed["added"]) <= 6
    assert 0 < len(removed) == len(changed["removed"]) <= 6
    assert added & before == set()
    assert removed <= before
    assert truth(ask, stream) == before - removed | added
    assert times(ask) == moments


@pytest.mark.parametrize("stream", KEYS)
def test_what_is_served_is_the_truth_after_changes(ask: Any, stream: str) -> None:
    parents = list(RELATIONS[stream].parents(searchable_of(ask)))[:70]
    for one in parents:
        SERVED[stream](ask, one)  # so that whatever is cached is cached
    changed = change_links(searchable_of(ask), [stream], 6, add=20, remove=20)[stream]
    touched = [parent for parent, _ in (*changed["added"], *changed["removed"])]
    known = truth(ask, stream)
    for one in dict.fromkeys((*parents, *touched)):
        served = SERVED[stream](ask, one)
        assert len(served) == len(set(served)) or stream == "conversation_tags"  # an oddity: a tag twice
        assert {(one, target) for target in served} == {pair for pair in known if pair[0] == one}


def test_both_sides_of_companies_and_contacts_are_the_same(ask: Any) -> None:
    for seed in range(5):
        change_links(searchable_of(ask), ["contact_companies", "company_contacts"], seed, add=10, remove=10)
        turned = {(company, contact) for contact, company in truth(ask, "contact_companies")}
        assert truth(ask, "company_contacts") == turned


def test_searches_lists_and_counts_follow(ask: Any) -> None:
    everything = [page["data"] for page in ask.search("contacts", pagination={"per_page": 150})]
    segments = [one["id"] for one in get(ask, "/segments")["segments"]]
    tags = [one["id"] for one in get(ask, "/tags")["data"]]

    def found(field: str, value: str) -> set[tuple[str, str]]:
        query = {"field": field, "operator": "=", "value": value}
        pages = ask.search("contacts", query=query, pagination={"per_page": 150})
        return {(one["id"], value) for page in pages for one in page["data"]}

    for seed in range(3):
        for stream, field, values in (("segments", "segment_id", segments), ("tags", "tag_id", tags)):
            assert set().union(*(found(field, value) for value in values)) == truth(ask, f"contact_{stream}")
        counts = [one["count"] for one in get(ask, "/segments?include_count=true")["segments"]]
        assert counts == [len(found("segment_id", one)) for one in segments]
        change_links(searchable_of(ask), ["contact_segments", "contact_tags"], seed, add=30, remove=30)
    assert len(list(itertools.chain(*everything))) == len(ask.expected("contacts"))


def test_inline_lists_follow(ask: Any) -> None:
    change_links(searchable_of(ask), [], 1, add=30, remove=30)
    lists = {"tags": "contact_tags", "companies": "contact_companies", "notes": "contact_notes"}
    known = {stream: truth(ask, stream) for stream in (*lists.values(), "company_notes", "contact_subscriptions")}
    for page in ask.search("contacts", pagination={"per_page": 150}):
        for contact in page["data"]:
            for name, stream in lists.items():
                own = {target for parent, target in known[stream] if parent == contact["id"]}
                listed = [one["id"] for one in contact[name]["data"]]
                assert contact[name]["total_count"] == len(own)
                assert set(listed) <= own
                assert len(listed) == min(10, len(own))
            opted = [contact[f"opted_{way}_subscription_types"]["data"] for way in ("in", "out")]
            own = {target for parent, target in known["contact_subscriptions"] if parent == contact["id"]}
            assert sorted(one["id"] for listed in opted for one in listed) == sorted(own)
    for company in ask.expected("companies"):
        own = {target for parent, target in known["company_notes"] if parent == company["id"]}
        assert company["notes"]["total_count"] == len(own)


def test_api_1_4_shows_the_same_tags_and_companies(ask: Any) -> None:
    changed = change_links(searchable_of(ask), ["contact_tags", "contact_companies"], 2, add=25, remove=25)
    tags, companies = truth(ask, "contact_tags"), truth(ask, "contact_companies")
    for stream, pairs in (("contact_tags", tags), ("contact_companies", companies)):
        kind = stream.partition("_")[2]
        for contact, _ in changed[stream]["added"]:
            path = "contacts" if contact in ask.workspace.world.leads.entries else "users"
            shown = ask(f"/{path}/{contact}").json[kind][kind]
            assert {(contact, one["id"]) for one in shown} == {pair for pair in pairs if pair[0] == contact}
            if stream == "contact_tags":
                tag = shown[0]["id"]
                assert contact in {one["id"] for one in ask.pages(f"/{path}?tag_id={tag}&per_page=60", path)}


def test_changes_are_the_same_for_the_same_seed(open_workspace: Callable[..., Any]) -> None:
    first, second, other = (
        change_links(searchable_of(open_workspace()), [], seed, add=5, remove=5) for seed in (1, 1, 2)
    )
    assert first == second != other
    assert set(first) == set(RELATIONS)


def test_admins_name_the_teams_that_name_them(ask: Any) -> None:
    change_links(searchable_of(ask), ["team_admins"], 3, add=4, remove=4)
    named = {(str(team), admin["id"]) for admin in ask.expected("admins") for team in admin["team_ids"]}
    assert named == truth(ask, "team_admins")


def test_nothing_is_taken_that_is_not_there_and_a_ticket_keeps_a_contact(ask: Any) -> None:
    searchable, world = searchable_of(ask), ask.workspace.world
    user, tag = next(iter(world.users)).id, next(iter(world.streams["tags"])).id
    ticket = next(
        one for one in world.tickets if len(table.RELATIONS["ticket_contacts"].linked(searchable, one.id)) == 1
    )
    (contact,) = RELATIONS["ticket_contacts"].linked(searchable, ticket.id)
    for stream, parent, target, named in (
        ("contact_tags", user, "missing", "missing"),
        ("contact_tags", "missing", tag, "missing"),
        ("contact_segments", user, tag, tag),
        ("tags", user, tag, "no links tags"),
    ):
        for change in (table.link, table.unlink):
            with pytest.raises(NoSuchRecord, match=named):
                change(searchable, stream, parent, target)
    with pytest.raises(ValueError, match="keeps its last one"):
        table.unlink(searchable, "ticket_contacts", ticket.id, contact)
    linked = table.link(searchable, "ticket_contacts", ticket.id, user)
    assert table.unlink(searchable, "ticket_contacts", ticket.id, contact) == [one for one in linked if one != contact]


def test_records_that_are_deleted_take_their_links_along(ask: Any) -> None:
    world = ask.workspace.world
    for stream in ("users", "leads", "companies", "conversations", "tickets"):
        for entry in list(world.streams[stream])[::2]:
            world.remove(stream, entry)
    present = {entry.id for stream in ("users", "leads", "companies") for entry in world.streams[stream]}
    for stream in ("contact_tags", "contact_segments", "contact_companies", "company_contacts", "company_tags"):
        pairs = truth(ask, stream)
        assert pairs
        assert {parent for parent, _ in pairs} <= present
        assert stream not in ("contact_companies", "company_contacts") or {target for _, target in pairs} <= present
    for stream, kept in (("conversation_tags", world.conversations), ("ticket_contacts", world.tickets)):
        assert {parent for parent, _ in truth(ask, stream)} <= set(kept.entries)
