"""Answers without pages: /me, admins, teams, tags, segments, data attributes and counts."""

import msgspec

from intercom_simulator.content.names import APP_ID
from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.store.collection import Collection, Entry
from intercom_simulator.v1_api.context import LISTED, SINGLE, Context
from intercom_simulator.v2_search.searchable import SearchableRecords

MODELS = ("customer", "company")


def me(context: Context, request: Request) -> bytes:
    """GET /me: the admin whose token it is, and the workspace."""
    del request
    admins = context.world.streams["admins"]
    record = admins.content(next(iter(admins)))
    own = {key: record[key] for key in ("type", "id", "email", "name", "has_inbox_seat")}
    own["avatar"] = {"type": "avatar", **record["avatar"]}
    app = {
        "type": "app",
        "id_code": APP_ID,
        "name": "Blue Sun & Søns",
        "created_at": 1_367_000_000,
        "secure": False,
        "identity_verification": False,
        "timezone": context.behaviours.timezone,
        "region": "US",
    }
    return msgspec.json.encode({**own, "email_verified": True, "app": app})


def unpaged_list(context: Context, stream: str, kind: str, key: str) -> bytes:
    """GET of a list without pages."""
    return envelope(kind, key, _encoded(context.world.streams[stream]))


def segments(context: Context, request: Request) -> bytes:
    """GET /segments: of people, or with type=company of companies; counted with include_count=true."""
    stream = "company_segments" if request.parameters.get("type") == "company" else "segments"
    collection = context.world.streams[stream]
    if request.parameters.get("include_count") != "true":
        return envelope("segment.list", "segments", _encoded(collection))
    counted = [msgspec.json.encode(counted_segment(context.searchable, collection, entry)) for entry in collection]
    return envelope("segment.list", "segments", counted)


def counted_segment(searchable: SearchableRecords, collection: Collection, entry: Entry) -> dict[str, object]:
    """Return the segment with the number of its members."""
    return {"count": len(searchable.links.members(entry.id)), **collection.api_record(entry, LISTED)}


def one_segment(context: Context, request: Request) -> bytes:
    """GET /segments/{id}: of people or of companies."""
    identity = request.segments[1]
    for stream in ("segments", "company_segments"):
        collection = context.world.streams[stream]
        entry = collection.entries.get(identity)
        if entry is not None:
            counted = request.parameters.get("include_count") == "true"
            return (
                msgspec.json.encode(counted_segment(context.searchable, collection, entry))
                if counted
                else collection.encoded(entry, SINGLE)
            )
    raise ApiError(404, "not_found", "Resource Not Found")


def data_attributes(context: Context, request: Request) -> bytes:
    """GET /data_attributes: of one model, or of both."""
    model = request.parameters.get("model")
    if model is not None and model not in MODELS:
        raise ApiError(400, "parameter_invalid", f"unsupported model [{model}]")
    return _attributes(context, request, MODELS if model is None else (model,))


def data_attributes_of_model(context: Context, request: Request) -> bytes:
    """GET /data_attributes/customer and /data_attributes/company, as versions before 1.4 have it."""
    if request.segments[1] not in MODELS:
        raise ApiError(404, "not_found", "Resource Not Found")
    return _attributes(context, request, (request.segments[1],))


def _attributes(context: Context, request: Request, models: tuple[str, ...]) -> bytes:
    items = []
    for model in models:
        collection = context.world.streams[f"{model}_attributes"]
        items += _encoded(collection, archived=request.parameters.get("include_archived") == "true")
    return envelope("data_attribute.list", "data_attributes", items)


def counts(context: Context, request: Request) -> bytes:
    """GET /counts: the totals of the workspace, or with type=conversation those of its inbox."""
    kind = request.parameters.get("type")
    if kind == "conversation":
        return msgspec.json.encode({"type": "count", "conversation": _inbox(context, request)})
    if kind is not None:
        raise ApiError(400, "parameter_invalid", f"unsupported type [{kind}]")
    names = {"company": "companies", "lead": "leads", "segment": "segments", "tag": "tags", "user": "users"}
    totals = {name: {"count": len(context.world.streams[stream])} for name, stream in names.items()}
    return msgspec.json.encode({"type": "count.hash", **totals})


def _inbox(context: Context, request: Request) -> dict[str, object]:
    collection = context.world.conversations
    records = [collection.content(entry) for entry in collection]
    if request.parameters.get("count") == "admin":
        admins = [context.world.streams["admins"].content(entry) for entry in context.world.streams["admins"]]
        return {"admin": [_admin_inbox(admin, records) for admin in admins]}
    opened = sum(record["open"] for record in records)
    unassigned = sum(record["open"] and record["assignee"]["id"] is None for record in records)
    return {"open": opened, "closed": len(records) - opened, "assigned": opened - unassigned, "unassigned": unassigned}


def _admin_inbox(admin: dict[str, object], records: list[dict[str, object]]) -> dict[str, object]:
    own = [record["open"] for record in records if record["assignee"] == {"type": "admin", "id": admin["id"]}]
    return {"id": admin["id"], "name": admin["name"], "open": sum(map(bool, own)), "closed": own.count(False)}


def _encoded(collection: Collection, *, archived: bool = False) -> list[bytes]:
    entries = collection.entries.values() if archived else collection
    return [collection.encoded(entry, LISTED) for entry in entries]
