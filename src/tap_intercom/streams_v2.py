"""The streams of API 2.x, one row each."""

from tap_intercom.namesakes import NAMESAKES
from tap_intercom.paging import Scroll
from tap_intercom.rows import NEWEST, OLDEST, PEOPLE, below, listed, searched, within
from tap_intercom.search import CursorList
from tap_intercom.stream import Detail, Layout, Stream

TAGS = "Read tags"
CONVERSATIONS = "Read conversations"
TICKETS = "Read tickets"
ADMINS = "Read admins"
ARTICLES = "Read and List Articles"
NEWS = "Read and list news items and newsfeeds"
CONNECTORS = "Read data connectors"

_PAGES_OF_60 = (("per_page", "60"),)
_OF_CONTACT = {"contact_id": "id", "contact_updated_at": "updated_at"}
_OF_COMPANY = {"company_id": "id", "company_updated_at": "updated_at"}
_OF_CONVERSATION = {"conversation_id": "id", "conversation_updated_at": "updated_at"}
_OF_TICKET = {"ticket_id": "id", "ticket_updated_at": "updated_at"}
_BY_CONTACT = ("contact_id", "id")
_BY_COMPANY = ("company_id", "id")
_BY_CONVERSATION = ("conversation_id", "id")
_BY_NAME_AND_MODEL = ("full_name", "model")

_PEOPLE: tuple[Stream, ...] = (
    listed(
        "companies",
        PEOPLE,
        "/companies",
        shape=Scroll(path="/companies"),
        cursor="updated_at",
        denest={"tags": "tags", "segments": "segments", "notes": "notes"},
    ),
    listed("company_attributes", PEOPLE, "/data_attributes", (("model", "company"),), key=_BY_NAME_AND_MODEL),
    below(
        "company_contacts",
        PEOPLE,
        "companies",
        "/companies/{id}/contacts",
        _OF_COMPANY,
        _PAGES_OF_60,
        key=_BY_COMPANY,
        outline=True,
    ),
    below("company_notes", PEOPLE, "companies", "/companies/{id}/notes", _OF_COMPANY, _PAGES_OF_60, since="2.15"),
    below("company_segments", PEOPLE, "companies", "/companies/{id}/segments", _OF_COMPANY, key=_BY_COMPANY),
    within("company_tags", PEOPLE, "companies", ("tags", "tags"), _OF_COMPANY, key=_BY_COMPANY),
    listed("contact_attributes", PEOPLE, "/data_attributes", (("model", "contact"),), key=_BY_NAME_AND_MODEL),
    below(
        "contact_companies",
        PEOPLE,
        "contacts",
        "/contacts/{id}/companies",
        _OF_CONTACT,
        _PAGES_OF_60,
        key=_BY_CONTACT,
        outline=True,
    ),
    below("contact_notes", PEOPLE, "contacts", "/contacts/{id}/notes", _OF_CONTACT, _PAGES_OF_60),
    below("contact_segments", PEOPLE, "contacts", "/contacts/{id}/segments", _OF_CONTACT, key=_BY_CONTACT),
    below("contact_subscriptions", PEOPLE, "contacts", "/contacts/{id}/subscriptions", _OF_CONTACT, key=_BY_CONTACT),
    below("contact_tags", PEOPLE, "contacts", "/contacts/{id}/tags", _OF_CONTACT, key=_BY_CONTACT),
    searched(
        "contacts",
        PEOPLE,
        at="data",
        by_day=True,
        denest=dict.fromkeys(
            (
                "companies",
                "notes",
                "opted_in_subscription_types",
                "opted_out_subscription_types",
                "social_profiles",
                "tags",
            ),
            "data",
        ),
    ),
    listed("segments", PEOPLE, "/segments", (("include_count", "true"),), at=("segments",), cursor="updated_at"),
    listed("subscription_types", PEOPLE, "/subscription_types"),
    listed("tags", TAGS, "/tags"),
)

_CONVERSATIONS: tuple[Stream, ...] = (
    listed("calls", CONVERSATIONS, "/calls", (("per_page", "25"),), since="2.14"),
    within(
        "conversation_ai_content_sources",
        CONVERSATIONS,
        "conversations",
        ("ai_agent", "content_sources", "content_sources"),
        _OF_CONVERSATION,
        key=("conversation_id", "position"),
        position="position",
    ),
    within(
        "conversation_attachments",
        CONVERSATIONS,
        "conversations",
        ("source", "attachments"),
        _OF_CONVERSATION,
        key=("conversation_id", "position"),
        position="position",
    ),
    # Custom attributes of conversations have an endpoint of their own in 2.16, which refuses the model here.
    listed(
        "conversation_attributes",
        CONVERSATIONS,
        "/data_attributes",
        (("model", "conversation"),),
        key=("name",),
        until="2.15",
    ),
    listed("conversation_attributes", CONVERSATIONS, "/conversations/attributes", key=("name",), since="2.16"),
    within(
        "conversation_contacts",
        CONVERSATIONS,
        "conversations",
        ("contacts", "contacts"),
        _OF_CONVERSATION,
        key=_BY_CONVERSATION,
    ),
    below(
        "conversation_handling_events",
        CONVERSATIONS,
        "conversations",
        "/conversations/{id}/handling_events",
        _OF_CONVERSATION,
        key=("conversation_id", "position"),
        at=("handling_events",),
        position="position",
        since="2.15",
    ),
    Stream(
        name="conversation_parts",
        schema="v2/conversation_parts",
        scope=CONVERSATIONS,
        parent="conversations",
        versions=(OLDEST, NEWEST),
        detail=Detail(
            path="/conversations/{id}",
            query=(("display_as", "plaintext"),),
            layout=Layout(
                records_at=("conversation_parts", "conversation_parts"),
                inherit={
                    "conversation_id": "id",
                    "conversation_created_at": "created_at",
                    "conversation_updated_at": "updated_at",
                    "conversation_total_parts": "conversation_parts.total_count",
                },
            ),
        ),
    ),
    within(
        "conversation_tags", CONVERSATIONS, "conversations", ("tags", "tags"), _OF_CONVERSATION, key=_BY_CONVERSATION
    ),
    within(
        "conversation_teammates",
        CONVERSATIONS,
        "conversations",
        ("teammates", "admins|teammates"),  # answers have the one, the OpenAPI files the other
        _OF_CONVERSATION,
        key=_BY_CONVERSATION,
    ),
    within(
        "conversation_topics",
        CONVERSATIONS,
        "conversations",
        ("topics", "topics"),
        _OF_CONVERSATION,
        key=_BY_CONVERSATION,
    ),
    searched(
        "conversations",
        CONVERSATIONS,
        at="conversations",
        denest={
            "contacts": "contacts",
            "linked_objects": "data",
            "tags": "tags",
            "teammates": "admins|teammates",
            "topics": "topics",
        },
        elsewhere=frozenset({"conversation_parts", "company.notes", "company.segments", "company.tags"}),
    ),
    listed(
        "deleted_conversations",
        CONVERSATIONS,
        "/conversations/deleted",
        _PAGES_OF_60,
        at=("conversations",),
        since="2.16",
    ),
    below(
        "side_conversations",
        CONVERSATIONS,
        "conversations",
        "/conversations/{id}/side_conversations",
        _OF_CONVERSATION,
        (("per_page", "50"),),
        key=("side_conversation_id",),
        at=("side_conversations",),
        since="2.16",
    ),
    within("ticket_contacts", TICKETS, "tickets", ("contacts", "contacts"), _OF_TICKET, key=("ticket_id", "id")),
    within(
        "ticket_parts",
        TICKETS,
        "tickets",
        ("ticket_parts", "ticket_parts"),
        {**_OF_TICKET, "ticket_created_at": "created_at", "ticket_total_parts": "ticket_parts.total_count"},
    ),
    listed(
        "ticket_states",
        TICKETS,
        "/ticket_states",
        denest={"ticket_types": "data"},
        elsewhere=frozenset({"ticket_types.ticket_type_attributes", "ticket_types.ticket_states"}),
        since="2.12",
    ),
    within(
        "ticket_type_attributes",
        TICKETS,
        "ticket_types",
        ("ticket_type_attributes", "data"),
        {"ticket_type_id": "id"},
    ),
    listed(
        "ticket_types", TICKETS, "/ticket_types", denest={"ticket_type_attributes": "data", "ticket_states": "data"}
    ),
    searched(
        "tickets",
        TICKETS,
        at="tickets",
        denest={"contacts": "contacts", "linked_objects": "data"},
        elsewhere=frozenset({"ticket_parts", "ticket_type.ticket_type_attributes", "ticket_type.ticket_states"}),
    ),
)

_WORKSPACE: tuple[Stream, ...] = (
    listed("admins", ADMINS, "/admins", at=("admins",)),
    listed("ai_content_sources", ARTICLES, "/ai/content_import_sources", since="2.12"),
    listed("ai_external_pages", ARTICLES, "/ai/external_pages", since="2.12"),
    listed("articles", ARTICLES, "/articles", (("per_page", "250"),), cursor="updated_at", denest={"tags": "tags"}),
    listed("audiences", ARTICLES, "/audiences", (("per_page", "50"),), since="2.16"),
    listed("away_status_reasons", ADMINS, "/away_status_reasons", since="2.14"),
    listed("brands", ADMINS, "/brands", since="2.15"),
    listed("collections", ARTICLES, "/help_center/collections", _PAGES_OF_60, cursor="updated_at"),
    listed("content_snippets", ARTICLES, "/content_snippets", (("per_page", "50"),), since="2.16"),
    listed("data_connectors", CONNECTORS, "/data_connectors", shape=CursorList(path="/data_connectors"), since="2.16"),
    listed("emails", ADMINS, "/emails", since="2.15"),
    listed("help_centers", ARTICLES, "/help_center/help_centers"),
    listed("internal_articles", ARTICLES, "/internal_articles", since="2.14"),
    listed("macros", CONVERSATIONS, "/macros", shape=CursorList(path="/macros", per_page=150), since="2.16"),
    listed("news_items", NEWS, "/news/news_items"),
    below(
        "newsfeed_items",
        NEWS,
        "newsfeeds",
        "/news/newsfeeds/{id}/items",
        {"newsfeed_id": "id"},
        key=("newsfeed_id", "id"),
    ),
    listed("newsfeeds", NEWS, "/news/newsfeeds"),
    listed("office_hours", ADMINS, "/office_hours_schedules", since="2.16"),
    listed("teams", ADMINS, "/teams", at=("teams",)),
)

STREAMS_V2: tuple[Stream, ...] = tuple(
    sorted((*_PEOPLE, *_CONVERSATIONS, *_WORKSPACE, *NAMESAKES), key=lambda stream: stream.name)
)
