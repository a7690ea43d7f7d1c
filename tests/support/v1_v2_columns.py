"""What API 1.4 and API 2.x both say of a record, told alike: the rows of both in the columns of 1.4."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

OF_PEOPLE = (
    *("id", "type", "user_id", "anonymous", "email", "phone", "name", "app_id", "last_request_at", "created_at"),
    *("signed_up_at", "updated_at", "owner_id", "unsubscribed_from_emails", "marked_email_as_spam"),
    *("has_hard_bounced", "custom_attributes", "referrer", "utm_campaign", "utm_medium", "utm_source"),
)
OF_PLACES = ("type", "city_name", "continent_code", "country_code", "country_name", "region_name")
# What only one of them says, of streams whose other columns are alike.
APART = {
    "company_segments": {"person_type"},
    "conversation_parts": {"redacted"},
    "conversations": {"sent_at", "conversation_rating", "conversation_message", "user", "customers"},
}
OF_MESSAGES = ("type", "id", "delivered_as", "author", "attachments", "url")


def shared(stream: str, row: Row) -> dict[str, Any]:
    """Tell what both say of a record."""
    if stream in {"users", "leads"}:
        return _person(row)
    told = {column: value for column, value in row.items() if column not in APART.get(stream, ())}
    if stream == "admins":  # whose avatar has a type on 2.x alone
        told["avatar"] = {"image_url": row["avatar"]["image_url"]}
    if stream == "conversations":
        told["customers"] = _ids(row["customers"])
        told["user"] = row["user"]["id"]
        told["message"] = {column: row["conversation_message"][column] for column in OF_MESSAGES}
    return told


def _person(row: Row) -> dict[str, Any]:
    place = row["location_data"] or {}
    return {
        **{column: row[column] for column in OF_PEOPLE},
        # Without a place, 1.4 says nothing at all and 2.x says it of each column.
        "location_data": {column: place.get(column) for column in OF_PLACES} if place.get("country_name") else None,
        "image_url": (row["avatar"] or {}).get("image_url"),
        "social_profiles": [(one["name"], one["url"]) for one in row["social_profiles"]],
    }


def _ids(listed: Sequence[Row]) -> list[str]:
    return [one["id"] for one in listed]
