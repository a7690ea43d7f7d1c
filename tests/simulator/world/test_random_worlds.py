"""Random worlds: few records by a seed, whose links overlap, are too many for one list, or are missing."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

LINKS = (
    "contact_tags", "contact_segments", "contact_companies", "contact_subscriptions", "company_contacts",
    "company_segments", "company_tags", "company_notes", "conversation_tags", "ticket_contacts", "team_admins",
)  # fmt: skip
SEEDS = range(12)


def world(open_workspace: Callable[..., Any], seed: int) -> Any:
    return open_workspace(world="random", seed=seed, quota=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_list_is_served_whatever_the_sizes_are(open_workspace: Callable[..., Any], seed: int) -> None:
    ask = world(open_workspace, seed)
    for name in ("contacts", "conversations", "tickets"):
        found = [one["id"] for page in ask.search(name) for one in page[name if name != "contacts" else "data"]]
        assert sorted(found) == sorted(one["id"] for one in ask.expected(name))
    for target in ("/companies/scroll", "/segments?include_count=true", "/teams", "/tags", "/contacts"):
        assert ask(target, version="2.16").status == 200
    for target, key in (("/users", "users"), ("/contacts", "contacts"), ("/conversations", "conversations")):
        assert ask.pages(target, key)
    ask.workspace.mutation.change_some()
    assert {stream: len(ask.expected(stream)) for stream in LINKS}


def test_the_worlds_differ_and_each_follows_from_its_seed(open_workspace: Callable[..., Any]) -> None:
    sizes = [world(open_workspace, seed).workspace.world.sizes for seed in SEEDS]
    assert sizes == [world(open_workspace, seed).workspace.world.sizes for seed in SEEDS]
    assert len({(one.users, one.tags, one.segments) for one in sizes}) == len(SEEDS)


def test_links_overlap_are_cut_off_or_missing(open_workspace: Callable[..., Any]) -> None:
    most: Counter[str] = Counter()
    empty = overlapping = 0
    for seed in SEEDS:
        ask = world(open_workspace, seed)
        for stream in LINKS:
            parent = f"{stream.partition('_')[0]}_id"
            counts = Counter(row[parent] for row in ask.expected(stream))
            most[stream] = max(most[stream], *counts.values(), 0)
        for kind in ("", "&type=company"):
            segments = ask(f"/segments?include_count=true{kind}", version="2.16").json["segments"]
            ids = {segment["id"] for segment in segments}
            assert len(ids) == len(segments)
            empty += sum(segment["count"] == 0 for segment in segments)
            overlapping += sum(segment["count"] for segment in segments) > len(ask.workspace.world.companies)
    assert all(most[stream] > 10 for stream in LINKS[:3] + LINKS[4:6])
    assert empty > 5
    assert overlapping > 5
