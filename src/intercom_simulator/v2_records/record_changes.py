"""Random changes of tickets, and random merges of contacts, which only API 2.x has."""

from collections.abc import Callable

from intercom_simulator.content.ticket_types import STATES
from intercom_simulator.content.tickets import ticket_part
from intercom_simulator.protocol.view_options import Record
from intercom_simulator.store.collection import Entry
from intercom_simulator.store.randomness import pick, random_for
from intercom_simulator.v2_search.searchable import SearchableRecords
from intercom_simulator.world.mutation import DueChanges

RESOURCES = ("tickets", "merges")
MERGED, CREATED = 0.2, 0.35  # upper limits of a random number from 0 to 1; above them, a ticket is changed
SHARE = 0.3  # changes of this kind for each change of `Mutation`
MIN_LEADS = 5
FIRST_NEW_PART = 50_000_000


class RecordChanges:
    """Changes tickets and merges contacts, with random numbers of its own, so that changes of API 1.4 stay the same."""

    def __init__(self, searchable: SearchableRecords, seed: int, rate: Callable[[], float]) -> None:
        self.searchable = searchable
        self.change_counts: dict[str, int] = dict.fromkeys(("tickets changed", "tickets created", "contacts merged"), 0)
        self._rate = rate
        self._random = random_for(seed, "modern mutation")
        self._due = DueChanges()
        self._next_part_id = FIRST_NEW_PART

    def request_served(self) -> None:
        """Count a request of API 2.x, and make the changes that are due."""
        for _ in self._due.after_request(self._rate() * SHARE / 100):
            chance = self._random.random()
            self.change_some("merges" if chance < MERGED else "tickets", created=chance < CREATED)

    def change_some(self, resource: str, *, created: bool = False) -> None:
        """Merge two contacts, or change or create a ticket."""
        world, moment = self.searchable.world, int(self.searchable.world.clock.now())
        if resource == "merges":
            if len(world.leads) > MIN_LEADS:
                self.searchable.links.merge(
                    self._pick_entry(list(world.leads)), self._pick_entry(list(world.users)), moment
                )
                self.change_counts["contacts merged"] += 1
        elif created:
            world.create("tickets", moment)
            self.change_counts["tickets created"] += 1
        else:
            entry = self._pick_entry(list(world.tickets))
            world.tickets.change(entry, {**self._answered(entry, moment), "updated_at": moment})
            self.change_counts["tickets changed"] += 1

    def _pick_entry(self, entries: list[Entry]) -> Entry:
        return entries[self._random.randrange(len(entries))]

    def _answered(self, entry: Entry, moment: int) -> Record:
        """Add a part to the ticket; a part without body moves the ticket to another state."""
        world, bits = self.searchable.world, self._random.getrandbits(64)
        ticket, self._next_part_id = world.tickets.content(entry), self._next_part_id + 1
        contact = ticket["contacts"]["contacts"][0]["id"]
        part = ticket_part(bits, str(self._next_part_id), moment, world.setup, contact)
        parts = [*ticket["ticket_parts"]["ticket_parts"], part]
        fields: Record = {"ticket_parts": {**ticket["ticket_parts"], "ticket_parts": parts, "total_count": len(parts)}}
        if part["body"] is None:
            state = pick(bits >> 8, STATES)
            fields |= {"ticket_state": state, "open": state["category"] != "resolved"}
        return fields
