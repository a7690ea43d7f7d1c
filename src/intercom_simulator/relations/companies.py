"""Links of companies: contacts, segments and tags."""

from intercom_simulator.relations import contacts
from intercom_simulator.store.collection import Entry
from intercom_simulator.v2_search.searchable import SearchableRecords


def find(searchable: SearchableRecords, company: str) -> Entry:
    """Return the company of this id. Raises KeyError when there is none."""
    return searchable.world.companies.entries[company]


def set_contacts(searchable: SearchableRecords, company: str, ids: list[str]) -> None:
    """Attach exactly these users to a company."""
    links = searchable.links
    for user in sorted({*links.contacts_of_company(company)} ^ {*ids}):
        companies = links.companies(contacts.find(searchable, user))
        kept = [one for one in companies if one != company]
        contacts.set_companies(searchable, user, [*kept, company] if user in ids else kept)


def set_segments(searchable: SearchableRecords, company: str, ids: list[str]) -> None:
    """Put a company into exactly these segments."""
    segments = [{"type": "segment", "id": one} for one in ids]
    fields = {"segments": {"type": "segment.list", "segments": segments}}
    searchable.world.companies.change(find(searchable, company), fields)


def tags(searchable: SearchableRecords, company: str) -> list[str]:
    """Return the ids of a company's tags."""
    record = searchable.world.companies.content(find(searchable, company))
    return list(dict.fromkeys(str(tag["id"]) for tag in record["tags"]["tags"]))


def set_tags(searchable: SearchableRecords, company: str, ids: list[str]) -> None:
    """Give a company exactly these tags."""
    mentions = [contacts.tag_mention(searchable, one) for one in ids]
    searchable.world.companies.change(find(searchable, company), {"tags": {"type": "tag.list", "tags": mentions}})
