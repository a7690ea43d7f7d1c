"""Random changes of articles, collections, internal articles and macros: edited, added and removed."""

from collections.abc import Callable

from intercom_simulator.protocol.view_options import Record
from intercom_simulator.store.randomness import random_for
from intercom_simulator.v2_records.ai_content import iso_time
from intercom_simulator.v2_search.searchable import SearchableRecords
from intercom_simulator.world.mutation import DueChanges

TITLES = {"articles": "title", "collections": "name", "internal_articles": "title", "macros": "name"}
RESOURCES = tuple(TITLES)
ADDED, REMOVED = 0.2, 0.4  # upper limits of a random number from 0 to 1; above them, a record is edited
SHARE = 0.3  # changes of this kind for each change of `Mutation`
MIN_RECORDS = 5
FIRST_NEW_ID = 7_000_000


class KnowledgeChanges:
    """Changes these lists, with random numbers of its own."""

    def __init__(self, searchable: SearchableRecords, seed: int, rate: Callable[[], float]) -> None:
        self.change_counts: dict[str, int] = dict.fromkeys(("edited", "added", "taken away"), 0)
        self._searchable = searchable
        self._rate = rate
        self._random = random_for(seed, "editing")
        self._due = DueChanges()
        self._next_id = FIRST_NEW_ID

    def request_served(self, rows: Callable[[str], list[Record]]) -> None:
        """Count a request of API 2.x, and make the changes that are due; `rows` returns a list's records."""
        for _ in self._due.after_request(self._rate() * SHARE / 100):
            name = self._random.choice(RESOURCES)
            self.change_some(name, rows(name))

    def change_some(self, name: str, records: list[Record]) -> None:
        """Edit, add or remove one record of a list."""
        moment, chance = self._timestamp(name), self._random.random()
        record = records[self._random.randrange(len(records))]
        if chance < ADDED:
            self._next_id += 1
            new = {"created_at": moment, "updated_at": moment, TITLES[name]: f"Neu {self._next_id}"}
            self._searchable.edits.add(name, str(self._next_id), new)
            self.change_counts["added"] += 1
        elif chance < REMOVED and len(records) > MIN_RECORDS:
            self._searchable.edits.edit(name, str(record["id"]), None)
            self.change_counts["taken away"] += 1
        else:
            title = f"{record[TITLES[name]]}!"
            self._searchable.edits.edit(name, str(record["id"]), {TITLES[name]: title, "updated_at": moment})
            self.change_counts["edited"] += 1

    def _timestamp(self, name: str) -> object:
        now = int(self._searchable.world.clock.now())
        return iso_time(now) if name == "macros" else now
