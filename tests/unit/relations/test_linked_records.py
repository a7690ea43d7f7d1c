"""Rows of links that are made of the list of the records that they lead to."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from tap_intercom.api.types import Answer, Reason, Refused, Request
from tap_intercom.relations.linked_records import LinkedRecords
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.table import load_schema, streams_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINK_STREAMS = [stream for stream in streams_of("2.16") if stream.linked]


class Server:
    """Answers the requests of a list, one body each."""

    def __init__(self, *bodies: object) -> None:
        self.bodies = list(bodies)
        self.requests: list[Request] = []

    async def ask(self, request: Request, read: Callable[[bytes], Any]) -> Answer[Any]:
        self.requests.append(request)
        body = self.bodies.pop(0)
        if isinstance(body, Exception):
            raise body
        return Answer(value=read(msgspec.json.encode(body)), served=NOW)

    async def pause(self, seconds: float, reason: str) -> None:
        raise AssertionError(seconds, reason)


def output_of(name: str) -> StreamOutput:
    stream = next(stream for stream in LINK_STREAMS if stream.name == name)
    schema = load_schema(stream.schema_name)
    context: Any = SimpleNamespace()
    return StreamOutput(SelectedStream(stream, schema, schema, frozenset()), context)


def linked(name: str, *bodies: object) -> tuple[LinkedRecords, Server, StreamOutput]:
    output, server = output_of(name), Server(*bodies)
    records = LinkedRecords(output, server)
    asyncio.run(records.read())
    return records, server, output


@pytest.mark.parametrize("stream", LINK_STREAMS, ids=lambda stream: stream.name)
def test_a_row_is_that_of_the_detail_of_its_parent(stream: Any) -> None:
    segment = {"type": "segment", "id": "a", "name": "Active", "created_at": 1394621988, "updated_at": 1394622004}
    other = {**segment, "id": "b", "name": "New"}
    (key,) = stream.linked.records_at
    records, server, output = linked(stream.name, {"type": "list", key: [other, segment]})
    detail = output.reader(stream.detail.layout)
    page = detail.read(msgspec.json.encode({stream.detail.layout.records_at[0]: [segment, other]}))
    detail.complete(page.records, id="7", updated_at=NOW)
    assert msgspec.json.encode(records.rows(["a", "b"], "7", NOW)) == msgspec.json.encode(page.records)
    assert [(request.method, request.path, request.query) for request in server.requests] == [
        ("GET", stream.linked.path, stream.linked.query)
    ]


def test_rows_of_two_parents_are_not_the_same_objects() -> None:
    records, *_ = linked("contact_segments", {"segments": [{"id": "a"}]})
    first, second = records.rows(["a"], "1", NOW), records.rows(["a"], "2", None)
    assert first is not None
    assert second is not None
    assert [(row.contact_id, row.contact_updated_at) for row in [*first, *second]] == [("1", NOW), ("2", None)]


def test_ids_that_the_list_lacks_give_no_rows_at_all() -> None:
    records, *_ = linked("contact_segments", {"segments": [{"id": "a"}, {"name": "no id"}]})
    assert records.rows(["a", "b"], "1", NOW) is None
    assert records.rows([], "1", NOW) == []


def test_all_pages_of_the_list_are_read_and_what_came_before_stays() -> None:
    pages = [{"page": 1, "total_pages": 2, "per_page": 1, "type": "pages"}, {"page": 2, "total_pages": 2}]
    first, second = ({"data": [{"id": str(number)}], "pages": page} for number, page in enumerate(pages))
    records, server, _ = linked("contact_subscriptions", first, second, {"data": [{"id": "2"}]})
    assert list(asyncio.run(records.read())) == ["2"]
    rows = records.rows(["0", "1", "2"], "7", NOW)
    assert rows is not None
    assert [row.id for row in rows] == ["0", "1", "2"]
    assert [request.query for request in server.requests] == [(), (("page", "2"),), ()]


def test_the_members_of_a_record_get_a_row_each_as_the_parents_would() -> None:
    records, *_ = linked("contact_segments", {"segments": [{"id": "a"}, {"id": "b"}]})
    assert records.served == NOW
    members = [SimpleNamespace(id="1", updated_at=NOW), SimpleNamespace(id="2", updated_at=None)]
    rows = records.rows_of_members("b", members)
    each = [records.rows(["b"], member.id, member.updated_at) for member in members]
    assert [[row] for row in rows] == each
    assert records.rows_of_members("b", []) == []


def test_a_refusal_is_the_callers() -> None:
    denied = Refused(Reason.DENIED, 403, "forbidden", "Not allowed", None)
    with pytest.raises(Refused):
        linked("contact_subscriptions", denied)
