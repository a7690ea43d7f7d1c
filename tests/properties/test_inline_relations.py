"""What a contact or company holds of its relations gives the same rows as a request for each of them.

A server that tells less (it ignores a parameter, or counts no list, as some versions do) is asked for the rest.
"""

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from recording_proxy import relayed
from tap_intercom.streams.table import streams_of

PARENTS = ("companies", "contacts")
RELATIONS = (
    "company_contacts",
    "company_notes",
    "contact_companies",
    "contact_merge_history",
    "contact_notes",
    "contact_subscriptions",
    "contact_tags",
)
SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 60))]


def _parents(edit: Callable[[dict[str, Any]], None]) -> Callable[[str, bytes, bytes], bytes]:
    """Edit each contact of a search, and each company of a scroll."""

    def edited(path: str, _: bytes, body: bytes) -> bytes:
        if path not in {"/contacts/search", "/companies/scroll"}:
            return body
        answer = json.loads(body)
        for parent in answer.get("data", ()):
            edit(parent)
        return json.dumps(answer).encode()

    return edited


def _wrappers(parent: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return (value for value in parent.values() if isinstance(value, dict) and "data" in value)


def without_history(parent: dict[str, Any]) -> None:
    """Ignore `include_merge_history`, and have no notes in companies."""
    parent.pop("merge_history", None)
    if parent["type"] == "company":
        parent.pop("notes", None)


def without_counts(parent: dict[str, Any]) -> None:
    """Say of no list how long it is."""
    parent.pop("merge_history", None)
    for wrapper in _wrappers(parent):
        wrapper.pop("total_count", None)
        wrapper.pop("has_more", None)


def without_flags(parent: dict[str, Any]) -> None:
    """Say of each list that there is no more, whatever its count says, as a real server was seen to do."""
    for wrapper in _wrappers(parent):
        wrapper["has_more"] = False


def as_described(parent: dict[str, Any]) -> None:
    """Have the notes of a company in the form of the OpenAPI file."""
    if parent["type"] == "company" and "notes" in parent:
        parent["notes"]["notes"] = parent["notes"].pop("data")


def as_references(parent: dict[str, Any]) -> None:
    """Have only the ids of a company's notes."""
    if parent["type"] == "company" and "notes" in parent:
        parent["notes"]["data"] = [{"type": "note", "id": note["id"]} for note in parent["notes"]["data"]]


def without_a_type(path: str, _: bytes, body: bytes) -> bytes:
    """List all types of subscriptions but one."""
    if path != "/subscription_types":
        return body
    answer = json.loads(body)
    return json.dumps({**answer, "data": answer["data"][1:]}).encode()


EDITS = (
    *map(_parents, (without_history, without_counts, without_flags, as_references, as_described)),
    without_a_type,
)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_inline_and_what_is_asked_for_are_the_same_rows(simulator: Simulator, tap: Tap, seed: int) -> None:
    dice = random.Random(seed)
    version = dice.choice(["2.7", "2.11", "2.14", "2.15", "2.16", "2.16", "2.16"])
    simulator.reset(seed=dice.randrange(2**31), scale=dice.choice([0.05, 0.1, 0.3]), switches={"odd_times": False})
    names = [stream.name for stream in streams_of(version) if stream.name in RELATIONS]
    chosen = [*dice.sample(names, dice.randint(1, len(names))), *dice.choice([(), PARENTS])]
    settings = {"api_version": version, "catalog": tap.catalog(*chosen, api_version=version)}
    simulator.forget_requests()
    simulator.let_scrolls_expire()
    output = tap(**settings)
    expected, parents = rows(names, output), rows(PARENTS, output)
    fewest = len(simulator.requests())
    for place, edit in enumerate(EDITS):
        with relayed(simulator.url, edit=edit) as (url, exchanges):
            output = tap(base_url=url, **settings)
            assert rows(names, output) == expected, place
            assert place < 4 or rows(PARENTS, output) == parents  # the others leave parents as they are
            assert "WARNING" not in output.stderr
            assert len(exchanges) >= fewest, place
    counts = simulator.counts(version)
    assert {name: len(found) for name, found in expected.items()} == {
        name: counts[name] if name in chosen else 0 for name in names
    }


def rows(names: Iterable[str], output: Output) -> dict[str, list[str]]:
    return {name: sorted(json.dumps(row, sort_keys=True) for row in output.records(name)) for name in names}
