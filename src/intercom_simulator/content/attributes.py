# ruff: noqa: PLR2004 - chances and bit masks of an invented world, each used once
"""Data attributes of API 1.4: the standard ones, and the custom ones of this workspace."""

from collections.abc import Sequence
from random import Random

import msgspec

from intercom_simulator.store.collection import Record
from intercom_simulator.store.randomness import pick, random_for
from intercom_simulator.store.sizes import Sizes

ARCHIVED_PER_MODEL = 3
STANDARD_COMPANY_ATTRIBUTES = (
    ("name", "name", "Company name", "string"),
    ("company_id", "company_id", "Company ID", "string"),
    ("last_request_at", "last_request_at", "Company last seen", "date"),
    ("remote_created_at", "remote_created_at", "Company created at", "date"),
    ("user_count", "user_count", "People", "integer"),
    ("session_count", "session_count", "Company web sessions", "integer"),
    ("monthly_spend", "monthly_spend", "Monthly Spend", "float"),
    ("size", "size", "Company size", "integer"),
    ("industry", "industry", "Company industry", "string"),
    ("website", "website", "Company website", "string"),
    ("plan", "plan.name", "Plan", "string"),
)
STANDARD_CUSTOMER_ATTRIBUTES = (
    ("name", "name", "Name", "string"),
    ("user_id", "user_id", "User ID", "string"),
    ("email", "email", "Email", "string"),
    ("phone", "phone", "Phone", "string"),
    ("created_at", "created_at", "First Seen", "date"),
    ("signed_up_at", "signed_up_at", "Signed up", "date"),
    ("last_request_at", "last_request_at", "Last seen", "date"),
    ("session_count", "session_count", "Web sessions", "integer"),
    ("unsubscribed_from_emails", "unsubscribed_from_emails", "Unsubscribed from Emails", "boolean"),
    ("marked_email_as_spam", "marked_email_as_spam", "Marked email as spam", "boolean"),
    ("has_hard_bounced", "has_hard_bounced", "Has hard bounced", "boolean"),
    ("city_name", "location_data.city_name", "City", "string"),
    ("region_name", "location_data.region_name", "Region", "string"),
    ("country_name", "location_data.country_name", "Country", "string"),
    ("timezone", "location_data.timezone", "Timezone", "string"),
    ("continent_code", "location_data.continent_code", "Continent code", "string"),
    ("referrer", "referrer", "Referral URL", "string"),
    ("utm_campaign", "utm_campaign", "UTM Campaign", "string"),
    ("utm_source", "utm_source", "UTM Source", "string"),
    ("owner_id", "owner_id", "Owner", "string"),
)
CUSTOM_CUSTOMER_ATTRIBUTES = {
    "paid_subscriber": "boolean",
    "monthly_spend": "float",
    "team_mates": "integer",
    "last_order_at": "date",
    "plan_name": "string",
    "note": "string",
    "big number": "integer",
}
CUSTOM_COMPANY_ATTRIBUTES = {
    "stringly_typed": "string",
    "truthy_typed": "boolean",
    "floatly_typed": "float",
    "dately_typed_at": "date",
    "nully_typed": "string",
}
ARCHIVED_ATTRIBUTES = {"old_score": "integer"}  # some records still have it
OPTIONS = {"plan_name": ["free", "pro", "Entreprise — “Gold”"]}
_SUBJECTS = (
    "team",
    "billing",
    "größe",
    "plan",
    "trial",
    "seat",
    "last login",
    "API",
    "データ",
    "export",
    "nps",
    "region",
)
_MEASURES = ("count", "at", "score", "is active", "owner's name", "tier", "%", "limit")
_TYPES = ("string", "integer", "float", "boolean", "date")
_CUSTOM_LIFE_SECONDS = 4 * 365 * 86400


class AttributeOrigin(msgspec.Struct, frozen=True):
    """What custom attributes are made from: the seed, the latest time, and the ids of the admins who made them."""

    seed: int
    newest_at: int
    owners: Sequence[str]


def company_attributes(sizes: Sizes, origin: AttributeOrigin) -> list[Record]:
    """Return the attributes of companies: as many active ones as the sizes say, then a few archived ones."""
    standard = [_standard("company", *row) for row in STANDARD_COMPANY_ATTRIBUTES]
    if sizes.shared_names:  # plan.name and name: both called `name`
        standard[-1]["name"] = "name"
    missing = sizes.company_attributes - len(standard)
    return standard + _custom("company", missing, [*CUSTOM_COMPANY_ATTRIBUTES], origin)


def customer_attributes(sizes: Sizes, origin: AttributeOrigin) -> list[Record]:
    """Return the attributes of customers: as many active ones as the sizes say, then a few archived ones."""
    standard = [_standard("customer", *row) for row in STANDARD_CUSTOMER_ATTRIBUTES]
    first = [*CUSTOM_CUSTOMER_ATTRIBUTES, "region_name"] if sizes.shared_names else [*CUSTOM_CUSTOMER_ATTRIBUTES]
    missing = sizes.customer_attributes - len(standard)
    return standard + _custom("customer", missing, first, origin)


def _standard(model: str, name: str, full_name: str, label: str, data_type: str) -> Record:
    return {
        "type": "data_attribute",
        "model": model,
        "name": name,
        "full_name": full_name,
        "label": label,
        "description": "",
        "data_type": data_type,
        "api_writable": full_name in ("name", "email", "phone", "plan.name"),
        "messenger_writable": False,
        "ui_writable": True,
        "custom": False,
        "archived": False,
    }


def _custom(model: str, active: int, first: Sequence[str], origin: AttributeOrigin) -> list[Record]:
    random = random_for(origin.seed, f"{model} attributes")
    wanted = active + ARCHIVED_PER_MODEL - len(ARCHIVED_ATTRIBUTES)
    names = [*[*first, *_invented_names(wanted)][:wanted], *ARCHIVED_ATTRIBUTES]
    records = [_custom_attribute(model, name, origin, random) for name in names]
    for record in records[active:]:
        record["archived"] = True
    return records


def _invented_names(count: int) -> list[str]:
    pairs = [f"{subject} {measure}" for measure in _MEASURES for subject in _SUBJECTS]
    return [
        pairs[number % len(pairs)] + (f" {number // len(pairs) + 1}" if number >= len(pairs) else "")
        for number in range(count)
    ]


def _custom_attribute(model: str, name: str, origin: AttributeOrigin, random: Random) -> Record:
    age = random.randrange(86400, _CUSTOM_LIFE_SECONDS)
    known = {**(CUSTOM_COMPANY_ATTRIBUTES if model == "company" else CUSTOM_CUSTOMER_ATTRIBUTES), **ARCHIVED_ATTRIBUTES}
    record: Record = {
        "type": "data_attribute",
        "model": model,
        "name": name,
        "full_name": f"custom_attributes.{name}",
        "label": name.replace("_", " ").capitalize() if name in known else name,
        "description": pick(random.getrandbits(8), ("", "", "Synced from the CRM nightly", "Größe in “Stück”")),
        "data_type": known.get(name, pick(random.getrandbits(16), _TYPES)),
    }
    if name in OPTIONS or (record["data_type"] == "string" and random.random() < 0.3):
        record["options"] = OPTIONS.get(name, ["pick_value_1", "pick_value_2"])
    return {
        **record,
        "api_writable": True,
        "messenger_writable": False,
        "ui_writable": True,
        "custom": True,
        "archived": False,
        "admin_id": pick(random.getrandbits(16), origin.owners),
        "created_at": origin.newest_at - age,
        "updated_at": origin.newest_at - random.randrange(age),
    }
