"""Flattening: the members of objects within a record become columns, named as Meltano's SDK does: `plan__name`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from tap_intercom.json_schema import Path, single_type_of
from tap_intercom.singer.messages import encoder

SEPARATOR: Final = "__"
OTHER_MEMBERS: Final = {
    "type": ["null", "string"],
    "description": "The members that have no column of their own, as JSON.",
}
_PLAIN: Final = ("boolean", "integer", "number", "string")


class _Column(NamedTuple):
    """One column of flat records.

    `path`: the field that it is made of.
    `is_nullable`: whether null may be in it.
    `as_json`: whether its values are written as JSON; text and null stay as they are.
    `of_other_members`: whether it holds the members of the object at `path` that have no columns of their own.
    """

    path: Path
    schema: dict[str, Any]
    is_nullable: bool
    as_json: bool
    of_other_members: bool = False


@dataclass
class _Object:
    """An object that is made flat.

    `columns`: by member, the name and the column that it becomes.
    `objects`: by member, the objects that are made flat, too.
    `other_members`: the name of the column of all other members, where there is one.
    """

    path: Path
    columns: dict[str, tuple[str, _Column]] = field(default_factory=dict)
    objects: dict[str, "_Object"] = field(default_factory=dict)
    other_members: str | None = None


class Flattening:
    """Makes records flat that fit `schema`: the members of objects become columns, down to `depth` levels.

    Deeper objects, and lists, become columns of JSON. Members that a schema allows and does not list become one column
    of JSON together, with the name of the object. A flat record has all columns of the flat schema and no other,
    except that a column that may not be null is missing where it has no value.

    `schema`: the flat schema.
    `left_out`: the dotted names of values that came and have no column.
    """

    def __init__(self, schema: Mapping[str, Any], depth: int) -> None:
        columns = list(_columns(schema, (), depth, is_nullable=False))
        names = _names([column.path for column in columns])
        self.schema = {**schema, "properties": {names[column.path]: column.schema for column in columns}}
        self.left_out: set[str] = set()
        self._root = _Object(())
        for column in columns:
            _add_column(self._root, column, names[column.path])

    def flatten(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Make a record flat."""
        row: dict[str, Any] = {}
        self._fill(row, self._root, record)
        return row

    def _fill(self, row: dict[str, Any], place: _Object, members: Mapping[str, Any]) -> None:
        """Add the columns of an object with these members to the row."""
        for name, (column_name, column) in place.columns.items():
            value = members.get(name)
            if value is not None and (column.as_json or isinstance(value, dict | list)):
                value = _as_json(value)
            if value is not None or column.is_nullable:
                row[column_name] = value
        for name, inner in place.objects.items():
            found = members.get(name)
            if found is not None and not isinstance(found, dict):
                self.left_out.add(".".join(inner.path))
            self._fill(row, inner, found if isinstance(found, dict) else {})
        others = members.keys() - place.columns.keys() - place.objects.keys()
        if place.other_members is not None:
            row[place.other_members] = (
                _as_json({name: members[name] for name in members if name in others}) if others else None
            )
        else:
            self.left_out.update(".".join((*place.path, name)) for name in others)


def _columns(schema: Mapping[str, Any], path: Path, depth: int, *, is_nullable: bool) -> Iterator[_Column]:
    """Give the columns of an object, which may all be null where the object may be (`is_nullable`)."""
    for name, part in schema.get("properties", {}).items():
        json_type, allows_null, inner = single_type_of(part)
        here, nullable = (*path, name), is_nullable or allows_null
        if json_type == "object" and inner.get("properties") and len(path) < depth:
            yield from _columns(inner, here, depth, is_nullable=nullable)
            if inner.get("additionalProperties", False) is not False:
                yield _Column(here, OTHER_MEMBERS, is_nullable=True, as_json=True, of_other_members=True)
        else:
            is_plain = json_type in _PLAIN
            column = {**(inner if is_plain else {}), "type": json_type if is_plain else "string"}
            if nullable:
                column["type"] = ["null", column["type"]]
            if isinstance(part, Mapping) and "description" in part:
                column["description"] = part["description"]
            yield _Column(here, column, nullable, as_json=not is_plain)


def _names(paths: Iterable[Path]) -> dict[Path, str]:
    """Name the column of each path: its steps, joined. Where names would be equal, longer paths get `_` added."""
    owners: dict[str, Path] = {}
    in_order = sorted(paths, key=lambda path: (len(path), path))
    late = [path for path in in_order if owners.setdefault(SEPARATOR.join(path), path) != path]
    for path in late:
        name = SEPARATOR.join(path)
        while name in owners:
            name += "_"
        owners[name] = path
    return {path: name for name, path in owners.items()}


def _add_column(root: _Object, column: _Column, name: str) -> None:
    """Put a column where its member lies."""
    place = root
    for step in column.path if column.of_other_members else column.path[:-1]:
        place = place.objects.setdefault(step, _Object((*place.path, step)))
    if column.of_other_members:
        place.other_members = name
    else:
        place.columns[column.path[-1]] = name, column


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else encoder.encode(value).decode()
