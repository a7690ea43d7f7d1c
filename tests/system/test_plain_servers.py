"""Servers that do no more than what Intercom's pages of reference say, in the plainest way: no scroll, no order."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from conftest import Output, Tap
from scripted import Act, Asked, Scripted, answer
from story import story

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
    async with Scripted(then=serve(routes)) as server:
        tap.url = server.url
        catalog = await asyncio.to_thread(tap.catalog, *streams, **settings)
        output = await asyncio.to_thread(tap, catalog=catalog, **settings, **options)
        return output, [f"{asked.method} {asked.target}" for asked in server.journal]


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
    assert len([one for one in asked if "page=" in one]) == 3
    assert output.state["bookmarks"] == {stream: "2023-11-14T22:13:20.000000Z"}
    again, _ = await run(tap, {path: listed(key, people(101))}, stream, api_version=version, state=output.state)
    assert {row["id"] for row in again.records(stream)} == {"p0"}


@story
async def test_more_people_than_pages_reach_are_no_quiet_end(tap: Tap) -> None:
    output, _ = await run(tap, {"/contacts": listed("contacts", people(10_000))}, "leads", code=6)
    assert not output.records("leads")
    assert "bookmarks" not in output.state or not output.state["bookmarks"]
    assert "/contacts holds 10000 records or more, and its pages reach no further" in output.stderr
