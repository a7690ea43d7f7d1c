"""Streams and records are changed as the maps of the configuration say, whoever writes them."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tap_intercom.config.config import Config, configure
from tap_intercom.errors import ConfigError, OutputError
from tap_intercom.singer.batch_files import BatchWriter
from tap_intercom.singer.messages import MessageWriter
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.singer.stream_maps import MappedStream, make_writer, mapped_streams, with_maps
from tap_intercom.singer.writer import Writer
from tap_intercom.streams.table import STREAMS_V1

LEAST = {"access_token": "a-token", "start_date": "2019-01-01T00:00:00Z"}
MOMENT = datetime(2024, 5, 1, tzinfo=UTC)
SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": ["string"]},
        "name": {"type": ["null", "string"]},
        "updated_at": {"type": ["null", "string"], "format": "date-time"},
        "size": {"type": ["null", "number"]},
        "place": {"type": ["null", "object"], "properties": {"city": {"type": ["null", "string"]}}},
    },
}
TAGS = next(stream for stream in STREAMS_V1 if stream.name == "tags")
SELECTED = SelectedStream(stream=TAGS, schema=SCHEMA, full_schema=SCHEMA, unselected=frozenset())


def config(**settings: Any) -> Config:
    return configure({**LEAST, **settings})


def mapped(**settings: Any) -> list[MappedStream]:
    return mapped_streams(config(**settings), ["tags", "users"], [SELECTED])["tags"]


def written(
    folder: Path, settings: dict[str, Any], act: Callable[[Writer], Awaitable[None]], warnings: list[str] | None = None
) -> list[dict[str, Any]]:
    """Give the messages of the writer that the settings want."""
    path = folder / "messages"
    with path.open("wb") as file:

        async def run() -> None:
            wanted = config(**settings)
            streams = mapped_streams(wanted, ["tags"], [SELECTED])
            told = [] if warnings is None else warnings
            writer = make_writer(wanted, file.fileno())
            async with with_maps(wanted, streams, writer, lambda *said: told.append(": ".join(said))) as entered:
                assert entered.failure is None
                await act(entered)

        asyncio.run(run())
    return [json.loads(line, parse_float=Decimal) for line in path.read_text().split("\n")[:-1]]


async def one_tag(writer: Writer) -> None:
    await writer.schema("tags", SCHEMA, ("id",), "updated_at")
    place = {"city": "Ulm", "zip": "89073"}
    await writer.records(
        "tags", [{"id": "1", "name": "a", "size": 1.5, "place": place}, {"id": "2", "name": "b"}], MOMENT, 7
    )
    await writer.activate("tags", 7)
    await writer.state({"at": 1})


def test_without_maps_a_stream_is_what_it_was() -> None:
    (one,) = mapped()
    assert (one.source, one.name, one.schema, one.key) == ("tags", "tags", SCHEMA, ["id"])
    assert one.records([{"id": "1"}]) == [{"id": "1"}]


def test_one_stream_may_become_two_and_none() -> None:
    maps = {"tags": {"id": "id", "__filter__": "name == 'a'", "__else__": None}, "more": {"__source__": "tags"}}
    few, more = mapped(stream_maps=maps)
    assert (few.name, list(few.schema["properties"]), more.name) == ("tags", ["id"], "more")
    assert few.records([{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]) == [{"id": "1"}]
    assert more.records([{"id": "2", "name": "b"}]) == [{"id": "2", "name": "b"}]
    assert mapped(stream_maps={"tags": "__NULL__"}) == []


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        ({"persons": {"name": None}}, "stream_maps: persons is no stream of this version of the API; correct its name"),
        ({"more": {"__source__": "persons"}}, "stream_maps: persons is no stream of this version of the API"),
        ({"tags": {"name": "name +"}}, "stream_maps: the map of tags fails: "),
        ({"__else__": "all"}, "stream_maps: Undefined transform for '__else__'"),
    ],
)
def test_a_map_that_cannot_be_is_a_mistake_in_the_configuration(maps: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        mapped(stream_maps=maps)
    assert "\n" not in str(caught.value)


def test_a_map_that_fails_at_a_record_is_one_too() -> None:
    (one,) = mapped(stream_maps={"tags": {"name": "int(name) / 0"}})
    with pytest.raises(ConfigError, match=r"the map of tags fails: .*division by zero"):
        one.records([{"id": "1", "name": "1"}])


def test_messages_are_of_the_mapped_streams(tmp_path: Path) -> None:
    maps = {"tags": {"__alias__": "labels", "updated_at": None}, "more": {"__source__": "tags"}}
    messages = written(tmp_path, {"stream_maps": maps}, one_tag)
    kinds = [(message["type"], message.get("stream")) for message in messages]
    assert kinds == [
        *(("SCHEMA", name) for name in ("labels", "more")),
        *(("RECORD", name) for name in ("labels", "labels", "more", "more")),
        *(("ACTIVATE_VERSION", name) for name in ("labels", "more")),
        ("STATE", None),
    ]
    assert [message.get("bookmark_properties", []) for message in messages[:2]] == [[], ["updated_at"]]
    assert {message.get("version", 7) for message in messages} == {7}


def test_what_has_no_column_in_flat_records_is_named_at_the_end(tmp_path: Path) -> None:
    warnings: list[str] = []
    settings = {"flattening_enabled": True, "stream_maps": {"tags": {"place__city": "name"}}}
    messages = written(tmp_path, settings, one_tag, warnings)
    (warning,) = warnings
    assert warning.startswith(
        "tags: what stream_maps make is left out where it has no column in flat records: place.zip; "
    )
    assert messages[1]["record"] == {
        "id": "1",
        "name": "a",
        "updated_at": None,
        "size": Decimal("1.5"),
        "place__city": "a",
        "place__city_": "Ulm",
    }


@pytest.mark.parametrize("number", ["0.1", "1.5e3", "12345678901234567.89", "0.12345678901234567891"])
def test_numbers_keep_their_digits(tmp_path: Path, number: str) -> None:
    async def act(writer: Writer) -> None:
        await writer.records("tags", [{"id": "1", "size": Decimal(number)}], MOMENT)

    (message,) = written(tmp_path, {"stream_maps": {"tags": {"name": "id"}}}, act)
    assert message["record"]["size"] == Decimal(number)


def test_the_configuration_says_who_writes(tmp_path: Path) -> None:
    storage = {"encoding": {"format": "jsonl", "compression": "gzip"}, "storage": {"root": tmp_path.as_uri()}}
    assert type(make_writer(config(), 1)) is MessageWriter
    assert type(make_writer(config(batch_config=storage), 1)) is BatchWriter
    writer = make_writer(config(), 1)
    assert with_maps(config(), {}, writer, lambda *_: None) is writer


def test_a_failure_to_write_is_seen_through_the_maps() -> None:
    async def run() -> None:
        reading, writing = os.pipe()
        os.close(reading)
        wanted = config(flattening_enabled=True)
        writer = with_maps(wanted, {}, make_writer(wanted, writing), lambda *_: None)
        async with writer:
            await writer.state({})
            await writer.failed.wait()
            assert isinstance(writer.failure, OutputError)
        os.close(writing)

    asyncio.run(run())
