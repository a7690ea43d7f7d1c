"""The tables of a database, filled by operations as a sync gives them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import loaded
from tap_intercom.errors import ConfigError, OutputError
from tap_intercom.load.columns import ColumnType, column_type, wider_types
from tap_intercom.load.database import Database
from tap_intercom.load.loading import Activation, LoadedStream, NewState, Operation, Rows

ID = {"type": "string"}
MOMENT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def stream(name: str = "things", *, shared: bool = False, key: Sequence[str] = ("id",), **fields: Any) -> LoadedStream:
    schema = {"properties": {"id": ID, **fields}}
    return LoadedStream(name=name, schema=schema, key=tuple(key), has_shared_keys=shared)


def rows(*records: Mapping[str, Any], name: str = "things", version: int | None = None, **types: ColumnType) -> Rows:
    lines = b"".join(msgspec.json.encode(record, order=None) + b"\n" for record in records)
    return Rows(stream=name, lines=lines, keys=[record["id"] for record in records], version=version, types=types)


def run(path: Path, streams: Sequence[LoadedStream], *operations: Operation, day: int = 0) -> list[str]:
    """Load in one run; give what was told."""
    told: list[str] = []
    with Database(str(path)) as database:
        moment = MOMENT + timedelta(days=day)
        database.prepare(streams, moment, lambda name, message: told.append(f"{name}: {message}"))
        if operations:
            database.load(operations, moment, lambda name, message: told.append(f"{name}: {message}"))
    return told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "things.duckdb"


def by_id(path: Path, table: str = "things") -> list[dict[str, Any]]:
    return sorted(loaded.rows(path, table), key=lambda row: str(row["id"]))


def test_the_newest_row_of_a_key_stays(path: Path) -> None:
    wanted = [stream(text={"type": "string"})]
    run(path, wanted, rows({"id": "1", "text": "a"}, {"id": "2", "text": "b"}, {"id": "1", "text": "c"}))
    assert by_id(path) == [{"id": "1", "text": "c"}, {"id": "2", "text": "b"}]
    run(path, wanted, rows({"id": "1", "text": "d"}), rows({"id": "1"}), rows({"id": "3", "text": "e"}))
    assert by_id(path) == [{"id": "1"}, {"id": "2", "text": "b"}, {"id": "3", "text": "e"}]


def test_rows_and_state_come_together_or_not_at_all(path: Path) -> None:
    run(path, [stream()], rows({"id": "1"}), NewState({"bookmarks": {"things": "1"}}))
    wrong = Rows(stream="things", lines=b'{"id":"2"}\nno json\n', keys=["2", "3"])
    with pytest.raises(OutputError, match="it cannot be written"):
        run(path, [stream()], NewState({"bookmarks": {"things": "2"}}), rows({"id": "9"}), wrong)
    with Database(str(path)) as database:
        assert database.state == {"bookmarks": {"things": "1"}}
    assert loaded.rows(path, "things") == [{"id": "1"}]


def test_records_that_share_a_key_are_replaced_together(path: Path) -> None:
    wanted = [stream(shared=True, n={"type": "integer"})]
    same = {"id": "1", "n": 1}
    run(path, wanted, rows(same, {"id": "1", "n": 2}, same, {"id": "2", "n": 3}), rows(same))
    assert sorted(row["n"] for row in loaded.rows(path, "things")) == [1, 2, 3]
    run(path, wanted, rows({"id": "1", "n": 4}, {"id": "1", "n": 1}), day=1)
    assert sorted(row["n"] for row in loaded.rows(path, "things")) == [1, 3, 4]


def test_an_activated_version_deletes_the_others(path: Path) -> None:
    run(path, [stream()], rows({"id": "1"}, {"id": "2"}, version=1), Activation("things", 1))
    assert len(loaded.rows(path, "things")) == 2
    run(
        path,
        [stream()],
        rows({"id": "2"}, {"id": "3"}, version=2),
        rows({"id": "4"}, version=3),
        Activation("things", 3),
    )
    assert loaded.rows(path, "things") == [{"id": "4"}]
    with Database(str(path)) as database:
        database.prepare([stream()], MOMENT, lambda *_: None)
        database.load([Activation("things", 9)], MOMENT, lambda *_: None)
        (contents,) = database.contents()
        assert (contents.rows, contents.new, contents.deleted) == (0, 0, 1)


CHANGES = [
    ("integer", 5, "number", 1.5, "DOUBLE", [5.0, 1.5]),
    ("integer", 2**53 + 1, "number", 1.5, "JSON", [2**53 + 1, Decimal("1.5")]),
    ("integer", 5, "string", "x", "JSON", [5, "x"]),
    ("string", 'a "quoted"', "integer", 7, "JSON", ['a "quoted"', 7]),
    ("boolean", True, "string", "true", "JSON", [True, "true"]),
    ("number", 0.1, "object", {"x": 1}, "JSON", [Decimal("0.1"), {"x": 1}]),
    ("object", {"x": 1}, "string", "text", "JSON", [{"x": 1}, "text"]),
    ("date-time", "2020-01-01T00:00:00.123456Z", "string", "soon", "VARCHAR", ["2020-01-01T00:00:00.123456Z", "soon"]),
    ("date-time", "2020-01-01T00:00:00Z", "integer", 1, "JSON", ["2020-01-01T00:00:00Z", 1]),
    ("string", "soon", "date-time", "2020-01-01T00:00:00Z", "VARCHAR", ["soon", "2020-01-01T00:00:00Z"]),
    ("number", 1.5, "integer", 2, "DOUBLE", [1.5, 2.0]),
]


def schema_of(word: str) -> dict[str, Any]:
    return {"type": ["null", "string"], "format": word} if word == "date-time" else {"type": ["null", word]}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_type_loses_no_value(path: Path, change: tuple[str, object, str, object, str, list[object]]) -> None:
    before, old, after, new, kind, values = change
    run(path, [stream(a=schema_of(before))], rows({"id": "1", "a": old}))
    held = loaded.columns(path, "things")["a"]
    told = run(path, [stream(a=schema_of(after))], rows({"id": "2", "a": new}), day=1)
    assert [row["a"] for row in by_id(path)] == values
    assert loaded.columns(path, "things")["a"] == kind
    assert told == (
        []
        if held == kind
        else [f"things: the column a was {held} and is {kind} now, for it has to hold other values too"]
    )
    assert run(path, [stream(a=schema_of(after))], day=2) == []


def test_new_columns_are_added_and_those_that_are_not_written_stay(path: Path) -> None:
    run(path, [stream(a={"type": "string"})], rows({"id": "1", "a": "kept"}))
    run(path, [stream(b={"type": "integer"})], rows({"id": "1", "b": 1}, {"id": "2", "b": 2}))
    assert by_id(path) == [{"id": "1", "a": "kept", "b": 1}, {"id": "2", "b": 2}]


def test_names_that_differ_by_case_are_told_and_stay_what_they_became(path: Path) -> None:
    fields = {"Plan": {"type": "string"}, "plan": {"type": "object"}, "_loaded_at": {"type": "string"}}
    wanted = [stream(**fields), stream("Things", **fields)]
    record = {"id": "1", "Plan": "x", "plan": {"y": 0.1234567890123456789}, "_loaded_at": "z"}
    told = run(path, wanted, rows(record), rows(record, name="Things"))
    assert told[0].startswith("things: the field plan is plan_2 in the database")
    assert told[1].startswith("things: the field _loaded_at is _loaded_at_2 in the database")
    assert told[-1].startswith("Things: the stream is Things_2 in the database")
    assert run(path, list(reversed(wanted)), rows({**record, "Plan": "w"})) == []
    assert loaded.query(path, 'SELECT "Plan", plan_2, _loaded_at_2 FROM things')[0][0] == "w"
    assert loaded.query(path, 'SELECT "Plan", _loaded_at_2 FROM "Things_2"') == [("x", "z")]


@pytest.mark.parametrize("digits", ["0.12345678901234567890123", "1e-400", "12345678901234567890.5"])
def test_no_digit_of_a_number_is_lost(path: Path, digits: str) -> None:
    wanted = [stream(a=schema_of("number"), o=schema_of("object"), l=schema_of("array"))]
    run(path, wanted, rows({"id": "1", "a": 0.5, "o": {"x": 1}}))
    line = f'{{"id":"2","a":{digits},"o":{{"x":{digits},"y":"é\\u2028"}},"l":[1,{digits}]}}\n'.encode()
    told = run(path, wanted, Rows(stream="things", lines=line, keys=["2"]))
    assert told == ["things: the column a was DOUBLE and is JSON now, for it has to hold other values too"]
    texts = loaded.query(path, "SELECT a, o, l FROM things ORDER BY id")
    assert texts == [("0.5", '{"x":1}', None), (digits, f'{{"x":{digits},"y":"é\\u2028"}}', f"[1,{digits}]")]


def test_values_that_no_schema_promised_widen_their_column(path: Path) -> None:
    wanted = stream(n={"type": "integer"}, at=schema_of("date-time"))
    records = [{"id": "1", "n": 10**30, "at": "soon", "new": [1]}, {"id": "2", "n": 1.5}]
    known = {field: column_type(part) for field, part in wanted.schema["properties"].items()}
    told = run(path, [wanted], rows(*records, **wider_types(records, known)))
    assert len(told) == 2
    assert loaded.rows(path, "things") == [
        {"id": "1", "n": 10**30, "at": "soon", "new": [1]},
        {"id": "2", "n": Decimal("1.5")},
    ]


def test_a_key_that_does_not_fit_the_table_is_refused(path: Path) -> None:
    run(path, [stream(n={"type": "integer"})])
    with pytest.raises(ConfigError, match="has the key n, and its table things was made for id; load into a new file"):
        run(path, [stream(key=["n"], n={"type": "integer"})])
    with pytest.raises(ConfigError, match="things has no key, by which rows are replaced"):
        run(path, [stream(key=[])])
    with pytest.raises(OutputError, match="the key id of things was VARCHAR when its table was made"):
        run(
            path,
            [
                LoadedStream(
                    name="things",
                    schema={"properties": {"id": {"type": "integer"}}},
                    key=("id",),
                    has_shared_keys=False,
                )
            ],
        )


def test_a_table_that_somebody_changed_is_not_touched(path: Path) -> None:
    run(path, [stream(n={"type": "integer"})])
    with Database(str(path)) as database:
        database._connection.execute("ALTER TABLE things ALTER n TYPE SMALLINT")  # noqa: SLF001
    with pytest.raises(ConfigError, match="its table things is not as this tap made it"):
        run(path, [])


def test_what_needs_more_memory_gets_it(path: Path) -> None:
    with Database(str(path)) as database:
        database.prepare([stream(text={"type": "string"})], MOMENT, lambda *_: None)
        database._connection.execute("SET memory_limit = '4MB'")  # noqa: SLF001
        text = "".join(map(str, range(2000)))
        many = [{"id": str(number), "text": f"{number}{text}"} for number in range(2000)]
        database.load([rows(*many)], MOMENT, lambda *_: None)
        assert database.contents()[0].rows == 2000


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.text(),
    st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
    st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False), max_size=2),
    st.lists(st.integers(), max_size=2),
)  # fmt: skip
RECORDS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("123"), "a": VALUES, "A": VALUES}), min_size=1, max_size=6
)


@settings(max_examples=20)
@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_whatever_comes_the_newest_of_each_key_is_there(tmp_path_factory: pytest.TempPathFactory, runs: Any) -> None:
    path = tmp_path_factory.mktemp("random") / "things.duckdb"
    latest: dict[str, dict[str, Any]] = {}
    for day, records in enumerate(runs):
        with Database(str(path)) as database:
            wanted = stream(a={"type": "integer"}, A={"type": "string"})
            database.prepare([wanted], MOMENT + timedelta(days=day), lambda *_: None)
            known = {field: column_type(part) for field, part in wanted.schema["properties"].items()}
            types = wider_types(records, known)
            database.load([rows(*records, **types)], MOMENT + timedelta(days=day), lambda *_: None)
        latest.update({record["id"]: record for record in records})
    found = {row["id"]: row for row in loaded.rows(path, "things")}
    assert found.keys() == latest.keys()
    kinds = loaded.columns(path, "things")
    for key, record in latest.items():
        for field, column in (("a", "a"), ("A", "A_2")):
            value = json.loads(msgspec.json.encode(record[field]), parse_float=Decimal)
            assert found[key].get(column) == loaded.as_loaded({column: value}, kinds).get(column), (column, value)
