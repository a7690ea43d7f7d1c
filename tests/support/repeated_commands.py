"""A process of the tap that does one command after the other and tells from inside what it holds.

`servant.py FILE SECONDS`: each line on stdin is a list of arguments. After each run a message END goes to stdout, with
the exit code and what is still held. Every so many seconds a sample of that is added to the file, of the midst of a run
too.
"""

import asyncio
import gc
import json
import os
import re
import sys
import threading
import time
from pathlib import Path

from tap_intercom.cli.main import run


class Policy(asyncio.DefaultEventLoopPolicy):
    """Makes event loops and remembers the last one."""

    made: asyncio.AbstractEventLoop | None = None

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        self.made = super().new_event_loop()
        return self.made


def holdings(policy: Policy) -> dict[str, float]:
    """Count file descriptors, threads, tasks that are not done, blocks of memory that objects take, and MB in all."""
    memory = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert memory is not None
    return {
        "descriptors": len(os.listdir("/proc/self/fd")) - 1,  # noqa: PTH208 - the one that lists them is open, too
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks(policy.made)) if policy.made else 0,
        "blocks": sys.getallocatedblocks(),
        "memory": int(memory[1]) / 1024,
    }


def watch(policy: Policy, path: Path, seconds: float) -> None:
    """Add a sample to the file again and again."""
    began = time.monotonic()
    with path.open("a") as file:
        while True:
            time.sleep(seconds)
            file.write(json.dumps({"time": time.monotonic() - began, **holdings(policy)}) + "\n")
            file.flush()


def serve(policy: Policy) -> None:
    """Do what comes on stdin, until it ends."""
    for line in sys.stdin:
        code = run(json.loads(line))
        gc.collect()
        end = {"type": "END", "code": code, "holdings": holdings(policy)}
        os.write(sys.stdout.fileno(), json.dumps(end).encode() + b"\n")


if __name__ == "__main__":
    current = Policy()
    asyncio.set_event_loop_policy(current)
    if sys.argv[2] != "0":
        threading.Thread(target=watch, args=(current, Path(sys.argv[1]), float(sys.argv[2])), daemon=True).start()
    serve(current)
