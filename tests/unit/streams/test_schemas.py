"""The schema of every stream, as targets and their validators need it."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator

from tap_intercom.streams.model import Layout, Stream
from tap_intercom.streams.table import STREAMS_V1, load_schema

every_stream = pytest.mark.parametrize("stream", STREAMS_V1, ids=lambda stream: stream.name)


def layout_of(stream: Stream) -> Layout:
    return stream.detail.layout if stream.parent and stream.detail else stream.layout


def fields(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for name, part in schema.get("properties", {}).items():
        yield (*path, name), part
        yield from fields(part, (*path, name))
    if "items" in schema:
        yield from fields(schema["items"], path)


def test_there_is_one_schema_for_each_stream() -> None:
    files = {entry.name for entry in (resources.files("tap_intercom.streams") / "schemas").iterdir() if entry.is_file()}
    assert files == {f"{stream.name}.json" for stream in STREAMS_V1}


@every_stream
@pytest.mark.parametrize("validator", [Draft4Validator, Draft7Validator, Draft202012Validator])
def test_the_schema_is_valid_whatever_draft_it_is_read_by(stream: Stream, validator: Any) -> None:
    validator.check_schema(load_schema(stream.name))


@every_stream
def test_the_key_is_required_and_all_else_may_be_null(stream: Stream) -> None:
    schema = load_schema(stream.name)
    assert schema["required"] == list(stream.key)
    for path, part in fields(schema):
        may_be_null = Draft7Validator(part).is_valid(None)
        assert may_be_null is (path not in {(key,) for key in stream.key}), path


@every_stream
def test_the_cursor_is_a_moment(stream: Stream) -> None:
    if stream.replication_key is not None:
        cursor = load_schema(stream.name)["properties"][stream.replication_key]
        assert cursor == {"type": ["null", "string"], "format": "date-time"}


@every_stream
def test_moments_are_declared_in_the_form_that_every_target_understands(stream: Stream) -> None:
    """singer-check-tap 0.4.1 stumbles over a null object that declares a moment with `type` and `format` side by side.

    In an object it takes alternatives; targets that flatten objects take those with the text first.
    """
    for path, part in fields(load_schema(stream.name)):
        if path[-1].endswith(("_at", "_since", "_until")):
            plain = {"type": ["null", "string"], "format": "date-time"}
            nested = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}
            assert part == (plain if len(path) == 1 else nested), path
        else:
            assert "format" not in part
            assert "anyOf" not in part


@every_stream
def test_ids_are_texts_save_in_lists_of_them(stream: Stream) -> None:
    for path, part in fields(load_schema(stream.name)):
        if path[-1] == "id" or path[-1].endswith("_id"):
            assert part in ({"type": "string"}, {"type": ["null", "string"]})
        if path[-1].endswith("_ids"):
            assert part == {"type": ["null", "array"], "items": {"type": ["null", "integer"]}}


@every_stream
def test_what_the_layout_speaks_of_is_in_the_schema(stream: Stream) -> None:
    properties = load_schema(stream.name)["properties"]
    layout = layout_of(stream)
    assert layout.inherit.keys() <= properties.keys()
    for name in layout.unwrap:
        assert properties[name]["type"] == ["null", "array"]
        assert properties[name]["items"]["type"] == ["null", "object"]


@every_stream
def test_nothing_is_left_open_but_custom_attributes(stream: Stream) -> None:
    schema = load_schema(stream.name)
    for path, part in [((), schema), *fields(schema)]:
        if "object" in part.get("type", ()):
            assert part["additionalProperties"] is (path == ("custom_attributes",)), path
