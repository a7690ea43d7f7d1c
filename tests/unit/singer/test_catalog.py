"""Discovery describes every stream; selection follows the operator."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from tap_intercom.errors import ConfigError
from tap_intercom.singer.catalog import UNSUPPORTED_REASON, describe_stream, describe_streams
from tap_intercom.singer.selection import SelectedStream, select_streams, unsupported_streams
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import STREAMS_V1, load_schema

USERS = Stream(name="users", permission="Read users", replication_key="updated_at")
TAGS = Stream(name="tags", permission="Read tags")
PARTS = Stream(name="conversation_parts", permission="Read conversations", parent="conversations")
TABLE = (TAGS, USERS)

TAG_SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": ["null", "string"]}}}
USER_SCHEMA = {
    "type": ["null", "object"],
    "required": ["id", "email"],
    "properties": {
        "id": {"type": "string"},
        "updated_at": {"type": ["null", "string"], "format": "date-time"},
        "email": {"type": ["null", "string"]},
        "location": {
            "type": ["null", "object"],
            "properties": {"city": {"type": ["null", "string"]}, "country": {"type": ["null", "string"]}},
        },
        "tags": {
            "type": ["null", "array"],
            "items": {"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}}},
        },
        "avatar": {
            "anyOf": [
                {"type": "null"},
                {"type": "object", "properties": {"image_url": {"type": "string"}, "type": {"type": "string"}}},
            ],
        },
    },
}


def catalog(*metadata: tuple[list[str], dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A discovered catalog of users alone, with metadata added and the entry changed."""
    entry = describe_stream(USERS, copy.deepcopy(USER_SCHEMA))
    entry["metadata"] += [{"breadcrumb": breadcrumb, "metadata": marks} for breadcrumb, marks in metadata]
    return {"streams": [{**entry, **changes}]}


def chosen(given: dict[str, Any]) -> SelectedStream:
    (choice,) = select_streams(given, TABLE)
    return choice


def complaint(given: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        select_streams(given, TABLE)
    message = str(caught.value)
    assert message.startswith("catalog: ")
    assert "\n" not in message
    return message


def test_a_stream_that_is_off_by_default_is_read_only_where_it_is_selected() -> None:
    rare = replace(PARTS, by_default=False)
    entry = describe_stream(rare, load_schema("conversation_parts"))
    assert entry["metadata"][0]["metadata"]["selected-by-default"] is False
    assert select_streams(None, [rare]) == select_streams({"streams": [entry]}, [rare]) == ()
    entry["metadata"][0]["metadata"]["selected"] = True
    assert [choice.stream for choice in select_streams({"streams": [entry]}, [rare])] == [rare]


@pytest.mark.parametrize(("bookmarks", "goes_on"), [((), False), (("users",), False), (("tags", "leads"), True)])
def test_without_a_catalog_what_is_off_by_default_goes_on_from_a_bookmark_of_its_kind(
    bookmarks: tuple[str, ...], goes_on: bool
) -> None:
    off = replace(USERS, by_default=False, on_with_bookmark_of=("leads",))
    chosen = [choice.stream for choice in select_streams(None, [TAGS, off], bookmarks=bookmarks)]
    assert chosen == ([TAGS, off] if goes_on else [TAGS])
    deselected = describe_stream(off, load_schema("users"))
    assert select_streams({"streams": [deselected]}, [TAGS, off], bookmarks=bookmarks) == ()


def test_an_incremental_stream_is_described_with_key_cursor_and_method() -> None:
    entry = describe_stream(USERS, USER_SCHEMA)
    assert entry["tap_stream_id"] == "users"
    assert entry["stream"] == "users"
    assert entry["schema"] == USER_SCHEMA
    assert entry["key_properties"] == ["id"]
    assert entry["replication_method"] == "INCREMENTAL"
    assert entry["replication_key"] == "updated_at"
    assert entry["metadata"][0] == {
        "breadcrumb": [],
        "metadata": {
            "inclusion": "available",
            "selected-by-default": True,
            "schema-name": "users",
            "table-key-properties": ["id"],
            "forced-replication-method": "INCREMENTAL",
            "valid-replication-keys": ["updated_at"],
        },
    }


def test_what_cannot_be_read_is_unsupported_and_left_out_whatever_is_selected() -> None:
    entry = describe_stream(USERS, USER_SCHEMA, "no permission")
    marks = entry["metadata"][0]["metadata"]
    assert marks["inclusion"] == "unsupported"
    assert marks["selected-by-default"] is False
    assert marks[UNSUPPORTED_REASON] == "no permission"
    whole = {"streams": [describe_stream(TAGS, TAG_SCHEMA), entry]}
    for selected, told in ((None, True), (True, True), (False, False)):
        marks["selected"] = selected
        assert [choice.stream for choice in select_streams(whole, TABLE)] == [TAGS]
        assert list(unsupported_streams(whole)) == [("users", "no permission")] * told
    del marks[UNSUPPORTED_REASON], marks["selected"], entry["tap_stream_id"]
    assert list(unsupported_streams(whole)) == [("users", "no reason is given")]


def test_a_full_table_has_no_replication_key() -> None:
    entry = describe_stream(TAGS, TAG_SCHEMA)
    assert entry["replication_method"] == "FULL_TABLE"
    assert "replication_key" not in entry
    assert "valid-replication-keys" not in entry["metadata"][0]["metadata"]


def test_a_child_names_its_parent() -> None:
    root = describe_stream(PARTS, TAG_SCHEMA)["metadata"][0]["metadata"]
    assert root["parent-tap-stream-id"] == "conversations"


def test_keys_are_automatic_and_every_other_field_at_every_depth_is_available() -> None:
    fields = {
        tuple(piece["breadcrumb"]): piece["metadata"] for piece in describe_stream(USERS, USER_SCHEMA)["metadata"][1:]
    }
    automatic = {"inclusion": "automatic", "selected-by-default": True}
    available = {"inclusion": "available", "selected-by-default": True}
    assert fields == {
        ("properties", "id"): automatic,
        ("properties", "updated_at"): automatic,
        ("properties", "email"): available,
        ("properties", "location"): available,
        ("properties", "location", "properties", "city"): available,
        ("properties", "location", "properties", "country"): available,
        ("properties", "tags"): available,
        ("properties", "tags", "items", "properties", "id"): available,
        ("properties", "tags", "items", "properties", "name"): available,
        ("properties", "avatar"): available,
        ("properties", "avatar", "properties", "image_url"): available,
        ("properties", "avatar", "properties", "type"): available,
    }


def test_a_field_of_two_alternatives_is_described_once() -> None:
    alternative = {"type": "object", "properties": {"id": {"type": "string"}}}
    schema = {"type": "object", "properties": {"owner": {"anyOf": [alternative, alternative]}}}
    pieces = describe_stream(TAGS, schema)
    assert [piece["breadcrumb"] for piece in pieces["metadata"]] == [
        [],
        ["properties", "owner"],
        ["properties", "owner", "properties", "id"],
    ]


def test_discovery_lists_every_stream_of_the_table_with_its_schema() -> None:
    streams = describe_streams(STREAMS_V1)["streams"]
    assert [entry["stream"] for entry in streams] == [stream.name for stream in STREAMS_V1]
    assert all(entry["schema"] == load_schema(entry["stream"]) for entry in streams)


def test_without_a_catalog_every_stream_is_chosen_with_all_its_fields() -> None:
    choices = select_streams(None, STREAMS_V1)
    assert [choice.stream for choice in choices] == list(STREAMS_V1)
    assert all(choice.schema == choice.full_schema == load_schema(choice.stream.name) for choice in choices)
    assert not any(choice.unselected for choice in choices)


def test_a_catalog_as_discovered_chooses_everything() -> None:
    choices = select_streams(describe_streams(STREAMS_V1), STREAMS_V1)
    assert choices == select_streams(None, STREAMS_V1)


def test_the_choices_come_in_the_order_of_the_table() -> None:
    streams = [describe_stream(USERS, USER_SCHEMA), describe_stream(TAGS, TAG_SCHEMA)]
    assert [choice.stream.name for choice in select_streams({"streams": streams}, TABLE)] == ["tags", "users"]


def test_a_deselected_stream_is_left_out() -> None:
    assert select_streams(catalog(([], {"selected": False})), TABLE) == ()


def test_an_explicit_selection_wins_over_the_default() -> None:
    assert select_streams(catalog(([], {"selected-by-default": False})), TABLE) == ()
    assert chosen(catalog(([], {"selected-by-default": False, "selected": True}))).stream is USERS
    assert chosen(catalog(([], {"selected": None}))).stream is USERS


def test_an_unsupported_stream_is_left_out_whatever_is_selected() -> None:
    assert select_streams(catalog(([], {"inclusion": "unsupported", "selected": True})), TABLE) == ()


@pytest.mark.parametrize("metadata", [None, []])
def test_a_stream_without_metadata_is_not_selected(metadata: object) -> None:
    assert select_streams(catalog(metadata=metadata), TABLE) == ()


def test_of_selected_streams_and_streams_without_metadata_only_the_selected_are_chosen() -> None:
    tags = {"stream": "tags", "tap_stream_id": "tags", "schema": TAG_SCHEMA}
    given = {"streams": [tags, *catalog(([], {"selected": True}))["streams"]]}
    assert [choice.stream for choice in select_streams(given, TABLE)] == [USERS]


@pytest.mark.parametrize("where", ["entry", "schema"])
@pytest.mark.parametrize("selected", [True, False])
def test_old_catalogs_mark_the_selection_in_the_stream_or_its_schema(where: str, *, selected: bool) -> None:
    tags: dict[str, Any] = {"stream": "tags", "schema": copy.deepcopy(TAG_SCHEMA)}
    (tags if where == "entry" else tags["schema"])["selected"] = selected
    assert [choice.stream for choice in select_streams({"streams": [tags]}, TABLE)] == [TAGS] * selected


def test_metadata_wins_over_the_mark_of_old_catalogs() -> None:
    assert select_streams(catalog(([], {"selected": False}), selected=True), TABLE) == ()


def test_old_catalogs_mark_the_selection_of_a_field_in_its_schema() -> None:
    given = catalog(metadata=None, selected=True)
    given["streams"][0]["schema"]["properties"]["email"] |= {"inclusion": "available", "selected": False}
    given["streams"][0]["schema"]["properties"]["location"] |= {"inclusion": "automatic", "selected": False}
    assert chosen(given).unselected == {("email",)}


def test_a_deselected_field_is_not_in_the_schema_for_the_target() -> None:
    choice = chosen(catalog((["properties", "email"], {"selected": False})))
    assert choice.unselected == {("email",)}
    assert "email" not in choice.schema["properties"]
    assert choice.schema["required"] == ["id"]
    assert choice.full_schema == USER_SCHEMA


def test_a_deselected_nested_field_is_left_out_of_objects_lists_and_alternatives() -> None:
    choice = chosen(
        catalog(
            (["properties", "location", "properties", "city"], {"selected": False}),
            (["properties", "tags", "items", "properties", "name"], {"selected": False}),
            (["properties", "avatar", "properties", "image_url"], {"selected": False}),
        )
    )
    assert choice.unselected == {("location", "city"), ("tags", "name"), ("avatar", "image_url")}
    properties = choice.schema["properties"]
    assert list(properties["location"]["properties"]) == ["country"]
    assert list(properties["tags"]["items"]["properties"]) == ["id"]
    assert properties["avatar"]["anyOf"] == [
        {"type": "null"},
        {"type": "object", "properties": {"type": {"type": "string"}}},
    ]


def test_a_breadcrumb_may_leave_out_the_items_of_a_list() -> None:
    choice = chosen(catalog((["properties", "tags", "properties", "name"], {"selected": False})))
    assert choice.unselected == {("tags", "name")}


def test_a_deselected_parent_takes_its_children_along() -> None:
    choice = chosen(
        catalog(
            (["properties", "location"], {"selected": False}),
            (["properties", "location", "properties", "city"], {"selected": True}),
        )
    )
    assert choice.unselected == {("location",)}
    assert "location" not in choice.schema["properties"]


def test_what_is_below_a_deselected_grandparent_goes_with_it() -> None:
    schema = copy.deepcopy(USER_SCHEMA)
    deeper = {"type": "object", "properties": {"lat": {"type": "number", "selected": False}}}
    schema["properties"]["location"]["properties"]["point"] = deeper  # type: ignore[index]
    entry = describe_stream(USERS, schema)
    entry["metadata"].append({"breadcrumb": ["properties", "location"], "metadata": {"selected": False}})
    assert chosen({"streams": [entry]}).unselected == {("location",)}


def test_keys_and_replication_keys_come_whatever_is_selected() -> None:
    choice = chosen(
        catalog(
            (["properties", "id"], {"selected": False, "inclusion": "unsupported"}),
            (["properties", "updated_at"], {"selected": False}),
        )
    )
    assert choice.unselected == frozenset()
    assert choice.schema == {**USER_SCHEMA, "required": ["id"]}


def test_a_field_that_the_user_made_automatic_comes_and_an_unsupported_one_does_not() -> None:
    choice = chosen(
        catalog(
            (["properties", "email"], {"inclusion": "automatic", "selected": False}),
            (["properties", "avatar"], {"inclusion": "unsupported", "selected": True}),
        )
    )
    assert choice.unselected == {("avatar",)}


def test_a_field_that_is_not_selected_by_default_is_left_out_until_it_is_selected() -> None:
    field = ["properties", "email"]
    assert chosen(catalog((field, {"selected-by-default": False}))).unselected == {("email",)}
    assert not chosen(catalog((field, {"selected-by-default": False}), (field, {"selected": True}))).unselected


def test_a_field_that_the_user_added_is_chosen_without_metadata() -> None:
    given = catalog()
    given["streams"][0]["schema"]["properties"]["nickname"] = {"type": ["null", "string"]}
    choice = chosen(given)
    assert "nickname" in choice.schema["properties"]
    assert not choice.unselected


def test_a_field_that_the_user_removed_is_gone_though_its_metadata_stays() -> None:
    given = catalog((["properties", "email"], {"selected": True}))
    del given["streams"][0]["schema"]["properties"]["email"]
    choice = chosen(given)
    assert "email" not in choice.full_schema["properties"]
    assert not choice.unselected


@pytest.mark.parametrize(
    "entry",
    [
        {"stream": "invoices", "schema": {"type": "object"}},
        {"stream": "users", "schema": {"properties": {}}},
        {"stream": "users", "schema": "users", "replication_method": "LOG_BASED"},
        {"stream": "users"},
    ],
)
def test_what_is_not_selected_may_be_anything_that_has_a_name(entry: dict[str, Any]) -> None:
    tags = describe_stream(TAGS, TAG_SCHEMA)
    for marks in ({}, {"selected": False}):
        given = {"streams": [entry | marks, tags, {**entry, "metadata": [{"breadcrumb": [], "metadata": marks}]}]}
        assert [choice.stream for choice in select_streams(given, TABLE)] == [TAGS]


def test_fields_that_are_marked_though_the_schema_lacks_them_are_told() -> None:
    strange = [(["properties", f"f{number}"], {"selected": False}) for number in range(12)]
    warning, _ = chosen(catalog(*strange[:1], (["properties", "x"], {"inclusion": "available"}))).warnings
    assert warning == "the catalog selects or deselects fields that its schema lacks: f0"
    assert chosen(catalog(*strange)).warnings[0].endswith("f9 and 2 more")
    assert not chosen(catalog((["properties", "email"], {"selected": False}))).warnings


def test_what_is_required_besides_the_key_is_told_and_not_promised() -> None:
    nested = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "required": True}}}
    given = catalog()
    given["streams"][0]["schema"]["properties"] |= {"more": nested, "list": {"type": "array", "items": nested}}
    choice = chosen(given)
    assert choice.warnings == (
        (
            "the catalog requires fields that Intercom may leave out, so its SCHEMA does not, and records come without "
            "them: email, more.a, list.a"
        ),
    )
    assert choice.schema["required"] == ["id"]
    bare = {"type": "object", "properties": {"a": {"type": "string"}}}
    assert choice.schema["properties"]["more"] == choice.schema["properties"]["list"]["items"] == bare
    for required in ({"required": []}, {"required": "email"}, {"required": True}, {}):
        given["streams"][0]["schema"] = {**TAG_SCHEMA, "properties": USER_SCHEMA["properties"], **required}
        choice = chosen(given)
        assert "required" not in choice.schema
        assert len(choice.warnings) == bool(required.get("required"))


def test_formats_that_the_tap_does_not_make_are_told() -> None:
    given = catalog(([], {}), (["properties", "email"], {"selected": False}))
    properties = given["streams"][0]["schema"]["properties"]
    properties["email"]["format"] = "email"
    assert not chosen(given).warnings
    properties["location"]["properties"]["city"]["format"] = "date"
    properties["avatar"]["format"] = ["uri"]
    assert chosen(given).warnings == (
        "the catalog gives fields a format that no value is brought into: location.city, avatar",
    )


@pytest.mark.parametrize("name", ["id", "updated_at"])
@pytest.mark.parametrize("schema", [{"type": "boolean"}, {"type": ["array", "null"]}, {"allOf": [{"type": "object"}]}])
def test_a_key_that_can_hold_neither_an_id_nor_a_time_is_refused(name: str, schema: dict[str, Any]) -> None:
    given = catalog()
    given["streams"][0]["schema"]["properties"][name] = schema
    assert f'users.{name} has a "type" that can hold neither an id nor a time' in complaint(given)


def test_an_inclusion_that_nobody_knows_is_refused() -> None:
    assert 'users has an "inclusion" that is a string of 6 characters and must be one of available, ' in complaint(
        catalog(([], {"inclusion": "always"}))
    )
    assert 'users.email has an "inclusion" that is a number' in complaint(
        catalog((["properties", "email"], {"inclusion": 1}))
    )


def test_choosing_leaves_the_catalog_as_it_was() -> None:
    given = catalog((["properties", "location", "properties", "city"], {"selected": False}))
    before = copy.deepcopy(given)
    select_streams(given, TABLE)
    assert given == before


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({}, '"streams" is missing, not a list of {"tap_stream_id": "users"'),
        ({"streams": {}}, '"streams" is an object, not a list of'),
        ({"streams": ["users"]}, "stream number 1 is a string of 5 characters, not an object such as {"),
        (
            {"streams": [{"schema": {}}]},
            'has a name that is missing, not a string such as "tap_stream_id": "users"',
        ),
        ({"streams": [{"stream": "invoices", "schema": {}, "selected": True}]}, 'there is no stream "invoices"'),
        ({"streams": catalog()["streams"] * 2}, 'the stream "users" is listed twice'),
    ],
)
def test_a_catalog_that_is_none_is_refused(given: dict[str, Any], fault: str) -> None:
    assert fault in complaint(given)


@pytest.mark.parametrize(
    ("schema", "shape"), [(None, "null"), ([], "a list"), ("users", "a string of 5 characters"), (True, "true")]
)
def test_a_schema_that_is_not_an_object_is_refused(schema: object, shape: str) -> None:
    message = complaint(catalog(schema=schema))
    assert f'users has a schema that is {shape}, not an object such as {{"type": "object"' in message


def test_a_stream_without_a_schema_is_refused() -> None:
    message = complaint({"streams": [{"stream": "users", "selected": True}]})
    assert "users has a schema that is missing, not an object such as" in message


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        (
            {"type": "array", "properties": {}},
            'users has a schema whose "type" is a string of 5 characters, not',
        ),
        (
            {"type": "objekt"},
            'users has a schema whose "type" is a string of 6 characters and must be',
        ),
        ({"properties": []}, 'users has a schema whose "properties" is a list, not an object'),
        ({"properties": {"a": 5}}, "users.a has a schema that is a number, not an object such as"),
        (
            {"properties": {"a": {"type": []}}},
            'users.a has a schema whose "type" is a list and must be one or several',
        ),
        ({"properties": {"a": {"type": ["string", 5]}}}, 'users.a has a schema whose "type" is a list and must be'),
        ({"properties": {"a": {"items": [{}]}}}, "users.a has a schema that is a list, not an object such as"),
        ({"properties": {"a": {"items": {"type": 5}}}}, 'users.a has a schema whose "type" is a number and must be'),
        ({"properties": {"a": {"anyOf": {}}}}, 'users.a has a schema whose "anyOf" is an object, not a list'),
        ({"properties": {"a": {"oneOf": ["null"]}}}, "users.a has a schema that is a string of 4 characters, not an"),
    ],
)
def test_a_broken_schema_is_refused_with_the_place(schema: dict[str, Any], fault: str) -> None:
    assert fault in complaint(catalog(schema=schema))


@pytest.mark.parametrize(
    ("schema", "lost"),
    [({}, "id and updated_at"), ({"properties": {"id": {}}}, "updated_at"), ({"properties": {"updated_at": {}}}, "id")],
)
def test_a_schema_without_the_keys_is_refused(schema: dict[str, Any], lost: str) -> None:
    assert f"users lacks {lost} in its schema" in complaint(catalog(schema=schema))


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        ({}, "users has metadata that is an object, not a list of pieces such as {"),
        (["x"], "users has a piece of metadata that is a string of 1 character, not an object such as {"),
        ([{"breadcrumb": []}], 'users has a piece of metadata whose "metadata" is missing, not an object as in {'),
        ([{"metadata": {}}], 'users has a "breadcrumb" that is null, not a list such as ["properties", "email"]'),
        ([{"metadata": {}, "breadcrumb": ["email"]}], 'users has a "breadcrumb" in which'),
        ([{"metadata": {}, "breadcrumb": ["properties"]}], 'users has a "breadcrumb" in which'),
        ([{"metadata": {}, "breadcrumb": ["properties", 5]}], 'users has a "breadcrumb" in which'),
        (
            [{"metadata": {"selected": "true"}, "breadcrumb": []}],
            'users has a "selected" that is a string of 4 characters and must be true or',
        ),
    ],
)
def test_broken_metadata_is_refused(metadata: object, fault: str) -> None:
    assert fault in complaint(catalog(metadata=metadata))


def test_a_broken_selection_of_a_field_is_refused_with_its_name() -> None:
    given = catalog((["properties", "location", "properties", "city"], {"selected": 1}))
    assert 'users.location.city has a "selected" that is a number and must be true or false' in complaint(given)
