"""What a run reads: the streams of one version of the API, and those of them that are chosen."""

from typing import Self

import msgspec

from tap_intercom.config.config import Config
from tap_intercom.config.settings import NEWEST_API_VERSION
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import streams_with_bookmark, v1_streams_on_v2


class SyncPlan(msgspec.Struct, frozen=True):
    """The settings, all streams of the version that they ask for, and the chosen ones."""

    config: Config
    streams: tuple[Stream, ...]
    selection: tuple[SelectedStream, ...]

    @property
    def read_whole(self) -> frozenset[str]:
        """Name the chosen streams with a bookmark that the catalog wants read from their beginning: FULL_TABLE.

        So is what hangs on such a stream, unless the catalog asks for INCREMENTAL there.
        """
        bookmarked = streams_with_bookmark(self.streams)
        asked = {selected.stream.name for selected in self.selection if selected.replication_method == "FULL_TABLE"}
        asked |= {
            selected.stream.name
            for selected in self.selection
            if not selected.replication_method and selected.stream.parent in asked
        }
        return frozenset(
            selected.stream.name for selected in self.selection if selected.stream.name in asked & bookmarked
        )

    def in_newest_version(self) -> Self:
        """Read the same streams of 1.4, in the same columns, from the newest version of the API."""
        streams = v1_streams_on_v2(NEWEST_API_VERSION)
        rows = {stream.name: stream for stream in streams}
        selection = (
            msgspec.structs.replace(selected, stream=rows[selected.stream.name]) for selected in self.selection
        )
        config = msgspec.structs.replace(self.config, api_version=NEWEST_API_VERSION)
        return type(self)(config, streams, tuple(selection))
