"""A Singer target for tests, run in the place of those that documents name: it keeps records and confirms states.

It appends to `records.jsonl` and `states.jsonl` in the folder TARGET_FOLDER, and prints each state at once. TARGET_ENDS
says how it ends: `well`, `at once` (with exit code 1, before it reads), `killed` (by SIGKILL, within the line of its
second state) or `interrupted` (it sends SIGINT to its whole process group after its first state, as Ctrl-C does).
"""

import json
import os
import signal
import sys
from pathlib import Path


def main() -> None:
    ends, folder = os.environ["TARGET_ENDS"], Path(os.environ["TARGET_FOLDER"])
    if ends == "at once":
        sys.exit("the database is down")
    confirmed = 0
    with (folder / "records.jsonl").open("a") as records, (folder / "states.jsonl").open("a") as states:
        for message in map(json.loads, sys.stdin):
            if message["type"] == "RECORD":
                records.write(json.dumps([message["stream"], message["record"]]) + "\n")
            elif message["type"] == "STATE":
                records.flush()
                state = json.dumps(message["value"])
                if confirmed and ends == "killed":
                    be_killed_within(state)
                states.write(state + "\n")
                states.flush()
                sys.stdout.write(state + "\n")
                sys.stdout.flush()
                confirmed += 1
                if ends == "interrupted":
                    os.killpg(0, signal.SIGINT)


def be_killed_within(state: str) -> None:
    """Print so much of a state that it looks whole, for it ends with a brace, and no more."""
    sys.stdout.write(state.removesuffix("}"))
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
