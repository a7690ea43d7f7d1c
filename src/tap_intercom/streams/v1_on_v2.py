"""The streams of API 1.4 read from API 2.x: with the names, columns and keys of 1.4.

They are read where no version is configured and Intercom refuses 1.4. A catalog and a state of 1.4 mean the same there.
docs/names.md shows what differs.
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


def read_from_v2(v1_streams: Sequence[Stream], v2_streams: Sequence[Stream]) -> tuple[Stream, ...]:
    """Give a row of 2.x, with the columns of 1.4, for each of `v1_streams`, in the same order."""
    rows = {row.name: row for row in v2_streams}
    rows["conversations"] = _conversations(rows["conversations"])
    rows["company_segments"] = _company_segments(rows["segments"])
    return tuple(_in_v1_columns(rows[stream.name], stream) for stream in v1_streams)


def _conversations(row: Stream) -> Stream:
    layout = replace(row.layout, translation=_CONVERSATION, unwrap={"customers": "contacts", "tags": "tags"})
    return replace(row, layout=layout)


def _company_segments(segments: Stream) -> Stream:
    """Make the segments of companies. (On 2.x, the stream `company_segments` has links of companies to segments.)"""
    query = (("type", "company"), ("include_count", "true"))
    return replace(segments, name="company_segments", full_read=(PageNumberPaginator(path="/segments", query=query),))


def _in_v1_columns(row: Stream, v1_stream: Stream) -> Stream:
    """Give a row the schema and the key of 1.4; the fields that the schema lacks are in the streams of 2.x."""
    detail = row.detail and replace(row.detail, layout=replace(row.detail.layout, is_partial=True))
    return replace(
        row,
        schema=v1_stream.schema_name,
        by_default=v1_stream.by_default,
        key=v1_stream.key,
        layout=replace(row.layout, is_partial=True),
        detail=detail,
    )
