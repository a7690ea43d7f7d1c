"""Names that a target may take for one another: some ignore case, and what is behind the first 63 bytes of a name."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tap_intercom.json_schema import Path, subschemas
from tap_intercom.singer.flattening import SEPARATOR

LONGEST_NAME: Final = 63  # bytes, of a name in PostgreSQL
MOST_NAMED: Final = 10


def collision_warning(schemas: Iterable[tuple[str, Mapping[str, Any]]]) -> str | None:
    """Warn of streams, and of fields of a stream, that a target may take for one another; None where there are none.

    `schemas`: the name and the schema of each stream that is written.
    """
    written = list(schemas)
    groups = [f"the streams {group}" for group in _groups((name, ((), name)) for name, _ in written)]
    groups += [f"{group} of {name}" for name, schema in written for group in _groups(_columns(schema))]
    if not groups:
        return None
    more = f"; and {len(groups) - MOST_NAMED} more" if len(groups) > MOST_NAMED else ""
    return (
        "a target may take names for one that are equal but for upper and lower case, or in their first "
        f"{LONGEST_NAME} bytes: {'; '.join(groups[:MOST_NAMED])}{more}; deselect all but one of them, or rename them "
        "with stream_maps"
    )


def _columns(
    schema: Mapping[str, Any], path: Path = (), table: Path = (), column: Path = ()
) -> Iterator[tuple[str, tuple[Path, str]]]:
    """Give the dotted name of each field, with its table and its column in a target that makes records flat.

    The table is the path of the list that holds the field: such a target makes a table of each list.
    """
    for step, crumbs, part in subschemas(schema):
        here = path + step
        at = (here, ()) if crumbs == ("items",) else (table, column + step)
        if step:
            yield ".".join(here), (at[0], SEPARATOR.join(at[1]))
        yield from _columns(part, here, *at)


def _groups(names: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """Join the names that are one name in a target: "Plan and plan". Each comes with its table and its column."""
    groups: dict[tuple[Path, bytes], list[str]] = {}
    for name, (table, column) in dict.fromkeys(names):
        groups.setdefault((table, column.casefold().encode()[:LONGEST_NAME]), []).append(name)
    return (" and ".join(sorted(group)) for group in groups.values() if len(group) > 1)
