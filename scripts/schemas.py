"""Write the schemas of API 2.x from Intercom's OpenAPI files; `--check` only compares them.

    python scripts/schemas.py FOLDER     a folder with openapi-2.11.yaml, openapi-2.14.yaml and openapi-2.16.yaml
    python scripts/schemas.py --facts    what streams_v2.toml says of each stream, as JSON, one line each

The files are Intercom's, from its repository Intercom-OpenAPI; nothing is fetched. streams_v2.toml says which of their
components each stream is made of, and what is decided by hand.
"""

import argparse
import difflib
import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any, Final

from openapi import ANY, CONFLICT, MOMENT, OPEN, Document, Shape, merge

SCHEMAS: Final = Path(__file__).resolve().parents[1] / "src" / "tap_intercom" / "streams" / "schemas" / "v2"
STREAMS: Final = Path(__file__).with_name("streams_v2.toml")
VERSIONS: Final = ("2.11", "2.14", "2.16")
WIDTH: Final = 116

# The forms that every target understands (tests/unit/streams/test_schemas.py).
MOMENT_AT_THE_TOP: Final = {"type": ["null", "string"], "format": MOMENT}
MOMENT_IN_AN_OBJECT: Final = {"anyOf": [{"type": "string", "format": MOMENT}, {"type": "null"}]}
_MOMENTS: Final = ("_at", "_since", "_until", "timestamp")

Kind = Any  # a kind's name, {field: Kind} for an object, [Kind] for a list; see streams_v2.toml


@dataclass(frozen=True, kw_only=True)
class StreamFacts:
    """What streams_v2.toml says of one stream, in its words; `given` maps columns to their kind and description."""

    name: str
    calls: str
    records_at: str
    places: tuple[str, ...]
    key: tuple[str, ...] = ("id",)
    cursor: str | None = None
    parent: str | None = None
    versions: tuple[str, ...] = ("2.7",)
    given: dict[str, tuple[str, str]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def load() -> tuple[dict[str, Kind], list[StreamFacts]]:
    """Read streams_v2.toml: the kinds of fields by their name, and the streams."""
    table = tomllib.loads(STREAMS.read_text())
    columns = {name: (column["kind"], column["description"]) for name, column in table["given"].items()}
    streams = []
    for name, facts in table["streams"].items():
        given = {column: columns.get(f"{name}.{column}") or columns[column] for column in facts.get("given", [])}
        streams.append(StreamFacts(**{**facts, "name": name, "given": given}))
    return table["kinds_by_name"], streams


KINDS_BY_NAME, ALL_STREAMS = load()


def main() -> int:
    """Write the schemas, or show how they differ from what is written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", help="where the files openapi-VERSION.yaml are")
    parser.add_argument("--check", action="store_true", help="change nothing; show the differences and exit 1")
    parser.add_argument("--facts", action="store_true", help="print what the table says of each stream, and end")
    options = parser.parse_args()
    if options.facts:
        print("\n".join(json.dumps(asdict(stream)) for stream in ALL_STREAMS))
        return 0
    if options.folder is None:
        parser.error("name the folder that holds Intercom's OpenAPI files")
    documents = [Document(options.folder / f"openapi-{version}.yaml") for version in VERSIONS]
    wanted = {f"{stream.name}.json": layout(schema_of(stream, documents)) + "\n" for stream in ALL_STREAMS}
    written = {file.name: file.read_text() for file in SCHEMAS.glob("*.json")}
    if options.check:
        differences = list(compare(written, wanted))
        print("".join(differences), end="")
        return int(bool(differences))
    for name in written.keys() - wanted.keys():
        (SCHEMAS / name).unlink()
    for name, text in wanted.items():
        (SCHEMAS / name).write_text(text)
    return 0


def compare(written: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Give the lines of a unified diff from what is written to what should be."""
    lines: list[str] = []
    for name in sorted(written.keys() | wanted.keys()):
        before, after = (texts.get(name, "").splitlines(keepends=True) for texts in (written, wanted))
        lines.extend(difflib.unified_diff(before, after, f"{name} (written)", f"{name} (from the OpenAPI files)"))
    return lines


def schema_of(stream: StreamFacts, documents: list[Document]) -> dict[str, Any]:
    """Build the schema of a stream."""
    found = [shape for document in documents for place in stream.places if (shape := document.find(place))]
    if stream.places and not found:
        sys.exit(f"{stream.name}: no OpenAPI file has {', '.join(stream.places)}")
    shape = reduce(merge, found, Shape("object"))
    for name, key in stream.lists.items():
        if name not in shape.fields:
            continue
        shape.fields[name] = unwrapped(shape.fields[name], key)
    for path in stream.elsewhere:
        *above, name = path.split(".")
        shape.at(above).fields.pop(name, None)
    for path, kind in stream.kinds.items():
        *above, name = path.split(".")
        fields = shape.at(above).fields
        fields[name] = shape_of(kind, fields[name].description if name in fields else "")
    if stream.only:
        shape.fields = {name: shape.fields[name] for name in stream.only}
    given = {name: Shape(kind, description) for name, (kind, description) in stream.given.items()}
    shape.fields = {**given, **{name: part for name, part in shape.fields.items() if name not in given}}
    properties = {name: part_of(shape.fields[name], (name,), stream) for name in in_order(shape, stream)}
    return {"type": "object", "additionalProperties": False, "required": list(stream.key), "properties": properties}


def in_order(shape: Shape, stream: StreamFacts) -> list[str]:
    """Put the key first, then what comes from the parent, then the rest as Intercom lists it."""
    return list(dict.fromkeys((*stream.key, *stream.given, *shape.fields)))


def unwrapped(shape: Shape, key: str) -> Shape:
    """Take a list out of its wrapper, under whatever key it is in one version or the other."""
    lists = [part for name, part in shape.fields.items() if part.kind == "array" or name == key]
    return Shape("array", shape.description, items=reduce(merge, lists).items)


def shape_of(kind: Kind, description: str = "") -> Shape:
    """Make the shape that a kind of streams_v2.toml stands for."""
    if isinstance(kind, dict):
        return Shape("object", description, {name: shape_of(part) for name, part in kind.items()})
    if isinstance(kind, list):
        return Shape("array", description, items=shape_of(kind[0]))
    return Shape(kind, description)


def part_of(shape: Shape, path: tuple[str, ...], stream: StreamFacts) -> dict[str, Any]:
    """Build the schema of what is at `path`."""
    name = path[-1]
    shape = settled(shape, name)
    described = {"description": shape.description} if shape.description and name != "type" else {}
    top = len(path) == 1
    if top and name in stream.key:
        return {"type": "string", "format": MOMENT} if shape.kind == MOMENT else {"type": shape.kind} | described
    if shape.kind == MOMENT:
        return (MOMENT_AT_THE_TOP if top else MOMENT_IN_AN_OBJECT) | described
    part: dict[str, Any] = {"type": ["null", "object" if shape.kind == OPEN else shape.kind]}
    if shape.kind == OPEN:
        part["additionalProperties"] = True
    elif shape.kind == "object":
        part["additionalProperties"] = False
        part["properties"] = {inner: part_of(child, (*path, inner), stream) for inner, child in shape.fields.items()}
    elif shape.kind == "array":
        part["items"] = item_of(shape.items, path, stream)
    elif shape.kind in {CONFLICT, ANY}:
        sys.exit(f"{stream.name}: {'.'.join(path)} is of several kinds, or of none: decide in streams_v2.toml")
    return {"type": part.pop("type")} | described | part


def item_of(items: Shape | None, path: tuple[str, ...], stream: StreamFacts) -> dict[str, Any]:
    """Build the schema of a list's items, without a description: the list has one."""
    if items is None:
        sys.exit(f"{stream.name}: what {'.'.join(path)} lists is not said: decide in streams_v2.toml")
    return part_of(Shape(items.kind, "", items.fields, items.items), (*path, "[]"), stream)


def settled(shape: Shape, name: str) -> Shape:
    """Apply what holds for fields of a name, wherever they are."""
    if name in KINDS_BY_NAME:
        return shape_of(KINDS_BY_NAME[name], shape.description)
    if (name == "id" or name.endswith("_id")) and shape.kind in {"integer", "string", CONFLICT, ANY}:
        return Shape("string", shape.description)
    if name.endswith(_MOMENTS) and shape.kind in {"integer", "string"}:
        return Shape(MOMENT, shape.description)
    if shape.kind == "object" and not shape.fields:
        return Shape(OPEN, shape.description)
    return shape


def layout(value: Any, indent: int = 0) -> str:
    """Write JSON with each thing on one line that fits there."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict) or (len(line) + indent <= WIDTH and indent):
        return line
    space = " " * (indent + 2)
    members = (f"{space}{json.dumps(name)}: {layout(part, indent + 2)}" for name, part in value.items())
    return "{\n" + ",\n".join(members) + f"\n{' ' * indent}}}"


if __name__ == "__main__":
    sys.exit(main())
