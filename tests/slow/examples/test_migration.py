"""What is taken over from other connectors: their tables as views, and their states and catalogs as they are."""

import fcntl
import json
import re
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from conftest import Simulator, Tap
from shell import ROOT, Shell

if TYPE_CHECKING:
    from slow.examples.conftest import Example

# The columns of Airbyte's source-intercom 0.8.3 whose types are not those of the tap's own tables, and what they are.
AIRBYTE = {
    "activity_logs": {"created_at": "BIGINT"},
    "admins": {"admin_ids": "JSON"},
    "companies": {"created_at": "BIGINT", "remote_created_at": "BIGINT", "tags": "JSON", "segments": "JSON"},
    "company_attributes": {"id": "BIGINT", "updated_at": "BIGINT"},
    "company_segments": {"created_at": "BIGINT"},
    "contact_attributes": {"id": "BIGINT", "created_at": "BIGINT"},
    "contacts": {"owner_id": "BIGINT", "signed_up_at": "BIGINT", "avatar": "VARCHAR", "ios_last_seen_at": "BIGINT"},
    "conversation_parts": {"conversation_updated_at": "BIGINT", "notified_at": "BIGINT", "body": "VARCHAR"},
    "conversations": {
        "admin_assignee_id": "BIGINT",
        "sent_at": "BIGINT",
        "waiting_since": "BIGINT",
        "redacted": "BOOLEAN",
    },
    "segments": {"updated_at": "BIGINT"},
    "tags": {"id": "VARCHAR"},
    "teams": {"admin_ids": "JSON"},
}
# The tables that Fivetran's dbt package reads, and the tap's streams.
FIVETRAN = {
    "admin": "admins",
    "company_history": "companies",
    "company_tag_history": "company_tags",
    "contact_company_history": "contact_companies",
    "contact_history": "contacts",
    "contact_tag_history": "contact_tags",
    "conversation_contact_history": "conversation_contacts",
    "conversation_history": "conversations",
    "conversation_part_history": "conversation_parts",
    "conversation_tag_history": "conversation_tags",
    "tag": "tags",
    "team": "teams",
    "team_admin": "team_admins",
}


@pytest.mark.examples
def test_the_tables_of_other_connectors_are_there_as_views(
    example: Callable[[str], "Example"], simulator: Simulator
) -> None:
    shell = example("migration")
    for block in shell.blocks("Run"):
        shell.run(block)
    with duckdb.connect(str(shell.folder / "intercom.duckdb"), read_only=True) as database:
        for table, types in AIRBYTE.items():
            described = {name: kind for name, kind, *_ in database.execute(f"DESCRIBE airbyte.{table}").fetchall()}
            assert types.items() <= described.items(), table
            own = {"activity_logs": "admin_activity_logs"}.get(table, table)
            assert rows(database, f"airbyte.{table}") == rows(database, own) > 0
        for table, own in FIVETRAN.items():
            assert rows(database, f"fivetran.{table}") == rows(database, own) > 0
        contact = simulator.truth("contacts", "2.16")[0]
        query = "SELECT created_at, tags ->> '$.type' FROM airbyte.contacts WHERE id = ?"
        assert database.execute(query, [contact["id"]]).fetchone() == (contact["created_at"], "list")
        conversation = next(one for one in simulator.truth("conversations", "2.16") if one["admin_assignee_id"])
        query = "SELECT assignee_id, assignee_type, source_author_id FROM fivetran.conversation_history WHERE id = ?"
        told = (str(conversation["admin_assignee_id"]), "admin", conversation["source"]["author"]["id"])
        assert database.execute(query, [conversation["id"]]).fetchone() == told


def rows(database: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = database.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)  # noqa: S608 - the names are ours
    return int(count)


@pytest.mark.examples
def test_the_script_and_the_line_for_cron_work_as_printed(simulator: Simulator, tap: Tap) -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    shell = Shell(tap.folder)
    shell.install("target-jsonl")
    settings = {"api_version": "2.16", "start_date": "2024-01-01T00:00:00Z"}
    shell.write("config.json", {**settings, "access_token": "simulator-token", "base_url": simulator.url})
    shell.run("tap-intercom --config config.json --discover > catalog.json")
    (script,) = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (shell.folder / "sync.sh").write_text(script)
    blocks = re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    printed = "".join(shell.run(block).stdout for block in blocks[1:])
    assert re.search(r"closed +│ +\d+", printed)

    before = json.loads(shell.read("state.json"))["bookmarks"]
    simulator.mutate(40)
    path = shell.run('echo "$PATH"').stdout.strip()
    (shell.folder / "sync.sh").write_text(f'export PATH="{path}"\n{script}')
    (line,) = re.findall(r"^17 \* \* \* \* (.+)$", text, re.MULTILINE)
    of_cron = [
        "env",
        "-i",
        "HOME=/",
        "PATH=/usr/bin:/bin",
        "sh",
        "-c",
        line.replace("/srv/intercom", str(shell.folder)),
    ]
    with (shell.folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert subprocess.run(of_cron, check=False).returncode == 1
    assert json.loads(shell.read("state.json"))["bookmarks"] == before
    subprocess.run(of_cron, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert json.loads(shell.read("state.json"))["bookmarks"]["contacts"] > before["contacts"]


def test_what_singer_io_wrote_is_taken_as_it_is(tap: Tap) -> None:
    moment = "2024-05-01T10:20:30.000000Z"
    state = {
        "currently_syncing": "conversations",
        "bookmarks": {
            "contacts": {"updated_at": moment},
            "conversations": {"updated_at": moment},
            "segments": {"updated_at": moment},
        },
    }
    output = tap(catalog=catalog(), state=state, api_version="2.16")
    assert {message["stream"] for message in output.messages if message["type"] == "SCHEMA"} == {"contacts", "tags"}
    contacts = output.records("contacts")
    assert contacts
    assert {frozenset(contact) for contact in contacts} == {frozenset({"id", "updated_at", "email", "tags"})}
    assert min(contact["updated_at"] for contact in contacts) >= "2024-05-01T10:10:30Z"
    assert output.state["bookmarks"]["contacts"] > moment


def catalog() -> dict[str, Any]:
    """Give a catalog as singer-io's tap 2.2.5 writes it, after somebody has selected two of its streams."""
    return {
        "streams": [
            entry("contacts", {"email": TEXT, "tags": TAGS}, "updated_at", "INCREMENTAL"),
            entry("tags", {"name": TEXT}, None, "FULL_TABLE"),
            entry("segments", {"name": TEXT}, "updated_at", "INCREMENTAL", selected=False),
        ]
    }


TEXT = {"type": ["null", "string"]}
TAGS = {"anyOf": [{"type": "array", "items": {"type": "object", "properties": {"id": TEXT}}}, {"type": "null"}]}
MOMENT = {"type": ["null", "string"], "format": "date-time"}


def entry(
    name: str, fields: dict[str, Any], cursor: str | None, method: str, *, selected: bool = True
) -> dict[str, Any]:
    properties = {"id": TEXT, **({cursor: MOMENT} if cursor else {}), **fields}
    root: dict[str, Any] = {
        "table-key-properties": ["id"],
        "forced-replication-method": method,
        "inclusion": "available",
        "selected": selected,
    }
    if cursor:
        root["valid-replication-keys"] = [cursor]
    metadata = [{"breadcrumb": [], "metadata": root}]
    for field in properties:
        inclusion = "automatic" if field in {"id", cursor} else "available"
        metadata.append({"breadcrumb": ["properties", field], "metadata": {"inclusion": inclusion}})
    return {
        "tap_stream_id": name,
        "key_properties": ["id"],
        "schema": {"type": "object", "additionalProperties": False, "properties": properties},
        "stream": name,
        "metadata": metadata,
    }
