"""Links of contacts: tags, segments, companies, subscription types and notes."""

from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.store.collection import Entry
from intercom_simulator.v2_records import workspace_setup
from intercom_simulator.v2_search.searchable import SearchableRecords

NEW_NOTES = 9_000_000_000  # ids of invented notes begin here


def find(searchable: SearchableRecords, contact: str) -> Entry:
    """Return the contact of this id. Raises KeyError when there is none."""
    world = searchable.world
    return (world.leads if contact in world.leads.entries else world.users).entries[contact]


def set_tags(searchable: SearchableRecords, contact: str, ids: list[str]) -> None:
    """Give a contact exactly these tags."""
    searchable.links.set_tags(find(searchable, contact), [tag_mention(searchable, one) for one in ids])


def tag_mention(searchable: SearchableRecords, tag: str) -> Record:
    """Return a tag as records of API 1.4 mention it; one that no longer exists has no name."""
    tags = searchable.world.streams["tags"]
    name = {"name": tags.content(tags.entries[tag])["name"]} if tag in tags.entries else {}
    return {"type": "tag", "id": tag, **name}


def set_companies(searchable: SearchableRecords, contact: str, ids: list[str]) -> None:
    """Attach a user to exactly these companies."""
    companies = searchable.world.companies
    mentions = [_company_mention(companies.content(companies.entries[one])) for one in ids]
    searchable.links.set_companies(find(searchable, contact), mentions)


def _company_mention(company: Record) -> Record:
    return {"type": "company", **{key: company[key] for key in ("company_id", "id", "name") if key in company}}


def possible_segments(searchable: SearchableRecords, contact: str) -> list[str]:
    """Return the segments that a contact of this role can be in."""
    return [segment.id for segment in searchable.links.possible_segments(find(searchable, contact))]


def subscriptions(searchable: SearchableRecords, contact: str) -> list[str]:
    """Return the subscription types that a contact opted into or out of."""
    opted_in, opted_out = searchable.links.subscriptions(find(searchable, contact))
    return [*opted_in, *opted_out]


def set_subscriptions(searchable: SearchableRecords, contact: str, ids: list[str]) -> None:
    """Keep the choices for these types; of a new one, a contact opts into what is opt_in and out of the other."""
    opted_in, opted_out = searchable.links.subscriptions(find(searchable, contact))
    types = workspace_setup.subscription_types(searchable, ViewOptions(NEWEST_MINOR))
    consents = {one["id"]: one["consent_type"] for one in types}
    chosen_in = [one for one in ids if one in opted_in or (one not in opted_out and consents[one] == "opt_in")]
    chosen_out = [one for one in ids if one not in chosen_in]
    searchable.links.set_subscriptions(find(searchable, contact), chosen_in, chosen_out)


def subscription_types(searchable: SearchableRecords, contact: str) -> list[str]:
    """Return the ids of all subscription types."""
    del contact
    return [one["id"] for one in workspace_setup.subscription_types(searchable, ViewOptions(NEWEST_MINOR))]


def new_note(searchable: SearchableRecords, owner: str) -> list[str]:
    """Return the id for the next note."""
    del owner
    return [str(NEW_NOTES + searchable.links.notes_added)]
