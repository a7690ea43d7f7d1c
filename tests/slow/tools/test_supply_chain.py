"""What the tap is made of: pinned, audited, and written down."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from shell import ROOT

REQUIREMENTS = ROOT / "requirements"
Judge = Callable[[str, str], list[dict[str, Any]]]


def pinned(lock: Path) -> dict[str, list[str]]:
    """Give the name and version of each package in a lock, and its hashes."""
    blocks = re.findall(r"^([\w.-]+==[^\s;]+)(?: ;[^\n\\]*)?((?: \\\n +--hash=\S+)*)$", lock.read_text(), re.MULTILINE)
    return {name: re.findall(r"--hash=(\S+)", hashes) for name, hashes in blocks}


@contextmanager
def service(judge: Judge) -> Iterator[str]:
    """Serve what OSV serves: the vulnerabilities of one version of a package. Give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"vulns": judge(asked["package"]["name"], asked["version"])}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()


def audit(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "audit.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("lock", sorted(REQUIREMENTS.rglob("*.lock")), ids=lambda lock: lock.stem)
def test_every_package_in_a_lock_is_pinned_with_its_hashes(lock: Path) -> None:
    packages = pinned(lock)
    lines = [line for line in lock.read_text().splitlines() if line and not line.startswith((" ", "#"))]
    assert len(packages) == len(lines) > 0
    for name, hashes in packages.items():
        assert hashes, name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), name


def test_what_runs_is_what_was_tested() -> None:
    tested = pinned(REQUIREMENTS / "dev.lock")
    for name, hashes in pinned(REQUIREMENTS / "runtime.lock").items():
        assert tested[name] == hashes


def test_a_known_vulnerability_fails_the_audit_and_is_named() -> None:
    flaw = {
        "id": "PYSEC-2099-1",
        "aliases": ["CVE-2099-1"],
        "summary": "Everything is lost",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "aiohttp"},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}],
            }
        ],
    }
    with service(lambda name, _: [flaw] if name == "aiohttp" else []) as url:
        done = audit("--vulnerability-service", "osv", "--osv-url", url)
    assert done.returncode == 1, done.stderr
    assert re.search(
        r"^VULNERABLE aiohttp [\d.]+: PYSEC-2099-1, CVE-2099-1; mended in 99\.1$", done.stderr, re.MULTILINE
    )


def test_an_audit_that_finds_nothing_says_of_how_many() -> None:
    with service(lambda *_: []) as url:
        done = audit("--vulnerability-service", "osv", "--osv-url", url)
    assert (done.returncode, done.stderr) == (0, "")
    count = len(pinned(REQUIREMENTS / "dev.lock"))
    (said,) = re.findall(r"^No vulnerability is known of (\d+) packages\.$", done.stdout, re.MULTILINE)
    assert count * 0.8 < int(said) <= count  # those for other systems are not asked about


def test_an_audit_that_cannot_be_made_says_so_and_does_not_fail() -> None:
    done = audit("--vulnerability-service", "osv", "--osv-url", "http://127.0.0.1:9/v1/query")
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("THE AUDIT COULD NOT BE MADE: ")


@pytest.mark.examples
def test_the_bill_of_materials_holds_what_the_lock_pins(tmp_path: Path) -> None:
    bills = [tmp_path / "one" / "sbom.json", tmp_path / "two" / "sbom.json"]
    for bill in bills:
        subprocess.run([sys.executable, ROOT / "scripts" / "sbom.py", bill], check=True, capture_output=True)
    assert bills[0].read_bytes() == bills[1].read_bytes()
    whole = json.loads(bills[0].read_text())
    assert (whole["bomFormat"], whole["metadata"]["component"]["name"]) == ("CycloneDX", "singer-tap-intercom")
    held = {part["purl"].removeprefix("pkg:pypi/").replace("@", "==") for part in whole["components"]}
    locked = set(pinned(REQUIREMENTS / "runtime.lock"))
    assert held <= locked
    assert {name.split("==")[0] for name in locked - held} <= {"typing-extensions"}  # which new Pythons need not
    assert all(part["licenses"] for part in whole["components"])
    (needs,) = (entry["dependsOn"] for entry in whole["dependencies"] if entry["ref"] == "root-component")
    assert {name.split("==")[0] for name in needs} == {"aiohttp", "click", "msgspec", "rich", "stamina"}
