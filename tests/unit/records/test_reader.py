import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tap_intercom.api.types import InvalidBody
from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import Page, Pages
from tap_intercom.records.json_repair import MOST_OBJECTS, one_line
from tap_intercom.records.reader import UNREADABLE, Reader
from tap_intercom.streams.model import Layout, Translation
from tap_intercom.streams.table import STREAMS_V1, load_schema

TEXT = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}
OPEN = {"type": ["null", "object"], "additionalProperties": True}
PLAN = {"type": ["null", "object"], "properties": {"id": TEXT, "name": TEXT}}
TAGS = {"type": ["null", "array"], "items": PLAN}
ITEMS = Layout(records_at=("items",), unwrap={"tags": "tags"})
PARTS = Layout(
    records_at=("parts", "parts"), inherit={"owner": "id", "changed": "updated_at", "total": "parts.total_count"}
)
LAYOUTS = {
    stream.name: stream.detail.layout if stream.parent and stream.detail else stream.layout for stream in STREAMS_V1
}


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, **properties}}


def read(reader: Reader, *records: Any) -> list[Any]:
    page = reader.read(json.dumps({"items": records}).encode())
    return written(page)


def written(page: Page) -> list[Any]:
    lines = msgspec.json.Encoder().encode_lines(page.records)
    assert lines.count(b"\n") == len(page.records)
    assert b"\r" not in lines
    return [json.loads(line) for line in lines.splitlines()]


def parts_reader(**more: Any) -> Reader:
    return Reader(PARTS, schema(body=TEXT, owner=TEXT, changed=MOMENT, total=INTEGER), **more)


# What a record becomes


def test_what_intercom_leaves_out_arrives_as_null_at_every_level() -> None:
    record = read(
        Reader(ITEMS, schema(name=TEXT, plan=PLAN, tags=TAGS, size=INTEGER)), {"id": "1", "plan": {}, "tags": []}
    )
    assert record == [{"id": "1", "name": None, "plan": {"id": None, "name": None}, "tags": [], "size": None}]


def test_the_attributes_of_a_record_are_its_fields() -> None:
    page = Reader(ITEMS, schema(updated_at=MOMENT)).read(b'{"items":[{"id":"1","updated_at":1397574667},{"id":"2"}]}')
    assert [(record.id, record.updated_at) for record in page.records] == [
        ("1", datetime(2014, 4, 15, 15, 11, 7, tzinfo=UTC)),
        ("2", None),
    ]


def test_moments_with_an_offset_are_moved_to_utc_among_those_without() -> None:
    reader = Reader(ITEMS, schema(seen=MOMENT))
    records = [{"id": "1", "seen": "2019-03-23T22:20:18+02:00"}, {"id": "2"}, {"id": "3", "seen": 1}]
    seen = [record["seen"] for record in read(reader, *records)]
    assert seen == ["2019-03-23T20:20:18Z", None, "1970-01-01T00:00:01Z"]


def test_open_objects_pass_as_they_came_on_one_line() -> None:
    body = (
        b'{"items": [\r\n {"id": "1",\n  "custom_attributes": {"price": 1.10, "big": 123456789012345678901234567890}}]}'
    )
    page = Reader(ITEMS, schema(custom_attributes=OPEN)).read(body)
    assert msgspec.json.encode(page.records[0]) == (
        b'{"id":"1","custom_attributes":{"price":1.10,"big":123456789012345678901234567890}}'
    )


@pytest.mark.parametrize("body", [b'{"a":\n1}', b'{"a":\r1}', b'\n{"a": 1}\r\n'])
def test_white_space_that_ends_lines_is_taken_out(body: bytes) -> None:
    assert one_line(body) == b'{"a":1}'


def test_a_body_on_one_line_is_left_as_it_is() -> None:
    body = b'{"a": 1}'
    assert one_line(body) is body


def test_one_record_that_does_not_fit_leaves_the_others_as_they_are() -> None:
    reader = Reader(ITEMS, schema(size=INTEGER, seen=MOMENT))
    assert read(reader, {"id": "1", "size": 5}, {"id": "2", "size": "big", "seen": 1}, {"id": "3", "size": "7"}) == [
        {"id": "1", "size": 5, "seen": None},
        {"id": "2", "size": None, "seen": "1970-01-01T00:00:01Z"},
        {"id": "3", "size": 7, "seen": None},
    ]
    assert reader.coerced == {"size": 1}


def test_records_that_fit_in_no_way_and_in_part_leave_each_other_as_they_are() -> None:
    reader = Reader(ITEMS, schema(size=INTEGER, more=OPEN))
    records = read(reader, {"id": "1", "more": {"a": 1}}, {"id": "2", "more": [3]}, {"id": "3", "size": "large"})
    assert records == [
        {"id": "1", "size": None, "more": {"a": 1}},
        {"id": "2", "size": None, "more": None},
        {"id": "3", "size": None, "more": None},
    ]
    assert reader.coerced == {"more": 1, "size": 1}


def test_ids_that_come_as_numbers_are_texts_without_a_word() -> None:
    reader = Reader(ITEMS, schema(owner_id=TEXT, plan=PLAN, tags=TAGS))
    records = [{"id": 7, "owner_id": 12, "plan": {"id": 1}, "tags": [{"id": 2}]}, {"id": "8", "owner_id": "012"}]
    for _ in range(2):
        first, second = read(reader, *records)
        assert (first["id"], first["owner_id"], first["plan"]["id"], first["tags"][0]["id"]) == ("7", "12", "1", "2")
        assert (second["id"], second["owner_id"]) == ("8", "012")
    assert (reader.coerced, reader.unknown) == ({}, {})


def test_a_record_may_be_the_whole_answer() -> None:
    reader = Reader(Layout(), schema(name=TEXT))
    assert written(reader.read(b'{"id": "1", "name": "Jane"}')) == [{"id": "1", "name": "Jane"}]
    assert written(reader.read(b'{"id": 2, "pages": 7}')) == [{"id": "2", "name": None}]
    assert reader.unknown == {"pages": 1}


def test_fields_with_names_that_python_reserves_are_read() -> None:
    names = ["from", "class", "a-b", "1x", "__dict__", "field_4", "é", ""]
    reader = Reader(ITEMS, schema(**dict.fromkeys(names, TEXT)))
    record = {"id": "1", **{name: str(position) for position, name in enumerate(names)}}
    assert read(reader, record) == [record]


# Fields that the schema lacks, and fields that are not wanted


def test_names_that_no_attribute_can_have_are_kept_apart_from_those_of_others() -> None:
    names = ["a b", "c d", "field_0", "field_1", "field_1_"]
    reader = Reader(ITEMS, schema(**dict.fromkeys(names, TEXT)))
    fields = {name: name for name in names}
    assert read(reader, {"id": "1", **fields}) == [{"id": "1", **fields}]


def test_fields_that_the_schema_lacks_are_counted_and_left_out() -> None:
    reader = Reader(ITEMS, schema(plan=PLAN, tags=TAGS))
    record = {"id": "1", "new": 1, "plan": {"name": "a", "seats": 5}, "tags": [{"id": "1", "kind": "x"}]}
    for _ in range(2):
        assert read(reader, record, {"id": "2"})[0] == {
            "id": "1",
            "plan": {"id": None, "name": "a"},
            "tags": [{"id": "1", "name": None}],
        }
    assert reader.unknown == {"new": 2, "plan.seats": 2, "tags.kind": 2}


def test_a_second_unknown_field_is_found_after_the_first() -> None:
    reader = Reader(ITEMS, schema(plan=PLAN))
    read(reader, {"id": "1", "first": 1}, {"id": "2", "first": 1, "second": 2})
    read(reader, {"id": "3", "plan": {"third": 3}})
    assert reader.unknown == {"first": 2, "second": 1, "plan.third": 1}


def test_unknown_fields_of_lists_within_lists_are_counted() -> None:
    reader = Reader(ITEMS, schema(rows={"type": ["null", "array"], "items": TAGS}))
    for times in (1, 2, 3):
        (record,) = read(reader, {"id": "1", "rows": [[{"id": "2", "colour": "red"}]]})
        assert record["rows"] == [[{"id": "2", "name": None}]]
        assert reader.unknown == {"rows.colour": times}


def test_unknown_fields_of_an_object_that_comes_in_a_list_are_counted() -> None:
    reader = Reader(ITEMS, schema(plan=PLAN))
    for times in (1, 2):
        (record,) = read(reader, {"id": "1", "plan": [{"id": "2", "colour": "red"}]})
        assert record["plan"] == {"id": "2", "name": None}
        assert (reader.unknown, reader.coerced) == ({"plan.colour": times}, {"plan": times})


def test_unknown_fields_without_number_end_the_watch_of_their_object() -> None:
    reader = Reader(ITEMS, schema())
    for number in range(70):
        read(reader, {"id": "1", f"field {number}": 1})
    assert len(reader.unknown) == 65


def test_an_unknown_field_with_a_name_that_cannot_be_declared_is_passed_over() -> None:
    reader = Reader(ITEMS, schema())
    assert read(reader, {"id": "1", 'quo"te': 1}) == read(reader, {"id": "1", 'quo"te': 1}) == [{"id": "1"}]
    assert reader.unknown == {'quo"te': 1}


def test_without_a_watch_nothing_is_noticed() -> None:
    reader = Reader(ITEMS, schema(size=INTEGER), [("name",)], watch=False)
    assert read(reader, {"id": "1", "new": 1, "name": "a"}, {"id": "2", "new": 1, "name": "a", "size": "x"}) == [
        {"id": "1", "size": None},
        {"id": "2", "size": None},
    ]
    assert reader.unknown == {}


def test_unselected_fields_are_left_out_at_every_level() -> None:
    unselected = [("name",), ("plan", "name"), ("tags", "name"), ("custom_attributes", "secret"), ("owner",)]
    reader = Reader(ITEMS, schema(name=TEXT, plan=PLAN, tags=TAGS, custom_attributes=OPEN, size=INTEGER), unselected)
    plan = {"id": "2", "name": "b"}
    record = {"id": "1", "name": "a", "plan": plan, "tags": {"tags": [plan]}, "owner": "me"}
    attributes = {"custom_attributes": {"secret": 1, "open": [2]}}
    wanted = {"id": "1", "plan": {"id": "2"}, "tags": [{"id": "2"}], "custom_attributes": {"open": [2]}}
    assert read(reader, {**record, **attributes, "size": 1}) == [{**wanted, "size": 1}]
    assert read(reader, {**record, **attributes, "size": "x"}) == [{**wanted, "size": None}]
    assert reader.unknown == {}


# What records take from the answer around them


def test_records_inherit_from_the_answer_around_them() -> None:
    body = {"id": "9", "updated_at": 1, "parts": {"total_count": 2, "parts": [{"id": "1", "owner": "x"}, {"id": "2"}]}}
    inherited = {"owner": "9", "changed": "1970-01-01T00:00:01Z", "total": 2}
    page = parts_reader().read(json.dumps(body).encode())
    assert written(page) == [{"id": number, "body": None, **inherited} for number in ("1", "2")]


def test_an_inherited_moment_with_an_offset_is_moved_to_utc() -> None:
    page = parts_reader().read(b'{"updated_at":"2019-03-23T22:20:18+02:00","parts":{"parts":[{"id":"1"}]}}')
    assert written(page)[0]["changed"] == "2019-03-23T20:20:18Z"


def test_an_inherited_id_that_comes_as_a_number_is_a_text() -> None:
    reader = parts_reader()
    for _ in range(3):
        page = reader.read(b'{"id":9,"parts":{"parts":[{"id":"1"}]}}')
        assert written(page)[0]["owner"] == "9"
    assert reader.coerced == {}


def test_what_the_schema_lacks_of_an_inherited_object_is_counted() -> None:
    layout = Layout(records_at=("items",), inherit={"plan": "plan"})
    reader = Reader(layout, schema(plan=PLAN))
    for times in (1, 2):
        page = reader.read(b'{"plan":{"id":"7","colour":"red"},"items":[{"id":"1"}]}')
        assert written(page) == [{"id": "1", "plan": {"id": "7", "name": None}}]
        assert reader.unknown == {"plan.colour": times}


def test_what_is_inherited_is_bent_where_it_does_not_fit() -> None:
    reader = parts_reader()
    body = {"id": 9, "updated_at": 1397574667000, "parts": {"total_count": "many", "parts": [{"id": "1"}]}}
    for _ in range(2):
        assert written(reader.read(json.dumps(body).encode())) == [
            {"id": "1", "body": None, "owner": "9", "changed": "2014-04-15T15:11:07Z", "total": None}
        ]
    assert reader.coerced == {"changed": 2, "total": 2}


def test_what_is_inherited_and_missing_is_null_or_left_out_as_the_schema_says() -> None:
    layout = Layout(records_at=("items",), inherit={"owner": "a.b", "group": "c", "again": "c", "gone": "c"})
    reader = Reader(layout, schema(owner=TEXT, group={"type": "string"}, again=INTEGER))
    assert written(reader.read(b'{"items":[{"id":"1"}]}')) == [{"id": "1", "owner": None, "again": None}]
    assert written(reader.read(b'{"items":[{"id":"1"}],"a":{"b":"x"},"c":"5"}')) == [
        {"id": "1", "owner": "x", "group": "5", "again": 5}
    ]


def test_what_is_inherited_may_be_unselected() -> None:
    body = b'{"id":"9","updated_at":1,"parts":{"parts":[{"id":"1","owner":"x"}]}}'
    page = parts_reader(unselected=[("owner",)]).read(body)
    assert written(page) == [{"id": "1", "body": None, "changed": "1970-01-01T00:00:01Z", "total": None}]


@pytest.mark.parametrize("body", [b'{"id":"9","parts":null}', b'{"id":"9"}', b'{"id":9,"parts":null}'])
def test_an_answer_without_the_object_that_holds_the_records_has_none(body: bytes) -> None:
    assert parts_reader().read(body).records == []


# Answers


def test_a_page_says_where_the_rest_is() -> None:
    body = b'{"items":[],"pages":{"type":"pages","next":null,"page":"201","total_pages":0},"total_count":"0"}'
    page = Reader(ITEMS, schema()).read(body)
    assert (page.pages, page.total_count, page.scroll_param) == (Pages(page=201, total_pages=0), 0, None)
    page = Reader(ITEMS, schema()).read(b'{"items":[],"pages":null,"total_count":null,"scroll_param":"25b6"}')
    assert (page.pages, page.total_count, page.scroll_param) == (None, None, "25b6")
    page = Reader(ITEMS, schema()).read(b'{"items":[],"page":2,"per_page":50,"total_pages":"3","total_count":101}')
    assert (page.pages, page.total_count) == (Pages(page=2, per_page=50, total_pages=3), 101)


def test_records_can_be_had_as_they_came() -> None:
    reader = Reader(ITEMS, schema())
    assert reader.raw(b'{"items": [ {"id": "1", "x": [1, 2]}, {"id": "2"} ]}') == [
        b'{"id":"1","x":[1,2]}',
        b'{"id":"2"}',
    ]
    with pytest.raises(ContractError, match="of another shape"):
        reader.raw(b'{"other":[]}')
    with pytest.raises(InvalidBody):
        reader.raw(b"<html>")


def test_a_record_is_given_its_parent_and_its_place() -> None:
    layout = Layout(
        records_at=("items",), from_parent={"parent_id": "id", "parent_updated_at": "updated_at"}, position="place"
    )
    fields = {
        "parent_id": {"type": "string"},
        "parent_updated_at": {"type": ["null", "string"], "format": "date-time"},
        "place": {"type": "integer"},
        "name": {"type": ["null", "string"]},
    }
    reader = Reader(layout, {"type": "object", "properties": fields, "required": ["parent_id", "place"]})
    records = reader.read(b'{"items":[{"name":"a"},{"name":"b"}]}').records
    reader.complete(records, id="7", updated_at=None)
    assert msgspec.to_builtins(records) == [
        {"parent_id": "7", "parent_updated_at": None, "place": 0, "name": "a"},
        {"parent_id": "7", "parent_updated_at": None, "place": 1, "name": "b"},
    ]


def test_a_parent_whose_field_is_not_wanted_is_not_given() -> None:
    layout = Layout(records_at=("items",), from_parent={"parent_id": "id"})
    reader = Reader(layout, {"type": "object", "properties": {"name": {"type": ["null", "string"]}}})
    records = reader.read(b'{"items":[{"name":"a"}]}').records
    reader.complete(records, id="7")
    assert msgspec.to_builtins(records) == [{"name": "a"}]


@pytest.mark.parametrize(
    ("wire", "ids"),
    [
        (b'{"team":{"admins":[{"id":"1"}]}}', ["1"]),
        (b'{"team":{"type":"admin.list","teammates":[{"id":2}]}}', ["2"]),
        (b'{"team":{}}', []),
        (b'{"team":null}', []),
        (b"{}", []),
    ],
)
def test_a_list_is_found_under_whichever_key_it_has_and_may_be_lacking(wire: bytes, ids: list[str]) -> None:
    layout = Layout(records_at=("team", "admins|teammates"), may_be_missing=True)
    fields = {"type": "object", "properties": {"id": {"type": "string"}}}
    assert [record.id for record in Reader(layout, fields).read(wire).records] == ids


@pytest.mark.parametrize(
    "body",
    [b"", b" \n", b"null", b" null\n", b"<html>", b'{"items":[{"id":"1"},', b'{"items":[]}}', b'{"items":[tru]}'],
)
def test_a_body_that_is_not_json_is_garbled(body: bytes) -> None:
    said = "The body is null" if b"null" in body else "The body is not JSON"
    with pytest.raises(InvalidBody, match=f"^{said}$"):
        Reader(ITEMS, schema()).read(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"items":[{"id":"1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
            "An answer is nested too deeply to be read",
        ),
    ],
)
def test_what_nobody_understands_is_to_be_reported(body: bytes, said: str) -> None:
    with pytest.raises(ContractError) as refusal:
        Reader(ITEMS, schema()).read(body)
    remedy = "check that `api_version` is one that has this stream; if it is, report this as a bug"
    assert str(refusal.value) == f"{said}; {remedy}"


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b"{}",
        b'{"things":[]}',
        b'{"items":null}',
        b'{"items":{"id":"1"}}',
        b'{"items":[],"pages":"Jane"}',
        b'{"items":[],"scroll_param":["Jane"]}',
        b'{"items":[],"total_count":"Jane"}',
        b'{"items":[{"id":"1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
    ],
)
def test_json_of_another_shape_is_refused_without_a_value_of_it(body: bytes) -> None:
    with pytest.raises(ContractError) as refusal:
        Reader(ITEMS, schema()).read(body)
    assert "Jane" not in str(refusal.value)


@pytest.mark.parametrize("layout", [ITEMS, PARTS, Layout()])
def test_errors_that_come_as_success_are_refused(layout: Layout) -> None:
    body = b'{"type":"error.list","request_id":"x","errors":[{"code":"not_found","message":"User Not Found"}]}'
    with pytest.raises(ContractError) as refusal:
        Reader(layout, schema()).read(body)
    assert str(refusal.value) == (
        "Intercom sent errors with the status of success; run again, and report it if it stays"
    )


def test_raw_control_characters_in_a_text_are_not_lost() -> None:
    reader = Reader(ITEMS, schema(name=TEXT, custom_attributes=OPEN))
    page = reader.read(b'{"items":[{"id":"1","name":"a\nb\x01","custom_attributes":{"x":"c\r\nd"}}]}')
    assert written(page) == [{"id": "1", "name": "a\nb\x01", "custom_attributes": {"x": "c\r\nd"}}]
    assert reader.coerced == {}


@pytest.mark.parametrize(
    ("custom_attributes", "value"),
    [(b'{"x":"\xff"}', {"x": "\ufffd"}), (rb'{"x":"\ud800!"}', {"x": "\ufffd!"}), (b'{"x":NaN}', {"x": None})],
)
def test_what_cannot_be_written_is_replaced_and_counted(custom_attributes: bytes, value: object) -> None:
    reader = Reader(ITEMS, schema(custom_attributes=OPEN))
    page = reader.read(b'{"items":[{"id":"1","custom_attributes":' + custom_attributes + b"}]}")
    assert written(page) == [{"id": "1", "custom_attributes": value}]
    assert reader.coerced == {UNREADABLE: 1}


def test_each_character_that_cannot_be_written_counts() -> None:
    reader = Reader(ITEMS, schema(name=TEXT))
    assert written(reader.read(b'{"items":[{"id":"1","name":"\xff.\xff"}]}'))[0]["name"] == "\ufffd.\ufffd"
    assert reader.coerced == {UNREADABLE: 2}


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"\xff","items":[]}',
        b'{"scroll_param":"\xff","items":[]}',
        b'{"pages":{"next":"\xff"},"items":[]}',
    ],
)
def test_broken_encoding_around_the_records_does_not_stop_them(body: bytes) -> None:
    assert Reader(ITEMS, schema()).read(body).records == []


def test_the_last_of_two_members_of_one_name_counts() -> None:
    assert written(Reader(ITEMS, schema()).read(b'{"items":[{"id":"1","id":"2"}]}')) == [{"id": "2"}]


# The samples


def scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from scalars(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scalars(inner)
    elif value is not None:
        yield value


def spellings(value: Any) -> set[str]:
    """Give the forms in which a value may arrive: itself, as text, and as a moment."""
    forms = {json.dumps(value), json.dumps(str(value))}
    if isinstance(value, int) and not isinstance(value, bool):
        forms.add(json.dumps(datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")))
    return forms


def samples(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the records of the samples with the stream they belong to."""

    def load(name: str) -> Any:
        return json.loads((folder / "v1.4" / name).read_text())

    whole = load("conversation-with-parts.json")
    parts = whole.pop("conversation_parts")["conversation_parts"]
    listed = {
        "admins": load("admin.json"),
        "companies": load("company.json") + load("companies-page.json")["companies"],
        "company_attributes": load("data_attribute.json"),
        "customer_attributes": load("data_attribute.json"),
        "company_segments": load("segment.list.json")[0]["segments"],
        "segments": load("segment.list.json")[0]["segments"],
        "conversations": [*load("conversation.json"), whole],
        "conversation_parts": parts + load("conversation_part.json"),
        "leads": load("user.json"),
        "tags": load("lists.json")["tags"]["tags"],
        "teams": load("lists.json")["teams"]["teams"],
        "users": load("user.json"),
    }
    assert listed.keys() == LAYOUTS.keys()
    for stream, records in listed.items():
        yield from ((stream, record) for record in records)


@pytest.fixture
def sample_folder() -> Path:
    folder = Path(
        os.environ.get("TAP_INTERCOM_SAMPLES", Path(__file__).resolve().parents[3].parent / "shared" / "samples")
    )
    if not folder.is_dir():
        pytest.skip("the samples are not at hand")
    return folder


def test_the_samples_pass_without_losing_a_scalar(sample_folder: Path) -> None:
    for stream, record in samples(sample_folder):
        layout = LAYOUTS[stream]
        reader = Reader(layout, load_schema(stream))
        answer: Any = [record]
        for key in reversed(layout.records_at):
            answer = {key: answer}
        (arrived,) = written(reader.read(json.dumps(answer, indent=1).encode()))
        there = Counter(json.dumps(value) for value in scalars(arrived))
        sent = {
            name: value[layout.unwrap[name]] if name in layout.unwrap and isinstance(value, dict) else value
            for name, value in record.items()
        }
        for value in scalars(sent):
            spelling = next((form for form in spellings(value) if there[form]), None)
            assert spelling is not None, (stream, value)
            there[spelling] -= 1
        assert reader.unknown == {}


def test_records_of_real_workspaces_are_read(sample_folder: Path) -> None:
    lines = (sample_folder / "real" / "records-2.11-b.jsonl").read_text().splitlines()
    read_streams = set()
    for line in lines:
        sample = json.loads(line)
        if sample["stream"] in LAYOUTS:
            layout = LAYOUTS[sample["stream"]]
            answer: Any = [sample["data"]]
            for key in reversed(layout.records_at):
                answer = {key: answer}
            reader = Reader(layout, load_schema(sample["stream"]))
            assert len(written(reader.read(json.dumps(answer).encode()))) == 1
            assert reader.coerced == {}
            read_streams.add(sample["stream"])
    assert len(read_streams) >= 7


# What is told in other words

TRANSLATED = Layout(
    records_at=("items",),
    unwrap={"labels": "data"},
    translation=Translation(renamed={"external_id": "user_id", "tags": "labels"}, constants={"kind": "user"}),
    is_partial=True,
)
LABELS = {"type": ["null", "array"], "items": PLAN}


def translating() -> Reader:
    return Reader(TRANSLATED, schema(user_id=TEXT, kind=TEXT, labels=LABELS, spend=INTEGER), watch=False)


def test_a_record_is_read_in_the_words_of_its_translation() -> None:
    record = {"id": "1", "external_id": 25, "tags": {"type": "list", "data": [{"id": 7, "url": "/tags/7"}]}}
    assert read(translating(), record) == [
        {"id": "1", "user_id": "25", "kind": "user", "labels": [{"id": "7", "name": None}], "spend": None}
    ]


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (b'"a\x01b"', "a\x01b"),
        (b'"\xff"', "\N{REPLACEMENT CHARACTER}"),
        (b'"\\ud800"', "\N{REPLACEMENT CHARACTER}"),
        (b'"a", "spend": NaN', "a"),
    ],
)
def test_what_has_to_be_mended_is_translated_all_the_same(told: bytes, text: str) -> None:
    page = translating().read(b'{"items": [{"id": "1", "external_id": ' + told + b', "tags": null}]}')
    assert [row["user_id"] for row in written(page)] == [text]


def test_an_answer_without_records_to_translate_has_none() -> None:
    assert translating().read(b'{"items": []}').records == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<html>", InvalidBody),
        (b"null", InvalidBody),
        (b"[]", ContractError),
        (b'{"items": {}}', ContractError),
        (b'{"type": "error.list", "items": []}', ContractError),
        (b'{"items": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", ContractError),
    ],
)
def test_what_cannot_be_translated_is_refused_as_ever(body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        translating().read(body)


def test_bare_values_are_held_by_a_field() -> None:
    layout = Layout(records_at=("admin_ids",), may_be_missing=True, inherit={"team_id": "id"}, value_field="admin_id")
    fields = {"team_id": {"type": "string"}, "admin_id": {"type": "string"}}
    reader = Reader(layout, {"type": "object", "properties": fields}, key=("team_id", "admin_id"))
    assert msgspec.to_builtins(reader.read(b'{"id":"7","admin_ids":[1,"2"]}').records) == [
        {"team_id": "7", "admin_id": "1"},
        {"team_id": "7", "admin_id": "2"},
    ]
    assert reader.read(b'{"id":"8"}').records == []
    assert reader.read(b'{"id":"9","admin_ids":[null]}').records == []
    assert reader.examples == {"(records)": "item 1 of its page"}


def test_places_go_on_from_page_to_page() -> None:
    layout = Layout(records_at=("items",), from_parent={"owner": "id"}, position="place")
    reader = Reader(layout, schema(owner=TEXT, place=INTEGER))
    places = []
    for _ in range(2):
        records = reader.read(b'{"items": [{"id": "1"}, {"id": "2"}]}').records
        reader.complete(records, len(places), id="7")
        places += [(record.owner, record.place) for record in records]
    assert places == [("7", 0), ("7", 1), ("7", 2), ("7", 3)]
    without = Reader(ITEMS, schema())
    records = without.read(b'{"items": [{"id": "1"}]}').records
    without.complete(records, 2)
    assert msgspec.to_builtins(records) == [{"id": "1"}]


def test_an_answer_that_is_a_text_is_the_field_of_one_record() -> None:
    fields = {"call_id": {"type": "string"}, "transcript": {"type": ["null", "string"]}}
    schema = {"type": "object", "properties": fields, "required": ["call_id"]}
    reader = Reader(Layout(from_parent={"call_id": "id"}, text_field="transcript"), schema)
    for body, said in ((b'[00:03] "Hi"\nYes', '[00:03] "Hi"\nYes'), (b"", ""), (b"\xff{", "\ufffd{")):
        records = reader.read(body).records
        reader.complete(records, id="7", updated_at=None)
        assert msgspec.to_builtins(records) == [{"call_id": "7", "transcript": said}]


def test_more_objects_than_fit_into_memory_are_refused() -> None:
    reader = Reader(Layout(records_at=("items",)), schema(name=TEXT))
    most = b'{"items":[' + b",".join([b'{"id":"{a"}'] * (MOST_OBJECTS - 1)) + b"]}"
    assert len(reader.read(most).records) == MOST_OBJECTS - 1
    for one in (b'{"id":"1"}', b"{ }", b'{\n"id":"1"}'):
        with pytest.raises(ContractError, match="more than 500,000 objects; check that"):
            reader.read(most[:-2] + b"," + one + b"]}")


def test_records_that_cannot_be_used_are_left_out_counted_and_placed() -> None:
    reader = Reader(ITEMS, schema(name=TEXT))
    odd = ["null", '"Jane"', "7", "[]", '{"name":"Jane"}', '{"id":null}', '{"id":true}', '{"id":{"x":1}}', '{"id":""}']
    page = reader.read(f'{{"items":[{{"id":"1"}},{",".join(odd)},{{"id":2}}]}}'.encode())
    assert [row["id"] for row in written(page)] == ["1", "2"]
    assert (page.left_out, page.count, page.places) == (9, 11, [0, 10])
    assert (reader.left_out, reader.examples) == ({"(records)": 9}, {"(records)": "item 2 of its page"})


def test_a_list_within_a_record_says_in_which_one_an_item_was_left_out() -> None:
    reader = Reader(ITEMS, schema(tags=TAGS))
    rows = read(reader, {"id": "1", "tags": [{"id": "5"}]}, {"id": "2", "tags": [{"id": "5"}, None]})
    assert [[tag["id"] for tag in row["tags"]] for row in rows] == [["5"], ["5"]]
    assert reader.examples == {"tags": "item 2 in the object with the id 2"}


def test_records_that_do_not_inherit_their_key_are_left_out() -> None:
    layout = Layout(records_at=("items",), inherit={"owner": "id"})
    fields = {"owner": {"type": "string"}, "id": {"type": "string"}}
    reader = Reader(layout, {"type": "object", "properties": fields}, key=("owner", "id"))
    page = reader.read(b'{"items": [{"id": "1"}, {"id": "2"}]}')
    assert (page.records, page.left_out, reader.left_out) == ([], 2, {"(records)": 2})


# Times in several notations

TIMES = [1397574667, None, "2014-04-15T17:11:07+02:00", 1397574667250, "2019-03-23 22:20:18 UTC", "", "yesterday"]
READ_TIMES = [
    "2014-04-15T15:11:07Z",
    None,
    "2014-04-15T15:11:07Z",
    "2014-04-15T15:11:07.250000Z",
    "2019-03-23T22:20:18Z",
    None,
    None,
]


def test_times_in_several_notations_are_read_alike_on_every_page() -> None:
    reader = Reader(ITEMS, schema(at=MOMENT))
    for pages in (1, 2, 3):
        records = read(reader, *({"id": "1", "at": time} for time in TIMES), {"id": "2"})
        assert [record["at"] for record in records] == [*READ_TIMES, None]
        assert reader.coerced == {"at": 3 * pages}
        assert reader.learned_count == 1


@pytest.mark.parametrize("time", TIMES)
def test_the_notation_of_a_time_is_learned_from_one_record(time: object) -> None:
    reader, known = Reader(ITEMS, schema(at=MOMENT)), [READ_TIMES[TIMES.index(time)]]
    for pages in (1, 2):
        assert [record["at"] for record in read(reader, {"id": "1", "at": 1397574667250}, {"id": "2", "at": time})] == [
            READ_TIMES[3],
            *known,
        ]
        assert reader.coerced == {"at": pages * (1 + (time in TIMES[3:5] or time == "yesterday"))}


def test_a_time_that_may_not_be_null_is_left_out_where_it_is_unreadable() -> None:
    reader = Reader(ITEMS, schema(at={"type": "string", "format": "date-time"}))
    for _ in range(2):
        records = read(reader, {"id": "1", "at": 1397574667250}, {"id": "2", "at": None}, {"id": "3", "at": ""})
        assert records == [{"id": "1", "at": READ_TIMES[3]}, {"id": "2"}, {"id": "3"}]


def test_times_in_lists_and_times_from_around_the_records_come_in_several_notations_too() -> None:
    times = {"type": ["null", "array"], "items": MOMENT}
    reader = Reader(PARTS, schema(changed=MOMENT, times=times))
    for pages in (1, 2):
        parts = [{"id": "1", "times": TIMES[:5]}]
        page = reader.read(json.dumps({"updated_at": 1397574667250, "parts": {"parts": parts}}).encode())
        assert written(page) == [{"id": "1", "changed": READ_TIMES[3], "times": READ_TIMES[:5]}]
        assert reader.coerced == {"changed": pages, "times": 2 * pages}


def test_a_value_is_counted_once_though_its_record_is_read_again() -> None:
    plan = {"type": ["null", "object"], "properties": {"at": MOMENT, "size": {"type": ["null", "number"]}}}
    reader = Reader(ITEMS, schema(plan=plan))
    for pages in (1, 2, 3):
        (record,) = read(reader, {"id": "1", "plan": {"at": 1397574667250, "size": "large", "new": 1}})
        assert record == {"id": "1", "plan": {"at": READ_TIMES[3], "size": None}}
        assert reader.coerced == {"plan.at": pages, "plan.size": pages}
        assert reader.unknown == {"plan.new": pages}


# Whether a list is whole


@pytest.mark.parametrize("inherit", [{}, {"total": "parts.total_count"}])
@pytest.mark.parametrize(
    ("wrapper", "is_whole"),
    [
        ({"parts": [{"id": "1"}, {"id": "2"}], "total_count": 2}, True),
        ({"parts": [{"id": 1}, {"id": "2"}], "total_count": 2}, True),
        ({"parts": [{"id": "1"}, {"id": "2"}], "total_count": 3}, False),
        ({"parts": [{"id": "1"}, None], "total_count": 2}, False),
        ({"parts": [{"id": "1"}, None], "total_count": 1}, True),
        ({"parts": [{"id": "1"}], "total_count": None}, False),
        ({"parts": [{"id": "1"}], "total_count": "many"}, False),
        ({"parts": [{"id": "1"}]}, False),
        ({"parts": [], "total_count": 0}, False),
        (None, False),
    ],
)
def test_a_list_is_whole_if_it_is_as_long_as_it_is_counted(
    inherit: dict[str, str], wrapper: Any, is_whole: bool
) -> None:
    reader = Reader(Layout(records_at=("parts", "parts"), inherit=inherit), schema(total=INTEGER))
    assert reader.read(json.dumps({"parts": wrapper}).encode()).is_whole_list is is_whole
    assert not reader.read(b'{"parts": {"parts": [{"id": "1"}], "total_count": 2}}').is_whole_list
    bare = Reader(ITEMS, schema(total=INTEGER))
    assert not bare.read(b'{"items": [{"id": "1"}], "total_count": 1}').is_whole_list


def test_items_left_out_are_in_the_object_that_was_asked_for_though_another_record_was_converted_before() -> None:
    reader = Reader(ITEMS, schema(tags=TAGS))
    items = [{"id": 1}, {"id": "2", "tags": [None]}]
    reader.read(json.dumps({"items": items}).encode(), "7")
    assert reader.examples == {"tags": "item 1 in the object with the id 7"}


def test_what_is_odd_in_a_value_from_around_the_records_is_counted() -> None:
    layout = Layout(records_at=("items",), inherit={"tags": "tags"}, unwrap={"tags": "tags"})
    reader = Reader(layout, schema(tags=TAGS))
    page = reader.read(b'{"tags": {"type": "tag.list"}, "items": [{"id": "1"}]}')
    assert written(page) == [{"id": "1", "tags": None}]
    assert reader.coerced == {"tags": 1}
