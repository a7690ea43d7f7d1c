"""The streams of API 2.x, by their names."""

from tap_intercom.streams import v2_conversations, v2_exports, v2_people, v2_tickets, v2_workspace
from tap_intercom.streams.model import Stream
from tap_intercom.streams.v1_columns import V1_NAMED_STREAMS

STREAMS_V2: tuple[Stream, ...] = tuple(
    sorted(
        (
            *v2_exports.STREAMS,
            *v2_people.STREAMS,
            *v2_conversations.STREAMS,
            *v2_tickets.STREAMS,
            *v2_workspace.STREAMS,
            *V1_NAMED_STREAMS,
        ),
        key=lambda stream: stream.name,
    )
)
