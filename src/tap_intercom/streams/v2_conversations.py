"""The streams of API 2.x about conversations and calls, one row each."""

from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.streams.builders import (
    ALL_OF_V2,
    ASSIGNEES,
    PAGES_OF_60,
    detail_child,
    inline_child,
    list_stream,
    search_stream,
)
from tap_intercom.streams.model import Detail, Layout, Permission, Stream, Translation

CALL_LAG_SECONDS = 86_400  # nothing says that a call is updated when its recording or its transcript is ready

_CONVERSATION_FIELDS = {"conversation_id": "id", "conversation_updated_at": "updated_at"}
_PLAINTEXT = (("display_as", "plaintext"),)
_CONVERSATION_AND_ID = ("conversation_id", "id")

STREAMS: tuple[Stream, ...] = (
    detail_child(
        "call_transcripts",
        Permission.CONVERSATIONS,
        parent="calls",
        path="/calls/{id}/transcript",
        from_parent={"call_id": "id", "call_updated_at": "updated_at"},
        key=("call_id",),
        records_at=(),
        text_field="transcript",
        first_version="2.14",
        parent_filter={"transcription_url": None},
    ),
    list_stream(
        "calls",
        Permission.CONVERSATIONS,
        PageNumberPaginator(path="/calls", query=(("per_page", "25"),)),
        replication_key="updated_at",
        lookback_seconds=CALL_LAG_SECONDS,
        first_version="2.14",
    ),
    inline_child(
        "conversation_ai_content_sources",
        Permission.CONVERSATIONS,
        parent="conversations",
        records_at=("ai_agent", "content_sources", "content_sources"),
        inherit=_CONVERSATION_FIELDS,
        key=("conversation_id", "position"),
        position="position",
    ),
    inline_child(
        "conversation_attachments",
        Permission.CONVERSATIONS,
        parent="conversations",
        records_at=("source", "attachments"),
        inherit=_CONVERSATION_FIELDS,
        key=("conversation_id", "position"),
        position="position",
    ),
    # Custom attributes of conversations have an endpoint of their own in 2.16, which refuses the model here.
    list_stream(
        "conversation_attributes",
        Permission.CONVERSATIONS,
        PageNumberPaginator(path="/data_attributes", query=(("model", "conversation"),)),
        key=("name",),
        last_version="2.15",
        wrapped_texts={"options": "label"},  # here an option is its label
    ),
    list_stream(
        "conversation_attributes",
        Permission.CONVERSATIONS,
        PageNumberPaginator(path="/conversations/attributes"),
        key=("name",),
        first_version="2.16",
    ),
    inline_child(
        "conversation_contacts",
        Permission.CONVERSATIONS,
        parent="conversations",
        records_at=("contacts", "contacts"),
        inherit=_CONVERSATION_FIELDS,
        key=_CONVERSATION_AND_ID,
        is_link=True,
    ),
    detail_child(
        "conversation_handling_events",
        Permission.CONVERSATIONS,
        parent="conversations",
        path="/conversations/{id}/handling_events",
        from_parent=_CONVERSATION_FIELDS,
        key=("conversation_id", "position"),
        records_at=("handling_events",),
        position="position",
        first_version="2.15",
    ),
    Stream(
        name="conversation_parts",
        schema="v2/conversation_parts",
        permission=Permission.CONVERSATIONS,
        parent="conversations",
        versions=ALL_OF_V2,
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
        "conversation_tags",
        Permission.CONVERSATIONS,
        parent="conversations",
        records_at=("tags", "tags"),
        inherit=_CONVERSATION_FIELDS,
        key=_CONVERSATION_AND_ID,
        is_link=True,
    ),
    inline_child(
        "conversation_teammates",
        Permission.CONVERSATIONS,
        parent="conversations",
        records_at=("teammates", "admins|teammates"),  # answers have the one, the OpenAPI files the other
        inherit=_CONVERSATION_FIELDS,
        key=_CONVERSATION_AND_ID,
        is_link=True,
    ),
    inline_child(
        "conversation_topics",
        Permission.CONVERSATIONS,
        parent="conversations",
        records_at=("topics", "topics"),
        inherit=_CONVERSATION_FIELDS,
        key=_CONVERSATION_AND_ID,
        is_link=True,
    ),
    search_stream(
        "conversations",
        Permission.CONVERSATIONS,
        records_at=("conversations",),
        translation=Translation(cases=ASSIGNEES),
        attribute_streams={
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
        Permission.CONVERSATIONS,
        PageNumberPaginator(path="/conversations/deleted", query=PAGES_OF_60),
        records_at=("conversations",),
        first_version="2.16",
        append_only=True,
    ),
    Stream(
        name="part_attachments",
        schema="v2/part_attachments",
        permission=Permission.CONVERSATIONS,
        parent="conversations",
        key=("part_id", "position"),
        versions=ALL_OF_V2,
        detail=Detail(
            path="/conversations/{id}",
            query=_PLAINTEXT,
            layout=Layout(
                records_at=("conversation_parts", "conversation_parts"),
                from_parent=_CONVERSATION_FIELDS,
                inner=Layout(
                    records_at=("attachments",), may_be_missing=True, inherit={"part_id": "id"}, position="position"
                ),
            ),
        ),
    ),
    detail_child(
        "side_conversations",
        Permission.CONVERSATIONS,
        parent="conversations",
        path="/conversations/{id}/side_conversations",
        from_parent=_CONVERSATION_FIELDS,
        query=(("per_page", "50"),),
        key=("side_conversation_id",),
        records_at=("side_conversations",),
        first_version="2.16",
    ),
)
