"""The fields that searches accept according to the OpenAPI files: their kinds, and where records hold them."""

from collections.abc import Mapping
from typing import NamedTuple

from intercom_simulator.protocol.filters import Kind
from intercom_simulator.protocol.view_options import NEWEST_MINOR

CONTACT_DATES = (
    "created_at", "signed_up_at", "updated_at", "last_seen_at", "last_contacted_at", "last_replied_at",
    "last_email_opened_at", "last_email_clicked_at", "ios_last_seen_at", "android_last_seen_at",
)  # fmt: skip
CONTACT_TEXTS = (
    "id", "role", "name", "avatar", "email", "email_domain", "phone", "external_id", "language_override", "browser",
    "browser_language", "os", "location.country", "location.region", "location.city", "ios_app_version", "ios_device",
    "ios_app_device", "ios_os_version", "ios_app_name", "ios_sdk_version", "android_app_version", "android_device",
    "android_app_name", "android_sdk_version", "andoid_sdk_version",
)  # fmt: skip
CONTACT_BOOLEANS = ("unsubscribed_from_emails", "marked_email_as_spam", "has_hard_bounced")
CONVERSATION_DATES = (
    "created_at", "updated_at", "waiting_since", "snoozed_until", "statistics.first_contact_reply_at",
    "statistics.first_assignment_at", "statistics.first_admin_reply_at", "statistics.first_close_at",
    "statistics.last_assignment_at", "statistics.last_assignment_admin_reply_at", "statistics.last_contact_reply_at",
    "statistics.last_admin_reply_at", "statistics.last_close_at", "conversation_rating.requested_at",
    "conversation_rating.replied_at",
)  # fmt: skip
CONVERSATION_TEXTS = (
    "state", "priority", "title", "channel_initiated", "source.type", "source.id", "source.delivered_as",
    "source.subject", "source.author.id", "source.author.type", "source.author.name", "source.author.email",
    "source.url", "statistics.last_closed_by_id", "conversation_rating.remark", "conversation_rating.contact_id",
    "conversation_rating.admin_d", "ai_agent.resolution_state", "ai_agent.last_answer_type", "ai_agent.rating_remark",
    "ai_agent.source_type", "ai_agent.source_title",
)  # fmt: skip
CONVERSATION_NUMBERS = (
    "admin_assignee_id", "team_assignee_id", "statistics.time_to_assignment", "statistics.time_to_admin_reply",
    "statistics.time_to_first_close", "statistics.time_to_last_close", "statistics.median_time_to_reply",
    "statistics.count_reopens", "statistics.count_assignments", "statistics.count_conversation_parts",
    "conversation_rating.rating", "conversation_rating.score", "ai_agent.rating",
)  # fmt: skip
TICKET_TEXTS = (
    "id", "title", "description", "category", "ticket_type_id", "admin_assignee_id", "team_assignee_id", "state",
)  # fmt: skip


def _fields(**kinds: tuple[str, ...]) -> dict[str, Kind]:
    names: dict[str, Kind] = {
        "dates": "date",
        "texts": "text",
        "messages": "message",
        "booleans": "boolean",
        "lists": "list",
        "tags": "tag",
        "numbers": "number",
        "numeric_ids": "numeric_id",
    }
    return {field: names[kind] for kind, fields in kinds.items() for field in fields}


class Fields(NamedTuple):
    """The search fields of a resource.

    `newest_kinds` differ from 2.16 on; names with `custom_prefix` are of fields that a workspace defines. `paths` tells
    where a record holds a field of another name; two of the names are misspelt by Intercom itself.
    """

    kinds_by_name: Mapping[str, Kind]
    custom_prefix: str
    paths: Mapping[str, str] = {}
    newest_kinds: Mapping[str, Kind] = {}

    def of(self, minor: int) -> dict[str, Kind]:
        """Return the fields of API 2.`minor` with their kinds."""
        return {**self.kinds_by_name, **(self.newest_kinds if minor >= NEWEST_MINOR else {})}


CONTACT_FIELDS = Fields(
    _fields(
        dates=CONTACT_DATES,
        texts=CONTACT_TEXTS,
        booleans=CONTACT_BOOLEANS,
        numbers=("owner_id",),
        lists=("segment_id",),
        tags=("tag_id",),
    ),
    "custom_attributes.",
    {
        "avatar": "avatar.image_url",
        "formatted_phone": "phone",
        "ios_app_device": "ios_device",
        "andoid_sdk_version": "android_sdk_version",
    },
    _fields(texts=("owner_id", "formatted_phone")),
)
CONVERSATION_FIELDS = Fields(
    _fields(
        dates=CONVERSATION_DATES,
        texts=CONVERSATION_TEXTS,
        messages=("source.body",),
        numeric_ids=("id",),
        booleans=("open", "read", "ai_agent_participated"),
        lists=("contact_ids", "tag_ids", "teammate_ids"),
        numbers=CONVERSATION_NUMBERS,
    ),
    "custom_attributes.",
    {
        "channel_initiated": "source.type",
        "conversation_rating.requested_at": "conversation_rating.created_at",
        "conversation_rating.replied_at": "conversation_rating.created_at",
        "conversation_rating.score": "conversation_rating.rating",
        "conversation_rating.contact_id": "conversation_rating.contact.id",
        "conversation_rating.admin_d": "conversation_rating.teammate.id",
    },
)
TICKET_FIELDS = Fields(
    _fields(
        dates=("created_at", "updated_at", "snoozed_until"),
        texts=TICKET_TEXTS,
        booleans=("open",),
        lists=("contact_ids", "teammate_ids"),
    ),
    "ticket_attribute.",
)
