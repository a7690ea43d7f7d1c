"""The columns and rows of export files; every value is a text."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record
from intercom_simulator.store.collection import Entry
from intercom_simulator.store.randomness import pick, random_bits
from intercom_simulator.v2_search.searchable import SearchableRecords
from intercom_simulator.world.export_jobs import Table

Value = Callable[[Entry, Record], Any]

CONTENT_COLUMNS = (
    "user_id", "user_external_id", "company_id", "email", "name", "ruleset_id", "content_id", "content_type",
    "content_title", "ruleset_version_id", "receipt_id", "received_at", "series_id", "series_title", "node_id",
    "first_reply", "first_completion", "first_series_completion", "first_series_disengagement", "first_series_exit",
    "first_goal_success", "first_open", "first_click", "first_dismisall", "first_unsubscribe", "first_hard_bounce",
)  # fmt: skip
_NO_ID = "-1"  # of a company or series
_TITLES = ("Quoi de “neuf” ?", 'Tips, tricks & "more"', "Zwei\nZeilen")


class Dataset(NamedTuple):
    """A dataset of reporting exports: its collection, its columns with their names and values, and its time column."""

    stream: str
    columns: dict[str, tuple[str, Value]]
    time: str


DATASETS: dict[str, Dataset] = {
    "conversation": Dataset(
        "conversations",
        {
            "conversation_id": ("Conversation ID", lambda entry, _: entry.id),
            "conversation_started_at": ("Conversation started at", lambda entry, _: entry.created_at),
            "state": ("State", lambda _, content: content["state"]),
            "channel": ("Channel", lambda _, content: content["conversation_message"]["type"]),
            "subject": ("Subject", lambda _, content: content["conversation_message"]["subject"]),
            "first_user_reply_at": (
                "First reply of a user at",
                lambda _, content: (content["customer_first_reply"] or {}).get("created_at"),
            ),
            "parts": ("Parts", lambda entry, _: entry.part_count),
        },
        "conversation_started_at",
    ),
    "ticket": Dataset(
        "tickets",
        {
            "ticket_id": ("Ticket ID", lambda entry, _: entry.id),
            "ticket_created_at": ("Ticket created at", lambda entry, _: entry.created_at),
            "ticket_state": ("Ticket state", lambda _, content: content["ticket_state"]["category"]),
            "title": ("Title", lambda _, content: content["ticket_attributes"]["_default_title_"]),
        },
        "ticket_created_at",
    ),
}


def column_of(dataset: str, attribute: object) -> str | None:
    """Return the column of an attribute id, bare or qualified by the dataset; None if there is none."""
    name = str(attribute).removeprefix(f"{dataset}.")
    return name if name in DATASETS[dataset].columns else None


def message_rows(searchable: SearchableRecords, after: int, before: int) -> Table:
    """Return the messages sent to users in a period.

    What users did with a message counts only if it lies in the same period.
    """
    rows: Table = []
    before = min(before, int(searchable.world.clock.now()))
    for entry in searchable.world.users:
        bits = random_bits(searchable.world.seed, 181, entry.ordinal)
        received = entry.created_at + 3600 + bits % 86400
        if bits >> 20 & 3 or not after <= received <= before:
            continue
        person, kind = searchable.world.users.content(entry), pick(bits >> 24, ("email", "tour", "push"))
        title = pick(bits >> 28, _TITLES)
        about = (entry.id, person["user_id"], _NO_ID, person["email"], person["name"], 21, 63, kind, title)
        engagements = [_engaged_at(column, received, bits) for column in CONTENT_COLUMNS[15:]]
        counted = [moment if moment is not None and moment <= before else None for moment in engagements]
        rows.append(_texts((*about, 51, f"2{bits:019d}", received, _NO_ID, "", "", *counted)))
    return rows


def _engaged_at(column: str, received: int, bits: int) -> int | None:
    """Return when a user opened or clicked; some do, within six days."""
    later = {"first_open": 60, "first_click": 90}.get(column)
    return received + later + bits % 500_000 if later and bits >> 30 & 1 else None


def dataset_rows(
    searchable: SearchableRecords,
    minor: int,
    dataset: str,
    columns: Sequence[str],
    period: tuple[int, int] | None = None,
) -> Table:
    """Return these columns of the records of a dataset that were created in the period.

    Before 2.16 conversations without a reply of a user are left out.
    """
    known = DATASETS[dataset]
    return [
        _texts(known.columns[column][1](entry, content) for column in columns)
        for entry, content in _contents(searchable, known.stream)
        if (period is None or period[0] <= entry.created_at <= period[1])
        and (minor >= NEWEST_MINOR or content.get("customer_first_reply", entry) is not None)
    ]


def _contents(searchable: SearchableRecords, stream: str) -> Iterator[tuple[Entry, Record]]:
    collection = searchable.world.streams[stream]
    return ((entry, collection.content(entry)) for entry in collection)


def _texts(values: Any) -> list[str]:
    return ["" if value is None else str(value) for value in values]
