# ruff: noqa: PLR2004 - chances of an invented world, each used once
"""The data attributes of contacts, companies and conversations in API 2.x."""

from typing import TYPE_CHECKING

from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions
from intercom_simulator.store.collection import RecordForm

if TYPE_CHECKING:
    from intercom_simulator.v2_search.searchable import SearchableRecords

RENAMED_CONTACT_FIELDS = {
    "user_id": "external_id",
    "last_request_at": "last_seen_at",
    "location_data.city_name": "location.city",
    "location_data.region_name": "location.region",
    "location_data.country_name": "location.country",
    "location_data.timezone": "location.timezone",
    "location_data.continent_code": "location.continent_code",
}
BUILT_IN_CONVERSATION_ATTRIBUTES = (
    ("id", "ID", "integer"),
    ("created_at", "Created at", "date"),
    ("state", "State", "string"),
    ("source.type", "Channel", "string"),
    ("statistics.count_reopens", "Reopens", "integer"),
)
CONVERSATION_ATTRIBUTES = (
    ("Issue tier", "list"),
    ("Copilot used", "boolean"),
    ("Größe", "string"),
    ("Seats", "integer"),
    ("Refund €", "decimal"),
    ("Due", "datetime"),
    ("Renewal", "datetime"),
    ("Orders", "relationship"),
    ("Receipts", "files"),
)
ARCHIVED_ATTRIBUTE = "Due"
_OLD_TYPES = {"list": "string", "decimal": "float", "datetime": "date"}


def contact_attributes(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the data attributes of contacts."""
    del options
    role = {"name": "role", "full_name": "role", "label": "Contact role"}
    attributes = _attributes(searchable, "customer_attributes", "contact")
    return [{**attributes[0], **role, "api_writable": True}, *attributes]


def company_attributes(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the data attributes of companies."""
    del options
    return _attributes(searchable, "company_attributes", "company")


def _attributes(searchable: "SearchableRecords", stream: str, model: str) -> list[Record]:
    renamed = RENAMED_CONTACT_FIELDS if model == "contact" else {}
    collection = searchable.world.streams[stream]
    records = []
    for entry in collection.entries.values():
        record = collection.api_record(entry, RecordForm())
        full_name = str(renamed.get(record["full_name"], record["full_name"]))
        name = record["name"] if record["custom"] else full_name.rpartition(".")[2]
        name = record["name"] if full_name == record["full_name"] else name
        identity = {"id": 10_000 + entry.ordinal} if record["custom"] else {}
        records.append({**record, **identity, "model": model, "name": name, "full_name": full_name})
    return records


def conversation_attributes(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the attributes of conversations; before 2.16 as data attributes, with the built-in ones."""
    custom = [_conversation_attribute(searchable, number) for number in range(len(CONVERSATION_ATTRIBUTES))]
    if options.minor >= NEWEST_MINOR:
        return custom
    built_in = [_old_attribute(full_name, label, kind) for full_name, label, kind in BUILT_IN_CONVERSATION_ATTRIBUTES]
    return built_in + [_as_data_attribute(one) for one in custom if one["data_type"] not in ("relationship", "files")]


def _conversation_attribute(searchable: "SearchableRecords", number: int) -> Record:
    (name, kind), created_at = CONVERSATION_ATTRIBUTES[number], searchable.world.newest_at - 86400 * (400 - number)
    record: Record = {
        "type": "conversation_attribute",
        "id": 8_656_590 + number,
        "name": name,
        "description": "" if number % 2 else "Wie dringend – von 1 bis 3",  # noqa: RUF001 - as people write
        "data_type": kind,
        "required": False,
        "visible_to_team_ids": [str(team["id"]) for team in searchable.world.setup.teams[: number % 2]],
        "archived": name == ARCHIVED_ATTRIBUTE,
        "created_at": created_at,
        "updated_at": created_at + 86400,
        "admin_id": searchable.world.setup.admin_ids[0],
    }
    if kind == "list":
        record["options"] = [{"id": f"a1b2-{one}", "label": str(one), "archived": one == 3} for one in (1, 2, 3)]
    if kind == "string":
        record["multiline"] = False
    if kind == "relationship":
        record["reference"] = {"type": "many", "object_type_id": "Order"}
    return record


def _old_attribute(full_name: str, label: str, kind: str) -> Record:
    return {
        "type": "data_attribute",
        "name": full_name.rpartition(".")[2],
        "full_name": full_name,
        "label": label,
        "description": "",
        "data_type": kind,
        "api_writable": False,
        "ui_writable": False,
        "messenger_writable": False,
        "custom": False,
        "archived": False,
        "model": "conversation",
    }


def _as_data_attribute(attribute: Record) -> Record:
    name, kind = attribute["name"], attribute["data_type"]
    options = {"options": [option["label"] for option in attribute["options"]]} if kind == "list" else {}
    return {
        **_old_attribute(f"custom_attributes.{name}", name, str(_OLD_TYPES.get(kind, kind))),
        **{key: attribute[key] for key in ("id", "description", "archived", "created_at", "updated_at", "admin_id")},
        **options,
        "name": name,
        "custom": True,
        "api_writable": True,
    }
