"""Changes of single records, for tests that need one certain change."""

from collections.abc import Callable

from intercom_simulator.store.collection import Collection, Entry, Record
from intercom_simulator.store.randomness import random_for
from intercom_simulator.world.world import World

TIMES = ("created_at", "updated_at", "last_request_at")  # lists are sorted by these
GENERATED = ("users", "leads", "companies", "conversations", "tickets")


class NoSuchRecord(LookupError):
    """There is no record of this id in the stream."""


def change(world: World, stream: str, identity: str, fields: Record) -> Record:
    """Set fields of a record; `updated_at` changes only if it is among them. Raises NoSuchRecord, ValueError."""
    if stream == "conversation_parts":
        return _change_part(world, identity, lambda part: {**part, **fields})
    _check_times(fields)
    return _collection(world, stream).change(_entry(world, stream, identity), fields)


def put(world: World, stream: str, identity: str, fields: Record) -> Record:
    """Create or replace the record of this id; fields that are not given are invented.

    A part needs a conversation_id; its conversation gets the part's updated_at. Raises NoSuchRecord, ValueError.
    """
    _check_times(fields)
    if stream == "conversation_parts":
        return _put_part(world, identity, fields)
    collection = _collection(world, stream)
    if identity in collection.entries:
        collection.remove(collection.entries[identity])
    if stream in GENERATED:
        return collection.change(world.create(stream, int(world.clock.now()), identity), fields)
    entry = Entry(collection.next_ordinal, identity)
    template = next((collection.content(known) for known in collection.entries.values()), {})
    key = "full_name" if stream.endswith("_attributes") else "id"
    entry.set_record({**template, key: identity, **fields})
    collection.insert(entry)
    return collection.content(entry)


def delete(world: World, stream: str, identity: str) -> None:
    """Delete a record. Raises NoSuchRecord."""
    if stream == "conversation_parts":
        _change_part(world, identity, lambda _part: None)
        world.deleted[stream].append(identity)
    else:
        world.remove(stream, _entry(world, stream, identity))


def delete_some(world: World, stream: str, count: int, seed: int) -> list[str]:
    """Delete so many random records and return their ids; one record is always left. Raises NoSuchRecord."""
    collection, random = _collection(world, stream), random_for(seed, f"deletions {stream}")
    entries = list(collection)
    chosen = random.sample(entries, max(0, min(count, len(entries) - 1)))
    for entry in chosen:
        world.remove(stream, entry)
    return [entry.id for entry in chosen]


def _check_times(fields: Record) -> None:
    for name in TIMES:
        time = fields.get(name)
        if time is not None and (isinstance(time, bool) or not isinstance(time, int | float)):
            raise ValueError(f"{name} is unix seconds or null, not {time!r}")


def _collection(world: World, stream: str) -> Collection:
    if stream not in world.streams:
        raise NoSuchRecord(f"no stream {stream}")
    return world.streams[stream]


def _entry(world: World, stream: str, identity: str) -> Entry:
    entry = _collection(world, stream).entries.get(identity)
    if entry is None:
        raise NoSuchRecord(f"no {identity} in {stream}")
    return entry


def _change_part(world: World, identity: str, new: Callable[[Record], Record | None]) -> Record:
    for entry in world.conversations:
        ids = world.conversations.part_ids(entry)
        if identity in ids:
            written_parts, number = world.conversations.write_parts(entry), ids.index(identity)
            previous, part = written_parts[number], new(written_parts[number])
            written_parts[number : number + 1] = [] if part is None else [part]
            world.conversations.change(entry, {})
            return previous if part is None else part
    raise NoSuchRecord(f"no {identity} in conversation_parts")


def _put_part(world: World, identity: str, fields: Record) -> Record:
    conversation_id = str(fields.pop("conversation_id", ""))
    entry = _entry(world, "conversations", conversation_id)
    if not identity.isdecimal():
        raise ValueError("the id of a part is a number")
    moment = int(fields.get("updated_at") or world.clock.now())
    part = world.conversations.add_part(entry, int(identity), moment, int(identity) << 12)
    part |= fields
    world.conversations.change(entry, {"updated_at": moment})
    return part
