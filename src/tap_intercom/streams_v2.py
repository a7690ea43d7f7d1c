"""The streams of API 2.x, by their names."""

from tap_intercom import streams_exports, streams_people, streams_talks, streams_tickets, streams_workspace
from tap_intercom.namesakes import NAMESAKES
from tap_intercom.stream import Stream

STREAMS_V2: tuple[Stream, ...] = tuple(
    sorted(
        (
            *streams_exports.STREAMS,
            *streams_people.STREAMS,
            *streams_talks.STREAMS,
            *streams_tickets.STREAMS,
            *streams_workspace.STREAMS,
            *NAMESAKES,
        ),
        key=lambda stream: stream.name,
    )
)
