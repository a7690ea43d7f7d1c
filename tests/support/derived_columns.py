"""Where the columns of a row of 2.x come from that its own record does not have: its parent, or what it links to."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from record_checks import different
from record_checks_v2 import identity, key_of, told
from tap_intercom.streams.model import Stream

PARENTS = {
    "call": "calls",
    "company": "companies",
    "contact": "contacts",
    "conversation": "conversations",
    "ticket": "tickets",
}
# What rows of two ids lead to, which shows some of its columns in them.
LINKED = {
    "company_contacts": "contacts",
    "company_tags": "tags",
    "contact_companies": "companies",
    "contact_segments": "segments",
    "contact_subscriptions": "subscription_types",
    "contact_tags": "tags",
    "ticket_contacts": "contacts",
}
MOST_PARTS = 500  # of a conversation; Intercom tells that there are more, but not the truth of them

Row = Mapping[str, Any]


class DerivedColumns:
    """The truth of all streams, in which the columns are looked up."""

    def __init__(self, truth: Mapping[str, Sequence[Row]]) -> None:
        self._truth = truth
        self._by_id = {
            name: {str(record["id"]): record for record in records if "id" in record} for name, records in truth.items()
        }
        self._children = {
            (name, field): Counter(str(record[field]) for record in truth[name])
            for name, field in (("conversation_parts", "conversation_id"), ("ticket_parts", "ticket_id"))
        }

    def unexplained(self, stream: Stream, rows: Sequence[Row]) -> Iterator[str]:
        """Name the columns with a value that nothing in the workspace says."""
        key = identity(stream)
        own: dict[tuple[str, ...], list[Row]] = {}
        for record, raw in zip(told(stream, self._truth[stream.name]), self._truth[stream.name], strict=True):
            own.setdefault(key_of(key, record), []).append({**raw, **record})
        for row in rows:
            known = {column for record in own.get(key_of(key, row), ()) for column in record}
            for column, value in row.items():
                if value is not None and column not in known and not self._is_said(stream.name, row, column):
                    yield f"{stream.name} {key_of(key, row)}: nothing says that {column} is {value!r}"

    def _is_said(self, name: str, row: Row, column: str) -> bool:
        if column in {"position", "window_start", "window_end"}:
            return True  # where a row was found
        if of_parent := re.fullmatch(rf"({'|'.join(PARENTS)})_(created_at|updated_at|total_parts)", column):
            singular, field = of_parent.groups()
            parent = row.get(f"{singular}_id", row.get("id"))
            if field == "total_parts":
                counted = self._children[name, f"{singular}_id"][parent]
                return bool(row[column] == counted or row[column] > counted == MOST_PARTS)
            said = [{column: self._by_id[PARENTS[singular]][parent][field]}]
        else:
            said = list(self._linked(name, row))
        return any(column in record and not list(different(record[column], row[column])) for record in said)

    def _linked(self, name: str, row: Row) -> Iterator[Row]:
        """Yield what a link leads to: a record of another stream, or an item of the parent's own list."""
        if name in LINKED:
            yield self._by_id[LINKED[name]][row["id"]]
        elif name.startswith("conversation_") and "id" in row:
            parent = self._by_id["conversations"][row["conversation_id"]]
            lists = parent[name.removeprefix("conversation_")].values()
            yield from (
                item for inner in lists if isinstance(inner, list) for item in inner if str(item["id"]) == row["id"]
            )
