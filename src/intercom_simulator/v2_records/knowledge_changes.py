"""What teammates write changes too: articles, collections and macros are edited, added and taken away."""

from collections.abc import Callable
from datetime import UTC, datetime

from intercom_simulator.protocol.view_options import Record
from intercom_simulator.store.randomness import random_for
from intercom_simulator.v2_search.searchable import SearchableRecords

TITLES = {"articles": "title", "collections": "name", "internal_articles": "title", "macros": "name"}
RESOURCES = tuple(TITLES)
ADDED, REMOVED = 0.2, 0.4  # up to each of these of a change; what is left changes a record
SHARE = 0.3  # of the changes that requests bring, this many more are of this kind
MIN_RECORDS = 5
FIRST_NEW_ID = 7_000_000


class KnowledgeChanges:
    """Edits those lists, with dice of its own."""

    def __init__(self, searchable: SearchableRecords, seed: int, rate: Callable[[], float]) -> None:
        self.change_counts: dict[str, int] = dict.fromkeys(("edited", "added", "taken away"), 0)
        self._searchable = searchable
        self._rate = rate
        self._random = random_for(seed, "editing")
        self._due = 0.0
        self._next_id = FIRST_NEW_ID

    def request_served(self, rows: Callable[[str], list[Record]]) -> None:
        """Tell that a request of API 2.x was served; the changes that are due happen now, in what `rows` gives."""
        self._due += self._rate() * SHARE / 100
        while self._due >= 1:
            self._due -= 1
            name = self._random.choice(RESOURCES)
            self.change_some(name, rows(name))

    def change_some(self, name: str, records: list[Record]) -> None:
        """Edit, add or take away one of the records of a list."""
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
        if name != "macros":
            return now
        return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
