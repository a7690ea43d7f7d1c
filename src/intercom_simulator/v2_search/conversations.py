"""Conversations of API 2.x, made from those of API 1.4."""

from collections.abc import Callable

import msgspec

from intercom_simulator.content.participants import attachment
from intercom_simulator.protocol.plaintext import plain_text_message
from intercom_simulator.protocol.view_options import NEWEST_MINOR, Record, ViewOptions, value_at
from intercom_simulator.store.collection import Entry
from intercom_simulator.store.randomness import pick, random_bits
from intercom_simulator.v2_search.reviews import reviews
from intercom_simulator.world.world import World

PRIORITIES = ("none", "none", "none", "low", "medium", "high", "urgent")
TOPICS = ("Billing", "Größe & Limits", "Export")
SOURCES = ("article", "external_content", "file", "content_snippet")
ORDERS_SINCE = 14
RATING_UPDATES_SINCE = 14  # the first OpenAPI file whose ratings tell when they were updated
PART_DETAILS_SINCE = 14  # the first OpenAPI file whose parts have these
_PART_DETAILS: Record = {"email_message_metadata": None, "event_details": None, "app_package_code": None}
_DURATIONS = (
    "time_to_assignment", "time_to_admin_reply", "time_to_first_close", "time_to_last_close", "median_time_to_reply",
)  # fmt: skip
_TIMESTAMPS = (
    "first_contact_reply_at", "first_assignment_at", "first_admin_reply_at", "first_close_at", "last_assignment_at",
    "last_assignment_admin_reply_at", "last_contact_reply_at", "last_admin_reply_at", "last_close_at",
)  # fmt: skip


class ConversationWriter(msgspec.Struct, frozen=True):
    """Makes conversations from those of API 1.4.

    `tickets` returns the tickets linked to a conversation, `external_id` that of a contact, `orders` all orders.
    """

    world: World
    tickets: Callable[[str], list[Record]]
    external_id: Callable[[str], str | None]
    orders: Callable[[], list[Record]]

    def write(self, entry: Entry, options: ViewOptions) -> Record:
        """Make a conversation; alone it has its parts."""
        v1_record = self._v1_record(entry, options)
        bits = random_bits(self.world.seed, 83, entry.ordinal)
        record = {
            **{key: v1_record[key] for key in ("type", "id", "created_at", "updated_at", "waiting_since")},
            "snoozed_until": v1_record["snoozed_until"],
            "source": {**v1_record["conversation_message"], "redacted": False},
            "contacts": self._contacts(v1_record),
            "first_contact_reply": v1_record["customer_first_reply"],
            **_assignees(v1_record["assignee"], options),
            **{key: v1_record[key] for key in ("open", "state", "read", "tags")},
            "priority": _priority(bits, options),
            "sla_applied": _sla(bits),
            "statistics": self._statistics(entry, v1_record, bits),
            "conversation_rating": _rating(v1_record["conversation_rating"], options),
            "teammates": _teammates(v1_record),
            "title": f"{v1_record['conversation_message']['subject'] or 'Chat'} {entry.ordinal}" if bits & 1 else None,
            "custom_attributes": self._attributes(entry, bits, options),
            "topics": _topics(bits),
            "ticket": None,
            "linked_objects": self._linked(entry),
            "ai_agent": _ai_agent(entry, bits),
            "ai_agent_participated": bits >> 20 & 3 == 0,
        }
        if options.minor >= NEWEST_MINOR:
            record |= _newest_fields(v1_record) | reviews(self.world, entry.ordinal, v1_record["updated_at"], options)
        if options.is_single:
            record["conversation_parts"] = self._parts(entry, options)
        return record

    def parts(self, entry: Entry, options: ViewOptions) -> list[Record]:
        """Return the parts that are served: the most recent ones, up to the switch `newest_parts`."""
        whole = self.world.conversations.all_parts(entry, plaintext=options.plaintext)
        state = self.world.conversations.content(entry)["state"]
        return [_part(part, state, options) for part in whole[-self.world.behaviours.newest_parts :]]

    def _parts(self, entry: Entry, options: ViewOptions) -> Record:
        count = self.world.conversations.part_count(entry)
        return {
            "type": "conversation_part.list",
            "conversation_parts": self.parts(entry, options),
            "total_count": count,
        }

    def _v1_record(self, entry: Entry, options: ViewOptions) -> Record:
        record = self.world.conversations.content(entry, plaintext=options.plaintext)
        if options.plaintext and entry.record is not None:
            return {**record, "conversation_message": plain_text_message(record["conversation_message"])}
        return record

    def _contacts(self, v1_record: Record) -> Record:
        mentions = [self._contact_mention(customer["id"]) for customer in v1_record["customers"]]
        return {"type": "contact.list", "contacts": mentions}

    def _contact_mention(self, identity: str) -> Record:
        return {"type": "contact", "id": identity, "external_id": self.external_id(identity)}

    def _statistics(self, entry: Entry, v1_record: Record, bits: int) -> Record | None:
        if bits >> 8 & 15 == 0:
            return None
        created, span = v1_record["created_at"], v1_record["updated_at"] - v1_record["created_at"]
        shares = [span * (number + 1) // 12 for number in range(len(_TIMESTAMPS))]
        closed = v1_record["state"] == "closed"
        moments: Record = {name: created + share for name, share in zip(_TIMESTAMPS, shares, strict=True)}
        if not closed:
            moments |= {"first_close_at": None, "last_close_at": None}
        return {
            "type": "conversation_statistics",
            **dict(zip(_DURATIONS, shares, strict=False)),
            **moments,
            "last_closed_by_id": pick(bits >> 12, self.world.setup.admin_ids) if closed else None,
            "count_reopens": bits >> 16 & 3,
            "count_assignments": bits >> 18 & 3,
            "count_conversation_parts": self.world.conversations.part_count(entry),
        }

    def _attributes(self, entry: Entry, bits: int, options: ViewOptions) -> Record:
        """Make custom_attributes: an archived attribute keeps its values, an unset one is left out."""
        values: Record = {"Issue tier": pick(bits >> 4, ("1", "2", None)), "Copilot used": bool(bits >> 6 & 1)}
        if bits >> 7 & 1:
            values |= {"Größe": pick(bits >> 9, ("XL", "", "“M” & S")), "Seats": bits >> 11 & 63}
        if bits >> 8 & 1:
            values |= {"Refund €": round((bits >> 13 & 0xFFFF) / 7, 2), "Renewal": entry.created_at + 86400 * 30}
        if bits >> 52 & 7 == 0:
            values["Due"] = entry.created_at + 86400
        if bits >> 55 & 7 == 0:
            values["Receipts"] = [attachment(bits >> 20)]
        if options.minor >= ORDERS_SINCE and bits >> 58 & 7 == 0:
            instances = self.orders()[entry.ordinal % 2 : entry.ordinal % 3]
            values |= {"Orders": {"type": "order.list", "instances": instances}, "CX Score rating": bits >> 29 & 3}
        return values

    def _linked(self, entry: Entry) -> Record:
        data = [
            {"type": "ticket", "id": ticket["id"], "category": ticket["category"]} for ticket in self.tickets(entry.id)
        ]
        return {"type": "list", "data": data, "total_count": len(data), "has_more": False}


def field_lookup(writer: ConversationWriter, entry: Entry, options: ViewOptions) -> Callable[[str], object]:
    """Return a function from a search field to its value; times and ids do without making the record."""
    written: Record = {}

    def lookup(field: str) -> object:
        if field in ("id", "created_at", "updated_at"):
            return getattr(entry, field)
        if not written:
            written.update(writer.write(entry, options))
            written["contact_ids"] = [contact["id"] for contact in written["contacts"]["contacts"]]
            written["tag_ids"] = [tag["id"] for tag in written["tags"]["tags"]]
            teammates = (written["teammates"] or {"teammates": []})["teammates"]
            written["teammate_ids"] = [teammate["id"] for teammate in teammates]
        return value_at(written, field)

    return lookup


def _assignees(assignee: Record, options: ViewOptions) -> Record:
    unassigned = 0 if options.minor >= NEWEST_MINOR else None
    assignee_ids = {"admin": unassigned, "team": unassigned}
    if assignee["id"] is not None:
        assignee_ids[assignee["type"]] = int(assignee["id"])
    return {"admin_assignee_id": assignee_ids["admin"], "team_assignee_id": assignee_ids["team"]}


def _priority(bits: int, options: ViewOptions) -> str:
    priority = pick(bits >> 24, PRIORITIES)
    if options.minor >= NEWEST_MINOR:
        return priority
    return "not_priority" if priority == "none" else "priority"


def _sla(bits: int) -> Record | None:
    if bits >> 28 & 7:
        return None
    status = pick(bits >> 32, ("hit", "missed", "cancelled", "active"))
    return {"type": "conversation_sla_summary", "sla_name": "Première réponse < 5 min", "sla_status": status}


def _rating(rating: Record, options: ViewOptions) -> Record | None:
    if rating["rating"] is None:
        return None
    return {
        **{key: rating[key] for key in ("rating", "remark", "created_at")},
        **({"updated_at": rating["created_at"]} if options.minor >= RATING_UPDATES_SINCE else {}),
        "contact": {"type": "contact", "id": rating["customer"]["id"], "external_id": None},
        "teammate": {"type": rating["teammate"]["type"], "id": str(rating["teammate"]["id"])},
    }


def _teammates(v1_record: Record) -> Record | None:
    assignee = v1_record["assignee"]
    teammates = [{"type": "admin", "id": assignee["id"]}] if assignee["type"] == "admin" else []
    author = v1_record["conversation_message"]["author"]
    if author["type"] == "admin" and {"type": "admin", "id": author["id"]} not in teammates:
        teammates.append({"type": "admin", "id": author["id"]})
    return {"type": "admin.list", "teammates": teammates} if teammates else None


def _topics(bits: int) -> Record:
    if bits >> 36 & 3:
        return {}
    chosen = [(bits >> 38) % len(TOPICS), (bits >> 40) % len(TOPICS)]
    topics = [{"type": "topic", "id": 9_000 + number, "name": TOPICS[number]} for number in dict.fromkeys(chosen)]
    return {"type": "topic.list", "topics": topics, "total_count": len(topics)}


def _ai_agent(entry: Entry, bits: int) -> Record | None:
    if bits >> 20 & 3:
        return None
    sources = [
        {
            "content_type": pick(bits >> 44 + number, SOURCES),
            "url": f"https://help.example.org/articles/{entry.ordinal}-{number}",
            "title": f"Réponse n° {number + 1}",
            "locale": "en",
        }
        for number in range(bits >> 42 & 3)
    ]
    rated = bits >> 50 & 3 == 0
    return {
        "source_type": "workflow",
        "source_title": "Fin for “email”",
        "last_answer_type": "ai_answer",
        "resolution_state": pick(bits >> 46, ("assumed_resolution", "confirmed_resolution", None)),
        "rating": 4 if rated else None,
        "rating_remark": "Merci 🙏" if rated else None,
        "content_sources": {
            "type": "content_source.list",
            "content_sources": sources,
            "total_count": len(sources),
        },
    }


def _newest_fields(v1_record: Record) -> Record:
    channel = v1_record["conversation_message"]["type"]
    return {
        "sales_agent_participated": False,
        "channel": {"initial": channel, "current": channel},
        "external_references": [],
    }


def _part(part: Record, state: str, options: ViewOptions) -> Record:
    if options.minor < PART_DETAILS_SINCE:
        return {**part, "redacted": False}
    return {**part, "redacted": False, **_PART_DETAILS, "state": state, "tags": []}
