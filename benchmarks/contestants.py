"""THE TABLE of contestants: where each runs, which version of the API it speaks, and how it is told what to read."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb

from benchmarks.machine import ENVIRONMENT, ROOT, tool
from benchmarks.service import TOKEN
from benchmarks.work import streams

PEERS = ROOT / "benchmarks" / "peers"
BEGINNING = "2000-01-01T00:00:00Z"
REPORT = "report.json"
DATABASE = "intercom.duckdb"
_CATALOGS: dict[str, str] = {}
# What a search leaves out of a contact, and has to be asked for one by one.
CUT_LISTS = ("companies", "notes", "opted_in_subscription_types", "opted_out_subscription_types", "tags")


@dataclass(frozen=True)
class Task:
    """What is to be read: from where, into which folder a contestant may write, since when, and by which share.

    `outlines`: contacts are read without the lists that a search cuts off. `report`: the tap is to write its report.
    """

    url: str
    folder: Path
    workload: str
    since: float | None = None
    share: float = 1.0
    outlines: bool = False
    report: bool = False

    def file(self, name: str, content: object) -> str:
        """Write a JSON file for the contestant; give its path."""
        path = self.folder / name
        path.write_text(json.dumps(content))
        return str(path)


@dataclass(frozen=True)
class Contestant:
    """One row: `title` is what it is called, `slow` whether it takes minutes where the tap takes seconds.

    `stored`: counts the records that have arrived, where standard output does not have them.
    """

    title: str
    version: str
    command: Callable[["Contestant", Task], list[str]]
    slow: bool = True
    environment: str = ""
    script: str = ""
    stored: "Callable[[Task], int] | None" = None

    @property
    def python(self) -> str:
        """The interpreter that it runs on; its environment is made when it is first asked for."""
        return str(_interpreter(self.environment)) if self.environment else sys.executable

    def streams(self, workload: str) -> tuple[str, ...]:
        """Name the streams of a workload in its own words."""
        return streams(workload, self.version)


@cache
def _interpreter(environment: str) -> Path:
    return tool(environment)


def absent(names: Iterable[str]) -> list[str]:
    """Install what the contestants need; name those whose environment cannot be made with this Python."""
    return [name for name in dict.fromkeys(names) if not _is_installed(CONTESTANTS[name])]


def _is_installed(one: Contestant) -> bool:
    try:
        return bool(one.python)
    except subprocess.CalledProcessError:
        return False


def _printed(command: list[str]) -> str:
    """Run a command that prints one JSON document, maybe in a line among lines of a log; give it."""
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    try:
        return json.dumps(json.loads(done.stdout))
    except ValueError:
        return max(done.stdout.splitlines(), key=len)


def _catalog(one: "Contestant", command: list[str]) -> dict[str, Any]:
    """Give the catalog that a contestant discovers, which is the same in every workspace."""
    if one.title not in _CATALOGS:
        _CATALOGS[one.title] = _printed(command)
    return dict(json.loads(_CATALOGS[one.title]))


def moment(since: float) -> str:
    """Write unix seconds as Singer's states do."""
    return datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def _tap(one: Contestant, task: Task) -> list[str]:
    settings = {"api_version": one.version, "base_url": task.url, "quota_share": task.share}
    if task.report:
        settings["report"] = str(task.folder / REPORT)
    config = task.file("config.json", {"access_token": TOKEN, "start_date": BEGINNING, **settings})
    base = [one.python, "-m", "tap_intercom", "--config", config]
    if task.workload in ("about", "version"):
        return [one.python, "-m", "tap_intercom", f"--{task.workload}"]
    if task.workload == "everything":
        return base
    catalog = _catalog(one, [*base, "--discover", "--offline"])
    _select(catalog, one.streams(task.workload))
    if task.outlines:
        _leave_out(catalog, CUT_LISTS)
    line = [*base, "--catalog", task.file("catalog.json", catalog)]
    if task.since is None:
        return line
    bookmarks = {name: moment(task.since) for name in one.streams(task.workload)}
    return [*line, "--state", task.file("state.json", {"bookmarks": bookmarks})]


def _select(catalog: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for stream in catalog["streams"]:
        chosen = stream["tap_stream_id"] in names
        for entry in stream["metadata"]:
            if not entry["breadcrumb"] or entry["metadata"].get("inclusion") == "available":
                entry["metadata"]["selected"] = chosen


def _leave_out(catalog: Mapping[str, Any], fields: tuple[str, ...]) -> None:
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] and entry["breadcrumb"][-1] in fields:
                entry["metadata"]["selected"] = False


def _plain_config(one: Contestant, task: Task) -> str:
    settings = {"access_token": TOKEN, "start_date": BEGINNING, "api_version": one.version, "base_url": task.url}
    return task.file("config.json", settings)


def _load(one: Contestant, task: Task) -> list[str]:
    _remove_database(task)
    config = _plain_config(one, task)
    return [sys.executable, "-m", "tap_intercom", "--config", config, "--load", str(task.folder / DATABASE)]


def _target_jsonl(one: Contestant, task: Task) -> list[str]:
    """Write files of JSON lines, and load these, as examples/duckdb does."""
    _remove_database(task)
    records = task.folder / "records"
    shutil.rmtree(records, ignore_errors=True)
    records.mkdir()
    tap = [sys.executable, "-m", "tap_intercom", "--config", _plain_config(one, task)]
    catalog = task.file("catalog.json", _catalog(one, [*tap, "--discover", "--offline"]))
    target = task.file("target.json", {"destination_path": str(records), "do_timestamp_file": False})
    piped = f"{shlex.join(tap)} | {Path(one.python).with_name('target-jsonl')} --config {target} > {os.devnull}"
    loader = ROOT / "examples" / "duckdb" / "load.py"
    loaded = shlex.join([sys.executable, str(loader), catalog, str(records), str(task.folder / DATABASE)])
    return ["/bin/sh", "-c", f"{piped} && {loaded}"]


def _remove_database(task: Task) -> None:
    for file in task.folder.glob(f"{DATABASE}*"):
        file.unlink()


def _rows_stored(task: Task) -> int:
    """Count the rows of the streams in the database."""
    with duckdb.connect(str(task.folder / DATABASE), read_only=True) as database:
        tables = database.execute("SELECT table_name FROM duckdb_tables() WHERE table_name <> '_tap_intercom'")
        names = [name for (name,) in tables.fetchall()]
        counts = [database.execute(f'SELECT count(*) FROM "{name}"').fetchone() for name in names]  # noqa: S608
    return sum(int(count[0]) for count in counts if count)


def _singer_io(one: Contestant, task: Task) -> list[str]:
    config = task.file("config.json", {"access_token": TOKEN, "start_date": BEGINNING, "user_agent": "benchmark"})
    line = [one.python, str(PEERS / one.script), task.url, "--config", config]
    catalog = _catalog(one, [*line, "--discover"])
    _select(catalog, one.streams(task.workload))
    line += ["--catalog", task.file("catalog.json", catalog)]
    if task.since is None:
        return line
    bookmarks = {name: {"updated_at": moment(task.since)} for name in one.streams(task.workload)}
    return [*line, "--state", task.file("state.json", {"bookmarks": bookmarks})]


def _airbyte(one: Contestant, task: Task) -> list[str]:
    config = task.file("config.json", {"access_token": TOKEN, "start_date": BEGINNING})
    line = [one.python, str(PEERS / one.script), task.url]
    discovered = _catalog(one, [*line, "discover", "--config", config])["catalog"]["streams"]
    chosen = [
        {
            "stream": stream,
            "sync_mode": stream["supported_sync_modes"][-1],
            "destination_sync_mode": "append",
            "cursor_field": stream.get("default_cursor_field"),
        }
        for stream in discovered
        if stream["name"] in one.streams(task.workload)
    ]
    line += ["read", "--config", config, "--catalog", task.file("catalog.json", {"streams": chosen})]
    if task.since is None:
        return line
    known = {"updated_at": int(task.since)}
    states = {"conversations": known, "conversation_parts": {**known, "conversations": known}}
    state = [
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": value}}
        for name, value in states.items()
    ]
    return [*line, "--state", task.file("state.json", state)]


def _sdk(one: Contestant, task: Task) -> list[str]:
    config = task.file("config.json", {"access_token": TOKEN, "base_url": task.url})
    line = [one.python, str(PEERS / one.script), "--config", config]
    catalog = _catalog(one, [*line, "--discover"])
    _select(catalog, one.streams(task.workload))
    line += ["--catalog", task.file("catalog.json", catalog)]
    if task.since is None:
        return line
    known = {"replication_key": "updated_at", "replication_key_value": int(task.since)}
    return [*line, "--state", task.file("state.json", {"bookmarks": {"conversations": known}})]


def _loop(one: Contestant, task: Task) -> list[str]:
    names = list(one.streams(task.workload))
    if "conversation_parts" in names:
        names.remove("conversation_parts")
        names[names.index("conversations")] += "+conversation_parts"
    return [one.python, str(PEERS / one.script), task.url, one.version, ",".join(names), str(int(task.since or 0))]


CONTESTANTS: Final[Mapping[str, Contestant]] = {
    "tap": Contestant("tap-intercom, API 1.4", "1.4", _tap, slow=False),
    "tap-2.16": Contestant("tap-intercom, API 2.16", "2.16", _tap, slow=False),
    "singer-io": Contestant(
        "singer-io 2.2.5", "2.12", _singer_io, environment="singer-io-tap-intercom", script="singer_io.py"
    ),
    "airbyte": Contestant(
        "Airbyte 0.8.3", "2.10", _airbyte, environment="airbyte-source-intercom", script="airbyte.py"
    ),
    "sdk": Contestant("singer-sdk tap", "2.16", _sdk, environment="singer-sdk", script="sdk_tap.py"),
    "loop": Contestant("requests loop", "2.16", _loop, environment="requests", script="loop.py"),
    "load": Contestant("tap-intercom --load", "1.4", _load, slow=False, stored=_rows_stored),
    "target-jsonl": Contestant(
        "target-jsonl, then DuckDB", "1.4", _target_jsonl, environment="target-jsonl", stored=_rows_stored
    ),
    "loop-1.4": Contestant("requests loop, API 1.4", "1.4", _loop, environment="requests", script="loop.py"),
}
