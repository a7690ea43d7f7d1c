from typing import Any

from tap_intercom.singer.column_names import collision_warning
from tap_intercom.streams.table import STREAMS_V1, load_schema, streams_of

TEXT = {"type": ["null", "string"]}


def of_fields(*names: str) -> dict[str, Any]:
    held = {"type": ["null", "object"], "properties": dict.fromkeys(names, TEXT)}
    return {"type": "object", "properties": {"id": TEXT, "x": held}}


def said_of(*names: str) -> str | None:
    said = collision_warning([("contacts", of_fields(*names))])
    return None if said is None else said.partition(" bytes: ")[2].partition("; deselect all but one")[0]


def test_names_that_differ_in_case_alone_are_named() -> None:
    assert said_of("Plan", "plan", "plans") == "x.Plan and x.plan of contacts"
    assert said_of("plan", "Stra\u00dfe", "STRASSE") == "x.STRASSE and x.Stra\u00dfe of contacts"
    assert said_of("plan", "plans") is None


def test_names_are_told_by_their_first_63_bytes_once_they_are_flat() -> None:
    sixty = "a" * 60  # with "x__" before it as many bytes as a name may have
    assert said_of(f"{sixty}1", f"{sixty}2") == f"x.{sixty}1 and x.{sixty}2 of contacts"
    assert said_of(f"{sixty[1:]}1", f"{sixty[1:]}2") is None
    assert said_of("\u00fc" * 30 + "1", "\u00fc" * 30 + "2") is not None
    flat = {"type": "object", "properties": {"x__plan": TEXT, **of_fields("plan")["properties"]}}
    assert "x.plan and x__plan of contacts" in str(collision_warning([("contacts", flat)]))


def test_streams_of_one_name_are_named_and_no_more_than_ten_groups() -> None:
    assert "the streams People and people;" in str(collision_warning([("People", {}), ("tags", {}), ("people", {})]))
    pairs = [name for number in range(12) for name in (f"a{number}", f"A{number}")]
    assert str(said_of(*pairs)).endswith("; and 2 more")


def test_a_field_of_several_alternatives_is_one() -> None:
    either = {"anyOf": [of_fields("plan"), of_fields("plan")]}
    assert collision_warning([("contacts", {"type": "object", "properties": {"a": either}})]) is None


def test_no_stream_of_this_tap_has_names_that_are_alike() -> None:
    for version in ("1.4", "2.16"):
        written = [(stream.name, load_schema(stream.schema_name)) for stream in streams_of(version)]
        assert len(written) >= len(STREAMS_V1)
        assert collision_warning(written) is None
