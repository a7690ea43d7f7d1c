# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""Links of contacts and companies in API 2.x: tags, companies, segments, notes, subscriptions and merged contacts."""

from collections.abc import Set as AbstractSet

from intercom_simulator.content.text import FRAGMENTS
from intercom_simulator.content.workspace import SEGMENTS
from intercom_simulator.protocol.view_options import Record
from intercom_simulator.store.collection import ChangeKind, Collection, Entry
from intercom_simulator.store.randomness import hex_id, pick, random_bits
from intercom_simulator.store.reverse_index import ReverseIndex
from intercom_simulator.world.world import World

MANY_LINKS_EVERY = 61  # one person in so many has more than ten links of each kind
MANY_LINKS = 13
MAX_LINKS = 65  # of the first of these people to companies and notes, and of one company to people: more than a page
LARGE_COMPANY_NUMBER = 3  # the ordinal of the company with so many people
MERGED_EVERY = 43  # one or two leads were merged into one user in so many
MAX_MERGED = 160  # leads merged into the first of these users
SUBSCRIPTIONS = ("135", "136", "137")
HEXADECIMAL = frozenset("0123456789abcdef")


class ContactLinks:
    """The links of contacts and companies; who is in a company, a segment or has a tag is kept up to date."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.merged: dict[str, Record] = {}  # by the id of the contact that was merged away
        self.notes_added = 0
        self._in_record: set[tuple[str, str]] = (
            set()
        )  # "tags" or "companies" and the id of a person whose record has all
        self._segments: dict[str, list[str]] = {}  # by the id of a person; so are those that follow
        self._subscriptions: dict[str, tuple[list[str], list[str]]] = {}
        self._notes: dict[str, list[Record]] = {}  # by the id of a person or company
        people = (world.users, world.leads)
        self._users_by_company = ReverseIndex((world.users,), self.companies)
        self._people_by_tag = ReverseIndex(people, self.tags)
        self._people_by_segment = ReverseIndex(people, self.segments)
        self._companies_by_segment = ReverseIndex((world.companies,), self.company_segments)
        world.streams["segments"].watchers.append(self._on_segment_change)
        self._add_earlier_merges()

    def _add_earlier_merges(self) -> None:
        """Add leads that were merged before the workspace began."""
        for entry in self.world.users:
            several = MAX_MERGED if entry.ordinal < MERGED_EVERY else 1 + entry.ordinal % 2
            for number in range(several if entry.ordinal % MERGED_EVERY == 5 else 0):
                gone = hex_id(self.world.seed, "merged lead", MAX_MERGED * entry.ordinal + number)
                moment = entry.created_at + number
                self.merged[gone] = {"id": gone, "role": "lead", "into": entry.id, "merged_at": moment}

    def is_lead(self, entry: Entry) -> bool:
        """Tell whether a contact is a lead; users and leads share no ids."""
        return entry.id in self.world.leads.entries

    def tags(self, entry: Entry) -> list[str]:
        """Return the ids of a contact's tags."""
        own = (self._collection_of(entry).content(entry)["tags"] or {"tags": []})["tags"]
        ids = [str(tag["id"]) for tag in own]
        if self._has_many_links(entry) and ("tags", entry.id) not in self._in_record:
            setup = self.world.setup.tags
            start = random_bits(self.world.seed, 67, entry.ordinal)
            ids += [setup[(start + number) % len(setup)]["id"] for number in range(MANY_LINKS)]
        return list(dict.fromkeys(ids))

    def tag_application(self, entry: Entry, tag: str) -> Record:
        """Return when a tag was applied to a contact (when the contact was created), and by whom."""
        bits, admins = random_bits(self.world.seed, 83 + int(tag), int(entry.id[-14:], 16)), self.world.setup.admins
        by = {"type": "admin", "id": pick(bits, admins)["id"]}
        return {"applied_at": entry.created_at, "applied_by": by}

    def companies(self, entry: Entry) -> list[str]:
        """Return the ids of a contact's companies."""
        if self.is_lead(entry):
            return []
        world = self.world
        if entry.record is None:
            ids = [hex_id(world.seed, "company", number) for number in world.company_numbers(entry)]
        else:
            ids = [str(company["id"]) for company in entry.record["companies"]["companies"]]
        if ("companies", entry.id) not in self._in_record:
            ids += [hex_id(world.seed, "company", number) for number in self._further_companies(entry)]
        return [one for one in dict.fromkeys(ids) if one in world.companies.entries]

    def _further_companies(self, entry: Entry) -> list[int]:
        """Return the ordinals of the companies that only API 2.x shows of a user."""
        numbers, count = [], self.world.sizes.companies
        if self._has_many_links(entry):
            start = random_bits(self.world.seed, 71, entry.ordinal)
            numbers += [(start + number) % count for number in range(_link_count(entry))]
        return [*numbers, LARGE_COMPANY_NUMBER] if entry.ordinal < MAX_LINKS else numbers

    def contacts_of_company(self, company: str) -> list[str]:
        """Return the ids of a company's contacts, in order of creation."""
        users = self.world.users.entries
        return sorted(self._users_by_company.sources_of(company), key=lambda user: users[user].ordinal)

    def segments(self, entry: Entry) -> list[str]:
        """Return the ids of a contact's segments; records do not name them, so they are drawn."""
        possible = self.possible_segments(entry)
        if entry.id in self._segments:
            return [segment.id for segment in possible if segment.id in self._segments[entry.id]]
        return [segment.id for segment in possible if self._is_member(entry, segment)]

    def possible_segments(self, entry: Entry) -> list[Entry]:
        """Return the segments of contacts of this role."""
        kind, collection = "contact" if self.is_lead(entry) else "user", self.world.streams["segments"]
        return [segment for segment in collection if collection.content(segment).get("person_type") == kind]

    def _is_member(self, entry: Entry, segment: Entry) -> bool:
        """Tell whether a contact is drawn as a member: a third of all, in later segments none, all or half of them."""
        salt = int(segment.id, 16) if set(segment.id.lower()) <= HEXADECIMAL else 0
        bits = random_bits(self.world.seed, salt, entry.ordinal)
        if segment.ordinal < len(SEGMENTS):
            return bits % 3 == 0
        return (False, True, bits & 1 == 0)[min(segment.ordinal % len(SEGMENTS), 2)]

    def people_with(self, field: str, value: str) -> AbstractSet[str]:
        """Return the ids of the contacts with this `tag_id` or `segment_id`."""
        return (self._people_by_tag if field == "tag_id" else self._people_by_segment).sources_of(value)

    def members(self, segment: str) -> AbstractSet[str]:
        """Return the ids of the contacts, or of the listed companies, that are in a segment."""
        return self._people_by_segment.sources_of(segment) or self._companies_by_segment.sources_of(segment)

    def company_segments(self, entry: Entry) -> list[str]:
        """Return the ids of a company's segments."""
        content = self.world.companies.content(entry)
        return [segment["id"] for segment in content["segments"]["segments"]]

    def notes(self, entry: Entry) -> list[Record]:
        """Return the notes on a contact or company, newest first, without their contact or company."""
        if entry.id in self._notes:
            return self._notes[entry.id]
        bits = random_bits(self.world.seed, 73, int(entry.id[-14:], 16))
        count = _link_count(entry) if self._has_many_links(entry) else (0, 0, 0, 0, 0, 1, 1, 2)[bits & 7]
        number = bits >> 8 & 0xFFFFFFFF
        return [self._note_record(entry, number + step, count - step) for step in range(count)]

    def notes_about(self, entry: Entry, kind: str) -> list[Record]:
        """Return the notes on a contact or company, each with its contact or company."""
        return [{**note, kind: {"type": kind, "id": entry.id}} for note in self.notes(entry)]

    def subscriptions(self, entry: Entry) -> tuple[list[str], list[str]]:
        """Return the ids of the subscription types opted into, and of those opted out of; none is in both."""
        if entry.id in self._subscriptions:
            return self._subscriptions[entry.id]
        bits = random_bits(self.world.seed, 79, int(entry.id[-14:], 16))
        opted_in = [one for number, one in enumerate(SUBSCRIPTIONS) if bits >> number & 3 == 0]
        refused = [one for number, one in enumerate(SUBSCRIPTIONS) if bits >> 8 + 2 * number & 7 == 7]
        return opted_in, [one for one in refused if one not in opted_in]

    def set_tags(self, entry: Entry, tags: list[Record]) -> None:
        """Give a contact exactly these tags; like all that follow, this does not move its `updated_at`."""
        self._in_record.add(("tags", entry.id))
        self._collection_of(entry).change(entry, {"tags": {"type": "tag.list", "tags": tags}})

    def set_companies(self, entry: Entry, companies: list[Record]) -> None:
        """Attach a user to exactly these companies."""
        self._in_record.add(("companies", entry.id))
        self.world.users.change(entry, {"companies": {"type": "company.list", "companies": companies}})

    def set_segments(self, entry: Entry, ids: list[str]) -> None:
        """Put a contact into exactly these segments."""
        self._segments[entry.id] = ids
        self._collection_of(entry).change(entry, {})

    def set_subscriptions(self, entry: Entry, opted_in: list[str], opted_out: list[str]) -> None:
        """Set the subscription types that a contact opted into and out of."""
        self._subscriptions[entry.id] = opted_in, opted_out
        self._collection_of(entry).change(entry, {})

    def set_notes(self, entry: Entry, ids: list[str]) -> None:
        """Leave exactly the notes with these ids on a contact or company; new ones are invented, and come first."""
        known, now = {note["id"]: note for note in self.notes(entry)}, int(self.world.clock.now())
        new = [one for one in ids if one not in known]
        added = [
            {**self._note_record(entry, number, 0), "id": one, "created_at": now}
            for number, one in enumerate(new, self.notes_added)
        ]
        self.notes_added += len(new)
        self._notes[entry.id] = [*added, *(note for one, note in known.items() if one in ids)]
        self._collection_of(entry).change(entry, {})

    def _collection_of(self, entry: Entry) -> Collection:
        world = self.world
        return next(one for one in (world.leads, world.companies, world.users) if entry.id in one.entries)

    def merge_history(self, entry: Entry) -> list[Record]:
        """Return the contacts that were merged into a user, newest first."""
        merged = [one for one in self.merged.values() if one["into"] == entry.id]
        return [
            {
                "type": "merge_history",
                "source_contact_id": one["id"],
                "source_contact_role": one["role"],
                "merged_at": one["merged_at"],
            }
            for one in reversed(merged)
        ]

    def merge(self, gone: Entry, into: Entry, moment: int) -> None:
        """Merge a contact into a user at this moment (unix seconds): it is removed, the user is updated."""
        role = "lead" if self.is_lead(gone) else "user"
        self.world.remove(f"{role}s", gone)
        self.merged[gone.id] = {"id": gone.id, "role": role, "into": into.id, "merged_at": moment}
        self.world.users.change(into, {"updated_at": moment})

    def merged_into(self, identity: str) -> str | None:
        """Return the id of the contact that this one was merged into, through all merges; None if it was not."""
        found = None
        while identity in self.merged:
            identity = found = str(self.merged[identity]["into"])
        return found

    def _has_many_links(self, entry: Entry) -> bool:
        return entry.ordinal % MANY_LINKS_EVERY == 7

    def _note_record(self, entry: Entry, number: int, later: int) -> Record:
        setup = self.world.setup
        admin = setup.admins[number % len(setup.admins)]
        author = {key: admin[key] for key in ("type", "id", "name", "email", "away_mode_enabled", "away_mode_reassign")}
        return {
            "type": "note",
            "id": str(100_000 + number),
            "created_at": entry.created_at + later,
            "author": author,
            "body": f"<p>{FRAGMENTS[number % len(FRAGMENTS)]}</p>",
        }

    def _on_segment_change(self, change: ChangeKind, entry: Entry) -> None:
        del change, entry
        self._people_by_segment.forget_all()


def _link_count(entry: Entry) -> int:
    return MAX_LINKS if entry.ordinal < MANY_LINKS_EVERY else MANY_LINKS
