"""What API 2.x says of a person or an attribute, in the words of API 1.4: the tests' own reading of docs/names.md."""

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]

# The standard attributes that 2.x has under other names.
ATTRIBUTES = {
    "external_id": ("user_id", "user_id"),
    "last_seen_at": ("last_request_at", "last_request_at"),
    "location.city": ("city_name", "location_data.city_name"),
    "location.region": ("region_name", "location_data.region_name"),
    "location.country": ("country_name", "location_data.country_name"),
    "location.timezone": ("timezone", "location_data.timezone"),
    "location.continent_code": ("continent_code", "location_data.continent_code"),
}


def person(contact: Record) -> dict[str, Any]:
    """Tell a contact as a user or a lead, column by column."""
    is_lead = contact["role"] == "lead"
    return {
        "type": "contact" if is_lead else "user",
        "id": contact["id"],
        "user_id": contact["external_id"],
        "anonymous": is_lead,
        "email": contact["email"],
        "phone": contact["phone"],
        "name": contact["name"],
        "pseudonym": None,
        "avatar": contact["avatar"],
        "app_id": contact["workspace_id"],
        "companies": _whole(contact["companies"], {"type": "company", "company_id": None, "name": None}),
        "location_data": _place(contact["location"]),
        "last_request_at": contact["last_seen_at"],
        "created_at": contact["created_at"],
        "remote_created_at": None,
        "signed_up_at": contact["signed_up_at"],
        "updated_at": contact["updated_at"],
        "session_count": None,
        "social_profiles": [
            {"type": "social_profile", "name": one["name"], "id": None, "username": None, "url": one["url"]}
            for one in contact["social_profiles"]["data"]
        ],
        "owner_id": None if contact["owner_id"] is None else str(contact["owner_id"]),
        "unsubscribed_from_emails": contact["unsubscribed_from_emails"],
        "marked_email_as_spam": contact["marked_email_as_spam"],
        "has_hard_bounced": contact["has_hard_bounced"],
        "tags": _whole(contact["tags"], {"type": "tag", "name": None}),
        "segments": None,
        "custom_attributes": contact["custom_attributes"],
        "referrer": contact["referrer"],
        "utm_campaign": contact["utm_campaign"],
        "utm_content": contact["utm_content"],
        "utm_medium": contact["utm_medium"],
        "utm_source": contact["utm_source"],
        "utm_term": contact["utm_term"],
        "do_not_track": None,
        "last_seen_ip": None,
        "user_agent_data": None,
    }


def _whole(listed: Record, constants: Record) -> dict[str, Any]:
    """Tell a list, and how long it is where it is cut off."""
    return {"data": [{**constants, "id": one["id"]} for one in listed["data"]], "total_count": listed["total_count"]}


def _place(location: Record) -> dict[str, Any]:
    return {
        "type": "location_data",
        "city_name": location["city"],
        "continent_code": location["continent_code"],
        "country_code": location["country_code"],
        "country_name": location["country"],
        "latitude": None,
        "longitude": None,
        "postal_code": None,
        "region_name": location["region"],
        "timezone": None,
    }


def attribute(data_attribute: Record) -> dict[str, Any]:
    """Tell a contact's attribute as a customer's, column by column."""
    full_name = data_attribute["full_name"]
    name, full_name = ATTRIBUTES.get(full_name, (data_attribute["name"], full_name))
    kept = ("type", "label", "description", "data_type", "api_writable", "messenger_writable", "ui_writable", "custom")
    return {
        **{field: data_attribute[field] for field in (*kept, "archived")},
        **{field: data_attribute.get(field) for field in ("options", "admin_id", "created_at", "updated_at")},
        "model": "customer",
        "name": name,
        "full_name": full_name,
    }


TOLD = {"users": person, "leads": person, "customer_attributes": attribute}
