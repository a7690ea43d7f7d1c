"""The streams of API 1.4 as API 2.x still tells them: under their names, in their columns, with their keys.

They are read where Intercom refuses 1.4 to whoever asked for no version. A catalog and a state of 1.4 mean the same
there. docs/names.md shows what differs.
"""

from collections.abc import Sequence
from dataclasses import replace

from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.streams.model import Reference, Stream, Translation

# On 2.x, a conversation begins with its source, is held with contacts, and may be assigned to an admin and a team.
_CONVERSATION = Translation(
    renamed={
        "contacts": "customers",
        "first_contact_reply": "customer_first_reply",
        "source": "conversation_message",
    },
    first_items={"user": ("contacts", "contacts")},
    references={
        "assignee": Reference(
            fields=(("admin_assignee_id", "admin"), ("team_assignee_id", "team")),
            nobody="nobody_admin",
        ),
    },
    nested={"conversation_rating": Translation(renamed={"contact": "customer"})},
)


def read_from_v2(old: Sequence[Stream], new: Sequence[Stream]) -> tuple[Stream, ...]:
    """Give each row of `old` as it is read by the rows of `new`, in the same order."""
    rows = {row.name: row for row in new}
    rows["conversations"] = _conversations(rows["conversations"])
    rows["company_segments"] = _company_segments(rows["segments"])
    return tuple(_in_old_columns(stream, rows[stream.name]) for stream in old)


def _conversations(row: Stream) -> Stream:
    layout = replace(row.layout, translation=_CONVERSATION, unwrap={"customers": "contacts", "tags": "tags"})
    return replace(row, layout=layout)


def _company_segments(segments: Stream) -> Stream:
    """On 2.x, the stream of this name links companies to segments; here it is the segments themselves."""
    query = (("type", "company"), ("include_count", "true"))
    return replace(segments, name="company_segments", full_read=(PageNumberPaginator(path="/segments", query=query),))


def _in_old_columns(old: Stream, row: Stream) -> Stream:
    """Take schema and key from `old`; what that schema lacks can be had by asking for 2.x itself."""
    detail = row.detail and replace(row.detail, layout=replace(row.detail.layout, is_partial=True))
    return replace(row, schema=old.schema_name, key=old.key, layout=replace(row.layout, is_partial=True), detail=detail)
