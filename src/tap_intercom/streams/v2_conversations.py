"""The streams of API 2.x about conversations and calls, one row each."""

from tap_intercom.streams.builders import (
    ASSIGNEES,
    CONVERSATIONS,
    NEWEST,
    OLDEST,
    PAGES_OF_60,
    detail_child,
    inline_child,
    list_stream,
    search_stream,
)
from tap_intercom.streams.model import Detail, Layout, Stream, Translation

CALL_LAG_SECONDS = 86_400  # nothing says that a call is updated when its recording or its transcript is ready

_OF_CONVERSATION = {"conversation_id": "id", "conversation_updated_at": "updated_at"}
_PLAINTEXT = (("display_as", "plaintext"),)
_BY_CONVERSATION = ("conversation_id", "id")

STREAMS: tuple[Stream, ...] = (
    detail_child(
        "call_transcripts",
        CONVERSATIONS,
        "calls",
        "/calls/{id}/transcript",
        {"call_id": "id", "call_updated_at": "updated_at"},
        key=("call_id",),
        at=(),
        text="transcript",
        since="2.14",
        parent_filter={"transcription_url": None},
    ),
    list_stream(
        "calls",
        CONVERSATIONS,
        "/calls",
        (("per_page", "25"),),
        replication_key="updated_at",
        lookback_seconds=CALL_LAG_SECONDS,
        since="2.14",
    ),
    inline_child(
        "conversation_ai_content_sources",
        CONVERSATIONS,
        "conversations",
        ("ai_agent", "content_sources", "content_sources"),
        _OF_CONVERSATION,
        key=("conversation_id", "position"),
        position="position",
    ),
    inline_child(
        "conversation_attachments",
        CONVERSATIONS,
        "conversations",
        ("source", "attachments"),
        _OF_CONVERSATION,
        key=("conversation_id", "position"),
        position="position",
    ),
    # Custom attributes of conversations have an endpoint of their own in 2.16, which refuses the model here.
    list_stream(
        "conversation_attributes",
        CONVERSATIONS,
        "/data_attributes",
        (("model", "conversation"),),
        key=("name",),
        until="2.15",
        wraps={"options": "label"},  # here an option is its label
    ),
    list_stream("conversation_attributes", CONVERSATIONS, "/conversations/attributes", key=("name",), since="2.16"),
    inline_child(
        "conversation_contacts",
        CONVERSATIONS,
        "conversations",
        ("contacts", "contacts"),
        _OF_CONVERSATION,
        key=_BY_CONVERSATION,
    ),
    detail_child(
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
        permission=CONVERSATIONS,
        parent="conversations",
        versions=(OLDEST, NEWEST),
        detail=Detail(
            path="/conversations/{id}",
            query=_PLAINTEXT,
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
    inline_child(
        "conversation_tags", CONVERSATIONS, "conversations", ("tags", "tags"), _OF_CONVERSATION, key=_BY_CONVERSATION
    ),
    inline_child(
        "conversation_teammates",
        CONVERSATIONS,
        "conversations",
        ("teammates", "admins|teammates"),  # answers have the one, the OpenAPI files the other
        _OF_CONVERSATION,
        key=_BY_CONVERSATION,
    ),
    inline_child(
        "conversation_topics",
        CONVERSATIONS,
        "conversations",
        ("topics", "topics"),
        _OF_CONVERSATION,
        key=_BY_CONVERSATION,
    ),
    search_stream(
        "conversations",
        CONVERSATIONS,
        at="conversations",
        translation=Translation(cases=ASSIGNEES),
        attributes={
            "custom_attributes": "conversation_attributes",
            "company.custom_attributes": "company_attributes",
        },
        unwrap={
            "contacts": "contacts",
            "linked_objects": "data",
            "tags": "tags",
            "teammates": "admins|teammates",
            "topics": "topics",
        },
        other_streams_fields=frozenset({"conversation_parts", "company.notes", "company.segments", "company.tags"}),
    ),
    list_stream(
        "deleted_conversations",
        CONVERSATIONS,
        "/conversations/deleted",
        PAGES_OF_60,
        at=("conversations",),
        since="2.16",
        append_only=True,
    ),
    Stream(
        name="part_attachments",
        schema="v2/part_attachments",
        permission=CONVERSATIONS,
        parent="conversations",
        key=("part_id", "position"),
        versions=(OLDEST, NEWEST),
        detail=Detail(
            path="/conversations/{id}",
            query=_PLAINTEXT,
            layout=Layout(
                records_at=("conversation_parts", "conversation_parts"),
                from_parent=_OF_CONVERSATION,
                inner=Layout(
                    records_at=("attachments",), may_be_missing=True, inherit={"part_id": "id"}, position="position"
                ),
            ),
        ),
    ),
    detail_child(
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
)
