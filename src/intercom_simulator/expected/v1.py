"""The records that a complete sync of API 1.4 must have read: twelve streams, as the API serves them at this moment."""

from collections.abc import Iterator

import msgspec

from intercom_simulator.store.collection import RecordForm
from intercom_simulator.v1_api.unpaged import counted_segment
from intercom_simulator.v2_search.searchable import SearchableRecords
from intercom_simulator.world.world import World

STREAMS = (
    "admins",
    "companies",
    "company_attributes",
    "company_segments",
    "conversations",
    "conversation_parts",
    "customer_attributes",
    "leads",
    "segments",
    "tags",
    "teams",
    "users",
)


def expected_counts(world: World) -> dict[str, int]:
    """Return the number of records of each stream."""
    return {
        stream: _parts_served(world) if stream == "conversation_parts" else len(world.streams[stream])
        for stream in STREAMS
    }


def expected_lines(searchable: SearchableRecords, stream: str, *, plaintext: bool) -> Iterator[bytes]:
    """Encode each record of the stream; parts have their conversation_id, admins all fields, segments their count."""
    if stream == "conversation_parts":
        yield from _part_lines(searchable.world, plaintext=plaintext)
        return
    collection = searchable.world.streams[stream]
    form = RecordForm(is_single=stream == "admins", plaintext=plaintext)
    for entry in list(collection):
        if stream in ("segments", "company_segments"):
            yield msgspec.json.encode(counted_segment(searchable, collection, entry))
        else:
            yield collection.encoded(entry, form)


def _parts_served(world: World) -> int:
    cap, collection = world.behaviours.part_cap, world.conversations
    counts = (collection.part_count(entry) for entry in collection)
    return sum(min(count, cap) if cap else count for count in counts)


def _part_lines(world: World, *, plaintext: bool) -> Iterator[bytes]:
    collection = world.conversations
    for entry in list(collection):
        for part in collection.parts(entry, plaintext=plaintext):
            yield msgspec.json.encode({**part, "conversation_id": entry.id})
