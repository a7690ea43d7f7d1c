"""What the pages of the documentation say: Markdown made of the table, the schemas and the documents."""

import html
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tables import activation, address, bookmark, setting_rows
from tap_intercom.config.settings import API_VERSIONS
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import STREAMS_V1, STREAMS_V2, load_schema, streams_of

FAMILIES = {"1.4": STREAMS_V1, "2.x": STREAMS_V2}
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def page_of(family: str, stream: Stream) -> str:
    """Name the page of a stream."""
    return f"streams/{family}/{stream.name}.md"


def schema_of(stream: Stream) -> dict[str, Any]:
    """Give the schema of a stream as it stands in its file."""
    return load_schema(stream.schema_name)


def versions_of(family: str, stream: Stream) -> list[str]:
    """List the versions of the API that have a stream, the oldest first."""
    if family == "1.4":
        return ["1.4"]
    return [version for version in API_VERSIONS if version != "1.4" and stream in streams_of(version)]


def stream_page(family: str, stream: Stream, example: Mapping[str, Any] | None) -> str:
    """Tell all that is known of a stream; without an example, its part is left out."""
    lines = [f"# {stream.name}", "", "| | |", "| --- | --- |", *facts(family, stream), "", "## Fields", ""]
    lines += ['<div class="fields" markdown>', "", "| field | type | description |", "| --- | --- | --- |"]
    lines += [
        f"| `{name}` | {kind(part)} | {cell(part.get('description', ''))} |" for name, part in fields(schema_of(stream))
    ]
    lines += ["", "</div>", ""]
    if example is not None:
        written = json.dumps(example, indent=2, ensure_ascii=False)
        lines += ["## Example", "", "A record as the tap wrote it, of the simulator's invented workspace:", ""]
        lines += ["```json", written, "```", ""]
    return "\n".join(lines)


def facts(family: str, stream: Stream) -> Iterator[str]:
    """Give the rows of a stream's table of facts."""
    versions = versions_of(family, stream)
    yield f"| read from | `{address(stream)}` |"
    yield f"| key | {', '.join(f'`{field}`' for field in stream.key)} |"
    yield f"| replication | `{stream.replication_method}` |"
    yield f"| bookmark | {bookmark(stream)} |"
    yield f"| parent | {f'[`{stream.parent}`]({stream.parent}.md)' if stream.parent else 'none'} |"
    yield f"| API versions | {versions[0]}{f' to {versions[-1]}' if len(versions) > 1 else ''} |"
    yield f"| permission of the app | {stream.permission} |"
    yield f"| selected by default | {'yes' if stream.by_default else 'no'} |"
    yield f"| `activate_version` | {activation(stream) or 'no'} |"


def fields(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each field by its dotted name, the nested after what holds them; `[]` stands for each item of a list."""
    for name, part in schema.get("properties", {}).items():
        yield f"{path}{name}", part
        yield from inside(part, f"{path}{name}")


def inside(part: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the fields within a field, also those within each item of a list or within a choice."""
    yield from fields(part, f"{name}.")
    if isinstance(part.get("items"), dict):
        yield from inside(part["items"], f"{name}[]")
    for choice in part.get("anyOf", ()):
        yield from inside(choice, name)


def kind(part: Mapping[str, Any]) -> str:
    """Say what a field may be, besides null."""
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(told for choice in part["anyOf"] if (told := kind(choice))))
    types = [part["type"]] if isinstance(part.get("type"), str) else list(part.get("type", ()))
    words = [part.get("format", name) if name == "string" else name for name in types if name != "null"]
    if words == ["array"] and isinstance(part.get("items"), dict):
        return f"array of {kind(part['items'])}"
    return " or ".join(words) if types else "any"


def cell(text: str) -> str:
    """Make a text fit for a cell of a table, with nothing in it that is more than text."""
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", html.escape(" ".join(text.split()), quote=False))


def overview_page() -> str:
    """List all streams, to be narrowed to those of one version."""
    choices = "".join(f"<option>{version}</option>" for version in API_VERSIONS)
    lines = [
        "# Streams",
        "",
        f'<label>API version <select id="version"><option value="">all</option>{choices}</select>',
    ]
    lines += ["</label>", "", '<div id="streams" markdown>', ""]
    lines += ["| stream | API versions | key | bookmark | permission |", "| --- | --- | --- | --- | --- |"]
    lines += [overview_row(family, stream) for family, rows in FAMILIES.items() for stream in rows]
    return "\n".join([*lines, "", "</div>", ""])


def overview_row(family: str, stream: Stream) -> str:
    """Give a stream's row of the overview, with its versions for the filter."""
    versions = versions_of(family, stream)
    shown = versions[0] if len(versions) == 1 else f"{versions[0]} to {versions[-1]}"
    key = ", ".join(f"`{field}`" for field in stream.key)
    link = f"[`{stream.name}`]({family}/{stream.name}.md)"
    marked = f'<span data-versions="{" ".join(versions)}">{shown}</span>'
    return f"| {link} | {marked} | {key} | {bookmark(stream)} | {stream.permission} |"


def settings_page() -> str:
    """List all settings, as the README does."""
    return "\n".join(["# Settings", "", '<div class="settings" markdown>', "", *setting_rows(), "", "</div>", ""])


def relinked(text: str, source: str, places: Mapping[str, str]) -> str:
    """Let a document's links lead to where the documents are in the site; what is not in it is no link any more.

    `source` is the document's path in the repository, and `places` maps such paths to those in the site.
    """

    def follow(link: re.Match[str]) -> str:
        mark, shown, target = link.groups()
        if re.match(r"https?://|#", target):
            return link[0]
        path, _, heading = target.partition("#")
        aim = places.get(posixpath.normpath(posixpath.join(posixpath.dirname(source), path)))
        if aim is None:
            return shown
        leads = posixpath.relpath(aim, posixpath.dirname(places[source]) or ".")
        return f"{mark}[{shown}]({leads}{f'#{heading}' if heading else ''})"

    return LINK.sub(follow, text)
