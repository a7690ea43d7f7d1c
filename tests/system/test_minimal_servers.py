"""Servers that do no more than what Intercom's pages of reference say, in the plainest way: no scroll, no order."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from clients import story
from conftest import Output, Tap
from scripted_server import Act, Asked, ScriptedServer, answer

SINCE = 1_700_000_000
Answer = Callable[[dict[str, str]], tuple[int, Any]]


def refuse(status: int, code: str, message: str) -> Answer:
    return lambda _: (status, {"type": "error.list", "errors": [{"code": code, "message": message}]})


NO_SUCH_THING = refuse(404, "not_found", "Resource Not Found")


def give(body: Mapping[str, Any]) -> Answer:
    return lambda _: (200, body)


def listed(key: str, records: list[dict[str, Any]], *, counted: bool = True) -> Answer:
    """Give a page of a list in its own order, whatever order is asked for."""

    def act(asked: dict[str, str]) -> tuple[int, Any]:
        number, per_page = int(asked.get("page", "1")), int(asked.get("per_page", "50"))
        total_pages = -(-len(records) // per_page)
        pages = {"type": "pages", "page": number, "per_page": per_page, "total_pages": total_pages}
        total = {"total_count": len(records)} if counted else {}
        found = records[(number - 1) * per_page : number * per_page]
        return 200, {"type": f"{key}.list", key: found, "pages": {**pages, "next": None}, **total}

    return act


def serve(routes: Mapping[str, Answer]) -> Act:
    """Answer by the path; what is on no route is not there."""

    async def act(writer: asyncio.StreamWriter, asked: Asked) -> None:
        address = urlsplit(asked.target)
        status, body = routes.get(address.path, NO_SUCH_THING)(dict(parse_qsl(address.query)))
        await answer(json.dumps(body).encode(), status)(writer, asked)

    return act


async def run(tap: Tap, routes: Mapping[str, Answer], *streams: str, **options: Any) -> tuple[Output, list[str]]:
    """Sync these streams from a server with these routes; give what came, and what was asked."""
    settings = {"api_version": "1.4", **{name: options.pop(name) for name in ("api_version",) if name in options}}
    async with ScriptedServer(then=serve(routes)) as server:
        tap.url = server.url
        catalog = await asyncio.to_thread(tap.catalog, *streams, **settings)
        output = await asyncio.to_thread(tap, catalog=catalog, **settings, **options)
        return output, [f"{asked.method} {asked.target}" for asked in server.journal]


@story
async def test_admins_that_may_not_be_read_one_by_one_come_as_the_list_has_them(tap: Tap) -> None:
    admins = [{"type": "admin", "id": str(number), "name": f"Admin {number}"} for number in range(4)]
    denied = dict.fromkeys([f"/admins/{number}" for number in range(4)], refuse(403, "forbidden", "Not allowed"))
    output, _ = await run(tap, {"/admins": give({"type": "admin.list", "admins": admins}), **denied}, "admins")
    assert [(row["id"], row["name"], row["job_title"]) for row in output.records("admins")] == [
        (str(number), f"Admin {number}", None) for number in range(4)
    ]
    (line,) = [line for line in output.stderr.splitlines() if line.startswith("WARNING")]
    assert 'give the app the permission "Read one admin"' in line
    assert "403 forbidden: Not allowed" in line


def conversations(updated: Iterable[int]) -> list[dict[str, Any]]:
    return [{"id": f"c{number}", "updated_at": SINCE + second} for number, second in enumerate(updated)]


def detailed(conversations: list[dict[str, Any]], **more: Any) -> dict[str, Answer]:
    """Give the detail of each conversation: one part, which is called after it."""
    details = {}
    for one in conversations:
        parts = [{"type": "conversation_part", "id": f"part of {one['id']}"}]
        body = {**one, "conversation_parts": {"conversation_parts": parts, "total_count": 1}, **more}
        details[f"/conversations/{one['id']}"] = give(body)
    return details


TALKS = ("conversations", "conversation_parts")


@pytest.mark.parametrize("updated", [(5, 4, 3, 2, 1), (3, 1, 5, 2, 4)], ids=["newest first", "any order"])
@story
async def test_a_single_page_of_conversations_may_be_in_any_order(tap: Tap, updated: tuple[int, ...]) -> None:
    found = conversations(updated)
    output, asked = await run(
        tap, {"/conversations": listed("conversations", found, counted=False), **detailed(found)}, *TALKS
    )
    assert output.counts() == {"conversations": 5, "conversation_parts": 5}
    assert output.state["bookmarks"] == dict.fromkeys(TALKS, "2023-11-14T22:13:25.000000Z")
    assert len([one for one in asked if one.startswith("GET /conversations?")]) == 1


@pytest.mark.parametrize(
    "updated",
    [
        range(400, 200, -1),
        [7 * number % 200 for number in range(200)],
        [*range(70), 500, *range(70, 199)],
        [*range(119), 500, *range(119, 199)],
        [*range(1, 180), 0, *range(180, 200)],
    ],
    ids=["newest first", "any order", "one too new", "one at a border", "one too old"],
)
@pytest.mark.parametrize("known", [None, 100], ids=["first", "next"])
@story
async def test_conversations_in_another_order_are_all_read_and_claimed_at_the_end(
    tap: Tap, updated: Iterable[int], known: int | None
) -> None:
    found = conversations(updated)
    routes = {"/conversations": listed("conversations", found, counted=False), **detailed(found)}
    bookmark = datetime.fromtimestamp(SINCE + (known or 0), UTC).isoformat()
    state = {} if known is None else {"state": {"bookmarks": dict.fromkeys(TALKS, bookmark)}}
    output, _ = await run(tap, routes, *TALKS, **state)
    wanted = {one["id"] for one in found if one["updated_at"] >= SINCE + (known or 0)}
    assert {row["id"] for row in output.records("conversations")} == wanted
    assert {row["conversation_id"] for row in output.records("conversation_parts")} == wanted
    newest = datetime.fromtimestamp(max(one["updated_at"] for one in found), UTC)
    assert {datetime.fromisoformat(one) for one in output.state["bookmarks"].values()} == {newest}


@story
async def test_a_claim_that_an_order_gave_is_taken_back_with_it(tap: Tap) -> None:
    """The third page has a conversation of the first one's time, when that is claimed already."""
    found = conversations([*range(10, 150), 20, *range(150, 180)])
    routes = {"/conversations": listed("conversations", found, counted=False)}
    output, _ = await run(tap, routes, "conversations")
    states = [message["value"].get("bookmarks", {}) for message in output.messages if message["type"] == "STATE"]
    claimed = [one.get("conversations") for one in states]
    first = next(place for place, claim in enumerate(claimed) if claim)
    assert None in claimed[first:]
    assert claimed[-1] == "2023-11-14T22:16:19.000000Z"


RATING = {
    "rating": 4,
    "remark": "Great",
    "created_at": SINCE,
    "customer": {"type": "user", "id": "u1"},
    "teammate": {"type": "admin", "id": 1234567},
}


@story
async def test_a_rating_comes_with_the_parts(tap: Tap) -> None:
    found = conversations(range(3))
    routes = {
        "/conversations": listed("conversations", found, counted=False),
        **detailed(found, conversation_rating=RATING),
    }
    output, asked = await run(tap, routes, *TALKS)
    assert len(asked) == 4
    rows = output.records("conversations")
    assert [row["conversation_rating"]["teammate"] for row in rows] == 3 * [{"type": "admin", "id": "1234567"}]
    assert {row["conversation_rating"]["remark"] for row in rows} == {"Great"}
    written = [
        message["record"].get("conversation_id") or message["record"]["id"]
        for message in output.messages
        if message["type"] == "RECORD"
    ]
    for one in found:
        first, second = (place for place, identifier in enumerate(written) if identifier == one["id"])
        assert output_stream(output, first) == "conversations"
        assert output_stream(output, second) == "conversation_parts"
    alone, asked = await run(tap, routes, "conversations")
    assert len(asked) == 1
    assert [row["conversation_rating"] for row in alone.records("conversations")] == 3 * [None]


def output_stream(output: Output, place: int) -> str:
    stream: str = [message for message in output.messages if message["type"] == "RECORD"][place]["stream"]
    return stream


@pytest.mark.parametrize(("status", "code"), [(404, 0), (403, 3)])
@story
async def test_a_conversation_whose_detail_cannot_be_read_comes_as_the_list_has_it(
    tap: Tap, status: int, code: int
) -> None:
    found = conversations(range(30))
    refused = {f"/conversations/{one['id']}": refuse(status, "not_found", "No") for one in found[1:]}
    told = detailed(found[:1], conversation_rating=RATING)
    routes = {"/conversations": listed("conversations", found, counted=False), **told, **refused}
    output, _ = await run(tap, routes, *TALKS, code=code)
    rows = output.records("conversations")
    assert sorted(row["id"] for row in rows) == sorted(one["id"] for one in found)
    assert output.state["bookmarks"]["conversations"] == "2023-11-14T22:13:49.000000Z"
    assert ("conversation_parts" in output.state["bookmarks"]) is (code == 0)


@story
async def test_a_conversation_is_written_once_whichever_stream_is_behind(tap: Tap) -> None:
    found = conversations(range(0, 40, 10))
    routes = {
        "/conversations": listed("conversations", found, counted=False),
        **detailed(found, conversation_rating=RATING),
    }
    late, early = (datetime.fromtimestamp(SINCE + second, UTC).isoformat() for second in (20, 10))
    for bookmarks, own, rated in (({TALKS[0]: late, TALKS[1]: early}, 2, 2), ({TALKS[0]: early, TALKS[1]: late}, 3, 2)):
        output, _ = await run(tap, routes, *TALKS, state={"bookmarks": bookmarks})
        rows = output.records("conversations")
        assert len(rows) == own
        assert sum(row["conversation_rating"] is not None for row in rows) == rated


def people(count: int) -> list[dict[str, Any]]:
    return [{"id": f"p{number}", "updated_at": SINCE - number} for number in range(count)]


@pytest.mark.parametrize(
    ("stream", "path", "key", "version"),
    [
        ("users", "/users", "users", "1.4"),
        ("leads", "/contacts", "contacts", "1.4"),
        ("companies", "/companies", "companies", "1.4"),
        ("companies", "/companies/list", "data", "2.16"),
    ],
)
@story
async def test_people_and_companies_come_from_their_list_where_there_is_no_scroll(
    tap: Tap, stream: str, path: str, key: str, version: str
) -> None:
    output, asked = await run(tap, {path: listed(key, people(101))}, stream, api_version=version)
    assert {row["id"] for row in output.records(stream)} == {f"p{number}" for number in range(101)}
    assert len([one for one in asked if "per_page=50" in one]) == 3
    assert output.state["bookmarks"] == {stream: "2023-11-14T22:13:20.000000Z"}
    again, _ = await run(tap, {path: listed(key, people(101))}, stream, api_version=version, state=output.state)
    assert {row["id"] for row in again.records(stream)} == {"p0"}


@story
async def test_more_people_than_pages_reach_are_no_quiet_end(tap: Tap) -> None:
    output, _ = await run(tap, {"/contacts": listed("contacts", people(10_000))}, "leads", code=6)
    assert not output.records("leads")
    assert "bookmarks" not in output.state or not output.state["bookmarks"]
    assert "/contacts holds 10000 records or more, and its pages reach no further" in output.stderr
