"""The names of a stream's columns as targets see them: some tell neither case nor what is behind the first 63 bytes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tap_intercom.json_schema import Path, subschemas

LONGEST_NAME: Final = 63  # bytes, of a name in PostgreSQL
MOST_NAMED: Final = 10


def names_alike(schemas: Iterable[tuple[str, Mapping[str, Any]]]) -> str | None:
    """Say which streams, and which fields of a stream, a target may take for one; None where there are none.

    `schemas` are those of the streams that are written, by name.
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
    """Give the dotted name of each field, and the name of its column in a target that makes records flat.

    What a list holds is a table of its own there, which is named with the column.
    """
    for step, crumbs, part in subschemas(schema):
        here = path + step
        at = (here, ()) if crumbs == ("items",) else (table, column + step)
        if step:
            yield ".".join(here), (at[0], "__".join(at[1]))
        yield from _columns(part, here, *at)


def _groups(names: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """Name those together that have one name in a target."""
    groups: dict[tuple[Path, bytes], list[str]] = {}
    for shown, (table, column) in dict.fromkeys(names):
        groups.setdefault((table, column.casefold().encode()[:LONGEST_NAME]), []).append(shown)
    return (" and ".join(sorted(group)) for group in groups.values() if len(group) > 1)
