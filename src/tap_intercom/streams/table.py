"""The table of streams: every stream of every version of the API, one row each, and their schema files."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

import msgspec

from tap_intercom.api.types import Reason
from tap_intercom.config.config import Config
from tap_intercom.pagination.page_numbers import NamedListsPaginator
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.streams import (
    v1,
    v2_conversations,
    v2_exports,
    v2_people,
    v2_tickets,
    v2_users_and_leads,
    v2_workspace,
)
from tap_intercom.streams.model import Stream
from tap_intercom.streams.v1_on_v2 import read_from_v2

STREAMS_V1: tuple[Stream, ...] = v1.STREAMS
STREAMS_V2: tuple[Stream, ...] = tuple(
    sorted(
        (
            *v2_exports.STREAMS,
            *v2_people.STREAMS,
            *v2_conversations.STREAMS,
            *v2_tickets.STREAMS,
            *v2_workspace.STREAMS,
            *v2_users_and_leads.STREAMS,
        ),
        key=lambda stream: stream.name,
    )
)


def streams_of(api_version: str | None) -> tuple[Stream, ...]:
    """Give the streams of a version of the API, such as "1.4" or "2.16"; None: of the one that is the default."""
    if api_version is None or not is_v2(api_version):
        return STREAMS_V1
    version = _version_number(api_version)
    return tuple(
        stream
        for stream in STREAMS_V2
        if _version_number(stream.versions[0]) <= version <= _version_number(stream.versions[1])
    )


def load_schema(name: str) -> dict[str, Any]:
    """Load a schema file, as this release ships it, by its name: "users" or "v2/contacts"."""
    source = resources.files("tap_intercom.streams") / "schemas" / f"{name}.json"
    schema: dict[str, Any] = msgspec.json.decode(source.read_bytes(), type=dict[str, Any])
    return schema


def streams_with_bookmark(streams: Iterable[Stream]) -> frozenset[str]:
    """Name the streams that have a bookmark: those with a replication key, and the child streams of these."""
    rows = list(streams)
    incremental = {row.name for row in rows if row.replication_key}
    return frozenset(row.name for row in rows if row.name in incremental or row.parent in incremental)


def bookmark_names() -> frozenset[str]:
    """Name the bookmarks that the streams of all versions have in a state."""
    return frozenset(stream.bookmark_name or stream.name for stream in (*STREAMS_V1, *STREAMS_V2))


def v1_streams_on_v2(api_version: str) -> tuple[Stream, ...]:
    """Give the streams of 1.4 as they are read from a version of 2.x; see `v1_on_v2`."""
    return read_from_v2(STREAMS_V1, streams_of(api_version))


def is_v2(api_version: str | None) -> bool:
    """Say whether a version of the API is 2.x; None is the default, which is not."""
    return api_version is not None and _version_number(api_version) >= (2, 0)


def with_configured_names(config: Config, stream: Stream) -> Stream:
    """Give the stream with the names of its lists that the configuration has, where a setting names them."""
    return replace(
        stream,
        full_read=tuple(
            msgspec.structs.replace(paginator, names=getattr(config, paginator.setting))
            if isinstance(paginator, NamedListsPaginator)
            else paginator
            for paginator in stream.full_read
        ),
    )


def with_parent_queries(stream: Stream, children: Sequence[Stream]) -> Stream:
    """Give a searched stream whose records hold those of its `children`, where a parameter asks for that.

    It is searched without the parameters where Intercom refuses them: each record is then asked about.
    """
    query = tuple(part for child in children for part in child.parent_query)
    if not query:
        return stream
    with_query = tuple(
        msgspec.structs.replace(paginator, query=query, fallback_on=frozenset({Reason.INVALID}))
        for paginator in stream.full_read
        if isinstance(paginator, SearchPaginator)
    )
    return replace(stream, full_read=(*with_query, *stream.full_read))


def _version_number(api_version: str) -> tuple[int, ...]:
    return tuple(map(int, api_version.split(".")))
