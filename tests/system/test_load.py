"""`--load`: a DuckDB file has what a Singer target would have, however the runs end."""

import json
import os
import random
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

import loaded
from conftest import TOKEN, Output, Simulator, Tap, command
from full_sync import whole

VERSIONS = ("1.4", "2.16")
FEW = ("users", "tags", "conversations", "conversation_parts")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "intercom.duckdb"


def state_of(path: Path) -> dict[str, Any]:
    found = loaded.query(path, "SELECT value FROM _tap_intercom WHERE part = 'state'")
    return dict(json.loads(found[0][0])) if found else {}


def discovered(tap: Tap, version: str) -> dict[str, Any]:
    """Give the catalog that a load makes for itself."""
    return tap("--discover", api_version=version).document


def critical(output: Output) -> str:
    (line,) = (line for line in output.stderr.split("\n") if line.startswith("CRITICAL"))
    return line


@pytest.mark.parametrize("version", VERSIONS)
def test_every_value_of_every_stream_is_in_its_table(tap: Tap, database: Path, version: str) -> None:
    options = whole(tap, version)
    written = tap(**options)
    tap("--load", str(database), **options)
    assert not loaded.unlike(database, written, ignoring=["reporting_exports"])  # whose windows end now
    reports = (
        [json.dumps(row["attributes"]) for row in loaded.rows(database, "reporting_exports")]
        if version != "1.4"
        else []
    )
    assert sorted(reports) == sorted(
        json.dumps(record["attributes"]) for record in written.records("reporting_exports")
    )
    assert state_of(database)["bookmarks"].keys() == written.state["bookmarks"].keys()
    assert TOKEN.encode() not in database.read_bytes()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_next_run_reads_what_changed_and_deletes_what_is_gone(
    simulator: Simulator, tap: Tap, database: Path, version: str
) -> None:
    options = {"api_version": version, "activate_version": True}
    catalog = discovered(tap, version)
    first = tap(catalog=catalog, **options)
    tap("--load", str(database), **options)
    simulator.mutate(40)
    tag = simulator.truth("tags", version)[0]["id"]
    simulator.delete("tags", tag)
    simulator.advance(1)
    second = tap(catalog=catalog, state=first.state, **options)
    output = tap("--load", str(database), **options)
    assert "deleted" in output.stdout.decode().split("\n")[0]
    assert not loaded.query(database, f"SELECT * FROM tags WHERE id = '{tag}'")  # noqa: S608
    assert not loaded.unlike(database, first, second)


@pytest.mark.parametrize(("version", "stream"), [("1.4", "users"), ("2.16", "contacts")])
def test_a_full_refresh_deletes_what_is_gone_of_a_stream_with_a_bookmark(
    simulator: Simulator, tap: Tap, database: Path, version: str, stream: str
) -> None:
    options: dict[str, Any] = {"api_version": version, "catalog": tap.catalog(stream, api_version=version)}
    tap("--load", str(database), **options)
    gone = simulator.truth("users", version)[0]["id"]
    simulator.delete("users", gone)
    tap("--load", str(database), **options)
    assert gone in {row["id"] for row in loaded.rows(database, stream)}
    tap("--load", str(database), "--full-refresh", **options)
    assert {row["id"] for row in loaded.rows(database, stream)} == {
        record["id"] for record in simulator.truth(stream, version)
    }


def test_a_run_that_is_told_to_end_keeps_what_it_has_loaded(simulator: Simulator, tap: Tap, database: Path) -> None:
    options: dict[str, Any] = {"catalog": tap.catalog(*FEW)}
    simulator.reset(latency_ms=20)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = tap.start(out.fileno(), err.fileno(), "--load", str(database), **options)
        while child.poll() is None and len(simulator.requests()) < 40:
            pass
        os.kill(child.pid, signal.SIGTERM)
        assert child.wait() == 128 + signal.SIGTERM
        out.seek(0)
        assert b"conversation_parts" in out.read()
    assert loaded.rows(database, "users")
    assert "bookmarks" in state_of(database)
    simulator.advance(61)
    tap("--load", str(database), **options)
    assert not loaded.unlike(database, tap(**options))


def test_the_report_does_not_take_the_place_of_the_database(tap: Tap, database: Path) -> None:
    named = database.with_name("intercom.html.duckdb")
    assert "report" in critical(tap("--load", str(named), report=str(named), code=2))


def test_a_state_that_is_given_overrides_that_of_the_database(simulator: Simulator, tap: Tap, database: Path) -> None:
    options: dict[str, Any] = {"catalog": tap.catalog("users", "conversations")}
    tap("--load", str(database), **options)
    simulator.forget_requests()
    tap("--load", str(database), **options)
    incremental = len(simulator.requests())
    simulator.forget_requests()
    tap("--load", str(database), state={}, **options)
    assert len(simulator.requests()) > incremental


def test_records_that_share_their_key_stay_side_by_side_and_come_once(tap: Tap, database: Path) -> None:
    options: dict[str, Any] = {"catalog": tap.catalog("customer_attributes")}
    written = tap(**options).records("customer_attributes")
    assert len({record["name"] for record in written}) < len(written)
    for _ in range(2):
        output = tap("--load", str(database), **options)
        assert len(loaded.rows(database, "customer_attributes")) == len(written)
        assert "share their key" not in output.stderr


def test_mapped_and_flat_records_are_loaded_too(tap: Tap, database: Path) -> None:
    options: dict[str, Any] = {
        "catalog": tap.catalog("users", "tags"),
        "flattening_enabled": True,
        "stream_maps": {"users": {"__alias__": "people", "half": "float(session_count or 0) / 2"}, "tags": None},
    }
    written = tap(**options)
    tap("--load", str(database), **options)
    assert not loaded.unlike(database, written)
    assert "avatar__image_url" in loaded.columns(database, "people")


def test_the_commands_that_are_shown_at_the_end_work(tap: Tap, database: Path) -> None:
    output = tap("--load", str(database), catalog=tap.catalog(*FEW))
    heads, *table = output.stdout.decode().partition("\n\n")[0].split("\n")
    assert heads.split() == ["table", "rows", "new"]
    assert {line.split()[0] for line in table} == set(FEW)
    opens, asks = [line.strip() for line in output.stdout.decode().split("\n") if line.startswith("  ")]
    asked = subprocess.run(shlex.split(asks), capture_output=True, text=True, check=True)
    assert "conversations" in asked.stdout
    ends = subprocess.run(shlex.split(opens), capture_output=True, text=True, check=True, input="print(db)\n")
    assert "DuckDBPyConnection" in ends.stdout


def killed(tap: Tap, simulator: Simulator, database: Path, dice: random.Random, **options: Any) -> int:
    """Run, and be killed after some answers or while the log of the database grows."""
    answers, bytes_written = dice.randrange(1, 120), dice.choice([10**9, dice.randrange(1, 3_000_000)])
    log = Path(f"{database}.wal")
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = tap.start(out.fileno(), err.fileno(), "--load", str(database), **options)
        while child.poll() is None and len(simulator.requests()) < answers:
            if log.exists() and log.stat().st_size >= bytes_written:
                break
        child.kill()
        code = child.wait()
    simulator.advance(61)  # the scroll that was left open is forgotten
    simulator.forget_requests()
    return code


SOAK = range(2, 101)


@pytest.mark.parametrize(
    ("version", "seed"),
    [
        pytest.param(version, seed, marks=[pytest.mark.soak] if seed in SOAK else [])
        for version in VERSIONS
        for seed in (1, *SOAK)
    ],
)
def test_killed_at_any_point_and_run_again_the_database_is_whole(
    simulator: Simulator, tap: Tap, database: Path, version: str, seed: int
) -> None:
    dice = random.Random(f"{version} {seed}")
    simulator.reset(seed=seed, scale=dice.choice([1, 2]))
    options = {"api_version": version}
    for _ in range(3):
        killed(tap, simulator, database, dice, **options)
    tap("--load", str(database), **options)
    assert not loaded.unlike(database, tap(catalog=discovered(tap, version), **options))


@pytest.mark.parametrize("room", [0, 5_000, 30_000, 100_000, 250_000])
def test_a_full_disk_ends_the_run_and_the_next_one_goes_on(tap: Tap, database: Path, room: int) -> None:
    options: dict[str, Any] = {"catalog": tap.catalog(*FEW)}
    (out, stdout), (log, stderr) = os.pipe(), os.pipe()
    with os.fdopen(out, "rb") as printed, os.fdopen(log) as said:
        child = tap.start(stdout, stderr, "--load", str(database), **options)
        os.close(stdout)
        os.close(stderr)
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (room, room))
        told = Output(child.wait(), printed.read(), said.read())
    assert told.code in {2, 7}
    assert "File too large" in critical(told)
    assert "tap_intercom/" not in told.stderr  # no traceback of the tap: what measures coverage cannot write either
    tap("--load", str(database), **options)
    assert not loaded.unlike(database, tap(**options))


def made(path: Path, kind: str) -> Path:
    """Make what cannot be loaded into."""
    if kind == "text":
        path.write_text("id,name\n" * 3000)
    elif kind == "a folder":
        path.mkdir()
    elif kind == "foreign":
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE Tags (id INTEGER)")
    elif kind == "newer":
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE _tap_intercom (part VARCHAR PRIMARY KEY, value JSON NOT NULL)")
            connection.execute("INSERT INTO _tap_intercom VALUES ('form', '2')")
    return path / "nowhere.duckdb" if kind == "no folder" else path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", "it cannot be opened as a DuckDB file"),
        ("a folder", "Is a directory"),
        ("no folder", "No such file or directory"),
        ("foreign", "the database has a table tags that this tap did not make"),
        ("newer", "a newer version of this tap has written it"),
    ],
)
def test_what_cannot_be_loaded_into_is_told_in_one_line_and_stays_as_it_is(
    tap: Tap, database: Path, kind: str, said: str
) -> None:
    path = made(database, kind)
    before = path.read_bytes() if path.is_file() else None
    output = tap("--load", str(path), catalog=tap.catalog("tags"), code=2)
    assert said in critical(output)
    assert output.stdout == b""
    if kind == "text":
        assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["intercom.db", ".duckdb", "md:intercom", ":memory:", TOKEN])
def test_a_name_that_does_not_end_as_it_should_is_not_repeated(tap: Tap, name: str) -> None:
    output = tap("--load", name, code=2)
    assert "--load needs a file whose name ends with .duckdb" in critical(output)
    assert (
        name not in output.stderr.replace("ends with .duckdb", "").replace("intercom.duckdb", "") or name == ".duckdb"
    )


def test_a_second_process_is_told_who_has_the_file_open(tap: Tap, database: Path) -> None:
    tap("--load", str(database), catalog=tap.catalog("tags"))
    held = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb, sys; c = duckdb.connect({str(database)!r}); print(); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert held.stdout is not None
    held.stdout.readline()
    output = tap("--load", str(database), catalog=tap.catalog("tags"), code=7)
    held.communicate()
    assert f"another process (PID {held.pid}) has it open" in critical(output)


def test_a_file_that_was_only_begun_is_made_anew(tap: Tap, database: Path, tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "fresh.duckdb")).close()
    head = (tmp_path / "fresh.duckdb").read_bytes()
    for size in (0, 1, 4096, 8192):
        database.write_bytes(head[:size] if size != 1 else b"\0")
        tap("--load", str(database), catalog=tap.catalog("tags"))
        assert loaded.rows(database, "tags")
        database.unlink()


def test_files_of_records_and_a_database_exclude_each_other(tap: Tap, database: Path, tmp_path: Path) -> None:
    storage = {"root": (tmp_path / "files").as_uri()}
    batches = {"encoding": {"format": "jsonl", "compression": "gzip"}, "storage": storage}
    assert "exclude each other" in critical(tap("--load", str(database), batch_config=batches, code=2))


@pytest.mark.parametrize("option", ["--discover", "--test", "--about"])
def test_only_a_sync_is_loaded(tap: Tap, database: Path, option: str) -> None:
    assert "--load belongs to a sync" in critical(tap("--load", str(database), option, code=2))


def test_without_duckdb_one_line_says_how_to_install_it(tap: Tap, database: Path, tmp_path: Path) -> None:
    (tmp_path / "duckdb.py").write_text("raise ImportError\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(command(*tap.arguments("--load", str(database))), env=env, capture_output=True, check=False)
    assert ran.returncode == 2
    assert b'pip install ".[duckdb]"' in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_quietly_nothing_is_printed(tap: Tap, database: Path) -> None:
    output = tap("--load", str(database), "--quiet", catalog=tap.catalog("tags"))
    assert (output.stdout, output.stderr) == (b"", "")
