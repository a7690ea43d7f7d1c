import json
from typing import Any

import msgspec
import pytest

from tap_intercom.records.reader import Reader
from tap_intercom.streams.model import Layout

TEXT = {"type": ["null", "string"]}
INTEGER = {"type": ["null", "integer"]}
NUMBER = {"type": ["null", "number"]}
BOOLEAN = {"type": ["null", "boolean"]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}
ADMIN = {"type": ["null", "object"], "properties": {"type": TEXT, "id": TEXT}}
TAG = {"type": ["null", "object"], "properties": {"id": TEXT, "name": TEXT}}
AVATAR = {"type": ["null", "object"], "properties": {"type": TEXT, "image_url": TEXT}}
SIZE = {"type": ["null", "object"], "properties": {"width": INTEGER}}
OPEN = {"type": ["null", "object"]}


def read(schema: dict[str, Any], wire: str, **layout: Any) -> tuple[Any, int]:
    """Read the JSON `wire` as the only field of a record: its value in the Singer record, and how often it was bent."""
    reader = Reader(
        Layout(records_at=("records",), **layout), {"type": "object", "required": [], "properties": {"x": schema}}
    )
    # The first record makes its page take the slow path, the second page may take the fast one.
    values = []
    for body in (f'{{"records":[{{"x":{wire}}}]}}', f'{{"records":[{{"x":{wire}}},{{"x":{wire}}}]}}'):
        values += [json.loads(msgspec.json.encode(record)) for record in reader.read(body.encode()).records]
    assert values[0] == values[1] == values[2]
    assert list(reader.coerced) in ([], ["x"])
    return values[0]["x"], reader.coerced.get("x", 0) // 3


@pytest.mark.parametrize(
    ("schema", "wire", "value"),
    [
        (TEXT, '"null"', "null"),
        (TEXT, '""', ""),
        (TEXT, "null", None),
        (TEXT, "12", "12"),
        (TEXT, "12.0", "12"),
        (TEXT, "1e2", "100"),
        (TEXT, "-7", "-7"),
        (TEXT, "12.50", "12.50"),
        (TEXT, "1e400", "1e400"),
        (TEXT, "123456789012345678901234567890", "123456789012345678901234567890"),
        (TEXT, "true", "true"),
        (INTEGER, "12", 12),
        (INTEGER, '"12"', 12),
        (INTEGER, '" 012 "', 12),
        (INTEGER, "12.0", 12),
        (INTEGER, "1e18", 10**18),
        (INTEGER, '"1.2e1"', 12),
        (INTEGER, '"null"', None),
        (INTEGER, '""', None),
        (NUMBER, "49", 49),
        (NUMBER, "155.5", 155.5),
        (NUMBER, '"155.5"', 155.5),
        (NUMBER, '" 49"', 49),
        (NUMBER, '"+007"', 7),
        (NUMBER, '"-00.50"', -0.5),
        (NUMBER, "18446744073709551616", 18446744073709551616),
        ({"type": "array", "items": NUMBER}, '[1, null, "2.5"]', [1, None, 2.5]),
        (NUMBER, '"null"', None),
        (NUMBER, '""', None),
        (BOOLEAN, "true", True),
        (BOOLEAN, "0", False),
        (BOOLEAN, "1", True),
        (BOOLEAN, "1.0", True),
        (BOOLEAN, '"true"', True),
        (BOOLEAN, '" 0"', False),
        (BOOLEAN, '"null"', None),
        (BOOLEAN, '""', None),
        (MOMENT, "1397574667", "2014-04-15T15:11:07Z"),
        (MOMENT, '"1397574667"', "2014-04-15T15:11:07Z"),
        (MOMENT, "1397574667.25", "2014-04-15T15:11:07.250000Z"),
        (MOMENT, "0", "1970-01-01T00:00:00Z"),
        (MOMENT, "-1", "1969-12-31T23:59:59Z"),
        (MOMENT, "-62135596800", "0001-01-01T00:00:00Z"),
        (MOMENT, "64654125776", "4018-10-22T15:22:56Z"),
        (MOMENT, "253402300799", "9999-12-31T23:59:59Z"),
        (MOMENT, '"2019-03-23T22:20:18.253+00:00"', "2019-03-23T22:20:18.253000Z"),
        (MOMENT, '"2019-03-23T22:20:18+02:00"', "2019-03-23T20:20:18Z"),
        (MOMENT, '"2019-03-23T22:20:18-05:30"', "2019-03-24T03:50:18Z"),
        (MOMENT, '"null"', None),
        (MOMENT, '""', None),
        (OPEN, '{"a": [1.10, null]}', {"a": [1.10, None]}),
        (OPEN, "null", None),
        (ADMIN, "{}", {"type": None, "id": None}),
        (ADMIN, '{"id": 7}', {"type": None, "id": "7"}),
        ({"type": "array", "items": MOMENT}, "[1, null]", ["1970-01-01T00:00:01Z", None]),
        ({"type": "array", "items": TEXT}, '["a", 2]', ["a", "2"]),
        ({"type": "array"}, '[1, "a"]', [1, "a"]),
        ({}, '{"a": 1}', {"a": 1}),
    ],
)
def test_what_loses_nothing_is_read_without_a_word(schema: dict[str, Any], wire: str, value: object) -> None:
    assert read(schema, wire) == (value, 0)


@pytest.mark.parametrize(
    ("schema", "wire", "value"),
    [
        (TEXT, '{"a": [1]}', '{"a":[1]}'),
        (TEXT, "[1]", "[1]"),
        (INTEGER, "1.5", None),
        (INTEGER, '"many"', None),
        (INTEGER, "true", None),
        (INTEGER, "9223372036854775808", None),
        (INTEGER, "1e400", None),
        (INTEGER, "[1]", None),
        (NUMBER, "true", None),
        (NUMBER, "1e400", None),
        (NUMBER, '"1e400"', None),
        (NUMBER, '"many"', None),
        (NUMBER, "[1]", None),
        ({"type": "array", "items": NUMBER}, '[1, "many"]', [1, None]),
        (BOOLEAN, "2", None),
        (BOOLEAN, '"maybe"', None),
        (MOMENT, "1397574667250", "2014-04-15T15:11:07.250000Z"),
        (MOMENT, '"1397574667250"', "2014-04-15T15:11:07.250000Z"),
        (MOMENT, "1293840000000", "2011-01-01T00:00:00Z"),
        (MOMENT, "2524607999999", "2049-12-31T23:59:59.999000Z"),
        (MOMENT, "1293839999999", None),
        (MOMENT, "2524608000000", None),
        (MOMENT, "-1397574667250", None),
        (MOMENT, "-62135596801", None),
        (MOMENT, "253402300800", None),
        (MOMENT, "253402329599", None),
        (MOMENT, '"253402329599"', None),
        (MOMENT, "253402300799.9999999", None),
        (MOMENT, "607034390400", None),
        (MOMENT, "8640000000000", None),
        (MOMENT, '"9999-12-31T23:59:59-08:00"', None),
        (MOMENT, "99999999999999999", None),
        (MOMENT, '"2019-03-23"', "2019-03-23T00:00:00Z"),
        (MOMENT, '"2019-03-23T22:20:18"', "2019-03-23T22:20:18Z"),
        (MOMENT, '"2019-03-23 22:20:18 UTC"', "2019-03-23T22:20:18Z"),
        (MOMENT, '"20190323T222018+0200"', "2019-03-23T20:20:18Z"),
        (MOMENT, '"0001-01-01T00:00:00+05:00"', None),
        (MOMENT, '"yesterday"', None),
        (MOMENT, "true", None),
        (OPEN, '"a"', None),
        (OPEN, "[]", None),
        (ADMIN, '"7"', {"type": None, "id": "7"}),
        (ADMIN, "7", {"type": None, "id": "7"}),
        (ADMIN, '[{"id": "7"}]', {"type": None, "id": "7"}),
        (ADMIN, "[]", None),
        (ADMIN, '[{"id": "7"}, {"id": "8"}]', None),
        (ADMIN, '[["7"]]', None),
        (AVATAR, '"https://x"', {"type": None, "image_url": "https://x"}),
        (SIZE, "7", None),
        ({"type": "array", "items": TAG}, '{"id": "7"}', [{"id": "7", "name": None}]),
        ({"type": "array", "items": TAG}, '{"data": [{"id": "7"}]}', [{"id": "7", "name": None}]),
        ({"type": "array", "items": TAG}, "{}", []),
        ({"type": "array", "items": INTEGER}, "7", [7]),
        ({"type": "array"}, "7", [7]),
    ],
)
def test_what_loses_something_or_is_guessed_is_counted(schema: dict[str, Any], wire: str, value: object) -> None:
    assert read(schema, wire) == (value, 1)


@pytest.mark.parametrize(
    ("wire", "value", "bent"),
    [
        ('{"type": "tag.list", "tags": [{"id": "1"}]}', [{"id": "1", "name": None}], 0),
        ('{"type": "tag.list", "tags": []}', [], 0),
        ('{"type": "tag.list", "tags": [{"id": 1}]}', [{"id": "1", "name": None}], 0),
        ('{"type": "tag.list", "tags": null}', None, 0),
        ('{"tags": null, "type": 1}', None, 0),
        ('[{"id": "1"}, null]', [{"id": "1", "name": None}], 0),
        ("[]", [], 0),
        ("null", None, 0),
        ('{"type": "tag.list"}', None, 1),
        ('{"type": "tag.list", "data": [{"id": 1}]}', [{"id": "1", "name": None}], 1),
        ("{}", [], 0),
        ('{"tags": "VIP"}', None, 1),
        ('{"tags": "VIP", "data": [{"id": 1}]}', [{"id": "1", "name": None}], 1),
    ],
)
def test_a_list_is_denested_in_every_form_it_comes_in(wire: str, value: object, bent: int) -> None:
    assert read({"type": ["null", "array"], "items": TAG}, wire, unwrap={"x": "tags"}) == (value, bent)


@pytest.mark.parametrize(
    ("wire", "value", "bent"),
    [
        ('{"admins": [{"id": 1}]}', [{"id": "1", "name": None}], 0),
        ('{"type": "admin.list", "teammates": [{"id": "1"}]}', [{"id": "1", "name": None}], 0),
        ('{"type": "admin.list"}', None, 1),
        ("{}", [], 0),
    ],
)
def test_a_list_is_denested_from_whichever_key_it_has(wire: str, value: object, bent: int) -> None:
    schema = {"type": ["null", "array"], "items": TAG}
    assert read(schema, wire, unwrap={"x": "admins|teammates"}) == (value, bent)


def test_texts_in_a_list_of_objects_become_their_names() -> None:
    reader = Reader(Layout(records_at=("records",)), {"properties": {"x": {"type": ["null", "array"], "items": TAG}}})
    page = reader.read(b'{"records":[{"x":["VIP"]}]}')
    assert json.loads(msgspec.json.encode(page.records)) == [{"x": [{"id": None, "name": "VIP"}]}]
    assert reader.coerced == {"x": 1}


@pytest.mark.parametrize(
    "number",
    ["0.1234567890123456789", "123456789012345678901234567890", "-12345678901234567890.5", "1.10", "1E2", "1e-400"],
)
@pytest.mark.parametrize("schema", [NUMBER, {**OPEN, "properties": {"x": NUMBER}, "additionalProperties": True}])
def test_a_number_keeps_its_digits(number: str, schema: dict[str, Any]) -> None:
    reader = Reader(Layout(records_at=("records",)), {"type": "object", "properties": {"x": schema}}, key=())
    wire = number if schema is NUMBER else f'{{"x":{number}}}'
    for text in (wire, wire.replace(number, f'"{number}"')):
        records = reader.read(f'{{"records":[{{"x":{text}}}]}}'.encode()).records
        assert msgspec.json.encode(records).decode() == f'[{{"x":{wire}}}]'
    assert reader.coerced == {}


def test_a_number_that_is_not_there_leaves_those_beside_it() -> None:
    reader = Reader(Layout(records_at=("records",)), {"type": "object", "properties": {"x": NUMBER}}, key=())
    records = reader.read(b'{"records":[{},{"x":"1"},{"x":null},{"x":2}]}').records
    assert msgspec.json.encode(records) == b'[{"x":null},{"x":1},{"x":null},{"x":2}]'


def test_a_number_that_must_be_there_is_no_text_without_one() -> None:
    reader = Reader(
        Layout(records_at=("records",)), {"type": "object", "properties": {"x": {"type": "number"}}}, key=("x",)
    )
    records = reader.read(b'{"records":[{"x":""},{"x":"1"},{"x":null}]}').records
    assert msgspec.json.encode(records) == b'[{"x":1}]'
    assert reader.left_out == {"(records)": 2}
