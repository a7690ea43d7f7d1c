"""The documentation site: a page for every stream with every field, and no link that leads nowhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from links import faults
from pages import cell, overview_page, relinked, settings_page, stream_page
from shell import ROOT, Shell
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import STREAMS_V1, STREAMS_V2, load_schema


def names(schema: dict[str, Any]) -> Iterator[str]:
    """Give the name of each field of a schema, however deep."""
    for name, part in schema.get("properties", {}).items():
        yield name
        yield from names(part)
    for part in (schema.get("items"), *schema.get("anyOf", ())):
        if isinstance(part, dict):
            yield from names(part)


@pytest.mark.parametrize(
    ("family", "stream"),
    [(family, stream) for family, streams in (("1.4", STREAMS_V1), ("2.x", STREAMS_V2)) for stream in streams],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_the_page_of_a_stream_has_every_field_of_it(family: str, stream: Stream) -> None:
    text = stream_page(family, stream, {"id": "4711"})
    rows = [line for line in text.partition("## Fields")[2].splitlines() if line.startswith("| `")]
    assert [row.split("`")[1].split(".")[-1].removesuffix("[]") for row in rows] == list(
        names(load_schema(stream.schema_name))
    )
    assert '"id": "4711"' in text
    assert stream.permission in text
    assert f"[`{stream.name}`]({family}/{stream.name}.md)" in overview_page()


def test_the_settings_are_those_of_the_readme() -> None:
    rows = [line for line in settings_page().splitlines() if line.startswith("| `")]
    assert len(rows) > 10
    assert set(rows) <= set((ROOT / "README.md").read_text().splitlines())


def test_links_follow_the_documents_to_where_they_are() -> None:
    places = {"README.md": "index.md", "docs/report.md": "docs/report.md", "docs/images/a.svg": "docs/images/a.svg"}
    text = "[a](docs/report.md#form) ![b](docs/images/a.svg) [c](src/tap.py) [d](https://d.test) [e](#here)"
    assert relinked(text, "README.md", places) == (
        "[a](docs/report.md#form) ![b](docs/images/a.svg) c [d](https://d.test) [e](#here)"
    )
    assert relinked("[r](../README.md#more)", "docs/report.md", places) == "[r](../index.md#more)"


def test_what_a_description_says_is_nothing_but_text() -> None:
    assert cell("a | b\n`c` <d> *e*") == "a \\| b \\`c\\` &lt;d&gt; \\*e\\*"


def test_dead_links_and_what_comes_from_elsewhere_are_found(tmp_path: Path) -> None:
    (tmp_path / "good.html").write_text('<a href="other.html#here">1</a><a href="https://a.test/b">2</a>')
    (tmp_path / "other.html").write_text(
        '<p id="here"></p><a href="good.html">1</a><img src="data:image/png;base64,AA">'
    )
    assert faults(tmp_path) == []
    (tmp_path / "bad.html").write_text(
        '<a href="gone.html">1</a><a href="other.html#gone">2</a><script src="https://cdn.test/x.js"></script>'
    )
    assert faults(tmp_path) == [
        "bad.html takes https://cdn.test/x.js from elsewhere",
        "bad.html leads to gone.html, which is not there",
        "bad.html leads to other.html#gone, a place that other.html does not have",
    ]


@pytest.mark.examples
def test_the_site_is_built_and_every_link_of_it_leads_somewhere() -> None:
    done = Shell(ROOT).run("make docs")
    assert f"{len(list((ROOT / 'site').rglob('*.html')))} pages in site/index.html" in done.stdout
    page = (ROOT / "site" / "streams" / "2.x" / "contacts.html").read_text()
    assert "unsubscribed_from_emails" in page
    assert "A record as the tap wrote it" in page
    assert "mermaid" in (ROOT / "site" / "docs" / "architecture.html").read_text()
