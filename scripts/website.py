"""Build the documentation to `site/`: gather its pages in `.site`, have Zensical make HTML, check every link."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from links import faults
from pages import FAMILIES, overview_page, page_of, relinked, settings_page, stream_page
from simulated import BIN, simulator
from tool import ROOT, TOOLS, install

WORK = ROOT / ".site"
SOURCES = WORK / "docs"
SITE = ROOT / "site"
STATIC = Path(__file__).with_name("website")
MERMAID = "mermaid@11.16.0"
MERMAID_SHA256 = "74d7c46dabca328c2294733910a8aa1ed0c37451776e8d5295da38a2b758fb9b"  # of its dist/mermaid.min.js
CUSTOM = {"custom_object_types": ["Order", "Test_Object"]}
EXPORTS = {"message_content_export", "reporting_exports"}  # each is a job that is waited for
SECONDS = 120
VERSIONS = {"1.4": ("1.4",), "2.x": ("2.16", "2.15")}  # together they have every stream


def main() -> int:
    """Build the site; return 1, with a line for each, where a link is dead or leads to an asset elsewhere."""
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    gather(records())
    shutil.copy(STATIC / "zensical.toml", WORK)
    subprocess.run([install("zensical") / "zensical", "build", "--strict"], cwd=WORK, check=True)
    shutil.copytree(WORK / "site", SITE)
    found = faults(SITE)
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    print(f"{len(list(SITE.rglob('*.html')))} pages in {SITE.relative_to(ROOT)}/index.html")
    return int(bool(found))


def gather(examples: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Write the sources of all pages and what they show."""
    places = documents()
    for source, place in places.items():
        write(place, relinked((ROOT / source).read_text(), source, places) if source.endswith(".md") else None, source)
    write("streams/index.md", overview_page())
    write("settings.md", settings_page())
    for family, streams in FAMILIES.items():
        for stream in streams:
            write(page_of(family, stream), stream_page(family, stream, examples.get((family, stream.name))))
    shutil.copytree(STATIC / "assets", SOURCES / "assets")
    shutil.copy(mermaid(), SOURCES / "assets")


def documents() -> dict[str, str]:
    """Say where each document and picture of the repository is in the site."""
    patterns = ("*.md", "docs/**/*.md", "docs/images/*", "benchmarks/*.md", "benchmarks/*.svg")
    found = [path for pattern in patterns for path in ROOT.glob(pattern)]
    places = {str(path.relative_to(ROOT)): str(path.relative_to(ROOT)) for path in found}
    places |= {f"examples/{path.parent.name}/README.md": f"examples/{path.parent.name}.md" for path in examples_of()}
    return {**places, "README.md": "index.md"}


def examples_of() -> list[Path]:
    """List the pages of the examples."""
    return sorted(ROOT.glob("examples/*/README.md"))


def write(place: str, text: str | None, source: str = "") -> None:
    """Write a source of the site, or copy what is no text."""
    path = SOURCES / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is None:
        shutil.copy(ROOT / source, path)
    else:
        path.write_text(text)


def mermaid() -> Path:
    """Give the script that draws the pictures, which npm fetches once and a checksum vouches for."""
    home = TOOLS / MERMAID.replace("@", "-")
    script = home / "package" / "dist" / "mermaid.min.js"
    if not script.exists():
        home.mkdir(parents=True, exist_ok=True)
        if shutil.which("npm") is None:
            sys.exit("make docs needs npm, to fetch Mermaid, which draws the pictures: install Node.js")
        subprocess.run(["npm", "pack", "--silent", MERMAID], cwd=home, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["tar", "xzf", next(home.glob("*.tgz"))], cwd=home, check=True)
    if hashlib.sha256(script.read_bytes()).hexdigest() != MERMAID_SHA256:
        sys.exit(f"{script.relative_to(ROOT)} is not the one of {MERMAID}: remove it, and see where npm has it from")
    return script


def records() -> dict[tuple[str, str], dict[str, Any]]:
    """Sync the simulator's small workspace and give the first record of each stream, by its family and name."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    WORK.mkdir()
    for family, versions in VERSIONS.items():
        for version in versions:
            with simulator("--world", "small") as address:
                for message in synced(address, version):
                    if message["type"] == "RECORD":
                        found.setdefault((family, message["stream"]), message["record"])
    return found


def synced(address: str, version: str) -> Iterator[dict[str, Any]]:
    """Give the messages of a sync of every stream that a version of the API has."""
    config, catalog = WORK / "config.json", WORK / "catalog.json"
    settings = {"access_token": "simulator-token", "start_date": "2010-01-01T00:00:00Z", "base_url": address}
    config.write_text(json.dumps({**settings, "api_version": version, **CUSTOM}))
    tap = [str(BIN / "tap-intercom"), "--quiet", "--config", str(config)]
    offered = json.loads(subprocess.run([*tap, "--discover"], check=True, stdout=subprocess.PIPE).stdout)
    for stream in offered["streams"]:
        selected = stream["tap_stream_id"] not in EXPORTS
        next(entry["metadata"] for entry in stream["metadata"] if not entry["breadcrumb"])["selected"] = selected
    catalog.write_text(json.dumps(offered))
    done = subprocess.run([*tap, "--catalog", str(catalog)], check=False, capture_output=True, timeout=SECONDS)
    if done.returncode:
        sys.exit(f"the examples could not be read: {done.stderr.decode()}")
    yield from map(json.loads, done.stdout.splitlines())


if __name__ == "__main__":
    sys.exit(main())
