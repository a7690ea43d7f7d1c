"""Write the schemas of API 2.x from Intercom's OpenAPI files; `--check` only compares them.

    python scripts/schemas.py FOLDER     a folder with openapi-2.11.yaml, openapi-2.14.yaml and openapi-2.16.yaml
    python scripts/schemas.py --facts    what the table says of each stream, as JSON, one line each

The files are Intercom's, from its repository Intercom-OpenAPI; nothing is fetched. What is decided by hand is in
the table, resources_*.py.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import reduce
from pathlib import Path
from typing import Any, Final

from openapi import ANY, CONFLICT, MOMENT, OPEN, Document, Shape, merge
from resources import DECIDED, Notation, Resource
from resources_conversations import CONVERSATIONS
from resources_people import PEOPLE
from resources_workspace import WORKSPACE

SCHEMAS: Final = Path(__file__).resolve().parents[1] / "src" / "tap_intercom" / "schemas" / "v2"
RESOURCES: Final = (*PEOPLE, *CONVERSATIONS, *WORKSPACE)
VERSIONS: Final = ("2.11", "2.14", "2.16")
WIDTH: Final = 116

# The forms that every target understands (tests/table/test_schemas.py).
MOMENT_AT_THE_TOP: Final = {"type": ["null", "string"], "format": MOMENT}
MOMENT_IN_AN_OBJECT: Final = {"anyOf": [{"type": "string", "format": MOMENT}, {"type": "null"}]}
_MOMENTS: Final = ("_at", "_since", "_until", "timestamp")


def main() -> int:
    """Write the schemas, or show how they differ from what is written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", help="where the files openapi-VERSION.yaml are")
    parser.add_argument("--check", action="store_true", help="change nothing; show the differences and exit 1")
    parser.add_argument("--facts", action="store_true", help="print what the table says of each stream, and end")
    options = parser.parse_args()
    if options.facts:
        print("\n".join(json.dumps(asdict(resource)) for resource in RESOURCES))
        return 0
    if options.folder is None:
        parser.error("name the folder that holds Intercom's OpenAPI files")
    documents = [Document(options.folder / f"openapi-{version}.yaml") for version in VERSIONS]
    wanted = {f"{resource.name}.json": layout(schema_of(resource, documents)) + "\n" for resource in RESOURCES}
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


def schema_of(resource: Resource, documents: list[Document]) -> dict[str, Any]:
    """Build the schema of a stream."""
    found = [shape for document in documents for place in resource.places if (shape := document.find(place))]
    if resource.places and not found:
        sys.exit(f"{resource.name}: no OpenAPI file has {', '.join(resource.places)}")
    shape = reduce(merge, found, Shape("object"))
    for name, key in resource.lists.items():
        if name not in shape.fields:
            continue
        shape.fields[name] = unwrapped(shape.fields[name], key)
    for path in resource.elsewhere:
        *above, name = path.split(".")
        shape.at(above).fields.pop(name, None)
    for path, notation in resource.decided.items():
        *above, name = path.split(".")
        fields = shape.at(above).fields
        fields[name] = shape_of(notation, fields[name].description if name in fields else "")
    if resource.only:
        shape.fields = {name: shape.fields[name] for name in resource.only}
    given = {name: Shape(kind, description) for name, (kind, description) in resource.given.items()}
    shape.fields = {**given, **{name: part for name, part in shape.fields.items() if name not in given}}
    properties = {name: part_of(shape.fields[name], (name,), resource) for name in in_order(shape, resource)}
    return {"type": "object", "additionalProperties": False, "required": list(resource.key), "properties": properties}


def in_order(shape: Shape, resource: Resource) -> list[str]:
    """Put the key first, then what comes from the parent, then the rest as Intercom lists it."""
    return list(dict.fromkeys((*resource.key, *resource.given, *shape.fields)))


def unwrapped(shape: Shape, key: str) -> Shape:
    """Take a list out of its wrapper, under whatever key it is in one version or the other."""
    lists = [part for name, part in shape.fields.items() if part.kind == "array" or name == key]
    return Shape("array", shape.description, items=reduce(merge, lists).items)


def shape_of(notation: Notation, description: str = "") -> Shape:
    """Read the short notation: a kind, {field: notation} for an object, [notation] for a list."""
    if isinstance(notation, dict):
        return Shape("object", description, {name: shape_of(part) for name, part in notation.items()})
    if isinstance(notation, list):
        return Shape("array", description, items=shape_of(notation[0]))
    return Shape(notation, description)


def part_of(shape: Shape, path: tuple[str, ...], resource: Resource) -> dict[str, Any]:
    """Build the schema of what is at `path`."""
    name = path[-1]
    shape = settled(shape, name)
    described = {"description": shape.description} if shape.description and name != "type" else {}
    top = len(path) == 1
    if top and name in resource.key:
        return {"type": "string", "format": MOMENT} if shape.kind == MOMENT else {"type": shape.kind} | described
    if shape.kind == MOMENT:
        return (MOMENT_AT_THE_TOP if top else MOMENT_IN_AN_OBJECT) | described
    part: dict[str, Any] = {"type": ["null", "object" if shape.kind == OPEN else shape.kind]}
    if shape.kind == OPEN:
        part["additionalProperties"] = True
    elif shape.kind == "object":
        part["additionalProperties"] = False
        part["properties"] = {inner: part_of(child, (*path, inner), resource) for inner, child in shape.fields.items()}
    elif shape.kind == "array":
        part["items"] = item_of(shape.items, path, resource)
    elif shape.kind in {CONFLICT, ANY}:
        sys.exit(f"{resource.name}: {'.'.join(path)} is of several kinds, or of none: decide in the table")
    return {"type": part.pop("type")} | described | part


def item_of(items: Shape | None, path: tuple[str, ...], resource: Resource) -> dict[str, Any]:
    """Build the schema of a list's items, without a description: the list has one."""
    if items is None:
        sys.exit(f"{resource.name}: what {'.'.join(path)} lists is not said: decide in the table")
    return part_of(Shape(items.kind, "", items.fields, items.items), (*path, "[]"), resource)


def settled(shape: Shape, name: str) -> Shape:
    """Apply what holds for fields of a name, wherever they are."""
    if name in DECIDED:
        return shape_of(DECIDED[name], shape.description)
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
