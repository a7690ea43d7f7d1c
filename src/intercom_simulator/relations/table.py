"""THE TABLE of the links between records: by the name of their stream, how they are read and written."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from intercom_simulator.relations import companies, contacts, conversations, workspace
from intercom_simulator.store.collection import Entry
from intercom_simulator.v2_search.searchable import SearchableRecords
from intercom_simulator.world.manual_changes import NoSuchRecord

Linked = Callable[[SearchableRecords, str], list[str]]


class Relation(NamedTuple):
    """One kind of link, from a parent to what it is linked to; all are named by their ids.

    `targets` returns what a parent may be linked to. `write` sets all links of a parent; no time of either side moves.
    `least`: links that a parent keeps. `invented`: a target is made when it is linked, and gone when it no longer is.
    """

    parents: Callable[[SearchableRecords], Iterable[str]]
    targets: Linked
    linked: Linked
    write: Callable[[SearchableRecords, str, list[str]], None]
    least: int = 0
    invented: bool = False


def _ids(stream: str) -> Callable[..., list[str]]:
    return lambda searchable, _parent="": [entry.id for entry in searchable.world.streams[stream]]


def _of_contact(name: str) -> Linked:
    return lambda searchable, contact: list(getattr(searchable.links, name)(contacts.find(searchable, contact)))


def _contacts(searchable: SearchableRecords) -> list[str]:
    return [entry.id for entry in searchable.contacts]


def _notes(owners: Callable[[SearchableRecords], Iterable[str]], find: Callable[..., Entry]) -> Relation:
    def linked(searchable: SearchableRecords, owner: str) -> list[str]:
        return [note["id"] for note in searchable.links.notes(find(searchable, owner))]

    def write(searchable: SearchableRecords, owner: str, ids: list[str]) -> None:
        searchable.links.set_notes(find(searchable, owner), ids)

    return Relation(owners, contacts.new_note, linked, write, invented=True)


def _set_segments(searchable: SearchableRecords, contact: str, ids: list[str]) -> None:
    searchable.links.set_segments(contacts.find(searchable, contact), ids)


RELATIONS: dict[str, Relation] = {
    "contact_tags": Relation(_contacts, _ids("tags"), _of_contact("tags"), contacts.set_tags),
    "contact_segments": Relation(_contacts, contacts.possible_segments, _of_contact("segments"), _set_segments),
    "contact_companies": Relation(_ids("users"), _ids("companies"), _of_contact("companies"), contacts.set_companies),
    "contact_subscriptions": Relation(
        _contacts, contacts.subscription_types, contacts.subscriptions, contacts.set_subscriptions
    ),
    "contact_notes": _notes(_contacts, contacts.find),
    "company_contacts": Relation(
        _ids("companies"),
        _ids("users"),
        lambda searchable, company: searchable.links.contacts_of_company(company),
        companies.set_contacts,
    ),
    "company_segments": Relation(
        _ids("companies"),
        _ids("company_segments"),
        lambda searchable, company: searchable.links.company_segments(companies.find(searchable, company)),
        companies.set_segments,
    ),
    "company_tags": Relation(_ids("companies"), _ids("tags"), companies.tags, companies.set_tags),
    "company_notes": _notes(_ids("companies"), companies.find),
    "conversation_tags": Relation(_ids("conversations"), _ids("tags"), conversations.tags, conversations.set_tags),
    "ticket_contacts": Relation(
        _ids("tickets"), _ids("users"), conversations.ticket_contacts, conversations.set_ticket_contacts, least=1
    ),
    "team_admins": Relation(_ids("teams"), _ids("admins"), workspace.admins_of_team, workspace.set_admins_of_team),
    "newsfeed_items": Relation(
        workspace.newsfeeds, workspace.live_items, workspace.items_of_newsfeed, workspace.set_items_of_newsfeed
    ),
}


def link(searchable: SearchableRecords, stream: str, parent: str, target: str) -> list[str]:
    """Link a parent to a target and return all its links. Raises NoSuchRecord for one of them that does not exist."""
    relation = find_relation(searchable, stream, parent)
    linked = relation.linked(searchable, parent)
    if target not in linked:
        if not relation.invented and target not in relation.targets(searchable, parent):
            raise NoSuchRecord(f"{target} cannot be among the {stream} of {parent}")
        relation.write(searchable, parent, [*linked, target])
    return relation.linked(searchable, parent)


def unlink(searchable: SearchableRecords, stream: str, parent: str, target: str) -> list[str]:
    """Take a link away and return those that are left. Raises NoSuchRecord for none, ValueError for one that stays."""
    relation = find_relation(searchable, stream, parent)
    linked = relation.linked(searchable, parent)
    if target not in linked:
        raise NoSuchRecord(f"{target} is not among the {stream} of {parent}")
    if len(linked) <= relation.least:
        raise ValueError(f"{parent} keeps its last one of {stream}")
    relation.write(searchable, parent, [one for one in linked if one != target])
    return relation.linked(searchable, parent)


def find_relation(searchable: SearchableRecords, stream: str, parent: str = "") -> Relation:
    """Return a row of the table. Raises NoSuchRecord for another stream, or for a parent that does not exist."""
    relation = RELATIONS.get(stream)
    if relation is None:
        raise NoSuchRecord(f"no links {stream}; there are {', '.join(RELATIONS)}")
    if parent and parent not in relation.parents(searchable):
        raise NoSuchRecord(f"no {parent} that has {stream}")
    return relation
