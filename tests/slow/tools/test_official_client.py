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
from pydantic import ValidationError

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

def misfits(name, record):  # as it came: the client makes its records without a look at what is in them
    try:
        type(record).model_validate(json.loads(record.json()))
    except ValidationError as error:
        for one in error.errors():
            yield ".".join([name, *(step for step in one["loc"] if isinstance(step, str))])

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
ways = {
    way: {name: list(many) for name, many in them.items()}
    for way, them in (("listed", listed), ("searched", searched), ("scrolled", scrolled))
}
wrong = {what for read in ways.values() for name, many in read.items() for one in many for what in misfits(name, one)}
ids = {way: {name: [one.id for one in many] for name, many in read.items()} for way, read in ways.items()}
print(json.dumps({"ids": ids, "wrong": sorted(wrong)}))
"""
# Where its models contradict Intercom: the field, and the source.
NARROWER = {
    "companies.name": "Intercom leaves out what is not set; no version's OpenAPI file requires it since 2.14",
    "contacts.avatar": "an object in the OpenAPI file of every version; the client has a text",
    "conversations.ai_agent.content_sources.content_sources.content_type": "the OpenAPI file names five kinds, the "
    "client another one",
    "conversations.custom_attributes": "the file's own examples of tickets: null where an attribute is not set",
    "conversations.team_assignee_id": "a number in the OpenAPI file of every version; the client has a text",
    "conversations.teammates.admins": "records read from API 2.11 have admins, the OpenAPI files teammates",
}


def test_it_reads_every_record_once(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset(switches={"app_version": VERSION})
    shell = Shell(tmp_path)
    (tmp_path / "read.py").write_text(READ)
    python = shell.install("python-intercom-5") / "python"
    read = json.loads(shell.run(f"{python} -W ignore read.py {simulator.url} {TOKEN}").stdout)
    ways = read["ids"]
    assert {name for names in ways.values() for name in names} == {
        "articles",
        "companies",
        "contacts",
        "conversations",
        "tickets",
    }
    for way, names in ways.items():
        for name, ids in names.items():
            assert sorted(ids) == sorted(record["id"] for record in simulator.truth(name, VERSION)), (way, name)
    # An attribute that may be of several types is named with each.
    wrong = {"conversations.custom_attributes" if "custom_attributes" in field else field for field in read["wrong"]}
    assert wrong == NARROWER.keys()
