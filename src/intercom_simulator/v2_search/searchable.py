"""All that API 2.x shows of a workspace: the views of contacts, conversations and tickets, their index and links."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from intercom_simulator.content import tickets
from intercom_simulator.protocol.cursors import Cursors
from intercom_simulator.protocol.filters import FilterContext, Lookup
from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.store.collection import ChangeKind, Collection, Entry
from intercom_simulator.v2_search import companies, contacts, conversations
from intercom_simulator.v2_search.custom_objects import TYPES, instances_of
from intercom_simulator.v2_search.edits import Edits
from intercom_simulator.v2_search.fields import CONTACT_FIELDS, CONVERSATION_FIELDS, TICKET_FIELDS, Fields
from intercom_simulator.v2_search.lagging_index import LaggingIndex
from intercom_simulator.v2_search.links import ContactLinks
from intercom_simulator.v2_search.results import ResultCache
from intercom_simulator.v2_search.views import View
from intercom_simulator.world.world import World

LARGE_TAGS = 404
ENTRY_FIELDS = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}


class SearchTarget(NamedTuple):
    """A view that can be searched: its fields, and how its answers are sorted and encoded.

    `entry_fields` maps fields to attributes of entries; `values` returns the lookup of all fields of a record; `linked`
    has a function for each field by which all records with a value are known.
    """

    view: View
    fields: Fields
    entry_fields: dict[str, str]
    values: Callable[[Entry, ViewOptions], Lookup]
    kind: str
    key: str
    sort: str
    per_page: int
    by_day: bool = False
    linked: Mapping[str, Callable[[str], AbstractSet[str]]] = {}

    def lookup(self, entry: Entry, minor: int) -> Lookup:
        """Return a function from a field to its value, as API 2.`minor` shows the record."""
        values, paths = self.values(entry, ViewOptions(minor)), self.fields.paths
        return lambda field: values(paths.get(field, field))

    def linked_ids(self, query: Mapping[str, Any]) -> AbstractSet[str] | None:
        """Return ids among which an accepted query's matches are, if one of its filters names a known value."""
        if "field" not in query:
            found = map(self.linked_ids, query["value"]) if query["operator"] == "AND" else ()
            return next((ids for ids in found if ids is not None), None)
        is_known = query["field"] in self.linked and query["operator"] == "=" and query["value"] is not None
        return self.linked[query["field"]](str(query["value"]).lower()) if is_known else None


class SearchableRecords:
    """The views of one world, and what searches need of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cursors = Cursors()
        self.links = ContactLinks(world)
        self.index = LaggingIndex(world.clock, lambda: world.behaviours.search_lag_seconds)
        self.result_cache = ResultCache(self.index)
        self._tickets_of_conversation: dict[str, set[str]] = {}
        self._conversations_of_ticket: dict[str, list[str]] = {}
        self._changed_tickets = {entry.id for entry in world.tickets}
        self._deleted_external_ids: dict[str, str] = {}  # by the id of the contact
        self.edits = Edits()
        self._cached_lists: dict[tuple[str, int], list[Record]] = {}
        self.contact_writer = contacts.ContactWriter(world, self.links)
        self.conversation_writer = conversations.ConversationWriter(
            world, self.tickets_of, self.external_id, partial(self.custom_objects, "Order")
        )
        self.ticket_writer = tickets.TicketWriter(world.tickets.content, lambda: world.behaviours, self.external_id)
        self.contacts = View("contacts", (world.users, world.leads), self.contact_writer.write)
        self.conversations = View("conversations", (world.conversations,), self.conversation_writer.write)
        self.tickets = View("tickets", (world.tickets,), self.ticket_writer.write)
        self.companies = View("companies", (world.companies,), companies.CompanyWriter(world, self.links).write)
        self.views = (self.contacts, self.conversations, self.tickets, self.companies)
        self.targets = {target.view.name: target for target in self._make_targets()}
        self.deleted_conversations: list[tuple[str, int]] = []  # ids and times (unix seconds), oldest first
        self.first_conversations = [entry.id for entry in list(world.conversations)[:40]]
        self.first_users = [entry.id for entry in list(world.users)[:40]]
        self._watch_collections()

    def cached_list(
        self, name: str, options: ViewOptions, write: Callable[["SearchableRecords", ViewOptions], list[Record]]
    ) -> list[Record]:
        """Return a list as it was first made, once for each version."""
        known = self._cached_lists.get((name, options.minor))
        if known is None:
            known = self._cached_lists[name, options.minor] = write(self, options)
        return known

    def scaled_count(self, count: int, least: int = 3) -> int:
        """Return how many records this world has of what the large world has `count` of."""
        return max(least, round(count * min(1.0, self.world.sizes.tags / LARGE_TAGS)))

    def filter_context(self, target: SearchTarget, minor: int) -> FilterContext:
        """Return what API 2.`minor` can search for in a view, as the behaviours are set."""
        behaviours, fields = self.world.behaviours, target.fields.of(minor)
        zone = ZoneInfo(behaviours.timezone) if target.by_day else None
        if target.by_day:
            fields |= dict.fromkeys(self._custom_dates(), "date")
        return FilterContext(fields, zone, behaviours.search_bounds == "inclusive", target.fields.custom_prefix)

    def _custom_dates(self) -> list[str]:
        """Return the custom attributes of contacts that are dates; like all their dates, these are searched by day."""
        attributes = self.world.streams["customer_attributes"]
        known = [attributes.content(entry) for entry in attributes.entries.values()]
        return [one["full_name"] for one in known if one["custom"] and one["data_type"] == "date"]

    def collection_of(self, entry: Entry) -> Collection:
        """Return the collection of this contact: users or leads."""
        return self.world.leads if self.links.is_lead(entry) else self.world.users

    def external_id(self, identity: str) -> str | None:
        """Return the external id of a contact, also of one that was deleted."""
        entry = self.contacts.find(identity)
        return (
            self._deleted_external_ids.get(identity)
            if entry is None
            else self.collection_of(entry).content(entry)["user_id"]
        )

    def tickets_of(self, conversation: str) -> list[Record]:
        """Return the tickets linked to the conversation, in order of creation."""
        tickets = self.world.tickets
        for identity in self._changed_tickets:
            for conversation_id in self._conversations_of_ticket.pop(identity, ()):
                self._tickets_of_conversation[conversation_id].discard(identity)
            if identity in tickets.entries:
                links = tickets.content(tickets.entries[identity])["linked_objects"]["data"]
                self._conversations_of_ticket[identity] = [link["id"] for link in links]
                for conversation_id in self._conversations_of_ticket[identity]:
                    self._tickets_of_conversation.setdefault(conversation_id, set()).add(identity)
        self._changed_tickets.clear()
        found = [tickets.entries[one] for one in self._tickets_of_conversation.get(conversation, ())]
        return [tickets.content(entry) for entry in sorted(found, key=lambda entry: entry.ordinal)]

    def custom_objects(self, kind: str) -> list[Record]:
        """Return the custom objects of a type, newest first."""
        count = self.scaled_count(TYPES[kind])
        return self.cached_list(
            kind, ViewOptions(NEWEST_MINOR), lambda searchable, _options: instances_of(searchable.world, kind, count)
        )

    def _make_targets(self) -> tuple[SearchTarget, ...]:
        return (
            SearchTarget(
                self.contacts, CONTACT_FIELDS, {**ENTRY_FIELDS, "last_seen_at": "last_request_at"},
                lambda entry, options: contacts.field_lookup(self.contact_writer, entry, options),
                "list", "data", "last_seen_at", 50, by_day=True,
                linked={field: partial(self.links.people_with, field) for field in ("tag_id", "segment_id")},
            ),
            SearchTarget(
                self.conversations, CONVERSATION_FIELDS, ENTRY_FIELDS,
                lambda entry, options: conversations.field_lookup(self.conversation_writer, entry, options),
                "conversation.list", "conversations", "updated_at", 20,
            ),
            SearchTarget(
                self.tickets, TICKET_FIELDS, ENTRY_FIELDS,
                lambda entry, _options: tickets.field_lookup(self.ticket_writer, entry),
                "ticket.list", "tickets", "updated_at", 20,
            ),
        )  # fmt: skip

    def _watch_collections(self) -> None:
        world = self.world
        for collection in (world.users, world.leads, world.conversations, world.tickets):
            self.index.keep_history_of(collection)
            collection.watchers.append(self.result_cache.on_change)
        world.companies.watchers.append(self._forget_contacts_of)
        world.tickets.watchers.append(self._note_ticket_change)
        world.conversations.watchers.append(self._note_deletion)
        for collection in (world.users, world.leads):
            collection.watchers.append(partial(self._keep_external_id, collection))

    def _keep_external_id(self, collection: Collection, change: ChangeKind, entry: Entry) -> None:
        if change == "removed":
            self._deleted_external_ids[entry.id] = collection.content(entry)["user_id"]

    def _note_deletion(self, change: ChangeKind, entry: Entry) -> None:
        if change == "removed":
            self.deleted_conversations.append((entry.id, int(self.world.clock.now())))

    def _forget_contacts_of(self, change: ChangeKind, entry: Entry) -> None:
        if change != "changing":  # contacts list the companies that exist
            self.contacts.forget(self.links.contacts_of_company(entry.id))

    def _note_ticket_change(self, change: ChangeKind, entry: Entry) -> None:
        self.conversations.forget(self._conversations_of_ticket.get(entry.id, ()))
        if change == "inserted":
            self.conversations.forget(
                [link["id"] for link in self.world.tickets.content(entry)["linked_objects"]["data"]]
            )
        self._changed_tickets.add(entry.id)
