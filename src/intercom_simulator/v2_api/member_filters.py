"""The filters by segment and by tag, in a search of contacts and in GET /companies, as the switches want them."""

from typing import Any

from intercom_simulator.protocol.responses import ApiError
from intercom_simulator.v1_api.context import Context

MEMBER_FILTERS = ("segment_id", "tag_id")
EVERYBODY = {"field": "created_at", "operator": ">", "value": 0}
STALE = 3  # a stale count is this part of the members


def served_query(context: Context, query: Any) -> Any:
    """Return a search query with those filters that this server knows. Raises ApiError for one that it refuses."""
    if not isinstance(query, dict):
        return query
    members = query.get("value")
    if "field" in query or not isinstance(members, list):
        return query if _is_served(context, query.get("field"), members) else EVERYBODY
    return {**query, "value": [served_query(context, member) for member in members]}


def served_value(context: Context, field: str, value: str | None) -> str | None:
    """Return the value of a parameter; None where this server does not know it. Raises ApiError where it refuses it."""
    return value if value is not None and _is_served(context, field, value) else None


def member_count(context: Context, segment_id: str) -> dict[str, int]:
    """Return the field with the number of a segment's members, as this server counts them; none where it does not."""
    counts, members = context.behaviours.segment_counts, len(context.searchable.links.members(segment_id))
    return {} if counts == "absent" else {"count": members if counts == "current" else members // STALE}


def _is_served(context: Context, field: object, value: object) -> bool:
    if field not in MEMBER_FILTERS:
        return True
    behaviours, setup = context.behaviours, context.world.setup
    if behaviours.member_filters == "refused":
        raise ApiError(400, "parameter_invalid", f"{field} is not a filter")
    if behaviours.unknown_members == "refused" and field == "segment_id":
        known = {str(segment["id"]) for segment in (*setup.segments, *setup.company_segments)}
        if value not in known:
            raise ApiError(404, "not_found", "Segment not found")
    return behaviours.member_filters == "served"
