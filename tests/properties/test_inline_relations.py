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
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import streams_of

RELATIONS = ("contact_companies", "contact_merge_history", "contact_notes", "contact_tags")
SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 60))]


def _contacts(edit: Callable[[dict[str, Any]], None]) -> Callable[[str, bytes, bytes], bytes]:
    """Edit each contact of a search."""

    def edited(path: str, _: bytes, body: bytes) -> bytes:
        if path != "/contacts/search":
            return body
        answer = json.loads(body)
        for contact in answer.get("data", ()):
            edit(contact)
        return json.dumps(answer).encode()

    return edited


def _wrappers(contact: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return (value for value in contact.values() if isinstance(value, dict) and "data" in value)


def without_history(contact: dict[str, Any]) -> None:
    """Ignore `include_merge_history`."""
    contact.pop("merge_history", None)


def without_counts(contact: dict[str, Any]) -> None:
    """Say of no list how long it is."""
    without_history(contact)
    for wrapper in _wrappers(contact):
        wrapper.pop("total_count", None)
        wrapper.pop("has_more", None)


def without_flags(contact: dict[str, Any]) -> None:
    """Say of each list that there is no more, whatever its count says, as a real server was seen to do."""
    for wrapper in _wrappers(contact):
        wrapper["has_more"] = False


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_inline_and_what_is_asked_for_are_the_same_rows(simulator: Simulator, tap: Tap, seed: int) -> None:
    dice = random.Random(seed)
    version = dice.choice(["2.7", "2.11", "2.14", "2.15", "2.16", "2.16", "2.16"])
    simulator.reset(seed=dice.randrange(2**31), scale=dice.choice([0.05, 0.1, 0.3]))
    streams = [stream for stream in streams_of(version) if stream.name in RELATIONS]
    names = [stream.name for stream in streams]
    chosen = [*dice.sample(names, dice.randint(1, len(names))), *dice.choice([(), ("contacts",)])]
    settings = {"api_version": version, "catalog": tap.catalog(*chosen, api_version=version)}
    simulator.forget_requests()
    expected = rows(streams, tap(**settings))
    fewest = len(simulator.requests())
    for edit in (without_history, without_counts, without_flags):
        with relayed(simulator.url, edit=_contacts(edit)) as (url, exchanges):
            assert rows(streams, tap(base_url=url, **settings)) == expected, edit.__doc__
            assert len(exchanges) >= fewest, edit.__doc__
    simulator_counts = simulator.counts(version)
    assert {name: len(found) for name, found in expected.items() if found} == {
        name: simulator_counts[name] for name in chosen if name != "contacts" and simulator_counts[name]
    }


def rows(streams: Iterable[Stream], output: Output) -> dict[str, list[str]]:
    return {
        stream.name: sorted(json.dumps(row, sort_keys=True) for row in output.records(stream.name))
        for stream in streams
    }
