"""The examples that load a database: everything, then what changed, and each row says what Intercom says."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from conftest import Simulator
from record_checks import KEYS, key_of, unfaithful
from record_checks_v2 import told
from tap_intercom.streams.table import is_v2, streams_of

if TYPE_CHECKING:
    from slow.examples.conftest import Example

WHOLE = {"admins", "tags", "teams", *KEYS}  # read whole every time
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?")

Rows = list[dict[str, Any]]


def complaints(simulator: Simulator, loaded: Mapping[str, Rows]) -> list[str]:
    """Name what is not as Intercom has it; of records that share their key, a database holds one."""
    found = []
    for stream in simulator.counts():
        truth = simulator.truth(stream)
        if stream in KEYS:
            missing = {record["name"] for record in truth} ^ {row["name"] for row in loaded[stream]}
            found += [f"{stream} {name}" for name in missing]
        else:
            found += unfaithful(stream, truth, loaded[stream])
    return found


def keys(stream: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted(str(row[key_of(stream)]) for row in rows)


def expected(simulator: Simulator) -> dict[str, list[str]]:
    """Give the keys that are in the workspace now."""
    return {stream: sorted(set(keys(stream, simulator.truth(stream)))) for stream in simulator.counts()}


def in_utc(value: Any) -> Any:
    return f"{value.replace(' ', 'T')}Z" if isinstance(value, str) and MOMENT.fullmatch(value) else value


def in_postgres(example: "Example", streams: Iterable[str], schema: str = "intercom") -> dict[str, Rows]:
    (address,) = set(re.findall(r"postgresql://\S+", example.read("README.md")))
    loaded = {}
    for stream in streams:
        asked = f"psql {address} -At -c 'SELECT to_jsonb(t) FROM {schema}.{stream} t'"  # noqa: S608 - the stream's name is ours
        rows = [json.loads(line) for line in example.run(asked).stdout.split("\n") if line]
        loaded[stream] = [{name: in_utc(value) for name, value in row.items()} for row in rows]
    return loaded


def in_duckdb(example: "Example", streams: Iterable[str]) -> dict[str, Rows]:
    loaded = {}
    with duckdb.connect(str(example.folder / "intercom.duckdb"), read_only=True) as database:
        for stream in streams:
            rows = database.execute(f'SELECT to_json(t) FROM "{stream}" t').fetchall()  # noqa: S608 - the stream's name is ours
            loaded[stream] = [{name: in_utc(value) for name, value in json.loads(row).items()} for (row,) in rows]
    return loaded


@pytest.mark.examples
def test_postgres_holds_what_intercom_holds(
    example: Callable[[str], "Example"], simulator: Simulator, postgres: str
) -> None:
    del postgres
    here = example("postgres")
    once, sync, change, asked = here.blocks("Run")
    before = expected(simulator)
    assert f" {len(before['users'])}\n" in here.run(once + sync).stdout
    loaded = in_postgres(here, before)
    assert {stream: keys(stream, rows) for stream, rows in loaded.items()} == before
    assert not complaints(simulator, loaded)

    simulator.delete("tags", before["tags"][0])
    done = here.run(change + sync)
    after = expected(simulator)
    loaded = in_postgres(here, after)
    for stream, rows in loaded.items():
        assert keys(stream, rows) == (after[stream] if stream in WHOLE else sorted({*before[stream], *after[stream]}))
    assert not complaints(simulator, loaded)
    written = sum(int(count) for count in re.findall(r'record_count","value":(\d+)', done.stderr))
    assert 0 < written < sum(map(len, before.values()))
    assert "(5 rows)" in here.run(asked).stdout


SYNC = (
    "tap-intercom --config config.json {} > output.jsonl; "
    "PGTZ=UTC target-postgres --config target.json < output.jsonl > states; tail -n 1 states > state.json"
)
GONE = {
    "1.4": {"companies": "companies", "conversations": "conversations", "users": "users", "conversation_parts": ""},
    "2.16": {
        "companies": "companies", "company_tags": "", "contacts": "users", "contact_tags": "",
        "conversations": "conversations", "tickets": "tickets",
    },
}  # fmt: skip


@pytest.mark.examples
@pytest.mark.parametrize("hard_delete", [True, False])
@pytest.mark.parametrize("version", GONE)
def test_postgres_has_what_intercom_has_after_a_whole_read(
    example: Callable[[str], "Example"], simulator: Simulator, postgres: str, version: str, *, hard_delete: bool
) -> None:
    del postgres
    here, schema = example("postgres"), f"gone_{version.replace('.', '_')}_{hard_delete}".lower()
    settings = {"api_version": version, "streams": list(GONE[version]), "activate_version": True}
    here.write("config.json", {**json.loads(here.read("config.json")), **settings})
    target = {"default_target_schema": schema, "hard_delete": hard_delete}
    here.write("target.json", {**json.loads(here.read("target.json")), **target})

    def loaded() -> dict[str, set[Any]]:
        tables = in_postgres(here, GONE[version], schema)
        return {
            stream: {key_in(version, stream, row) for row in rows if not row.get("_sdc_deleted_at")}
            for stream, rows in tables.items()
        }

    def held() -> dict[str, set[Any]]:
        return {
            stream: {key_in(version, stream, row) for row in in_rows(version, stream, simulator.truth(stream, version))}
            for stream in GONE[version]
        }

    here.run(SYNC.format(""))
    before = held()
    assert loaded() == before
    for stream, resource in GONE[version].items():
        if resource:
            dying = sorted(record["id"] for record in simulator.truth(stream, version) if record.get("role") != "lead")
            simulator.delete(resource, dying[3])
    simulator.mutate(30)
    simulator.advance(1000)
    here.run(SYNC.format("--state state.json"))
    after = held()
    kept = loaded()
    assert {name: kept[name] & before[name] for name in GONE[version] if GONE[version][name]} == {
        name: before[name] for name in GONE[version] if GONE[version][name]
    }
    here.run(SYNC.format("--state state.json --full-refresh"))
    assert loaded() == after
    assert any(before[stream] - after[stream] for stream in before)
    here.run(SYNC.format("--state state.json"))
    assert loaded() == after


def in_rows(version: str, stream: str, truth: Rows) -> Rows:
    (row,) = (row for row in streams_of(version) if row.name == stream)
    return told(row, truth) if is_v2(version) else truth


def key_in(version: str, stream: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    (known,) = (one for one in streams_of(version) if one.name == stream)
    return tuple(str(row[field]) for field in known.key)


@pytest.mark.examples
def test_postgres_takes_records_in_files(
    example: Callable[[str], "Example"], simulator: Simulator, postgres: str
) -> None:
    del postgres
    here = example("postgres")
    files = here.folder / "files"
    storage = {"encoding": {"format": "jsonl", "compression": "gzip"}, "storage": {"root": files.as_uri()}}
    here.write(
        "config.json", {**json.loads(here.read("config.json")), "activate_version": False, "batch_config": storage}
    )
    here.write("target.json", {**json.loads(here.read("target.json")), "default_target_schema": "batches"})
    before = expected(simulator)
    once, sync, *_ = here.blocks("Run")
    first = once + sync.replace("intercom.users", "batches.users")
    assert f" {len(before['users'])}\n" in here.run(first).stdout
    assert len(list(files.iterdir())) >= len([stream for stream, rows in before.items() if rows])
    loaded = in_postgres(here, before, "batches")
    assert {stream: keys(stream, rows) for stream, rows in loaded.items()} == before
    assert not complaints(simulator, loaded)


@pytest.mark.examples
def test_a_target_that_flattens_takes_every_record(
    example: Callable[[str], "Example"], simulator: Simulator, postgres: str
) -> None:
    del postgres
    here = example("postgres")
    schema = {"default_target_schema": "flat", "flattening_enabled": True, "flattening_max_depth": 1}
    here.write("target.json", {**json.loads(here.read("target.json")), **schema})
    once, sync, *_ = here.blocks("Run")
    done = here.run(once + sync.replace("intercom.users", "flat.users WHERE location_data__type IS NOT NULL"))
    located = [user for user in simulator.truth("users") if user.get("location_data", {}).get("type")]
    assert f" {len(located)}\n" in done.stdout


@pytest.mark.examples
def test_postgres_has_the_columns_of_flat_records(
    example: Callable[[str], "Example"], simulator: Simulator, postgres: str
) -> None:
    del postgres
    here = example("postgres")
    flat = {"api_version": "2.16", "flattening_enabled": True, "flattening_max_depth": 2}
    here.write("config.json", {**json.loads(here.read("config.json")), "activate_version": False, **flat})
    here.write("target.json", {**json.loads(here.read("target.json")), "default_target_schema": "columns"})
    here.run("tap-intercom --config config.json --discover > catalog.json")
    here.run("tap-intercom --config config.json --catalog catalog.json > output.jsonl")
    here.run("PGTZ=UTC target-postgres --config target.json < output.jsonl > state.json")
    messages = [json.loads(line) for line in here.read("output.jsonl").split("\n") if line]
    schemas = {one["stream"]: one for one in messages if one["type"] == "SCHEMA"}
    sent: dict[str, dict[str, Any]] = {}
    for one in messages:
        if one["type"] == "RECORD":
            key = str([one["record"][name] for name in schemas[one["stream"]]["key_properties"]])
            sent.setdefault(one["stream"], {})[key] = one["record"]
    assert {"contacts", "companies", "conversations", "tickets"} <= sent.keys()
    for stream, rows in in_postgres(here, sent, "columns").items():
        columns = schemas[stream]["schema"]["properties"].keys()
        assert all({name for name in row if not name.startswith("_sdc_")} == columns for row in rows), stream
        assert len(rows) == len(sent[stream])
        for column in {"custom_attributes", "location__city", "source__author__name"} & columns:
            assert sorted(str(row[column]) for row in rows) == sorted(str(row[column]) for row in sent[stream].values())
    assert simulator.counts("2.16")["contacts"] == len(sent["contacts"])


def test_duckdb_holds_what_intercom_holds(example: Callable[[str], "Example"], simulator: Simulator) -> None:
    here = example("duckdb")
    once, sync, change, asked = here.blocks("Run")
    before = expected(simulator)
    assert f"users: {len(before['users'])} rows" in here.run(once + sync).stdout
    loaded = in_duckdb(here, before)
    assert {stream: keys(stream, rows) for stream, rows in loaded.items()} == before
    assert not complaints(simulator, loaded)

    # The target is killed within a record; another stream's first record is cut off, too.
    for stream in ("users", "teams"):
        with (here.folder / "records" / f"{stream}.jsonl").open("a") as records:
            records.write('{"id": "cut')
    here.run(sync.splitlines()[-1])
    here.run(change + sync)
    after = expected(simulator)
    loaded = in_duckdb(here, after)
    for stream, rows in loaded.items():
        assert keys(stream, rows) == sorted({*before[stream], *after[stream]})
    assert not complaints(simulator, loaded)
    assert not list((here.folder / "records").glob("*.jsonl"))
    assert "users" in here.run(asked).stdout
