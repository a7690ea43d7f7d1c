"""Whatever fields are selected, the same records come, and the same is said of what Intercom keeps back."""

import json
import random
import re
from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from full_sync import whole
from recording_proxy import relayed
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import streams_of

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 20))]


def unfiltered(path: str, _: bytes, body: bytes) -> bytes:
    """Answer as a server does that does not filter attributes, and that keeps something of each counted list back."""
    if not body.startswith(b"{"):
        return body
    answer = json.loads(body)
    if path.startswith("/data_attributes"):
        listed = next(value for value in answer.values() if isinstance(value, list))
        others = [{**one, "model": model} for one in listed for model in ("customer", "company", "contact")]
        listed[:] = [one | {"name": f"{one['name']} of {one['model']}"} for one in others]
    keep_back(answer)
    return json.dumps(answer).encode()


def keep_back(value: Any) -> None:
    for name, member in value.items() if isinstance(value, dict) else ():
        if isinstance(member, dict) and name in {"conversation_parts", "teammates", "contacts", "topics"}:
            member["total_count"] = member.get("total_count", 0) + 1
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        keep_back(member)


def said(output: Output) -> list[str]:
    """Give what was said of lists that were cut off."""
    return sorted(re.findall(r"^WARNING (.* Intercom gave .*)$", output.stderr, re.MULTILINE))


def select(catalog: dict[str, Any], dice: random.Random, shares: list[float]) -> None:
    """Select of each stream so many of the fields that need not be selected."""
    for entry in catalog["streams"]:
        share = dice.choice(shares)
        for piece in entry["metadata"][1:]:
            if piece["metadata"]["inclusion"] != "automatic":
                piece["metadata"]["selected"] = dice.random() < share


def keys_of(stream: Stream, output: Output) -> list[tuple[str, ...]]:
    return sorted(tuple(str(row[name]) for name in stream.key) for row in output.records(stream.name))


@pytest.mark.parametrize("version", ["1.4", "2.16"])
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_fields_are_selected_the_same_records_come(
    simulator: Simulator, tap: Tap, version: str, seed: int
) -> None:
    simulator.reset(seed=seed, scale=0.2)
    dice = random.Random(f"{version} {seed}")
    options = whole(tap, version)
    with relayed(simulator.url, edit=unfiltered) as (url, _):
        tap.url = url
        everything = tap(**options)
        for shares in ([0.0], [0.0, 0.5, 0.9]):
            simulator.let_scrolls_expire()
            select(options["catalog"], dice, shares)
            part = tap(**options)
            for stream in (stream for stream in streams_of(version) if not stream.export):
                assert keys_of(stream, part) == keys_of(stream, everything), stream.name
            assert said(part) == said(everything) != []
