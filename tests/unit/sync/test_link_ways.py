"""Which way links are read: what each costs, and what is found out of the server before one is chosen."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.api.types import Answer, Reason, Refused, Request
from tap_intercom.errors import RecordUnavailable
from tap_intercom.streams.table import streams_of
from tap_intercom.sync.link_ways import EXTRA, NOBODY, Choice, Way, cheapest_way, choose_way

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = {stream.name: stream for stream in streams_of("2.16")}
INVALID = Refused(Reason.INVALID, 400, "parameter_invalid", "No such filter", None)

counts = st.lists(st.none() | st.integers(0, 10**6), max_size=8)


@given(counts=counts, per_page=st.integers(1, 150), changed=st.integers(0, 10**5))
def test_no_way_costs_more_than_another_that_is_possible(counts: list[int | None], per_page: int, changed: int) -> None:
    way = cheapest_way(counts, per_page, changed)
    known = [count for count in counts if count is not None]
    all_members = sum(max(1, -(-count // per_page)) for count in known) + EXTRA
    if len(known) == len(counts) and all_members <= changed:
        assert way is Way.ALL_MEMBERS
    elif len(counts) + EXTRA <= changed:
        assert way is Way.CHANGED_MEMBERS
    else:
        assert way is Way.PARENTS


@given(counts=counts)
def test_from_the_beginning_all_members_are_read(counts: list[int | None]) -> None:
    assert cheapest_way(counts, 150, None) is Way.ALL_MEMBERS


class Server:
    """A server with segments and their members, in the answers of contacts or of companies."""

    def __init__(self, stream: str, segments: Mapping[str, int | None], **options: Any) -> None:
        self.row = ROWS[stream]
        self.segments = segments
        self.changed: list[datetime] = options.get("changed", [])
        self.total: int | None = options.get("total")
        self.of_people: list[str] = options.get("of_people", [])
        self.found: int = options.get("found", 0)
        self.members: int = options.get("members", 0)
        self.details: list[str] | Exception = options.get("details", [])
        self.error: dict[str, Exception] = options.get("error", {})
        self.requests: list[str] = []

    async def ask(self, request: Request, read: Callable[[bytes], Any], give_up: Any) -> Answer[Any]:
        assert await give_up(0.0)
        said = f"{request.method} {request.path} {dict(request.query)} {request.body.decode() if request.body else ''}"
        self.requests.append(said)
        for part, error in self.error.items():
            if part in said:
                raise error
        return Answer(value=read(msgspec.json.encode(self.answer(request, said))), served=NOW)

    def answer(self, request: Request, said: str) -> Any:
        if request.path == "/segments":
            of_people = "company" in self.row.name and ("type", "company") not in request.query
            listed = dict.fromkeys(self.of_people) if of_people else self.segments
            counted = ("include_count", "true") in request.query
            return {"segments": [{"id": one, **({"count": n} if counted else {})} for one, n in listed.items()]}
        if "/segments" in request.path:
            if isinstance(self.details, Exception):
                raise self.details
            return {"data": [{"id": one} for one in self.details]}
        if NOBODY in said:
            return {"data": [{"id": "1"}][: self.found], "total_count": self.found}
        if "segment_id" in said:
            return {"data": [], "total_count": self.members}
        times = [int(moment.timestamp()) for moment in self.changed]
        records = [{"id": str(number), "updated_at": time} for number, time in enumerate(times)]
        return {"data": records, "total_count": len(records) if self.total is None else self.total}

    async def pause(self, seconds: float, reason: str) -> None:
        raise AssertionError(seconds, reason)

    def choose(self, start: datetime | None = None) -> Choice:
        client: Any = self
        return asyncio.run(choose_way(self.row, ROWS[str(self.row.parent)], client, start))


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=each) for each in seconds]


PEOPLE = {"a": 10, "b": 20}


def test_a_first_reading_is_by_members_where_the_server_can() -> None:
    server = Server("contact_segments", PEOPLE, changed=ago(1, 2), details=["a"])
    assert server.choose() == Choice(Way.ALL_MEMBERS)
    assert len(server.requests) == 5


@pytest.mark.parametrize(
    ("changed", "total", "way"),
    [
        ([], None, Way.PARENTS),
        (ago(1, 2, 3), None, Way.PARENTS),
        (ago(1, 2, 3, 4, 9000), None, Way.PARENTS),
        (ago(1, 2, 3, 4, 5), None, Way.ALL_MEMBERS),
        (ago(1, 2, 3, 4, 5, 9000), 400, Way.ALL_MEMBERS),
        (ago(1), 400, Way.ALL_MEMBERS),
    ],
)
def test_later_it_depends_on_how_many_parents_have_changed(
    changed: list[datetime], total: int | None, way: Way
) -> None:
    server = Server("contact_segments", PEOPLE, changed=changed, total=total)
    assert server.choose(NOW - timedelta(hours=1)) == Choice(way)


def test_members_that_changed_are_read_where_all_are_too_many_or_not_counted() -> None:
    for segments in ({"a": 10**6}, {"a": None}):
        server = Server("contact_segments", segments, changed=ago(*range(50)), total=50)
        assert server.choose(NOW - timedelta(hours=1)) == Choice(Way.CHANGED_MEMBERS)


def test_companies_have_no_search_by_time() -> None:
    server = Server("company_segments", PEOPLE, of_people=["c"])
    assert server.choose(NOW) == Choice(Way.ALL_MEMBERS)


@pytest.mark.parametrize(
    ("stream", "segments", "options", "reason"),
    [
        ("contact_segments", PEOPLE, {"found": 1}, "the server does not filter by segment_id"),
        ("company_segments", PEOPLE, {"found": 1}, "the server does not filter by segment_id"),
        ("company_segments", PEOPLE, {"of_people": ["b", "a"]}, "the server does not tell the records of /segments"),
        ("company_segments", {}, {"of_people": ["b", "a"]}, "the server does not tell the records of /segments"),
        ("company_segments", {"a": None}, {}, "the server does not count the members of the records of /segments"),
        ("company_segments", {"a": 9_960}, {}, "one of the records of /segments has more members than can be read"),
        ("contact_segments", PEOPLE, {"error": {"/segments": INVALID}}, "400 parameter_invalid: No such filter"),
        ("contact_segments", PEOPLE, {"error": {"segment_id": INVALID}}, "400 parameter_invalid: No such filter"),
        ("contact_segments", PEOPLE, {"error": {"/segments": RecordUnavailable("It is ill")}}, "It is ill"),
        (
            "contact_segments",
            PEOPLE,
            {"changed": ago(1), "details": ["a", "z"]},
            "the server does not list all records of /segments",
        ),
    ],
)
def test_what_the_server_cannot_do_is_the_reason_to_ask_the_parents(
    stream: str, segments: dict[str, int | None], options: dict[str, Any], reason: str
) -> None:
    choice = Server(stream, segments, **options).choose()
    assert choice.way is Way.PARENTS
    assert choice.reason.startswith(reason)


def test_one_member_less_than_can_be_read_is_read() -> None:
    assert Server("company_segments", {"a": 9_959}, of_people=["b"]).choose() == Choice(Way.ALL_MEMBERS)


@pytest.mark.parametrize(("segments", "members", "is_filter"), [(PEOPLE, 1, True), (PEOPLE, 2, False), ({}, 0, True)])
def test_of_a_server_that_refuses_segments_that_do_not_exist_those_that_do_tell_whether_it_filters(
    segments: dict[str, int | None], members: int, is_filter: bool
) -> None:
    server = Server("contact_segments", segments, error={NOBODY: INVALID}, changed=ago(1, 2), members=members)
    way = Choice(Way.ALL_MEMBERS) if is_filter else Choice(Way.PARENTS, "the server does not filter by segment_id")
    assert server.choose() == way


def test_a_parent_that_is_gone_says_nothing_of_the_list() -> None:
    gone = Refused(Reason.GONE, 404, "not_found", "Not here", None)
    server = Server("contact_segments", PEOPLE, changed=ago(1, 2), details=gone)
    assert server.choose() == Choice(Way.ALL_MEMBERS)
