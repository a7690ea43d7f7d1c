"""Intercom's OpenAPI files are read for their shapes alone: which fields there are, of which kind, what they mean."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any, Final

import yaml

MOMENT: Final = "date-time"
OPEN: Final = "open"  # an object whose members nobody has listed
ANY: Final = "any"
CONFLICT: Final = "conflict"  # of kinds that nothing can hold both of: to be decided by hand

_FORMATS: Final = {"date-time", "timestamp"}
_MARKUP: Final = ((re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"), (re.compile(r"<[^>]+>|[`*]|^Optional\. "), ""))
# The tap sends moments, whatever the API sends.
_UNIX: Final = re.compile(
    r"^\(Unix timestamp in seconds\) | \(seconds\)|,? in seconds,|"
    r",? (as an?|in) (UTC )?UNIX timestamp( \(in seconds\))?| in ISO 8601 format",
    re.IGNORECASE,
)
_UNIX_OF: Final = re.compile(r"^(The )?Unix timestamp (\(in seconds\) )?(when|of|at which) ", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"(?<![.\s][a-z])\.\s")
_LONGEST: Final = 160  # characters of a description


@dataclass
class Shape:
    """What may be at one place of an answer."""

    kind: str
    description: str = ""
    fields: dict[str, "Shape"] = field(default_factory=dict)
    items: "Shape | None" = None

    def at(self, path: Iterable[str]) -> "Shape":
        """Give the shape of a field; a list is stepped into. KeyError where there is none."""
        found = self.inner()
        for name in path:
            found = found.fields[name].inner()
        return found

    def inner(self) -> "Shape":
        """Give the items of a list, or else the shape itself."""
        return self.items.inner() if self.items else self


class Document:
    """One version of Intercom's API."""

    def __init__(self, file: Path) -> None:
        document = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
        self._components = document["components"]["schemas"]

    def find(self, place: str) -> Shape | None:
        """Give the shape of a component, or of what is in it: `merge_history_list.data`; None where there is none."""
        component, *path = place.split(".")
        if component not in self._components:
            return None
        try:
            return self._read(self._components[component], (component,)).at(path)
        except KeyError:
            return None

    def _read(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> Shape:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            return Shape(OPEN) if name in within else self._read(self._components[name], (*within, name))
        parts = [branch for word in ("allOf", "oneOf", "anyOf") for branch in schema.get(word, ())]
        shapes = [self._read_plain(schema, within), *(self._read(part, within) for part in parts)]
        shape = reduce(merge, shapes)
        shape.description = plain(schema.get("description", "")) or shape.description
        return shape

    def _read_plain(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> Shape:
        kind = schema.get("type", "object" if "properties" in schema else ANY)
        fields = {name: self._read(part, within) for name, part in schema.get("properties", {}).items()}
        items = self._read(schema["items"], within) if "items" in schema else None
        if kind == "object" and (not fields or schema.get("additionalProperties")):
            # A class of objects that says nothing of its members may be described by its branches.
            kind = ANY if {"allOf", "oneOf", "anyOf"} & schema.keys() else OPEN
        if kind in {"string", "integer"} and schema.get("format") in _FORMATS:
            kind = MOMENT
        return Shape(kind, plain(schema.get("description", "")), fields, items)


def merge(older: Shape, newer: Shape) -> Shape:
    """Give a shape that holds what either holds; the newer one describes it."""
    fields = dict(older.fields)
    for name, shape in newer.fields.items():
        fields[name] = merge(fields[name], shape) if name in fields else shape
    items = merge(older.items, newer.items) if older.items and newer.items else newer.items or older.items
    return Shape(_kind(older.kind, newer.kind), newer.description or older.description, fields, items)


def _kind(older: str, newer: str) -> str:
    kinds = {older, newer} - {ANY}
    if len(kinds) < 2:  # noqa: PLR2004 - one kind, or none
        return kinds.pop() if kinds else ANY
    if MOMENT in kinds and kinds <= {MOMENT, "string", "integer"}:
        return MOMENT
    # Members that one version lists are known, though another leaves them open.
    holders = (({"integer", "number"}, "number"), ({OPEN, "object"}, "object"), ({"string", "integer"}, "string"))
    return next((holder for pair, holder in holders if kinds == pair), CONFLICT)


def plain(description: str) -> str:
    """Give the first sentence of a description, as plain text."""
    text = " ".join(description.split())
    for markup, content in _MARKUP:
        text = markup.sub(content, text)
    text = _UNIX_OF.sub(lambda match: "The time when " if match[3] == "when" else "The time of ", text)
    text = _UNIX.sub("", text).strip()
    sentence = _SENTENCE.split(text, maxsplit=1)[0].rstrip(".").strip()
    if "unix" in sentence.lower():
        return ""  # it says how it is written, which is not how the tap writes it
    if len(sentence) > _LONGEST:
        sentence = sentence[:_LONGEST].rsplit(" ", 1)[0].rstrip(",;:") + " …"
    return sentence[:1].upper() + sentence[1:]
