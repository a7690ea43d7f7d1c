"""Measure how many workspaces one core serves: each has a simulator of its own and is loaded into PostgreSQL.

Every workspace is synced once, whole. Then each changes and is synced again, `--rounds` times. The processor time of
these syncs, of the tap and of target-postgres together, says how many of them an hour of one core holds.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tool import ROOT, install

BIN: Final = Path(sys.executable).parent
PORT: Final = 5439
LATENCY_MS: Final = 50
CHANGES: Final = 40
HOUR: Final = 3600


def main() -> int:
    """Measure, and print one line for each kind of sync."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspaces", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    target = install("meltanolabs-target-postgres") / "target-postgres"
    with ExitStack() as stack:
        stack.enter_context(serving([sys.executable, str(ROOT / "scripts" / "postgres.py"), "--port", str(PORT)]))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        simulate = [str(BIN / "intercom-simulator"), "--port", "0", "--world", "small", "--latency-ms", str(LATENCY_MS)]
        urls = [stack.enter_context(serving(simulate)) for _ in range(given.workspaces)]
        homes = [prepare(folder / f"workspace_{number}", url) for number, url in enumerate(urls)]
        report("first", [sync(home, target) for home in homes])
        spent = []
        for _ in range(given.rounds):
            for home, url in zip(homes, urls, strict=True):
                change(url)
                spent.append(sync(home, target))
        report("next", spent)
    return 0


@contextmanager
def serving(command: list[str]) -> Iterator[str]:
    """Run a server; yield the address that it prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield (server.stdout.readline() if server.stdout else "").split()[-1]
        finally:
            server.terminate()


def prepare(home: Path, url: str) -> Path:
    """Write the configurations of a workspace."""
    home.mkdir()
    config = {"access_token": "simulator-token", "start_date": "2015-01-01T00:00:00Z", "base_url": url}
    place = {"host": "127.0.0.1", "port": PORT, "user": "intercom", "password": "none", "database": "intercom"}
    for name, content in (
        ("config.json", config),
        ("target.json", {**place, "default_target_schema": home.name}),
        ("state.json", {}),
    ):
        (home / name).write_text(json.dumps(content))
    return home


def change(url: str) -> None:
    """Let something change in a workspace."""
    body = json.dumps({"count": CHANGES}).encode()
    with urllib.request.urlopen(f"{url}/_simulator/mutate", body):  # noqa: S310 - the simulator's address
        pass


def sync(home: Path, target: Path) -> float:
    """Sync a workspace; return the seconds of processor time that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(BIN / "tap-intercom"), "--config", "config.json", "--state", "state.json"]
    with (
        (home / "states.jsonl").open("w") as states,
        subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tap,
        subprocess.Popen(
            [str(target), "--config", "target.json"],
            cwd=home,
            stdin=tap.stdout,
            stdout=states,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PGTZ": "UTC"},
        ) as loader,
    ):
        if tap.stdout:
            tap.stdout.close()
        codes = (tap.wait(), loader.wait())
    if any(codes):
        sys.exit(f"{home.name} failed, with exit codes {codes}")
    (home / "state.json").write_text((home / "states.jsonl").read_text().splitlines()[-1])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def report(which: str, spent: list[float]) -> None:
    """Print what syncs of a kind took."""
    each = sum(spent) / len(spent)
    print(
        f"{which} syncs: {each:.2f} s of processor time each (tap and target, {len(spent)} syncs): "
        f"{HOUR / each:,.0f} in an hour of one core"
    )


if __name__ == "__main__":
    sys.exit(main())
