"""Which streams a run reads whole: from their beginning, although they have a bookmark."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tap_intercom.singer.selection import SelectedStream
from tap_intercom.singer.state import State
from tap_intercom.stream_io.context import SyncPlan
from tap_intercom.streams.model import Stream
from tap_intercom.streams.table import streams_with_bookmark

EARLY_MS: Final = 300_000  # by which a run may begin earlier in its hour than the one whose reads were whole


def with_whole_reads(plan: SyncPlan, state: State, present: int) -> SyncPlan:
    """Give the plan with the streams that are to be read whole; `present` is in milliseconds.

    With `--full-refresh`, these are all that have a bookmark. Otherwise, a stream of which the catalog says FULL_TABLE,
    and its child streams; links, where `relations` is "whole" or no request is needed for it; and what was not read
    whole for `whole_every`. What the catalog says INCREMENTAL of is none of them.
    """
    rows = {stream.name: stream for stream in plan.streams}
    bookmarked = streams_with_bookmark(plan.streams)
    selection = [selected for selected in plan.selection if selected.stream.name in bookmarked]
    methods = {selected.stream.name: selected.replication_method for selected in selection}
    whole = {
        selected.stream.name
        for selected in selection
        if plan.full_refresh
        or _is_asked(selected, methods)
        or (
            not selected.replication_method
            and (_is_whole_link(plan, selected.stream, rows) or _is_due(plan, selected.stream, state, present))
        )
    }
    return msgspec.structs.replace(plan, whole=frozenset(whole))


def whole_reads_note(plan: SyncPlan) -> str | None:
    """Say which streams are read whole at the cost of requests; None where there is none."""
    rows = {stream.name: stream for stream in plan.streams}
    names = [name for name in sorted(plan.whole) if not is_whole_at_no_cost(rows[name], rows)]
    return f"read whole, from the beginning: {', '.join(names)}" if names else None


def is_whole_at_no_cost(stream: Stream, rows: Mapping[str, Stream]) -> bool:
    """Say whether links lie in records that every run requests, whether they changed or not."""
    return stream.is_link and stream.inline is not None and rows[stream.parent or ""].is_listed_whole


def _is_asked(selected: SelectedStream, methods: Mapping[str, str | None]) -> bool:
    """Say whether the catalog says FULL_TABLE of a stream, or of its parent and nothing of the stream."""
    parent = methods.get(selected.stream.parent or "")
    return (selected.replication_method or parent) == "FULL_TABLE"


def _is_whole_link(plan: SyncPlan, stream: Stream, rows: Mapping[str, Stream]) -> bool:
    return stream.is_link and (plan.config.relations == "whole" or is_whole_at_no_cost(stream, rows))


def _is_due(plan: SyncPlan, stream: Stream, state: State, present: int) -> bool:
    """Say whether a stream that was read before was not read whole for `whole_every`.

    Exports and histories never are: nothing changes in them.
    """
    every, bookmark = plan.config.whole_every, state.bookmark(stream.name)
    if every is None or bookmark is None or stream.export or stream.append_only:
        return False
    version = state.version(stream.name)
    return version is None or present - version >= every * 1000 - EARLY_MS
