"""Run one command to its end on a core of its own, and print what it took, as one line of JSON.

A process of its own, and a small one: Linux counts into the peak of a process's memory what its parent held.

    stopwatch.py CORE SECONDS COMMAND…
"""

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from fcntl import fcntl

SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ of Linux
MEBIBYTE = 1 << 20
TAIL_BYTES = 2000


class Tally:
    """Counts a text in a flow of bytes that may be cut anywhere."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._rest = b""
        self.count = 0

    def add(self, piece: bytes) -> None:
        """Count in the next piece."""
        whole = self._rest + piece
        self.count += whole.count(self._text)
        self._rest = whole[1 - len(self._text) :]


def main(core: int, seconds: float, command: list[str]) -> dict[str, object]:
    """Run the command; give its figures. It is ended after so many seconds."""
    tallies = [Tally(b'"type":"RECORD"'), Tally(b'"type": "RECORD"')]
    here = os.sched_getaffinity(0)
    with tempfile.TemporaryFile() as said:
        os.sched_setaffinity(0, {core})
        started_at, started = time.time(), time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said)
        os.sched_setaffinity(0, here)
        first, written = _listen(process, started + seconds, tallies, started)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0, os.SEEK_END)
        said.seek(max(0, said.tell() - TAIL_BYTES))
        last_words = said.read().decode(errors="replace")
    return {
        "started_at": started_at,
        "code": process.returncode,
        "ended": wall < seconds,
        "wall_seconds": wall,
        "first_record_seconds": first,
        "processor_seconds": used.ru_utime + used.ru_stime,
        "peak_bytes": used.ru_maxrss * 1024,
        "records": sum(tally.count for tally in tallies),
        "written_bytes": written,
        "last_words": last_words if process.returncode else "",
    }


def _listen(
    process: "subprocess.Popen[bytes]", end: float, tallies: list[Tally], started: float
) -> tuple[float | None, int]:
    """Read until the command is done; give the seconds to the first record, and the bytes."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    first, written = None, 0
    pipe = process.stdout.fileno()
    fcntl(pipe, SET_PIPE_SIZE, MEBIBYTE)
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0, end - time.monotonic()))
        if not ready:
            process.kill()
            return first, written
        piece = os.read(pipe, MEBIBYTE)
        if not piece:
            return first, written
        written += len(piece)
        for tally in tallies:
            tally.add(piece)
        if first is None and any(tally.count for tally in tallies):
            first = time.monotonic() - started


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])))
