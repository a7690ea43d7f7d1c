"""A public client of the 1.x API, python-intercom, reads the simulator as it would read Intercom."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from intercom_simulator.expected.v1 import STREAMS

ROOT = Path(__file__).resolve().parents[3]
READ = """
import json, sys
from intercom.client import Client
from intercom.company import Company
from intercom.errors import ResourceNotFound
from intercom.lead import Lead
from intercom.scroll_collection_proxy import ScrollCollectionProxy

client = Client(personal_access_token="simulator-token")
client.base_url = sys.argv[1]
first = next(client.users.all())
try:
    client.users.find(id="none")
    missing = None
except ResourceNotFound as error:
    missing = str(error)
ids = lambda records: [record.id for record in records]
print(json.dumps({
    "listed": {
        "admins": ids(client.admins.all()),
        "tags": ids(client.tags.all()),
        "segments": ids(client.segments.all()),
        "users": ids(client.users.all()),
        "leads": ids(client.leads.all()),
        "companies": ids(client.companies.all()),
        "conversations": ids(client.conversations.find_all()),
    },
    "scrolled": {
        "users": ids(client.users.scroll()),
        "leads": ids(ScrollCollectionProxy(client, Lead, "contacts", "/contacts/scroll")),
        "companies": ids(ScrollCollectionProxy(client, Company, "companies", "/companies/scroll")),
    },
    "found": [client.users.find(id=first.id).id, client.users.find(user_id=first.user_id).id, first.id],
    "created": first.created_at.timestamp(),
    "parts": len(client.conversations.find(id="9999998000").conversation_parts),
    "users counted": client.counts.for_app().user["count"],
    "missing": missing,
    "limit": client.rate_limit_details["limit"],
}))
"""


@pytest.fixture(scope="session")
def public_client() -> Path:
    """Return a Python that has the client, in an environment of its own, made once."""
    command = [sys.executable, str(ROOT / "scripts" / "tool.py"), "python-intercom"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    return Path(done.stdout.strip()) / "python"


@pytest.fixture(scope="session")
def seen(public_client: Path, server_process: Any) -> dict[str, Any]:
    server_process.control("POST", "reset", {"switches": {"app_version": "1.4"}})
    command = [str(public_client), "-c", READ, server_process.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def expected(server: Any) -> dict[str, list[str]]:
    lines = {stream: server.ask(f"/_simulator/truth/{stream}").body.splitlines() for stream in STREAMS}
    return {stream: [json.loads(line).get("id") for line in of_stream] for stream, of_stream in lines.items()}


def test_it_lists_everything_once(seen: dict[str, Any], expected: dict[str, list[str]]) -> None:
    for stream, ids in seen["listed"].items():
        assert sorted(ids) == sorted(expected[stream])


def test_it_scrolls_over_everything_once(seen: dict[str, Any], expected: dict[str, list[str]]) -> None:
    for stream, ids in seen["scrolled"].items():
        assert sorted(ids) == sorted(expected[stream])


def test_it_finds_single_records_and_their_parts(seen: dict[str, Any]) -> None:
    assert len(set(seen["found"])) == 1
    assert seen["parts"] == 120
    assert seen["created"] > 1_000_000_000


def test_it_understands_counts_limits_and_errors(seen: dict[str, Any]) -> None:
    assert (seen["users counted"], seen["limit"], seen["missing"]) == (130, 1667, "User Not Found")
