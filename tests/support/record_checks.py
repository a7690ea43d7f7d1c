"""Whether a row says what Intercom said: the tests' own reading of the contract, independent of the tap's."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

KEYS = {"company_attributes": "name", "customer_attributes": "name"}
# A segment's count changes without an update of the segment, so a bookmark cannot see it.
SILENT = {"segments": {"count"}, "company_segments": {"count"}}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
END_OF_SECONDS = 253402300800  # the year 10000
MILLISECONDS = range(1293840000000, 2524608000000)  # the years from 2011 to 2049


def key_of(stream: str) -> str:
    return KEYS.get(stream, "id")


def unfaithful(stream: str, truth: Iterable[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Name what of the truth has no faithful last row: `key: field`."""
    latest: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        # Attributes may share their key; whatever else is written again is newer.
        latest.setdefault(str(row[key_of(stream)]), []).append(row)
    complaints = []
    for record in truth:
        key = str(record[key_of(stream)])
        said = {field: value for field, value in record.items() if field not in SILENT.get(stream, ())}
        candidates = latest.get(key, [])
        last = candidates if stream in KEYS else candidates[-1:]
        differences = [sorted(different(said, row)) for row in last]
        if not differences:
            complaints.append(f"{stream} {key}: missing")
        elif all(differences):
            complaints.append(f"{stream} {key}: {differences[0]}")
    return complaints


def different(said: Any, row: Any, path: str = "") -> Iterable[str]:
    """Give the paths of everything in `said` that is not in `row`; a list that is cut off in `said` is whole there."""
    if isinstance(said, Mapping) and isinstance(row, list):
        total = said.get("total_count")
        said = next((inner for inner in said.values() if isinstance(inner, list)), [])
        if total is not None and len(said) < total == len(row):
            row = row[: len(said)]
    if isinstance(said, Mapping) and isinstance(row, Mapping):
        for field, value in said.items():
            if field not in row:
                yield f"{path}.{field} is not there"
            else:
                yield from different(value, row[field], f"{path}.{field}")
    elif isinstance(said, list) and isinstance(row, list):
        if len(said) != len(row):
            yield f"{path} has {len(row)} of {len(said)}"
        for number, (value, other) in enumerate(zip(said, row, strict=False)):
            yield from different(value, other, f"{path}[{number}]")
    elif not same(said, row):
        yield f"{path} is {row!r}, not {said!r}"


def same(said: Any, row: Any) -> bool:
    if said == row and isinstance(said, bool) is isinstance(row, bool):
        return True
    if isinstance(said, str) and isinstance(row, str):
        # A raw control character on the wire is a fault of the wire; what it does to a text is not compared.
        said, row = CONTROL.sub("", said), CONTROL.sub("", row)
        return said == row or (seconds(said) is not None and seconds(said) == seconds(row))
    if row is None and isinstance(said, int) and abs(said) >= END_OF_SECONDS:
        return seconds(said) is None
    if isinstance(said, int) and isinstance(row, str) and str(said) == row:
        return True
    return isinstance(row, str) and seconds(said) is not None and seconds(said) == seconds(row)


def seconds(value: Any) -> float | None:
    """Read a time in any of Intercom's forms; None where it is none."""
    if isinstance(value, str) and "-" in value[1:]:
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    if abs(number) < END_OF_SECONDS:
        return number
    return number / 1000 if MILLISECONDS.start <= number < MILLISECONDS.stop else None
