"""The streams of API 2.x about people and companies, one row each."""

from tap_intercom.pagination.cursors import NextCursorPaginator, NextLinkPaginator
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.scroll import ScrollPaginator
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.streams.builders import (
    CONTACT_LISTS,
    PAGES_OF_60,
    detail_child,
    held_in_parent,
    inline_child,
    link_stream,
    list_stream,
    search_stream,
)
from tap_intercom.streams.model import LinkedList, Members, Permission, Stream

PAGE_NUMBER_LIMIT = 10_000  # records; docs: List all companies
FULL_PAGES_OF_60 = PAGE_NUMBER_LIMIT - PAGE_NUMBER_LIMIT % 60  # records

_CONTACT_FIELDS = {"contact_id": "id", "contact_updated_at": "updated_at"}
_COMPANY_FIELDS = {"company_id": "id", "company_updated_at": "updated_at"}
_CONTACT_AND_ID = ("contact_id", "id")
_COMPANY_AND_ID = ("company_id", "id")
_NAME_AND_MODEL = ("full_name", "model")
_NOTES_KEYS = "data|notes"  # of a company's notes: in real answers, and in the OpenAPI file
_SEGMENTS_OF_PEOPLE = LinkedList(path="/segments", records_at=("segments",))
_WITH_COUNT = (("include_count", "true"),)

STREAMS: tuple[Stream, ...] = (
    list_stream(
        "companies",
        Permission.PEOPLE,
        ScrollPaginator(path="/companies"),
        PageNumberPaginator(
            path="/companies/list", query=(("per_page", "50"),), method="POST", limit=PAGE_NUMBER_LIMIT
        ),
        # 50 a page reach the limit exactly.
        replication_key="updated_at",
        attribute_streams={"custom_attributes": "company_attributes"},
        unwrap={"tags": "tags", "segments": "segments", "notes": _NOTES_KEYS},
    ),
    list_stream(
        "company_attributes",
        Permission.PEOPLE,
        PageNumberPaginator(path="/data_attributes", query=(("model", "company"),)),
        key=_NAME_AND_MODEL,
    ),
    link_stream(
        "company_contacts",
        Permission.PEOPLE,
        parent="contacts",
        path="/contacts/{id}/companies",
        from_parent={
            "id": "id",
            "type": "type",
            "external_id": "external_id",
            "role": "role",
            "contact_updated_at": "updated_at",
        },
        query=PAGES_OF_60,
        inline_list="companies",
        link_field="company_id",
        bookmark_name="contacts_of_companies",  # that of its own name followed the times of companies
    ),
    held_in_parent(
        detail_child(
            "company_notes",
            Permission.PEOPLE,
            parent="companies",
            path="/companies/{id}/notes",
            from_parent=_COMPANY_FIELDS,
            query=PAGES_OF_60,
            first_version="2.15",
        ),
        "notes",
        _NOTES_KEYS,
        whole_item_fields=("body",),
    ),
    detail_child(
        "company_segments",
        Permission.PEOPLE,
        parent="companies",
        path="/companies/{id}/segments",
        from_parent=_COMPANY_FIELDS,
        key=_COMPANY_AND_ID,
        is_link=True,
        linked=LinkedList(path="/segments", query=(("type", "company"),), records_at=("segments",)),
        members=Members(
            paginator=PageNumberPaginator(path="/companies", query=PAGES_OF_60, limit=FULL_PAGES_OF_60),
            field="segment_id",
            counts=_WITH_COUNT,
            unlike=_SEGMENTS_OF_PEOPLE,
        ),
        bookmark_name="segments_of_companies",
    ),
    inline_child(
        "company_tags",
        Permission.PEOPLE,
        parent="companies",
        records_at=("tags", "tags"),
        inherit=_COMPANY_FIELDS,
        key=_COMPANY_AND_ID,
        is_link=True,
    ),
    list_stream(
        "contact_attributes",
        Permission.PEOPLE,
        PageNumberPaginator(path="/data_attributes", query=(("model", "contact"),)),
        key=_NAME_AND_MODEL,
    ),
    link_stream(
        "contact_companies",
        Permission.PEOPLE,
        parent="contacts",
        path="/contacts/{id}/companies",
        from_parent=_CONTACT_FIELDS,
        query=PAGES_OF_60,
        inline_list="companies",
    ),
    held_in_parent(
        detail_child(
            "contact_merge_history",
            Permission.PEOPLE,
            parent="contacts",
            path="/contacts/{id}/merge_history",
            from_parent=_CONTACT_FIELDS,
            query=(("per_page", "150"),),
            key=("contact_id", "source_contact_id"),
            first_version="2.16",
            paginator=NextCursorPaginator,
            parent_filter={"role": frozenset({"user"})},  # of a lead, Intercom says that there is no such contact
            append_only=True,
        ),
        "merge_history",
        parent_query=(("include_merge_history", "true"),),
    ),
    detail_child(
        "contact_notes",
        Permission.PEOPLE,
        parent="contacts",
        path="/contacts/{id}/notes",
        from_parent=_CONTACT_FIELDS,
        query=PAGES_OF_60,
        inline_lists=("notes",),
    ),
    detail_child(
        "contact_segments",
        Permission.PEOPLE,
        parent="contacts",
        path="/contacts/{id}/segments",
        from_parent=_CONTACT_FIELDS,
        key=_CONTACT_AND_ID,
        is_link=True,
        linked=_SEGMENTS_OF_PEOPLE,
        members=Members(
            paginator=SearchPaginator(path="/contacts/search", by_day=True), field="segment_id", counts=_WITH_COUNT
        ),
    ),
    detail_child(
        "contact_subscriptions",
        Permission.PEOPLE,
        parent="contacts",
        path="/contacts/{id}/subscriptions",
        from_parent=_CONTACT_FIELDS,
        key=_CONTACT_AND_ID,
        is_link=True,
        inline_lists=("opted_in_subscription_types", "opted_out_subscription_types"),
        linked=LinkedList(path="/subscription_types"),
    ),
    link_stream(
        "contact_tags",
        Permission.PEOPLE,
        parent="contacts",
        path="/contacts/{id}/tags",
        from_parent=_CONTACT_FIELDS,
        inline_list="tags",
    ),
    search_stream(
        "contacts",
        Permission.PEOPLE,
        records_at=("data",),
        attribute_streams={"custom_attributes": "contact_attributes"},
        by_day=True,
        unwrap=dict.fromkeys((*CONTACT_LISTS, "social_profiles"), "data"),
        full_lists=CONTACT_LISTS,
    ),
    detail_child(
        "data_events",
        Permission.EVENTS,
        parent="contacts",
        path="/events",
        from_parent=_CONTACT_FIELDS,
        query=(("type", "user"), ("intercom_user_id", "{id}")),
        key=("contact_id", "event_name", "created_at"),
        records_at=("events",),
        paginator=NextLinkPaginator,
        by_default=False,  # a request for each contact, of whom few have events
        append_only=True,  # Intercom lists the events of 90 days only
    ),
    list_stream(
        "segments",
        Permission.PEOPLE,
        PageNumberPaginator(path="/segments", query=(("include_count", "true"),)),
        records_at=("segments",),
        replication_key="updated_at",
    ),
    list_stream("subscription_types", Permission.PEOPLE, PageNumberPaginator(path="/subscription_types")),
    list_stream("tags", Permission.TAGS, PageNumberPaginator(path="/tags")),
)
