"""The rows of child streams and link streams of API 2.x: children have their parent's id, links both ids."""

from collections.abc import Callable, Iterator
from typing import Any

from intercom_simulator.content.ticket_types import TICKET_TYPES
from intercom_simulator.protocol.view_options import Record, ViewOptions
from intercom_simulator.store.collection import Entry
from intercom_simulator.v2_api import calls, events
from intercom_simulator.v2_records import knowledge, report_rows, workspace_setup
from intercom_simulator.v2_search import custom_objects as instances
from intercom_simulator.v2_search.searchable import SearchableRecords
from intercom_simulator.v2_search.views import View

Rows = Callable[[SearchableRecords, ViewOptions], Iterator[Record]]


def parts(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield each conversation's parts, as many as are served."""
    for entry in searchable.world.conversations:
        for part in searchable.conversation_writer.parts(entry, options):
            yield {**part, "conversation_id": entry.id}


def ticket_parts(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield each ticket's parts, as many as are served."""
    for entry in searchable.world.tickets:
        for part in searchable.ticket_writer.parts(entry, options):
            yield {**part, "ticket_id": entry.id}


def of_contacts(name: str, key: str) -> Rows:
    """Yield links of contacts to what `ContactLinks` returns: tags, companies, segments or subscriptions."""

    def rows(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
        del options
        for entry in searchable.contacts:
            ids = getattr(searchable.links, name)(entry)
            if name == "subscriptions":
                ids = dict.fromkeys([*ids[0], *ids[1]])
            yield from ({"contact_id": entry.id, key: one} for one in ids)

    return rows


def notes(kind: str) -> Rows:
    """Yield the notes on contacts, or on companies."""

    def rows(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
        del options
        for entry in searchable.contacts if kind == "contact" else searchable.world.companies:
            yield from ({**note, f"{kind}_id": entry.id} for note in searchable.links.notes_about(entry, kind))

    return rows


def company_segments(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield each company's segments."""
    listed = workspace_setup.company_segments(searchable, options)
    for entry in searchable.world.companies:
        ids = searchable.links.company_segments(entry)
        yield from ({**segment, "company_id": entry.id} for segment in listed if segment["id"] in ids)


def company_tags(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield links of companies to their tags."""
    del options
    for company in map(searchable.world.companies.content, searchable.world.companies):
        ids = dict.fromkeys(str(tag["id"]) for tag in company["tags"]["tags"])
        yield from ({"company_id": company["id"], "tag_id": one} for one in ids)


def company_contacts(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield links of companies to their contacts."""
    del options
    for entry in searchable.world.companies:
        ids = searchable.links.contacts_of_company(entry.id)
        yield from ({"company_id": entry.id, "contact_id": one} for one in ids)


def of_conversations(path: tuple[str, str], key: str = "") -> Rows:
    """Yield the items of a list within conversations: links if a key is given, else objects with the parent's id."""
    outer, inner = path

    def rows(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
        for conversation in _written(searchable.conversations, options):
            items: list[Any] = (conversation[outer] or {}).get(inner) or []
            identity = {"conversation_id": conversation["id"]}
            if key:
                yield from ({**identity, key: one} for one in dict.fromkeys(item["id"] for item in items))
            else:
                yield from ({**identity, **item} for item in items)

    return rows


def content_sources(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield the content sources of the AI agent in each conversation."""
    for conversation in _written(searchable.conversations, options):
        sources = (conversation["ai_agent"] or {"content_sources": {"content_sources": []}})["content_sources"]
        yield from ({"conversation_id": conversation["id"], **source} for source in sources["content_sources"])


def part_attachments(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield the attachments of conversation parts."""
    for part in parts(searchable, options):
        identity = {"conversation_id": part["conversation_id"], "part_id": part["id"]}
        yield from ({**identity, **attachment} for attachment in part["attachments"])


def ticket_contacts(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield links of tickets to contacts."""
    for ticket in _written(searchable.tickets, options):
        yield from ({"ticket_id": ticket["id"], "contact_id": one["id"]} for one in ticket["contacts"]["contacts"])


def team_admins(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield links of teams to admins."""
    for team in workspace_setup.teams(searchable, options):
        yield from ({"team_id": team["id"], "admin_id": str(one)} for one in team["admin_ids"])


def type_attributes(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield the attributes of all ticket types."""
    del searchable, options
    for kind in TICKET_TYPES:
        yield from kind["ticket_type_attributes"]["data"]


def newsfeed_items(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield the live items of each newsfeed."""
    for feed in knowledge.newsfeeds(searchable, options):
        items = knowledge.newsfeed_items(searchable, options, feed["id"])
        yield from ({**item, "newsfeed_id": feed["id"]} for item in items)


def merge_history(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield the contacts that were merged into each user."""
    del options
    for entry in searchable.world.users:
        yield from ({**item, "contact_id": entry.id} for item in searchable.links.merge_history(entry))


def of_each_conversation(write: Callable[[SearchableRecords, Entry], list[Record]]) -> Rows:
    """Yield the records that `write` returns for each conversation."""

    def rows(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
        del options
        for entry in searchable.world.conversations:
            yield from ({**item, "conversation_id": entry.id} for item in write(searchable, entry))

    return rows


def data_events(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield the events of each contact."""
    del options
    for entry in searchable.contacts:
        yield from events.data_events(searchable, entry)


def custom_objects(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield the custom objects of every type."""
    del options
    for kind in instances.TYPES:
        yield from searchable.custom_objects(kind)


def transcripts(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield the transcript of each call, as text."""
    for call in calls.calls(searchable, options):
        text = calls.transcript_of(call)
        if text is not None:
            yield {"call_id": call["id"], "transcript": text}


def content_export(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield all messages that were ever sent, as rows with column names."""
    del options
    for row in report_rows.message_rows(searchable, 0, int(searchable.world.clock.now())):
        yield dict(zip(report_rows.CONTENT_COLUMNS, row, strict=True))


def reporting_exports(searchable: SearchableRecords, options: ViewOptions) -> Iterator[Record]:
    """Yield rows of every column of every dataset, with their dataset_id."""
    for dataset, known in report_rows.DATASETS.items():
        columns = list(known.columns)
        for row in report_rows.dataset_rows(searchable, options.minor, dataset, columns):
            yield {"dataset_id": dataset, **dict(zip(columns, row, strict=True))}


def _written(view: View, options: ViewOptions) -> Iterator[Record]:
    return (view.record(entry, options) for entry in view)
