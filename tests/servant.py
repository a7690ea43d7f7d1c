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

from tap_intercom.tap import run


def holdings() -> dict[str, float]:
    """Count file descriptors, threads, tasks that are not done, objects, and MB of memory."""
    objects = gc.get_objects()
    memory = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert memory is not None
    return {
        "descriptors": len(os.listdir("/proc/self/fd")) - 1,  # noqa: PTH208 - the one that lists them is open, too
        "threads": threading.active_count(),
        "tasks": sum(type(thing) is asyncio.Task and not thing.done() for thing in objects),
        "objects": len(objects),
        "memory": int(memory[1]) / 1024,
    }


def watch(path: Path, seconds: float) -> None:
    """Add a sample to the file again and again."""
    began = time.monotonic()
    with path.open("a") as file:
        while True:
            time.sleep(seconds)
            file.write(json.dumps({"time": time.monotonic() - began, **holdings()}) + "\n")
            file.flush()


def serve() -> None:
    """Do what comes on stdin, until it ends."""
    for line in sys.stdin:
        code = run(json.loads(line))
        gc.collect()
        end = {"type": "END", "code": code, "holdings": holdings()}
        os.write(sys.stdout.fileno(), json.dumps(end).encode() + b"\n")


if __name__ == "__main__":
    if sys.argv[2] != "0":
        threading.Thread(target=watch, args=(Path(sys.argv[1]), float(sys.argv[2])), daemon=True).start()
    serve()
