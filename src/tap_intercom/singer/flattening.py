"""Flattening: objects within a record become columns, `plan__name`, with the names that Meltano's SDK gives them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from tap_intercom.json_schema import Path, single_type_of

SEPARATOR: Final = "__"
OTHERS: Final = {"type": ["null", "string"], "description": "The members that have no column of their own, as JSON."}
_PLAIN: Final = ("boolean", "integer", "number", "string")


class _Column(NamedTuple):
    """A column: what it is made of, its schema, and whether null may be in it.

    `as_json`: its values are written as JSON, but for text and null. `others`: it holds the members of an object that
    have no columns of their own.
    """

    path: Path
    schema: dict[str, Any]
    is_nullable: bool
    as_json: bool
    others: bool = False


@dataclass
class _Object:
    """An object whose members are columns, or objects of that kind; `others` is the column of all other members."""

    path: Path
    columns: dict[str, tuple[str, _Column]] = field(default_factory=dict)
    objects: dict[str, "_Object"] = field(default_factory=dict)
    others: str | None = None


class Flattening:
    """Makes flat records of those that fit `schema`: objects down to `depth` levels are columns, deeper ones are JSON.

    Lists are JSON, too. The members of an object that its schema does not list, where it allows them, are together one
    column of JSON, which has the name of the object. A flat record has the columns of the flat schema, each of them and
    no other, but for one that may not be null and has no value. `left_out` names what came and has no place there.
    """

    def __init__(self, schema: Mapping[str, Any], depth: int) -> None:
        columns = list(_columns(schema, (), depth, is_nullable=False))
        names = _names([column.path for column in columns])
        self.schema = {**schema, "properties": {names[column.path]: column.schema for column in columns}}
        self.left_out: set[str] = set()
        self._root = _Object(())
        for column in columns:
            _place(self._root, column, names[column.path])

    def flatten(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Make a record flat."""
        row: dict[str, Any] = {}
        self._fill(row, self._root, record)
        return row

    def _fill(self, row: dict[str, Any], place: _Object, held: Mapping[str, Any]) -> None:
        for name, (called, column) in place.columns.items():
            value = held.get(name)
            if value is not None and (column.as_json or isinstance(value, dict | list)):
                value = _as_json(value)
            if value is not None or column.is_nullable:
                row[called] = value
        for name, inner in place.objects.items():
            found = held.get(name)
            if found is not None and not isinstance(found, dict):
                self.left_out.add(".".join(inner.path))
            self._fill(row, inner, found if isinstance(found, dict) else {})
        others = held.keys() - place.columns.keys() - place.objects.keys()
        if place.others is not None:
            row[place.others] = _as_json({name: held[name] for name in held if name in others}) if others else None
        else:
            self.left_out.update(".".join((*place.path, name)) for name in others)


def _columns(schema: Mapping[str, Any], path: Path, depth: int, *, is_nullable: bool) -> Iterator[_Column]:
    """Give the columns of an object; one that lies in an object that may be null may be null."""
    for name, part in schema.get("properties", {}).items():
        kind, allows_null, inner = single_type_of(part)
        here, null = (*path, name), is_nullable or allows_null
        if kind == "object" and inner.get("properties") and len(path) < depth:
            yield from _columns(inner, here, depth, is_nullable=null)
            if inner.get("additionalProperties", False) is not False:
                yield _Column(here, OTHERS, is_nullable=True, as_json=True, others=True)
        else:
            is_plain = kind in _PLAIN
            told = {**(inner if is_plain else {}), "type": kind if is_plain else "string"}
            if null:
                told["type"] = ["null", told["type"]]
            if isinstance(part, Mapping) and "description" in part:
                told["description"] = part["description"]
            yield _Column(here, told, null, as_json=not is_plain)


def _names(paths: Iterable[Path]) -> dict[Path, str]:
    """Name each path by its steps; of several that have one name, all but the shortest get `_` behind it."""
    owners: dict[str, Path] = {}
    in_order = sorted(paths, key=lambda path: (len(path), path))
    late = [path for path in in_order if owners.setdefault(SEPARATOR.join(path), path) != path]
    for path in late:
        name = SEPARATOR.join(path)
        while name in owners:
            name += "_"
        owners[name] = path
    return {path: name for name, path in owners.items()}


def _place(root: _Object, column: _Column, name: str) -> None:
    place = root
    for step in column.path if column.others else column.path[:-1]:
        place = place.objects.setdefault(step, _Object((*place.path, step)))
    if column.others:
        place.others = name
    else:
        place.columns[column.path[-1]] = name, column


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
