"""Random changes of records: at a rate per hundred requests or on demand, the same ones from the same seed."""

from collections.abc import Callable
from random import Random

from intercom_simulator.content.names import FIRST_NAMES, LAST_NAMES, company_name
from intercom_simulator.store.collection import Entry, Record
from intercom_simulator.store.randomness import pick, random_for
from intercom_simulator.world.world import World

RESOURCES = ("users", "leads", "companies", "conversations")
WEIGHTS = (40, 10, 15, 35)
CREATED, DELETED, BULK = (
    0.15,
    0.19,
    0.23,
)  # upper limits of a random number from 0 to 1; above them, one record is changed
BULK_RECORDS = 30
MIN_RECORDS = 5  # nothing is deleted from a collection of this size or smaller

Change = Callable[[Random, World, Entry, int], Record]


class DueChanges:
    """Counts the changes that are due: each request adds a part of one."""

    def __init__(self) -> None:
        self._due = 0.0

    def after_request(self, part: float) -> range:
        """Add the part of a change that a request brings; give a range of the whole changes that are due."""
        self._due += part
        whole = int(self._due)
        self._due -= whole
        return range(whole)


class Mutation:
    """Changes records of API 1.4; every change has the world's present second as its time."""

    def __init__(self, world: World, seed: int, per_hundred_requests: float) -> None:
        self.world = world
        self.per_hundred_requests = per_hundred_requests
        self.change_counts: dict[str, int] = dict.fromkeys(("changed", "created", "deleted", "in bulk"), 0)
        self._random = random_for(seed, "mutation")
        self._due = DueChanges()

    def request_served(self) -> None:
        """Count a request, and make the changes that are due."""
        for _ in self._due.after_request(self.per_hundred_requests / 100):
            self.change_some()

    def change_some(self, resource: str | None = None) -> None:
        """Change, create or delete one record of the resource, or set the same updated_at on many of them."""
        stream = resource or self._random.choices(RESOURCES, WEIGHTS)[0]
        moment, chance = int(self.world.clock.now()), self._random.random()
        collection = self.world.streams[stream]
        if chance < CREATED or not len(collection):
            self.world.create(stream, moment)
            self.change_counts["created"] += 1
        elif chance < DELETED and len(collection) > MIN_RECORDS:
            self.world.remove(stream, self._any_of(stream))
            self.change_counts["deleted"] += 1
        elif DELETED <= chance < BULK:
            for _ in range(min(BULK_RECORDS, len(collection))):
                collection.change(self._any_of(stream), {"updated_at": moment})
            self.change_counts["in bulk"] += 1
        else:
            self._change(stream, self._any_of(stream), moment)
            self.change_counts["changed"] += 1

    def _any_of(self, stream: str) -> Entry:
        entries = self.world.streams[stream].ordered("ordinal")
        return entries[self._random.randrange(len(entries))]

    def _change(self, stream: str, entry: Entry, moment: int) -> None:
        change = pick(self._random.getrandbits(16), CHANGES[stream])
        fields = change(self._random, self.world, entry, moment)
        self.world.streams[stream].change(entry, {**fields, "updated_at": moment})


def _renamed(random: Random, world: World, entry: Entry, moment: int) -> Record:
    del world, entry, moment
    return {"name": f"{pick(random.getrandbits(16), FIRST_NAMES)} {pick(random.getrandbits(16), LAST_NAMES)}"}


def _rebranded(random: Random, world: World, entry: Entry, moment: int) -> Record:
    del world, entry, moment
    return {"name": company_name(random.getrandbits(32)), "monthly_spend": random.randrange(900), "plan": {}}


def _seen(random: Random, world: World, entry: Entry, moment: int) -> Record:
    del random, world
    return {"last_request_at": moment, "session_count": entry.ordinal % 50 + 1}


def _reattributed(random: Random, world: World, entry: Entry, moment: int) -> Record:
    del world, entry
    return {"custom_attributes": {"last_order_at": moment, "score": round(random.random() * 100, 1), "note": None}}


def _retagged(random: Random, world: World, entry: Entry, moment: int) -> Record:
    """Take the last tag away, or add one; on a conversation with its time and admin."""
    stream = next(name for name in RESOURCES if entry.id in world.streams[name].entries)
    present = (world.streams[stream].content(entry)["tags"] or {"tags": []})["tags"]
    if present and random.random() < 0.6:  # noqa: PLR2004 - more often taken than given, so that last tags vanish
        return {"tags": {"type": "tag.list", "tags": present[:-1]}}
    tag = dict(pick(random.getrandbits(16), world.setup.tags))
    if stream == "conversations":
        admin = pick(random.getrandbits(16), world.setup.admin_ids)
        tag |= {"applied_at": moment, "applied_by": {"type": "admin", "id": admin}}
    return {"tags": {"type": "tag.list", "tags": [*present, tag]}}


def _answered(random: Random, world: World, entry: Entry, moment: int) -> Record:
    world.conversations.add_part(entry, world.reserve_part_ids(), moment, random.getrandbits(64))
    return {"read": False, "waiting_since": None}


def _closed_or_opened(random: Random, world: World, entry: Entry, moment: int) -> Record:
    part = world.conversations.add_part(entry, world.reserve_part_ids(), moment, random.getrandbits(64))
    opened = not world.conversations.content(entry)["open"]
    part |= {"part_type": "open" if opened else "close", "body": None}
    return {"open": opened, "state": "open" if opened else "closed", "snoozed_until": None, "waiting_since": None}


CHANGES: dict[str, tuple[Change, ...]] = {
    "users": (_renamed, _seen, _reattributed, _retagged),
    "leads": (_renamed, _seen, _reattributed, _retagged),
    "companies": (_rebranded, _seen, _reattributed, _retagged),
    "conversations": (_answered, _answered, _answered, _retagged, _closed_or_opened),
}
