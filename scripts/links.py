"""What is wrong with the links of a built site: where they lead nowhere, and what comes from elsewhere."""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """A page of the site: where it links to, what it loads, and the places in it that a link may name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.assets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag refers to."""
        given = {name: value for name, value in attrs if value is not None}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") not in {"canonical", "prev", "next"} and "href" in given:
            self.assets.append(given["href"])
        elif "src" in given:
            self.assets.append(given["src"])


def faults(site: Path) -> list[str]:
    """List what is wrong, a line for each."""
    return [line for path in sorted(site.rglob("*.html")) for line in faults_of(path, site)]


def faults_of(path: Path, site: Path) -> Iterator[str]:
    """List what is wrong with one page; an address that begins with / leads from the site's root."""
    page = read(path)
    name = path.relative_to(site)
    for asset in page.assets:
        if (urlsplit(asset).scheme not in {"", "data"}) or urlsplit(asset).netloc:
            yield f"{name} takes {asset} from elsewhere"
    for target in (*page.links, *page.assets):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            continue
        aim = (
            site / unquote(parts.path).lstrip("/") if parts.path.startswith("/") else path.parent / unquote(parts.path)
        )
        aim = (aim if parts.path else path).resolve()
        aim = aim / "index.html" if aim.is_dir() else aim
        if not aim.exists():
            yield f"{name} leads to {target}, which is not there"
        elif parts.fragment and aim.suffix == ".html" and unquote(parts.fragment) not in read(aim).anchors | {"__skip"}:
            yield f"{name} leads to {target}, a place that {aim.name} does not have"


@cache
def read(path: Path) -> Page:
    """Read a page once."""
    return Page(path.read_text())
