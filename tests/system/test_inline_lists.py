"""Lists of contacts and conversations as the simulator does not write them: in odd shapes, long, in several pages."""

import asyncio
import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from clients import story
from conftest import Output, Tap
from scripted_server import Act, Asked, ScriptedServer, answer

NO_SUCH_THING = {"type": "error.list", "errors": [{"code": "not_found", "message": "Not here"}]}


def routed(answers: Mapping[str, Any]) -> Act:
    """Answer by the address, without its query unless that is named."""

    async def act(writer: asyncio.StreamWriter, asked: Asked) -> None:
        path = asked.target.partition("?")[0]
        found = answers.get(asked.target, answers.get(path))
        body, status = (NO_SUCH_THING, 404) if found is None else (found, 200)
        await answer(json.dumps(body).encode(), status)(writer, asked)

    return act


def contact(identifier: str, **lists: Any) -> dict[str, Any]:
    return {"type": "contact", "id": identifier, "role": "user", "updated_at": 1_700_000_000, **lists}


def short(*ids: str, total: int | None = None) -> dict[str, Any]:
    total = len(ids) if total is None else total
    data = [{"type": "x", "id": one, "url": f"/x/{one}"} for one in ids]
    return {"type": "list", "data": data, "url": "/x", "total_count": total, "has_more": total > len(ids)}


def whole(*records: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "list", "data": list(records), "total_count": len(records)}


async def run(tap: Tap, answers: Mapping[str, Any], *streams: str) -> tuple[Output, list[str]]:
    """Sync these streams from a server with these answers; give what came, and what was asked besides the search."""
    async with ScriptedServer(then=routed(answers)) as server:
        tap.url = server.url
        catalog = await asyncio.to_thread(tap.catalog, *streams, api_version="2.16")
        output = await asyncio.to_thread(tap, api_version="2.16", catalog=catalog)
        return output, sorted(target for target in server.targets if "/search" not in target and target != "/me")


@story
async def test_a_contact_whose_lists_are_of_no_known_shape_is_asked(tap: Tap) -> None:
    odd = [None, [], {}, "none", {"data": [{"id": "6"}]}, {"type": "list", "total_count": 0, "has_more": False}]
    people = [contact(str(number), tags=tags, notes=tags) for number, tags in enumerate(odd, start=1)]
    people += [contact("7"), contact("8", tags=short("6"), notes=short()), contact("9", tags=short(), notes=short("1"))]
    tags = {f"/contacts/{number}/tags": whole({"id": "5", "name": "A"}) for number in range(1, 8)}
    notes = {f"/contacts/{one['id']}/notes": whole({"id": f"n{one['id']}"}) for one in people if one["id"] != "8"}
    answers = {"/contacts/search": whole(*people), **tags, **notes}
    output, asked = await run(tap, answers, "contact_tags", "contact_notes")
    assert asked == sorted([*tags, *(f"{path}?per_page=60" for path in notes)])
    links = sorted((row["contact_id"], row["id"]) for row in output.records("contact_tags"))
    assert links == [*((str(number), "5") for number in range(1, 8)), ("8", "6")]
    assert output.counts()["contact_notes"] == len(notes)


@story
async def test_subscriptions_are_told_apart_by_what_they_need(tap: Tap) -> None:
    kinds = ["opt_in"] * 13 + ["opt_out"] * 12
    types = [{"type": "subscription", "id": str(number), "consent_type": kind} for number, kind in enumerate(kinds)]
    opted_in, opted_out = (
        short(*(one["id"] for one in types if one["consent_type"] == kind), total=total)
        for kind, total in (("opt_in", 13), ("opt_out", 12))
    )
    for lists in (opted_in, opted_out):
        lists |= {"data": lists["data"][:10], "has_more": True}
    person = contact("1", opted_in_subscription_types=opted_in, opted_out_subscription_types=opted_out)
    answers = {"/contacts/search": whole(person), "/contacts/1/subscriptions": whole(*types)}
    output, asked = await run(tap, answers, "contacts", "contact_subscriptions")
    assert asked == ["/contacts/1/subscriptions"]
    (row,) = output.records("contacts")
    for field, listed, ids in (
        ("opted_in_subscription_types", opted_in, range(13)),
        ("opted_out_subscription_types", opted_out, range(13, 25)),
    ):
        assert row[field][:10] == listed["data"]
        assert [item["id"] for item in row[field]] == [str(number) for number in ids]
        assert row[field][10] == {"type": "subscription", "id": str(ids[10]), "url": None}
    assert output.counts()["contact_subscriptions"] == 25


@pytest.mark.parametrize("listed", [whole({"id": "7", "name": "News"}), None])
@story
async def test_subscriptions_whose_types_are_not_listed_are_asked_for(tap: Tap, listed: Any) -> None:
    """One type is not in the list; or there is no list."""
    people = [
        contact(
            str(number), opted_in_subscription_types=short(*opted_in), opted_out_subscription_types=short(*opted_out)
        )
        for number, (opted_in, opted_out) in enumerate([("7", ""), ("7", "8"), ("", "")])
    ]
    known = whole({"id": "7", "name": "News"}, {"id": "8", "name": "Offers"})
    answers = {"/contacts/search": whole(*people), "/subscription_types": listed}
    answers |= {"/contacts/0/subscriptions": whole({"id": "7", "name": "News"}), "/contacts/1/subscriptions": known}
    output, asked = await run(tap, answers, "contact_subscriptions")
    rows = output.records("contact_subscriptions")
    assert sorted((row["contact_id"], row["id"], row["contact_updated_at"]) for row in rows) == [
        (contact_id, identifier, "2023-11-14T22:13:20Z")
        for contact_id, identifier in (("0", "7"), ("1", "7"), ("1", "8"))
    ]
    asked_one_by_one = [] if listed else ["/contacts/0/subscriptions"]
    assert asked == [*asked_one_by_one, "/contacts/1/subscriptions", "/subscription_types"]
    assert ("so it is asked for" in output.stderr) is (listed is None)


@story
async def test_what_hangs_on_companies_is_not_asked_again_when_their_scroll_is_begun_anew(tap: Tap) -> None:
    """One of the companies has changed meanwhile."""
    broken = {
        "errors": [{"message": "Request failed due to an internal network error. Please restart the scroll operation."}]
    }
    company = {"type": "company", "id": "1", "updated_at": 1_700_000_000}
    other = {**company, "id": "2"}
    changed = {**other, "updated_at": 1_700_000_001}
    answers = [
        (200, {"data": [company, other], "scroll_param": "a"}),
        (500, broken),
        (200, {"data": [company, changed], "scroll_param": "b"}),
        (200, {"data": [], "scroll_param": "b"}),
        (404, {"errors": [{"code": "not_found", "message": "scroll parameter not found"}]}),
    ]

    async def act(writer: asyncio.StreamWriter, asked: Asked) -> None:
        is_scroll = asked.target.startswith("/companies/scroll")
        status, body = answers.pop(0) if is_scroll else (200, whole({"type": "note", "id": f"of {asked.target}"}))
        if asked.target.startswith("/companies?"):
            body = {"data": [], "total_count": 2 if len(answers) < 2 else 3}
        await answer(json.dumps(body).encode(), status)(writer, asked)

    async with ScriptedServer(then=act) as server:
        tap.url = server.url
        catalog = await asyncio.to_thread(tap.catalog, "companies", "company_notes", api_version="2.16")
        output = await asyncio.to_thread(tap, api_version="2.16", catalog=catalog)
        asked = sorted(target.partition("?")[0] for target in server.targets if "notes" in target)
    assert asked == ["/companies/1/notes", "/companies/2/notes", "/companies/2/notes"]
    assert output.counts() == {"companies": 3, "company_notes": 3}
    assert set(output.state["bookmarks"].values()) == {"2023-11-14T22:13:21.000000Z"}


@story
async def test_places_in_a_list_go_on_over_its_pages(tap: Tap) -> None:
    def page(number: int) -> dict[str, Any]:
        events = [{"id": str(10 * number + place), "event_type": "assigned"} for place in range(3)]
        return {"handling_events": events, "pages": {"type": "pages", "page": number, "per_page": 3, "total_pages": 3}}

    address = "/conversations/1/handling_events"
    found = {"type": "conversation.list", "conversations": [{"id": "1", "updated_at": 1_700_000_000}], "total_count": 1}
    answers = {"/conversations/search": found, address: page(1)}
    answers |= {f"{address}?page={number}": page(number) for number in (2, 3)}
    output, asked = await run(tap, answers, "conversation_handling_events")
    assert asked == [address, f"{address}?page=2", f"{address}?page=3"]
    rows = output.records("conversation_handling_events")
    assert [row["position"] for row in rows] == list(range(9))
    assert {row["conversation_id"] for row in rows} == {"1"}


@story
async def test_a_contact_of_no_kind_is_neither_a_user_nor_a_lead(tap: Tap) -> None:
    roles = {"1": "user", "2": "lead", "3": None, "4": "visitor", "5": 7, "6": None}
    people = [{**contact(identifier), "role": role} for identifier, role in roles.items()]
    people.insert(1, {"name": "no id"})
    output, _ = await run(tap, {"/contacts/search": whole(*people)}, "contacts", "users", "leads")
    found = {name: [row["id"] for row in output.records(name)] for name in ("contacts", "users", "leads")}
    assert found == {"contacts": list(roles), "users": ["1"], "leads": ["2"]}
    for name in ("users", "leads"):
        assert output.stderr.count(f"WARNING {name}: 3 and perhaps others have no role") == 1


@story
async def test_contacts_are_asked_one_by_one_where_their_merge_history_is_refused(tap: Tap) -> None:
    refusal = {"type": "error.list", "errors": [{"code": "parameter_invalid", "message": "include_merge_history"}]}
    merge = {
        "type": "merge_history",
        "source_contact_id": "7",
        "source_contact_role": "lead",
        "merged_at": 1_600_000_000,
    }
    answers = {"/contacts/search": whole(contact("1")), "/contacts/1/merge_history": whole(merge)}

    async def act(writer: asyncio.StreamWriter, asked: Asked) -> None:
        if "include_merge_history" in asked.target:
            await answer(json.dumps(refusal).encode(), 400)(writer, asked)
        else:
            await routed(answers)(writer, asked)

    async with ScriptedServer(then=act) as server:
        tap.url = server.url
        catalog = await asyncio.to_thread(tap.catalog, "contact_merge_history", api_version="2.16")
        output = await asyncio.to_thread(tap, api_version="2.16", catalog=catalog)
    (row,) = output.records("contact_merge_history")
    assert (row["contact_id"], row["source_contact_id"]) == ("1", "7")


@pytest.mark.parametrize("stream", ["contacts", "macros", "deleted_conversations", "contact_merge_history"])
@story
async def test_pages_without_end_end_the_run(tap: Tap, stream: str) -> None:
    """Every page names another one that was never asked for, and gives what the one before gave."""
    numbers = itertools.count(1)

    async def act(writer: asyncio.StreamWriter, asked: Asked) -> None:
        number, path = next(numbers), asked.target.partition("?")[0]
        following = (
            f"{server.url}{path}?page={number}" if path.endswith("/deleted") else {"starting_after": str(number)}
        )
        ends = stream == "contact_merge_history" and path == "/contacts/search"
        pages = {} if ends else {"pages": {"page": number, "next": following}, "next_cursor": str(number)}
        records = whole(contact("1", source_contact_id="2"))
        await answer(json.dumps({**records, "conversations": records["data"], **pages}).encode())(writer, asked)

    async with ScriptedServer(then=act) as server:
        tap.url = server.url
        catalog = await asyncio.to_thread(tap.catalog, stream, api_version="2.16")
        output = await asyncio.to_thread(tap, code=6, api_version="2.16", catalog=catalog)
    assert 10 < len(server.journal) < 50
    (line,) = [line for line in output.stderr.splitlines() if line.startswith("ERROR")]
    assert re.fullmatch(
        rf"ERROR {stream}: not complete: (all came but what belongs to contacts 1, .* again: )?"
        rf"/\S+ gives the same records again and again; run again, and report .*",
        line,
    )


ODD_TAGS = [None, "vip", 7, {"name": "no id"}, {"id": {"of": "an odd kind"}}, {"id": ""}]


@story
async def test_odd_records_are_left_out_and_their_list_is_not_declared_whole(tap: Tap) -> None:
    answers = {"/tags": whole({"id": "1", "name": "a"}, *ODD_TAGS, {"id": 2, "name": "b"})}  # type: ignore[arg-type]
    async with ScriptedServer(then=routed(answers)) as server:
        tap.url = server.url
        catalog = await asyncio.to_thread(tap.catalog, "tags", api_version="2.16")
        output = await asyncio.to_thread(tap, api_version="2.16", catalog=catalog, activate_version=True)
    assert [row["id"] for row in output.records("tags")] == ["1", "2"]
    (line,) = [line for line in output.stderr.splitlines() if line.startswith("WARNING")]
    assert line == (
        "WARNING tags: (records): 6 items were left out, being null, of another kind or without a key; "
        "first item 2 of its page"
    )
    assert "ACTIVATE_VERSION" not in {message["type"] for message in output.messages}
    assert server.targets.count("/tags") == 1


@story
async def test_a_stream_without_a_record_that_can_be_used_fails_alone(tap: Tap) -> None:
    people = [contact(str(number), tags=whole({"name": "no id"})) for number in range(12)]
    answers = {"/contacts/search": whole(*people)}
    async with ScriptedServer(then=routed(answers)) as server:
        tap.url = server.url
        catalog = await asyncio.to_thread(tap.catalog, "contacts", "contact_tags", api_version="2.16")
        output = await asyncio.to_thread(tap, code=6, api_version="2.16", catalog=catalog)
    assert output.counts() == {"contacts": 12}
    (line,) = [line for line in output.stderr.splitlines() if line.startswith("ERROR")]
    assert line.startswith("ERROR contact_tags: not complete: none of its records has a key that can be used; check")
    assert set(output.state["bookmarks"]) == {"contacts"}


@story
async def test_parents_that_are_left_out_are_named_by_their_children(tap: Tap) -> None:
    answers = {
        "/contacts/search": whole(None, contact("1"), {"tags": whole({"id": "5"})}),  # type: ignore[arg-type]
        "/contacts/1/notes": whole({"id": "6"}),
    }
    output, _ = await run(tap, answers, "contact_notes")
    assert output.counts() == {"contact_notes": 1}
    assert "WARNING contact_notes: (contacts): 2 items were left out" in output.stderr


@story
async def test_teammates_that_are_kept_back_are_told_of(tap: Tap) -> None:
    teammates = {"type": "admin.list", "admins": [{"type": "admin", "id": "7"}], "total_count": 3}
    talk = {"type": "conversation", "id": "1", "updated_at": 1_700_000_000, "teammates": teammates}
    answers = {"/conversations/search": {"type": "conversation.list", "conversations": [talk]}}
    output, _ = await run(tap, answers, "conversation_teammates")
    assert "WARNING conversation_teammates: conversations 1: Intercom gave 1 of 3 teammates" in output.stderr
