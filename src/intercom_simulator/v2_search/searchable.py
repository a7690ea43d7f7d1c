"""Everything that API 2.x shows of a workspace: its views, the search index behind them, and what links them."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

from intercom_simulator.content import tickets as cases
from intercom_simulator.protocol.cursors import Cursors
from intercom_simulator.protocol.filters import FilterContext, Lookup
from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.store.collection import ChangeKind, Collection, Entry
from intercom_simulator.v2_search import contacts, conversations
from intercom_simulator.v2_search.custom_objects import TYPES, instances_of
from intercom_simulator.v2_search.edits import Edits
from intercom_simulator.v2_search.fields import OF_CONTACTS, OF_CONVERSATIONS, OF_TICKETS, Fields
from intercom_simulator.v2_search.lagging_index import LaggingIndex
from intercom_simulator.v2_search.links import ContactLinks
from intercom_simulator.v2_search.results import ResultCache
from intercom_simulator.v2_search.views import View
from intercom_simulator.world.world import World

LARGE_TAGS = 404
AT_HAND = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}


class SearchTarget(NamedTuple):
    """A view that can be searched: its fields and their values, and how its answers are ordered and counted.

    `direct` names the attributes of entries that have a field's value at hand; `values` tells those of a record.
    """

    view: View
    fields: Fields
    direct: dict[str, str]
    values: Callable[[Entry, ViewOptions], Lookup]
    kind: str
    key: str
    sort: str
    per_page: int
    by_day: bool = False

    def lookup(self, entry: Entry, minor: int) -> Lookup:
        """Return what tells the values of a record's fields, as API 2.`minor` shows them."""
        values, places = self.values(entry, ViewOptions(minor)), self.fields.places
        return lambda field: values(places.get(field, field))


class SearchableRecords:
    """The views of one world, and how they can be searched."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cursors = Cursors()
        self.links = ContactLinks(world)
        self.index = LaggingIndex(world.clock, lambda: world.behaviours.search_lag_seconds)
        self.memory = ResultCache(self.index)
        self._linked: dict[str, set[str]] = {}  # the tickets of each conversation
        self._origins: dict[str, list[str]] = {}  # the conversations of each ticket
        self._unlinked = {entry.id for entry in world.tickets}
        self._former: dict[str, str] = {}  # the external ids of contacts that are gone
        self.edits = Edits()
        self._kept: dict[tuple[str, int], list[Record]] = {}
        self.people = contacts.ContactView(world, self.links)
        self.talks = conversations.ConversationView(
            world, self.tickets_of, self.external_id, partial(self.objects, "Order")
        )
        self.cases = cases.TicketView(world.tickets.content, lambda: world.behaviours, self.external_id)
        self.contacts = View("contacts", (world.users, world.leads), self.people.write)
        self.conversations = View("conversations", (world.conversations,), self.talks.write)
        self.tickets = View("tickets", (world.tickets,), self.cases.write)
        self.searched = {searched.view.name: searched for searched in self._searched()}
        self.deleted_conversations: list[tuple[str, int]] = []  # oldest first, with the moment
        self.first_conversations = [entry.id for entry in list(world.conversations)[:40]]
        self.first_users = [entry.id for entry in list(world.users)[:40]]
        self._follow()

    def kept(
        self, name: str, options: ViewOptions, write: Callable[["SearchableRecords", ViewOptions], list[Record]]
    ) -> list[Record]:
        """Return a list as it was in the beginning, written once for each version."""
        known = self._kept.get((name, options.minor))
        if known is None:
            known = self._kept[name, options.minor] = write(self, options)
        return known

    def many(self, count: int, least: int = 3) -> int:
        """Return how many there are in this world of what the large one has `count` of."""
        return max(least, round(count * min(1.0, self.world.sizes.tags / LARGE_TAGS)))

    def filter_context(self, searched: SearchTarget, minor: int) -> FilterContext:
        """Return what API 2.`minor` can be asked of a view, as the switches stand."""
        behaviours, fields = self.world.behaviours, searched.fields.of(minor)
        zone = ZoneInfo(behaviours.timezone) if searched.by_day else None
        if searched.by_day:
            fields |= dict.fromkeys(self._custom_dates(), "date")
        return FilterContext(fields, zone, behaviours.search_bounds == "inclusive", searched.fields.free)

    def _custom_dates(self) -> list[str]:
        """Name the custom attributes of contacts that are dates, which are searched by day as all dates of theirs."""
        attributes = self.world.streams["customer_attributes"]
        known = [attributes.content(entry) for entry in attributes.entries.values()]
        return [one["full_name"] for one in known if one["custom"] and one["data_type"] == "date"]

    def collection_of(self, entry: Entry) -> Collection:
        """Return the users or the leads, whichever has this record."""
        return self.world.leads if self.links.is_lead(entry) else self.world.users

    def external_id(self, identity: str) -> str | None:
        """Return what the customer calls the contact, or called it when it still existed."""
        entry = self.contacts.find(identity)
        return self._former.get(identity) if entry is None else self.collection_of(entry).content(entry)["user_id"]

    def tickets_of(self, conversation: str) -> list[Record]:
        """Return the tickets that are linked to the conversation, in the order of their making."""
        tickets = self.world.tickets
        for identity in self._unlinked:
            for origin in self._origins.pop(identity, ()):
                self._linked[origin].discard(identity)
            if identity in tickets.entries:
                links = tickets.content(tickets.entries[identity])["linked_objects"]["data"]
                self._origins[identity] = [link["id"] for link in links]
                for origin in self._origins[identity]:
                    self._linked.setdefault(origin, set()).add(identity)
        self._unlinked.clear()
        found = [tickets.entries[one] for one in self._linked.get(conversation, ())]
        return [tickets.content(entry) for entry in sorted(found, key=lambda entry: entry.ordinal)]

    def objects(self, kind: str) -> list[Record]:
        """Return the custom objects of a type, newest first."""
        count = self.many(TYPES[kind])
        return self.kept(
            kind, ViewOptions(NEWEST_MINOR), lambda searchable, _look: instances_of(searchable.world, kind, count)
        )

    def _searched(self) -> tuple[SearchTarget, ...]:
        return (
            SearchTarget(
                self.contacts, OF_CONTACTS, {**AT_HAND, "last_seen_at": "last_request_at"},
                lambda entry, options: contacts.searchable(self.people, entry, options),
                "list", "data", "last_seen_at", 50, by_day=True,
            ),
            SearchTarget(
                self.conversations, OF_CONVERSATIONS, AT_HAND,
                lambda entry, options: conversations.searchable(self.talks, entry, options),
                "conversation.list", "conversations", "updated_at", 20,
            ),
            SearchTarget(
                self.tickets, OF_TICKETS, AT_HAND, lambda entry, _look: cases.searchable(self.cases, entry),
                "ticket.list", "tickets", "updated_at", 20,
            ),
        )  # fmt: skip

    def _follow(self) -> None:
        world = self.world
        for collection in (world.users, world.leads, world.conversations, world.tickets):
            self.index.follow(collection)
            collection.watchers.append(self.memory.watch)
        world.companies.watchers.append(self._rehire)
        world.tickets.watchers.append(self._relink)
        world.conversations.watchers.append(self._bury)
        for people_of in (world.users, world.leads):
            people_of.watchers.append(partial(self._remember, people_of))

    def _remember(self, collection: Collection, change: ChangeKind, entry: Entry) -> None:
        if change == "removed":
            self._former[entry.id] = collection.content(entry)["user_id"]

    def _bury(self, change: ChangeKind, entry: Entry) -> None:
        if change == "removed":
            self.deleted_conversations.append((entry.id, int(self.world.clock.now())))

    def _rehire(self, change: ChangeKind, entry: Entry) -> None:
        if change != "changing":  # contacts name the companies that there are
            self.contacts.forget(self.links.employees(entry.id))

    def _relink(self, change: ChangeKind, entry: Entry) -> None:
        self.conversations.forget(self._origins.get(entry.id, ()))
        if change == "inserted":
            self.conversations.forget(
                [link["id"] for link in self.world.tickets.content(entry)["linked_objects"]["data"]]
            )
        self._unlinked.add(entry.id)
