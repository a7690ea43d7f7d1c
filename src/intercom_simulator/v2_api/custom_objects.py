"""Custom object instances: one by one since 2.13, listed since 2.16."""

import msgspec

from intercom_simulator.protocol.responses import ApiError, Request
from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, read_view_options
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_api.paging import Paging, numbered_page
from intercom_simulator.v2_search.custom_objects import LAST_ID, TYPES
from intercom_simulator.v2_search.searchable import SearchableRecords

SINCE = 13
PAGING = Paging("absent", 20, 150)
REFERENCES = ("references_contact_id", "references_conversation_id")


def instances(context: Context, request: Request) -> bytes:
    """GET /custom_object_instances/{type}: the one with external_id or, since 2.16, a page of all."""
    kind, external, parameters = request.segments[1], request.parameters.get("external_id"), request.parameters
    minor = read_view_options(request, context.behaviours).minor
    if kind not in TYPES:
        message = "Object not found" if minor < NEWEST_MINOR else f"Custom object type `{kind}` not found"
        raise ApiError(404, "not_found", message)
    records = context.searchable.custom_objects(kind)
    if external or minor < NEWEST_MINOR:
        return _first_record([record for record in records if record["external_id"] == external])
    for name in REFERENCES:
        if parameters.get(name):
            records = [
                record for record in records if _references(context.searchable, record)[name] == parameters[name]
            ]
    return numbered_page(request, records, ("list", "data"), PAGING)


def instance(context: Context, request: Request) -> bytes:
    """GET /custom_object_instances/{type}/{id or external id}."""
    kind, identity = request.segments[1:]
    if kind not in TYPES:
        raise ApiError(404, "not_found", "Object not found")
    return _first_record(
        [
            record
            for record in context.searchable.custom_objects(kind)
            if identity in (record["id"], record["external_id"])
        ]
    )


def _references(searchable: SearchableRecords, record: Record) -> dict[str, str]:
    number = LAST_ID[record["type"]] - int(record["id"])
    users, conversations = searchable.first_users, searchable.first_conversations
    return dict(zip(REFERENCES, (users[number % len(users)], conversations[number % len(conversations)]), strict=True))


def _first_record(found: list[Record]) -> bytes:
    if not found:
        raise ApiError(404, "not_found", "Custom object instance not found")
    return msgspec.json.encode(found[0])
