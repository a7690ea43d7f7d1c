"""What becomes of a sync that meets a fault, once or for as long as it runs."""

import asyncio
import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import TOKEN, Output, Simulator, command
from fault_matrix.faults import FAULTS, NAMELESS
from fault_matrix.paginations import Pagination
from fault_matrix.proxy import FOREVER, REQUEST_ID, FaultProxy
from record_checks_v2 import identity, key_of
from tap_intercom.streams.table import streams_of

# A request that is never answered costs its time-out; any other fault is met long before.
ENDLESS = {"no answer": 4, "a body without end": 4}
WORLD = {"switches": {"scroll_expiry_seconds": "1"}}
CODES = range(3, 7)
GONE = "were deleted or merged before their records could be read"
# What a fault may cost: as many requests more, and as much memory, in MB. Each of the 64 requests that are under way at
# once is sent again when an answer 429 says that it may be: those are told in seconds, of which there are ten.
MOST_REQUESTS_MORE = 130
MOST_THROTTLED_MORE = 1000
MOST_MEGABYTES = 500
WEIGH = Path(__file__).with_name("peak_memory.py")


@dataclass(frozen=True)
class Outcome:
    """What came of a run, and what was amiss with it: nothing, if it kept its promises.

    `end` is "all" where every record came, "gone" where the log says which were deleted meanwhile, or the exit code.
    `requests` is how many were sent, `megabytes` what was held at once, `said` what the operator was told.
    """

    end: str
    amiss: tuple[str, ...]
    requests: int
    megabytes: int
    said: tuple[str, ...]


@dataclass
class Ran:
    """A run, with what it took."""

    output: Output
    megabytes: int


async def run(folder: Path, simulator: Simulator, shape: Pagination, fault: str, *, times: int = FOREVER) -> Outcome:
    """Sync one stream while its requests suffer a fault; then, where not all came, once more without it."""
    between = FaultProxy(simulator.url, shape.path, FAULTS[fault](), shape.spare, times)
    async with between.server() as server:
        patience = {"retry_timeout": 30 if times == 1 else 1, "request_timeout": ENDLESS.get(fault, 60)}
        ran = await sync(folder, shape, server.url, **patience)
    first = ran.output
    outputs = [first]
    amiss = list(misdeeds(shape, fault, first))
    if not between.met:
        amiss.append("the fault was not met")
    if len(server.journal) > shape.requests + (MOST_THROTTLED_MORE if "429" in fault else MOST_REQUESTS_MORE):
        amiss.append(f"{len(server.journal)} requests")
    if ran.megabytes > MOST_MEGABYTES:
        amiss.append(f"{ran.megabytes} MB")
    if first.code:
        simulator.advance(61)
        outputs.append((await sync(folder, shape, simulator.url, first.state)).output)
        if outputs[-1].code:
            amiss.append(f"the run after it ended with {outputs[-1].code}")
    end = str(first.code) if first.code else "all"
    if missing := missed(simulator, shape, outputs):
        if first.code or GONE not in first.stderr:
            what = "the next run" if first.code else "a run that ended well"
            amiss.append(f"{missing} records are missing after {what}")
        end = end if first.code else "gone"
    said = tuple(line for line in first.stderr.splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL")))
    return Outcome(end, tuple(amiss), len(server.journal), ran.megabytes, said)


async def both(folder: Path, simulator: Simulator, shape: Pagination, fault: str) -> tuple[Outcome, Outcome]:
    """Let the fault come once, and then for as long as a run takes."""
    return await run(folder, simulator, shape, fault, times=1), await run(folder, simulator, shape, fault)


async def sync(
    folder: Path, shape: Pagination, url: str, state: Mapping[str, Any] | None = None, **patience: float
) -> Ran:
    """Run the real command over the stream of a shape."""
    settings = {"access_token": TOKEN, "base_url": url, "api_version": shape.version, "quota_share": 1, **patience}
    files = {"config": {**settings, "start_date": "2012-01-01T00:00:00Z"}, "catalog": catalog(shape)}
    if state is not None:
        files["state"] = state
    arguments = []
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
        arguments += [f"--{name}", str(folder / name)]
    weigh = [sys.executable, "-IS", str(WEIGH), str(folder / "weight")]
    done = await asyncio.to_thread(
        subprocess.run, [*weigh, *command(*arguments)], capture_output=True, timeout=600, check=False
    )
    output = Output(done.returncode, done.stdout, done.stderr.decode())
    return Ran(output, int((folder / "weight").read_text()) // 1024)


def catalog(shape: Pagination) -> dict[str, Any]:
    """Give the catalog in which the stream of a shape alone is selected."""
    found: dict[str, Any] = json.loads(discovered(shape.version))
    for entry in found["streams"]:
        entry["metadata"][0]["metadata"]["selected"] = entry["tap_stream_id"] == shape.stream
    return found


@functools.cache
def discovered(version: str) -> bytes:
    settings = {"access_token": TOKEN, "api_version": version, "start_date": "2012-01-01T00:00:00Z"}
    environment = {f"TAP_INTERCOM_{name.upper()}": value for name, value in settings.items()}
    discover = command("--config", "ENV", "--discover", "--offline")
    return subprocess.run(discover, capture_output=True, env={**os.environ, **environment}, check=True).stdout


def misdeeds(shape: Pagination, fault: str, output: Output) -> Iterator[str]:
    """Name what no run may do, however it ends."""
    if "Traceback" in output.stderr:
        yield "a traceback"
    if TOKEN in output.stderr or TOKEN.encode() in output.stdout:
        yield "the token is shown"
    if output.code and output.code not in CODES:
        yield f"exit code {output.code}"
    if output.stdout and not output.stdout.endswith(b"\n"):
        yield "a partial line"
    errors = [line for line in output.stderr.splitlines() if line.startswith(("ERROR", "CRITICAL"))]
    if len(errors) != (output.code > 0):
        yield f"{len(errors)} errors are told of"
    for line in errors:
        if not re.match(rf"\w+ {shape.stream}: .+[;.] \w+", line):
            yield f"no line says what to do about {shape.stream}: {line}"
        if fault not in NAMELESS and REQUEST_ID not in line:
            yield f"the request is not named: {line}"


def missed(simulator: Simulator, shape: Pagination, outputs: Iterable[Output]) -> int:
    """Count the records that never came."""
    stream = next(stream for stream in streams_of(shape.version) if stream.name == shape.stream)
    version = "" if shape.version == "1.4" else shape.version
    key = identity(stream)
    came = {key_of(key, row) for output in outputs for row in output.records(shape.stream)}
    return simulator.counts(version)[shape.stream] - len(came)
