"""What a run reads: the streams of one version of the API, and those of them that are chosen."""

from typing import Self

import msgspec

from tap_intercom.config.config import Config
from tap_intercom.config.settings import NEWEST_API_VERSION
from tap_intercom.singer.catalog import Choice
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import v1_streams_on_v2


class Plan(msgspec.Struct, frozen=True):
    """The settings, all streams of the version that they ask for, and the chosen ones."""

    config: Config
    streams: tuple[Stream, ...]
    choices: tuple[Choice, ...]

    @property
    def read_whole(self) -> frozenset[str]:
        """Name the chosen streams with a bookmark that the catalog wants read from their beginning: FULL_TABLE.

        So is what hangs on such a stream, unless the catalog asks for INCREMENTAL there.
        """
        dated = {stream.name for stream in self.streams if stream.cursor}
        asked = {choice.stream.name for choice in self.choices if choice.method == "FULL_TABLE"}
        asked |= {choice.stream.name for choice in self.choices if not choice.method and choice.stream.parent in asked}
        return frozenset(
            choice.stream.name
            for choice in self.choices
            if choice.stream.name in asked and {choice.stream.name, choice.stream.parent} & dated
        )

    def in_newest_version(self) -> Self:
        """Read the same streams of 1.4, in the same columns, from the newest version of the API."""
        streams = v1_streams_on_v2(NEWEST_API_VERSION)
        rows = {stream.name: stream for stream in streams}
        choices = (msgspec.structs.replace(choice, stream=rows[choice.stream.name]) for choice in self.choices)
        config = msgspec.structs.replace(self.config, api_version=NEWEST_API_VERSION)
        return type(self)(config, streams, tuple(choices))
