"""Write the README's tables of streams and settings from the tables in the code; `--check` only compares them."""

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode

from tap_intercom.config.settings import SETTINGS, Setting
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import STREAMS_V1, STREAMS_V2

PARENTS = {row.name: row for row in (*STREAMS_V2, *STREAMS_V1)}
README = Path(__file__).resolve().parents[1] / "README.md"


def main() -> int:
    """Write the tables, or say whether they are as they should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a table is out of date")
    written = README.read_text()
    wanted = render(written)
    if parser.parse_args().check:
        if written != wanted:
            print("README.md: a table is out of date; run `make generate`", file=sys.stderr)
        return int(written != wanted)
    README.write_text(wanted)
    return 0


def render(text: str) -> str:
    """Put each table between its two marks."""
    for name, lines in (("streams", stream_rows()), ("modern streams", modern_rows()), ("settings", setting_rows())):
        begin, end = f"<!-- {name}: written by `make generate` -->", f"<!-- end of {name} -->"
        place = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if len(place.findall(text)) != 1:
            sys.exit(f"README.md needs one place for the table of {name}, from {begin!r} to {end!r}")
        before, after = place.split(text)
        text = "\n".join([before + begin, *lines, end + after])
    return text


def stream_rows() -> Iterable[str]:
    """Tabulate the streams."""
    yield "| stream | read from | key | replication | bookmark | `activate_version` | permission of the app |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for stream in STREAMS_V1:
        key = ", ".join(f"`{field}`" for field in stream.key)
        yield (
            f"| `{stream.name}` | `{address(stream)}` | {key} | {stream.replication_method} "
            f"| {bookmark(stream)} | {activation(stream)} | {stream.permission} |"
        )


def modern_rows() -> Iterable[str]:
    """Tabulate the streams of API 2.x."""
    yield "| stream | read from | key | bookmark | `activate_version` | API versions | permission of the app |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for stream in STREAMS_V2:
        key = ", ".join(f"`{field}`" for field in stream.key)
        name = f"`{stream.name}`" + ("" if stream.by_default else " (off by default)")
        yield (
            f"| {name} | `{address(stream)}` | {key} | {bookmark(stream)} | {activation(stream)} "
            f"| {stream.versions[0]} to {stream.versions[1]} | {stream.permission} |"
        )


def address(stream: Stream) -> str:
    """Give the path of a stream, with the parts of its query that name what is read."""
    query = getattr(stream.full_read[0], "query", ()) if stream.full_read else []
    naming = [(name, value) for name, value in query if name in {"type", "model"}]
    return path_of(stream) + (f"?{urlencode(naming)}" if naming else "")


def path_of(stream: Stream) -> str:
    """Give the path that a stream is read from; of a stream that lies in its parent's records, "within" the parent."""
    if stream.parent:
        return stream.detail.path if stream.detail else f"within {stream.parent}"
    return stream.export.order_path if stream.export else stream.full_read[0].path


def bookmark(stream: Stream) -> str:
    """Say by what a stream remembers how far it is complete."""
    if stream.parent:
        return f"`updated_at` of its `{stream.parent}`" if PARENTS[stream.parent].replication_key else "none"
    return f"`{stream.replication_key}`" if stream.replication_key else "none"


def activation(stream: Stream) -> str:
    """Say when a target can be told what of a stream is gone: in every run, or when it is read whole."""
    parent = PARENTS.get(stream.parent or "", stream)
    if stream.append_only or stream.export:
        return ""
    if parent.replication_key:
        return "whole reads"
    return "yes" if stream.detects_deletions and parent.detects_deletions else ""


def setting_rows() -> Iterable[str]:
    """Tabulate the settings."""
    yield "| setting | variable | type | default | meaning |"
    yield "| --- | --- | --- | --- | --- |"
    for setting in SETTINGS:
        yield (
            f"| `{setting.name}` | `{setting.variable}` | {setting.kind} | {default(setting)} "
            f"| {setting.description}{choice(setting)} |"
        )


def default(setting: Setting) -> str:
    """Give what a setting is when it is not set."""
    if setting.required:
        return "**required**"
    return f"`{setting.shown_default}`" if setting.shown_default else ""


def choice(setting: Setting) -> str:
    """List what a setting may be, where that is a list."""
    return f" One of {', '.join(f'`{value}`' for value in setting.allowed)}." if setting.allowed else ""


if __name__ == "__main__":
    sys.exit(main())
