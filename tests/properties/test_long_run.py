"""Command after command in one process leaves nothing behind; `make nightly KIND=hour` does the same for an hour."""

from pathlib import Path
from typing import Any

from conftest import Simulator, Tap
from long_run import OFTEN, RepeatedCommands, often

ROUNDS = 4
STREAMS = ("contacts", "contact_tags", "contact_notes", "conversations", "conversation_parts", "data_events", "tags")


def test_a_process_holds_no_more_after_many_commands_than_after_a_few(
    simulator: Simulator, tap: Tap, tmp_path: Path
) -> None:
    simulator.reset(scale=0.1, mutate=20, faults=often([fault for fault in OFTEN if fault != "slow-body"]))
    modern = {"api_version": "2.16", "catalog": tap.catalog(*STREAMS, api_version="2.16")}
    former = {"api_version": "1.4", "catalog": tap.catalog("users", "tags", "segments", api_version="1.4")}
    commands: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        ((), modern),
        ((), former),
        (("--discover",), {"api_version": "2.16"}),
        (("--test",), former),
        ((), {**former, "access_token": "wrong"}),
        ((), {**former, "state": {"bookmarks": 7}}),
    ]
    rounds = []
    with RepeatedCommands(tmp_path) as servant:
        for _ in range(ROUNDS):
            ends = [list(servant.run(tap.arguments(*more, **given)))[-1] for more, given in commands]
            assert [end["code"] for end in ends] == [0, 0, 0, 0, 3, 2]
            rounds.append([end["holdings"] for end in ends])
            simulator.advance(61)
    for early, late in zip(rounds[1], rounds[-1], strict=True):
        for name in ("descriptors", "threads", "tasks"):
            assert late[name] == early[name], name
        assert late["blocks"] < early["blocks"] * 1.02
