"""What every endpoint gets, and the parameters that lists share: filters, sort order, single records."""

from collections.abc import Iterable, Sequence

import msgspec

from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.responses import ApiError, Request
from intercom_simulator.store.collection import Collection, Entry, Record, RecordForm
from intercom_simulator.v1_api.scrolls import Scrolls
from intercom_simulator.v2_search.searchable import SearchableRecords
from intercom_simulator.world.export_jobs import ExportJobs
from intercom_simulator.world.world import World

DAY_SECONDS = 86400
SINGLE = RecordForm(is_single=True)
LISTED = RecordForm()


class Context(msgspec.Struct, frozen=True):
    """The world, its scrolls, the views of API 2.x and the export jobs."""

    world: World
    scrolls: Scrolls
    searchable: SearchableRecords
    jobs: ExportJobs

    @property
    def behaviours(self) -> Behaviours:
        """The behaviours that are set now."""
        return self.world.behaviours


def encoded_record(collection: Collection, identity: str, missing: ApiError, form: RecordForm = SINGLE) -> bytes:
    """Encode the record of this id. Raises `missing` when there is none."""
    entry = collection.entries.get(identity)
    if entry is None:
        raise missing
    return collection.encoded(entry, form)


def form_of(request: Request, *, is_single: bool) -> RecordForm:
    """Return the form that `display_as` asks for."""
    return RecordForm(is_single, request.parameters.get("display_as") == "plaintext")


def is_descending(text: str | None) -> bool:
    """Read `order`; descending by default. Raises ApiError for an unknown order."""
    if text not in (None, "", "asc", "desc"):
        raise ApiError(400, "parameter_invalid", "'order' must be asc or desc")
    return text != "asc"


def sort_field(text: str | None, allowed: Sequence[str], default: str) -> str:
    """Read `sort`. Raises ApiError for a field that cannot be sorted by."""
    if not text:
        return default
    if text not in allowed:
        raise ApiError(400, "parameter_invalid", f"'sort' must be one of {', '.join(allowed)}")
    return text


def filter_by_age(entries: list[Entry], field: str, days: str | None, now: float) -> list[Entry]:
    """Keep the records created or updated in the last number of days; all of them if `days` is empty."""
    if days is None or days == "":
        return entries
    number = parse_integer(days)
    if number is None:
        raise ApiError(400, "parameter_invalid", f"Invalid {field.removesuffix('_at')}_since timestamp")
    earliest = now - number * DAY_SECONDS
    return [entry for entry in entries if getattr(entry, field) >= earliest]


def filter_by_value(collection: Collection, entries: list[Entry], field: str, value: str | None) -> list[Entry]:
    """Keep the records whose field is exactly this text; all of them if it is None."""
    if value is None:
        return entries
    return [entry for entry in entries if collection.content(entry).get(field) == value]


def filter_by_tag(collection: Collection, entries: list[Entry], tag_id: str | None) -> list[Entry]:
    """Keep the records with this tag; all of them if it is None."""
    if tag_id is None:
        return entries
    return [entry for entry in entries if tag_id in _tag_ids(collection.content(entry))]


def filter_by_segment(context: Context, entries: list[Entry], segment_id: str | None) -> list[Entry]:
    """Keep the members of this segment; all of them if it is None.

    A segment of other records, or of people of the other role, has no members.
    """
    if segment_id is None:
        return entries
    members = context.searchable.links.members(segment_id)
    return [entry for entry in entries if entry.id in members]


def first_entry(entries: Iterable[Entry], missing: ApiError) -> Entry:
    """Return the first of the entries. Raises `missing` when there is none."""
    for entry in entries:
        return entry
    raise missing


def _tag_ids(record: Record) -> list[str]:
    return [str(tag["id"]) for tag in (record.get("tags") or {"tags": []})["tags"]]
