"""Intercom's own client for Python reads the simulator as it reads Intercom: its models accept every answer."""

import json
from pathlib import Path

from conftest import TOKEN, Simulator
from shell import Shell

VERSION = "2.14"  # the client sends none, and its models are of that time
# The pager of its searches asks for the first page for ever, so that their cursors are followed here.
READ = """
import json, sys
from intercom import Intercom, SingleFilterSearchRequest, StartingAfterPaging

everything = SingleFilterSearchRequest(field="created_at", operator=">", value="0")

def found(search):
    records, starting_after = [], None
    while True:
        page = search(query=everything, pagination=StartingAfterPaging(per_page=40, starting_after=starting_after))
        records += page.items
        following = page.response.pages.next
        if following is None:
            return records
        starting_after = following.starting_after

_, address, token = sys.argv
client = Intercom(token=token, base_url=address)
listed = {
    "contacts": client.contacts.list(),
    "companies": client.companies.list(per_page=60),
    "conversations": client.conversations.list(),
    "articles": client.articles.list(),
}
searched = {name: found(getattr(client, name).search) for name in ("contacts", "conversations", "tickets")}
scrolled = {"companies": client.companies.scroll()}
ways = {"listed": listed, "searched": searched, "scrolled": scrolled}
print(json.dumps({way: {name: [one.id for one in many] for name, many in read.items()} for way, read in ways.items()}))
"""


def test_it_reads_every_record_once(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(switches={"app_version": VERSION})
    shell = Shell(tmp_path)
    (tmp_path / "read.py").write_text(READ)
    python = shell.install("python-intercom-5") / "python"
    ways = json.loads(shell.run(f"{python} read.py {simulator.url} {TOKEN}").stdout)
    assert {name for read in ways.values() for name in read} == {
        "articles",
        "companies",
        "contacts",
        "conversations",
        "tickets",
    }
    for way, read in ways.items():
        for name, ids in read.items():
            assert sorted(ids) == sorted(record["id"] for record in simulator.truth(name, VERSION)), (way, name)
