# ruff: noqa: PLR2004 - chances and bit masks of an invented world, each used once
"""The simulated workspace: everything in it follows from the seed, the sizes and the moment it begins."""

from collections.abc import Callable
from typing import Any

from intercom_simulator.content.companies import CompanyLinks, company_mention, company_record
from intercom_simulator.content.conversation_parts import FIRST_PART
from intercom_simulator.content.conversation_records import conversation_id
from intercom_simulator.content.conversations import Conversations, times_of
from intercom_simulator.content.participants import Participants
from intercom_simulator.content.people import FAR_FUTURE, PersonLinks, lead_record, user_record
from intercom_simulator.content.tickets import ticket_id, ticket_record
from intercom_simulator.content.workspace import WorkspaceSetup, make_setup
from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.store.clock import Clock
from intercom_simulator.store.collection import Collection, Entry, Record
from intercom_simulator.store.collection_types import AdminCollection, FixedCollection, LazyCollection
from intercom_simulator.store.randomness import hex_id, pick, random_bits, random_for
from intercom_simulator.store.sizes import Sizes, distribute

NEWEST_AGE_SECONDS = 600  # the newest record of a new world is this old
OLDEST_AGE_SECONDS = 5 * 365 * 86400
EMPTY_COMPANY_SHARE = 0.01  # companies without people: not counted in the sizes, in no list
EMPTY_COMPANY_SEGMENT = 5  # the number of a segment without members, in worlds with so many
SUPPLIED_TIMES = ("remote_created_at", "signed_up_at")
ID_KINDS = {"users": "user", "leads": "lead", "companies": "company"}


class World:
    """One workspace with its clock."""

    def __init__(self, sizes: Sizes, seed: int, clock: Clock, behaviours: Behaviours) -> None:
        self.sizes = sizes
        self.seed = seed
        self.clock = clock
        self.behaviours = behaviours
        self.newest_at = int(clock.now()) - NEWEST_AGE_SECONDS
        self.setup: WorkspaceSetup = make_setup(seed, sizes, self.newest_at)
        self.users = self._people("users", sizes.users, self._write_user)
        self.leads = self._people("leads", sizes.leads, self._write_lead)
        self.companies = self._companies()
        self.conversations = self._conversations()
        self.tickets = self._tickets()
        changing = (self.users, self.leads, self.companies, self.conversations, self.tickets)
        self.streams: dict[str, Collection] = {
            collection.name: collection for collection in (*changing, *self._fixed_collections())
        }
        self.deleted: dict[str, list[str]] = {stream: [] for stream in (*self.streams, "conversation_parts")}

    def set_behaviours(self, behaviours: Behaviours) -> None:
        """Set the behaviours from now on."""
        self.behaviours = behaviours
        for collection in self.streams.values():
            collection.clear_cache()

    def create(self, stream: str, moment: int, identity: str | None = None) -> Entry:
        """Create a user, lead, company, conversation or ticket at this moment (unix seconds)."""
        collection = self.streams[stream]
        ordinal = collection.next_ordinal
        entry = Entry(ordinal, identity or self._new_id(stream, ordinal))
        entry.created_at = entry.updated_at = moment
        if stream == "conversations":
            entry.part_count, entry.first_part_id = ordinal % 3, self.reserve_part_ids(ordinal % 3)
        if identity is not None:
            entry.set_record({**collection.content(entry), "id": identity})
        collection.insert(entry)
        return entry

    def remove(self, stream: str, entry: Entry) -> None:
        """Delete the record, a conversation with all its parts, and keep their ids in `deleted`."""
        if stream == "conversations":
            self.deleted["conversation_parts"] += self.conversations.part_ids(entry)
        self.streams[stream].remove(entry)
        self.deleted[stream].append(entry.id)

    def reserve_part_ids(self, count: int = 1) -> int:
        """Reserve ids for new parts and return the first of them."""
        first = self._next_part_id
        self._next_part_id += count
        return first

    def decorate(self, record: Record) -> Record:
        """Return a record in the form that the behaviours ask for."""
        if self.behaviours.tag_ids == "int":
            record = _with_numbered_tags(record)
        if not self.behaviours.tags_null and record.get("tags", True) is None:
            record = {**record, "tags": {"type": "tag.list", "tags": []}}
        return record

    def _new_id(self, stream: str, ordinal: int) -> str:
        if stream == "tickets":
            return ticket_id(ordinal)
        return conversation_id(ordinal) if stream == "conversations" else hex_id(self.seed, ID_KINDS[stream], ordinal)

    def _fixed_collections(self) -> list[Collection]:
        setup, decorate = self.setup, self.decorate
        return [
            AdminCollection("admins", setup.admins, decorate),
            FixedCollection("teams", setup.teams, decorate),
            FixedCollection("tags", setup.tags, decorate),
            FixedCollection("segments", setup.segments, decorate),
            FixedCollection("company_segments", setup.company_segments, decorate),
            FixedCollection("company_attributes", setup.company_attributes, decorate, "full_name"),
            FixedCollection("customer_attributes", setup.customer_attributes, decorate, "full_name"),
        ]

    def _people(self, name: str, count: int, write: Callable[[Entry], Record]) -> Collection:
        entries = [Entry(ordinal, hex_id(self.seed, ID_KINDS[name], ordinal)) for ordinal in range(count)]
        set_times(entries, self.seed, ID_KINDS[name], self.newest_at)
        return LazyCollection(name, entries, self.decorate, write)

    def _companies(self) -> Collection:
        count = self.sizes.companies
        collection = self._people("companies", count + round(count * EMPTY_COMPANY_SHARE), self._write_company)
        for entry in list(collection.entries.values())[count:]:
            entry.listed = False
        return collection

    def _conversations(self) -> Conversations:
        sizes = self.sizes
        entries = [Entry(ordinal, conversation_id(ordinal)) for ordinal in range(sizes.conversations)]
        set_times(entries, self.seed, "conversation", self.newest_at)
        first = FIRST_PART
        shares = distribute(sizes.parts, sizes.conversations, random_for(self.seed, "shares"))
        for entry, share in zip(entries, shares, strict=True):
            entry.part_count, entry.first_part_id = share, first
            first += share
        self._next_part_id = first
        participants = Participants(
            self.seed, sizes.users, sizes.leads, self.setup.admins, self.setup.teams, self.setup.tags
        )
        return Conversations(entries, self.decorate, participants, lambda: self.behaviours.part_cap)

    def _tickets(self) -> Collection:
        entries = [Entry(ordinal, ticket_id(ordinal)) for ordinal in range(self.sizes.tickets)]
        set_times(entries, self.seed, "ticket", self.newest_at)
        return LazyCollection("tickets", entries, self.decorate, self._write_ticket)

    def _write_ticket(self, entry: Entry) -> Record:
        sizes = self.sizes
        grown = (
            sizes.conversations if entry.ordinal < sizes.tickets else 0
        )  # tickets created later are not linked to conversations
        return ticket_record(self.seed, entry, self.setup, (sizes.users, conversation_id, grown))

    def company_numbers(self, entry: Entry) -> list[int]:
        """Return the ordinals of the companies of a user who was never changed."""
        bits = random_bits(self.seed, 37, entry.ordinal)
        count = (0, 0, 1, 1, 1, 1, 2, 3)[bits & 7]
        return [(bits >> 8 + 12 * number) % self.sizes.companies for number in range(count)]

    def _write_user(self, entry: Entry) -> Record:
        companies = [company_mention(self.seed, number) for number in self.company_numbers(entry)]
        tagged = random_bits(self.seed, 37, entry.ordinal) >> 52 & 127
        tags = None if tagged == 0 else self._random_tags(random_bits(self.seed, 41, entry.ordinal))
        record = user_record(
            self.seed, entry.ordinal, times_of(entry), self.setup.admin_ids, PersonLinks(companies, tags)
        )
        return self._with_plain_times(record)

    def _write_lead(self, entry: Entry) -> Record:
        tags = self._random_tags(random_bits(self.seed, 43, entry.ordinal))
        return lead_record(self.seed, entry.ordinal, times_of(entry), self.setup.admin_ids, PersonLinks([], tags))

    def _write_company(self, entry: Entry) -> Record:
        bits = random_bits(self.seed, 47, entry.ordinal)
        segments = [
            {"type": "segment", "id": segment["id"]}
            for number, segment in enumerate(self.setup.company_segments)
            if bits >> number & 1 and number != EMPTY_COMPANY_SEGMENT
        ]
        links = CompanyLinks(self._random_tags(bits >> 8), segments, entry.listed)
        return self._with_plain_times(company_record(self.seed, entry.ordinal, times_of(entry), links))

    def _with_plain_times(self, record: Record) -> Record:
        """Replace the odd times that callers supply, unless `odd_times` is on."""
        if self.behaviours.odd_times:
            return record
        odd = [field for field in SUPPLIED_TIMES if record.get(field) and not _is_plain(record[field])]
        return {**record, **dict.fromkeys(odd, record["created_at"])}

    def _random_tags(self, bits: int) -> list[Record]:
        count = (0, 0, 0, 1, 1, 1, 2, 3)[bits & 7]
        chosen = {pick(bits >> 8 + 12 * number, range(len(self.setup.tags))) for number in range(count)}
        tags = [dict(self.setup.tags[number]) for number in sorted(chosen)]
        if tags and bits >> 50 & 31 == 0:
            del tags[0]["name"]
        return tags


def set_times(entries: list[Entry], seed: int, kind: str, newest: int) -> None:
    """Spread the records over five years; one in twenty (65 at least) shares the updated_at of one bulk change."""
    random = random_for(seed, f"{kind} times")
    bulk = min(max(len(entries) // 20, 65), len(entries) // 2)
    bulk_age = random.randrange(30 * 86400, 60 * 86400)
    for entry in entries:
        age = int(OLDEST_AGE_SECONDS * random.random() ** 1.5)
        update_age = int(age * random.random() ** 2)
        if len(entries) and random_bits(seed, 53, entry.ordinal) % len(entries) < bulk:
            age, update_age = max(age, bulk_age), bulk_age
        entry.created_at, entry.updated_at = newest - age, newest - update_age
        entry.last_request_at = (
            None if random.random() < 0.15 else newest - update_age - int(random.random() * (age - update_age))
        )
    entries[len(entries) // 3].updated_at = newest


def _is_plain(supplied: object) -> bool:
    """Tell whether a time that a caller supplied is a number of seconds of these years."""
    return isinstance(supplied, int) and 0 < supplied < FAR_FUTURE


def _with_numbered_tags(record: Record) -> Record:
    if record.get("type") == "tag":
        return {**record, "id": int(record["id"])}
    tags: Any = record.get("tags")
    if not tags:
        return record
    return {**record, "tags": {**tags, "tags": [{**tag, "id": int(tag["id"])} for tag in tags["tags"]]}}
