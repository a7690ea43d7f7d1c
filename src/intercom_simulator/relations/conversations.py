"""Links of conversations and tickets: tags, and contacts."""

from intercom_simulator.relations.contacts import tag_mention
from intercom_simulator.v2_search.searchable import SearchableRecords


def tags(searchable: SearchableRecords, conversation: str) -> list[str]:
    """Return the ids of a conversation's tags."""
    collection = searchable.world.conversations
    record = collection.content(collection.entries[conversation])
    return list(dict.fromkeys(str(tag["id"]) for tag in record["tags"]["tags"]))


def set_tags(searchable: SearchableRecords, conversation: str, ids: list[str]) -> None:
    """Give a conversation exactly these tags; new ones are applied now, by the first admin."""
    world = searchable.world
    entry = world.conversations.entries[conversation]
    known = {str(tag["id"]): tag for tag in world.conversations.content(entry)["tags"]["tags"]}
    applied = {"applied_at": int(world.clock.now()), "applied_by": {"type": "admin", "id": world.setup.admin_ids[0]}}
    chosen = [known.get(one) or {**tag_mention(searchable, one), **applied} for one in ids]
    world.conversations.change(entry, {"tags": {"type": "tag.list", "tags": chosen}})


def ticket_contacts(searchable: SearchableRecords, ticket: str) -> list[str]:
    """Return the ids of a ticket's contacts."""
    tickets = searchable.world.tickets
    return [one["id"] for one in tickets.content(tickets.entries[ticket])["contacts"]["contacts"]]


def set_ticket_contacts(searchable: SearchableRecords, ticket: str, ids: list[str]) -> None:
    """Give a ticket exactly these contacts."""
    mentions = [{"type": "contact", "id": one, "external_id": None} for one in ids]
    tickets = searchable.world.tickets
    tickets.change(tickets.entries[ticket], {"contacts": {"type": "contact.list", "contacts": mentions}})
